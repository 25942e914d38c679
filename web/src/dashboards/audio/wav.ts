/** Samples of WAV files, exactly as they were logged: browsers resample to the speaker's rate. */

/** A decoded sound. */
export interface Wave {
  readonly sampleRate: number;
  /** Bits of a sample as stored; null: not known. */
  readonly bits: number | null;
  /** One array per channel, -1 to 1. */
  readonly channels: readonly Float32Array[];
}

const PCM = 1;
const FLOAT = 3;
/** The format is said by the first two bytes of a GUID. */
const EXTENSIBLE = 0xfffe;

type Read = (view: DataView, at: number) => number;

/** How a sample is read, by format and bits; full scale is 1. */
function reader(format: number, bits: number): Read | null {
  if (format === FLOAT && bits === 32) return (view, at) => view.getFloat32(at, true);
  if (format === FLOAT && bits === 64) return (view, at) => view.getFloat64(at, true);
  if (format !== PCM) return null;
  if (bits === 8) return (view, at) => (view.getUint8(at) - 128) / 128;
  if (bits === 16) return (view, at) => view.getInt16(at, true) / 32_768;
  if (bits === 24)
    return (view, at) => (view.getInt8(at + 2) * 65_536 + view.getUint16(at, true)) / 8_388_608;
  if (bits === 32) return (view, at) => view.getInt32(at, true) / 2_147_483_648;
  return null;
}

/** Decodes a WAV file of integer or floating-point samples; null: it is none, or one that is compressed. */
export function decodeWav(bytes: ArrayBuffer): Wave | null {
  const view = new DataView(bytes);
  const name = (at: number): string =>
    String.fromCharCode(...new Uint8Array(bytes, at, Math.min(4, bytes.byteLength - at)));
  if (bytes.byteLength < 12 || name(0) !== 'RIFF' || name(8) !== 'WAVE') return null;
  let read: Read | null = null;
  let sampleRate = 0;
  let count = 0;
  let bits = 0;
  for (let at = 12; at + 8 <= bytes.byteLength;) {
    const start = at + 8;
    // A file that was cut off, or streamed with a length of "unknown", has what is there.
    const size = Math.min(view.getUint32(at + 4, true), bytes.byteLength - start);
    if (name(at) === 'fmt ' && size >= 16) {
      const format = view.getUint16(start, true);
      count = view.getUint16(start + 2, true);
      sampleRate = view.getUint32(start + 4, true);
      bits = view.getUint16(start + 14, true);
      read = reader(format === EXTENSIBLE && size >= 26 ? view.getUint16(start + 24, true) : format, bits);
    } else if (name(at) === 'data') {
      if (!read || count === 0 || sampleRate === 0) return null;
      const width = bits / 8;
      const frames = Math.floor(size / (width * count));
      const channels = Array.from({ length: count }, () => new Float32Array(frames));
      for (const [channel, samples] of channels.entries()) {
        for (let frame = 0; frame < frames; frame += 1) {
          samples[frame] = read(view, start + (frame * count + channel) * width);
        }
      }
      return { sampleRate, bits, channels };
    }
    at = start + size + (size % 2);
  }
  return null;
}
