// Where points are on the screen.

/** How a point is drawn. */
export const HIDDEN = 0;
export const NORMAL = 1;
export const FADED = 2;
export const NEAR = 3;
export const CHOSEN = 4;

export interface Screen {
  /** Two pixels for each point; NaN for one that is not to be seen. */
  readonly at: Float32Array;
  /** How far each point is from the camera. */
  readonly depth: Float32Array;
}

/**
 * Projects points with the product of a camera's matrices (16 numbers, column after column), as the graphics card does.
 */
export function project(
  places: Float32Array,
  states: Uint8Array,
  matrix: ArrayLike<number>,
  width: number,
  height: number,
): Screen {
  const count = states.length;
  const at = new Float32Array(2 * count);
  const depth = new Float32Array(count);
  const m = Array.from({ length: 16 }, (_, i) => matrix[i] ?? 0) as [
    ...[number, number, number, number],
    ...[number, number, number, number],
    ...[number, number, number, number],
    ...[number, number, number, number],
  ];
  for (let point = 0; point < count; point++) {
    const x = places[3 * point] ?? NaN;
    const y = places[3 * point + 1] ?? NaN;
    const z = places[3 * point + 2] ?? NaN;
    const w = m[3] * x + m[7] * y + m[11] * z + m[15];
    const seen = states[point] !== HIDDEN && w > 0;
    at[2 * point] = seen ? (((m[0] * x + m[4] * y + m[8] * z + m[12]) / w + 1) / 2) * width : NaN;
    at[2 * point + 1] = seen ? ((1 - (m[1] * x + m[5] * y + m[9] * z + m[13]) / w) / 2) * height : NaN;
    depth[point] = w;
  }
  return { at, depth };
}

/** The point nearest to a place, and the nearest to the camera of several; -1 when none is within `reach` pixels. */
export function pointAt({ at, depth }: Screen, x: number, y: number, reach: number): number {
  let best = -1;
  let bestOff = reach * reach;
  for (let point = 0; point < depth.length; point++) {
    const dx = (at[2 * point] ?? NaN) - x;
    const dy = (at[2 * point + 1] ?? NaN) - y;
    const off = dx * dx + dy * dy;
    // Within a pixel of each other the one in front counts.
    if (off < bestOff - 1 || (off <= bestOff && (best < 0 || (depth[point] ?? 0) < (depth[best] ?? 0)))) {
      best = point;
      bestOff = off;
    }
  }
  return best;
}

/** The points within a rectangle. */
export function pointsWithin(
  { at, depth }: Screen,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
): number[] {
  const [left, right] = [Math.min(x0, x1), Math.max(x0, x1)];
  const [top, bottom] = [Math.min(y0, y1), Math.max(y0, y1)];
  const found: number[] = [];
  for (let point = 0; point < depth.length; point++) {
    const x = at[2 * point] ?? NaN;
    const y = at[2 * point + 1] ?? NaN;
    if (x >= left && x <= right && y >= top && y <= bottom) found.push(point);
  }
  return found;
}

/** The points within a closed line (x and y of each corner); where it crosses itself, every other part is outside. */
export function pointsInside({ at, depth }: Screen, path: readonly (readonly [number, number])[]): number[] {
  const found: number[] = [];
  for (let point = 0; point < depth.length; point++) {
    const x = at[2 * point] ?? NaN;
    const y = at[2 * point + 1] ?? NaN;
    let inside = false;
    let before = path[path.length - 1];
    for (const corner of path) {
      const [x0, y0] = before ?? corner;
      const [x1, y1] = corner;
      // Edges that a ray to the right crosses.
      if (y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) inside = !inside;
      before = corner;
    }
    if (inside) found.push(point);
  }
  return found;
}

/** Diameter of a point in pixels, seen from the usual distance: fewer points are larger. */
export function pointSize(count: number, sprites: boolean): number {
  const magnitude = Math.log10(Math.max(1, count));
  return sprites
    ? Math.min(48, Math.max(10, 64 - 12 * magnitude))
    : Math.min(10, Math.max(2.5, 13 - 2 * magnitude));
}

/** How much larger than at the usual distance a point at `depth` is. */
export function growth(depth: number, distance: number): number {
  return Math.min(3, Math.max(0.4, distance / depth));
}

/** How much larger a point of a state is than others. */
export function grown(state: number): number {
  return state === CHOSEN ? 1.7 : state === NEAR ? 1.35 : 1;
}
