// Bookmarks: views of an embedding, in the form in which TensorBoard's projector saves them.
import type { ProjectionMethod } from '$lib/api/model';
import { END_NAMES, type End, type EndName, type Ends, patternOf } from './axes';

export interface Bookmark {
  readonly label: string;
  readonly method: ProjectionMethod;
  readonly dimensions: 2 | 3;
  readonly components: readonly number[];
  readonly chosen: readonly number[];
  readonly isolated: readonly number[];
  /** Camera and target, six numbers; null: where all points are seen. */
  readonly view: readonly number[] | null;
  readonly color: string | null;
  readonly labelBy: string | null;
  /** Ends of custom axes, and the column that they are looked for in. */
  readonly ends: Ends;
  readonly endsColumn: string | null;
}

type Json = Record<string, unknown>;

const METHODS: readonly ProjectionMethod[] = ['pca', 'tsne', 'umap', 'custom'];
/** What TensorBoard calls the ends. It has no third axis, and no groups of points. */
const ENDS: Readonly<Record<EndName, string>> = {
  left: 'customXLeft',
  right: 'customXRight',
  down: 'customYDown',
  up: 'customYUp',
  back: 'customZBack',
  front: 'customZFront',
};
/** More bookmarks than these are no list that a person made. */
const MOST = 1_000;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function toPoints(value: unknown, count: number): number[] {
  if (!Array.isArray(value)) return [];
  return value.filter((point): point is number => Number.isInteger(point) && point >= 0 && point < count);
}

function toText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function toVector(value: unknown): number[] | null {
  if (!isObject(value)) return null;
  const numbers = [value['x'], value['y'], value['z']];
  return numbers.every((number): number is number => Number.isFinite(number)) ? (numbers as number[]) : null;
}

function toEnd(state: Json, name: string, count: number): End {
  const points = toPoints(state[`${name}Points`], count);
  if (points.length > 0) return points;
  const text = toText(state[`${name}Text`]);
  return text !== null && state[`${name}Regex`] === true ? `/${text}/` : text;
}

function fromEnd(end: End | undefined, name: string): Json {
  if (end == null) return {};
  if (typeof end !== 'string') return { [`${name}Points`]: [...end] };
  const pattern = patternOf(end);
  return { [`${name}Text`]: pattern ?? end, [`${name}Regex`]: pattern !== null };
}

/** Reads bookmarks; what is not there is as it is to begin with. Throws what is wrong when there are none. */
export function readBookmarks(json: unknown, count: number): Bookmark[] {
  const list = Array.isArray(json) ? json : isObject(json) ? [json] : null;
  if (!list) throw new Error(`expected a list of bookmarks, got ${json === null ? 'null' : typeof json}`);
  return list
    .slice(0, MOST)
    .filter(isObject)
    .map((state, index) => {
      const method = METHODS.find((item) => item === state['selectedProjection']) ?? 'pca';
      const is3d = is3dIn(state, method);
      const components = Array.isArray(state['pcaComponentDimensions'])
        ? state['pcaComponentDimensions']
        : [];
      const camera = isObject(state['cameraDef']) ? state['cameraDef'] : {};
      const [position, target] = [toVector(camera['position']), toVector(camera['target'])];
      const flat =
        is3d === false || (is3d === null && (camera['orthographic'] === true || components.length === 2));
      return {
        label: toText(state['label']) ?? `${index + 1}`,
        method,
        dimensions: flat ? 2 : 3,
        components: [0, 1, 2].map((axis) => {
          const component: unknown = components[axis];
          return Number.isInteger(component) ? (component as number) : axis;
        }),
        chosen: toPoints(state['selectedPoints'], count),
        isolated: toPoints(state['filteredPoints'], count),
        view: position && target ? [...position, ...target] : null,
        color: toText(state['selectedColorOptionName']),
        labelBy: toText(state['selectedLabelOption']),
        ends: Object.fromEntries(
          END_NAMES.flatMap((end) => {
            const value = toEnd(state, ENDS[end], count);
            return value === null ? [] : [[end, value]];
          }),
        ),
        endsColumn: toText(state['customSelectedSearchByMetadataOption']),
      };
    });
}

/** Whether a layout has three dimensions; null: its components or its camera say. */
function is3dIn(state: Json, method: ProjectionMethod): boolean | null {
  const told = { pca: null, tsne: state['tSNEis3d'], umap: state['umapIs3d'], custom: state['customIs3d'] }[
    method
  ];
  // TensorBoard's custom axes are two.
  return typeof told === 'boolean' ? told : method === 'custom' ? false : null;
}

/** The bookmarks as TensorBoard's projector reads them. */
export function writeBookmarks(bookmarks: readonly Bookmark[]): Json[] {
  const vector = (numbers: readonly number[]) => ({ x: numbers[0], y: numbers[1], z: numbers[2] });
  return bookmarks.map((bookmark) => {
    const { view } = bookmark;
    return {
      label: bookmark.label,
      selectedProjection: bookmark.method,
      tSNEis3d: bookmark.dimensions === 3,
      umapIs3d: bookmark.dimensions === 3,
      pcaComponentDimensions: bookmark.components.slice(0, bookmark.dimensions),
      selectedPoints: [...bookmark.chosen],
      filteredPoints: [...bookmark.isolated],
      ...(view && {
        cameraDef: {
          orthographic: bookmark.dimensions === 2,
          position: vector(view),
          target: vector(view.slice(3)),
          zoom: 1,
        },
      }),
      ...(bookmark.color !== null && { selectedColorOptionName: bookmark.color }),
      ...(bookmark.labelBy !== null && { selectedLabelOption: bookmark.labelBy }),
      ...(bookmark.method === 'custom' && { customIs3d: bookmark.dimensions === 3 }),
      ...(bookmark.endsColumn !== null && { customSelectedSearchByMetadataOption: bookmark.endsColumn }),
      ...Object.assign({}, ...END_NAMES.map((end) => fromEnd(bookmark.ends[end], ENDS[end]))),
    };
  });
}
