// What is set on the Projector dashboard, kept in the address.
import type { EmbeddingRef } from '$lib/api/client';
import type { Embedding, EmbeddingMetric, ProjectionMethod, ProjectionRequest } from '$lib/api/model';
import { snapshot } from '$lib/api/snapshot';
import { url } from '$lib/state/url.svelte';
import { PerCard } from '$lib/state/percard.svelte';
import { axesOf, columnInLinks, END_NAMES, type End, type EndName, type Ends } from './axes';
import { defaultLabel } from './columns';

export const METHODS: readonly ProjectionMethod[] = ['pca', 'tsne', 'umap', 'custom'];
export const METRICS: readonly EmbeddingMetric[] = ['cosine', 'euclidean'];
/** More points are not kept in the address. */
const MOST_KEPT = 200;

/** A number of a method: its name, what it may be, and what it is unless set. */
export interface Parameter {
  readonly id: 'perplexity' | 'learning_rate' | 'iterations' | 'neighbors' | 'min_dist';
  readonly min: number;
  readonly max: number;
  readonly step: number | 'any';
  /** Null: chosen by the server. */
  readonly normal: number | null;
}

export const PARAMETERS: Readonly<Record<ProjectionMethod, readonly Parameter[]>> = {
  pca: [],
  tsne: [
    { id: 'perplexity', min: 2, max: 500, step: 'any', normal: 30 },
    { id: 'learning_rate', min: 0.001, max: 1_000_000, step: 'any', normal: null },
    { id: 'iterations', min: 1, max: 100_000, step: 1, normal: 1_000 },
  ],
  umap: [
    { id: 'neighbors', min: 2, max: 200, step: 1, normal: 15 },
    { id: 'min_dist', min: 0, max: 1, step: 'any', normal: 0.1 },
    { id: 'iterations', min: 1, max: 100_000, step: 1, normal: null },
  ],
  custom: [],
};

function toInteger(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function toPoints(text: string | null): readonly number[] {
  return text === null || text === '' ? [] : text.split('.').flatMap((part) => toInteger(part) ?? []);
}

/** Points in the address; beside it where they are too many. */
class KeptPoints {
  readonly #name: string;
  #many = $state.raw<readonly number[] | null>(null);
  readonly #few = $derived.by(() => toPoints(url.get(this.#name)));

  constructor(name: string) {
    this.#name = name;
  }
  get points(): readonly number[] {
    return this.#many ?? this.#few;
  }
  set points(points: readonly number[]) {
    const isMany = points.length > MOST_KEPT;
    this.#many = isMany ? points : null;
    url.set(this.#name, isMany || points.length === 0 ? null : points.join('.'));
  }
}

class ProjectorSettings {
  readonly steps = new PerCard('projector.step');
  readonly #run = $derived(url.get('projector.run'));
  readonly #tag = $derived(url.get('projector.tag'));
  readonly #upload = $derived(snapshot ? null : url.get('projector.upload'));
  readonly #method = $derived<ProjectionMethod>(
    // Layouts are computed by the server.
    METHODS.find((item) => !snapshot && item === url.get('projector.method')) ?? 'pca',
  );
  readonly #dimensions = $derived<2 | 3>(url.get('projector.dim') === '2' ? 2 : 3);
  readonly #components = $derived.by(() => {
    const asked = url.all('projector.axis').map((text) => toInteger(text) ?? 0);
    return [0, 1, 2].map((axis) => asked[axis] ?? axis);
  });
  readonly #spherize = $derived(url.get('projector.spherize') === '1');
  readonly #seed = $derived(toInteger(url.get('projector.seed')) ?? 0);
  readonly #color = $derived(url.get('projector.color'));
  readonly #label = $derived(url.get('projector.label'));
  readonly #sprites = $derived(url.get('projector.sprites') !== 'off');
  readonly #metric = $derived<EmbeddingMetric>(
    METRICS.find((item) => item === url.get('projector.metric')) ?? 'cosine',
  );
  readonly #near = $derived(Math.min(1_000, Math.max(1, toInteger(url.get('projector.near')) ?? 20)));
  readonly #chosen = new KeptPoints('projector.points');
  readonly #isolated = new KeptPoints('projector.only');
  readonly #grouped = new Map(END_NAMES.map((end) => [end, new KeptPoints(`projector.${end}.points`)]));
  readonly #ends = $derived<Ends>(Object.fromEntries(END_NAMES.map((end) => [end, this.end(end)])));
  readonly #view = $derived.by(() => {
    const numbers = (url.get('projector.view') ?? '').split('_').map(Number);
    return numbers.length === 6 && numbers.every(Number.isFinite) ? numbers : null;
  });
  readonly #query = $derived(url.get('projector.find') ?? '');
  readonly #pattern = $derived(url.get('projector.regex') === '1');

  /** Null: the first there is. */
  get run(): string | null {
    return this.#run;
  }
  get tag(): string | null {
    return this.#tag;
  }
  /** Name of the files that were sent and are shown instead; null: none. */
  get upload(): string | null {
    return this.#upload;
  }
  /** Shows another embedding: of a run, or one that was sent. */
  show(what: { run: string; tag: string } | { upload: string }): void {
    url.set('projector.run', 'run' in what ? what.run : null);
    url.set('projector.tag', 'run' in what ? what.tag : null);
    url.set('projector.upload', 'upload' in what ? what.upload : null);
    this.chosen = this.isolated = [];
    for (const kept of this.#grouped.values()) kept.points = [];
    for (const part of ['view', 'color', 'label', 'in']) url.set(`projector.${part}`, null);
  }
  get method(): ProjectionMethod {
    return this.#method;
  }
  set method(method: ProjectionMethod) {
    url.set('projector.method', method === 'pca' ? null : method);
  }
  get dimensions(): 2 | 3 {
    return this.#dimensions;
  }
  set dimensions(dimensions: 2 | 3) {
    url.set('projector.dim', dimensions === 3 ? null : '2');
  }
  /** Which principal components the axes are. */
  get components(): readonly number[] {
    return this.#components;
  }
  setComponent(axis: number, component: number): void {
    const next = this.#components.map((old, i) => (i === axis ? component : old));
    url.set('projector.axis', next.every((item, i) => item === i) ? null : next.map(String));
  }
  /** One end of an axis of a custom projection. */
  end(name: EndName): End {
    const points = this.#grouped.get(name)?.points ?? [];
    return points.length > 0 ? points : url.get(`projector.${name}`);
  }
  setEnd(name: EndName, end: End): void {
    const isText = typeof end === 'string';
    url.set(`projector.${name}`, isText && end !== '' ? end : null);
    const kept = this.#grouped.get(name);
    if (kept) kept.points = isText || end === null ? [] : end;
  }
  get ends(): Ends {
    return this.#ends;
  }
  /** Name of the column that ends are looked for in, as links have it; null: the one that labels points by itself. */
  get endsColumn(): string | null {
    return url.get('projector.in');
  }
  set endsColumn(name: string | null) {
    url.set('projector.in', name);
  }
  /** Position of that column. */
  endsColumnOf({ columns }: Embedding): number {
    const at = this.endsColumn === null ? -1 : columnInLinks(columns, this.endsColumn);
    return at < 0 ? defaultLabel(columns) : at;
  }
  get spherize(): boolean {
    return this.#spherize;
  }
  set spherize(on: boolean) {
    url.set('projector.spherize', on ? '1' : null);
  }
  get seed(): number {
    return this.#seed;
  }
  set seed(seed: number) {
    url.set('projector.seed', seed === 0 ? null : String(seed));
  }
  parameter(parameter: Parameter): number | null {
    const text = url.get(`projector.${parameter.id}`);
    const value = text === null || text === '' ? NaN : Number(text);
    return value >= parameter.min && value <= parameter.max ? value : parameter.normal;
  }
  setParameter(parameter: Parameter, value: number | null): void {
    const text = value === null || value === parameter.normal ? null : String(value);
    url.set(`projector.${parameter.id}`, text);
  }
  /** Name of the column; null: chosen by what is in it; empty: none. */
  get color(): string | null {
    return this.#color;
  }
  set color(name: string | null) {
    url.set('projector.color', name);
  }
  get label(): string | null {
    return this.#label;
  }
  set label(name: string | null) {
    url.set('projector.label', name);
  }
  get sprites(): boolean {
    return this.#sprites;
  }
  set sprites(on: boolean) {
    url.set('projector.sprites', on ? null : 'off');
  }
  get metric(): EmbeddingMetric {
    return this.#metric;
  }
  set metric(metric: EmbeddingMetric) {
    url.set('projector.metric', metric === 'cosine' ? null : metric);
  }
  /** How many neighbours are shown. */
  get near(): number {
    return this.#near;
  }
  set near(count: number) {
    url.set('projector.near', count === 20 ? null : String(count));
  }
  /** Points that are chosen, in the order of choice. */
  get chosen(): readonly number[] {
    return this.#chosen.points;
  }
  set chosen(points: readonly number[]) {
    this.#chosen.points = points;
  }
  /** The points that alone are shown; empty: all. */
  get isolated(): readonly number[] {
    return this.#isolated.points;
  }
  set isolated(points: readonly number[]) {
    this.#isolated.points = points;
  }
  /** Camera and target; null: where all points are seen. */
  get view(): readonly number[] | null {
    return this.#view;
  }
  set view(view: readonly number[] | null) {
    url.set('projector.view', view && view.map((number) => String(Number(number.toFixed(3)))).join('_'));
  }
  get query(): string {
    return this.#query;
  }
  set query(query: string) {
    url.set('projector.find', query === '' ? null : query);
  }
  get pattern(): boolean {
    return this.#pattern;
  }
  set pattern(on: boolean) {
    url.set('projector.regex', on ? '1' : null);
  }

  /** What the server is asked for; components are chosen here, so that another choice asks for nothing. Null: nothing. */
  request(ref: EmbeddingRef, embedding: Embedding): ProjectionRequest | null {
    const request: ProjectionRequest = { ...ref, method: this.method, spherize: this.spherize };
    if (this.method === 'custom') {
      const axes = axesOf(this.ends, this.dimensions, embedding.points);
      if (!axes) return null;
      const column = embedding.columns[this.endsColumnOf(embedding)];
      return { ...request, axes, ...(column && { column: column.name }) };
    }
    if (this.method !== 'pca') {
      request.dimensions = this.dimensions;
      request.seed = this.seed;
      for (const parameter of PARAMETERS[this.method]) {
        const value = this.parameter(parameter);
        if (value !== null && value !== parameter.normal) request[parameter.id] = value;
      }
    }
    return request;
  }
}

export const settings = new ProjectorSettings();
