import { describe, expect, it } from 'vitest';
import { FrameReader } from '$lib/api/projection';
import { axesOf, columnInLinks, isEmpty, nameInLinks, patternOf } from './axes';
import { readBookmarks, writeBookmarks, type Bookmark } from './bookmarks';
import { coloringOf, colorsOf, compareValues, defaultColor, defaultLabel, search, toNumber } from './columns';
import { paintingOrder } from './draw';
import { hasPlace, placed } from './layout';
import {
  CHOSEN,
  FADED,
  HIDDEN,
  NORMAL,
  pointAt,
  pointSize,
  pointsInside,
  pointsWithin,
  project,
} from './screen';
import { tileAt } from './sprite';
import { toCsv, toJson } from './table';

const column = (values: readonly string[], name = '') => ({ name, values: [...values] });

describe('frames', () => {
  function frame(header: object, numbers: readonly number[]): Uint8Array {
    let json = JSON.stringify(header);
    json = json.padEnd(Math.ceil(json.length / 4) * 4);
    const bytes = new Uint8Array(8 + json.length + 4 * numbers.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, json.length, true);
    view.setUint32(4, numbers.length, true);
    bytes.set(new TextEncoder().encode(json), 8);
    numbers.forEach((number, i) => view.setFloat32(8 + json.length + 4 * i, number, true));
    return bytes;
  }

  it('are put together from chunks, however they are cut', () => {
    const whole = [
      ...frame({ kind: 'waiting' }, []),
      ...frame({ kind: 'result', width: 2 }, [1.5, -2, NaN, 4]),
    ];
    for (const size of [1, 7, 8, 30, whole.length]) {
      const reader = new FrameReader();
      const frames = [];
      for (let i = 0; i < whole.length; i += size)
        frames.push(...reader.push(Uint8Array.from(whole.slice(i, i + size))));
      expect(frames.map(({ header }) => header.kind)).toEqual(['waiting', 'result']);
      expect([...(frames[1]?.numbers ?? [])]).toEqual([1.5, -2, NaN, 4]);
      expect(reader.done).toBe(true);
    }
    const reader = new FrameReader();
    expect(reader.push(Uint8Array.from(whole.slice(0, -1)))).toHaveLength(1);
    expect(reader.done).toBe(false);
    expect(() => new FrameReader().push(new Uint8Array(8).fill(255))).toThrow('expected a frame');
  });
});

describe('columns', () => {
  it('tells numbers from texts', () => {
    expect(['1', ' -2.5e3 ', '', 'NaN', '1x', 'Infinity'].map(toNumber)).toEqual([
      1,
      -2500,
      null,
      null,
      null,
      null,
    ]);
    expect(['10', '9', 'b', 'a2', 'a10'].sort(compareValues)).toEqual(['9', '10', 'a2', 'a10', 'b']);
  });

  it('colours few values each, many numbers by a scale, many texts not at all', () => {
    const few = coloringOf(column(['b', 'a', 'b', '']), false);
    expect(few.kind === 'categories' && few.values.map(({ value, count }) => [value, count])).toEqual([
      ['', 1],
      ['a', 1],
      ['b', 2],
    ]);
    const hues = coloringOf(column(Array.from({ length: 50 }, (_, i) => `v${i}`)), true);
    expect(hues.kind).toBe('categories');
    if (hues.kind === 'categories')
      expect(new Set(hues.values.map(({ color }) => color.join())).size).toBe(50);
    const numbers = Array.from({ length: 60 }, (_, i) => String(i - 10));
    expect(coloringOf(column([...numbers, 'n/a']), false)).toEqual({ kind: 'scale', low: -10, high: 49 });
    expect(coloringOf(column(numbers.map((text) => `x${text}`)), false)).toEqual({ kind: 'plain' });
    expect(coloringOf(undefined, false)).toEqual({ kind: 'plain' });
    const scale = coloringOf(column(numbers), false);
    const colors = colorsOf(scale, column(['-10', '49', 'n/a']), 4, [1, 2, 3], [9, 9, 9]);
    expect([...colors]).toEqual([68, 1, 84, 253, 231, 37, 9, 9, 9, 9, 9, 9]);
    expect([...colorsOf({ kind: 'plain' }, undefined, 1, [1, 2, 3], [9, 9, 9])]).toEqual([1, 2, 3]);
  });

  it('colours by the first column that says something', () => {
    const words = Array.from({ length: 60 }, (_, i) => `w${i}`);
    expect(
      defaultColor([column(words), column(words.map(() => 'same')), column(words.map((_, i) => `${i % 2}`))]),
    ).toBe(2);
    expect(defaultColor([])).toBe(-1);
    expect(defaultLabel([column(['a', 'b']), column(words)])).toBe(1);
    expect(defaultLabel([column(['a', 'b'])])).toBe(0);
    expect(defaultLabel([])).toBe(-1);
  });

  it('finds texts and patterns', () => {
    const values = ['Cat', 'dog', 'catfish', ''];
    expect(search(values, 'cat', false, 10)).toEqual({ points: [0, 2], total: 2 });
    expect(search(values, '^cat$|o', true, 1)).toEqual({ points: [0], total: 2 });
    expect(search(values, '(', false, 10)).toEqual({ points: [], total: 0 });
    expect(search(values, '(', true, 10)).toHaveProperty('problem');
    expect(search(values, ' ', true, 10)).toEqual({ points: [], total: 0 });
  });
});

describe('layout', () => {
  it('lies around zero, at most one from it', () => {
    const coordinates = {
      width: 3,
      numbers: Float32Array.of(0, 10, 7, 4, 30, 7, NaN, NaN, NaN, 2, 20, 7),
      ratio: [],
      divergence: null,
      axes: [],
    };
    const places = placed(coordinates, [0, 1]);
    expect([...places].map((value) => Number(value.toFixed(5)))).toEqual([
      -0.2,
      -1,
      0,
      0.2,
      1,
      0,
      NaN,
      NaN,
      0,
      0,
      0,
      0,
    ]);
    expect([0, 1, 2, 3].map((point) => hasPlace(places, point))).toEqual([true, true, false, true]);
    // In space all are within a ball.
    const cube = { ...coordinates, numbers: Float32Array.of(0, 0, 0, 2, 2, 2, 0, 2, 2) };
    expect(Math.hypot(...placed(cube, [0, 1, 2]).slice(3, 6))).toBeCloseTo(1, 6);
    // An axis that is not there, and points that are all one.
    expect([...placed({ ...coordinates, width: 1, numbers: Float32Array.of(5, 5) }, [0, 1, 2])]).toEqual([
      0, 0, 0, 0, 0, 0,
    ]);
  });

  it('gives custom axes a scale each', () => {
    const end = { points: 1 };
    const axes = [30, 2, 0].map((length) => ({ from: end, to: end, length }));
    const numbers = Float32Array.of(0, -2, 0, 30, 2, 0, 15, 0, 0, NaN, NaN, NaN);
    const coordinates = { width: 3, numbers, ratio: [], divergence: null, axes };
    expect([...placed(coordinates, [0, 1])]).toEqual([-1, -1, 0, 1, 1, 0, 0, 0, 0, NaN, NaN, 0]);
    // In space within the ball; an axis that is flat stays at zero.
    const corner = Math.fround(Math.SQRT1_2);
    const solid = [...placed(coordinates, [0, 1, 2])].map(Math.fround);
    expect(solid.slice(0, 9)).toEqual([-corner, -corner, 0, corner, corner, 0, 0, 0, 0]);
  });
});

describe('axes', () => {
  it('tell texts from patterns', () => {
    expect(['king', '/^k/', ' /a|b/ ', '/', '//', '/usr', '/x/y/'].map(patternOf)).toEqual([
      null,
      '^k',
      'a|b',
      null,
      null,
      null,
      'x/y',
    ]);
    expect([null, undefined, '', ' ', [], 'a', [0]].map(isEmpty)).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('are asked for when an end is given', () => {
    const ends = { left: 'man', right: '/^wom/', down: [3, 99], up: '', back: [99] };
    expect(axesOf(ends, 3, 10)).toEqual([
      { from: { by: 'text', text: 'man' }, to: { by: 'pattern', pattern: '^wom' } },
      { from: { by: 'points', points: [3] } },
      {},
    ]);
    expect(axesOf(ends, 2, 10)).toHaveLength(2);
    expect(axesOf({ left: '', right: [], front: 'x' }, 2, 10)).toBeNull();
    expect(axesOf({}, 3, 10)).toBeNull();
    const many = Array.from({ length: 40_000 }, (_, i) => i);
    const [x] = axesOf({ left: many }, 2, 50_000) ?? [];
    expect(x?.from?.by === 'points' && x.from.points.length).toBe(30_000);
  });

  it('name the only column as TensorBoard does', () => {
    const [only, named] = [column([]), column([], 'kind')];
    expect([only, named, undefined].map(nameInLinks)).toEqual(['label', 'kind', null]);
    expect(columnInLinks([only], 'label')).toBe(0);
    expect(columnInLinks([named, column([], 'label')], 'label')).toBe(1);
    expect(columnInLinks([named], 'label')).toBe(-1);
  });
});

describe('table', () => {
  it('is saved as lines and as objects', () => {
    const table = {
      names: ['point', 'x'],
      rows: [
        [0, 1.5],
        [1, 'a,b'],
      ],
    };
    expect(toCsv(table)).toBe('point,x\n0,1.5\n1,"a,b"\n');
    expect(toJson(table)).toEqual([
      { point: 0, x: 1.5 },
      { point: 1, x: 'a,b' },
    ]);
  });
});

describe('screen', () => {
  const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  const places = Float32Array.of(0, 0, 0, 1, 1, 0, -1, -1, 0, 0.01, 0, 0);
  const screen = project(places, Uint8Array.of(NORMAL, CHOSEN, HIDDEN, FADED), identity, 200, 100);

  it('places points', () => {
    expect([...screen.at.slice(0, 4)]).toEqual([100, 50, 200, 0]);
    expect(screen.at[4]).toBeNaN();
    // Behind the camera there is nothing to see.
    const behind = [...identity.slice(0, 15), -1];
    expect(project(places, new Uint8Array(4).fill(NORMAL), behind, 200, 100).at[0]).toBeNaN();
  });

  it('finds the nearest point, and those within a box', () => {
    expect(pointAt(screen, 98, 51, 10)).toBe(0);
    expect(pointAt(screen, 104, 50, 10)).toBe(3);
    expect(pointAt(screen, 0, 99, 10)).toBe(-1);
    expect(pointsWithin(screen, 210, -5, 90, 60)).toEqual([0, 1, 3]);
  });

  it('finds what a line goes around', () => {
    // Inside of the triangle, outside of it but in its rectangle, nowhere, and in the hole of a star.
    const shown = { at: Float32Array.of(10, 5, 1, 9, NaN, NaN, 10, 10.5), depth: new Float32Array(4) };
    expect(
      pointsInside(shown, [
        [0, 0],
        [20, 0],
        [20, 20],
      ]),
    ).toEqual([0]);
    const star = [0, 2, 4, 1, 3].map((i): [number, number] => {
      const angle = (2 * Math.PI * i) / 5;
      return [10 + 9 * Math.sin(angle), 10 - 9 * Math.cos(angle)];
    });
    // Its middle lies within two turns of the line; its upper arm within one.
    expect(pointsInside(shown, star)).toEqual([0]);
    expect(pointsInside(shown, [])).toEqual([]);
    expect(pointsInside(shown, [[10, 5]])).toEqual([]);
  });

  it('paints faded points first, then from far to near', () => {
    expect([...paintingOrder(screen, Uint8Array.of(NORMAL, CHOSEN, HIDDEN, FADED))]).toEqual([3, 0, 1]);
  });

  it('has smaller points when there are more', () => {
    expect(pointSize(10, false)).toBe(10);
    expect(pointSize(10_000, false)).toBe(5);
    expect(pointSize(1e7, false)).toBe(2.5);
    expect(pointSize(1_000, true)).toBe(28);
  });
});

describe('sprite', () => {
  it('has the pictures in rows', () => {
    const sprite = { version: '', width: 20, height: 12, image_width: 4, image_height: 5 };
    expect(tileAt(sprite, 0)).toEqual({ x: 0, y: 0 });
    expect(tileAt(sprite, 6)).toEqual({ x: 4, y: 5 });
    // Two rows of five; a third does not fit.
    expect(tileAt(sprite, 10)).toBeNull();
  });
});

describe('bookmarks', () => {
  const bookmark: Bookmark = {
    label: 'here',
    method: 'tsne',
    dimensions: 2,
    components: [1, 0, 2],
    chosen: [3],
    isolated: [3, 4],
    view: [1, 2, 3, 0, 0, 0.5],
    color: 'digit',
    labelBy: null,
    ends: {},
    endsColumn: null,
  };

  it('come back as they were saved', () => {
    const saved = JSON.parse(
      JSON.stringify(writeBookmarks([bookmark, { ...bookmark, dimensions: 3, view: null }])),
    ) as unknown;
    expect(readBookmarks(saved, 10)).toEqual([bookmark, { ...bookmark, dimensions: 3, view: null }]);
  });

  it('keep custom axes, with the fields that TensorBoard has for them', () => {
    const custom: Bookmark = {
      ...bookmark,
      method: 'custom',
      dimensions: 3,
      ends: { left: 'man', up: '/^q/', front: [1, 3] },
      endsColumn: 'word',
    };
    const saved = JSON.parse(JSON.stringify(writeBookmarks([custom]))) as Record<string, unknown>[];
    expect(saved[0]).toMatchObject({
      selectedProjection: 'custom',
      customSelectedSearchByMetadataOption: 'word',
      customXLeftText: 'man',
      customXLeftRegex: false,
      customYUpText: '^q',
      customYUpRegex: true,
    });
    expect(readBookmarks(saved, 10)).toEqual([custom]);
    // Points that are not there any more.
    expect(readBookmarks(saved, 2)[0]?.ends.front).toEqual([1]);
  });

  it('of TensorBoard are read, without what is not there', () => {
    const state = {
      label: 'State 0',
      selectedProjection: 'pca',
      pcaComponentDimensions: [2, 3],
      selectedPoints: [1, 99, 'x', -1],
      cameraDef: { orthographic: true, position: { x: 0, y: 0, z: 1 }, target: { x: 0, y: 0 } },
    };
    expect(readBookmarks([state, 'no state', {}], 10)).toEqual([
      {
        label: 'State 0',
        method: 'pca',
        dimensions: 2,
        components: [2, 3, 2],
        chosen: [1],
        isolated: [],
        view: null,
        color: null,
        labelBy: null,
        ends: {},
        endsColumn: null,
      },
      {
        label: '2',
        method: 'pca',
        dimensions: 3,
        components: [0, 1, 2],
        chosen: [],
        isolated: [],
        view: null,
        color: null,
        labelBy: null,
        ends: {},
        endsColumn: null,
      },
    ]);
    // Its custom axes have two ends each and two dimensions, whatever its camera says.
    const custom = {
      selectedProjection: 'custom',
      customSelectedSearchByMetadataOption: 'label',
      customXLeftText: 'man',
      customXLeftRegex: false,
      customXRightText: '^wom',
      customXRightRegex: true,
      customYUpText: '',
      customYUpRegex: false,
      cameraDef: { orthographic: false },
    };
    const [read] = readBookmarks([custom], 10);
    expect([read?.method, read?.dimensions, read?.endsColumn]).toEqual(['custom', 2, 'label']);
    expect(read?.ends).toEqual({ left: 'man', right: '/^wom/' });
    expect(() => readBookmarks('x', 1)).toThrow('expected a list of bookmarks, got string');
  });
});
