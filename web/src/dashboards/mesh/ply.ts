// A mesh as files that other programs read.
import type { MeshShown } from './data.svelte';

/** One line of ASCII, as comments of PLY have to be. */
const plain = (text: string) => text.replace(/[^ -~]/g, '?');

/**
 * PLY, binary and little-endian: coordinates as exactly as they came, colours as bytes, triangles as lists.
 */
export function toPly(mesh: MeshShown, comment: string): Blob {
  const { positions, colors, indices } = mesh;
  const points = positions.length / 3;
  const faces = indices ? indices.length / 3 : 0;
  const wide = positions instanceof Float64Array;
  const type = wide ? 'double' : 'float';
  const header = [
    'ply',
    'format binary_little_endian 1.0',
    `comment ${plain(comment)}`,
    `element vertex ${points}`,
    ...['x', 'y', 'z'].map((name) => `property ${type} ${name}`),
    ...(colors ? ['red', 'green', 'blue'].map((name) => `property uchar ${name}`) : []),
    ...(indices ? [`element face ${faces}`, 'property list uchar int vertex_indices'] : []),
    'end_header\n',
  ].join('\n');
  const width = wide ? 8 : 4;
  const row = 3 * width + (colors ? 3 : 0);
  const body = new DataView(new ArrayBuffer(points * row + faces * 13));
  for (let i = 0; i < positions.length; i += 1) {
    const at = Math.floor(i / 3) * row + (i % 3) * width;
    if (wide) body.setFloat64(at, positions[i] ?? 0, true);
    else body.setFloat32(at, positions[i] ?? 0, true);
    if (colors) body.setUint8(Math.floor(i / 3) * row + 3 * width + (i % 3), colors[i] ?? 0);
  }
  for (let face = 0; indices && face < faces; face += 1) {
    const at = points * row + face * 13;
    body.setUint8(at, 3);
    for (let corner = 0; corner < 3; corner += 1)
      body.setInt32(at + 1 + 4 * corner, indices[3 * face + corner] ?? 0, true);
  }
  return new Blob([header, body], { type: 'application/octet-stream' });
}

/** Rows of three. */
function threes<T>(
  values: ArrayLike<number>,
  row: (point: number, three: [number, number, number]) => T,
): T[] {
  return Array.from({ length: values.length / 3 }, (_, i) =>
    row(i, [values[3 * i] ?? 0, values[3 * i + 1] ?? 0, values[3 * i + 2] ?? 0]),
  );
}

/** The points as a table. */
export function toCsv({ positions, colors }: MeshShown): string {
  const lines = threes(positions, (point, place) => {
    const color = colors?.subarray(3 * point, 3 * point + 3) ?? [];
    return [point, ...place, ...color].join(',');
  });
  const names = ['point', 'x', 'y', 'z', ...(colors ? ['red', 'green', 'blue'] : [])];
  return [names.join(','), ...lines].join('\n') + '\n';
}

/** Everything that is known of it. */
export function toJson(mesh: MeshShown): unknown {
  const rows = (values: ArrayLike<number> | null) => values && threes(values, (_, three) => three);
  const { config_json: config, samples, sample } = mesh.header;
  return {
    samples,
    sample,
    vertices: rows(mesh.positions),
    faces: rows(mesh.indices),
    colors: rows(mesh.colors),
    config: config == null ? null : (JSON.parse(config) as unknown),
  };
}
