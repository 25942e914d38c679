// What is set on the Hyperparameters dashboard, kept in the address.
import type { MetricRef } from '$lib/api/model';
import { AGGREGATIONS, metricKey, metricOf, type Aggregation } from '$lib/hparams/values';
import { url } from '$lib/state/url.svelte';
import { formatFilter, isIdle, NO_FILTER, parseFilter, type Filter } from './filters';
import { AXIS_SCALES, type AxisScale } from './axis';

export const VIEWS = ['table', 'parallel', 'scatter', 'importance'] as const;
/** Colours of the runs instead of a metric's. */
export const BY_RUN = 'run';
export type View = (typeof VIEWS)[number];

class HparamSettings {
  readonly #view = $derived(VIEWS.find((view) => view === url.get('hp.view')) ?? 'table');
  readonly #aggregation = $derived(AGGREGATIONS.find((one) => one === url.get('hp.agg')) ?? 'last');
  readonly #hidden = $derived(new Set(url.all('hp.hide')));
  readonly #metrics = $derived(
    url.all('hp.metric').flatMap((key) => {
      const metric = metricOf(key);
      return metric ? [metric] : [];
    }),
  );
  readonly #sort = $derived.by(() => {
    const text = url.get('hp.sort');
    if (text === null || text.length < 2) return null;
    return { key: text.slice(1), descending: text.startsWith('-') };
  });
  readonly #filters = $derived(
    new Map(
      url.all('hp.filter').flatMap((text) => {
        const one = parseFilter(text);
        return one ? [one] : [];
      }),
    ),
  );
  readonly #order = $derived(url.all('hp.order'));
  readonly #scales = $derived(
    new Map(
      url.all('hp.scale').flatMap((text): [string, AxisScale][] => {
        const mark = text.indexOf('~');
        const scale = AXIS_SCALES.find((one) => one === text.slice(0, mark));
        return scale ? [[text.slice(mark + 1), scale]] : [];
      }),
    ),
  );

  get view(): View {
    return this.#view;
  }
  set view(view: View) {
    url.set('hp.view', view === 'table' ? null : view);
  }
  get aggregation(): Aggregation {
    return this.#aggregation;
  }
  set aggregation(aggregation: Aggregation) {
    url.set('hp.agg', aggregation === 'last' ? null : aggregation);
  }
  /** Keys of columns that are not shown. */
  get hidden(): ReadonlySet<string> {
    return this.#hidden;
  }
  show(keys: readonly string[], on: boolean): void {
    const hidden = new Set(this.#hidden);
    for (const key of keys) {
      if (on) hidden.delete(key);
      else hidden.add(key);
    }
    url.set('hp.hide', [...hidden]);
  }
  /** Metrics that were added to the declared ones. */
  get metrics(): readonly MetricRef[] {
    return this.#metrics;
  }
  addMetric(metric: MetricRef): void {
    url.set('hp.metric', [...new Set([...this.#metrics, metric].map(metricKey))]);
  }
  removeMetric(key: string): void {
    url.set(
      'hp.metric',
      this.#metrics.map(metricKey).filter((other) => other !== key),
    );
  }
  /** Null: in the order of the runs. */
  get sort(): { key: string; descending: boolean } | null {
    return this.#sort;
  }
  /** Ascending, descending, not at all. */
  sortBy(key: string): void {
    const now = this.#sort;
    if (now?.key !== key) url.set('hp.sort', `+${key}`);
    else url.set('hp.sort', now.descending ? null : `-${key}`);
  }
  get filters(): ReadonlyMap<string, Filter> {
    return this.#filters;
  }
  filter(key: string): Filter {
    return this.#filters.get(key) ?? NO_FILTER;
  }
  setFilter(key: string, filter: Filter): void {
    const next = new Map(this.#filters);
    if (isIdle(filter)) next.delete(key);
    else next.set(key, filter);
    url.set(
      'hp.filter',
      [...next].map(([name, one]) => formatFilter(name, one)),
    );
  }
  clearFilters(): void {
    url.set('hp.filter', null);
  }
  /** Keys of columns in the order a person gave them; the others follow in theirs. */
  get order(): readonly string[] {
    return this.#order;
  }
  set order(keys: readonly string[]) {
    url.set('hp.order', keys);
  }
  scale(key: string): AxisScale {
    return this.#scales.get(key) ?? 'linear';
  }
  setScale(key: string, scale: AxisScale): void {
    const next = new Map(this.#scales);
    if (scale === 'linear') next.delete(key);
    else next.set(key, scale);
    url.set(
      'hp.scale',
      [...next].map(([name, one]) => `${one}~${name}`),
    );
  }
  /** Key of the metric that colours lines and that importance is about; null: the first. */
  get target(): string | null {
    return url.get('hp.target');
  }
  set target(key: string | null) {
    url.set('hp.target', key);
  }
}

export const settings = new HparamSettings();
