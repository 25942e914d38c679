import { describe, expect, it } from 'vitest';
import type { ChartLine } from './scene';
import { drawScene, layOut, marksOf, nearestIndex, strokes, xExtent, yExtent } from './scene';
import { SvgPainter } from './svg';
import { CHART_THEMES } from './theme.svelte';

function line(x: number[], y: number[], more: Partial<ChartLine> = {}): ChartLine {
  return {
    id: 'a',
    color: '#123456',
    dash: [],
    x,
    y,
    raw: null,
    hasNonFinite: y.some((value) => !Number.isFinite(value)),
    cutWhereXFalls: false,
    restarts: [],
    ghosts: [],
    band: null,
    ...more,
  };
}

const AXES = { xKind: 'step', xScale: 'linear', yScale: 'linear' } as const;

function svg(lines: ChartLine[], view = { x: [0, 10] as const, y: [0, 1] as const }): string {
  const painter = new SvgPainter(300, 200);
  drawScene(painter, layOut(lines, AXES, view, 300, 200), CHART_THEMES.light);
  return painter.toString();
}

describe('yExtent', () => {
  const values = Array.from({ length: 101 }, (_, i) => i / 100);
  const outlier = line([...values.keys(), 101], [...values, 1000]);

  it('ignoring outliers takes the 5th and the 95th rank of 100', () => {
    // 102 values: ranks ceil(101 * 0.05) = 6 and floor(101 * 0.95) = 95.
    const [low, high] = yExtent([outlier], 'linear', null, true);
    expect(low).toBeLessThanOrEqual(0.06);
    expect(low).toBeGreaterThanOrEqual(0);
    expect(high).toBeGreaterThanOrEqual(0.95);
    expect(high).toBeLessThanOrEqual(1.1);
  });
  it('shows all otherwise', () => {
    expect(yExtent([outlier], 'linear', null, false)[1]).toBeGreaterThanOrEqual(1000);
  });
  it('keeps every value of a short line even when ignoring outliers', () => {
    const [low, high] = yExtent([line([0, 1, 2, 3, 4], [5, 6, 7, 8, 900])], 'linear', null, true);
    expect(low).toBeLessThanOrEqual(5);
    expect(high).toBeGreaterThanOrEqual(900);
  });
  it('counts only points in the range of x, and no NaN', () => {
    const [low, high] = yExtent([line([0, 1, 2], [50, NaN, 1])], 'linear', [1, 2], false);
    expect([low, high]).toEqual([0.89, 1.11].map((v) => expect.closeTo(v, 1)));
  });
  it('on a logarithmic axis counts only positive values', () => {
    const [low, high] = yExtent([line([0, 1, 2], [-3, 0.01, 10])], 'log', null, false);
    expect(low).toBeGreaterThan(0.005);
    expect(high).toBeLessThan(20);
  });
});

describe('xExtent', () => {
  it('spans all lines and the discarded branches shown', () => {
    const lines = [line([3, 8], [1, 1]), line([5], [1], { ghosts: [{ x: [9, 12], y: [1, 1] }] })];
    expect(xExtent(lines, 'linear')).toEqual([3, 12]);
  });
});

describe('strokes', () => {
  it('cuts at values that are not finite', () => {
    expect(strokes([0, 1, 2, 3, 4], [1, NaN, 1, 1, Infinity], false)).toEqual([
      [0, 1],
      [2, 4],
    ]);
  });
  it('cuts where x falls when asked', () => {
    const x = [0, 1, 2, 1, 2];
    expect(strokes(x, x, true)).toEqual([
      [0, 3],
      [3, 5],
    ]);
    expect(strokes(x, x, false)).toEqual([[0, 5]]);
  });
});

describe('marksOf', () => {
  it('lies at the last legal value, or at the first one to come', () => {
    expect(marksOf([0, 1, 2, 3], [NaN, 5, Infinity, -Infinity], [NaN, 5, Infinity, -Infinity])).toEqual([
      { x: 0, y: 5, kind: 'nan' },
      { x: 2, y: 5, kind: 'up' },
      { x: 3, y: 5, kind: 'down' },
    ]);
  });
});

describe('nearestIndex', () => {
  it.each([
    [0, 0],
    [14, 1],
    [15, 1],
    [16, 2],
    [99, 3],
  ])('finds the point nearest to %d', (x, expected) => {
    expect(nearestIndex([0, 10, 20, 30], x, true)).toBe(expected);
    expect(nearestIndex([0, 10, 20, 30], x, false)).toBe(expected);
  });
  it('finds none in an empty line', () => {
    expect(nearestIndex([], 3, true)).toBe(-1);
  });
});

describe('drawScene', () => {
  it('draws the line at the pixels of its values', () => {
    // The plot spans x 46 to 290 and y 6 to 178.
    expect(svg([line([0, 5, 10], [0, 0.5, 1])])).toContain('<polyline points="46,178 168,92 290,6"');
  });
  it('draws raw values faintly behind smoothed ones', () => {
    const text = svg([line([0, 10], [0, 1], { raw: [1, 0] })]);
    const faint = text.indexOf('stroke-opacity="0.24"');
    expect(faint).toBeGreaterThan(0);
    expect(faint).toBeLessThan(text.indexOf('stroke-width="1.6"'));
  });
  it('draws a lone point as a dot', () => {
    expect(svg([line([5], [0.5])])).toContain('<circle cx="168" cy="92" r="3" fill="#123456"/>');
  });
  it('draws the band as one closed area', () => {
    const band = { x: [0, 10], lower: [0, 0], upperX: [0, 10], upper: [1, 1] };
    expect(svg([line([0, 10], [0.5, 0.5], { band })])).toContain(
      '<polygon points="46,178 290,178 290,6 46,6" fill="#123456" fill-opacity="0.16"/>',
    );
  });
  it('marks restarts and values that are not numbers', () => {
    const text = svg([line([0, 5, 10], [0.5, NaN, 0.5], { restarts: [5] })]);
    expect(text).toContain('<polygon points="164,178 172,178 168,171.6" fill="#123456"/>');
    expect(text).toContain('<polygon points="164,96 172,96 168,88" fill="#123456"/>');
  });
  it('leaves faint lines out of a dense chart only while it is being moved', () => {
    const xs = Array.from({ length: 31_000 }, (_, i) => i / 3100);
    const dense = layOut([line(xs, xs, { raw: xs })], AXES, { x: [0, 10], y: [0, 10] }, 300, 200);
    const drawn = (draft: boolean) => {
      const painter = new SvgPainter(300, 200);
      drawScene(painter, dense, CHART_THEMES.light, { draft, scale: 2 });
      return painter.toString();
    };
    expect(drawn(false)).toContain('stroke-opacity="0.24"');
    expect(drawn(true)).not.toContain('stroke-opacity="0.24"');
    expect(drawn(true)).toContain('stroke="#123456" stroke-width="0.5"');
  });
  it('draws discarded branches dotted', () => {
    expect(svg([line([0, 10], [0, 1], { ghosts: [{ x: [0, 5], y: [1, 1] }] })])).toContain(
      'stroke-dasharray="2 3" stroke-opacity="0.6"',
    );
  });
});
