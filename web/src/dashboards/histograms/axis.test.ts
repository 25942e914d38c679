import { expect, it } from 'vitest';
import { placesOn } from './axis';

it('measures time in steps, seconds since the start, or wall time', () => {
  const steps = [0, 10, 30];
  const walls = [1000, 1002.5, 1010];
  expect(placesOn('step', steps, walls)).toEqual([0, 10, 30]);
  expect(placesOn('relative', steps, walls)).toEqual([0, 2.5, 10]);
  expect(placesOn('wall', steps, walls)).toEqual([1000, 1002.5, 1010]);
  expect(placesOn('relative', [], [])).toEqual([]);
});
