// The stream of frames that answers `POST /api/v1/projection`.
import type { ProjectionFrame } from './model';

export interface Frame {
  readonly header: ProjectionFrame;
  /** Coordinates, one point after the other; NaN for a point that has no place. */
  readonly numbers: Float32Array<ArrayBuffer>;
}

/** A frame whose header or numbers are longer than this is no frame. */
const LONGEST = 1 << 30;

/** Puts chunks, however they were cut, together to frames. */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  #length = 0;

  push(chunk: Uint8Array): Frame[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const frames: Frame[] = [];
    for (;;) {
      if (this.#length < 8) return frames;
      const start = new DataView(this.#peek(8).buffer);
      const header = start.getUint32(0, true);
      const count = start.getUint32(4, true);
      const length = 8 + header + 4 * count;
      if (length > LONGEST) throw new Error(`expected a frame, got one of ${length} bytes`);
      if (this.#length < length) return frames;
      const bytes = this.#take(length);
      const json = new TextDecoder().decode(bytes.subarray(8, 8 + header));
      frames.push({
        header: JSON.parse(json) as ProjectionFrame,
        numbers: new Float32Array(bytes.buffer.slice(8 + header)),
      });
    }
  }

  /** Whether everything that came was whole frames. */
  get done(): boolean {
    return this.#length === 0;
  }

  /** Copies the first bytes. */
  #peek(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    let filled = 0;
    for (const chunk of this.#chunks) {
      if (filled === length) break;
      const part = chunk.subarray(0, length - filled);
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes;
  }

  #take(length: number): Uint8Array<ArrayBuffer> {
    const bytes = this.#peek(length);
    let left = length;
    while (left > 0) {
      const chunk = this.#chunks[0];
      if (!chunk) break;
      if (chunk.length > left) {
        this.#chunks[0] = chunk.subarray(left);
        left = 0;
      } else {
        this.#chunks.shift();
        left -= chunk.length;
      }
    }
    this.#length -= length;
    return bytes;
  }
}
