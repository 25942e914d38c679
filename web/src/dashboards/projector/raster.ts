// Points drawn by the processor, pixel by pixel: for browsers that have no graphics card, or only imitate one. A
// hundred thousand points take some milliseconds; an imitated card takes ten times as long.
import type { Rgb } from '$lib/charts/colormap';
import { CHOSEN, FADED, growth, grown, HIDDEN, type Screen } from './screen';

/** Discs are kept for each so many parts of a pixel of their diameter. */
const STAMPS_PER_PIXEL = 4;
/** Parts of a disc, 0 being what is outside, and how much of the ground is in the colour of the outer two. */
const RIM = 1;
const NEXT = 2;
const WITHIN = 3;
/** Around a chosen point. */
const RING = 4;
const GROUND_IN_RIM = 0.45;
const GROUND_IN_NEXT = 0.2;
/** Texels that are more transparent than this are not drawn, as on the card. */
const LEAST_ALPHA = 0.1 * 255;

/** A disc in a square of `2 reach + 1` pixels: what each pixel is, 0 being outside. */
interface Stamp {
  readonly reach: number;
  readonly parts: Uint8Array;
  readonly ring: Uint8Array;
}

/** Pixels of the picture that holds the points' pictures, four bytes each, and where each point's is. */
export interface Pictures {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8ClampedArray;
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Left top corner of each point's picture, as shares of the whole. */
  readonly tiles: Float32Array;
}

export interface Dots {
  readonly screen: Screen;
  readonly states: Uint8Array;
  /** Three bytes for each point. */
  readonly colors: Uint8Array;
  /** Diameter at the usual distance, in CSS pixels. */
  readonly size: number;
  /** The usual distance. */
  readonly distance: number;
  /** Pixels of the raster for a CSS pixel. */
  readonly ratio: number;
  readonly ground: Rgb;
  readonly ring: Rgb;
  readonly pictures: Pictures | null;
}

const pack = (r: number, g: number, b: number) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
const mix = (a: number, b: number, share: number) => Math.round(a + (b - a) * share);

export class Raster {
  #width = 0;
  #height = 0;
  /** Four bytes for each pixel, red first, as a canvas takes them. */
  #pixels = new Uint32Array(0);
  /** How far away what each pixel shows is. */
  #depths = new Float32Array(0);
  readonly #stamps = new Map<number, Stamp>();

  get width(): number {
    return this.#width;
  }
  get height(): number {
    return this.#height;
  }
  get bytes(): Uint8ClampedArray<ArrayBuffer> {
    return new Uint8ClampedArray(this.#pixels.buffer);
  }

  resize(width: number, height: number): void {
    this.#width = Math.max(1, Math.round(width));
    this.#height = Math.max(1, Math.round(height));
    this.#pixels = new Uint32Array(this.#width * this.#height);
    this.#depths = new Float32Array(this.#width * this.#height);
  }

  draw(dots: Dots): void {
    const { states } = dots;
    this.#pixels.fill(pack(...dots.ground));
    // What is faded lies behind the rest, however near it is.
    for (const faded of [true, false]) {
      this.#depths.fill(Infinity);
      for (let point = 0; point < states.length; point++) {
        const state = states[point] ?? HIDDEN;
        if (state !== HIDDEN && (state === FADED) === faded) this.#point(dots, point, state);
      }
    }
  }

  #point(dots: Dots, point: number, state: number): void {
    const { screen, colors, ratio, ground, pictures } = dots;
    const x = Math.round((screen.at[2 * point] ?? NaN) * ratio - 0.5);
    const y = Math.round((screen.at[2 * point + 1] ?? NaN) * ratio - 0.5);
    const depth = screen.depth[point] ?? NaN;
    if (!Number.isFinite(x + y)) return;
    const size = dots.size * grown(state) * growth(depth, dots.distance) * ratio;
    const fade = state === FADED ? 0.8 : 0;
    const r = colors[3 * point] ?? 0;
    const g = colors[3 * point + 1] ?? 0;
    const b = colors[3 * point + 2] ?? 0;
    if (pictures) {
      this.#picture(
        dots,
        pictures,
        point,
        x,
        y,
        depth,
        Math.max(1, Math.round(size)),
        state,
        [r, g, b],
        fade,
      );
      return;
    }
    const shade = (share: number) =>
      pack(mix(r, ground[0], share), mix(g, ground[1], share), mix(b, ground[2], share));
    const within = shade(fade);
    const next = shade(1 - (1 - fade) * (1 - GROUND_IN_NEXT));
    const rim = shade(1 - (1 - fade) * (1 - GROUND_IN_RIM));
    const ring = pack(...dots.ring);
    const stamp = this.#stamp(size);
    const side = 2 * stamp.reach + 1;
    const [pixels, depths] = [this.#pixels, this.#depths];
    const left = Math.max(0, stamp.reach - x);
    const right = Math.min(side, this.#width + stamp.reach - x);
    const top = Math.max(0, stamp.reach - y);
    const bottom = Math.min(side, this.#height + stamp.reach - y);
    const parts = state === CHOSEN ? stamp.ring : stamp.parts;
    for (let row = top; row < bottom; row++) {
      const line = (y - stamp.reach + row) * this.#width + x - stamp.reach;
      for (let column = left; column < right; column++) {
        const part = parts[row * side + column] ?? 0;
        const at = line + column;
        if (part === 0 || depth > (depths[at] ?? 0)) continue;
        depths[at] = depth;
        pixels[at] = part === WITHIN ? within : part === NEXT ? next : part === RIM ? rim : ring;
      }
    }
  }

  #picture(
    dots: Dots,
    pictures: Pictures,
    point: number,
    x: number,
    y: number,
    depth: number,
    side: number,
    state: number,
    tint: Rgb,
    fade: number,
  ): void {
    const { ground } = dots;
    const u0 = (pictures.tiles[2 * point] ?? 0) * pictures.width;
    const v0 = (pictures.tiles[2 * point + 1] ?? 0) * pictures.height;
    const ring = pack(...dots.ring);
    const frame = state === CHOSEN ? Math.max(1, Math.round(0.05 * side)) : 0;
    const [x0, y0] = [x - (side >> 1), y - (side >> 1)];
    // As on the card: the picture takes on seven tenths of the point's colour.
    const [r, g, b] = tint.map((channel) => 0.3 + (0.7 * channel) / 255) as [number, number, number];
    for (let row = Math.max(0, -y0); row < Math.min(side, this.#height - y0); row++) {
      const v = Math.floor(v0 + ((row + 0.5) / side) * pictures.tileHeight * pictures.height);
      for (let column = Math.max(0, -x0); column < Math.min(side, this.#width - x0); column++) {
        const at = (y0 + row) * this.#width + x0 + column;
        if (depth > (this.#depths[at] ?? 0)) continue;
        const u = Math.floor(u0 + ((column + 0.5) / side) * pictures.tileWidth * pictures.width);
        const texel = 4 * (v * pictures.width + u);
        if ((pictures.bytes[texel + 3] ?? 0) < LEAST_ALPHA) continue;
        this.#depths[at] = depth;
        const framed = Math.min(row, column, side - 1 - row, side - 1 - column) < frame;
        this.#pixels[at] = framed
          ? ring
          : pack(
              mix(r * (pictures.bytes[texel] ?? 0), ground[0], fade),
              mix(g * (pictures.bytes[texel + 1] ?? 0), ground[1], fade),
              mix(b * (pictures.bytes[texel + 2] ?? 0), ground[2], fade),
            );
      }
    }
  }

  #stamp(diameter: number): Stamp {
    const key = Math.round(diameter * STAMPS_PER_PIXEL);
    const kept = this.#stamps.get(key);
    if (kept) return kept;
    const radius = Math.max(0.5, key / STAMPS_PER_PIXEL / 2);
    const reach = Math.ceil(radius - 0.5);
    const side = 2 * reach + 1;
    const parts = new Uint8Array(side * side);
    const ring = new Uint8Array(side * side);
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        // How far the pixel's middle is within the disc.
        const inside = radius - Math.hypot(row - reach, column - reach);
        const part = inside >= 1 ? WITHIN : inside >= 0.5 ? NEXT : inside > 0 ? RIM : 0;
        parts[row * side + column] = part;
        ring[row * side + column] = part === 0 ? 0 : inside < Math.max(1, 0.24 * radius) ? RING : WITHIN;
      }
    }
    const stamp = { reach, parts, ring };
    this.#stamps.set(key, stamp);
    return stamp;
  }
}
