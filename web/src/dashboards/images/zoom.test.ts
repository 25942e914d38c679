import { describe, expect, it } from 'vitest';
import { actualSize, FIT, fitScale, isFit, panBy, pixelAt, placement, tamed, zoomAt } from './zoom';

const image = { width: 40, height: 20 };
const box = { width: 200, height: 200 };

describe('placement', () => {
  it('fits the whole picture, centred', () => {
    expect(fitScale(image, box)).toBe(5);
    expect(placement(FIT, image, box)).toEqual({ scale: 5, x: 0, y: 50 });
  });
  it('does not divide by a size that is not known', () => {
    expect(fitScale({ width: 0, height: 0 }, box)).toBe(1);
  });
});

describe('zoomAt', () => {
  it('keeps the pixel under the pointer under the pointer', () => {
    const at = { x: 150, y: 100 };
    const before = placement(FIT, image, box);
    const zoomed = zoomAt(FIT, 3, at, image, box);
    const after = placement(zoomed, image, box);
    expect(after.scale).toBeCloseTo(15, 12);
    expect((at.x - after.x) / after.scale).toBeCloseTo((at.x - before.x) / before.scale, 9);
    expect((at.y - after.y) / after.scale).toBeCloseTo((at.y - before.y) / before.scale, 9);
  });
  it('stops at 64 CSS pixels per picture pixel', () => {
    const zoomed = zoomAt(FIT, 1e6, { x: 100, y: 100 }, image, box);
    expect(placement(zoomed, image, box).scale).toBeCloseTo(64, 9);
  });
  it('does not go below the whole picture when that is larger than life', () => {
    expect(zoomAt(FIT, 0.01, { x: 3, y: 4 }, image, box)).toEqual({ factor: 0.2, cx: 0.5, cy: 0.5 });
    const large = { width: 4000, height: 4000 };
    expect(isFit(zoomAt(FIT, 0.01, { x: 3, y: 4 }, large, box))).toBe(true);
  });
});

describe('panBy', () => {
  it('moves a zoomed picture with the pointer and stops at its edge', () => {
    const zoomed = { factor: 4, cx: 0.5, cy: 0.5 };
    expect(panBy(zoomed, 80, 0, image, box).cx).toBeCloseTo(0.4, 12);
    expect(panBy(zoomed, 1e5, 0, image, box).cx).toBeCloseTo(0.125, 12);
    expect(panBy(zoomed, -1e5, 0, image, box).cx).toBeCloseTo(0.875, 12);
  });
  it('does not move what fits', () => {
    expect(panBy(FIT, 30, 30, image, box)).toEqual(FIT);
  });
});

it('tames a centre that would leave a gap', () => {
  expect(tamed({ factor: 2, cx: 0, cy: 0 }, image, box)).toEqual({ factor: 2, cx: 0.25, cy: 0.5 });
});

it('shows pixels one to one', () => {
  expect(placement(actualSize(image, box), image, box)).toEqual({ scale: 1, x: 80, y: 90 });
});

describe('pixelAt', () => {
  it('names the pixel, at its corners too', () => {
    expect(pixelAt(FIT, { x: 0, y: 50 }, image, box)).toEqual({ x: 0, y: 0 });
    expect(pixelAt(FIT, { x: 199.9, y: 149.9 }, image, box)).toEqual({ x: 39, y: 19 });
    expect(pixelAt(FIT, { x: 12, y: 61 }, image, box)).toEqual({ x: 2, y: 2 });
  });
  it('is null beside the picture', () => {
    expect(pixelAt(FIT, { x: 100, y: 49 }, image, box)).toBeNull();
    expect(pixelAt(FIT, { x: 100, y: 150 }, image, box)).toBeNull();
  });
});
