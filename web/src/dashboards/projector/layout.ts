// Coordinates as they come from the server, and as they are drawn.
import type { ProjectionAxisFound } from '$lib/api/model';

/** A layout: `width` numbers for each point. */
export interface Coordinates {
  readonly width: number;
  readonly numbers: Float32Array;
  /** PCA: share of the variance along each component. */
  readonly ratio: readonly number[];
  /** t-SNE: divergence of the layout. */
  readonly divergence: number | null;
  /** Custom: what became of each axis. */
  readonly axes: readonly ProjectionAxisFound[];
}

/**
 * Three numbers for each point: within the square around zero that is two wide, or the ball that is two wide, so that
 * all are seen however they are turned. The third number is zero when two are shown; a point without a place stays NaN.
 * Axes have one scale; custom ones, whose units differ, each its own.
 */
export function placed(
  { width, numbers, axes: custom }: Coordinates,
  axes: readonly number[],
): Float32Array<ArrayBuffer> {
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
  const units = shown.map((_, i) => (custom.length > 0 ? inverse(((high[i] ?? 0) - (low[i] ?? 0)) / 2) : 1));
  const off = (point: number, axis: number, i: number) =>
    ((numbers[point * width + axis] ?? NaN) - (middle[i] ?? 0)) * (units[i] ?? 0);
  let reach = 0;
  for (let point = 0; point < count; point++) {
    const offs = shown.map((axis, i) => Math.abs(off(point, axis, i)));
    const far = shown.length > 2 ? Math.hypot(...offs) : Math.max(...offs);
    if (far > reach) reach = far;
  }
  const scale = inverse(reach);
  for (let point = 0; point < count; point++) {
    shown.forEach((axis, i) => {
      places[3 * point + i] = off(point, axis, i) * scale;
    });
  }
  return places;
}

/** Of a length; zero where there is none to divide by. */
function inverse(length: number): number {
  return length > 0 && Number.isFinite(length) ? 1 / length : 0;
}

/** Whether a point has a place. */
export function hasPlace(places: Float32Array, point: number): boolean {
  return !Number.isNaN(places[3 * point] ?? NaN);
}
