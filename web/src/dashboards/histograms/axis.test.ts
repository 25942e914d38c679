import { expect, it } from 'vitest';
import { placesOn, placesWithin } from './axis';

it('measures time in steps, seconds since the start, or wall time', () => {
  const steps = [0, 10, 30];
  const walls = [1000, 1002.5, 1010];
  expect(placesOn('step', steps, walls)).toEqual([0, 10, 30]);
  expect(placesOn('relative', steps, walls)).toEqual([0, 2.5, 10]);
  expect(placesOn('wall', steps, walls)).toEqual([1000, 1002.5, 1010]);
  expect(placesOn('relative', [], [])).toEqual([]);
});

it('finds the steps of a range', () => {
  expect(placesWithin([0, 10, 20, 30], { from: 5, to: 20 })).toEqual([1, 2]);
  expect(placesWithin([0, 10, 20, 30], { from: 11, to: 19 })).toBeNull();
  expect(placesWithin([0, 10, 20, 30], { from: 31, to: 40 })).toBeNull();
  expect(placesWithin([], { from: 0, to: 1 })).toBeNull();
});
