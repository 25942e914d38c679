/** Saving logged bytes as a file. */

import { fileName, saveBlob } from '$lib/widgets/save';
import type { Picture } from './pictures';

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
