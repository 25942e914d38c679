// Coordinates as they come from the server, and as they are drawn.

/** A layout: `width` numbers for each point. */
export interface Coordinates {
  readonly width: number;
  readonly numbers: Float32Array;
  /** PCA: share of the variance along each component. */
  readonly ratio: readonly number[];
  /** t-SNE: divergence of the layout. */
  readonly divergence: number | null;
}

/**
 * Three numbers for each point: within the square around zero that is two wide, or the ball that is two wide, so that
 * all are seen however they are turned. The third number is zero when two are shown; a point without a place stays NaN.
 */
export function placed({ width, numbers }: Coordinates, axes: readonly number[]): Float32Array<ArrayBuffer> {
  const count = width === 0 ? 0 : Math.floor(numbers.length / width);
  const shown = axes.filter((axis) => axis < width);
  const places = new Float32Array(3 * count);
  const low = shown.map(() => Infinity);
  const high = shown.map(() => -Infinity);
  for (let point = 0; point < count; point++) {
    shown.forEach((axis, i) => {
      const value = numbers[point * width + axis] ?? NaN;
      if (value < (low[i] ?? 0)) low[i] = value;
      if (value > (high[i] ?? 0)) high[i] = value;
    });
  }
  const middle = shown.map((_, i) => ((low[i] ?? 0) + (high[i] ?? 0)) / 2);
  let reach = 0;
  for (let point = 0; point < count; point++) {
    const off = shown.map((axis, i) => Math.abs((numbers[point * width + axis] ?? NaN) - (middle[i] ?? 0)));
    const far = shown.length > 2 ? Math.hypot(...off) : Math.max(...off);
    if (far > reach) reach = far;
  }
  const scale = reach > 0 && Number.isFinite(reach) ? 1 / reach : 0;
  for (let point = 0; point < count; point++) {
    shown.forEach((axis, i) => {
      places[3 * point + i] = ((numbers[point * width + axis] ?? NaN) - (middle[i] ?? 0)) * scale;
    });
  }
  return places;
}

/** Whether a point has a place. */
export function hasPlace(places: Float32Array, point: number): boolean {
  return !Number.isNaN(places[3 * point] ?? NaN);
}
