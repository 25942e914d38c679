/** What is drawn of a sound: its outline and its spectrogram. */

/** Smallest and largest sample below each of `columns` pixels. */
export function outlineOf(samples: Float32Array, columns: number): { min: Float32Array; max: Float32Array } {
  const min = new Float32Array(columns);
  const max = new Float32Array(columns);
  for (let column = 0; column < columns; column += 1) {
    const from = Math.floor((column * samples.length) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * samples.length) / columns));
    let low = Infinity;
    let high = -Infinity;
    for (let i = from; i < Math.min(to, samples.length); i += 1) {
      const sample = samples[i] as number;
      if (sample < low) low = sample;
      if (sample > high) high = sample;
    }
    min[column] = low === Infinity ? 0 : low;
    max[column] = high === -Infinity ? 0 : high;
  }
  return { min, max };
}

/** The discrete Fourier transform in place, by Cooley and Tukey's algorithm; the length is a power of two. */
export function fft(re: Float64Array, im: Float64Array): void {
  const size = re.length;
  for (let i = 1, j = 0; i < size; i += 1) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j] as number, re[i] as number];
      [im[i], im[j]] = [im[j] as number, im[i] as number];
    }
  }
  for (let half = 1; half < size; half *= 2) {
    const angle = -Math.PI / half;
    for (let k = 0; k < half; k += 1) {
      const [cos, sin] = [Math.cos(angle * k), Math.sin(angle * k)];
      for (let i = k; i < size; i += 2 * half) {
        const j = i + half;
        const [xr, xi] = [re[j] as number, im[j] as number];
        const [tr, ti] = [xr * cos - xi * sin, xr * sin + xi * cos];
        re[j] = (re[i] as number) - tr;
        im[j] = (im[i] as number) - ti;
        re[i] = (re[i] as number) + tr;
        im[i] = (im[i] as number) + ti;
      }
    }
  }
}

/** Levels over time and frequency. */
export interface Spectrogram {
  readonly columns: number;
  /** Frequencies from 0 to half of the sample rate, evenly. */
  readonly rows: number;
  /** Decibels below a sine of full scale, column after column, the lowest frequency first. */
  readonly levels: Float32Array;
}

/** Quieter than this is as good as silent. */
export const FLOOR_DB = -90;

/** Samples of a window: the power of two nearest to 32 ms. */
export function windowSize(sampleRate: number): number {
  const wanted = 2 ** Math.round(Math.log2(Math.max(1, sampleRate * 0.032)));
  return Math.min(8192, Math.max(64, wanted));
}

/**
 * A spectrogram of as many columns as are drawn: Hann windows around evenly spaced moments, silence beyond both ends.
 *
 * A sine of amplitude 1 in the middle of a frequency's band has 0 dB: `20 log10(2 |X| / sum of the window)`.
 */
export function spectrogram(samples: Float32Array, size: number, columns: number): Spectrogram {
  const rows = size / 2 + 1;
  const levels = new Float32Array(columns * rows);
  const hann = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  const norm = 2 / hann.reduce((sum, weight) => sum + weight, 0);
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  for (let column = 0; column < columns; column += 1) {
    const start = Math.round(((column + 0.5) * samples.length) / columns - size / 2);
    for (let i = 0; i < size; i += 1) re[i] = (samples[start + i] ?? 0) * (hann[i] as number);
    im.fill(0);
    fft(re, im);
    for (let row = 0; row < rows; row += 1) {
      const size = Math.hypot(re[row] as number, im[row] as number) * norm;
      levels[column * rows + row] = Math.max(FLOOR_DB, 20 * Math.log10(size));
    }
  }
  return { columns, rows, levels };
}
