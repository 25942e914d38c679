// Hyperparameters of all runs: fetched while someone shows them, and again when runs have new data.
import { api } from '$lib/api/client';
import type { Hparams, HparamSession, MetricRef } from '$lib/api/model';
import { metricKey } from '$lib/hparams/values';
import { server } from './server.svelte';

/** Not fetched more often than this, however fast runs are written. */
const REFRESH_MS = 2_000;
/** And a fetch that takes long is followed by a pause of this many times as long. */
const PAUSE_FACTOR = 4;

class HparamsState {
  #data = $state.raw<Hparams | null>(null);
  #failure = $state<string | null>(null);
  readonly #wanted = new Map<symbol, readonly MetricRef[]>();
  #stop: (() => void) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  /** What is asked for has changed, or new data have come. */
  #stale = false;
  #asked = '';
  #nextAt = 0;

  readonly #placeOfRun = $derived.by(() => {
    const places = new Map<number, number>();
    this.#data?.sessions.forEach((session, place) => {
      for (const run of session.runs) places.set(run, place);
    });
    return places;
  });

  /** Null before the first answer. */
  get data(): Hparams | null {
    return this.#data;
  }
  /** Why the last fetch failed; null when it did not. */
  get failure(): string | null {
    return this.#failure;
  }
  /** Place of the session that a run belongs to; undefined for none. */
  placeOf(run: number): number | undefined {
    return this.#placeOfRun.get(run);
  }
  sessionOf(run: number): HparamSession | undefined {
    const place = this.placeOf(run);
    return place === undefined ? undefined : this.#data?.sessions[place];
  }

  /** Keeps the data current, with these metrics beside the declared ones, until the returned function is called. */
  use(metrics: readonly MetricRef[] = []): () => void {
    const user = Symbol('user');
    this.#wanted.set(user, metrics);
    this.#stop ??= server.onChange(() => {
      this.#stale = true;
      this.#wake();
    });
    if (JSON.stringify(this.#metrics()) !== this.#asked || this.#data === null) this.#now();
    return () => {
      this.#wanted.delete(user);
      if (this.#wanted.size > 0) return;
      this.#stop?.();
      this.#stop = null;
      // What comes while nobody looks is not heard of.
      this.#asked = '';
      clearTimeout(this.#timer);
    };
  }

  #metrics(): MetricRef[] {
    const all = [...this.#wanted.values()].flat();
    return [...new Map(all.map((metric) => [metricKey(metric), metric])).values()];
  }

  #now(): void {
    this.#stale = true;
    this.#nextAt = 0;
    this.#wake();
  }

  #wake(): void {
    if (this.#running || !this.#stale || this.#wanted.size === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#fetch(), Math.max(0, this.#nextAt - Date.now()));
  }

  async #fetch(): Promise<void> {
    this.#running = true;
    this.#stale = false;
    const metrics = this.#metrics();
    this.#asked = JSON.stringify(metrics);
    const started = Date.now();
    try {
      this.#data = await api.hparams({ metrics });
      this.#failure = null;
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
    }
    this.#running = false;
    const ended = Date.now();
    const changed = JSON.stringify(this.#metrics()) !== this.#asked;
    this.#nextAt = changed ? 0 : Math.max(started + REFRESH_MS, ended + (ended - started) * PAUSE_FACTOR);
    this.#stale ||= changed;
    this.#wake();
  }
}

export const hparams = new HparamsState();
