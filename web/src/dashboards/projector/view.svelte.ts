// What is seen of an embedding: where its points are, their colours, names and states.
import { chartTheme } from '$lib/charts/theme.svelte';
import { channels } from '$lib/format/colors';
import { t } from '$lib/i18n/index.svelte';
import { theme } from '$lib/state/theme.svelte';
import { AXES } from './axes';
import { coloringOf, colorsOf, defaultColor, defaultLabel } from './columns';
import type { Label } from './draw';
import { hasPlace, placed } from './layout';
import type { Loaded } from './loaded.svelte';
import { Projection, STARTS_ALONE } from './projection.svelte';
import { CHOSEN, FADED, HIDDEN, NEAR, NORMAL } from './screen';
import { settings } from './settings.svelte';
import type { Table } from './table';

/** Labels that are drawn at once. */
const MOST_LABELS = 60;

/** Made where a component begins: it ends with it. */
export class View {
  readonly #loaded: Loaded;
  readonly projection = new Projection();
  /** The point under the pointer; -1: none. */
  hovered = $state(-1);

  readonly columns = $derived.by(() => this.#loaded.embedding?.columns ?? []);
  /** Positions of the columns that colour and name the points; -1: none. */
  readonly colorBy = $derived.by(() => this.#columnOf(settings.color, defaultColor(this.columns)));
  readonly labelBy = $derived.by(() => this.#columnOf(settings.label, defaultLabel(this.columns)));
  readonly coloring = $derived.by(() => coloringOf(this.columns[this.colorBy], theme.dark));
  /** What the server is asked for; null: nothing. */
  readonly request = $derived.by(() => {
    const { ref, embedding } = this.#loaded;
    return ref && embedding ? settings.request(ref, embedding) : null;
  });
  /** Differs when the points do. */
  readonly #version = $derived.by(() => {
    const { points = 0, dimensions = 0 } = this.#loaded.embedding ?? {};
    return `${points}×${dimensions}`;
  });
  /** PCA: share of the variance along each component. */
  readonly components = $derived.by(() =>
    settings.method === 'pca' ? (this.projection.coordinates?.ratio ?? []) : [],
  );
  /** Which of the coordinates are seen. */
  readonly axes = $derived.by(() =>
    (settings.method === 'pca' ? settings.components : [0, 1, 2]).slice(0, settings.dimensions),
  );
  readonly places = $derived.by(() => {
    const { coordinates } = this.projection;
    return coordinates ? placed(coordinates, this.axes) : new Float32Array(0);
  });
  readonly colors = $derived.by(() => {
    const { accent, faint } = chartTheme();
    const count = this.places.length / 3;
    return colorsOf(this.coloring, this.columns[this.colorBy], count, channels(accent), channels(faint));
  });
  readonly states = $derived.by(() => {
    const { chosen, isolated, one, near } = this.#loaded;
    const count = this.places.length / 3;
    const dims = chosen.length > 0;
    const states = new Uint8Array(count).fill(isolated.length > 0 ? HIDDEN : dims ? FADED : NORMAL);
    for (const point of isolated) states[point] = dims ? FADED : NORMAL;
    const raise = (point: number, state: number) => {
      if (states[point] !== HIDDEN) states[point] = state;
    };
    if (one !== null) for (const point of near?.points ?? []) raise(point, NEAR);
    for (const point of chosen) raise(point, CHOSEN);
    for (let point = 0; point < count; point++) if (!hasPlace(this.places, point)) states[point] = HIDDEN;
    return states;
  });
  readonly labels = $derived.by((): Label[] => {
    const { chosen, one, near } = this.#loaded;
    const points = new Set<number>();
    if (this.hovered >= 0 && this.hovered < this.states.length) points.add(this.hovered);
    for (const point of chosen.slice(0, MOST_LABELS)) points.add(point);
    if (one !== null) for (const point of near?.points.slice(0, MOST_LABELS) ?? []) points.add(point);
    return [...points]
      .filter((point) => this.states[point] !== HIDDEN)
      .map((point) => ({ point, text: this.labelOf(point) }));
  });

  constructor(loaded: Loaded) {
    this.#loaded = loaded;
    $effect(() => {
      if (!this.request) {
        this.projection.clear();
        return;
      }
      const { method } = this.request;
      const isQuick = method === 'pca' || method === 'custom';
      const alone = isQuick || (this.#loaded.embedding?.points ?? 0) <= STARTS_ALONE;
      this.projection.show(this.request, this.#version, alone);
    });
    $effect(() => () => this.projection.clear());
  }

  /** Starts a projection that waits for a person, or makes it again. */
  start(): void {
    if (this.request) this.projection.start(this.request, this.#version);
  }

  columnName = (index: number): string => this.columns[index]?.name || t('projector.column.only');

  labelOf = (point: number): string =>
    this.columns[this.labelBy]?.values[point] || t('projector.point', { n: point });

  /** The points that are shown, with what is known of them. */
  table(): Table {
    const { coordinates } = this.projection;
    const names = settings.method === 'pca' ? this.axes.map((axis) => `pc${axis + 1}`) : AXES;
    const rows: (string | number)[][] = [];
    for (let point = 0; coordinates && point < this.states.length; point++) {
      if (this.states[point] === HIDDEN) continue;
      const { width, numbers } = coordinates;
      rows.push([
        point,
        ...this.axes.map((axis) => numbers[point * width + axis] ?? NaN),
        ...this.columns.map(({ values }) => values[point] ?? ''),
      ]);
    }
    const columns = this.columns.map((_, index) => this.columnName(index));
    return { names: ['point', ...names.slice(0, this.axes.length), ...columns], rows };
  }

  #columnOf(name: string | null, otherwise: number): number {
    if (name === null) return otherwise;
    return this.columns.findIndex((_, index) => this.columnName(index) === name);
  }
}
