import { describe, expect, it } from 'vitest';
import type { Column, Value } from '$lib/hparams/values';
import { makeAxis } from './axis';
import { filtered, formatFilter, isIdle, NO_FILTER, parseFilter, passes, type Filter } from './filters';
import { latexTable } from './latex';

function column(values: readonly Value[], key = 'h:x'): Column {
  return { key, name: 'x', title: 'x', description: '', role: 'hparam', kind: 'mixed', values };
}

describe('filters', () => {
  const filter = (change: Partial<Filter>): Filter => ({ ...NO_FILTER, ...change });

  it('ask nothing when they are empty', () => {
    expect(isIdle(NO_FILTER)).toBe(true);
    expect([null, 1, 'a', NaN].every((value) => passes(NO_FILTER, value))).toBe(true);
  });

  it('keep numbers within an interval, ends included', () => {
    const values: Value[] = [0, 1, 1.5, 2, 3, NaN, '1', null, true];
    const kept = (one: Filter) => values.filter((value) => passes(one, value));
    expect(kept(filter({ min: 1, max: 2 }))).toEqual([1, 1.5, 2]);
    expect(kept(filter({ min: 2 }))).toEqual([2, 3]);
    expect(kept(filter({ max: 0 }))).toEqual([0]);
    expect(kept(filter({ values: ['1', ''] }))).toEqual([1, '1', null]);
    expect(kept(filter({ text: 'RU' }))).toEqual([true]);
    expect(kept(filter({ text: '/^1/' }))).toEqual([1, 1.5, '1']);
    expect(kept(filter({ text: '/(/' })).length).toBe(values.length);
  });

  it('come back from the address, and nothing else does', () => {
    const one = filter({ min: 0.1, values: ['a"b', ''], text: '/x/' });
    expect(parseFilter(formatFilter('h:lr', one))).toEqual(['h:lr', one]);
    for (const text of [
      '',
      '[',
      '{}',
      '["h:x"]',
      '["h:x","1",null,null,""]',
      '["h:x",null,null,[1],""]',
      '[1,null,null,null,""]',
    ])
      expect(parseFilter(text)).toBeNull();
  });

  it('have all to hold, and those of columns that are gone ask nothing', () => {
    const columns = new Map([
      ['a', column([1, 2, 3])],
      ['b', column(['x', 'y', 'x'])],
    ]);
    const filters = new Map([
      ['a', filter({ min: 2 })],
      ['b', filter({ values: ['x'] })],
      ['gone', filter({ min: 100 })],
    ]);
    expect(filtered([0, 1, 2], columns, filters)).toEqual([2]);
    expect(filtered([0, 1], columns, filters)).toEqual([]);
  });
});

describe('axes', () => {
  const places = (values: readonly Value[], scale: 'linear' | 'log' | 'quantile') => {
    const axis = makeAxis(column(values), scale);
    return { axis, places: values.map((value) => axis.place(value)) };
  };

  it('are linear', () => {
    const { axis, places: at } = places([0, 5, 10, null, NaN], 'linear');
    expect(at).toEqual([0, 0.5, 1, null, null]);
    expect(axis.range?.(0.25, 0.75)).toEqual([2.5, 7.5]);
  });

  it('are logarithmic where a number is positive', () => {
    const { axis, places: at } = places([0.001, 0.01, 0.1, 0, -1], 'log');
    expect(at.map((one) => one && Math.round(one * 1e9) / 1e9)).toEqual([0, 0.5, 1, null, null]);
    expect(axis.scale).toBe('log');
    expect(places([-1, 0], 'log').axis.scale).toBe('linear');
  });

  it('are quantiles: ranks, equal values in the middle of theirs', () => {
    const { axis, places: at } = places([1, 100, 100, 100, 5], 'quantile');
    expect(at).toEqual([0, 0.75, 0.75, 0.75, 0.25]);
    expect(axis.range?.(0.2, 0.8)).toEqual([5, 100]);
    expect(axis.ticks[0]).toEqual({ at: 0, label: '1' });
  });

  it('list categories', () => {
    const { axis, places: at } = places(['b', 'a', 1, null], 'log');
    // In order: 1, a, b.
    expect(at.map((one) => one && Math.round(one * 6))).toEqual([5, 3, 1, null]);
    expect(axis.scale).toBe('categories');
    expect(axis.values(0.4, 1)).toEqual(['a', 'b']);
    expect(axis.ticks.map(({ label }) => label)).toEqual(['1', 'a', 'b']);
  });

  it('stand for one value and for none', () => {
    expect(places([3, 3], 'linear').places).toEqual([0.5, 0.5]);
    expect(places([3], 'quantile').places).toEqual([0.5]);
    expect(places(['x'], 'linear').places).toEqual([0.5]);
    expect(places([null], 'linear').places).toEqual([null]);
    expect(places([], 'quantile').axis.ticks).toEqual([]);
  });
});

it('writes LaTeX that shows what is written', () => {
  expect(latexTable(['a_b', 'c'], [['50 % & more', '\\{$x^2$}\n~']])).toBe(
    '\\begin{tabular}{ll}\n\\hline\na\\_b & c \\\\\n\\hline\n' +
      '50 \\% \\& more & \\textbackslash{}\\{\\$x\\textasciicircum{}2\\$\\} \\textasciitilde{} \\\\\n' +
      '\\hline\n\\end{tabular}\n',
  );
});
