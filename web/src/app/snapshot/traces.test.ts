import { describe, expect, it } from 'vitest';
import type { TraceOperator } from '$lib/api/model';
import { naturalOrder, tableRows } from './traces';

it('sorts names as the server does', () => {
  const names = ['a10', 'a2', 'b1', 'a', 'a2b', 'a02', 'a1/x9', 'a1/x10', 'é1', ''];
  expect(names.sort(naturalOrder)).toEqual([
    '',
    'a',
    'a1/x9',
    'a1/x10',
    'a02',
    'a2',
    'a2b',
    'a10',
    'b1',
    'é1',
  ]);
});

describe('tableRows', () => {
  const row = (name: string, category: string, self_ns: number, calls = 1): TraceOperator => ({
    name,
    category,
    calls,
    self_ns,
    total_ns: self_ns * 2,
    min_ns: 1,
    max_ns: 9,
    device_self_ns: 0,
    device_total_ns: 0,
  });
  // In the order of the server: the longest own time first, then by name.
  const rows = [row('b', 'x', 30, 3), row('A', 'y', 20), row('c', 'x', 20), row('a', 'x', 5, 2)];
  const names = (query: string) => tableRows(rows, new URLSearchParams(query)).rows.map(({ name }) => name);

  it('leaves equal rows in the order in which they were, both ways', () => {
    expect(names('sort=self')).toEqual(['b', 'A', 'c', 'a']);
    expect(names('sort=self&ascending=true')).toEqual(['a', 'A', 'c', 'b']);
    expect(names('sort=max')).toEqual(['b', 'A', 'c', 'a']);
    expect(names('sort=name&ascending=true')).toEqual(['A', 'a', 'b', 'c']);
    expect(names('sort=mean')).toEqual(['A', 'c', 'b', 'a']);
  });
  it('counts what is found, and gives as much as is asked for', () => {
    const found = tableRows(rows, new URLSearchParams('category=x&find=A&limit=1'));
    expect(found.rows.map(({ name }) => name)).toEqual(['a']);
    expect(found.total).toBe(1);
    expect(found.all.length).toBe(3);
    expect(names('limit=2')).toEqual(['b', 'A']);
  });
});
