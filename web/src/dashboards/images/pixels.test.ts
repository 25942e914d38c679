import { describe, expect, it } from 'vitest';
import { channelsAt, channelText, cssFilter, difference, type Pixels } from './pixels';

function pixels(width: number, height: number, bytes: number[]): Pixels {
  return { width, height, data: new Uint8ClampedArray(bytes) };
}

describe('cssFilter', () => {
  it('is empty at the defaults', () => {
    expect(cssFilter(1, 100)).toBe('');
  });
  it('applies contrast before brightness, as TensorBoard does', () => {
    expect(cssFilter(1.5, 250)).toBe('contrast(250%) brightness(1.5)');
  });
});

describe('difference', () => {
  const a = pixels(2, 1, [10, 20, 30, 255, 100, 100, 100, 255]);
  it('is nothing for the same picture', () => {
    const same = difference(a, a, 8);
    expect(same).toMatchObject({ max: 0, mean: 0, differing: 0 });
    expect([...(same?.picture.data ?? [])]).toEqual([0, 0, 0, 255, 0, 0, 0, 255]);
  });
  it('amplifies what is drawn, not what is said', () => {
    const b = pixels(2, 1, [13, 20, 20, 255, 100, 100, 100, 255]);
    const found = difference(a, b, 4);
    expect([...(found?.picture.data ?? [])]).toEqual([12, 0, 40, 255, 0, 0, 0, 255]);
    expect(found?.max).toBe(10);
    expect(found?.mean).toBeCloseTo(13 / 6, 12);
    expect(found?.differing).toBe(1);
  });
  it('clamps at white', () => {
    const b = pixels(2, 1, [210, 20, 30, 255, 100, 100, 100, 255]);
    expect(difference(a, b, 10)?.picture.data[0]).toBe(255);
  });
  it('sees a difference of alpha alone', () => {
    const b = pixels(2, 1, [10, 20, 30, 200, 100, 100, 100, 255]);
    expect(difference(a, b, 1)).toMatchObject({ max: 55, differing: 1, mean: 0 });
  });
  it('has no answer for different sizes', () => {
    expect(difference(a, pixels(1, 2, a.data ? [...a.data] : []), 1)).toBeNull();
  });
});

describe('channelsAt', () => {
  const picture = pixels(2, 2, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
  it('reads rows from the top left', () => {
    expect(channelsAt(picture, 1, 0)).toEqual([5, 6, 7, 8]);
    expect(channelsAt(picture, 0, 1)).toEqual([9, 10, 11, 12]);
  });
  it('is null outside', () => {
    expect(channelsAt(picture, 2, 0)).toBeNull();
    expect(channelsAt(picture, 0, -1)).toBeNull();
  });
});

it('writes grey as one number and transparency only where there is some', () => {
  expect(channelText([7, 7, 7, 255])).toBe('7');
  expect(channelText([255, 0, 10, 255])).toBe('255 0 10');
  expect(channelText([7, 7, 7, 128])).toBe('7 α128');
});
