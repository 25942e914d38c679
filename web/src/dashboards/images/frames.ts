/** Frames of animated pictures, so that they can be paused and stepped through. */

/** An opened animation. */
export interface Frames {
  readonly count: number;
  /** Draws a frame, and answers with how long it is shown in milliseconds. */
  draw(index: number, onto: CanvasRenderingContext2D): Promise<number>;
  close(): void;
}

/** What a frame without a duration, or with one of under 20 ms, is shown for; browsers do the same. */
const DEFAULT_FRAME_MS = 100;
const LEAST_FRAME_MS = 20;

/** Types that may hold more than one frame. */
export function mayBeAnimated(type: string): boolean {
  return type === 'image/gif' || type === 'image/webp' || type === 'image/apng';
}

/**
 * Opens an animation; null when the picture has only one frame.
 *
 * Throws when this browser cannot take animations apart (it has no `ImageDecoder`).
 */
export async function openFrames(blob: Blob): Promise<Frames | null> {
  if (typeof ImageDecoder === 'undefined' || !(await ImageDecoder.isTypeSupported(blob.type))) {
    throw new Error(blob.type);
  }
  const decoder = new ImageDecoder({ data: await blob.arrayBuffer(), type: blob.type });
  await decoder.completed;
  await decoder.tracks.ready;
  const count = decoder.tracks.selectedTrack?.frameCount ?? 1;
  if (count < 2) {
    decoder.close();
    return null;
  }
  return {
    count,
    async draw(index, onto) {
      const { image } = await decoder.decode({ frameIndex: index });
      onto.canvas.width = image.displayWidth;
      onto.canvas.height = image.displayHeight;
      onto.drawImage(image, 0, 0);
      const durationMs = (image.duration ?? 0) / 1000;
      image.close();
      return durationMs < LEAST_FRAME_MS ? DEFAULT_FRAME_MS : durationMs;
    },
    close: () => decoder.close(),
  };
}
