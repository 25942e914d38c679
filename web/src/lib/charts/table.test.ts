import { describe, expect, it } from 'vitest';
import { figurePieces } from './figures';
import type { Fill, Painter, Stroke, TextStyle } from './painter';
import { SvgPainter } from './svg';
import { cutText, drawTable, layTable, leftOutNote, MOST_ROWS, type Table } from './table';
import { CHART_THEMES } from './theme.svelte';

const theme = CHART_THEMES.light;
/** Every letter is 6 wide, and 7 in the head. */
const measure = (text: string, weight: number) => Array.from(text).length * (weight > 500 ? 7 : 6);

interface Written {
  text: string;
  x: number;
  y: number;
  style: TextStyle;
}

/** Remembers what is painted. */
class Recorder implements Painter {
  readonly texts: Written[] = [];
  readonly rects: { x: number; y: number; width: number; height: number; fill: Fill | null }[] = [];
  readonly segments: { y: number; stroke: Stroke }[] = [];

  constructor(
    readonly width: number,
    readonly height: number,
  ) {}

  clip(_x: number, _y: number, _width: number, _height: number, draw: () => void): void {
    draw();
  }
  line(): void {
    throw new Error('a table has no lines through points');
  }
  area(): void {
    throw new Error('a table has no areas');
  }
  circle(): void {
    throw new Error('a table has no circles');
  }
  image(): void {
    throw new Error('a table has no pictures');
  }
  segment(_x0: number, y: number, _x1: number, _y1: number, stroke: Stroke): void {
    this.segments.push({ y, stroke });
  }
  rect(x: number, y: number, width: number, height: number, fill: Fill | null): void {
    this.rects.push({ x, y, width, height, fill });
  }
  text(text: string, x: number, y: number, style: TextStyle): void {
    this.texts.push({ text, x, y, style });
  }
}

function drawn(table: Table, title = 't') {
  const laid = layTable(table, title, measure);
  const painter = new Recorder(laid.width, laid.height);
  drawTable(painter, laid, leftOutNote(laid), theme, measure);
  return { laid, painter };
}

const RUNS: Table = {
  columns: [{ title: 'Run' }, { title: 'lr ↓', isNumber: true }, { title: 'Optimizer' }],
  rows: [
    [{ text: 'a', swatch: '#123456' }, { text: '0.1' }, { text: 'adam' }],
    [
      { text: 'baseline', swatch: '#abcdef' },
      { text: '0.001', share: 0.5 },
      { text: '–', color: 'red' },
    ],
  ],
  total: 2,
};

describe('drawTable', () => {
  it('writes the head and every cell, row by row, where its column stands', () => {
    const { painter, laid } = drawn(RUNS);
    // Widths between paddings of 10: 17 + 8 · 6 = 65; 5 · 6 = 30; 9 · 7 = 63.
    expect(laid.columns).toEqual([
      { left: 10, width: 65 },
      { left: 95, width: 30 },
      { left: 145, width: 63 },
    ]);
    expect(laid.width).toBe(218);
    expect(laid.height).toBe(28 + 2 * 24);
    expect(painter.texts.map(({ text, x, y, style }) => [text, x, y, style.align])).toEqual([
      ['Run', 10, 14, 'left'],
      ['lr ↓', 125, 14, 'right'],
      ['Optimizer', 145, 14, 'left'],
      ['a', 27, 40, 'left'],
      ['0.1', 125, 40, 'right'],
      ['adam', 145, 40, 'left'],
      ['baseline', 27, 64, 'left'],
      ['0.001', 125, 64, 'right'],
      ['–', 145, 64, 'left'],
    ]);
    expect(painter.texts.map(({ style }) => style.color)).toEqual([
      ...Array.from({ length: 3 }, () => theme.muted),
      ...Array.from({ length: 5 }, () => theme.text),
      'red',
    ]);
    expect(painter.texts.every(({ style }) => style.tabular)).toBe(true);
  });

  it('paints swatches before names, and bars as long as their share behind numbers', () => {
    const { painter } = drawn(RUNS);
    expect(painter.rects).toEqual([
      { x: 10, y: 35, width: 10, height: 10, fill: { color: '#123456' } },
      { x: 10, y: 59, width: 10, height: 10, fill: { color: '#abcdef' } },
      { x: 85, y: 52, width: 25, height: 23, fill: { color: theme.accent, opacity: 0.18 } },
    ]);
  });

  it('rules off the head and each row', () => {
    const { painter } = drawn(RUNS);
    expect(painter.segments).toEqual([
      { y: 27.5, stroke: { color: theme.line } },
      { y: 51.5, stroke: { color: theme.grid } },
      { y: 75.5, stroke: { color: theme.grid } },
    ]);
  });

  it('cuts a long text, and lets it take no more than the widest column', () => {
    const { painter, laid } = drawn({
      columns: [{ title: 'name' }, { title: 'n', isNumber: true }],
      rows: [[{ text: 'x'.repeat(500) }, { text: '1' }]],
      total: 1,
    });
    expect(laid.columns).toEqual([
      { left: 10, width: 420 },
      { left: 450, width: 28 },
    ]);
    // 70 letters fit, of which one is the ellipsis.
    expect(painter.texts[2]?.text).toBe(`${'x'.repeat(69)}…`);
    expect(painter.texts[3]).toMatchObject({ text: '1', x: 478 });
  });

  it('moves a text in and says its note behind it, where there is room', () => {
    const { painter } = drawn({
      columns: [{ title: 'Layer' }],
      rows: [[{ text: 'conv', note: 'Conv2d', indent: 14 }], [{ text: 'y'.repeat(68), note: 'Long' }]],
      total: 2,
    });
    expect(painter.texts.slice(1).map(({ text, x, style }) => [text, x, style.color])).toEqual([
      ['conv', 24, theme.text],
      ['Conv2d', 24 + 24 + 7, theme.muted],
      ['y'.repeat(68), 10, theme.text],
    ]);
  });

  it('draws a bounded number of rows and says how many there are beside', () => {
    const rows = Array.from({ length: 250 }, (_, i) => [{ text: `r${i}` }]);
    const { painter, laid } = drawn({ columns: [{ title: 'Run' }], rows, total: 1_250 });
    expect(laid.rows.length).toBe(MOST_ROWS);
    const texts = painter.texts.map(({ text }) => text);
    expect(texts.length).toBe(1 + MOST_ROWS + 1);
    expect(texts.slice(-2)).toEqual(['r99', '… and 1,150 more rows; the CSV has all']);
    const ys = painter.texts.map(({ y }) => y);
    expect(ys.every((y, i) => i === 0 || y > (ys[i - 1] ?? 0))).toBe(true);
    expect(Math.max(...ys)).toBeLessThan(laid.height);
  });

  it('draws as many columns as a picture has room for', () => {
    const columns = Array.from({ length: 40 }, (_, i) => ({ title: `${i}`.padStart(14, 'c') }));
    const rows = [columns.map(({ title }) => ({ text: title }))];
    const { laid, painter } = drawn({ columns, rows, total: 2 });
    // 98 of text and 20 of padding: 25 columns are 2,950 wide.
    expect(laid.columns.length).toBe(25);
    expect(laid.width).toBe(2950);
    expect(painter.texts.at(-1)?.text).toBe('… and 1 more row and 15 more columns; the CSV has all');
    expect(drawn({ columns, rows, total: 1 }).painter.texts.at(-1)?.text).toBe(
      '… and 15 more columns; the CSV has all',
    );
  });

  it('is as wide as its title', () => {
    const { laid } = drawn({ columns: [{ title: 'a' }], rows: [], total: 0 }, 'a title of some length');
    expect(laid.width).toBe(Math.ceil((22 * 7 * 13) / 12) + 20);
    expect(laid.height).toBe(28);
  });

  it('escapes what it writes into an SVG, whose figures have one width', () => {
    const table = { columns: [{ title: '<b>' }], rows: [[{ text: '"1" & 2' }]], total: 1 };
    const painter = new SvgPainter(200, 60);
    drawTable(painter, layTable(table, '', measure), '', theme, measure);
    const svg = painter.toString();
    expect(svg).toContain('>&lt;b&gt;</text>');
    expect(svg).toContain('style="font-variant-numeric:tabular-nums">&quot;1&quot; &amp; 2</text>');
  });
});

describe('cutText', () => {
  it.each([
    ['abcdef', 36, 'abcdef'],
    ['abcdef', 35, 'abcd…'],
    ['ab cdef', 24, 'ab…'],
    ['训练训练', 18, '训练…'],
    ['𝒳𝒳𝒳', 12, '𝒳…'],
    ['abc', 3, '…'],
  ])('%s in %d is %s', (text, room, expected) => {
    expect(cutText(text, room, 400, measure)).toBe(expected);
  });
});

describe('figurePieces', () => {
  const widthOf = (text: string) => Array.from(text, (c) => (c === '1' ? 3 : 6)).reduce((a, b) => a + b, 0);

  it('gives every figure the room of the widest', () => {
    expect(figurePieces('11', widthOf)).toEqual({
      pieces: [
        { text: '1', x: 1.5 },
        { text: '1', x: 7.5 },
      ],
      width: 12,
    });
    expect(figurePieces('27', widthOf).width).toBe(figurePieces('11', widthOf).width);
  });
  it('leaves everything else together', () => {
    expect(figurePieces('a 1e−5 ms', widthOf).pieces.map(({ text }) => text)).toEqual([
      'a ',
      '1',
      'e−',
      '5',
      ' ms',
    ]);
    expect(figurePieces('', widthOf)).toEqual({ pieces: [], width: 0 });
  });
});
