// Where values lie on an axis: 0 at its low end, 1 at its high end.
import { distinct, shownText, type Column, type Value } from '$lib/hparams/values';
import { makeScale, makeTicks, usableDomain } from '$lib/charts/scales';

export const AXIS_SCALES = ['linear', 'log', 'quantile'] as const;
/** `quantile`: the share of smaller values, equal ones in the middle of theirs. */
export type AxisScale = (typeof AXIS_SCALES)[number];

export interface AxisTick {
  at: number;
  label: string;
}

/** An axis of a column. */
export interface Axis {
  /** The scale that is used: categories have none, and without positive numbers there is no logarithm. */
  scale: AxisScale | 'categories';
  /** Place of a value; null where it has none. */
  place: (value: Value) => number | null;
  /** The smallest and the largest number between two places; null for categories. */
  range: ((from: number, to: number) => [number, number]) | null;
  /** The values at or between two places, for categories. */
  values: (from: number, to: number) => Exclude<Value, null>[];
  ticks: readonly AxisTick[];
}

/** Categories leave room at both ends, so that lines do not run along the edge. */
const CATEGORY_ROOM = 0.5;
const MOST_CATEGORY_TICKS = 24;

export function makeAxis(column: Column, wanted: AxisScale): Axis {
  const found = distinct(column.values);
  const numbers = found.filter((value) => typeof value === 'number' && Number.isFinite(value)) as number[];
  const onlyNumbers = found.every((value) => typeof value === 'number');
  if (!onlyNumbers) return categories(found);
  if (wanted === 'quantile') return quantiles(column.values);
  const positive = numbers.filter((value) => value > 0);
  const scale = wanted === 'log' && positive.length > 0 ? 'log' : 'linear';
  const used = scale === 'log' ? positive : numbers;
  const domain = usableDomain(scale, [Math.min(...used, Infinity), Math.max(...used, -Infinity)]);
  const placed = makeScale(scale, domain, [0, 1]);
  return {
    scale,
    place: (value) => {
      if (typeof value !== 'number' || !Number.isFinite(value) || (scale === 'log' && value <= 0))
        return null;
      return placed.toPixel(value);
    },
    range: (from, to) => [placed.toValue(from), placed.toValue(to)],
    values: () => [],
    ticks: makeTicks(placed, 'value', 6).map(({ value, label }) => ({ at: placed.toPixel(value), label })),
  };
}

function categories(found: readonly Exclude<Value, null>[]): Axis {
  const name = (value: Value) => `${typeof value} ${value}`;
  const room = found.length - 1 + 2 * CATEGORY_ROOM;
  const at = (index: number) => (room <= 0 ? 0.5 : (index + CATEGORY_ROOM) / room);
  const places = new Map(found.map((value, index) => [name(value), at(index)]));
  const every = Math.ceil(found.length / MOST_CATEGORY_TICKS);
  return {
    scale: 'categories',
    place: (value) => (value === null ? null : (places.get(name(value)) ?? null)),
    range: null,
    values: (from, to) => found.filter((_, index) => at(index) >= from && at(index) <= to),
    ticks: found
      .map((value, index) => ({ at: at(index), label: shownText(value) }))
      .filter((_, index) => index % every === 0),
  };
}

function quantiles(values: readonly Value[]): Axis {
  const numbers = (
    values.filter((value) => typeof value === 'number' && !Number.isNaN(value)) as number[]
  ).sort((a, b) => a - b);
  /** Mean rank of equal values, from 0 to 1. */
  const place = (value: number): number => {
    const below = lowerBound(numbers, value, false);
    const upTo = lowerBound(numbers, value, true);
    const most = numbers.length - 1;
    return most <= 0 ? 0.5 : (below + Math.max(below, upTo - 1)) / 2 / most;
  };
  const at = (share: number): number => {
    const index = Math.min(1, Math.max(0, share)) * (numbers.length - 1);
    const low = numbers[Math.floor(index)] ?? 0;
    const high = numbers[Math.ceil(index)] ?? low;
    return low + (high - low) * (index - Math.floor(index));
  };
  const shares = [0, 0.25, 0.5, 0.75, 1];
  const ticks = new Map(
    numbers.length === 0 ? [] : shares.map((share) => [shownText(at(share)), place(at(share))]),
  );
  return {
    scale: 'quantile',
    place: (value) => (typeof value === 'number' && !Number.isNaN(value) ? place(value) : null),
    range: (from, to) => {
      const inside = numbers.filter((value) => place(value) >= from && place(value) <= to);
      return inside.length > 0 ? [inside[0] as number, inside.at(-1) as number] : [at(from), at(to)];
    },
    values: () => [],
    ticks: [...ticks].map(([label, share]) => ({ at: share, label })),
  };
}

/** Number of sorted values below `value`, or at and below it when `equal`. */
function lowerBound(sorted: readonly number[], value: number, equal: boolean): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const one = sorted[middle] as number;
    if (one < value || (equal && one === value)) from = middle + 1;
    else to = middle;
  }
  return from;
}
