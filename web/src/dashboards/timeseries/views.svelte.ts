// How each card is zoomed, and which vertical scale it has of its own; kept in the address.
import { SvelteMap } from 'svelte/reactivity';
import type { Extent, ScaleKind } from '$lib/charts/scales';
import { url } from '$lib/state/url.svelte';
import { SCALE_KINDS } from './settings.svelte';

/** Null: as far as the data reaches. */
export interface Zoom {
  x: Extent | null;
  y: Extent | null;
}

export const NOT_ZOOMED: Zoom = { x: null, y: null };

const SEPARATOR = '~';
const ADDRESS_DELAY_MS = 200;

function formatExtent(extent: Extent | null): string {
  return extent === null ? '' : extent.map((value) => String(Number(value.toPrecision(9)))).join('..');
}

function parseExtent(text: string | undefined): Extent | null {
  const [from, to] = (text ?? '').split('..').map((part) => (part === '' ? NaN : Number(part)));
  return from !== undefined && to !== undefined && Number.isFinite(from) && Number.isFinite(to) && from < to
    ? [from, to]
    : null;
}

export function formatZoom(card: string, zoom: Zoom): string {
  return [formatExtent(zoom.x), formatExtent(zoom.y), card].join(SEPARATOR);
}

export function parseZoom(text: string): { card: string; zoom: Zoom } | null {
  const [x, y, ...card] = text.split(SEPARATOR);
  if (card.length === 0) return null;
  return { card: card.join(SEPARATOR), zoom: { x: parseExtent(x), y: parseExtent(y) } };
}

class Views {
  readonly #zooms = new SvelteMap<string, Zoom>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #scales = new SvelteMap<string, ScaleKind>();

  constructor() {
    for (const text of url.all('zoom')) {
      const parsed = parseZoom(text);
      if (parsed) this.#zooms.set(parsed.card, parsed.zoom);
    }
    for (const text of url.all('cardscale')) {
      const [scale, ...card] = text.split(SEPARATOR);
      const kind = SCALE_KINDS.find((known) => known === scale);
      if (kind) this.#scales.set(card.join(SEPARATOR), kind);
    }
  }

  zoom(card: string): Zoom {
    return this.#zooms.get(card) ?? NOT_ZOOMED;
  }

  setZoom(card: string, zoom: Zoom): void {
    if (zoom.x === null && zoom.y === null) this.#zooms.delete(card);
    else this.#zooms.set(card, zoom);
    // Dragging changes a zoom at every frame; the address follows when it rests.
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      url.set(
        'zoom',
        [...this.#zooms].map(([name, one]) => formatZoom(name, one)),
      );
    }, ADDRESS_DELAY_MS);
  }

  /** Another horizontal axis has other numbers: horizontal zooms no longer mean anything. */
  forgetX(): void {
    for (const [card, zoom] of [...this.#zooms]) if (zoom.x) this.setZoom(card, { x: null, y: zoom.y });
  }

  /** The card's own vertical scale; null: the one of all cards. */
  yScale(card: string): ScaleKind | null {
    return this.#scales.get(card) ?? null;
  }

  setYScale(card: string, scale: ScaleKind | null): void {
    if (scale === null) this.#scales.delete(card);
    else this.#scales.set(card, scale);
    url.set(
      'cardscale',
      [...this.#scales].map(([name, kind]) => `${kind}${SEPARATOR}${name}`),
    );
  }
}

export const views = new Views();
