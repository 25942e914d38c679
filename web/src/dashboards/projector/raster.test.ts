import { describe, expect, it } from 'vitest';
import { type Dots, Raster } from './raster';
import { CHOSEN, FADED, HIDDEN, NORMAL } from './screen';

const RED = [200, 0, 0] as const;
const BLUE = [0, 0, 200] as const;
const GROUND = [250, 250, 250] as const;
const RING = [10, 20, 30] as const;

interface Dot {
  x: number;
  y: number;
  depth?: number;
  state?: number;
  color?: readonly [number, number, number];
}

/** What 20 x 20 pixels show, as a function of the place. */
function drawn(points: readonly Dot[], more: Partial<Dots> = {}) {
  const raster = new Raster();
  raster.resize(20, 20);
  raster.draw({
    screen: {
      at: new Float32Array(points.flatMap(({ x, y }) => [x, y])),
      depth: new Float32Array(points.map(({ depth = 1 }) => depth)),
    },
    states: new Uint8Array(points.map(({ state = NORMAL }) => state)),
    colors: new Uint8Array(points.flatMap(({ color = RED }) => color)),
    size: 7,
    distance: 1,
    ratio: 1,
    ground: GROUND,
    ring: RING,
    pictures: null,
    ...more,
  });
  const { bytes } = raster;
  return (x: number, y: number) => [...bytes.subarray(4 * (20 * y + x), 4 * (20 * y + x) + 3)];
}

/** Pixels that are not the ground, as x and y. */
function inked(at: (x: number, y: number) => number[]): [number, number][] {
  const found: [number, number][] = [];
  for (let y = 0; y < 20; y++)
    for (let x = 0; x < 20; x++) if (at(x, y).join() !== GROUND.join()) found.push([x, y]);
  return found;
}

describe('points by the processor', () => {
  it('draws a round disc around the place, opaque', () => {
    const at = drawn([{ x: 10.5, y: 8.5 }]);
    expect(at(10, 8)).toEqual([...RED]);
    expect(at(12, 8)).toEqual([...RED]);
    expect(at(14, 8)).toEqual([...GROUND]);
    expect(at(13, 11)).toEqual([...GROUND]);
    const found = inked(at);
    // As many pixels to each side, and about the area of a circle of diameter 7.
    expect(found.every(([x, y]) => found.some(([u, v]) => u === 20 - x && v === 16 - y))).toBe(true);
    expect(Math.abs(found.length - Math.PI * 3.5 ** 2)).toBeLessThan(7);
  });

  it('shows what is nearer, whichever comes first', () => {
    const near = { x: 10, y: 10, depth: 0.9, color: BLUE };
    const far = { x: 10, y: 10, depth: 1.1, color: RED };
    expect(drawn([near, far])(10, 10)).toEqual([...BLUE]);
    expect(drawn([far, near])(10, 10)).toEqual([...BLUE]);
    // Of equally near ones the last, as a graphics card does.
    expect(
      drawn([
        { ...near, depth: 1 },
        { ...far, depth: 1 },
      ])(10, 10),
    ).toEqual([...RED]);
  });

  it('puts what is faded behind the rest and towards the ground', () => {
    const faded = { x: 10, y: 10, depth: 0.1, state: FADED };
    expect(drawn([faded])(9, 9)).toEqual([240, 200, 200]);
    expect(drawn([{ x: 10, y: 10, color: BLUE }, faded])(10, 10)).toEqual([...BLUE]);
  });

  it('draws nothing of hidden points and of those without a place', () => {
    const nowhere = [
      { x: 10, y: 10, state: HIDDEN },
      { x: NaN, y: 10 },
      { x: 10, y: NaN },
      { x: Infinity, y: 3 },
    ];
    expect(inked(drawn(nowhere))).toEqual([]);
  });

  it('cuts discs at the edges and does not come in at the other side', () => {
    const found = inked(drawn([{ x: 0, y: 10 }]));
    expect(found.length).toBeGreaterThan(10);
    expect(Math.max(...found.map(([x]) => x))).toBeLessThan(5);
    const corners = [
      { x: 19.9, y: 19.9 },
      { x: -50, y: 4 },
      { x: 4, y: 900 },
    ];
    expect(Math.min(...inked(drawn(corners)).map(([x, y]) => Math.min(x, y)))).toBeGreaterThan(15);
  });

  it('grows with nearness, within bounds, and draws a ring around what is chosen', () => {
    const count = (depth: number) => inked(drawn([{ x: 10, y: 10, depth }], { size: 4 })).length;
    expect(count(0.5)).toBeGreaterThan(2 * count(1));
    expect(count(0.001)).toBe(count(1 / 3));
    const at = drawn([{ x: 10.5, y: 10.5, state: CHOSEN }]);
    expect(at(10, 10)).toEqual([...RED]);
    expect(at(15, 10)).toEqual([...RING]);
  });

  it('draws pictures in the tint of their points, and leaves out what is transparent', () => {
    // Two pictures of 2 x 2 beside each other; of the second the right column is transparent.
    const white = [255, 255, 255, 255];
    const dark = [100, 50, 0, 255];
    const clear = [9, 9, 9, 0];
    const pictures = {
      width: 4,
      height: 2,
      bytes: new Uint8ClampedArray([white, white, dark, clear, white, white, dark, clear].flat()),
      tileWidth: 0.5,
      tileHeight: 1,
      tiles: new Float32Array([0, 0, 0.5, 0]),
    };
    const at = drawn(
      [
        { x: 5, y: 5, color: [255, 255, 255] },
        { x: 14, y: 14, color: [255, 255, 255] },
      ],
      { size: 4, pictures },
    );
    expect(at(4, 4)).toEqual([255, 255, 255]);
    expect(at(12, 14)).toEqual([100, 50, 0]);
    expect(at(14, 14)).toEqual([...GROUND]);
    const tinted = drawn([{ x: 5, y: 5, color: [0, 255, 0] }], { size: 4, pictures });
    expect(tinted(4, 4)).toEqual([77, 255, 77]);
  });
});
