// The live stream: server-sent events with reconnection that backs off, and says what it is doing.
import { apiUrl } from './client';
import type { Change, Status } from './model';

export interface StreamHandlers {
  status(status: Status): void;
  change(change: Change): void;
  /** The stream is open (again). */
  open(): void;
  /** The stream broke; the next attempt is in `retryInMs`. */
  lost(retryInMs: number): void;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

export interface Stream {
  /** Try again now instead of when the wait is over. */
  retryNow(): void;
  close(): void;
}

export function openStream(handlers: StreamHandlers): Stream {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = FIRST_RETRY_MS;
  let closed = false;

  function connect(): void {
    clearTimeout(timer);
    source?.close();
    if (closed) return;
    const current = new EventSource(apiUrl('events'));
    source = current;
    current.addEventListener('open', () => {
      wait = FIRST_RETRY_MS;
      handlers.open();
    });
    current.addEventListener('status', (event) => {
      handlers.status(JSON.parse((event as MessageEvent<string>).data) as Status);
    });
    current.addEventListener('change', (event) => {
      handlers.change(JSON.parse((event as MessageEvent<string>).data) as Change);
    });
    // The browser's own reconnection neither backs off nor tells when it will try, so it is ours.
    current.addEventListener('error', () => {
      if (source !== current) return;
      current.close();
      handlers.lost(wait);
      timer = setTimeout(connect, wait);
      wait = Math.min(wait * 2, LONGEST_RETRY_MS);
    });
  }

  connect();
  return {
    retryNow: connect,
    close() {
      closed = true;
      clearTimeout(timer);
      source?.close();
    },
  };
}
