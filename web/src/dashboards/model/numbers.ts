// Arrays of numpy, as the server sends them: float32, little endian, rows first.

/** Numbers with their shape. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Reads an array of numpy. */
export function parseNumbers(buffer: ArrayBuffer): Numbers {
  const bytes = new Uint8Array(buffer);
  const view = new DataView(buffer);
  if (MAGIC.some((byte, at) => bytes[at] !== byte)) throw new Error('not an array of numpy');
  const wide = (bytes[6] ?? 1) > 1;
  const start = wide ? 12 : 10;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = new TextDecoder().decode(bytes.subarray(start, start + length));
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (!/'descr':\s*'<f4'/.test(header) || /'fortran_order':\s*True/.test(header) || shape === undefined)
    throw new Error(`an array of another kind: ${header.trim()}`);
  const sizes = shape
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(Number);
  const count = sizes.reduce((product, size) => product * size, 1);
  const from = start + length;
  if (bytes.length !== from + 4 * count) throw new Error('an array that is cut off');
  return { shape: sizes, values: new Float32Array(buffer.slice(from)) };
}
