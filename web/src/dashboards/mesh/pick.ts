// Which point lies under the pointer.

/**
 * The nearest to the camera of the points within `reach` pixels; -1 where there is none.
 *
 * `matrix`: column by column, to clip space; sizes in pixels.
 */
export function pointAt(
  places: ArrayLike<number>,
  matrix: readonly number[],
  size: { width: number; height: number },
  at: { x: number; y: number },
  reach: number,
): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = matrix;
  const [i = 0, j = 0, k = 0, l = 0, m = 0, n = 0, o = 0, p = 0] = matrix.slice(8);
  let found = -1;
  let nearest = Infinity;
  for (let point = 0; 3 * point + 2 < places.length; point += 1) {
    const x = places[3 * point] ?? 0;
    const y = places[3 * point + 1] ?? 0;
    const z = places[3 * point + 2] ?? 0;
    const w = d * x + h * y + l * z + p;
    const depth = (c * x + g * y + k * z + o) / w;
    if (w <= 0 || depth < -1 || depth > 1 || depth >= nearest) continue;
    const dx = ((a * x + e * y + i * z + m) / w / 2 + 0.5) * size.width - at.x;
    const dy = (0.5 - (b * x + f * y + j * z + n) / w / 2) * size.height - at.y;
    if (dx * dx + dy * dy > reach * reach) continue;
    found = point;
    nearest = depth;
  }
  return found;
}
