// Columns of metadata: what they hold, how they colour points, and searching in them.
import { colorMap, type Rgb } from '$lib/charts/colormap';
import { channels } from '$lib/format/colors';
import { PALETTES } from '$lib/format/palette';
import type { EmbeddingColumn } from '$lib/api/model';

/** More values than these are told apart by a scale if they are numbers, else not at all. TensorBoard's number. */
export const MOST_CATEGORIES = 50;

export type Coloring =
  | { readonly kind: 'plain' }
  | { readonly kind: 'categories'; readonly values: readonly Category[] }
  | { readonly kind: 'scale'; readonly low: number; readonly high: number };

export interface Category {
  readonly value: string;
  readonly count: number;
  readonly color: Rgb;
}

const scale = colorMap('viridis');

/** A number as people write it; null for other texts. */
export function toNumber(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : null;
}

/** Compares numbers by value, and other texts as people order them. */
export function compareValues(a: string, b: string): number {
  const [x, y] = [toNumber(a), toNumber(b)];
  if (x !== null && y !== null) return x - y;
  return a.localeCompare(b, undefined, { numeric: true });
}

/** How a column colours points: few values get a colour each, many numbers a place on a scale. */
export function coloringOf(column: EmbeddingColumn | undefined, dark: boolean): Coloring {
  if (!column) return { kind: 'plain' };
  const counts = new Map<string, number>();
  for (const value of column.values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
    if (counts.size > MOST_CATEGORIES) break;
  }
  if (counts.size <= MOST_CATEGORIES) {
    const values = [...counts].sort(([a], [b]) => compareValues(a, b));
    const palette = dark ? PALETTES.dark : PALETTES.light;
    return {
      kind: 'categories',
      values: values.map(([value, count], index) => ({
        value,
        count,
        color: categoryColor(palette, index, values.length),
      })),
    };
  }
  let low = Infinity;
  let high = -Infinity;
  let numbers = 0;
  for (const value of column.values) {
    const number = toNumber(value);
    if (number === null) continue;
    numbers += 1;
    low = Math.min(low, number);
    high = Math.max(high, number);
  }
  // A few texts among numbers, as in `n/a`, have no place on the scale.
  return numbers * 2 > column.values.length ? { kind: 'scale', low, high } : { kind: 'plain' };
}

/** The palette's colours first; then hues around the circle, each as far from its neighbours as can be. */
function categoryColor(palette: readonly string[], index: number, count: number): Rgb {
  if (count <= palette.length) return channels(palette[index] ?? '#888888');
  const hue = (index / count) * 360;
  const light = index % 2 === 0 ? 0.62 : 0.48;
  return fromHsl(hue, 0.62, light);
}

function fromHsl(hue: number, saturation: number, lightness: number): Rgb {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

/** Three bytes for each point. */
export function colorsOf(
  coloring: Coloring,
  column: EmbeddingColumn | undefined,
  count: number,
  plain: Rgb,
  missing: Rgb,
): Uint8Array {
  const colors = new Uint8Array(3 * count);
  const byValue =
    coloring.kind === 'categories'
      ? new Map(coloring.values.map(({ value, color }) => [value, color]))
      : null;
  for (let point = 0; point < count; point++) {
    let color = plain;
    if (coloring.kind === 'scale') {
      const number = toNumber(column?.values[point] ?? '');
      const span = coloring.high - coloring.low;
      color = number === null ? missing : scale(span > 0 ? (number - coloring.low) / span : 0.5);
    } else if (byValue) color = byValue.get(column?.values[point] ?? '') ?? missing;
    colors[3 * point] = color[0];
    colors[3 * point + 1] = color[1];
    colors[3 * point + 2] = color[2];
  }
  return colors;
}

/** The column that labels points when none is chosen: the first with many different texts, or the first. */
export function defaultLabel(columns: readonly EmbeddingColumn[]): number {
  const many = columns.findIndex((column) => coloringOf(column, false).kind === 'plain');
  return many < 0 && columns.length > 0 ? 0 : many;
}

/** The column that colours points when none is chosen: the first that has few values or numbers. */
export function defaultColor(columns: readonly EmbeddingColumn[]): number {
  return columns.findIndex((column) => {
    const coloring = coloringOf(column, false);
    // One value for all says nothing.
    return coloring.kind === 'categories' ? coloring.values.length > 1 : coloring.kind === 'scale';
  });
}

export type Search =
  { readonly points: readonly number[]; readonly total: number } | { readonly problem: string };

/** The points whose text holds the query, or matches it as a pattern; case does not matter. */
export function search(values: readonly string[], query: string, pattern: boolean, most: number): Search {
  const wanted = query.trim();
  if (wanted === '') return { points: [], total: 0 };
  let matches: (text: string) => boolean;
  if (pattern) {
    try {
      const regex = new RegExp(wanted, 'i');
      matches = (text) => regex.test(text);
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) };
    }
  } else {
    const lower = wanted.toLowerCase();
    matches = (text) => text.toLowerCase().includes(lower);
  }
  const points: number[] = [];
  let total = 0;
  values.forEach((text, point) => {
    if (!matches(text)) return;
    total += 1;
    if (points.length < most) points.push(point);
  });
  return { points, total };
}
