// Data of one card: fetched when the card is in sight, again when its run has new data, shown until then.
import { untrack } from 'svelte';

/** A card's data is not fetched more often than this, however fast its run is written. */
const REFRESH_MS = 1_000;
/** And a fetch that takes long is followed by a pause of this many times as long. */
const PAUSE_FACTOR = 4;

/** The state of a card's data. */
export interface Live<T> {
  /** The newest data; null before the first answer. */
  readonly value: T | null;
  /** Why the last fetch failed; null when it did not. */
  readonly failure: string | null;
  /** Whether the first answer is still awaited. */
  readonly pending: boolean;
}

/**
 * Fetches whenever what `key` gives has changed, and not while it gives null (out of sight).
 * Call it while a component is set up; it ends with the component.
 *
 * A change of what is asked for fetches at once, a mere change of revision not more than once a
 * second, and less often where a fetch takes long. Older data stay until the newer are here, so that nothing flickers.
 */
export function live<T>(key: () => LiveKey | null, fetchData: (signal: AbortSignal) => Promise<T>): Live<T> {
  let value = $state.raw<T | null>(null);
  let failure = $state<string | null>(null);
  let wanted: LiveKey | null = null;
  /** The key whose fetch has ended, well or not. */
  let done: LiveKey | null = null;
  let running: { subject: string; abort: AbortController } | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let nextAt = 0;

  // A fetch under way is finished before the next one begins, so that a run that is written
  // faster than it can be fetched is shown late rather than never.
  function pump(): void {
    clearTimeout(timer);
    if (running || !wanted) return;
    const next = wanted;
    const again = next.subject === done?.subject;
    if (again && next.revision === done?.revision) return;
    const wait = again ? Math.max(0, nextAt - Date.now()) : 0;
    timer = setTimeout(() => void fetchNow(next), wait);
  }

  async function fetchNow(next: LiveKey): Promise<void> {
    const abort = new AbortController();
    running = { subject: next.subject, abort };
    const started = Date.now();
    try {
      const data = await fetchData(abort.signal);
      if (abort.signal.aborted) return;
      value = data;
      failure = null;
    } catch (error) {
      if (abort.signal.aborted) return;
      failure = error instanceof Error ? error.message : String(error);
    }
    running = null;
    done = next;
    const ended = Date.now();
    nextAt = Math.max(started + REFRESH_MS, ended + (ended - started) * PAUSE_FACTOR);
    pump();
  }

  $effect(() => {
    wanted = key();
    const subject = wanted?.subject;
    untrack(() => {
      if (subject !== undefined && subject !== (running?.subject ?? done?.subject ?? subject)) {
        running?.abort.abort();
        running = null;
        done = null;
      }
      pump();
    });
  });
  $effect(() => () => {
    clearTimeout(timer);
    running?.abort.abort();
  });

  return {
    get value() {
      return value;
    },
    get failure() {
      return failure;
    },
    get pending() {
      return value === null && failure === null;
    },
  };
}

/** What is asked for, and which state of it. */
export interface LiveKey {
  readonly subject: string;
  readonly revision: number;
}

/** A key from the parts of what is asked for and its revision. */
export function liveKey(parts: readonly (string | number)[], revision: number): LiveKey {
  return { subject: JSON.stringify(parts), revision };
}
