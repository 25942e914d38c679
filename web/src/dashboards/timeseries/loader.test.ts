import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { api } from '$lib/api/client';
import type { Columns } from '$lib/api/columns';
import type { ScalarHeader, ScalarQuery } from '$lib/api/model';
import { Loader, type Feed, type Query } from './loader.svelte';

interface Asked {
  query: ScalarQuery;
  answer: () => void;
}

let asked: Asked[] = [];

/** An answer with one point for every series asked. */
function answerTo(query: ScalarQuery): Columns<ScalarHeader> {
  const ref = { dtype: 'f64' as const, offset: 0 };
  const columns = { x: ref, step: ref, wall: ref, value: ref };
  return {
    header: {
      revision: 1,
      series: query.series.map((series) => ({
        ...series,
        points_total: 1,
        points_in_range: 1,
        superseded_total: 0,
        reduced: false,
        nan: 0,
        pos_inf: 0,
        neg_inf: 0,
        restarts: [],
        live: { count: 1, columns },
        superseded: [],
      })),
    },
    column: () => Float64Array.of(query.smoothing ? 1 : 0),
  };
}

beforeEach(() => {
  asked = [];
  vi.spyOn(api, 'scalars').mockImplementation(
    (query) => new Promise((resolve) => asked.push({ query, answer: () => resolve(answerTo(query)) })),
  );
});
afterEach(() => void vi.restoreAllMocks());

const PLAIN: Query = { x: { kind: 'step' }, xLog: false, smoothing: null, superseded: false };
const SMOOTH: Query = { ...PLAIN, smoothing: { method: 'exponential', weight: 0.6 } };

function card(loader: Loader, tag: string, runs: number): Feed {
  const feed = loader.open();
  feed.want({
    series: Array.from({ length: runs }, (_, run) => ({ run, tag })),
    range: null,
    width: 300,
  });
  feed.sight(true);
  return feed;
}

/** A loader whose first chart has come and gone, and with it all that was asked. */
async function answered(): Promise<Loader> {
  const loader = new Loader();
  loader.setQuery(PLAIN);
  const first = card(loader, 'first', 1);
  await requests(1);
  asked[0]?.answer();
  await vi.waitFor(() => expect(first.fresh).toBe(true));
  first.close();
  asked = [];
  return loader;
}

const requests = (count: number) => vi.waitFor(() => expect(asked.length).toBe(count));
const tagsAsked = (index: number) => [...new Set(asked[index]?.query.series.map((ref) => ref.tag))];

describe('Loader', () => {
  it('asks for all cards in sight at once, and for none out of sight', async () => {
    const loader = new Loader();
    loader.setQuery(PLAIN);
    const feeds = [card(loader, 'a', 2), card(loader, 'b', 2)];
    card(loader, 'hidden', 2).sight(false);
    await requests(1);
    expect(tagsAsked(0)).toEqual(['a', 'b']);
    expect(asked[0]?.query.pixels).toBe(320);
    asked[0]?.answer();
    await vi.waitFor(() => expect(feeds.every((feed) => feed.fresh)).toBe(true));
    expect([...(feeds[1]?.data.keys() ?? [])]).toEqual(['0 b', '1 b']);
  });

  it('cuts large requests at cards, so that the first card need not wait for the last', async () => {
    const loader = await answered();
    for (const tag of ['a', 'b', 'c', 'd']) card(loader, tag, 60);
    await requests(2);
    expect([tagsAsked(0), tagsAsked(1)]).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('asks for the first chart alone, then for two at a time', async () => {
    const loader = new Loader();
    loader.setQuery(PLAIN);
    for (const tag of ['a', 'b', 'c', 'd']) card(loader, tag, 100);
    await requests(1);
    expect(tagsAsked(0)).toEqual(['a']);
    asked[0]?.answer();
    await requests(3);
    expect([tagsAsked(1), tagsAsked(2)]).toEqual([['b'], ['c']]);
  });

  it('asks for a zoomed card apart, with its range', async () => {
    const loader = await answered();
    card(loader, 'a', 1);
    card(loader, 'b', 1).want({ series: [{ run: 0, tag: 'b' }], range: [5, 9], width: 300 });
    await requests(2);
    expect(asked.map(({ query }) => [query.series[0]?.tag, query.x_min, query.x_max])).toEqual([
      ['a', null, null],
      ['b', 5, 9],
    ]);
  });

  it('lets the newest query overtake what has not been sent', async () => {
    const loader = await answered();
    const feeds = ['a', 'b', 'c', 'd'].map((tag) => card(loader, tag, 100));
    await requests(2);
    loader.setQuery(SMOOTH);
    asked[0]?.answer();
    asked[1]?.answer();
    await requests(4);
    expect(asked.slice(2).map(({ query }) => query.smoothing)).toEqual([SMOOTH.smoothing, SMOOTH.smoothing]);
    // What came for the older query is drawn meanwhile, but is not the last word.
    expect(feeds[0]?.data.size).toBe(100);
    expect(feeds[0]?.fresh).toBe(false);
  });

  it('asks again only for runs that have new data', async () => {
    const loader = new Loader();
    loader.setQuery(PLAIN);
    const feed = card(loader, 'a', 3);
    await requests(1);
    asked[0]?.answer();
    await vi.waitFor(() => expect(feed.fresh).toBe(true));
    loader.touch([1, 77]);
    await requests(2);
    expect(asked[1]?.query.series).toEqual([{ run: 1, tag: 'a' }]);
    asked[1]?.answer();
    await vi.waitFor(() => expect(feed.data.size).toBe(3));
  });

  it('says why a request failed, and asks again when something changes', async () => {
    vi.mocked(api.scalars).mockRejectedValueOnce(new Error('no such tag'));
    const loader = new Loader();
    loader.setQuery(PLAIN);
    const feed = card(loader, 'a', 1);
    await vi.waitFor(() => expect(feed.failure).toBe('no such tag'));
    loader.touch([]);
    await requests(1);
    asked[0]?.answer();
    await vi.waitFor(() => expect(feed.fresh).toBe(true));
    expect(feed.failure).toBeNull();
  });
});
