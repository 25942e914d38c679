// Points on a plain canvas, drawn by the processor.
import type { PerspectiveCamera } from 'three';
import { channels } from '$lib/format/colors';
import type { Rgb } from '$lib/charts/colormap';
import type { Drawer } from './drawer';
import { type Pictures, Raster } from './raster';
import type { Screen } from './screen';
import type { SpriteImage } from './sprite';

/** Longest side of the picture that holds the points' pictures, in pixels; larger ones are scaled down. */
const MOST_SPRITE = 4_096;

export class Plain implements Drawer {
  readonly kind = 'canvas';
  readonly #canvas: HTMLCanvasElement;
  readonly #raster = new Raster();
  #ratio = 1;
  #size = 4;
  #distance = 3;
  #colors: Uint8Array = new Uint8Array(0);
  #states: Uint8Array = new Uint8Array(0);
  #ground: Rgb = [255, 255, 255];
  #ring: Rgb = [0, 0, 0];
  #pictures: Pictures | null = null;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  resize(width: number, height: number, ratio: number): void {
    this.#ratio = ratio;
    this.#raster.resize(width * ratio, height * ratio);
    this.#canvas.width = this.#raster.width;
    this.#canvas.height = this.#raster.height;
  }

  theme(ground: string, ring: string): void {
    this.#ground = channels(ground);
    this.#ring = channels(ring);
  }

  scale(size: number, distance: number): void {
    this.#size = size;
    this.#distance = distance;
  }

  /** Where points are comes with each drawing. */
  places(): void {}

  look(colors: Uint8Array, states: Uint8Array): void {
    this.#colors = colors;
    this.#states = states;
  }

  sprite(sprite: SpriteImage | null): void {
    this.#pictures = sprite && picturesOf(sprite);
  }

  draw(_camera: PerspectiveCamera, projected: () => Screen): void {
    this.#raster.draw({
      screen: projected(),
      states: this.#states,
      colors: this.#colors,
      size: this.#size,
      distance: this.#distance,
      ratio: this.#ratio,
      ground: this.#ground,
      ring: this.#ring,
      pictures: this.#pictures,
    });
    const { bytes, width, height } = this.#raster;
    this.#canvas.getContext('2d')?.putImageData(new ImageData(bytes, width, height), 0, 0);
  }

  end(): void {
    this.#pictures = null;
  }
}

function picturesOf(sprite: SpriteImage): Pictures | null {
  const scale = Math.min(1, MOST_SPRITE / Math.max(sprite.width, sprite.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(sprite.width * scale));
  canvas.height = Math.max(1, Math.round(sprite.height * scale));
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return null;
  context.drawImage(sprite.image, 0, 0, canvas.width, canvas.height);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const { tileWidth, tileHeight, tiles } = sprite;
  return { width: canvas.width, height: canvas.height, bytes: data, tileWidth, tileHeight, tiles };
}
