// The table of layers: which rows are seen, and which layer a row stands for.
import type { ModelRow } from '$lib/api/model';

/** A row with its number in the whole table. */
export interface SeenRow {
  readonly at: number;
  readonly row: ModelRow;
  /** Whether there are rows in it. */
  readonly group: boolean;
  readonly open: boolean;
}

/** Rows of a model with more than this many begin closed below the second level. */
const MANY_ROWS = 60;

/** The rows whose groups are all open; `closed` holds numbers of rows. */
export function seenRows(rows: readonly ModelRow[], closed: ReadonlySet<number>): SeenRow[] {
  const seen: SeenRow[] = [];
  let hiddenBelow = Infinity;
  for (const [at, row] of rows.entries()) {
    if (row.depth > hiddenBelow) continue;
    hiddenBelow = Infinity;
    const group = (rows[at + 1]?.depth ?? 0) > row.depth;
    const open = !closed.has(at);
    if (group && !open) hiddenBelow = row.depth;
    seen.push({ at, row, group, open });
  }
  return seen;
}

/** The groups that are closed when a model is first shown. */
export function firstClosed(rows: readonly ModelRow[]): number[] {
  if (rows.length <= MANY_ROWS) return [];
  return [...rows.keys()].filter(
    (at) => (rows[at]?.depth ?? 0) >= 1 && (rows[at + 1]?.depth ?? 0) > (rows[at]?.depth ?? 0),
  );
}

/** The groups that a row is in. */
export function groupsOf(rows: readonly ModelRow[], at: number): number[] {
  const groups: number[] = [];
  let depth = rows[at]?.depth ?? 0;
  for (let above = at - 1; above >= 0 && depth > 0; above -= 1) {
    const row = rows[above];
    if (row && row.depth < depth) {
      groups.push(above);
      depth = row.depth;
    }
  }
  return groups;
}

/** The nearest layer around a path that the table has: `layer1.conv1` for a node within it. */
export function rowOf(rows: readonly ModelRow[], path: string): number {
  for (let part = path; part !== ''; part = part.slice(0, Math.max(0, part.lastIndexOf('.')))) {
    const at = rows.findIndex((row) => row.path === part);
    if (at >= 0) return at;
  }
  return -1;
}

/** How long the bar behind a number is: its share of the largest among the leaves. */
export function shareOf(rows: readonly ModelRow[], of: (row: ModelRow) => number): (row: ModelRow) => number {
  const most = Math.max(0, ...rows.filter((row) => row.is_leaf).map(of));
  return (row) => (most > 0 ? Math.min(1, of(row) / most) : 0);
}
