// What is set on the Profile dashboard, kept in the address.
import type { TraceSort } from '$lib/api/model';
import { url } from '$lib/state/url.svelte';

export const VIEWS = ['overview', 'operators', 'kernels', 'timeline'] as const;
export type View = (typeof VIEWS)[number];

export const COLORINGS = ['name', 'category'] as const;
export type Coloring = (typeof COLORINGS)[number];

export const SORTS: readonly TraceSort[] = [
  'name',
  'category',
  'calls',
  'self',
  'total',
  'mean',
  'min',
  'max',
  'device_self',
  'device_total',
  'occupancy',
  'blocks',
];

/** A part of the timeline, nanoseconds. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

class ProfileSettings {
  // Derived, so that only a change of their own is one: a getter that reads the address would change with all of it.
  readonly #path = $derived(url.get('profile'));
  readonly #view = $derived<View>(VIEWS.find((item) => item === url.get('profile.view')) ?? VIEWS[0]);
  readonly #step = $derived.by(() => {
    const text = url.get('profile.step');
    return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : null;
  });
  readonly #sort = $derived<TraceSort | null>(SORTS.find((item) => item === url.get('profile.sort')) ?? null);
  readonly #ascending = $derived(url.get('profile.asc') === '1');
  readonly #category = $derived(url.get('profile.category'));
  readonly #find = $derived(url.get('profile.find') ?? '');
  readonly #coloring = $derived<Coloring>(
    COLORINGS.find((item) => item === url.get('profile.color')) ?? COLORINGS[0],
  );
  readonly #event = $derived.by(() => {
    const text = url.get('profile.event');
    return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
  });
  readonly #range = $derived.by((): Range | null => {
    const [from, to] = url.all('profile.range').map(Number);
    return from !== undefined && to !== undefined && from < to ? { from, to } : null;
  });

  /** Path of the trace; null: the first there is. */
  get path(): string | null {
    return this.#path;
  }
  set path(path: string | null) {
    url.set('profile', path);
  }
  get view(): View {
    return this.#view;
  }
  set view(view: View) {
    url.set('profile.view', view === VIEWS[0] ? null : view);
  }
  /** Position of the step that tables are limited to. */
  get step(): number | null {
    return this.#step;
  }
  set step(step: number | null) {
    url.set('profile.step', step === null ? null : String(step));
  }
  /** What the table is sorted by; null: as each table does by itself. */
  get sort(): TraceSort | null {
    return this.#sort;
  }
  set sort(sort: TraceSort | null) {
    url.set('profile.sort', sort);
  }
  get ascending(): boolean {
    return this.#ascending;
  }
  set ascending(on: boolean) {
    url.set('profile.asc', on ? '1' : null);
  }
  /** Category of the operators; null: the usual one, empty: all. */
  get category(): string | null {
    return this.#category;
  }
  set category(category: string | null) {
    url.set('profile.category', category);
  }
  /** What names have to contain. */
  get find(): string {
    return this.#find;
  }
  set find(text: string) {
    url.set('profile.find', text === '' ? null : text);
  }
  get coloring(): Coloring {
    return this.#coloring;
  }
  set coloring(coloring: Coloring) {
    url.set('profile.color', coloring === COLORINGS[0] ? null : coloring);
  }
  /** Number of the chosen event. */
  get event(): number | null {
    return this.#event;
  }
  set event(event: number | null) {
    url.set('profile.event', event === null ? null : String(event));
  }
  /** The part of the timeline that is shown; null: all of it. */
  get range(): Range | null {
    return this.#range;
  }
  set range(range: Range | null) {
    url.set('profile.range', range && [String(Math.round(range.from)), String(Math.round(range.to))]);
  }
}

export const settings = new ProfileSettings();
