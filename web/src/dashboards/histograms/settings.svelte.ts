// What is set on the Histograms and Distributions dashboards, kept in the address.
import { COLOR_MAP_NAMES } from '$lib/charts/colormap';
import { snapshot } from '$lib/api/snapshot';
import { url } from '$lib/state/url.svelte';
import { TIME_AXES, type TimeAxis } from './axis';
import type { HeatColors } from './draw';
import type { HeatScale } from './heatmap';

export const MODES = ['offset', 'overlay', 'heat'] as const;
export type Mode = (typeof MODES)[number];
export const BIN_COUNTS = [10, 20, 30, 50, 100, 200] as const;
export const HEAT_SCALES: readonly HeatScale[] = ['linear', 'sqrt', 'log'];
export const HEAT_COLORS: readonly HeatColors[] = ['run', ...COLOR_MAP_NAMES];
/** As TensorBoard. */
export const BINS_DEFAULT = 30;

/** One of the allowed values as written in the address, or the fallback. */
function oneOf<T extends string>(allowed: readonly T[], name: string, fallback: T): T {
  const text = url.get(name);
  return allowed.find((value) => value === text) ?? fallback;
}

class HistogramSettings {
  readonly #mode = $derived(oneOf(MODES, 'hist.mode', 'offset'));
  readonly #axis = $derived(oneOf(TIME_AXES, 'hist.axis', 'step'));
  readonly #scale = $derived(oneOf(HEAT_SCALES, 'hist.scale', 'sqrt'));
  readonly #colors = $derived(oneOf(HEAT_COLORS, 'hist.colors', 'run'));
  readonly #bins = $derived(
    BIN_COUNTS.find((count) => !snapshot && String(count) === url.get('hist.bins')) ?? BINS_DEFAULT,
  );

  get mode(): Mode {
    return this.#mode;
  }
  set mode(mode: Mode) {
    url.set('hist.mode', mode === 'offset' ? null : mode);
  }
  /** Shared by both dashboards. */
  get axis(): TimeAxis {
    return this.#axis;
  }
  set axis(axis: TimeAxis) {
    url.set('hist.axis', axis === 'step' ? null : axis);
  }
  /** Number of common bins. */
  get bins(): number {
    return this.#bins;
  }
  set bins(bins: number) {
    url.set('hist.bins', bins === BINS_DEFAULT ? null : String(bins));
  }
  get scale(): HeatScale {
    return this.#scale;
  }
  set scale(scale: HeatScale) {
    url.set('hist.scale', scale === 'sqrt' ? null : scale);
  }
  get colors(): HeatColors {
    return this.#colors;
  }
  set colors(colors: HeatColors) {
    url.set('hist.colors', colors === 'run' ? null : colors);
  }
}

export const settings = new HistogramSettings();
