// What the controls of Time series say. The address holds all of it, so that a link reopens the same view;
// a page opened without any of it takes what this browser remembers.
import type { Smoothing, XAxis } from '$lib/api/model';
import { snapshot } from '$lib/api/snapshot';
import type { ScaleKind } from '$lib/charts/scales';
import { linked } from '$lib/state/linked.svelte';
import { readSetting, writeSetting } from '$lib/state/settings';
import { url } from '$lib/state/url.svelte';

export type SmoothingMethod = Smoothing['method'];
export type TooltipSort = 'nearest' | 'ascending' | 'descending' | 'name';

export const SMOOTHING_METHODS: readonly SmoothingMethod[] = [
  'exponential',
  'time_weighted',
  'gaussian',
  'running_mean',
];
export const TOOLTIP_SORTS: readonly TooltipSort[] = ['nearest', 'ascending', 'descending', 'name'];
export const SCALE_KINDS: readonly ScaleKind[] = ['linear', 'log', 'symlog'];
export const COLUMN_COUNTS = [2, 3, 4] as const;

/** Smoothing slider: the largest weight, and its meaning for the methods that take points. */
export const WEIGHT_MAX = 0.999;
export const WEIGHT_DEFAULT = 0.6;

/**
 * What the slider's weight asks of each method. The exponential average with weight w has the mean age
 * w / (1 - w) points; the kernel methods take that as their size, so that switching keeps the strength.
 */
export function smoothingOf(method: SmoothingMethod, weight: number): Smoothing | null {
  if (weight <= 0) return null;
  const points = weight / (1 - weight);
  switch (method) {
    case 'exponential':
    case 'time_weighted':
      return { method, weight };
    case 'gaussian':
      return { method, sigma: points };
    case 'running_mean':
      return { method, window: Math.max(1, 2 * Math.round(points) + 1) };
  }
}

/** Of the weights that a snapshot was made with, and of none, the one nearest to `weight`. */
export function nearestWeight(weight: number, weights: readonly number[]): number {
  return [0, ...weights].reduce((best, other) =>
    Math.abs(other - weight) < Math.abs(best - weight) ? other : best,
  );
}

interface Codec<T> {
  parse: (text: string) => T | null;
  format: (value: T) => string;
}

const oneOf = <T extends string>(values: readonly T[]): Codec<T> => ({
  parse: (text) => values.find((value) => value === text) ?? null,
  format: (value) => value,
});
const flag: Codec<boolean> = {
  parse: (text) => (text === '1' ? true : text === '0' ? false : null),
  format: (on) => (on ? '1' : '0'),
};
const number = (min: number, max: number): Codec<number> => ({
  parse: (text) => {
    const value = Number(text);
    return text !== '' && Number.isFinite(value) ? Math.min(max, Math.max(min, value)) : null;
  },
  format: String,
});

class Setting<T extends string | number | boolean> {
  readonly #current: T;
  constructor(
    private readonly name: string,
    private readonly fallback: T,
    private readonly codec: Codec<T>,
  ) {
    this.#current = $derived.by(() => {
      const text = url.get(name);
      return (text === null ? null : codec.parse(text)) ?? fallback;
    });
  }
  get value(): T {
    return this.#current;
  }
  set value(value: T) {
    const text = this.codec.format(value);
    writeSetting(`timeseries.${this.name}`, text);
    url.set(this.name, value === this.fallback ? null : text);
  }
  /** Takes what this browser remembers. */
  recall(): void {
    const kept = this.codec.parse(String(readSetting<unknown>(`timeseries.${this.name}`, '')));
    if (kept !== null) this.value = kept;
  }
}

class Settings {
  readonly smoothing = new Setting('smoothing', WEIGHT_DEFAULT, number(0, WEIGHT_MAX));
  readonly method = new Setting<SmoothingMethod>('method', 'exponential', oneOf(SMOOTHING_METHODS));
  readonly xScale = new Setting<ScaleKind>('xscale', 'linear', oneOf(SCALE_KINDS));
  readonly yScale = new Setting<ScaleKind>('yscale', 'linear', oneOf(SCALE_KINDS));
  readonly ignoreOutliers = new Setting('outliers', true, flag);
  readonly columns = new Setting('columns', 3, number(1, 6));
  readonly tooltipSort = new Setting<TooltipSort>('tooltip', 'nearest', oneOf(TOOLTIP_SORTS));
  /** 0: no limit. */
  readonly tooltipRows = new Setting('rows', 12, number(0, 1000));
  readonly discarded = new Setting('discarded', false, flag);
  readonly partition = new Setting('partition', false, flag);
  readonly cursor = new Setting('cursor', false, flag);

  /** Whether the step cursor is shown: also when a step was picked on another dashboard. */
  readonly cursorOn = $derived(this.cursor.value || linked.step !== null || linked.range !== null);

  /** `step`, `relative`, `wall`, or `tag:` and the tag of a scalar. */
  readonly #xText = $derived(url.get('x') ?? 'step');
  readonly xAxis = $derived.by<XAxis>(() => {
    const text = this.#xText;
    if (text === 'relative' || text === 'wall') return { kind: text };
    if (text.startsWith('tag:') && !snapshot) return { kind: 'tag', tag: text.slice(4) };
    return { kind: 'step' };
  });

  setXAxis(axis: XAxis): void {
    url.set('x', axis.kind === 'step' ? null : axis.kind === 'tag' ? `tag:${axis.tag}` : axis.kind);
  }

  recall(): void {
    const all = [
      this.smoothing,
      this.method,
      this.xScale,
      this.yScale,
      this.ignoreOutliers,
      this.columns,
      this.tooltipSort,
      this.tooltipRows,
      this.discarded,
      this.partition,
      this.cursor,
    ];
    for (const setting of all) setting.recall();
  }

  /** The weight that is in use: in a snapshot one of those it was made with. */
  readonly weight = $derived(
    snapshot ? nearestWeight(this.smoothing.value, snapshot.smoothing) : this.smoothing.value,
  );
  readonly smoothingQuery = $derived(smoothingOf(snapshot ? 'exponential' : this.method.value, this.weight));
}

export const settings = new Settings();

if (url.isBare) settings.recall();
