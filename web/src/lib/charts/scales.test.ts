import { describe, expect, it } from 'vitest';
import { makeScale, makeTicks, niceDomain, usableDomain } from './scales';

const labels = (
  kind: 'linear' | 'log' | 'symlog',
  axis: 'step' | 'value' | 'relative' | 'wall',
  domain: [number, number],
  count = 5,
) => makeTicks(makeScale(kind, domain, [0, 400]), axis, count).map((tick) => tick.label);

describe('makeScale', () => {
  it.each(['linear', 'log', 'symlog'] as const)(
    '%s: ends lie on the ends, and pixels come back as values',
    (kind) => {
      const scale = makeScale(kind, [0.5, 800], [40, 440]);
      expect(scale.toPixel(0.5)).toBeCloseTo(40);
      expect(scale.toPixel(800)).toBeCloseTo(440);
      for (const value of [0.7, 3, 250]) expect(scale.toValue(scale.toPixel(value))).toBeCloseTo(value);
    },
  );

  it('log: each decade takes the same room, and what has no logarithm lies at the low end', () => {
    const scale = makeScale('log', [1, 1000], [0, 300]);
    expect([1, 10, 100, 1000].map((v) => Math.round(scale.toPixel(v)))).toEqual([0, 100, 200, 300]);
    expect(scale.toPixel(0)).toBeCloseTo(0);
    expect(scale.toPixel(-5)).toBeCloseTo(0);
  });

  it('symlog: is odd around zero', () => {
    const scale = makeScale('symlog', [-100, 100], [-200, 200]);
    expect(scale.toPixel(0)).toBeCloseTo(0);
    expect(scale.toPixel(-3)).toBeCloseTo(-scale.toPixel(3));
  });

  it('projects many values as it does one', () => {
    const scale = makeScale('symlog', [-10, 1000], [0, 500]);
    const values = [-10, 0, 0.1, 7, 1000];
    const pixels = new Float32Array(values.length);
    scale.project(values, pixels);
    values.forEach((value, i) => expect(pixels[i]).toBeCloseTo(scale.toPixel(value), 3));
  });
});

describe('usableDomain', () => {
  it.each([
    ['linear', [3, 3], [2.7, 3.3]],
    ['linear', [0, 0], [-1, 1]],
    ['linear', [Infinity, -Infinity], [0, 1]],
    ['log', [-1, 50], [0.05, 50]],
    ['log', [-5, -1], [0.1, 1]],
    ['log', [4, 4], [2, 8]],
  ] as const)('%s %o becomes %o', (kind, domain, expected) => {
    const usable = usableDomain(kind, domain);
    expect(usable[0]).toBeCloseTo(expected[0]);
    expect(usable[1]).toBeCloseTo(expected[1]);
  });
});

describe('niceDomain', () => {
  it('gives 5 % of room, rounded to ticks', () => {
    expect(niceDomain('linear', [0.1, 1.93])).toEqual([0, 2.2]);
    const [low, high] = niceDomain('log', [1, 100]);
    expect(Math.log10(low)).toBeCloseTo(-0.1);
    expect(Math.log10(high)).toBeCloseTo(2.1);
  });
});

describe('makeTicks', () => {
  it('labels steps', () => {
    expect(labels('linear', 'step', [0, 2000])).toEqual(['0', '500', '1,000', '1,500', '2,000']);
    expect(labels('linear', 'step', [0, 2_000_000])).toEqual(['0', '0.5M', '1.0M', '1.5M', '2.0M']);
    expect(labels('linear', 'step', [0, 1])).toEqual(['0', '1']);
  });
  it('labels values with as many digits as tell ticks apart', () => {
    expect(labels('linear', 'value', [0, 1])).toEqual(['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']);
    expect(labels('linear', 'value', [-0.02, 0.02])).toEqual(['−0.02', '−0.01', '0.00', '0.01', '0.02']);
    expect(labels('linear', 'value', [0, 4e-6])).toEqual(
      ['0', '1e-6', '2e-6', '3e-6', '4e-6'].map((s) => s.replace('-', '−')),
    );
  });
  it('labels decades', () => {
    expect(labels('log', 'value', [0.001, 100], 6)).toEqual(['0.001', '0.01', '0.1', '1', '10', '100']);
    expect(labels('log', 'value', [1, 20])).toEqual(['1', '2', '5', '10', '20']);
    expect(labels('symlog', 'value', [-100, 100], 6)).toContain('0');
  });
  it('labels durations', () => {
    expect(labels('linear', 'relative', [0, 300])).toEqual(['0', '1m', '2m', '3m', '4m', '5m']);
    expect(labels('linear', 'relative', [0, 5400])).toEqual(['0', '30m', '1h', '1h30']);
    expect(labels('linear', 'relative', [0, 1])).toEqual(['0', '0.2s', '0.4s', '0.6s', '0.8s', '1.0s']);
  });
  it('labels times of day on round times', () => {
    const noon = new Date(2026, 10, 22, 12, 0, 0).getTime() / 1000;
    expect(labels('linear', 'wall', [noon + 10, noon + 310])).toEqual([
      '12:01',
      '12:02',
      '12:03',
      '12:04',
      '12:05',
    ]);
    expect(labels('linear', 'wall', [noon, noon + 4 * 86_400])).toEqual(['11-23', '11-24', '11-25', '11-26']);
  });
});
