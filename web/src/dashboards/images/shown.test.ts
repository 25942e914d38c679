import { beforeEach, expect, it, vi } from 'vitest';

const requests = vi.hoisted(() => new Map<string, { resolve: () => void; reject: (error: Error) => void }>());

vi.mock('./pictures', () => ({
  pictures: {
    peek: () => undefined,
    hold: () => () => undefined,
    load: (sample: string) =>
      new Promise((resolve, reject) => {
        requests.set(sample, { resolve: () => resolve({ sample }), reject });
      }),
  },
  problemOf: (error: Error) => ({ problem: error.message, detail: '' }),
}));

const { Shown } = await import('./shown.svelte');

/** Ends a request and lets everything that waited for it run. */
async function answer(sample: string, error?: string): Promise<void> {
  const request = requests.get(sample);
  requests.delete(sample);
  if (error === undefined) request?.resolve();
  else request?.reject(new Error(error));
  await vi.waitFor(() => undefined);
}

beforeEach(() => requests.clear());

it('asks for one picture at a time, and then for the one wanted by then', async () => {
  const shown = new Shown();
  shown.want('a');
  shown.want('b');
  shown.want('c');
  expect([...requests.keys()]).toEqual(['a']);
  await answer('a');
  expect(shown.sample).toBe('a');
  expect([...requests.keys()]).toEqual(['c']);
  await answer('c');
  expect(shown.sample).toBe('c');
});

it('loads ahead when what is wanted is here, and lets what is wanted go first', async () => {
  const shown = new Shown();
  shown.want('a', ['b', 'z']);
  await answer('a');
  expect([...requests.keys()]).toEqual(['b']);
  // Wanted while its neighbour is on the way: it comes next, before the other neighbour.
  shown.want('c', ['d']);
  await answer('b');
  expect([...requests.keys()]).toEqual(['c']);
  await answer('c');
  expect(shown.sample).toBe('c');
  expect([...requests.keys()]).toEqual(['d']);
});

it('says why there is no picture, and tries again when asked', async () => {
  const shown = new Shown();
  shown.want('a');
  await answer('a', 'undecodable');
  expect(shown.problem).toEqual({ problem: 'undecodable', detail: '' });
  shown.want('a');
  expect(requests.size).toBe(0);
  shown.retry();
  await answer('a');
  expect(shown.picture).toEqual({ sample: 'a' });
  expect(shown.problem).toBeNull();
});

it('tries again by itself what could not be reached', async () => {
  const shown = new Shown();
  shown.want('a');
  await answer('a', 'unreachable');
  shown.want('a');
  expect([...requests.keys()]).toEqual(['a']);
});

it('has nothing to show for a step without pictures', () => {
  const shown = new Shown();
  shown.want(null);
  expect(shown.problem?.problem).toBe('none');
});

it('lets its picture go when it rests, and shows it again when it is wanted again', async () => {
  const shown = new Shown();
  shown.want('a');
  await answer('a');
  shown.rest();
  expect(shown.picture).toBeNull();
  expect(shown.problem).toBeNull();
  shown.want('a');
  await answer('a');
  expect(shown.picture).toEqual({ sample: 'a' });
});

it('does not show what arrives while it rests', async () => {
  const shown = new Shown();
  shown.want('a');
  shown.rest();
  await answer('a');
  expect(shown.picture).toBeNull();
});
