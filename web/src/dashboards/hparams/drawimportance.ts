// The importance of hyperparameters as bars, for a picture.
import type { Painter } from '$lib/charts/painter';
import type { ChartTheme } from '$lib/charts/theme.svelte';
import { formatValue } from '$lib/format/numbers';

const ROW = 24;
const HEAD = 28;
const NAMES = 200;
const COLUMN = 180;
const FIGURE = 64;

export const IMPORTANCE_WIDTH = NAMES + 3 * COLUMN;

/** One hyperparameter; NaN where a figure cannot be told. */
export interface Bars {
  readonly title: string;
  readonly permutation: number;
  readonly spearman: number;
  readonly pearson: number;
}

export function importanceHeight(rows: number): number {
  return HEAD + rows * ROW + 8;
}

/** `titles`: of permutation, Spearman and Pearson. */
export function drawImportance(
  painter: Painter,
  rows: readonly Bars[],
  titles: readonly string[],
  theme: ChartTheme,
): void {
  const most = Math.max(1e-9, ...rows.map(({ permutation }) => permutation || 0));
  const space = COLUMN - FIGURE - 20;
  titles.forEach((title, i) =>
    painter.text(title, NAMES + i * COLUMN, HEAD / 2, { color: theme.muted, baseline: 'middle' }),
  );
  rows.forEach((row, i) => {
    const y = HEAD + i * ROW + ROW / 2;
    const text = { color: theme.text, baseline: 'middle' } as const;
    painter.clip(0, y - ROW / 2, NAMES - 10, ROW, () => painter.text(row.title, 10, y, text));
    [row.permutation, row.spearman, row.pearson].forEach((value, column) => {
      const x = NAMES + column * COLUMN;
      const told = Number.isNaN(value) ? '–' : formatValue(value, 3);
      painter.text(told, x + FIGURE - 12, y, { ...text, align: 'right' });
      if (Number.isNaN(value)) return;
      const left = x + FIGURE;
      if (column === 0) {
        const length = Math.max(0, Math.min(1, value / most)) * space;
        painter.rect(left, y - 4, length, 8, { color: theme.accent });
        return;
      }
      const middle = left + space / 2;
      const length = (Math.min(1, Math.abs(value)) * space) / 2;
      const color = value < 0 ? theme.warn : theme.accent;
      painter.rect(value < 0 ? middle - length : middle, y - 4, length, 8, { color });
      painter.segment(middle, y - 6, middle, y + 6, { color: theme.line });
    });
  });
}
