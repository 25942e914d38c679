// Writes event files with known numbers, independently of the Rust code: TFRecord frames with masked CRC-32C
// and the few protobuf fields that are needed, from their public field numbers.
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

/** Wall time of step 0 in most tests: 2023-11-14 22:13:20 UTC. */
export const WALL = 1_700_000_000;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

function maskedCrc32c(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  crc = (crc ^ 0xffffffff) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function u32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function frame(payload) {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(payload.length));
  return Buffer.concat([length, u32(maskedCrc32c(length)), payload, u32(maskedCrc32c(payload))]);
}

function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

const key = (field, wire) => varint((field << 3) | wire);
const integer = (field, value) => Buffer.concat([key(field, 0), varint(value)]);
function bytes(field, value) {
  const content = Buffer.isBuffer(value) ? value : Buffer.from(value);
  return Buffer.concat([key(field, 2), varint(content.length), content]);
}
const message = (field, ...parts) => bytes(field, Buffer.concat(parts));
function double(field, value) {
  const number = Buffer.alloc(8);
  number.writeDoubleLE(value);
  return Buffer.concat([key(field, 1), number]);
}
function float(field, value) {
  const number = Buffer.alloc(4);
  number.writeFloatLE(value);
  return Buffer.concat([key(field, 5), number]);
}
function doubles(field, values) {
  const numbers = Buffer.alloc(8 * values.length);
  values.forEach((value, i) => numbers.writeDoubleLE(value, 8 * i));
  return bytes(field, numbers);
}

let files = 0;

/** One event file. What is added is written by `flush`. */
export class EventFile {
  #pending = [];

  constructor(dir, wall = WALL) {
    mkdirSync(dir, { recursive: true });
    files += 1;
    this.path = join(dir, `events.out.tfevents.${Math.floor(wall)}.e2e.${process.pid}.${files}`);
    this.#add(wall, 0, bytes(3, 'brain.Event:2'));
  }

  #add(wall, step, what) {
    this.#pending.push(frame(Buffer.concat([double(1, wall), integer(2, step), what])));
  }

  #value(tag, step, wall, ...content) {
    this.#add(wall, step, message(5, message(1, bytes(1, tag), ...content)));
    return this;
  }

  scalar(tag, value, step, wall = WALL + step) {
    return this.#value(tag, step, wall, float(2, value));
  }

  /** `limits`: right edges of the buckets, as HistogramProto has them. */
  histogram(tag, { min, max, num, sum, sumSquares, limits, counts }, step, wall = WALL + step) {
    const fields = [min, max, num, sum, sumSquares].map((value, i) => double(i + 1, value));
    return this.#value(tag, step, wall, message(5, ...fields, doubles(6, limits), doubles(7, counts)));
  }

  text(tag, text, step, wall = WALL + step) {
    const tensor = message(8, integer(1, 7), message(2, message(2, integer(1, 1))), bytes(8, text));
    return this.#value(tag, step, wall, tensor, message(9, message(1, bytes(1, 'text'))));
  }

  image(tag, { png, width, height }, step, wall = WALL + step) {
    return this.#value(
      tag,
      step,
      wall,
      message(4, integer(1, height), integer(2, width), integer(3, 3), bytes(4, png)),
    );
  }

  #hparams(tag, step, wall, content) {
    const plugin = message(1, bytes(1, 'hparams'), bytes(2, content));
    return this.#value(`_hparams_/${tag}`, step, wall, message(9, plugin));
  }

  /** The start of a session: numbers, truth values and texts by name. */
  hparams(values, step = 0, wall = WALL + step) {
    const kind = (value) => {
      if (typeof value === 'number') return double(2, value);
      return typeof value === 'boolean' ? integer(4, Number(value)) : bytes(3, value);
    };
    const entries = Object.entries(values).map(([name, value]) =>
      message(1, bytes(1, name), message(2, kind(value))),
    );
    return this.#hparams('session_start_info', step, wall, message(3, ...entries));
  }

  /** Names the metrics of an experiment. */
  hparamMetrics(tags, step = 0, wall = WALL + step) {
    const infos = tags.map((tag) => message(5, message(1, bytes(2, tag))));
    return this.#hparams('experiment', step, wall, message(2, ...infos));
  }

  /** The end of a session: 1 success, 2 failure. */
  hparamsEnd(status, step, wall = WALL + step) {
    return this.#hparams('session_end_info', step, wall, message(4, integer(1, status)));
  }

  /** Pictures of the new style: a tensor of strings that holds width, height and the samples. */
  images(tag, pictures, step, wall = WALL + step) {
    const [{ width, height }] = pictures;
    const strings = [String(width), String(height), ...pictures.map(({ png }) => png)];
    const shape = message(2, message(2, integer(1, strings.length)));
    const tensor = message(8, integer(1, 7), shape, ...strings.map((string) => bytes(8, string)));
    return this.#value(tag, step, wall, tensor, message(9, message(1, bytes(1, 'images'))));
  }

  /** A tensor of single-precision numbers of a plugin, e.g. the six rows of a curve. */
  tensor(tag, plugin, shape, values, step, wall = WALL + step) {
    const numbers = Buffer.alloc(4 * values.length);
    values.forEach((value, i) => numbers.writeFloatLE(value, 4 * i));
    const dims = message(2, ...shape.map((size) => message(2, integer(1, size))));
    const tensor = message(8, integer(1, 1), dims, bytes(5, numbers));
    return this.#value(tag, step, wall, tensor, message(9, message(1, bytes(1, plugin))));
  }

  /** A mesh as `add_mesh` of torch logs it: rows of three numbers, and the configuration as JSON. */
  mesh(name, { vertices, faces, colors, config = '{}' }, step, wall = WALL + step) {
    [vertices, faces, colors].forEach((rows, i) => {
      if (!rows) return;
      const numbers = Buffer.alloc(12 * rows.length);
      rows.flat().forEach((value, at) => numbers.writeFloatLE(value, 4 * at));
      const dims = message(2, ...[1, rows.length, 3].map((size) => message(2, integer(1, size))));
      const tensor = message(8, integer(1, 1), dims, bytes(5, numbers));
      const about = Buffer.concat([bytes(2, name), integer(3, i + 1), bytes(5, config)]);
      const plugin = message(9, message(1, bytes(1, 'mesh'), bytes(2, about)));
      this.#value(`${name}_${['VERTEX', 'FACE', 'COLOR'][i]}`, step, wall, tensor, plugin);
    });
    return this;
  }

  /** A sound as `Summary.Audio` holds it. */
  audio(tag, { wav, rate, channels, frames }, step, wall = WALL + step) {
    const fields = [float(1, rate), integer(2, channels), integer(3, frames), bytes(4, wav)];
    return this.#value(tag, step, wall, message(6, ...fields, bytes(5, 'audio/wav')));
  }

  /** Sounds of the new style: rows of a sound and its label. */
  sounds(tag, pairs, step, wall = WALL + step) {
    const shape = message(2, message(2, integer(1, pairs.length)), message(2, integer(1, 2)));
    const strings = pairs.flatMap(([sound, label]) => [bytes(8, sound), bytes(8, label)]);
    const tensor = message(8, integer(1, 7), shape, ...strings);
    return this.#value(tag, step, wall, tensor, message(9, message(1, bytes(1, 'audio'))));
  }

  /** A graph: nodes with name, op, names of their inputs, and the shape of their result. */
  graph(nodes, wall = WALL) {
    const node = ({ name, op, inputs = [], shape, device }) => {
      const shapes = message(7, ...(shape ?? []).map((size) => message(2, integer(1, size))));
      const attribute = message(5, bytes(1, '_output_shapes'), message(2, message(1, shapes)));
      const fields = [bytes(1, name), bytes(2, op), ...inputs.map((input) => bytes(3, input))];
      if (device) fields.push(bytes(4, device));
      return message(1, ...fields, ...(shape ? [attribute] : []));
    };
    this.#add(wall, 0, bytes(4, Buffer.concat(nodes.map(node))));
    return this;
  }

  /** What nodes took in a run: name, microseconds, bytes. */
  runMetadata(tag, device, nodes, wall = WALL) {
    const stats = nodes.map(([name, micros, size]) =>
      message(2, bytes(1, name), integer(5, micros), message(6, integer(2, size))),
    );
    const metadata = message(1, message(1, bytes(1, device), ...stats));
    this.#add(wall, 0, message(8, bytes(1, tag), bytes(2, metadata)));
    return this;
  }

  /** A text of a plugin, as Keras' models are logged. */
  string(tag, plugin, text, step, wall = WALL + step) {
    const tensor = message(8, integer(1, 7), message(2), bytes(8, text));
    return this.#value(tag, step, wall, tensor, message(9, message(1, bytes(1, plugin))));
  }

  /** A SessionLog START: everything logged at `step` or later is purged. */
  restart(step, wall = WALL + step) {
    this.#add(wall, step, message(7, integer(1, 1)));
    return this;
  }

  /** Bytes that are no record. */
  raw(garbage) {
    this.#pending.push(garbage);
    return this;
  }

  flush() {
    appendFileSync(this.path, Buffer.concat(this.#pending));
    this.#pending = [];
    return this;
  }
}

/** A picture of 8-bit RGB pixels; `pixel(x, y)` gives the three channels. */
export function picture(width, height, pixel) {
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      rows.set(pixel(x, y), y * (1 + width * 3) + 1 + x * 3);
    }
  }
  const chunk = (type, content) => {
    const body = Buffer.concat([Buffer.from(type), content]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const png = Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  return { png, width, height };
}

/** A GIF of one pixel's frames, each of one grey, 100 ms apart. */
export function animation(greys) {
  const palette = Buffer.from(greys.flatMap((grey) => [grey, grey, grey]));
  const header = Buffer.concat([
    Buffer.from('GIF89a'),
    Buffer.from([1, 0, 1, 0, 0x81, 0, 0]),
    Buffer.concat([palette, Buffer.alloc(12)], 12),
    Buffer.from([0x21, 0xff, 11]),
    Buffer.from('NETSCAPE2.0'),
    Buffer.from([3, 1, 0, 0, 0]),
  ]);
  const frames = greys.map((_, color) =>
    Buffer.from([
      ...[0x21, 0xf9, 4, 0, 10, 0, 0, 0],
      ...[0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0],
      // LZW with codes of three bits: clear (4), the colour, end (5).
      ...[2, 2, 4 | (color << 3) | ((5 << 6) & 255), 5 >> 2, 0],
    ]),
  );
  return { png: Buffer.concat([header, ...frames, Buffer.from([0x3b])]), width: 1, height: 1 };
}

/** A WAV file of 16-bit samples; `sample(frame, channel)` is -1 to 1. */
export function sound(rate, channels, frames, sample) {
  const data = Buffer.alloc(2 * channels * frames);
  for (let i = 0; i < channels * frames; i += 1) {
    data.writeInt16LE(Math.round(sample(Math.floor(i / channels), i % channels) * 32_767), 2 * i);
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return { wav: Buffer.concat([header, data]), rate, channels, frames };
}

/** The six rows of a PR curve: scores of positive and of negative samples, counted at evenly spaced thresholds. */
export function prRows(positive, negative, thresholds) {
  const above = (scores) =>
    Array.from(
      { length: thresholds },
      (_, i) => scores.filter((score) => score >= i / (thresholds - 1)).length,
    );
  const [tp, fp] = [above(positive), above(negative)];
  const tn = fp.map((count) => negative.length - count);
  const fn = tp.map((count) => positive.length - count);
  const share = (part, rest) => part.map((count, i) => count / Math.max(1e-7, count + rest[i]));
  return [tp, fp, tn, fn, share(tp, fp), share(tp, fn)].flat();
}

/** The first PNG within some bytes, e.g. of an event file. */
export function pngIn(content) {
  const from = content.indexOf(Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]));
  const end = content.indexOf('IEND', from);
  return content.subarray(from, end + 8);
}
