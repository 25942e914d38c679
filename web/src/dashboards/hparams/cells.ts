// What the cells of the table of sessions say, on the page and in a picture of it.
import { MOST_ROWS, type Table, type TableCell } from '$lib/charts/table';
import { chartTheme } from '$lib/charts/theme.svelte';
import { shownText, type Column, type Value } from '$lib/hparams/values';
import { t, type MessageKey } from '$lib/i18n/index.svelte';
import { runLook } from '$lib/state/runlook.svelte';
import { board } from './board.svelte';
import { settings } from './settings.svelte';

export function cellText(column: Column, value: Value): string {
  if (column.kind === 'status') return t(`hparams.status.${String(value)}` as MessageKey);
  return shownText(value, column.kind);
}

/** Numbers stand at the right, and so does the dash where one is missing. */
export function isNumberCell(column: Column, value: Value): boolean {
  return typeof value === 'number' || (value === null && column.kind === 'number');
}

/** How the table is sorted by a column. */
export function orderOf(key: string): 'ascending' | 'descending' | undefined {
  if (settings.sort?.key !== key) return undefined;
  return settings.sort.descending ? 'descending' : 'ascending';
}

/** The table as it is shown: its columns, rows and order. */
export function sessionTable(): Table {
  const theme = chartTheme();
  const arrow = { ascending: ' ↑', descending: ' ↓' };
  const cell = (column: Column, place: number): TableCell => {
    const value = column.values[place] ?? null;
    const text = cellText(column, value);
    if (column.key === 'run') return { text, swatch: runLook(board.sessions[place]?.name ?? '').color };
    const status = column.kind === 'status' ? value : null;
    const color =
      status === 'failure'
        ? theme.bad
        : status === 'running'
          ? theme.good
          : value === null
            ? theme.faint
            : theme.text;
    return { text, color, isNumber: isNumberCell(column, value) };
  };
  return {
    columns: board.shown.map((column) => {
      const order = orderOf(column.key);
      return {
        title: column.title + (order ? arrow[order] : ''),
        isNumber: column.kind === 'number',
      };
    }),
    rows: board.rows.slice(0, MOST_ROWS).map((place) => board.shown.map((column) => cell(column, place))),
    total: board.rows.length,
  };
}
