import { describe, expect, it } from 'vitest';
import { assignLooks, dashOf, hashName, shade, type Look } from './colors';
import { compareNames, groupOf, regexMatcher, textMatcher } from './names';
import { formatBytes, formatCompact, formatStep, formatValue } from './numbers';
import { age, formatDuration } from './times';

describe('numbers', () => {
  it.each([
    [0.214312, '0.2143'],
    [2, '2'],
    [12345, '12,345'],
    [123.456, '123.5'],
    [-0.05, '−0.05000'],
    [1e-7, '1e−7'],
    [1.2346e9, '1.235e9'],
    [0, '0'],
    [NaN, 'NaN'],
    [Infinity, '∞'],
    [-Infinity, '−∞'],
  ])('value %d is %s', (value, text) => {
    expect(formatValue(value)).toBe(text);
  });
  it('counts', () => {
    expect(formatStep(1_234_567)).toBe('1,234,567');
    expect([999, 9_999, 76_800, 1_200_000, 3e9].map(formatCompact)).toEqual([
      '999',
      '9,999',
      '76.8 k',
      '1.2 M',
      '3 G',
    ]);
    expect([0, 999, 1000, 449e6, 1.5e9].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '1 kB',
      '449 MB',
      '1.5 GB',
    ]);
  });
});

describe('times', () => {
  it.each([
    [0, '0 s'],
    [0.25, '250 ms'],
    [3.14, '3.1 s'],
    [192, '3 m 12 s'],
    [3840, '1 h 04 m'],
    [90_000, '1 d 01 h'],
    [-5, '−5 s'],
    [NaN, '–'],
  ])('%d s is %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
  it('age takes the largest unit', () => {
    expect([2, 59, 60, 7200, 172_800, 63_072_001].map((s) => age(s).unit)).toEqual([
      'now',
      'seconds',
      'minutes',
      'hours',
      'days',
      'years',
    ]);
  });
});

describe('names', () => {
  it('orders naturally', () => {
    expect(['layer10', 'layer2', 'a'].sort(compareNames)).toEqual(['a', 'layer2', 'layer10']);
  });
  it('groups by the part before the first slash', () => {
    expect(['loss/train/x', 'lr', '/odd'].map(groupOf)).toEqual(['loss', 'lr', '']);
  });
  it('says why a regular expression is wrong instead of throwing', () => {
    const wrong = regexMatcher('loss[');
    expect(wrong.matches).toBeNull();
    expect(wrong.error).toMatch(/loss\[/);
  });
  it('matches text literally and /regex/ as one, ignoring case', () => {
    expect(textMatcher('A.b').matches?.('xa.By')).toBe(true);
    expect(textMatcher('a.b').matches?.('axb')).toBe(false);
    expect(textMatcher('/a.b/').matches?.('AxB')).toBe(true);
    expect(textMatcher('/(/').matches).toBeNull();
  });
});

describe('run colours', () => {
  it('gives the first eight runs eight hues', () => {
    const looks = new Map<string, Look>();
    assignLooks(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], looks);
    expect(new Set([...looks.values()].map((look) => look.hue)).size).toBe(8);
    expect([...looks.values()].every((look) => look.level === 0)).toBe(true);
  });
  it('gives 72 runs 72 looks, and keeps what was given', () => {
    const names = Array.from({ length: 72 }, (_, i) => `run-${i}`);
    const looks = new Map<string, Look>();
    assignLooks(names.slice(0, 5), looks);
    const before = [...looks];
    assignLooks(names, looks);
    expect([...looks].slice(0, 5)).toEqual(before);
    expect(new Set([...looks.values()].map((look) => `${look.hue} ${look.level}`)).size).toBe(72);
  });
  it('starts at the hue of the name', () => {
    const looks = new Map<string, Look>();
    assignLooks(['adam-1e-3'], looks);
    expect(looks.get('adam-1e-3')).toEqual({ hue: hashName('adam-1e-3') % 8, level: 0 });
  });
  it('varies lightness, then the dash', () => {
    expect(shade('#808080', { hue: 0, level: 0 })).toBe('#808080');
    expect(shade('#808080', { hue: 0, level: 1 })).toBe('#aeaeae');
    expect(shade('#808080', { hue: 0, level: 2 })).toBe('#5a5a5a');
    expect(dashOf({ hue: 0, level: 2 })).toEqual([]);
    expect(dashOf({ hue: 0, level: 3 })).toEqual([6, 3]);
  });
});
