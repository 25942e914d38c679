// Fetches what the cards in sight show: several cards in one request, two requests at a time, latest wish wins.
import { api } from '$lib/api/client';
import type { SeriesRef, Smoothing, XAxis } from '$lib/api/model';
import type { Extent } from '$lib/charts/scales';
import { readSeries, seriesKey, type Series } from './series';

/** What is the same for all cards. */
export interface Query {
  x: XAxis;
  xLog: boolean;
  smoothing: Smoothing | null;
  superseded: boolean;
}

/** What one card shows. */
export interface Wish {
  series: readonly SeriesRef[];
  /** Visible range of x; null: all of it. */
  range: Extent | null;
  /** Width of the plot in CSS pixels. */
  width: number;
}

/** A request is full with this many series, so that the first card is drawn before the last is read. */
const SERIES_PER_REQUEST = 100;
const REQUESTS_AT_ONCE = 2;
/** Cards out of sight lose their data beyond this, those seen longest ago first. */
const BYTES_KEPT = 96 * 1024 * 1024;
/** Widths are rounded up to a multiple, so that cards of about the same width share a request. */
const WIDTH_STEP = 64;
/** Bounds what a card with hundreds of lines asks for: width × lines. */
const PIXEL_COLUMNS_PER_CARD = 48_000;
const FEWEST_PIXELS = 96;

export function pixelsFor(width: number, lines: number): number {
  const wanted = Math.ceil(Math.max(1, width) / WIDTH_STEP) * WIDTH_STEP;
  return Math.min(wanted, Math.max(FEWEST_PIXELS, Math.floor(PIXEL_COLUMNS_PER_CARD / Math.max(1, lines))));
}

/** One card's place in the loader. */
export class Feed {
  /** By [`seriesKey`]; replaced as a whole whenever something of it is. */
  data = $state.raw<ReadonlyMap<string, Series>>(new Map());
  /** The horizontal axis of the data: while an answer on another one is awaited, the old one is drawn. */
  axis = $state.raw<XAxis>({ kind: 'step' });
  /** The range of x that the data was asked for; null: all of it. */
  range = $state.raw<Extent | null>(null);
  /** Whether the data answers the present wish. */
  fresh = $state(false);
  /** Why the last request for this card failed. */
  failure = $state<string | null>(null);

  wish: Wish | null = null;
  inSight = false;
  seenAt = 0;
  /** Series to fetch; `all` after a change of the wish or of the query. */
  stale: 'all' | Set<number> = 'all';

  constructor(private readonly loader: Loader) {}

  want(wish: Wish): void {
    const before = this.wish;
    this.wish = wish;
    const sameRuns =
      before !== null &&
      before.series.length === wish.series.length &&
      before.series.every((ref, i) => ref.run === wish.series[i]?.run && ref.tag === wish.series[i]?.tag);
    const same =
      sameRuns &&
      before.range?.[0] === wish.range?.[0] &&
      before.range?.[1] === wish.range?.[1] &&
      pixelsFor(before.width, before.series.length) === pixelsFor(wish.width, wish.series.length);
    if (same) return;
    this.stale = 'all';
    this.fresh = false;
    this.loader.wake();
  }

  sight(inSight: boolean): void {
    this.inSight = inSight;
    this.seenAt = performance.now();
    if (inSight) this.loader.wake();
  }

  close(): void {
    this.loader.remove(this);
  }
}

export class Loader {
  readonly #feeds = new Set<Feed>();
  #query: Query | null = null;
  #generation = 0;
  #running = false;
  #woken = false;
  #closed = false;
  /** Whether any request has been answered. */
  #answered = false;

  open(): Feed {
    const feed = new Feed(this);
    this.#feeds.add(feed);
    return feed;
  }

  remove(feed: Feed): void {
    this.#feeds.delete(feed);
  }

  close(): void {
    this.#closed = true;
    this.#feeds.clear();
  }

  setQuery(query: Query): void {
    if (JSON.stringify(query) === JSON.stringify(this.#query)) return;
    this.#query = query;
    this.#generation += 1;
    for (const feed of this.#feeds) {
      feed.stale = 'all';
      feed.fresh = false;
    }
    this.wake();
  }

  /** These runs have new data. */
  touch(runs: readonly number[]): void {
    for (const feed of this.#feeds) {
      if (feed.stale === 'all') continue;
      for (const run of runs) feed.stale.add(run);
    }
    this.wake();
  }

  /** Looks for something to fetch, after all wishes of this turn have been made. */
  wake(): void {
    this.#woken = true;
    if (this.#running || this.#closed) return;
    this.#running = true;
    queueMicrotask(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#woken && !this.#closed) {
      this.#woken = false;
      // Effects of the same turn may still make wishes.
      await Promise.resolve();
      await this.#fetchStale();
      this.#forget();
    }
    this.#running = false;
  }

  async #fetchStale(): Promise<void> {
    const query = this.#query;
    if (!query) return;
    const batches = new Map<
      string,
      { wish: Wish; pixels: number; work: { feed: Feed; series: SeriesRef[]; whole: boolean }[] }
    >();
    for (const feed of this.#feeds) {
      const { wish, stale } = feed;
      if (!feed.inSight || !wish) continue;
      const whole = stale === 'all';
      const series = whole ? [...wish.series] : wish.series.filter((ref) => stale.has(ref.run));
      feed.stale = new Set();
      if (series.length === 0) {
        if (whole) {
          feed.data = new Map();
          feed.fresh = true;
        }
        continue;
      }
      const pixels = pixelsFor(wish.width, wish.series.length);
      const key = `${pixels} ${wish.range?.[0]} ${wish.range?.[1]}`;
      const batch = batches.get(key) ?? { wish, pixels, work: [] };
      batch.work.push({ feed, series, whole });
      batches.set(key, batch);
    }
    const requests: (() => Promise<void>)[] = [];
    for (const { wish, pixels, work } of batches.values()) {
      let part: typeof work = [];
      let count = 0;
      for (const item of work) {
        part.push(item);
        count += item.series.length;
        if (count < SERIES_PER_REQUEST && item !== work.at(-1)) continue;
        const cards = part;
        requests.push(() => this.#fetch(query, wish, pixels, cards));
        part = [];
        count = 0;
      }
    }
    const generation = this.#generation;
    // The first chart is alone with the connection and the processor.
    if (!this.#answered) await requests.shift()?.();
    const drain = async (): Promise<void> => {
      // A newer query has marked every card; what was asked before is no longer worth waiting for.
      while (generation === this.#generation) {
        const next = requests.shift();
        if (!next) return;
        await next();
      }
    };
    await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, drain));
  }

  async #fetch(
    query: Query,
    wish: Wish,
    pixels: number,
    work: readonly { feed: Feed; series: SeriesRef[]; whole: boolean }[],
  ): Promise<void> {
    const generation = this.#generation;
    const wanted = new Map<string, SeriesRef>();
    for (const { series } of work) for (const ref of series) wanted.set(seriesKey(ref), ref);
    try {
      const answer = await api.scalars({
        series: [...wanted.values()],
        x: query.x,
        x_min: wish.range?.[0] ?? null,
        x_max: wish.range?.[1] ?? null,
        pixels,
        x_log: query.xLog,
        smoothing: query.smoothing,
        superseded: query.superseded,
      });
      this.#answered = true;
      const found = new Map(
        answer.header.series.map((header) => [seriesKey(header), readSeries(answer, header, query.x.kind)]),
      );
      for (const { feed, series, whole } of work) {
        const data = new Map(whole ? [] : feed.data);
        for (const ref of series) {
          const key = seriesKey(ref);
          const one = found.get(key);
          if (one) data.set(key, one);
          else data.delete(key);
        }
        feed.data = data;
        feed.axis = query.x;
        feed.range = wish.range;
        feed.failure = null;
        // With a newer query on its way the answer is drawn, but is not the last word.
        feed.fresh = feed.stale !== 'all' && generation === this.#generation;
      }
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      for (const { feed } of work) {
        feed.failure = failure;
        // Asked again when something changes or the connection is back.
        feed.stale =
          feed.stale === 'all'
            ? 'all'
            : new Set([...feed.stale, ...(feed.wish?.series ?? []).map((ref) => ref.run)]);
      }
    }
  }

  #forget(): void {
    let bytes = 0;
    const size = (feed: Feed) => {
      let sum = 0;
      for (const series of feed.data.values()) sum += series.bytes;
      return sum;
    };
    for (const feed of [...this.#feeds].sort((a, b) => b.seenAt - a.seenAt)) {
      bytes += size(feed);
      if (feed.inSight || bytes <= BYTES_KEPT || feed.data.size === 0) continue;
      feed.data = new Map();
      feed.stale = 'all';
      feed.fresh = false;
    }
  }
}
