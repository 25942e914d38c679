import { describe, expect, it } from 'vitest';
import { indexAtOrBefore, indexNearest, indexToShow } from './steps';

const steps = [0, 10, 20, 50];

describe('indexAtOrBefore', () => {
  it.each([
    [0, 0],
    [9, 0],
    [10, 1],
    [49.5, 2],
    [50, 3],
    [1e9, 3],
  ])('step %d is shown by place %d', (wanted, place) => {
    expect(indexAtOrBefore(steps, wanted)).toBe(place);
  });
  it('shows the first step when all are later, and nothing when there is none', () => {
    expect(indexAtOrBefore(steps, -5)).toBe(0);
    expect(indexAtOrBefore([], 3)).toBe(-1);
  });
});

describe('indexNearest', () => {
  it('takes the nearer neighbour and the earlier of two equally near', () => {
    expect(indexNearest(steps, 36)).toBe(3);
    expect(indexNearest(steps, 35)).toBe(2);
    expect(indexNearest(steps, -4)).toBe(0);
    expect(indexNearest([], 1)).toBe(-1);
  });
});

describe('indexToShow', () => {
  it('shows the newest step when none is wanted', () => {
    expect(indexToShow(steps, null)).toBe(3);
    expect(indexToShow(steps, 12)).toBe(1);
    expect(indexToShow([], null)).toBe(-1);
  });
});
