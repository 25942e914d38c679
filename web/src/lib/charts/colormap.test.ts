import { describe, expect, it } from 'vitest';
import { COLOR_MAP_NAMES, colorMap, mix, rampOf, toHex } from './colormap';

it('writes a colour, clamped', () => {
  expect(toHex([1, 162, 255])).toBe('#01a2ff');
  expect(toHex([-3, 260, 127.6])).toBe('#00ff80');
});

it('mixes halfway', () => {
  expect(mix([0, 100, 255], [100, 0, 255], 0.5)).toEqual([50, 50, 255]);
});

describe('named maps', () => {
  it("begin and end where matplotlib's do", () => {
    expect(toHex(colorMap('viridis')(0))).toBe('#440154');
    expect(toHex(colorMap('viridis')(0.5))).toBe('#21918c');
    expect(toHex(colorMap('viridis')(1))).toBe('#fde725');
    expect(toHex(colorMap('inferno')(1))).toBe('#fcffa4');
  });
  it('clamp what lies outside and take NaN as the low end', () => {
    const map = colorMap('gray');
    expect(map(-1)).toEqual([0, 0, 0]);
    expect(map(7)).toEqual([255, 255, 255]);
    expect(map(Number.NaN)).toEqual([0, 0, 0]);
  });
  it('grow lighter all the way, so that more looks like more', () => {
    for (const name of COLOR_MAP_NAMES) {
      const map = colorMap(name);
      let before = -1;
      for (let i = 0; i <= 64; i += 1) {
        const [r, g, b] = map(i / 64);
        const luma = 0.2126 * (r / 255) ** 2.2 + 0.7152 * (g / 255) ** 2.2 + 0.0722 * (b / 255) ** 2.2;
        expect(luma, `${name} at ${i}/64`).toBeGreaterThan(before);
        before = luma;
      }
    }
  });
});

it('interpolates between its stops, and a single stop is constant', () => {
  const ramp = rampOf([
    [0, 0, 0],
    [100, 100, 100],
    [200, 0, 0],
  ]);
  expect(ramp(0.25)).toEqual([50, 50, 50]);
  expect(ramp(0.75)).toEqual([150, 50, 50]);
  expect(rampOf([[7, 8, 9]])(0.4)).toEqual([7, 8, 9]);
});
