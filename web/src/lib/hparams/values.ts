// Hyperparameters and metrics as the page handles them: values, and columns of them.
import type { Hparams, HparamValue, JsonNumber, MetricRef } from '$lib/api/model';
import { compareNames } from '$lib/format/names';
import { formatValue } from '$lib/format/numbers';
import { formatDuration, formatTime } from '$lib/format/times';

/** A value of a session; null where it has none. */
export type Value = number | string | boolean | null;

export type ColumnKind = 'number' | 'text' | 'bool' | 'mixed' | 'time' | 'duration' | 'status';

export const AGGREGATIONS = ['last', 'min', 'max'] as const;
/** Which figure of a scalar stands for the whole series. */
export type Aggregation = (typeof AGGREGATIONS)[number];

/** A column of a table of sessions. */
export interface Column {
  /** Names it in the address: see [`hparamKey`] and [`metricKey`]. */
  key: string;
  /** As it was logged. */
  name: string;
  /** What is written above it. */
  title: string;
  /** Sanitised HTML; mostly empty. */
  description: string;
  role: 'hparam' | 'metric' | 'fact';
  kind: ColumnKind;
  /** One for each session. */
  values: readonly Value[];
}

export function hparamKey(name: string): string {
  return `h:${name}`;
}

export function metricKey({ group, tag }: { group?: string | undefined; tag: string }): string {
  return `m:${encodeURIComponent(group ?? '')}:${tag}`;
}

/** The metric that a key names; null when it names none. */
export function metricOf(key: string): MetricRef | null {
  const match = /^m:([^:]*):(.+)$/s.exec(key);
  if (!match) return null;
  try {
    return { group: decodeURIComponent(match[1] ?? ''), tag: match[2] ?? '' };
  } catch {
    return null;
  }
}

/** What is written above a metric's column. */
export function metricTitle({ group, tag }: { group?: string | undefined; tag: string }): string {
  return group ? `${group}/${tag}` : tag;
}

export function numberOf(value: JsonNumber | null | undefined): number | null {
  return value == null ? null : Number(value);
}

export function valueOf(value: HparamValue | null | undefined): Value {
  if (value == null) return null;
  return typeof value === 'object' ? Number(value.number) : value;
}

/** Hyperparameters of all sessions as columns. */
export function hparamColumns(data: Hparams): Column[] {
  return data.columns.map((column) => ({
    key: hparamKey(column.name),
    name: column.name,
    title: column.display_name || column.name,
    description: column.description_html,
    role: 'hparam',
    kind: column.kind,
    values: column.values.map(valueOf),
  }));
}

/** One figure of each metric as columns. */
export function metricColumns(data: Hparams, aggregation: Aggregation): Column[] {
  return data.metrics.map((metric) => ({
    key: metricKey(metric),
    name: metricTitle(metric),
    title: metric.display_name || metricTitle(metric),
    description: metric.description_html,
    role: 'metric',
    kind: 'number',
    values: metric[aggregation].map(numberOf),
  }));
}

/** A value in full, for exports and filters. */
export function plainText(value: Value): string {
  return value === null ? '' : String(value);
}

/** A value as a table shows it. */
export function shownText(value: Value, kind: ColumnKind = 'mixed'): string {
  if (value === null) return '–';
  if (typeof value !== 'number') return String(value);
  if (kind === 'time') return formatTime(value);
  if (kind === 'duration') return formatDuration(value);
  return formatValue(value);
}

const RANK = { number: 0, boolean: 1, string: 2 } as const;

/** Numbers first, then truth values, then texts, each in its order; NaN behind the numbers. */
export function compareValues(a: Exclude<Value, null>, b: Exclude<Value, null>): number {
  if (typeof a === 'number' && typeof b === 'number') {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a - b;
  }
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (typeof a === 'string' && typeof b === 'string') return compareNames(a, b);
  const rank = (value: Exclude<Value, null>) => RANK[typeof value as keyof typeof RANK];
  return rank(a) - rank(b);
}

/** Places of the values in order; those without a value come last in both directions. */
export function sortedPlaces(values: readonly Value[], descending: boolean): number[] {
  const places = values.map((_, place) => place);
  const sign = descending ? -1 : 1;
  return places.sort((a, b) => {
    const [left, right] = [values[a] ?? null, values[b] ?? null];
    if (left === null || right === null) return Number(left === null) - Number(right === null) || a - b;
    return sign * compareValues(left, right) || a - b;
  });
}

/** The different values of a column in order, null left out. */
export function distinct(values: readonly Value[]): Exclude<Value, null>[] {
  const found = new Map<string, Exclude<Value, null>>();
  for (const value of values) if (value !== null) found.set(`${typeof value} ${value}`, value);
  return [...found.values()].sort(compareValues);
}
