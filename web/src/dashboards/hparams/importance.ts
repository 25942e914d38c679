// How important hyperparameters are for a metric.
import { distinct, type Column, type Value } from '$lib/hparams/values';
import { pearson, spearman } from './correlation';
import { importanceOf, type Feature } from './forest';

export const TREES = 200;
export const SEED = 20_261_122;
/** With fewer sessions nothing can be said. */
export const FEWEST_SESSIONS = 4;
/** Of more sessions so many are taken, evenly. */
export const MOST_SESSIONS = 2_000;

export interface ImportanceRow {
  key: string;
  title: string;
  /** See [`Importance.permutation`](forest.ts). */
  permutation: number;
  /** NaN where the column's values are no numbers or truth values, or never change. */
  spearman: number;
  pearson: number;
  /** Sessions that have both values. */
  pairs: number;
}

export interface ImportanceReport {
  rows: ImportanceRow[];
  /** How much of the metric the forest explains on sessions it has not seen. */
  r2: number;
  sessions: number;
  /** Hyperparameters left out because they have the same value in all sessions. */
  constant: string[];
}

/** What a worker is asked. */
export interface ImportanceQuestion {
  id: number;
  columns: { key: string; title: string; values: Value[] }[];
  target: number[];
}

function asNumber(value: Value): number {
  return typeof value === 'number' ? value : typeof value === 'boolean' ? Number(value) : NaN;
}

/** The columns and the target, of the sessions whose target is finite. */
export function question(
  id: number,
  columns: readonly Column[],
  target: Column,
  places: readonly number[],
): ImportanceQuestion {
  const finite = places.filter((place) => Number.isFinite(target.values[place] as number | null | undefined));
  const every = Math.ceil(finite.length / MOST_SESSIONS);
  const used = finite.filter((_, index) => index % every === 0);
  return {
    id,
    columns: columns.map(({ key, title, values }) => ({
      key,
      title,
      values: used.map((place) => values[place] ?? null),
    })),
    target: used.map((place) => target.values[place] as number),
  };
}

export function report({ columns, target }: ImportanceQuestion): ImportanceReport {
  const y = Float64Array.from(target);
  const varying = columns.filter(({ values }) => distinct(values).length + Number(values.includes(null)) > 1);
  const features = varying.map(({ values }) => featureOf(values));
  const forest =
    y.length < FEWEST_SESSIONS
      ? { permutation: varying.map(() => NaN), r2: NaN }
      : importanceOf(features, y, { trees: TREES, seed: SEED });
  const rows = varying.map(({ key, title, values }, index): ImportanceRow => {
    const numbers = values.map(asNumber);
    const usable = values.every((value) => typeof value !== 'string');
    const pairs = numbers.flatMap((x, i) => (Number.isFinite(x) ? [[x, y[i] as number] as const] : []));
    const [xs, ys] = [pairs.map(([x]) => x), pairs.map(([, one]) => one)];
    return {
      key,
      title,
      permutation: forest.permutation[index] as number,
      spearman: usable ? spearman(xs, ys) : NaN,
      pearson: usable ? pearson(xs, ys) : NaN,
      pairs: usable ? pairs.length : values.filter((value) => value !== null).length,
    };
  });
  const last = (value: number) => (Number.isNaN(value) ? -Infinity : value);
  rows.sort((a, b) => last(b.permutation) - last(a.permutation));
  return {
    rows,
    r2: forest.r2,
    sessions: y.length,
    constant: columns
      .filter((column) => !varying.includes(column as (typeof varying)[number]))
      .map(({ title }) => title),
  };
}

/** Numbers and truth values as numbers; everything as categories where one value is a text. */
function featureOf(values: readonly Value[]): Feature {
  if (values.every((value) => typeof value !== 'string'))
    return { values: Float64Array.from(values, asNumber), categorical: false };
  const numbers = new Map(distinct(values).map((value, index) => [`${typeof value} ${value}`, index]));
  return {
    values: Float64Array.from(values, (value) => numbers.get(`${typeof value} ${value}`) ?? NaN),
    categorical: true,
  };
}
