// The trace that is shown: asked for until the server has read it.
import { api } from '$lib/api/client';
import type { TraceOverview } from '$lib/api/model';

export type Phase = 'none' | 'reading' | 'done' | 'cancelled' | 'failed';

export class TraceReader {
  #abort: AbortController | null = null;
  #path: string | null = null;
  phase = $state<Phase>('none');
  bytesRead = $state(0);
  bytesTotal = $state(0);
  failure = $state('');
  /** What was read last; stays while a grown file is read again. */
  overview = $state.raw<TraceOverview | null>(null);
  /** Grows with every reading that was finished: what was asked for before is out of date. */
  version = $state(0);

  /** Begins with a trace, or anew. */
  open(path: string): void {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    if (path !== this.#path) this.overview = null;
    this.#path = path;
    this.phase = 'reading';
    this.bytesRead = 0;
    this.bytesTotal = 0;
    void this.#ask(path, abort.signal);
  }

  close(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.#path = null;
    this.overview = null;
    this.phase = 'none';
  }

  /** Ends the reading. */
  async cancel(): Promise<void> {
    const path = this.#path;
    this.#abort?.abort();
    if (path === null) return;
    this.phase = 'cancelled';
    // It may have come to its end meanwhile, which is no failure.
    await api.cancelTrace(path).catch(() => undefined);
  }

  async #ask(path: string, signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        // The server takes its time for an answer while it reads: this does not spin.
        const state = await api.trace(path, signal);
        if (signal.aborted) return;
        this.bytesRead = state.bytes_read;
        this.bytesTotal = state.bytes_total;
        if (state.phase === 'reading') continue;
        this.phase = state.phase;
        if (state.overview) {
          this.overview = state.overview;
          this.version += 1;
        }
        return;
      }
    } catch (error) {
      if (signal.aborted) return;
      this.phase = 'failed';
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }
}
