// Axes between groups of points: what a person gives for each end, and as the server is asked for it.
import type { EmbeddingColumn, PointGroup, ProjectionAxis } from '$lib/api/model';

export const AXES = ['x', 'y', 'z'] as const;
/** The two ends of each axis: where it begins, and where it leads to. */
export const ENDS = { x: ['left', 'right'], y: ['down', 'up'], z: ['back', 'front'] } as const;
export const END_NAMES = Object.values(ENDS).flat();
export type EndName = (typeof END_NAMES)[number];

/** A text, a pattern between slashes, or points; null: all points. */
export type End = string | readonly number[] | null;
export type Ends = Readonly<Partial<Record<EndName, End>>>;

/** More points of a group are refused by the server. */
export const MOST_GROUPED = 30_000;

/** The pattern in `/pattern/`; null: a text to look for. */
export function patternOf(text: string): string | null {
  const trimmed = text.trim();
  return trimmed.length > 2 && trimmed.startsWith('/') && trimmed.endsWith('/') ? trimmed.slice(1, -1) : null;
}

/** Whether nothing is given for an end. */
export function isEmpty(end: End | undefined): boolean {
  return end == null || (typeof end === 'string' ? end.trim() === '' : end.length === 0);
}

function groupOf(end: End | undefined, points: number): PointGroup | null {
  if (end == null) return null;
  if (typeof end === 'string') {
    if (isEmpty(end)) return null;
    const pattern = patternOf(end);
    return pattern === null ? { by: 'text', text: end } : { by: 'pattern', pattern };
  }
  // A link may come from an embedding of more points.
  const there = end.filter((point) => point < points).slice(0, MOST_GROUPED);
  return there.length > 0 ? { by: 'points', points: there } : null;
}

/** Axes as the server is asked for them; null: no end is given, there is nothing to see. */
export function axesOf(ends: Ends, dimensions: 2 | 3, points: number): ProjectionAxis[] | null {
  const axes = AXES.slice(0, dimensions).map((name) => {
    const [from, to] = ENDS[name].map((end) => groupOf(ends[end], points));
    return { ...(from && { from }), ...(to && { to }) };
  });
  return axes.some(({ from, to }) => from ?? to) ? axes : null;
}

/** What a column without a name is called in addresses and bookmarks: as TensorBoard calls it. */
const ONLY = 'label';

export function nameInLinks(column: EmbeddingColumn | undefined): string | null {
  return column ? column.name || ONLY : null;
}

/** Position of the column of a link; -1: there is none of that name. */
export function columnInLinks(columns: readonly EmbeddingColumn[], name: string): number {
  return columns.findIndex((column) => nameInLinks(column) === name);
}
