// The projection that is shown: asked for, followed while it is made, kept for a while.
import { api } from '$lib/api/client';
import type { ProjectionFrame, ProjectionRequest } from '$lib/api/model';
import type { Coordinates } from './layout';

/** Up to so many points t-SNE and UMAP start by themselves. */
export const STARTS_ALONE = 3_000;
/** Layouts that are kept. */
const MOST_KEPT = 8;

type Progress = Extract<ProjectionFrame, { kind: 'progress' }>;

export class Projection {
  /** What is shown: the result, or the layout so far. */
  #coordinates = $state.raw<Coordinates | null>(null);
  #progress = $state.raw<Progress | 'waiting' | null>(null);
  #failure = $state.raw<string | null>(null);
  #running = $state(false);
  #unfinished = $state(false);
  #needed = $state(false);
  #asked: string | null = null;
  #abort: AbortController | null = null;
  readonly #kept = new Map<string, Coordinates>();

  get coordinates(): Coordinates | null {
    return this.#coordinates;
  }
  get progress(): Progress | 'waiting' | null {
    return this.#progress;
  }
  get failure(): string | null {
    return this.#failure;
  }
  get running(): boolean {
    return this.#running;
  }
  /** Whether the layout was stopped before its end. */
  get unfinished(): boolean {
    return this.#unfinished;
  }
  /** Whether it waits for a person to start it. */
  get needed(): boolean {
    return this.#needed;
  }

  /** Shows the projection of a request: a kept one, or a new one if it may start by itself. */
  show(request: ProjectionRequest, version: string, alone: boolean): void {
    const key = JSON.stringify([version, request]);
    if (key === this.#asked) return;
    this.#end();
    this.#asked = key;
    this.#failure = null;
    this.#unfinished = false;
    const kept = this.#kept.get(key);
    this.#coordinates = kept ?? null;
    this.#needed = !kept && !alone;
    if (!kept && alone) void this.#run(request, key);
  }

  /** Starts what was last asked for, also if it is there already. */
  start(request: ProjectionRequest, version: string): void {
    this.#end();
    const key = JSON.stringify([version, request]);
    this.#asked = key;
    this.#failure = null;
    this.#needed = false;
    void this.#run(request, key);
  }

  /** Stops the work; what there is by now stays. */
  stop(): void {
    if (!this.#running) return;
    this.#unfinished = this.#coordinates !== null;
    this.#needed = this.#coordinates === null;
    this.#end();
  }

  /** Stops the work and forgets what is shown. */
  clear(): void {
    this.#end();
    this.#asked = null;
    this.#coordinates = null;
    this.#failure = null;
    this.#unfinished = false;
    this.#needed = false;
  }

  #end(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.#running = false;
    this.#progress = null;
  }

  async #run(request: ProjectionRequest, key: string): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.#running = true;
    this.#unfinished = false;
    let ended = false;
    try {
      await api.project(
        request,
        ({ header, numbers }) => {
          if (abort.signal.aborted) return;
          switch (header.kind) {
            case 'waiting':
              this.#progress = 'waiting';
              break;
            case 'progress':
              this.#progress = header;
              if (header.width > 0)
                this.#coordinates = { width: header.width, numbers, ratio: [], divergence: null, axes: [] };
              break;
            case 'result': {
              const coordinates: Coordinates = {
                width: header.width,
                numbers,
                ratio: header.explained_variance_ratio ?? [],
                divergence: header.kl_divergence ?? null,
                axes: header.axes ?? [],
              };
              ended = true;
              this.#coordinates = coordinates;
              this.#keep(key, coordinates);
              break;
            }
            case 'failed':
              ended = true;
              this.#failure = header.message;
          }
        },
        abort.signal,
      );
      if (!ended) throw new Error('the answer ended too early');
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#failure = error instanceof Error ? error.message : String(error);
    }
    if (this.#abort === abort) this.#end();
  }

  #keep(key: string, coordinates: Coordinates): void {
    this.#kept.delete(key);
    this.#kept.set(key, coordinates);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }
}
