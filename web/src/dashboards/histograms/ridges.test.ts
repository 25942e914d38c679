import { describe, expect, it } from 'vitest';
import { binOf, layoutRidges, outlineY, ridgeAt, valueAtX, xOfValue, type RidgeData } from './ridges';

const plot = { left: 10, top: 0, width: 100, height: 100 };
const data: RidgeData = {
  at: [0, 30, 100],
  counts: [
    [0, 10],
    [5, 5],
    [10, 0],
  ],
  edges: [-1, 0, 1],
};

describe('values and bins', () => {
  it('map to the plot and back', () => {
    expect(xOfValue(0, data.edges, plot)).toBe(60);
    expect(valueAtX(60, data.edges, plot)).toBe(0);
  });
  it('put an edge into the bin to its right, and the last edge into the last bin', () => {
    const edges = [0, 1, 2, 4];
    expect([0, 0.5, 1, 2, 3.9, 4].map((value) => binOf(value, edges))).toEqual([0, 0, 1, 2, 2, 2]);
    expect([-0.1, 4.1, Number.NaN].map((value) => binOf(value, edges))).toEqual([-1, -1, -1]);
    expect(binOf(0, [])).toBe(-1);
  });
});

describe('offset layout', () => {
  const layout = layoutRidges(data, plot, 'offset');
  it('places feet by time, the newest at the bottom', () => {
    expect(layout.ridges.map((ridge) => ridge.baseline)).toEqual([40, 58, 100]);
    expect(layout.timeRange).toEqual([40, 100]);
  });
  it('draws the largest count at the height all ridges share', () => {
    expect(layout.peak).toBe(10);
    expect(layout.peakHeight).toBe(40);
    expect(layout.ridges[0]?.outline).toEqual({ xs: [10, 35, 85, 110], ys: [40, 40, 0, 40] });
    expect(layout.ridges[1]?.outline).toEqual({ xs: [10, 35, 85, 110], ys: [58, 38, 38, 58] });
  });
  it('spreads moments that are one and the same', () => {
    const same = layoutRidges({ ...data, at: [7, 7, 7] }, plot, 'offset');
    expect(same.ridges.map((ridge) => ridge.baseline)).toEqual([40, 70, 100]);
  });
  it('gives a lone histogram the whole card', () => {
    const lone = layoutRidges({ at: [5], counts: [[1, 2]], edges: data.edges }, plot, 'offset');
    expect(lone.ridges[0]?.baseline).toBe(100);
    expect(lone.peakHeight).toBe(96);
  });
  it('leaves out empty bins at either end, but for one', () => {
    const edges = [0, 1, 2, 3, 4, 5, 6, 7];
    const { ridges } = layoutRidges(
      { at: [5], counts: [[0, 0, 0, 4, 0, 2, 0]], edges },
      { ...plot, left: 0, width: 70 },
      'overlay',
    );
    expect(ridges[0]?.firstBin).toBe(2);
    expect(ridges[0]?.outline.xs).toEqual([20, 25, 35, 45, 55, 65, 70]);
    expect(ridges[0]?.outline.ys).toEqual([100, 100, 4, 100, 52, 100, 100]);
    expect(outlineY(ridges[0] as never, 3)).toBe(100);
  });
  it('lies flat when nothing was counted', () => {
    const empty = layoutRidges({ at: [5], counts: [[0, 0]], edges: data.edges }, plot, 'offset');
    expect(empty.ridges[0]?.outline).toEqual({ xs: [10, 35, 85, 110], ys: [100, 100, 100, 100] });
  });
});

it('puts every ridge of an overlay on the base line', () => {
  const layout = layoutRidges(data, plot, 'overlay');
  expect(layout.ridges.map((ridge) => ridge.baseline)).toEqual([100, 100, 100]);
  expect(outlineY(layout.ridges[0] as never, 85)).toBe(4);
});

describe('pointing', () => {
  it('finds the frontmost ridge that covers the pointer', () => {
    const layout = layoutRidges(data, plot, 'offset');
    expect(ridgeAt(layout, 85, 20)?.index).toBe(0);
    // Covered by the first and the second ridge: the second is in front.
    expect(ridgeAt(layout, 60, 39)?.index).toBe(1);
    expect(ridgeAt(layout, 35, 70)?.index).toBe(2);
  });
  it('falls back to the nearest foot', () => {
    const layout = layoutRidges(data, plot, 'offset');
    expect(ridgeAt(layout, 109, 76)?.index).toBe(1);
    expect(ridgeAt(layout, 109, 95)?.index).toBe(2);
  });
  it('takes the nearest outline of an overlay', () => {
    const layout = layoutRidges(data, plot, 'overlay');
    expect(ridgeAt(layout, 35, 6)?.index).toBe(2);
    expect(ridgeAt(layout, 35, 50)?.index).toBe(1);
  });
  it('is null beside the plot', () => {
    expect(ridgeAt(layoutRidges(data, plot, 'offset'), 5, 50)).toBeNull();
    expect(ridgeAt(layoutRidges({ at: [], counts: [], edges: [] }, plot, 'offset'), 50, 50)).toBeNull();
  });
});
