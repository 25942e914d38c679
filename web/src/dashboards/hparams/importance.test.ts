import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Column, Value } from '$lib/hparams/values';
import { pearson, ranks, spearman } from './correlation';
import { importanceOf, random, type Feature } from './forest';
import { question, report, SEED, TREES } from './importance';

/** Made by tests/golden/make_hparam_statistics.py. */
const reference = JSON.parse(
  readFileSync(new URL('../../../../tests/golden/hparams_statistics.json', import.meta.url), 'utf8'),
) as {
  columns: Record<string, number[]>;
  metric: number[];
  pearson: Record<string, number>;
  spearman: Record<string, number>;
  permutation: Record<string, number>;
  r2: number;
};
const NAMES = Object.keys(reference.columns);

function column(key: string, values: readonly Value[]): Column {
  return { key, name: key, title: key, description: '', role: 'hparam', kind: 'mixed', values };
}

describe('correlations', () => {
  it('are those worked out by hand', () => {
    expect(pearson([1, 2, 3, 4], [2, 4, 6, 8])).toBe(1);
    expect(pearson([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 15);
    // Deviations -1 0 1 and -1 1 0: 1 / 2.
    expect(pearson([1, 2, 3], [1, 3, 2])).toBeCloseTo(0.5, 15);
    expect([...ranks([10, 20, 10, 5, 10])]).toEqual([3, 5, 3, 1, 3]);
    expect(spearman([1, 10, 100, 1000], [1, 2, 3, 4])).toBe(1);
    expect(pearson([1, 1, 1], [1, 2, 3])).toBeNaN();
    expect(pearson([0.1, 0.1, 0.1], [0.3, 0.1, 0.2])).toBeNaN();
    expect(pearson([1], [1])).toBeNaN();
    expect(spearman([], [])).toBeNaN();
  });

  it.each(NAMES)('of %s are those of SciPy', (name) => {
    const values = reference.columns[name] as number[];
    expect(pearson(values, reference.metric)).toBeCloseTo(reference.pearson[name] as number, 12);
    expect(spearman(values, reference.metric)).toBeCloseTo(reference.spearman[name] as number, 12);
  });
});

describe('the forest', () => {
  const features = NAMES.map((name): Feature => ({
    values: Float64Array.from(reference.columns[name] as number[]),
    categorical: false,
  }));
  const y = Float64Array.from(reference.metric);
  const found = importanceOf(features, y, { trees: TREES, seed: SEED });

  it('agrees with scikit-learn on a sweep', () => {
    expect(Math.abs(found.r2 - reference.r2)).toBeLessThan(0.05);
    NAMES.forEach((name, i) => {
      // A forest's own rows are fewer and its single trees coarser than the whole forest on 2,000 further rows.
      const [got, expected] = [found.permutation[i] as number, reference.permutation[name] as number];
      expect(Math.abs(got - expected)).toBeLessThan(0.05 + 0.25 * Math.abs(expected));
    });
    const order = (of: (name: string, i: number) => number) =>
      NAMES.map((name, i) => [name, of(name, i)] as const)
        .sort((a, b) => b[1] - a[1])
        .slice(0, 2)
        .map(([name]) => name);
    expect(order((_, i) => found.permutation[i] as number)).toEqual(
      order((name) => reference.permutation[name] as number),
    );
  });

  it('gives the same numbers for the same seed, and others for another', () => {
    const again = importanceOf(features, y, { trees: 20, seed: 1 });
    expect(importanceOf(features, y, { trees: 20, seed: 1 })).toEqual(again);
    expect(importanceOf(features, y, { trees: 20, seed: 2 })).not.toEqual(again);
  });

  it('finds the only category that matters', () => {
    const count = 60;
    const kind = Float64Array.from({ length: count }, (_, i) => i % 4);
    const noise = Float64Array.from({ length: count }, (_, i) => (i * 7919) % 61);
    const target = Float64Array.from(kind, (value) => (value === 2 ? 1 : 0));
    const { permutation, r2 } = importanceOf(
      [
        { values: kind, categorical: true },
        { values: noise, categorical: false },
      ],
      target,
      { trees: 100, seed: 3 },
    );
    expect(r2).toBeGreaterThan(0.95);
    expect(permutation[0]).toBeGreaterThan(1);
    expect(Math.abs(permutation[1] as number)).toBeLessThan(0.05);
  });

  it('uses that a value is missing', () => {
    const values = Float64Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? NaN : i));
    const target = Float64Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 5 : 1));
    const { r2 } = importanceOf([{ values, categorical: false }], target, { trees: 50, seed: 3 });
    expect(r2).toBeGreaterThan(0.99);
  });

  it('says nothing where there is nothing to say', () => {
    const none = Float64Array.from([1, 1, 1, 1, 1]);
    expect(importanceOf([{ values: none, categorical: false }], none, { trees: 5, seed: 1 })).toEqual({
      permutation: [0],
      r2: NaN,
    });
    expect(importanceOf([], Float64Array.from([1, 2, 3, 4]), { trees: 5, seed: 1 }).permutation).toEqual([]);
  });

  it('draws numbers evenly', () => {
    const next = random(7);
    const draws = Array.from({ length: 10_000 }, next);
    expect(draws.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(Math.abs(draws.reduce((sum, value) => sum + value, 0) / draws.length - 0.5)).toBeLessThan(0.01);
  });
});

describe('the report', () => {
  it('leaves out sessions without the metric and columns that never change', () => {
    const columns = [
      column('same', [1, 1, 1, 1, 1, 1]),
      column('x', [1, 2, 3, 4, 5, 6]),
      column('flag', [true, false, true, false, true, null]),
      column('text', ['a', 'b', 'a', 'b', 'a', 'b']),
    ];
    const target = column('m', [2, 4, 6, 8, null, NaN]);
    const found = report(question(1, columns, target, [0, 1, 2, 3, 4, 5]));
    expect(found.sessions).toBe(4);
    expect(found.constant).toEqual(['same']);
    const row = (key: string) => found.rows.find((one) => one.key === key);
    expect(row('x')).toMatchObject({ spearman: 1, pearson: 1, pairs: 4 });
    expect(row('flag')?.pearson).toBeCloseTo(-1 / Math.sqrt(5), 12);
    expect(row('text')).toMatchObject({ spearman: NaN, pearson: NaN, pairs: 4 });
  });

  it('needs a few sessions', () => {
    const found = report(question(1, [column('x', [1, 2])], column('m', [1, 2]), [0, 1]));
    expect(found.r2).toBeNaN();
    expect(found.rows[0]?.permutation).toBeNaN();
    expect(report(question(1, [], column('m', []), []))).toEqual({
      rows: [],
      r2: NaN,
      sessions: 0,
      constant: [],
    });
  });
});
