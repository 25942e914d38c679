// What is set on the Graph dashboard, kept in the address.
import type { GraphRef } from '$lib/api/client';
import type { GraphSource } from '$lib/api/model';
import { url } from '$lib/state/url.svelte';
import { DIRECTIONS, type Direction } from './scene';

export const COLORINGS = ['type', 'parameters', 'mult_adds', 'device', 'time', 'memory'] as const;
export type Coloring = (typeof COLORINGS)[number];

const SOURCES: readonly GraphSource[] = ['run', 'keras', 'trace', 'file', 'upload'];

class GraphSettings {
  readonly #ref = $derived.by((): GraphRef | null => {
    const [source, name, tag] = url.all('graph');
    const known = SOURCES.find((item) => item === source);
    return known && name !== undefined ? { source: known, name, tag: tag ?? '' } : null;
  });
  readonly #direction = $derived<Direction>(
    DIRECTIONS.find((item) => item === url.get('graph.dir')) ?? DIRECTIONS[0],
  );
  readonly #coloring = $derived<Coloring>(
    COLORINGS.find((item) => item === url.get('graph.color')) ?? COLORINGS[0],
  );

  // Derived, so that only a change of their own is one: a getter that reads the address would change with all of it.
  readonly #tidy = $derived(url.get('graph.tidy') !== 'off');
  readonly #traces = $derived(url.get('graph.trace') === '1');
  readonly #metadata = $derived(url.get('graph.metadata') ?? '');
  readonly #chosen = $derived(url.get('graph.node') ?? '');

  /** Which graph; null: the first there is. */
  get ref(): GraphRef | null {
    return this.#ref;
  }
  set ref(ref: GraphRef | null) {
    url.set('graph', ref && [ref.source, ref.name, ...(ref.tag === '' ? [] : [ref.tag])]);
  }
  get direction(): Direction {
    return this.#direction;
  }
  set direction(direction: Direction) {
    url.set('graph.dir', direction === DIRECTIONS[0] ? null : direction);
  }
  get coloring(): Coloring {
    return this.#coloring;
  }
  set coloring(coloring: Coloring) {
    url.set('graph.color', coloring === COLORINGS[0] ? null : coloring);
  }
  /** Whether parameters and the like are left out. */
  get tidy(): boolean {
    return this.#tidy;
  }
  set tidy(on: boolean) {
    url.set('graph.tidy', on ? null : 'off');
  }
  /** Whether everything that the chosen node depends on is shown. */
  get traces(): boolean {
    return this.#traces;
  }
  set traces(on: boolean) {
    url.set('graph.trace', on ? '1' : null);
  }
  /** Tag of run metadata; empty for none. */
  get metadata(): string {
    return this.#metadata;
  }
  set metadata(tag: string) {
    url.set('graph.metadata', tag === '' ? null : tag);
  }
  /** Path of the chosen node; empty for none. */
  get chosen(): string {
    return this.#chosen;
  }
  set chosen(path: string) {
    url.set('graph.node', path === '' ? null : path);
  }
}

export const settings = new GraphSettings();
