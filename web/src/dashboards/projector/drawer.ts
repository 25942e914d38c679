// What draws the points: the graphics card, or the processor where there is none.
import type { PerspectiveCamera } from 'three';
import { Cloud } from './cloud';
import { Plain } from './plain';
import type { Screen } from './screen';
import type { SpriteImage } from './sprite';

export interface Drawer {
  readonly kind: 'webgl' | 'canvas';
  resize(width: number, height: number, ratio: number): void;
  /** Colours `#rrggbb` of the ground and of the ring around what is chosen. */
  theme(ground: string, ring: string): void;
  /** Diameter in CSS pixels at a distance. */
  scale(size: number, distance: number): void;
  places(places: Float32Array): void;
  look(colors: Uint8Array, states: Uint8Array): void;
  /** Pictures instead of dots; null: dots. */
  sprite(sprite: SpriteImage | null): void;
  draw(camera: PerspectiveCamera, projected: () => Screen): void;
  end(): void;
}

/** Names of drivers that imitate a card: SwiftShader, Mesa's, Windows' and Apple's. */
const IMITATIONS = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** The quickest way to draw on a canvas that nothing has been drawn on. */
export function drawerFor(canvas: HTMLCanvasElement): Drawer {
  // Asked for on another canvas: one that was refused it stays free for plain drawing.
  const gl = document.createElement('canvas').getContext('webgl2');
  if (!gl) return new Plain(canvas);
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name: unknown = info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : gl.getParameter(gl.RENDERER);
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return IMITATIONS.test(String(name)) ? new Plain(canvas) : new Cloud(canvas);
}
