// What a snapshot says about itself: the page as one file, with the server's answers in it.

/** A kind of data of which the file does not hold everything. */
export interface LeftOut {
  readonly dashboard: string;
  /** How many there are in the file, and in the logs. */
  readonly kept: number;
  readonly total: number;
}

export interface Snapshot {
  /** When it was made, seconds since the Unix epoch. */
  readonly made_at_secs: number;
  /** Dashboards that were asked for. */
  readonly dashboards: readonly string[];
  /** Weights of the exponential smoothing that was computed beside the values as logged. */
  readonly smoothing: readonly number[];
  /** Scalar series of which the file holds the points that a chart shows rather than all. */
  readonly reduced_series: number;
  readonly left_out: readonly LeftOut[];
}

function read(): Snapshot | null {
  if (typeof document === 'undefined') return null;
  const text = document.getElementById('glassboard-snapshot')?.textContent;
  return text ? (JSON.parse(text) as Snapshot) : null;
}

/** Null: this page has a server. */
export const snapshot = read();
