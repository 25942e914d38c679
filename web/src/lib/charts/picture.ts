// A drawing as a file: exactly what is on the screen, with its title above it.
import { CanvasPainter } from './canvas';
import type { Painter } from './painter';
import { SvgPainter } from './svg';
import type { ChartTheme } from './theme.svelte';

/** What is exported. */
export interface Drawing {
  readonly title: string;
  /** Size of the drawing without its title, CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly theme: ChartTheme;
  readonly draw: (painter: Painter) => void;
}

const TITLE_HEIGHT = 30;
/** Pixels of a PNG per CSS pixel. */
const PNG_SCALE = 2;

function drawTitle(painter: Painter, drawing: Drawing): void {
  painter.rect(0, 0, drawing.width, drawing.height + TITLE_HEIGHT, { color: drawing.theme.surface });
  painter.text(drawing.title, 10, 20, { color: drawing.theme.text, size: 13, weight: 550 });
}

/** A small picture is drawn this wide at least, each pixel as a square. */
const LEAST_PICTURE_WIDTH = 320;

/** A picture of pixels below its title; `filter` as CSS writes it. */
export function pictureDrawing(
  pixels: HTMLCanvasElement,
  title: string,
  theme: ChartTheme,
  filter = 'none',
): Drawing {
  const scale = Math.max(1, Math.ceil(LEAST_PICTURE_WIDTH / pixels.width));
  const seen = document.createElement('canvas');
  const [width, height] = [pixels.width * scale, pixels.height * scale];
  seen.width = width;
  seen.height = height;
  const context = seen.getContext('2d');
  if (context) {
    context.imageSmoothingEnabled = false;
    context.filter = filter;
    context.drawImage(pixels, 0, 0, width, height);
  }
  return { title, theme, width, height, draw: (painter) => painter.image(seen, 0, 0, width, height) };
}

export function drawingSvg(drawing: Drawing): string {
  const height = drawing.height + TITLE_HEIGHT;
  const frame = new SvgPainter(drawing.width, height);
  drawTitle(frame, drawing);
  const inner = new SvgPainter(drawing.width, drawing.height);
  drawing.draw(inner);
  const placed = inner.toString().replace('<svg ', `<svg y="${TITLE_HEIGHT}" `);
  return frame.toString().replace(/<\/svg>$/, `${placed}\n</svg>\n`);
}

export async function drawingPng(drawing: Drawing): Promise<Blob> {
  const height = drawing.height + TITLE_HEIGHT;
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(drawing.width * PNG_SCALE);
  canvas.height = Math.round(height * PNG_SCALE);
  const context = canvas.getContext('2d');
  if (!context) throw new Error(`no canvas of ${canvas.width} × ${canvas.height}`);
  context.scale(PNG_SCALE, PNG_SCALE);
  drawTitle(new CanvasPainter(context, drawing.width, height), drawing);
  context.translate(0, TITLE_HEIGHT);
  drawing.draw(new CanvasPainter(context, drawing.width, drawing.height));
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('the picture could not be encoded'))),
      'image/png',
    );
  });
}
