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
 * Three numbers for each point, around zero and at most one from it; the third is zero when two are shown. A point without
 * a place stays NaN.
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
  const half = Math.max(0, ...shown.map((_, i) => ((high[i] ?? 0) - (low[i] ?? 0)) / 2));
  const scale = half > 0 && Number.isFinite(half) ? 1 / half : 0;
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
