/**
 * Pictures as loaded from the server: fetched once, shown by object URL, decoded to pixels only
 * when someone asks for values. What is not shown is let go once a fixed number of bytes is held.
 */

import { ApiFailure, apiUrl } from '$lib/api/client';
import { send } from '$lib/api/transport';
import { Lru } from './lru';
import type { Pixels } from './pixels';

/** A loaded picture. */
export interface Picture {
  /** Where it came from, relative to the API root. */
  readonly sample: string;
  /** Object URL of its bytes. */
  readonly url: string;
  /** Its bytes as logged. */
  readonly blob: Blob;
  /** Size in pixels. */
  readonly width: number;
  readonly height: number;
}

/** Why a picture cannot be shown. */
export type PictureProblem = 'missing' | 'undecodable' | 'unreachable';

/** A picture that cannot be shown. */
export class PictureError extends Error {
  override name = 'PictureError';
  constructor(
    readonly problem: PictureProblem,
    message: string,
  ) {
    super(message);
  }
}

/** Bytes of fetched pictures that are kept without being shown. */
const KEPT_BYTES = 96 * 1024 * 1024;
/** Bytes of decoded pixels that are kept. */
const KEPT_PIXEL_BYTES = 128 * 1024 * 1024;

async function fetchBlob(sample: string): Promise<Blob> {
  let answer: Response;
  try {
    answer = await send(apiUrl(sample));
  } catch (error) {
    throw new PictureError('unreachable', error instanceof Error ? error.message : String(error));
  }
  if (!answer.ok) {
    const body = (await answer.json().catch(() => null)) as { message?: string } | null;
    throw new PictureError('missing', body?.message ?? `${answer.status} ${answer.statusText}`);
  }
  return answer.blob();
}

/** Size of the frames of a video. */
async function measureVideo(url: string, blob: Blob): Promise<{ width: number; height: number }> {
  const video = document.createElement('video');
  video.preload = 'metadata';
  video.muted = true;
  await new Promise<void>((resolve, reject) => {
    video.onloadedmetadata = () => resolve();
    video.onerror = () => reject(new PictureError('undecodable', `${blob.type}, ${blob.size} B`));
    video.src = url;
  });
  return { width: video.videoWidth, height: video.videoHeight };
}

/** Whether these bytes are a video rather than a picture. */
export function isVideo(blob: Blob): boolean {
  return blob.type.startsWith('video/');
}

/** Decodes in an image element, because that is what shows it and what knows SVG sizes too. */
async function measure(url: string, blob: Blob): Promise<{ width: number; height: number }> {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    throw new PictureError('undecodable', `${blob.type || 'application/octet-stream'}, ${blob.size} B`);
  }
  return { width: image.naturalWidth, height: image.naturalHeight };
}

/** The pictures of the page. */
export class PictureStore {
  readonly #pictures = new Lru<string, Picture>(KEPT_BYTES, (picture) => URL.revokeObjectURL(picture.url));
  readonly #pixels = new Lru<string, Pixels>(KEPT_PIXEL_BYTES);
  readonly #loading = new Map<string, Promise<Picture>>();

  /** The picture if it is here already. */
  peek(sample: string): Picture | undefined {
    return this.#pictures.get(sample);
  }

  /**
   * Loads a picture. Throws {@link PictureError}.
   *
   * It may be let go again unless {@link hold} says that it is shown.
   */
  async load(sample: string): Promise<Picture> {
    const here = this.#pictures.get(sample);
    if (here) return here;
    const loading = this.#loading.get(sample) ?? this.#load(sample);
    this.#loading.set(sample, loading);
    try {
      return await loading;
    } finally {
      this.#loading.delete(sample);
    }
  }

  /** Keeps a loaded picture until the returned function is called. */
  hold(picture: Picture): () => void {
    this.#pictures.retain(picture.sample);
    let held = true;
    return () => {
      if (held) this.#pictures.release(picture.sample);
      held = false;
    };
  }

  /** The pixels of a picture; of an animated one, those of its first frame. */
  async pixels(picture: Picture): Promise<Pixels> {
    const here = this.#pixels.get(picture.sample);
    if (here) return here;
    // The bytes' own values: neither a colour profile nor transparency may change them.
    const bitmap = await createImageBitmap(picture.blob, {
      colorSpaceConversion: 'none',
      premultiplyAlpha: 'none',
    });
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!context) throw new PictureError('undecodable', `${width} × ${height}`);
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    const { data } = context.getImageData(0, 0, width, height);
    const pixels: Pixels = { width, height, data };
    this.#pixels.set(picture.sample, pixels, data.byteLength);
    return pixels;
  }

  async #load(sample: string): Promise<Picture> {
    const blob = await fetchBlob(sample);
    const url = URL.createObjectURL(blob);
    try {
      const picture: Picture = {
        sample,
        url,
        blob,
        ...(await (isVideo(blob) ? measureVideo : measure)(url, blob)),
      };
      this.#pictures.set(sample, picture, blob.size);
      return picture;
    } catch (error) {
      URL.revokeObjectURL(url);
      throw error;
    }
  }
}

/** What to say about a failed load. */
export function problemOf(error: unknown): { problem: PictureProblem; detail: string } {
  if (error instanceof PictureError) return { problem: error.problem, detail: error.message };
  if (error instanceof ApiFailure) return { problem: 'missing', detail: error.message };
  return { problem: 'unreachable', detail: error instanceof Error ? error.message : String(error) };
}

/** The one store of the page. */
export const pictures = new PictureStore();
