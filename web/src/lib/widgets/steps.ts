/**
 * Which of a series' logged steps to show for a wanted step.
 *
 * Steps are in increasing order and belong to what was logged: every logged step can be
 * reached, none is sampled away.
 */

/**
 * Place of the last step at or before `wanted`; 0 when all are later, -1 when there are none.
 */
export function indexAtOrBefore(steps: readonly number[], wanted: number): number {
  if (steps.length === 0) return -1;
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle] ?? Infinity) <= wanted) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** Place of the step nearest to `wanted`, the earlier of two equally near; -1 when there are none. */
export function indexNearest(steps: readonly number[], wanted: number): number {
  const before = indexAtOrBefore(steps, wanted);
  const here = steps[before];
  const next = steps[before + 1];
  if (here === undefined || next === undefined) return before;
  return Math.abs(next - wanted) < Math.abs(here - wanted) ? before + 1 : before;
}

/**
 * Place of the step to show: the last one at or before `wanted`, or the newest when no step is wanted.
 */
export function indexToShow(steps: readonly number[], wanted: number | null): number {
  return wanted === null ? steps.length - 1 : indexAtOrBefore(steps, wanted);
}
