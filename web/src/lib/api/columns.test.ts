import { describe, expect, it } from 'vitest';
import { ColumnsError, parseColumns } from './columns';

/** An answer as the server lays it out: `GBC1`, length, header padded to 8 bytes, columns. */
function answer(header: unknown, columns: ArrayBufferView[]): ArrayBuffer {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil((8 + text.length) / 8) * 8 - 8;
  const binary = columns.reduce((sum, column) => sum + Math.ceil(column.byteLength / 8) * 8, 0);
  const bytes = new Uint8Array(8 + padded + binary).fill(0x20, 8, 8 + padded);
  bytes.set(new TextEncoder().encode('GBC1'));
  new DataView(bytes.buffer).setUint32(4, padded, true);
  bytes.set(text, 8);
  let at = 8 + padded;
  for (const column of columns) {
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += Math.ceil(column.byteLength / 8) * 8;
  }
  return bytes.buffer;
}

describe('parseColumns', () => {
  it('reads the header and columns of both widths', () => {
    const parsed = parseColumns<{ a: number }>(
      answer({ a: 7 }, [Float32Array.of(1.5, -2, NaN), Float64Array.of(1e300, -Infinity)]),
    );
    expect(parsed.header).toEqual({ a: 7 });
    expect([...parsed.column({ dtype: 'f32', offset: 0 }, 3)]).toEqual([1.5, -2, NaN]);
    expect([...parsed.column({ dtype: 'f64', offset: 16 }, 2)]).toEqual([1e300, -Infinity]);
  });

  it('gives copies, which do not keep the answer alive', () => {
    const parsed = parseColumns(answer({}, [Float64Array.of(1, 2)]));
    const column = parsed.column({ dtype: 'f64', offset: 0 }, 2);
    expect(column.buffer.byteLength).toBe(16);
  });

  it.each([
    ['too short', new ArrayBuffer(4), /at least 8 bytes, got 4/],
    ['another magic', new Uint8Array(16).buffer, /magic GBC1/],
  ])('refuses %s', (_, buffer, message) => {
    expect(() => parseColumns(buffer)).toThrow(message);
  });

  it('refuses a header longer than the answer', () => {
    const buffer = answer({}, []);
    new DataView(buffer).setUint32(4, 8000, true);
    expect(() => parseColumns(buffer)).toThrow(/8000 bytes does not fit/);
  });

  it.each([
    { dtype: 'f64' as const, offset: 0, count: 3 },
    { dtype: 'f64' as const, offset: 4, count: 1 },
    { dtype: 'f32' as const, offset: 16, count: 1 },
  ])('refuses a column outside of the answer: %o', ({ count, ...ref }) => {
    const parsed = parseColumns(answer({}, [Float64Array.of(1, 2)]));
    expect(() => parsed.column(ref, count)).toThrow(ColumnsError);
  });
});
