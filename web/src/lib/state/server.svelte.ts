// What the server has: status, runs, tags; kept current by the live stream.
import { SvelteMap } from 'svelte/reactivity';
import { api, ApiFailure } from '$lib/api/client';
import type { Change, Run, Status, TagEntry } from '$lib/api/model';
import { snapshot } from '$lib/api/snapshot';
import { openStream, type Stream } from '$lib/api/stream';

/** A run's step and age change with every record; the list is not fetched more often than this. */
const RUNS_REFRESH_MS = 2_000;

export type Connection = 'connecting' | 'open' | 'lost';

class ServerState {
  #status = $state.raw<Status | null>(null);
  #runs = $state.raw<readonly Run[]>([]);
  #tags = $state.raw<ReadonlyMap<string, readonly TagEntry[]>>(new Map());
  #connection = $state<Connection>('connecting');
  #lastContact = $state<number | null>(null);
  #retryAt = $state<number | null>(null);
  #needsToken = $state(false);
  #loaded = $state(false);
  /** Grows with every reload that a person asked for. */
  #reloads = $state(0);
  readonly #touched = new SvelteMap<number, number>();
  readonly #listeners = new Set<(change: Change) => void>();
  #stream: Stream | null = null;
  #runsTimer: ReturnType<typeof setTimeout> | undefined;
  #runsFetchedAt = 0;

  readonly #byId = $derived(new Map(this.#runs.map((run) => [run.id, run])));
  readonly #byName = $derived(new Map(this.#runs.map((run) => [run.name, run])));

  get status(): Status | null {
    return this.#status;
  }
  /** All runs, ordered by first wall time, then by name. */
  get runs(): readonly Run[] {
    return this.#runs;
  }
  get connection(): Connection {
    return this.#connection;
  }
  /** Milliseconds since the epoch of the last word from the server. */
  get lastContact(): number | null {
    return this.#lastContact;
  }
  get retryAt(): number | null {
    return this.#retryAt;
  }
  get needsToken(): boolean {
    return this.#needsToken;
  }
  /** Whether runs and tags have been answered once. */
  get loaded(): boolean {
    return this.#loaded;
  }
  /** Plugins that have data. */
  get plugins(): readonly string[] {
    return [...this.#tags.keys()];
  }

  runById(id: number): Run | undefined {
    return this.#byId.get(id);
  }
  runByName(name: string): Run | undefined {
    return this.#byName.get(name);
  }
  /** The tags of a plugin, in natural order; empty when it has none. */
  tags(plugin: string): readonly TagEntry[] {
    return this.#tags.get(plugin) ?? [];
  }
  /**
   * Changes whenever the run has new data: read it in an effect that fetches the run's data.
   * A reload by hand changes it for every run.
   */
  revision(runId: number): number {
    return (this.#touched.get(runId) ?? 0) + this.#reloads;
  }
  /** Calls back on every change; returns the function that ends it. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    void this.#fetchAll();
    if (snapshot) {
      // Nothing changes any more.
      this.#connection = 'open';
      return;
    }
    this.#stream = openStream({
      open: () => {
        const again = this.#connection === 'lost';
        this.#connection = 'open';
        this.#retryAt = null;
        this.#heard();
        // Changes during the gap were not heard.
        if (again) this.reload();
      },
      lost: (retryInMs) => {
        this.#connection = 'lost';
        this.#retryAt = Date.now() + retryInMs;
      },
      status: (status) => {
        this.#status = status;
        this.#heard();
      },
      change: (change) => {
        this.#heard();
        this.#apply(change);
      },
    });
  }

  /** Fetches everything again. */
  reload(): void {
    this.#reloads += 1;
    void this.#fetchAll();
    const everything = this.#runs.map((run) => run.id);
    for (const listener of this.#listeners) {
      listener({
        revision: 0,
        runs_changed: true,
        tags_changed: true,
        models_changed: true,
        projectors_changed: true,
        traces_changed: true,
        touched_runs: everything,
      });
    }
  }

  retryNow(): void {
    this.#stream?.retryNow();
  }

  #heard(): void {
    this.#lastContact = Date.now();
  }

  #apply(change: Change): void {
    for (const id of change.touched_runs) this.#touched.set(id, change.revision);
    if (change.runs_changed) void this.#fetchRuns();
    else if (change.touched_runs.length > 0) this.#fetchRunsSoon();
    if (change.tags_changed) void this.#fetchTags();
    for (const listener of this.#listeners) listener(change);
  }

  async #fetchAll(): Promise<void> {
    const status = this.#guard(async () => {
      this.#status = await api.status();
    });
    await Promise.all([status, this.#fetchRuns(), this.#fetchTags()]);
  }

  #fetchRunsSoon(): void {
    if (this.#runsTimer !== undefined) return;
    const wait = Math.max(0, this.#runsFetchedAt + RUNS_REFRESH_MS - Date.now());
    this.#runsTimer = setTimeout(() => void this.#fetchRuns(), wait);
  }

  async #fetchRuns(): Promise<void> {
    clearTimeout(this.#runsTimer);
    this.#runsTimer = undefined;
    await this.#guard(async () => {
      this.#runs = (await api.runs()).runs;
      this.#runsFetchedAt = Date.now();
    });
  }

  async #fetchTags(): Promise<void> {
    await this.#guard(async () => {
      const { plugins } = await api.tags();
      this.#tags = new Map(plugins.filter((group) => group.tags.length > 0).map((g) => [g.plugin, g.tags]));
      this.#loaded = true;
    });
  }

  // The stream notices a lost connection and fetches again when it is back, so that failure needs no
  // handling here; a refused token does, because no retry mends it.
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#heard();
      this.#needsToken = false;
    } catch (error) {
      if (error instanceof ApiFailure && error.status === 401) this.#needsToken = true;
    }
  }
}

export const server = new ServerState();
