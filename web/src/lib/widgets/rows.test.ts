import { expect, it } from 'vitest';
import { rowStarts } from './rows';

it('keeps the cards of a tag in one row', () => {
  expect([...rowStarts([2, 3, 2], 3)]).toEqual([2]);
});

it('fills rows with what fits', () => {
  expect([...rowStarts([2, 2, 3, 1], 4)]).toEqual([]);
  expect([...rowStarts([1, 1, 1, 1, 1], 3)]).toEqual([]);
});

it('begins a row for what does not fit into one, and goes on in its last row', () => {
  expect([...rowStarts([1, 7, 2, 2], 3)]).toEqual([1]);
});
