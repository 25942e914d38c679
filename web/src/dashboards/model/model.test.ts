import { describe, expect, it } from 'vitest';
import type { ModelRow } from '$lib/api/model';
import { isWithin, layerWithin, onlyModelOf } from '$lib/state/modelfiles';
import { parseNumbers } from './numbers';
import { overlay, parseTable, tableGradient } from './overlay';
import { className, methodName, parseIndices, parseNumberList, parseSize } from './query';
import { firstClosed, groupsOf, rowOf, seenRows, shareOf } from './rows';

function row(path: string, depth: number, params = 0, more: Partial<ModelRow> = {}): ModelRow {
  const name = path.split('.').at(-1) ?? '';
  return { path, name, class_name: 'Layer', depth, is_leaf: true, is_repeated: false, params, ...more };
}

const ROOT = row('', 0, 30, { is_leaf: false });
const ROWS = [ROOT, row('a', 1, 10, { is_leaf: false }), row('a.x', 2, 10), row('a.y', 2), row('b', 1, 20)];

describe('the table of layers', () => {
  it('hides what is in closed groups', () => {
    const at = (closed: number[]) => seenRows(ROWS, new Set(closed)).map((item) => item.at);
    expect(at([])).toEqual([0, 1, 2, 3, 4]);
    expect(at([1])).toEqual([0, 1, 4]);
    expect(at([0, 1])).toEqual([0]);
    expect(seenRows(ROWS, new Set([1])).map((item) => [item.group, item.open])).toEqual([
      [true, true],
      [true, false],
      [false, true],
    ]);
  });

  it('begins closed where there are many rows', () => {
    expect(firstClosed(ROWS)).toEqual([]);
    const many = [ROOT, ...Array.from({ length: 40 }, (_, i) => [row(`l${i}`, 1), row(`l${i}.c`, 2)]).flat()];
    expect(firstClosed(many).length).toBe(40);
    expect(seenRows(many, new Set(firstClosed(many))).length).toBe(41);
  });

  it('finds the groups around a row, and the row of a path', () => {
    expect(groupsOf(ROWS, 3)).toEqual([1, 0]);
    expect(groupsOf(ROWS, -1)).toEqual([]);
    expect(rowOf(ROWS, 'a.y')).toBe(3);
    expect(rowOf(ROWS, 'a.y.deeper.still')).toBe(3);
    expect(rowOf(ROWS, 'elsewhere')).toBe(-1);
  });

  it('measures bars by the largest leaf', () => {
    const share = shareOf(ROWS, (item) => item.params);
    expect(ROWS.map(share)).toEqual([1, 0.5, 0.5, 0, 1]);
    expect(shareOf([], (item) => item.params)(ROOT)).toBe(0);
  });
});

describe('what people type', () => {
  it('reads sizes, numbers and ranges', () => {
    expect(parseSize('224')).toEqual([224, 224]);
    expect(parseSize(' 24 x 40')).toEqual([24, 40]);
    expect(parseSize('24×40')).toEqual([24, 40]);
    for (const text of ['', 'x', '0', '-3', '1.5', '1x2x3']) expect(parseSize(text), text).toBeNull();
    expect(parseNumberList('0.5, 0.25 1')).toEqual([0.5, 0.25, 1]);
    expect(parseNumberList('')).toEqual([]);
    expect(parseNumberList('a')).toBeNull();
    expect(parseIndices('0, 3, 5-7, 3')).toEqual([0, 3, 5, 6, 7]);
    for (const text of ['-1', '7-5', 'a', '0-5000']) expect(parseIndices(text), text).toBeNull();
  });

  it('names classes and methods', () => {
    expect(className(['cat'], 0)).toBe('cat');
    expect(className(['cat'], 1)).toBe('1');
    expect(methodName('grad-cam++')).toBe('Grad-CAM++');
    expect(methodName('new-cam')).toBe('new-cam');
  });
});

describe('overlays', () => {
  const table = new Uint8Array(768);
  table.set([0, 0, 255], 0);
  table.set([255, 0, 0], 255 * 3);

  it('mixes picture and colours, and scales to the brightest', () => {
    const picture = new Uint8ClampedArray([255, 255, 255, 255, 0, 0, 0, 255]);
    const map = new Float32Array([0, 1]);
    // Half white and half blue: (0.5, 0.5, 1); half black and half red: (0.5, 0, 0).
    expect([...overlay(picture, map, table, 0.5)]).toEqual([127, 127, 255, 255, 127, 0, 0, 255]);
    expect([...overlay(picture, map, table, 0)]).toEqual([255, 255, 255, 255, 0, 0, 0, 255]);
    expect([...overlay(picture, map, table, 1)]).toEqual([0, 0, 255, 255, 255, 0, 0, 255]);
  });

  it('stays black where all is black, and takes numbers beyond the ends', () => {
    const picture = new Uint8ClampedArray([0, 0, 0, 255]);
    expect([...overlay(picture, new Float32Array([NaN]), new Uint8Array(768), 0.5)]).toEqual([0, 0, 0, 255]);
    expect([...overlay(picture, new Float32Array([7]), table, 1)]).toEqual([255, 0, 0, 255]);
  });

  it('reads tables', () => {
    expect([...parseTable('0001ff')]).toEqual([0, 1, 255]);
    expect([...parseTable('')]).toEqual([]);
    expect(tableGradient(table)).toMatch(/^linear-gradient\(90deg, rgb\(0 0 255\).*rgb\(255 0 0\)\)$/);
  });
});

describe('arrays of numpy', () => {
  function npy(header: string, values: readonly number[]): ArrayBuffer {
    const text = header.padEnd(54 - 1) + '\n';
    const bytes = new Uint8Array(10 + text.length + 4 * values.length);
    bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length, 0]);
    bytes.set(new TextEncoder().encode(text), 10);
    bytes.set(new Uint8Array(new Float32Array(values).buffer), 10 + text.length);
    return bytes.buffer;
  }

  it('reads shape and values', () => {
    const read = parseNumbers(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }", [0.5, -3]));
    expect(read.shape).toEqual([1, 2]);
    expect([...read.values]).toEqual([0.5, -3]);
  });

  it('refuses what is cut off or something else', () => {
    const cut = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", [1, 2]);
    expect(() => parseNumbers(cut)).toThrow('cut off');
    const wide = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", [1]);
    expect(() => parseNumbers(wide)).toThrow('another kind');
    expect(() => parseNumbers(new ArrayBuffer(4))).toThrow('not an array');
  });
});

describe('names that belong together', () => {
  it('finds the only model of a run', () => {
    const files = ['a/net.onnx', 'b/one.pt2', 'b/two.pt2', 'net.pt2'];
    expect(onlyModelOf('a', files)).toBe('a/net.onnx');
    expect(onlyModelOf('b', files)).toBeNull();
    expect(onlyModelOf('.', files)).toBe('net.pt2');
    expect(onlyModelOf('c', files)).toBeNull();
  });

  it('finds the deepest layer that a tag is about', () => {
    const paths = ['', 'conv', 'conv.1', 'fc'];
    expect(layerWithin(paths, 'weights/conv/1/weight')).toBe('conv.1');
    expect(layerWithin(paths, 'gradients/conv.weight')).toBe('conv');
    expect(layerWithin(paths, 'loss')).toBeNull();
    expect(isWithin('weights/conv1.weight', 'conv')).toBe(false);
  });
});
