// One WebGL context for all cards: browsers keep about sixteen, and a page has more cards than that.
import { type Camera, Color, LinearSRGBColorSpace, type Scene, WebGLRenderer } from 'three';

let renderer: WebGLRenderer | null | undefined;
const again = new Set<() => void>();

function made(): WebGLRenderer | null {
  if (renderer !== undefined) return renderer;
  // Asked for beforehand: three.js writes an error to the console where there is none.
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('webgl2', { antialias: true });
  renderer = context && new WebGLRenderer({ canvas, context, antialias: true });
  if (renderer) {
    // Colours are shown as they were logged, as TensorBoard does.
    renderer.outputColorSpace = LinearSRGBColorSpace;
    canvas.addEventListener('webglcontextrestored', () => {
      for (const draw of again) draw();
    });
  }
  return renderer;
}

export function hasWebGl(): boolean {
  return made() !== null;
}

/** Calls back when everything has to be drawn again, because the graphics card was lost and is back. */
export function onRestored(draw: () => void): () => void {
  again.add(draw);
  return () => again.delete(draw);
}

/** Draws a scene; the canvas is valid until the next call. Sizes in CSS pixels, `ratio` of the card's per one. */
export function render(
  scene: Scene,
  camera: Camera,
  size: { width: number; height: number; ratio: number },
  ground: string,
): HTMLCanvasElement | null {
  const own = made();
  if (!own || own.getContext().isContextLost()) return null;
  const { width, height, ratio } = size;
  const canvas = own.domElement;
  const [wide, high] = [Math.floor(width * ratio), Math.floor(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high || own.getPixelRatio() !== ratio) {
    own.setPixelRatio(ratio);
    own.setSize(width, height, false);
  }
  own.setClearColor(new Color().setStyle(ground, LinearSRGBColorSpace), 1);
  own.render(scene, camera);
  return canvas;
}
