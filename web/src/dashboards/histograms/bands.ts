/**
 * The nine bands of a distribution card as nested areas around the median.
 *
 * The server gives the values at the basis points 0, 668, 1587, 3085, 5000, 6915, 8413,
 * 9332 and 10000: the minimum, the places of -1.5, -1, -0.5, 0, 0.5, 1 and 1.5 standard
 * deviations of a normal distribution, and the maximum.
 */

import type { Extent } from '$lib/charts/scales';
import type { Path, Plot } from './ridges';

/** Values over time. */
export interface BandData {
  /** Places on the time axis, increasing. */
  readonly at: readonly number[];
  /** For each basis point, lowest first, the value at each place; NaN where there is none. */
  readonly values: readonly (readonly number[])[];
}

/** One nested area, from one basis point to its mirror image. */
export interface BandArea {
  /** Index of the lower basis point. */
  readonly lower: number;
  /** Index of the upper basis point. */
  readonly upper: number;
  /** Closed outlines, one per stretch without a gap. */
  readonly outlines: readonly Path[];
}

/** What is drawn. */
export interface BandLayout {
  readonly plot: Plot;
  readonly values: BandData['values'];
  readonly timeRange: Extent;
  readonly valueRange: Extent;
  /** Horizontal place of each step. */
  readonly xs: readonly number[];
  /** The outermost area first. */
  readonly areas: readonly BandArea[];
  /** For each basis point, its line: one path per stretch without a gap. */
  readonly lines: readonly (readonly Path[])[];
}

/** The range of all finite values with a little room; [-1, 1] around 0 when there are none. */
export function valueRangeOf(values: BandData['values']): Extent {
  let low = Infinity;
  let high = -Infinity;
  for (const row of values) {
    for (const value of row) {
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low > high) return [-1, 1];
  const room = high > low ? (high - low) * 0.05 : Math.max(Math.abs(high) * 0.1, 1e-12);
  return [low - room, high + room];
}

/** Runs of places at which all of `rows` are finite: [first, last] indices. */
function stretches(rows: readonly (readonly number[])[], length: number): [number, number][] {
  const found: [number, number][] = [];
  let start = -1;
  for (let i = 0; i <= length; i += 1) {
    const whole = i < length && rows.every((row) => Number.isFinite(row[i] ?? Number.NaN));
    if (whole && start < 0) start = i;
    if (!whole && start >= 0) {
      found.push([start, i - 1]);
      start = -1;
    }
  }
  return found;
}

/** Half the width of what is drawn for a place without neighbours, CSS pixels. */
const LONE_HALF_WIDTH = 3;

/** Lays the bands out in a plot whose axes show the given ranges. */
export function layoutBands(
  data: BandData,
  plot: Plot,
  timeRange: Extent,
  valueRange: Extent = valueRangeOf(data.values),
): BandLayout {
  const { at, values } = data;
  const span = timeRange[1] - timeRange[0];
  const xs = at.map((place) =>
    span > 0 ? plot.left + ((place - timeRange[0]) / span) * plot.width : plot.left + plot.width / 2,
  );
  const height = valueRange[1] - valueRange[0];
  const yOf = (value: number): number => plot.top + plot.height * (1 - (value - valueRange[0]) / height);
  const stroke = (row: readonly number[], from: number, to: number): Path => {
    const ys = row.slice(from, to + 1).map(yOf);
    if (from < to) return { xs: xs.slice(from, to + 1), ys };
    const [x = 0, y = 0] = [xs[from], ys[0]];
    return { xs: [x - LONE_HALF_WIDTH, x + LONE_HALF_WIDTH], ys: [y, y] };
  };
  const areas: BandArea[] = [];
  for (let lower = 0, upper = values.length - 1; lower < upper; lower += 1, upper -= 1) {
    const bottom = values[lower] ?? [];
    const top = values[upper] ?? [];
    const outlines = stretches([bottom, top], at.length).map(([from, to]) => {
      const there = stroke(bottom, from, to);
      const back = stroke(top, from, to);
      return { xs: [...there.xs, ...back.xs.toReversed()], ys: [...there.ys, ...back.ys.toReversed()] };
    });
    areas.push({ lower, upper, outlines });
  }
  const lines = values.map((row) => stretches([row], at.length).map(([from, to]) => stroke(row, from, to)));
  return { plot, values, timeRange, valueRange, xs, areas, lines };
}
