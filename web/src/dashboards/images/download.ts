/** Saving a picture: its logged bytes, what is seen of it, or the values of its pixels. */

import { pictureDrawing, type Drawing } from '$lib/charts/picture';
import type { ChartTheme } from '$lib/charts/theme.svelte';
import { fileName, saveBlob } from '$lib/widgets/save';
import type { Picture } from './pictures';
import { cssFilter, type Pixels } from './pixels';

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/gif': 'gif',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/apng': 'png',
  'image/bmp': 'bmp',
  'image/svg+xml': 'svg',
  'video/mp4': 'mp4',
  'video/webm': 'webm',
};

/** File name of a picture: run, tag, step and, when there are several, the sample from 1. */
export function pictureName(
  run: string,
  tag: string,
  step: number,
  sample: number,
  samples: number,
  type: string,
): string {
  const parts = [run, tag, `step-${step}`, samples > 1 ? `sample-${sample + 1}` : ''];
  return fileName(parts, EXTENSIONS[type] ?? 'bin');
}

export function downloadPicture(
  picture: Picture,
  run: string,
  tag: string,
  step: number,
  sample: number,
  samples: number,
): void {
  saveBlob(picture.blob, pictureName(run, tag, step, sample, samples, picture.blob.type));
}

/** A table of more pixels than these is larger than anything that reads it takes. */
export const MOST_PIXELS_IN_TABLE = 1_000_000;

/** A picture as it is shown, with its brightness and contrast, below its title. */
export function shownDrawing(
  pixels: Pixels,
  title: string,
  theme: ChartTheme,
  brightness: number,
  contrastPercent: number,
): Drawing {
  const logged = document.createElement('canvas');
  logged.width = pixels.width;
  logged.height = pixels.height;
  logged.getContext('2d')?.putImageData(new ImageData(pixels.data, pixels.width), 0, 0);
  return pictureDrawing(logged, title, theme, cssFilter(brightness, contrastPercent) || 'none');
}

/** The values of the pixels as logged: a line each, row by row from the top left. */
export function pixelCsv({ width, height, data }: Pixels): string {
  const lines = ['x,y,red,green,blue,alpha'];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      lines.push(`${x},${y},${data[at]},${data[at + 1]},${data[at + 2]},${data[at + 3]}`);
    }
  }
  return `${lines.join('\r\n')}\r\n`;
}
