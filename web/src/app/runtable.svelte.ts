// Further columns of the runs panel, and the expression that filters it: hyperparameters and metrics of each run.
import { api } from '$lib/api/client';
import type { Run, ScalarStats, SeriesRef } from '$lib/api/model';
import { compareNames } from '$lib/format/names';
import { ExpressionError, parseExpression, type Expression, type Name } from '$lib/hparams/expression';
import {
  AGGREGATIONS,
  compareValues,
  hparamKey,
  numberOf,
  valueOf,
  type Aggregation,
  type Value,
} from '$lib/hparams/values';
import { hparams } from '$lib/state/hparams.svelte';
import { server } from '$lib/state/server.svelte';
import { url } from '$lib/state/url.svelte';

/** A column of the runs panel: a hyperparameter, or a figure of a scalar of the run itself. */
export type RunColumn =
  { key: string; kind: 'hparam'; name: string } | { key: string; kind: Aggregation; name: string };

/** Columns beyond this many are not shown: the panel is beside the dashboard, not instead of it. */
export const MOST_COLUMNS = 12;

export function metricColumnKey(aggregation: Aggregation, tag: string): string {
  return `${aggregation}:${tag}`;
}

export function parseColumn(key: string): RunColumn | null {
  if (key.startsWith(hparamKey('')) && key.length > 2) return { key, kind: 'hparam', name: key.slice(2) };
  const kind = AGGREGATIONS.find((aggregation) => key.startsWith(`${aggregation}:`));
  return kind && key.length > kind.length + 1 ? { key, kind, name: key.slice(kind.length + 1) } : null;
}

/** Facts of a run that an expression can name where no hyperparameter or scalar is called so. */
const FACTS = ['name', 'step', 'status', 'duration'] as const;
type Fact = (typeof FACTS)[number];

type Stats = ReadonlyMap<string, ReadonlyMap<number, ScalarStats>>;

/** What a name of an expression stands for. */
type Meaning =
  | { kind: 'hparam'; place: number }
  | { kind: 'metric'; tag: string; aggregation: Aggregation }
  | { kind: 'fact'; fact: Fact };

class RunTable {
  /** Figures of the scalars that are needed, by tag and run. */
  stats = $state.raw<Stats>(new Map());

  readonly columns = $derived<readonly RunColumn[]>(
    url
      .all('col')
      .flatMap((key) => parseColumn(key) ?? [])
      .slice(0, MOST_COLUMNS),
  );
  readonly where = $derived(url.get('where') ?? '');
  readonly #parsed = $derived.by<{ expression: Expression | null; error: ExpressionError | null }>(() => {
    if (this.where.trim() === '') return { expression: null, error: null };
    try {
      return { expression: parseExpression(this.where), error: null };
    } catch (error) {
      if (error instanceof ExpressionError) return { expression: null, error };
      throw error;
    }
  });
  /** Why the text is no expression. */
  readonly error = $derived(this.#parsed.error);

  readonly #places = $derived(
    new Map((hparams.data?.columns ?? []).flatMap((column, place) => [[column.name, place] as const])),
  );
  readonly #shownNames = $derived(
    new Map(
      (hparams.data?.columns ?? []).flatMap((column, place) =>
        column.display_name === '' ? [] : [[column.display_name, place] as const],
      ),
    ),
  );
  readonly #tags = $derived(new Set(server.tags('scalars').map(({ tag }) => tag)));
  readonly #values = $derived((hparams.data?.columns ?? []).map((column) => column.values.map(valueOf)));

  #meaning({ name, aggregation }: Name): Meaning | null {
    if (aggregation) return this.#tags.has(name) ? { kind: 'metric', tag: name, aggregation } : null;
    const place = this.#places.get(name) ?? this.#shownNames.get(name);
    if (place !== undefined) return { kind: 'hparam', place };
    if (this.#tags.has(name)) return { kind: 'metric', tag: name, aggregation: 'last' };
    const fact = FACTS.find((one) => one === name);
    return fact ? { kind: 'fact', fact } : null;
  }

  readonly #meanings = $derived.by(() => {
    const meanings = new Map<string, Meaning | null>();
    for (const name of this.#parsed.expression?.names ?? []) meanings.set(nameKey(name), this.#meaning(name));
    return meanings;
  });

  /** The first name of the expression that nothing is called, once that can be said. */
  readonly unknown = $derived.by<string | null>(() => {
    if (!this.#parsed.expression || !server.loaded) return null;
    if (server.tags('hparams').length > 0 && hparams.data === null) return null;
    const name = this.#parsed.expression.names.find((one) => this.#meanings.get(nameKey(one)) === null);
    return name?.name ?? null;
  });
  /** Names that can be used, most alike first. */
  alike(name: string): string | null {
    const known = [...this.#places.keys(), ...this.#tags, ...FACTS];
    const near = known
      .map((one) => ({ one, distance: editDistance(name.toLowerCase(), one.toLowerCase()) }))
      .sort((a, b) => a.distance - b.distance || compareNames(a.one, b.one))[0];
    return near && near.distance <= Math.max(2, name.length / 3) ? near.one : null;
  }

  /** Scalar tags whose figures are needed. */
  readonly tags = $derived.by<readonly string[]>(() => {
    const tags = new Set<string>();
    for (const column of this.columns) if (column.kind !== 'hparam') tags.add(column.name);
    for (const meaning of this.#meanings.values()) if (meaning?.kind === 'metric') tags.add(meaning.tag);
    return [...tags].sort();
  });

  /** Whether hyperparameters are needed. */
  readonly needsHparams = $derived(
    this.columns.some(({ kind }) => kind === 'hparam') || this.#parsed.expression !== null,
  );

  value(run: Run, column: RunColumn): Value {
    if (column.kind === 'hparam') return this.#hparam(run, this.#places.get(column.name));
    return this.#figure(run, column.name, column.kind);
  }

  #hparam(run: Run, place: number | undefined): Value {
    const session = hparams.placeOf(run.id);
    return place === undefined || session === undefined ? null : (this.#values[place]?.[session] ?? null);
  }

  #figure(run: Run, tag: string, aggregation: Aggregation): Value {
    return numberOf(this.stats.get(tag)?.get(run.id)?.[aggregation]?.value);
  }

  #fact(run: Run, fact: Fact): Value {
    switch (fact) {
      case 'name':
        return run.name;
      case 'step':
        return run.last_step ?? null;
      case 'status':
        return hparams.sessionOf(run.id)?.status ?? null;
      case 'duration':
        return hparams.sessionOf(run.id)?.duration_secs ?? null;
    }
  }

  /** Whether the expression holds for a run; null when there is none that can be used. */
  readonly filter = $derived.by<((run: Run) => boolean) | null>(() => {
    const { expression } = this.#parsed;
    if (!expression || this.unknown !== null) return null;
    const meanings = this.#meanings;
    return (run) =>
      expression.test((name) => {
        const meaning = meanings.get(nameKey(name));
        if (!meaning) return null;
        if (meaning.kind === 'hparam') return this.#hparam(run, meaning.place);
        if (meaning.kind === 'metric') return this.#figure(run, meaning.tag, meaning.aggregation);
        return this.#fact(run, meaning.fact);
      });
  });

  /** Orders runs by a column; those without a value come last in both directions. */
  compare(column: RunColumn, descending: boolean): (a: Run, b: Run) => number {
    const sign = descending ? -1 : 1;
    return (a, b) => {
      const [left, right] = [this.value(a, column), this.value(b, column)];
      if (left === null || right === null) return Number(left === null) - Number(right === null);
      return sign * compareValues(left, right);
    };
  }

  setColumns(keys: readonly string[]): void {
    url.set('col', [...new Set(keys)]);
  }

  toggle(key: string, on: boolean): void {
    const keys = this.columns.map((column) => column.key);
    this.setColumns(on ? [...keys, key] : keys.filter((other) => other !== key));
  }

  /** Every series whose figures are needed. */
  series(tags: readonly string[]): SeriesRef[] {
    const wanted = new Set(tags);
    return server
      .tags('scalars')
      .filter(({ tag }) => wanted.has(tag))
      .flatMap(({ tag, runs }) => runs.map((run) => ({ run, tag })));
  }

  async fetchStats(series: SeriesRef[], signal: AbortSignal): Promise<Stats> {
    const answer = await api.scalarStats({ series }, signal);
    const stats = new Map<string, Map<number, ScalarStats>>();
    for (const one of answer.series) {
      const ofTag = stats.get(one.tag) ?? new Map<number, ScalarStats>();
      ofTag.set(one.run, one);
      stats.set(one.tag, ofTag);
    }
    return stats;
  }
}

function nameKey({ name, aggregation }: Name): string {
  return `${aggregation ?? ''} ${name}`;
}

/** Levenshtein's distance. */
export function editDistance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (before[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, (before[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    before = row;
  }
  return before[b.length] as number;
}

export const runTable = new RunTable();
