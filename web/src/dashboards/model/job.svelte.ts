// One question to the server and what comes of it, line by line.
import { api } from '$lib/api/client';
import type { ExplainEvent, ExplainQuery, ExplainTile, PredictedClass } from '$lib/api/model';

export type JobState = 'idle' | 'waiting' | 'running' | 'done' | 'failed' | 'stopped';

/** The picture as the model is given it. */
export interface GivenPicture {
  readonly picture: string;
  readonly width: number;
  readonly height: number;
}

export class Job {
  #state = $state<JobState>('idle');
  #share = $state(0);
  #what = $state('');
  #before = $state(0);
  #seconds = $state<number | null>(null);
  #failure = $state<string | null>(null);
  #tiles = $state.raw<readonly ExplainTile[]>([]);
  #given = $state.raw<GivenPicture | null>(null);
  #predictions = $state.raw<readonly PredictedClass[]>([]);
  #abort: AbortController | null = null;

  get state(): JobState {
    return this.#state;
  }
  get running(): boolean {
    return this.#state === 'waiting' || this.#state === 'running';
  }
  /** How much is done, 0 to 1. */
  get share(): number {
    return this.#share;
  }
  /** What is computed now. */
  get what(): string {
    return this.#what;
  }
  /** How many are computed first. */
  get before(): number {
    return this.#before;
  }
  get seconds(): number | null {
    return this.#seconds;
  }
  get failure(): string | null {
    return this.#failure;
  }
  get tiles(): readonly ExplainTile[] {
    return this.#tiles;
  }
  get given(): GivenPicture | null {
    return this.#given;
  }
  get predictions(): readonly PredictedClass[] {
    return this.#predictions;
  }

  /** Asks; a question that is being answered is taken back. What there is stays until something new comes. */
  start(query: ExplainQuery): void {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#state = 'waiting';
    this.#share = 0;
    this.#what = '';
    this.#before = 0;
    this.#seconds = null;
    this.#failure = null;
    let fresh = true;
    const take = (event: ExplainEvent) => {
      if (this.#abort !== abort) return;
      if (event.event === 'tile') {
        this.#tiles = fresh ? [event] : [...this.#tiles, event];
        fresh = false;
      } else this.#take(event);
    };
    api.explain(query, abort.signal, take).then(
      () => {
        if (this.#abort === abort && this.running) this.#fail(null);
      },
      (error: unknown) => {
        if (this.#abort !== abort || abort.signal.aborted) return;
        this.#fail(error instanceof Error ? error.message : String(error));
      },
    );
  }

  /** Takes the question back: the server stops computing. */
  stop(): void {
    this.#abort?.abort();
    this.#abort = null;
    if (this.running) this.#state = 'stopped';
  }

  /** As if nothing had been asked. */
  clear(): void {
    this.stop();
    this.#state = 'idle';
    this.#failure = null;
    this.#tiles = [];
    this.#given = null;
    this.#predictions = [];
  }

  #take(event: Exclude<ExplainEvent, { event: 'tile' }>): void {
    if (event.event === 'waiting') this.#before = event.before;
    else if (event.event === 'progress') {
      this.#state = 'running';
      this.#share = event.share;
      this.#what = event.what;
    } else if (event.event === 'predictions') this.#predictions = event.classes;
    else if (event.event === 'input') {
      this.#state = 'running';
      this.#given = event;
    } else if (event.event === 'done') {
      this.#state = 'done';
      this.#seconds = event.seconds;
    } else this.#fail(event.message);
  }

  /** `null`: the answer ended without saying why. */
  #fail(message: string | null): void {
    this.#state = 'failed';
    this.#failure = message ?? '';
    this.#tiles = [];
  }
}
