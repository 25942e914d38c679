/** Where the cells of a histogram heat map lie: time across, values upwards, counts as colour. */

import type { Plot, RidgeData } from './ridges';

/** How counts become colour. */
export type HeatScale = 'linear' | 'sqrt' | 'log';

/** One cell that holds something. */
export interface HeatCell {
  /** Which histogram. */
  readonly index: number;
  /** Which bin. */
  readonly bin: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** 0 (nothing) to 1 (the largest count). */
  readonly heat: number;
}

/** All cells. */
export interface HeatLayout {
  readonly plot: Plot;
  /** Places of the columns' borders, one more than columns. */
  readonly borders: readonly number[];
  /** Vertical places of the bins' edges, one more than bins, the first at the bottom. */
  readonly rows: readonly number[];
  /** Empty cells are left out. */
  readonly cells: readonly HeatCell[];
  /** The largest count of any bin. */
  readonly peak: number;
  /** The time axis' range: a column reaches halfway to its neighbours, so it is wider than the data. */
  readonly timeRange: readonly [number, number];
}

/**
 * Borders of columns around places: halfway between neighbours, and as far outside of the
 * first and the last as their inner halves reach. Places that coincide are spread evenly.
 */
export function columnBorders(at: readonly number[]): number[] {
  const first = at[0];
  const last = at.at(-1);
  if (first === undefined || last === undefined) return [];
  if (at.length === 1) return [first - 0.5, first + 0.5];
  if (!(last > first)) return Array.from({ length: at.length + 1 }, (_, i) => first - 0.5 + i / at.length);
  const inner = at.slice(1).map((place, i) => (place + (at[i] ?? place)) / 2);
  const left = first - ((inner[0] ?? first) - first);
  const right = last + (last - (inner.at(-1) ?? last));
  return [left, ...inner, right];
}

/** Heat of a count, 0 to 1. */
export function heatOf(count: number, peak: number, scale: HeatScale): number {
  if (!(count > 0) || !(peak > 0)) return 0;
  if (scale === 'log') return Math.log1p(count) / Math.log1p(peak);
  const share = count / peak;
  return scale === 'sqrt' ? Math.sqrt(share) : share;
}

/** Lays the cells out. */
export function layoutHeat(data: RidgeData, plot: Plot, scale: HeatScale): HeatLayout {
  const { at, counts, edges } = data;
  let peak = 0;
  for (const row of counts) for (const count of row) if (count > peak) peak = count;
  const places = columnBorders(at);
  const from = places[0] ?? 0;
  const to = places.at(-1) ?? 1;
  const borders = places.map((place) => plot.left + ((place - from) / (to - from)) * plot.width);
  const low = edges[0] ?? 0;
  const high = edges.at(-1) ?? 1;
  const rows = edges.map(
    (edge) => plot.top + plot.height * (high > low ? 1 - (edge - low) / (high - low) : 1),
  );
  const cells: HeatCell[] = [];
  counts.forEach((row, index) => {
    const x = borders[index] ?? 0;
    const width = (borders[index + 1] ?? x) - x;
    row.forEach((count, bin) => {
      if (!(count > 0)) return;
      const bottom = rows[bin] ?? 0;
      const y = rows[bin + 1] ?? bottom;
      cells.push({ index, bin, x, y, width, height: bottom - y, heat: heatOf(count, peak, scale) });
    });
  });
  return { plot, borders, rows, cells, peak, timeRange: [from, to] };
}

/** The histogram and bin under the pointer, or null beside the plot. */
export function cellAt(layout: HeatLayout, x: number, y: number): { index: number; bin: number } | null {
  const { borders, rows } = layout;
  const index = borders.findIndex((border, i) => x >= border && x <= (borders[i + 1] ?? -Infinity));
  const bin = rows.findIndex((bottom, i) => y <= bottom && y >= (rows[i + 1] ?? Infinity));
  return index < 0 || bin < 0 ? null : { index, bin };
}
