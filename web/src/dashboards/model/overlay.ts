// A class activation map over its picture, with any colours and any opacity, without asking the server again.

/** 256 colours, three bytes each. */
export type ColorTable = Uint8Array;

/** Reads a table as the server writes it: `rrggbb` of each colour. */
export function parseTable(text: string): ColorTable {
  const bytes = text.match(/../g) ?? [];
  return Uint8Array.from(bytes, (byte) => parseInt(byte, 16));
}

/**
 * The pixels of a map over a picture, as `show_cam_on_image` of pytorch-grad-cam and the server's own overlay mix
 * them: `x = (1 - w) picture + w heat`, all of it scaled so that the brightest channel is full.
 *
 * `picture`: red, green, blue, alpha of each pixel; `map`: a number from 0 to 1 for each pixel; `opacity`: w.
 */
export function overlay(
  picture: Uint8ClampedArray,
  map: Float32Array,
  table: ColorTable,
  opacity: number,
): Uint8ClampedArray<ArrayBuffer> {
  const mixed = new Float32Array(map.length * 3);
  let brightest = 0;
  for (let at = 0; at < map.length; at += 1) {
    const level = Math.trunc(Math.min(1, Math.max(0, map[at] ?? 0)) * 255) * 3;
    for (let channel = 0; channel < 3; channel += 1) {
      const heat = (table[level + channel] ?? 0) / 255;
      const seen = (picture[at * 4 + channel] ?? 0) / 255;
      const value = opacity * heat + (1 - opacity) * seen;
      mixed[at * 3 + channel] = value;
      brightest = Math.max(brightest, value);
    }
  }
  const scale = brightest > 0 ? 255 / brightest : 0;
  const pixels = new Uint8ClampedArray(map.length * 4);
  for (let at = 0; at < map.length; at += 1) {
    for (let channel = 0; channel < 3; channel += 1)
      // The small share keeps what is a whole number from falling below it by rounding.
      pixels[at * 4 + channel] = Math.trunc((mixed[at * 3 + channel] ?? 0) * scale + 1e-3);
    pixels[at * 4 + 3] = 255;
  }
  return pixels;
}

/** `linear-gradient` through a table's colours. */
export function tableGradient(table: ColorTable): string {
  const stops: string[] = [];
  for (let level = 0; level < 256; level += 17)
    stops.push(`rgb(${[...table.subarray(level * 3, level * 3 + 3)].join(' ')})`);
  return `linear-gradient(90deg, ${stops.join(', ')})`;
}
