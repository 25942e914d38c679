// A table as a drawing: as much of it as a picture can hold, and what that leaves out.
import { t } from '$lib/i18n/index.svelte';
import { formatStep } from '$lib/format/numbers';
import { figurePieces } from './figures';
import { CHART_FONT, type Painter } from './painter';
import type { Drawing } from './picture';
import { chartTheme, type ChartTheme } from './theme.svelte';

export interface TableColumn {
  readonly title: string;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
}

export interface TableCell {
  readonly text: string;
  /** Said behind the text, fainter. */
  readonly note?: string;
  /** Where the cell is not as its column. */
  readonly isNumber?: boolean;
  readonly color?: string;
  /** Colour of a square before the text. */
  readonly swatch?: string | undefined;
  /** How far the text is moved in, pixels. */
  readonly indent?: number;
  /** Length of a bar behind the text, as a share of the cell. */
  readonly share?: number;
}

export interface Table {
  readonly columns: readonly TableColumn[];
  /** The rows in their order; the first [`MOST_ROWS`] are drawn. */
  readonly rows: readonly (readonly TableCell[])[];
  /** How many rows there are, given or not. */
  readonly total: number;
}

/** Width of a text in pixels. */
export type Measure = (text: string, weight: number) => number;

/** Rows that are drawn: more make a picture that nobody can look at. */
export const MOST_ROWS = 100;
/** Columns are drawn up to this width. */
const MOST_WIDTH = 3000;
const MOST_CELL_WIDTH = 420;
/** More letters than fit into the widest cell: what is behind them is not looked at. */
const MOST_LETTERS = 400;
const LEAST_CELL_WIDTH = 28;

const ROW_HEIGHT = 24;
const HEAD_HEIGHT = 28;
const NOTE_HEIGHT = 26;
const PADDING = 10;
const SWATCH = 10;
const GAP = 7;
const TEXT_SIZE = 12;
const HEAD_WEIGHT = 600;
const TEXT_WEIGHT = 400;

interface Placed {
  readonly left: number;
  /** Room between the paddings. */
  readonly width: number;
}

interface Look {
  readonly weight: number;
  readonly color: string;
  readonly isNumber?: boolean;
}

/** A table with the places of its columns. */
export interface LaidTable {
  readonly table: Table;
  readonly columns: readonly Placed[];
  readonly rows: readonly (readonly TableCell[])[];
  /** What is not in the picture. */
  readonly rowsLeft: number;
  readonly columnsLeft: number;
  readonly width: number;
  readonly height: number;
}

/** Room that a cell takes before its text. */
function before(cell: TableCell): number {
  return (cell.indent ?? 0) + (cell.swatch === undefined ? 0 : SWATCH + GAP);
}

/** Gives every column the width of its longest text, as far as there is room. */
export function layTable(table: Table, title: string, measure: Measure): LaidTable {
  const rows = table.rows.slice(0, MOST_ROWS);
  const columns: Placed[] = [];
  let left = 0;
  for (const [at, column] of table.columns.entries()) {
    const widths = rows.map((row) => {
      const cell = row[at];
      if (!cell) return 0;
      const note = cell.note ? GAP + measure(cell.note, TEXT_WEIGHT) : 0;
      return before(cell) + measure(cell.text, TEXT_WEIGHT) + note;
    });
    const widest = Math.max(LEAST_CELL_WIDTH, measure(column.title, HEAD_WEIGHT), ...widths);
    const width = Math.ceil(Math.min(MOST_CELL_WIDTH, widest));
    if (at > 0 && left + width + 2 * PADDING > MOST_WIDTH) break;
    columns.push({ left: left + PADDING, width });
    left += width + 2 * PADDING;
  }
  const titleWidth = Math.ceil(measure(title, HEAD_WEIGHT) * (13 / TEXT_SIZE)) + 2 * PADDING;
  const rowsLeft = Math.max(0, table.total - rows.length);
  const columnsLeft = table.columns.length - columns.length;
  return {
    table,
    columns,
    rows,
    rowsLeft,
    columnsLeft,
    width: Math.max(left, Math.min(MOST_WIDTH, titleWidth)),
    height: HEAD_HEIGHT + rows.length * ROW_HEIGHT + (rowsLeft + columnsLeft > 0 ? NOTE_HEIGHT : 0),
  };
}

/** As much of a text as there is room for, with an ellipsis where that is not all. */
export function cutText(text: string, room: number, weight: number, measure: Measure): string {
  if (measure(text, weight) <= room) return text;
  const letters = Array.from(text.slice(0, MOST_LETTERS));
  let [fits, tooLong] = [0, letters.length];
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (measure(`${letters.slice(0, middle).join('')}…`, weight) <= room) fits = middle;
    else tooLong = middle;
  }
  return `${letters.slice(0, fits).join('').trimEnd()}…`;
}

/** Draws it; `note` says what is not in the picture. */
export function drawTable(
  painter: Painter,
  laid: LaidTable,
  note: string,
  theme: ChartTheme,
  measure: Measure,
): void {
  const { table, columns, rows, width } = laid;
  const middle = { size: TEXT_SIZE, baseline: 'middle', tabular: true } as const;
  const write = (text: string, place: Placed, y: number, look: Look) => {
    const { weight, color, isNumber = false } = look;
    painter.text(
      cutText(text, place.width, weight, measure),
      isNumber ? place.left + place.width : place.left,
      y,
      { ...middle, weight, color, align: isNumber ? 'right' : 'left' },
    );
  };

  columns.forEach((place, at) => {
    const { title = '', isNumber = false } = table.columns[at] ?? {};
    write(title, place, HEAD_HEIGHT / 2, { weight: HEAD_WEIGHT, color: theme.muted, isNumber });
  });
  painter.segment(0, HEAD_HEIGHT - 0.5, width, HEAD_HEIGHT - 0.5, { color: theme.line });
  rows.forEach((row, index) => {
    const top = HEAD_HEIGHT + index * ROW_HEIGHT;
    const y = top + ROW_HEIGHT / 2;
    painter.segment(0, top + ROW_HEIGHT - 0.5, width, top + ROW_HEIGHT - 0.5, { color: theme.grid });
    columns.forEach((place, at) => {
      const cell = row[at];
      if (!cell) return;
      if (cell.share !== undefined && cell.share > 0)
        painter.rect(
          place.left - PADDING,
          top,
          Math.min(1, cell.share) * (place.width + 2 * PADDING),
          ROW_HEIGHT - 1,
          { color: theme.accent, opacity: 0.18 },
        );
      const moved = before(cell);
      if (cell.swatch !== undefined)
        painter.rect(place.left + (cell.indent ?? 0), y - SWATCH / 2, SWATCH, SWATCH, { color: cell.swatch });
      const room = { left: place.left + moved, width: Math.max(0, place.width - moved) };
      const isNumber = cell.isNumber ?? table.columns[at]?.isNumber ?? false;
      write(cell.text, room, y, { weight: TEXT_WEIGHT, color: cell.color ?? theme.text, isNumber });
      if (!cell.note) return;
      const taken = measure(cell.text, TEXT_WEIGHT) + GAP;
      // Less room holds nothing that could be read.
      if (room.width - taken < LEAST_CELL_WIDTH) return;
      const rest = { left: room.left + taken, width: room.width - taken };
      write(cell.note, rest, y, { weight: TEXT_WEIGHT, color: theme.muted });
    });
  });
  if (note !== '')
    painter.text(note, PADDING, HEAD_HEIGHT + rows.length * ROW_HEIGHT + NOTE_HEIGHT / 2, {
      ...middle,
      color: theme.muted,
    });
}

let context: CanvasRenderingContext2D | null = null;

/** Width in the font of charts, as it is drawn. */
function measured(text: string, weight: number): number {
  context ??= document.createElement('canvas').getContext('2d');
  if (!context) return text.length * TEXT_SIZE;
  context.font = `${weight} ${TEXT_SIZE}px ${CHART_FONT}`;
  const canvas = context;
  return figurePieces(text.slice(0, MOST_LETTERS), (piece) => canvas.measureText(piece).width).width;
}

/** What is not in the picture, in words; empty when all is. */
export function leftOutNote({ rowsLeft, columnsLeft }: LaidTable): string {
  const counts = { rows: formatStep(rowsLeft), columns: formatStep(columnsLeft) };
  if (rowsLeft > 0 && columnsLeft > 0) return t('media.table.moreBoth', counts);
  if (rowsLeft > 0) return t('media.table.moreRows', { n: counts.rows });
  return columnsLeft > 0 ? t('media.table.moreColumns', { n: counts.columns }) : '';
}

/** A table for a file, in the colours of the page. */
export function tableDrawing(title: string, table: Table): Drawing {
  const theme = chartTheme();
  const laid = layTable(table, title, measured);
  const note = leftOutNote(laid);
  const noteWidth = Math.ceil(measured(note, TEXT_WEIGHT)) + 2 * PADDING;
  const width = Math.max(laid.width, note === '' ? 0 : noteWidth);
  return {
    title,
    width,
    height: laid.height,
    theme,
    draw: (painter) => drawTable(painter, { ...laid, width }, note, theme, measured),
  };
}
