import { expect, it } from 'vitest';
import { isEmpty, plainText } from './content';

it('is the string of a plain text, however it was shaped', () => {
  expect(plainText({ shape: [], raw: ['# a\nb'] })).toBe('# a\nb');
  expect(plainText({ shape: [1], raw: ['# a\nb'] })).toBe('# a\nb');
});

it('is one line per element of a list', () => {
  expect(plainText({ shape: [3], raw: ['a', 'b', 'c'] })).toBe('a\nb\nc');
});

it('separates the cells of a table by tabs, and tables by an empty line', () => {
  expect(plainText({ shape: [2, 2], raw: ['a', 'b', 'c', 'd'] })).toBe('a\tb\nc\td');
  expect(plainText({ shape: [2, 1, 2], raw: ['a', 'b', 'c', 'd'] })).toBe('a\tb\n\nc\td');
});

it('is empty for what holds nothing', () => {
  expect(plainText({ shape: [0], raw: [] })).toBe('');
  expect(plainText({ shape: [0, 0], raw: [] })).toBe('');
  expect(isEmpty({ raw: [] })).toBe(true);
  expect(isEmpty({ raw: [' \n'] })).toBe(true);
  expect(isEmpty({ raw: ['', 'x'] })).toBe(false);
});
