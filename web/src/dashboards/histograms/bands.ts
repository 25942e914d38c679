/**
 * The nine bands of a distribution card as nested areas around the median.
 *
 * The server gives the values at the basis points 0, 668, 1587, 3085, 5000, 6915, 8413,
 * 9332 and 10000: the minimum, the places of -1.5, -1, -0.5, 0, 0.5, 1 and 1.5 standard
 * deviations of a normal distribution, and the maximum.
 */

import type { Plot } from './ridges';

/** Values over time. */
export interface BandData {
  /** Places on the time axis, increasing. */
  readonly at: readonly number[];
  /** For each basis point, lowest first, the value at each place; NaN where there is none. */
  readonly values: readonly (readonly number[])[];
}

/** A range of numbers. */
export type Range = readonly [number, number];

/** One nested area, from one basis point to its mirror image. */
export interface BandArea {
  /** Index of the lower basis point. */
  readonly lower: number;
  /** Index of the upper basis point. */
  readonly upper: number;
  /** Closed outlines, x0, y0, x1, y1, …: one per stretch without a gap. */
  readonly outlines: readonly (readonly number[])[];
}

/** What is drawn. */
export interface BandLayout {
  readonly plot: Plot;
  readonly timeRange: Range;
  readonly valueRange: Range;
  /** Horizontal place of each step. */
  readonly xs: readonly number[];
  /** The outermost area first. */
  readonly areas: readonly BandArea[];
  /** For each basis point, its line: stretches of x0, y0, x1, y1, … */
  readonly lines: readonly (readonly (readonly number[])[])[];
}

/** The range of all finite values with a little room; [-1, 1] around 0 when there are none. */
export function valueRangeOf(values: BandData['values']): Range {
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
  timeRange: Range,
  valueRange: Range = valueRangeOf(data.values),
): BandLayout {
  const { at, values } = data;
  const span = timeRange[1] - timeRange[0];
  const xs = at.map((place) =>
    span > 0 ? plot.left + ((place - timeRange[0]) / span) * plot.width : plot.left + plot.width / 2,
  );
  const height = valueRange[1] - valueRange[0];
  const yOf = (value: number): number => plot.top + plot.height * (1 - (value - valueRange[0]) / height);
  const stroke = (row: readonly number[], from: number, to: number): number[] => {
    const line: number[] = [];
    for (let i = from; i <= to; i += 1) line.push(xs[i] ?? 0, yOf(row[i] ?? 0));
    if (from === to) {
      const [x = 0, y = 0] = line;
      return [x - LONE_HALF_WIDTH, y, x + LONE_HALF_WIDTH, y];
    }
    return line;
  };
  const areas: BandArea[] = [];
  for (let lower = 0, upper = values.length - 1; lower < upper; lower += 1, upper -= 1) {
    const bottom = values[lower] ?? [];
    const top = values[upper] ?? [];
    const outlines = stretches([bottom, top], at.length).map(([from, to]) => {
      const there = stroke(bottom, from, to);
      const back = stroke(top, from, to);
      for (let i = back.length - 2; i >= 0; i -= 2) there.push(back[i] ?? 0, back[i + 1] ?? 0);
      return there;
    });
    areas.push({ lower, upper, outlines });
  }
  const lines = values.map((row) => stretches([row], at.length).map(([from, to]) => stroke(row, from, to)));
  return { plot, timeRange, valueRange, xs, areas, lines };
}

/** Index of the place nearest to a horizontal coordinate; -1 when there are none. */
export function nearestX(xs: readonly number[], x: number): number {
  let best = -1;
  let distance = Infinity;
  xs.forEach((place, i) => {
    if (Math.abs(place - x) < distance) {
      distance = Math.abs(place - x);
      best = i;
    }
  });
  return best;
}
