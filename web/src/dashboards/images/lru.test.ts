import { expect, it } from 'vitest';
import { Lru } from './lru';

function cacheOf(maxCost: number) {
  const gone: string[] = [];
  return { gone, cache: new Lru<string, string>(maxCost, (value) => gone.push(value)) };
}

it('lets go of what was used longest ago', () => {
  const { cache, gone } = cacheOf(3);
  cache.set('a', 'A', 1);
  cache.set('b', 'B', 1);
  cache.set('c', 'C', 1);
  expect(cache.get('a')).toBe('A');
  cache.set('d', 'D', 1);
  expect(gone).toEqual(['B']);
  expect(cache.get('b')).toBeUndefined();
  expect(cache.cost).toBe(3);
});

it('never lets go of what is shown, and catches up when it is not shown any more', () => {
  const { cache, gone } = cacheOf(2);
  cache.set('a', 'A', 2);
  cache.retain('a');
  cache.set('b', 'B', 2);
  expect(gone).toEqual([]);
  expect(cache.cost).toBe(4);
  cache.release('a');
  expect(gone).toEqual(['A']);
  expect(cache.size).toBe(1);
});

it('keeps the one just put in, however dear', () => {
  const { cache, gone } = cacheOf(2);
  cache.set('a', 'A', 1);
  cache.set('huge', 'H', 50);
  expect(cache.get('huge')).toBe('H');
  expect(gone).toEqual(['A']);
});

it('disposes of a replaced value and keeps its users', () => {
  const { cache, gone } = cacheOf(1);
  cache.set('a', 'A', 1);
  cache.retain('a');
  cache.set('a', 'A2', 1);
  expect(gone).toEqual(['A']);
  cache.set('b', 'B', 1);
  expect(cache.get('a')).toBe('A2');
  cache.delete('a');
  expect(gone).toEqual(['A', 'A2']);
  expect(cache.cost).toBe(1);
});
