import { describe, expect, it } from 'vitest';
import { editDistance, metricColumnKey, parseColumn } from './runtable.svelte';

describe('columns of the runs panel', () => {
  it('come back from the address', () => {
    expect(parseColumn('h:lr')).toEqual({ key: 'h:lr', kind: 'hparam', name: 'lr' });
    expect(parseColumn('h:a:b')).toEqual({ key: 'h:a:b', kind: 'hparam', name: 'a:b' });
    const key = metricColumnKey('max', 'loss/val:x');
    expect(parseColumn(key)).toEqual({ key, kind: 'max', name: 'loss/val:x' });
  });

  it.each(['', 'h:', 'max:', 'mean:loss', 'loss'])('%s is none', (key) =>
    expect(parseColumn(key)).toBeNull(),
  );
});

it('counts what has to be changed', () => {
  expect(editDistance('', 'abc')).toBe(3);
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('lr', 'lr')).toBe(0);
});
