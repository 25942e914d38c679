import { describe, expect, it } from 'vitest';
import { cellAt, columnBorders, heatOf, layoutHeat } from './heatmap';

describe('columnBorders', () => {
  it('lie halfway between neighbours', () => {
    expect(columnBorders([0, 10, 30])).toEqual([-5, 5, 20, 40]);
  });
  it('surround a lone column and spread ones that coincide', () => {
    expect(columnBorders([7])).toEqual([6.5, 7.5]);
    expect(columnBorders([7, 7])).toEqual([6.5, 7, 7.5]);
    expect(columnBorders([])).toEqual([]);
  });
});

describe('heatOf', () => {
  it('is 1 at the peak and 0 for nothing, on every scale', () => {
    for (const scale of ['linear', 'sqrt', 'log'] as const) {
      expect(heatOf(50, 50, scale)).toBe(1);
      expect(heatOf(0, 50, scale)).toBe(0);
      expect(heatOf(0, 0, scale)).toBe(0);
    }
  });
  it('lifts small counts on the square root and the logarithmic scale', () => {
    expect(heatOf(1, 100, 'linear')).toBe(0.01);
    expect(heatOf(1, 100, 'sqrt')).toBe(0.1);
    expect(heatOf(1, 100, 'log')).toBeCloseTo(Math.log(2) / Math.log(101), 12);
  });
});

describe('layoutHeat', () => {
  const plot = { left: 0, top: 0, width: 90, height: 40 };
  const layout = layoutHeat(
    {
      at: [0, 10, 30],
      counts: [
        [4, 0],
        [0, 2],
        [1, 1],
      ],
      edges: [0, 1, 2],
    },
    plot,
    'linear',
  );
  it('draws time across and larger values higher', () => {
    expect(layout.borders).toEqual([0, 20, 50, 90]);
    expect(layout.rows).toEqual([40, 20, 0]);
    expect(layout.cells).toEqual([
      { index: 0, bin: 0, x: 0, y: 20, width: 20, height: 20, heat: 1 },
      { index: 1, bin: 1, x: 20, y: 0, width: 30, height: 20, heat: 0.5 },
      { index: 2, bin: 0, x: 50, y: 20, width: 40, height: 20, heat: 0.25 },
      { index: 2, bin: 1, x: 50, y: 0, width: 40, height: 20, heat: 0.25 },
    ]);
    expect(layout.timeRange).toEqual([-5, 40]);
  });
  it('finds the cell under the pointer, empty ones too', () => {
    expect(cellAt(layout, 60, 5)).toEqual({ index: 2, bin: 1 });
    expect(cellAt(layout, 5, 5)).toEqual({ index: 0, bin: 1 });
    expect(cellAt(layout, -1, 5)).toBeNull();
    expect(cellAt(layout, 5, 41)).toBeNull();
  });
});
