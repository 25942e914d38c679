/** Values of pixels: display filters, differences, and how a value is written. */

/** Decoded pixels: red, green, blue, alpha, a byte each, row by row from the top left. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** Brightness without effect; the range is 0 to 2, as in TensorBoard. */
export const BRIGHTNESS_DEFAULT = 1;
/** Contrast without effect, in percent; the range is 0 to 500, as in TensorBoard. */
export const CONTRAST_DEFAULT = 100;

/** The CSS filter TensorBoard uses: contrast first, then brightness. Empty when neither does anything. */
export function cssFilter(brightness: number, contrastPercent: number): string {
  if (brightness === BRIGHTNESS_DEFAULT && contrastPercent === CONTRAST_DEFAULT) return '';
  return `contrast(${contrastPercent}%) brightness(${brightness})`;
}

/** What two pictures differ by. */
export interface Difference {
  /** |a - b| of each colour channel, times the gain; opaque. */
  readonly picture: Pixels;
  /** Largest |a - b| of any channel, 0 to 255, without gain; alpha counts too. */
  readonly max: number;
  /** Mean |a - b| over all pixels and the three colour channels, without gain. */
  readonly mean: number;
  /** Number of pixels in which any channel differs. */
  readonly differing: number;
}

/** The difference of two pictures of the same size, or null when their sizes differ. */
export function difference(a: Pixels, b: Pixels, gain: number): Difference | null {
  if (a.width !== b.width || a.height !== b.height) return null;
  const data = new Uint8ClampedArray(a.data.length);
  let max = 0;
  let sum = 0;
  let differing = 0;
  for (let at = 0; at < data.length; at += 4) {
    let largest = 0;
    for (let channel = at; channel < at + 3; channel += 1) {
      const d = Math.abs((a.data[channel] ?? 0) - (b.data[channel] ?? 0));
      data[channel] = d * gain;
      sum += d;
      if (d > largest) largest = d;
    }
    data[at + 3] = 255;
    largest = Math.max(largest, Math.abs((a.data[at + 3] ?? 0) - (b.data[at + 3] ?? 0)));
    if (largest > 0) differing += 1;
    if (largest > max) max = largest;
  }
  const values = a.width * a.height * 3;
  return {
    picture: { width: a.width, height: a.height, data },
    max,
    mean: values > 0 ? sum / values : 0,
    differing,
  };
}

/** The four channels of a pixel, or null outside of the picture. */
export function channelsAt(
  pixels: Pixels,
  x: number,
  y: number,
): readonly [number, number, number, number] | null {
  if (x < 0 || y < 0 || x >= pixels.width || y >= pixels.height) return null;
  const at = (y * pixels.width + x) * 4;
  const [r, g, b, a] = pixels.data.subarray(at, at + 4);
  if (r === undefined || g === undefined || b === undefined || a === undefined) return null;
  return [r, g, b, a];
}

/** A pixel's value as text: one number when it is grey, three when it has colour, `α` when it is not opaque. */
export function channelText([r, g, b, a]: readonly [number, number, number, number]): string {
  const color = r === g && g === b ? `${r}` : `${r} ${g} ${b}`;
  return a === 255 ? color : `${color} α${a}`;
}
