/**
 * Zoom and pan of a picture in a box.
 *
 * A {@link Zoom} says what is looked at independently of sizes, so that the same zoom can be
 * applied to pictures of different sizes, survives a change of the card's width, and fits in
 * a link. {@link placement} turns it into pixels.
 */

/** Width and height. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A place in CSS pixels from the box's top left corner. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What is looked at. */
export interface Zoom {
  /** 1: the whole picture just fits; 4: four times as large. */
  readonly factor: number;
  /** The part of the picture at the middle of the box, 0 (left) to 1 (right). */
  readonly cx: number;
  /** 0 (top) to 1 (bottom). */
  readonly cy: number;
}

/** Where the picture lies: picture pixel `(i, j)` begins at `(x + i * scale, y + j * scale)`. */
export interface Placement {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** The whole picture. */
export const FIT: Zoom = { factor: 1, cx: 0.5, cy: 0.5 };

/** A picture pixel is drawn at most this many CSS pixels wide. */
export const MAX_SCALE = 64;

/** CSS pixels per picture pixel when the whole picture fits. */
export function fitScale(image: Size, box: Size): number {
  if (image.width <= 0 || image.height <= 0) return 1;
  return Math.min(box.width / image.width, box.height / image.height);
}

/** Where the picture lies in the box. */
export function placement(zoom: Zoom, image: Size, box: Size): Placement {
  const scale = fitScale(image, box) * zoom.factor;
  return {
    scale,
    x: box.width / 2 - zoom.cx * image.width * scale,
    y: box.height / 2 - zoom.cy * image.height * scale,
  };
}

/** The zoom at which a picture pixel is one CSS pixel. */
export function actualSize(image: Size, box: Size, around: Zoom = FIT): Zoom {
  return tamed({ ...around, factor: 1 / fitScale(image, box) }, image, box);
}

/** Zooms by `by` so that what lies under `at` stays there. */
export function zoomAt(zoom: Zoom, by: number, at: Point, image: Size, box: Size): Zoom {
  const fit = fitScale(image, box);
  const least = Math.min(1, 1 / fit);
  const most = Math.max(MAX_SCALE / fit, 1);
  const factor = Math.min(most, Math.max(least, zoom.factor * by));
  const from = placement(zoom, image, box);
  const scale = fit * factor;
  // Picture coordinates under the pointer, which must stay under it.
  const i = (at.x - from.x) / from.scale;
  const j = (at.y - from.y) / from.scale;
  return tamed(
    {
      factor,
      cx: (i - (at.x - box.width / 2) / scale) / image.width,
      cy: (j - (at.y - box.height / 2) / scale) / image.height,
    },
    image,
    box,
  );
}

/** Moves the picture by CSS pixels. */
export function panBy(zoom: Zoom, dx: number, dy: number, image: Size, box: Size): Zoom {
  const scale = fitScale(image, box) * zoom.factor;
  return tamed(
    {
      factor: zoom.factor,
      cx: zoom.cx - dx / (image.width * scale),
      cy: zoom.cy - dy / (image.height * scale),
    },
    image,
    box,
  );
}

/** Keeps the picture in the box: centred where it is smaller, without a gap where it is larger. */
export function tamed(zoom: Zoom, image: Size, box: Size): Zoom {
  const scale = fitScale(image, box) * zoom.factor;
  const keep = (centre: number, length: number, room: number): number => {
    const half = room / 2 / (length * scale);
    // The tolerance keeps rounding from moving a picture that fits exactly.
    return half >= 0.5 - 1e-9 ? 0.5 : Math.min(1 - half, Math.max(half, centre));
  };
  return {
    factor: zoom.factor,
    cx: keep(zoom.cx, image.width, box.width),
    cy: keep(zoom.cy, image.height, box.height),
  };
}

/** The picture pixel under a place of the box, or null beside the picture. */
export function pixelAt(zoom: Zoom, at: Point, image: Size, box: Size): Point | null {
  const { scale, x, y } = placement(zoom, image, box);
  const i = Math.floor((at.x - x) / scale);
  const j = Math.floor((at.y - y) / scale);
  return i >= 0 && j >= 0 && i < image.width && j < image.height ? { x: i, y: j } : null;
}

/** Whether this shows the whole picture. */
export function isFit(zoom: Zoom): boolean {
  return Math.abs(zoom.factor - 1) < 1e-6;
}
