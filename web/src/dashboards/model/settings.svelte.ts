// What is set on the Model page, kept in the address.
import type { GraphSource } from '$lib/api/model';
import { url } from '$lib/state/url.svelte';

/** A model file of the log directory, or one that was sent. */
export interface ModelRef {
  readonly source: GraphSource;
  readonly name: string;
}

/** What can be shown. */
export const PARTS = ['cam', 'saliency', 'features', 'kernels', 'maximize'] as const;
export type Part = (typeof PARTS)[number];

/** Saliency and the grids have colour maps of their own, which the server applies. */
export const RESHAPES = ['none', 'vit', 'swin'] as const;
export type Reshape = (typeof RESHAPES)[number];

const DEFAULT_CAM = ['grad-cam'];
const DEFAULT_SALIENCY = ['gradient'];
export const DEFAULT_COLORS = {
  cam: 'jet',
  saliency: 'viridis',
  features: 'viridis',
  kernels: 'bwr',
} as const;
export type Colored = keyof typeof DEFAULT_COLORS;

/** A number that a saliency method takes: its name, the method, what it may be, and what it is unless set. */
export interface Amount {
  readonly id: 'samples' | 'points' | 'window' | 'stride';
  /** What the server calls it. */
  readonly parameter: 'samples' | 'steps' | 'window' | 'stride';
  readonly method: string;
  readonly max: number;
  readonly normal: number;
}

export const AMOUNTS: readonly Amount[] = [
  { id: 'samples', parameter: 'samples', method: 'smooth-grad', max: 2_000, normal: 50 },
  { id: 'points', parameter: 'steps', method: 'integrated-gradients', max: 2_000, normal: 50 },
  { id: 'window', parameter: 'window', method: 'occlusion', max: 2_048, normal: 15 },
  { id: 'stride', parameter: 'stride', method: 'occlusion', max: 2_048, normal: 8 },
];

function numbers(texts: readonly string[]): number[] {
  return texts.map(Number).filter((number) => Number.isInteger(number) && number >= 0);
}

function decimals(text: string | null): number[] {
  const parts = (text ?? '').split(',').filter((part) => part.trim() !== '');
  const found = parts.map(Number);
  return found.every(Number.isFinite) ? found : [];
}

/** A number of the address within bounds, or the default. */
function number(name: string, fallback: number, min: number, max: number): number {
  const text = url.get(name);
  const value = Number(text);
  return text === null || text === '' || !Number.isFinite(value)
    ? fallback
    : Math.min(max, Math.max(min, value));
}

function setNumber(name: string, value: number, fallback: number): void {
  url.set(name, value === fallback ? null : String(value));
}

class ModelSettings {
  readonly #ref = $derived.by((): ModelRef | null => {
    const [source, name] = url.all('model');
    return (source === 'file' || source === 'upload') && name !== undefined ? { source, name } : null;
  });
  readonly #input = $derived(url.get('model.input') ?? '');
  readonly #picture = $derived(url.get('model.picture') ?? '');
  readonly #find = $derived(url.get('model.find') ?? '');
  readonly #layers = $derived(url.all('model.layer'));
  readonly #classes = $derived(numbers(url.all('model.class')));
  readonly #parts = $derived.by((): readonly Part[] => {
    const named = url.all('model.show');
    return named.length === 0 ? ['cam'] : PARTS.filter((part) => named.includes(part));
  });
  readonly #methods = $derived(url.all('model.method'));
  readonly #saliency = $derived(url.all('model.saliency'));
  readonly #opacity = $derived(number('model.opacity', 0.5, 0, 1));
  readonly #limit = $derived(number('model.maps', 100, 1, 1024));
  readonly #mean = $derived(decimals(url.get('model.mean')));
  readonly #std = $derived(decimals(url.get('model.std')));
  readonly #size = $derived(url.get('model.size') ?? '');
  readonly #reshape = $derived<Reshape>(
    RESHAPES.find((item) => item === url.get('model.reshape')) ?? RESHAPES[0],
  );
  readonly #aug = $derived(url.get('model.aug') === '1');
  readonly #eigen = $derived(url.get('model.eigen') === '1');
  readonly #oneScale = $derived(url.get('model.scale') === 'one');
  readonly #filters = $derived(numbers(url.all('model.filter')));
  readonly #steps = $derived(number('model.steps', 30, 1, 2000));
  readonly #rate = $derived(number('model.rate', 1, 0, 1000));
  readonly #jitter = $derived(number('model.jitter', 0, 0, 64));
  readonly #blur = $derived(number('model.blur', 0, 0, 16));
  readonly #decay = $derived(number('model.decay', 0, 0, 1));
  readonly #dream = $derived(url.get('model.dream') === '1');

  /** Which model; null: the first there is. */
  get ref(): ModelRef | null {
    return this.#ref;
  }
  /** Another model has other layers and classes. */
  set ref(ref: ModelRef | null) {
    url.set('model', ref && [ref.source, ref.name]);
    for (const name of ['input', 'layer', 'class', 'filter', 'mean', 'std', 'size'])
      url.set(`model.${name}`, null);
  }
  /** Shapes of the inputs for the table; empty: those of the file. */
  get input(): string {
    return this.#input;
  }
  set input(text: string) {
    url.set('model.input', text === '' ? null : text);
  }
  /** Name of the picture in the server's memory; empty for none. */
  get picture(): string {
    return this.#picture;
  }
  set picture(name: string) {
    url.set('model.picture', name === '' ? null : name);
  }
  /** A path in the model of which the layer is to be chosen once the table is there; empty for none. */
  get find(): string {
    return this.#find;
  }
  set find(path: string) {
    url.set('model.find', path === '' ? null : path);
  }
  get layers(): readonly string[] {
    return this.#layers;
  }
  set layers(paths: readonly string[]) {
    url.set('model.layer', paths);
  }
  /** Classes that are asked about; none: the top class. */
  get classes(): readonly number[] {
    return this.#classes;
  }
  set classes(classes: readonly number[]) {
    url.set('model.class', classes.map(String));
  }
  get parts(): readonly Part[] {
    return this.#parts;
  }
  set parts(parts: readonly Part[]) {
    // None at all is different from what is shown at first.
    url.set('model.show', parts.length === 0 ? ['none'] : parts);
  }
  get methods(): readonly string[] {
    return this.#methods.length === 0 ? DEFAULT_CAM : this.#methods;
  }
  set methods(names: readonly string[]) {
    url.set('model.method', names.join() === DEFAULT_CAM.join() ? null : names);
  }
  get saliency(): readonly string[] {
    return this.#saliency.length === 0 ? DEFAULT_SALIENCY : this.#saliency;
  }
  set saliency(names: readonly string[]) {
    url.set('model.saliency', names.join() === DEFAULT_SALIENCY.join() ? null : names);
  }
  amount({ id, max, normal }: Amount): number {
    return Math.round(number(`model.${id}`, normal, 1, max));
  }
  setAmount({ id, normal }: Amount, value: number | null): void {
    setNumber(`model.${id}`, Math.round(value ?? normal), normal);
  }
  /** What the methods that are chosen take. */
  get amounts(): Partial<Record<Amount['parameter'], number>> {
    const used = AMOUNTS.filter(({ method }) => this.saliency.includes(method));
    return Object.fromEntries(used.map((one) => [one.parameter, this.amount(one)]));
  }
  colors(part: Colored): string {
    return url.get(`model.colors.${part}`) ?? DEFAULT_COLORS[part];
  }
  setColors(part: Colored, name: string): void {
    url.set(`model.colors.${part}`, name === DEFAULT_COLORS[part] ? null : name);
  }
  get opacity(): number {
    return this.#opacity;
  }
  set opacity(opacity: number) {
    setNumber('model.opacity', opacity, 0.5);
  }
  /** Most kernels and maps that are shown of a layer. */
  get limit(): number {
    return this.#limit;
  }
  set limit(limit: number) {
    setNumber('model.maps', limit, 100);
  }
  /** Empty: the model's. */
  get mean(): readonly number[] {
    return this.#mean;
  }
  set mean(mean: readonly number[]) {
    url.set('model.mean', mean.length === 0 ? null : mean.join(','));
  }
  get std(): readonly number[] {
    return this.#std;
  }
  set std(std: readonly number[]) {
    url.set('model.std', std.length === 0 ? null : std.join(','));
  }
  /** `H×W` as typed; empty: the model's. */
  get size(): string {
    return this.#size;
  }
  set size(size: string) {
    url.set('model.size', size === '' ? null : size);
  }
  get reshape(): Reshape {
    return this.#reshape;
  }
  set reshape(reshape: Reshape) {
    url.set('model.reshape', reshape === RESHAPES[0] ? null : reshape);
  }
  get aug(): boolean {
    return this.#aug;
  }
  set aug(on: boolean) {
    url.set('model.aug', on ? '1' : null);
  }
  get eigen(): boolean {
    return this.#eigen;
  }
  set eigen(on: boolean) {
    url.set('model.eigen', on ? '1' : null);
  }
  get oneScale(): boolean {
    return this.#oneScale;
  }
  set oneScale(on: boolean) {
    url.set('model.scale', on ? 'one' : null);
  }
  /** Filters of the first chosen layer that are maximized; none: the classes, or all of the layer. */
  get filters(): readonly number[] {
    return this.#filters;
  }
  set filters(filters: readonly number[]) {
    url.set('model.filter', filters.map(String));
  }
  get steps(): number {
    return this.#steps;
  }
  set steps(steps: number) {
    setNumber('model.steps', steps, 30);
  }
  get rate(): number {
    return this.#rate;
  }
  set rate(rate: number) {
    setNumber('model.rate', rate, 1);
  }
  get jitter(): number {
    return this.#jitter;
  }
  set jitter(jitter: number) {
    setNumber('model.jitter', jitter, 0);
  }
  get blur(): number {
    return this.#blur;
  }
  set blur(blur: number) {
    setNumber('model.blur', blur, 0);
  }
  get decay(): number {
    return this.#decay;
  }
  set decay(decay: number) {
    setNumber('model.decay', decay, 0);
  }
  /** Whether maximization begins with the picture. */
  get dream(): boolean {
    return this.#dream;
  }
  set dream(on: boolean) {
    url.set('model.dream', on ? '1' : null);
  }
}

export const settings = new ModelSettings();
