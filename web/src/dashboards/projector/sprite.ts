// The sprite: one picture that holds a picture of each point.
import type { EmbeddingSprite } from '$lib/api/model';

export interface SpriteImage {
  readonly image: CanvasImageSource;
  /** Its size in pixels. */
  readonly width: number;
  readonly height: number;
  /** Size of a picture as a share of the whole. */
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Left top corner of each point's picture, as shares. */
  readonly tiles: Float32Array<ArrayBuffer>;
}

/** Pixel of the left top corner of a point's picture; null behind the last picture. */
export function tileAt(sprite: EmbeddingSprite, point: number): { x: number; y: number } | null {
  const columns = Math.floor(sprite.width / sprite.image_width);
  const rows = Math.floor(sprite.height / sprite.image_height);
  if (point >= columns * rows) return null;
  return {
    x: (point % columns) * sprite.image_width,
    y: Math.floor(point / columns) * sprite.image_height,
  };
}

/** Loads the picture and says where the points' pictures are in it. */
export async function loadSprite(sprite: EmbeddingSprite, url: string, count: number): Promise<SpriteImage> {
  const image = new Image();
  image.src = url;
  await image.decode();
  const tiles = new Float32Array(2 * count);
  for (let point = 0; point < count; point++) {
    const tile = tileAt(sprite, point);
    tiles[2 * point] = (tile?.x ?? 0) / sprite.width;
    tiles[2 * point + 1] = (tile?.y ?? 0) / sprite.height;
  }
  return {
    image,
    width: sprite.width,
    height: sprite.height,
    tileWidth: sprite.image_width / sprite.width,
    tileHeight: sprite.image_height / sprite.height,
    tiles,
  };
}
