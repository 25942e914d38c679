import { describe, expect, it } from 'vitest';
import { fft, FLOOR_DB, outlineOf, spectrogram, windowSize } from './spectrum';
import { decodeWav } from './wav';

/** A WAV file of these sample bytes. */
function wav(
  format: number,
  bits: number,
  channels: number,
  rate: number,
  data: readonly number[],
): ArrayBuffer {
  const bytes = new Uint8Array(44 + data.length);
  const view = new DataView(bytes.buffer);
  const name = (at: number, text: string): void =>
    [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  name(0, 'RIFF');
  view.setUint32(4, 36 + data.length, true);
  name(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, format, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint16(34, bits, true);
  name(36, 'data');
  view.setUint32(40, data.length, true);
  bytes.set(data, 44);
  return bytes.buffer;
}

describe('WAV', () => {
  it.each([
    ['8 bit', 1, 8, [0, 128, 192], [-1, 0, 0.5]],
    ['16 bit', 1, 16, [0, 0x80, 0, 0, 0, 0x40], [-1, 0, 0.5]],
    ['24 bit', 1, 24, [0, 0, 0x80, 0, 0, 0, 0, 0, 0x40], [-1, 0, 0.5]],
    ['32 bit', 1, 32, [0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40], [-1, 0, 0.5]],
    ['single precision', 3, 32, [0, 0, 0x80, 0xbf, 0, 0, 0, 0, 0, 0, 0, 0x3f], [-1, 0, 0.5]],
  ])('reads %s samples', (_, format, bits, data, expected) => {
    const wave = decodeWav(wav(format, bits, 1, 8000, data));
    expect(wave?.sampleRate).toBe(8000);
    expect(wave?.bits).toBe(bits);
    expect(wave?.channels.map((channel) => [...channel])).toEqual([expected]);
  });
  it('parts channels', () => {
    const wave = decodeWav(wav(1, 8, 2, 100, [0, 128, 64, 192]));
    expect(wave?.channels.map((channel) => [...channel])).toEqual([
      [-1, -0.5],
      [0, 0.5],
    ]);
  });
  it('takes what there is of a file that was cut off', () => {
    const bytes = wav(1, 16, 1, 100, [0, 0x40, 0, 0x40]).slice(0, 47);
    expect([...(decodeWav(bytes)?.channels[0] ?? [])]).toEqual([0.5]);
  });
  it('knows what it cannot read', () => {
    expect(decodeWav(new ArrayBuffer(3))).toBeNull();
    expect(decodeWav(new TextEncoder().encode('ID3 not a wave file').buffer)).toBeNull();
    // µ-law.
    expect(decodeWav(wav(7, 8, 1, 8000, [1, 2]))).toBeNull();
  });
});

describe('outline', () => {
  it('has the smallest and largest sample of each pixel', () => {
    const { min, max } = outlineOf(new Float32Array([0, 1, -1, 0.5, 0.25, 0]), 3);
    expect([...min]).toEqual([0, -1, 0]);
    expect([...max]).toEqual([1, 0.5, 0.25]);
  });
  it('repeats samples when there are fewer than pixels', () => {
    expect([...outlineOf(new Float32Array([1, 2]), 4).max]).toEqual([1, 1, 2, 2]);
    expect([...outlineOf(new Float32Array(), 2).max]).toEqual([0, 0]);
  });
});

describe('spectrogram', () => {
  it('transforms an impulse into a flat spectrum and a constant into one line', () => {
    const [re, im] = [Float64Array.of(1, 0, 0, 0), new Float64Array(4)];
    fft(re, im);
    expect([...re]).toEqual([1, 1, 1, 1]);
    const [flat, zero] = [Float64Array.of(1, 1, 1, 1, 1, 1, 1, 1), new Float64Array(8)];
    fft(flat, zero);
    expect([...flat]).toEqual([8, 0, 0, 0, 0, 0, 0, 0]);
  });
  it('gives a full-scale sine 0 dB in its band and silence beside it', () => {
    const size = 64;
    const sine = Float32Array.from({ length: 640 }, (_, i) => Math.sin((2 * Math.PI * 8 * i) / size));
    const { rows, levels } = spectrogram(sine, size, 5);
    expect(rows).toBe(33);
    const middle = levels.subarray(2 * rows, 3 * rows);
    expect(middle[8]).toBeCloseTo(0, 4);
    // The Hann window spreads to the neighbours only.
    expect(middle[7]).toBeCloseTo(-6.02, 2);
    expect(middle[12]).toBe(FLOOR_DB);
  });
  it('has windows of about 32 ms', () => {
    expect([8000, 22_050, 44_100, 48_000, 100].map(windowSize)).toEqual([256, 512, 1024, 2048, 64]);
  });
});
