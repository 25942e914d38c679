import { expect, it } from 'vitest';
import { pictureName } from './download';

it('names a file after run, tag and step', () => {
  expect(pictureName('sgd/lr=0.1', 'digits/wrong', 1200, 0, 1, 'image/png')).toBe(
    'sgd-lr=0.1_digits-wrong_step-1200.png',
  );
});

it('adds the sample when there are several, and leaves the root run out', () => {
  expect(pictureName('.', 'clip', 3, 1, 4, 'image/gif')).toBe('clip_step-3_sample-2.gif');
});

it('does not guess the type of unknown bytes', () => {
  expect(pictureName('.', 'x', 0, 0, 1, 'application/octet-stream')).toBe('x_step-0.bin');
});
