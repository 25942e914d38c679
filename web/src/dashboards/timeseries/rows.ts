// What the tooltip and the data table say about each line.
import { nearestIndex, type Scene } from '$lib/charts/scene';
import { compareNames } from '$lib/format/names';
import type { Series } from './series';
import type { TooltipSort } from './settings.svelte';

export interface Row {
  id: string;
  run: number;
  runName: string;
  label: string;
  color: string;
  dash: readonly number[];
  index: number;
  x: number;
  /** What is drawn: the smoothed value, or the value. */
  y: number;
  smoothed: number | null;
  value: number;
  step: number;
  wall: number;
  /** Seconds since the first point of the series. */
  relative: number;
  /** Difference to the baseline's value at the nearest step; null without a baseline. */
  toBaseline: number | null;
  /** The band at this place; null for a single run. */
  band: { lower: number; upper: number; runs: number } | null;
}

export interface Shown {
  id: string;
  runName: string;
  label: string;
  color: string;
  dash: readonly number[];
  series: Series;
  /** Whether x grows from point to point. */
  sorted: boolean;
  firstWall: number;
  /** Of a group of runs: the band, and how many runs reach each place. */
  group?: { lower: ArrayLike<number>; upper: ArrayLike<number>; count: ArrayLike<number> };
}

/** The point of each line nearest to `x`. Lines that have no point are left out. */
export function rowsAt(shown: readonly Shown[], x: number, baseline: string | null): Row[] {
  const reference = shown.find((line) => line.runName === baseline);
  return shown.flatMap((line) => {
    const { points } = line.series;
    const index = nearestIndex(points.x, x, line.sorted);
    if (index < 0) return [];
    const value = points.value[index] as number;
    const smoothed = points.smooth ? (points.smooth[index] as number) : null;
    const step = points.step[index] as number;
    const wall = points.wall[index] as number;
    return [
      {
        id: line.id,
        run: line.series.run,
        runName: line.runName,
        label: line.label,
        color: line.color,
        dash: line.dash,
        index,
        x: points.x[index] as number,
        y: smoothed ?? value,
        smoothed,
        value,
        step,
        wall,
        relative: wall - line.firstWall,
        band: line.group
          ? {
              lower: line.group.lower[index] as number,
              upper: line.group.upper[index] as number,
              runs: line.group.count[index] as number,
            }
          : null,
        toBaseline: reference ? value - valueAtStep(reference.series, step) : null,
      },
    ];
  });
}

function valueAtStep(series: Series, step: number): number {
  const index = nearestIndex(series.points.step, step, true);
  return index < 0 ? NaN : (series.points.value[index] as number);
}

/** Orders rows as asked; values that are not numbers come last. */
export function sortRows(
  rows: readonly Row[],
  sort: TooltipSort,
  at: { pixelX: number; pixelY: number },
  scene: Scene,
): Row[] {
  const last = (value: number) => (Number.isNaN(value) ? Infinity : value);
  const distance = (row: Row) => {
    const dy = scene.y.toPixel(row.y) - at.pixelY;
    const dx = scene.x.toPixel(row.x) - at.pixelX;
    return last(Math.hypot(dx, dy));
  };
  const sorted = [...rows];
  switch (sort) {
    case 'nearest': {
      const distances = new Map(rows.map((row) => [row, distance(row)]));
      return sorted.sort((a, b) => (distances.get(a) ?? 0) - (distances.get(b) ?? 0));
    }
    case 'ascending':
      return sorted.sort((a, b) => last(a.y) - last(b.y) || 0);
    case 'descending':
      return sorted.sort((a, b) => last(-a.y) - last(-b.y) || 0);
    case 'name':
      return sorted.sort((a, b) => compareNames(a.label, b.label));
  }
}

/** Whether numbers never fall. */
export function isSorted(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if ((values[i] as number) < (values[i - 1] as number)) return false;
  return true;
}
