/** The time axis of histogram and distribution cards. */

/** What time is measured in. */
export type TimeAxis = 'step' | 'relative' | 'wall';

/** The axes, in the order a menu lists them. */
export const TIME_AXES: readonly TimeAxis[] = ['step', 'relative', 'wall'];

/**
 * Places on the axis: steps, seconds since the first of them, or seconds since the Unix epoch.
 */
export function placesOn(
  axis: TimeAxis,
  steps: readonly number[],
  wallTimeSecs: readonly number[],
): number[] {
  if (axis === 'step') return [...steps];
  const start = axis === 'relative' ? (wallTimeSecs[0] ?? 0) : 0;
  return wallTimeSecs.map((time) => time - start);
}

/** First and last place whose step lies in the range; null when none does. */
export function placesWithin(
  steps: readonly number[],
  range: { readonly from: number; readonly to: number },
): readonly [number, number] | null {
  const first = steps.findIndex((step) => step >= range.from);
  const last = steps.findLastIndex((step) => step <= range.to);
  return first < 0 || last < first ? null : [first, last];
}
