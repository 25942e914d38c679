// What is set on the Mesh dashboard, kept in the address.
import { PerCard } from '$lib/state/percard.svelte';
import { url } from '$lib/state/url.svelte';
import { StepSettings } from '$lib/widgets/chosen.svelte';
import { readView, writeView, type View } from './view';

export const DRAWN = ['surface', 'wireframe', 'points'] as const;
export type Drawn = (typeof DRAWN)[number];

export const UPS = ['y', 'z'] as const;
/** The axis that points up. */
export type Up = (typeof UPS)[number];

/** Diameter of a point in pixels. */
export const SIZE_LOW = 1;
export const SIZE_HIGH = 20;

class MeshSettings {
  readonly steps = new StepSettings('mesh');
  /** Which mesh of a batch a card shows. */
  readonly sample = new PerCard('mesh.sample');
  readonly #views = new PerCard('mesh.at');

  readonly #draw = $derived(DRAWN.find((one) => one === url.get('mesh.draw')) ?? 'surface');
  readonly #up = $derived(UPS.find((one) => one === url.get('mesh.up')) ?? 'y');
  readonly #colors = $derived(url.get('mesh.colors') !== '0');
  readonly #config = $derived(url.get('mesh.config') !== '0');
  readonly #link = $derived(url.get('mesh.linkcamera') === '1');
  readonly #superseded = $derived(url.get('mesh.superseded') === '1');
  readonly #view = $derived(readView(url.get('mesh.camera')));
  readonly #size = $derived.by(() => {
    const text = url.get('mesh.size');
    const size = Number(text);
    return text === null || !(size >= SIZE_LOW && size <= SIZE_HIGH) ? null : size;
  });

  get draw(): Drawn {
    return this.#draw;
  }
  set draw(draw: Drawn) {
    url.set('mesh.draw', draw === 'surface' ? null : draw);
  }
  get up(): Up {
    return this.#up;
  }
  set up(up: Up) {
    url.set('mesh.up', up === 'y' ? null : up);
  }
  /** Whether the logged colours of points are shown. */
  get colors(): boolean {
    return this.#colors;
  }
  set colors(on: boolean) {
    url.set('mesh.colors', on ? null : '0');
  }
  /** Whether the logged camera, lights and material are used. */
  get config(): boolean {
    return this.#config;
  }
  set config(on: boolean) {
    url.set('mesh.config', on ? null : '0');
  }
  /** Diameter of a point in pixels; null: as logged, or the usual one. */
  get size(): number | null {
    return this.#size;
  }
  set size(size: number | null) {
    url.set('mesh.size', size === null ? null : String(size));
  }
  /** Whether turning one card turns all. */
  get link(): boolean {
    return this.#link;
  }
  set link(on: boolean) {
    url.set('mesh.linkcamera', on ? '1' : null);
  }
  get superseded(): boolean {
    return this.#superseded;
  }
  set superseded(on: boolean) {
    url.set('mesh.superseded', on ? '1' : null);
    if (!on) this.steps.branch.clear();
  }

  /** From where a card looks; null: from where everything is seen, or as logged. */
  view(run: string, name: string): View | null {
    return this.#link ? this.#view : readView(this.#views.get(run, name));
  }
  setView(run: string, name: string, view: View | null): void {
    const text = view && writeView(view);
    if (this.#link) url.set('mesh.camera', text);
    else this.#views.set(run, name, text);
  }
  /** Whether any card has been turned. */
  get turned(): boolean {
    return url.get('mesh.camera') !== null || url.get('mesh.at') !== null;
  }
  /** Turns every card back. */
  resetViews(): void {
    url.set('mesh.camera', null);
    this.#views.clear();
  }
}

export const settings = new MeshSettings();
