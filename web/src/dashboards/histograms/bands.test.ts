import { describe, expect, it } from 'vitest';
import { layoutBands, valueRangeOf } from './bands';

const plot = { left: 0, top: 0, width: 100, height: 100 };

describe('valueRangeOf', () => {
  it('leaves a little room around finite values', () => {
    expect(
      valueRangeOf([
        [0, Number.NaN],
        [Infinity, 20],
      ]),
    ).toEqual([-1, 21]);
  });
  it('has room around a constant, and a range for nothing', () => {
    expect(valueRangeOf([[5]])).toEqual([4.5, 5.5]);
    expect(valueRangeOf([[Number.NaN]])).toEqual([-1, 1]);
  });
});

describe('layoutBands', () => {
  const data = {
    at: [0, 1, 2],
    values: [
      [0, 1, 2],
      [2, 3, 4],
      [4, 6, 8],
    ],
  };
  it('nests areas around the median', () => {
    const layout = layoutBands(data, plot, [0, 2], [0, 8]);
    expect(layout.xs).toEqual([0, 50, 100]);
    expect(layout.areas).toEqual([
      { lower: 0, upper: 2, outlines: [{ xs: [0, 50, 100, 100, 50, 0], ys: [100, 87.5, 75, 0, 25, 50] }] },
    ]);
    expect(layout.lines[1]).toEqual([{ xs: [0, 50, 100], ys: [75, 62.5, 50] }]);
  });
  it('makes four areas of nine basis points', () => {
    const values = Array.from({ length: 9 }, (_, i) => [i, i]);
    const layout = layoutBands({ at: [0, 1], values }, plot, [0, 1], [0, 8]);
    expect(layout.areas.map(({ lower, upper }) => [lower, upper])).toEqual([
      [0, 8],
      [1, 7],
      [2, 6],
      [3, 5],
    ]);
  });
  it('leaves a gap where a value is not finite', () => {
    const gap = {
      at: [0, 1, 2],
      values: [
        [0, Number.NaN, 0],
        [5, 5, 5],
        [10, 10, 10],
      ],
    };
    const layout = layoutBands(gap, plot, [0, 2], [0, 10]);
    expect(layout.areas[0]?.outlines).toEqual([
      { xs: [-3, 3, 3, -3], ys: [100, 100, 0, 0] },
      { xs: [97, 103, 103, 97], ys: [100, 100, 0, 0] },
    ]);
    expect(layout.lines[1]).toHaveLength(1);
  });
  it('puts a lone step in the middle', () => {
    const lone = layoutBands({ at: [9], values: [[1], [2], [3]] }, plot, [9, 9], [1, 3]);
    expect(lone.xs).toEqual([50]);
  });
});
