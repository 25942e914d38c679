// `application/x-glassboard-columns`: magic "GBC1", u32 length of the JSON header
// (little-endian), the header padded with spaces to a multiple of 8, then the columns.
import type { ColumnRef } from './model';

const MAGIC = 0x31434247; // "GBC1" read as a little-endian u32
const PREFIX_BYTES = 8;

export type Column = Float64Array | Float32Array;

export class ColumnsError extends Error {
  override name = 'ColumnsError';
}

export interface Columns<Header> {
  header: Header;
  /** A copy of `count` values, so that keeping one column does not keep the whole answer alive. */
  column(ref: ColumnRef, count: number): Column;
}

export function parseColumns<Header>(buffer: ArrayBuffer): Columns<Header> {
  if (buffer.byteLength < PREFIX_BYTES) {
    throw new ColumnsError(`expected at least ${PREFIX_BYTES} bytes, got ${buffer.byteLength}`);
  }
  const prefix = new DataView(buffer);
  if (prefix.getUint32(0, true) !== MAGIC) {
    throw new ColumnsError('expected the magic GBC1 at the start of the answer');
  }
  const headerBytes = prefix.getUint32(4, true);
  const start = PREFIX_BYTES + headerBytes;
  if (start > buffer.byteLength || start % 8 !== 0) {
    throw new ColumnsError(`header of ${headerBytes} bytes does not fit an answer of ${buffer.byteLength}`);
  }
  const header = JSON.parse(
    new TextDecoder().decode(new Uint8Array(buffer, PREFIX_BYTES, headerBytes)),
  ) as Header;

  return {
    header,
    column(ref, count) {
      const width = ref.dtype === 'f32' ? 4 : 8;
      const from = start + ref.offset;
      if (ref.offset % 8 !== 0 || from + count * width > buffer.byteLength) {
        throw new ColumnsError(`column of ${count} ${ref.dtype} at ${ref.offset} is outside of the answer`);
      }
      return ref.dtype === 'f32'
        ? new Float32Array(buffer, from, count).slice()
        : new Float64Array(buffer, from, count).slice();
    },
  };
}
