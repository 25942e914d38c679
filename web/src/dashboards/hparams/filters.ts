// Which sessions are shown: a condition for each column, all of which have to hold.
import { textMatcher } from '$lib/format/names';
import { plainText, type Column, type Value } from '$lib/hparams/values';

/** A condition on a column. Parts that are null or empty ask nothing. */
export interface Filter {
  /** Smallest and largest number; whatever is no number is left out when one of them is set. */
  min: number | null;
  max: number | null;
  /** The values that are shown, as [`plainText`] writes them; the empty text is a missing value. */
  values: readonly string[] | null;
  /** Text to be found, or `/regular expression/`. */
  text: string;
}

export const NO_FILTER: Filter = { min: null, max: null, values: null, text: '' };

export function isIdle(filter: Filter): boolean {
  return filter.min === null && filter.max === null && filter.values === null && filter.text === '';
}

export function passes(filter: Filter, value: Value): boolean {
  if (filter.min !== null || filter.max !== null) {
    if (typeof value !== 'number' || Number.isNaN(value)) return false;
    if (value < (filter.min ?? -Infinity) || value > (filter.max ?? Infinity)) return false;
  }
  if (filter.values !== null && !filter.values.includes(plainText(value))) return false;
  if (filter.text !== '') {
    const matcher = textMatcher(filter.text);
    if (matcher.matches && !matcher.matches(plainText(value))) return false;
  }
  return true;
}

/** Places of the sessions, of `places`, for which all filters hold. */
export function filtered(
  places: readonly number[],
  columns: ReadonlyMap<string, Column>,
  filters: ReadonlyMap<string, Filter>,
): number[] {
  // A filter on a column that is not there (any more) asks nothing.
  const active = [...filters].flatMap(([key, filter]) => {
    const column = columns.get(key);
    return column ? [{ filter, column }] : [];
  });
  return places.filter((place) =>
    active.every(({ filter, column }) => passes(filter, column.values[place] ?? null)),
  );
}

/** A filter as the address holds it. */
export function formatFilter(key: string, filter: Filter): string {
  const { min, max, values, text } = filter;
  return JSON.stringify([key, min, max, values, text]);
}

/** What [`formatFilter`] wrote; null for anything else. */
export function parseFilter(text: string): [string, Filter] | null {
  let parts: unknown;
  try {
    parts = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(parts) || parts.length !== 5) return null;
  const [key, min, max, values, needle] = parts as unknown[];
  const bound = (value: unknown): value is number | null => value === null || typeof value === 'number';
  const list =
    values === null || (Array.isArray(values) && values.every((value) => typeof value === 'string'));
  if (typeof key !== 'string' || !bound(min) || !bound(max) || !list || typeof needle !== 'string')
    return null;
  return [key, { min, max, values: values as string[] | null, text: needle }];
}
