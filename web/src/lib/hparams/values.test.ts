import { describe, expect, it } from 'vitest';
import {
  compareValues,
  distinct,
  hparamKey,
  metricKey,
  metricOf,
  plainText,
  shownText,
  sortedPlaces,
  valueOf,
} from './values';

describe('keys', () => {
  it.each([
    { group: '', tag: 'loss' },
    { group: 'validation/a b', tag: 'epoch_accuracy' },
    { group: 'a:b', tag: 'm:x:y' },
    { group: '%', tag: '%41' },
  ])('of metrics come back: $group $tag', (metric) => expect(metricOf(metricKey(metric))).toEqual(metric));

  it('of anything else are none', () => {
    for (const key of [hparamKey('lr'), 'm:', 'm::', 'm:%:x', '']) expect(metricOf(key)).toBeNull();
  });
});

it('reads values of the wire', () => {
  expect([true, 0, '', null, { number: '-Infinity' }, undefined].map(valueOf)).toEqual([
    true,
    0,
    '',
    null,
    -Infinity,
    null,
  ]);
  expect(valueOf({ number: 'NaN' })).toBeNaN();
});

it('orders numbers, truth values and texts; what is missing comes last both ways', () => {
  const values = ['b10', null, 2, true, 'b9', NaN, false, -1];
  const order = (descending: boolean) => sortedPlaces(values, descending).map((place) => values[place]);
  expect(order(false)).toEqual([-1, 2, NaN, false, true, 'b9', 'b10', null]);
  expect(order(true)).toEqual(['b10', 'b9', true, false, NaN, 2, -1, null]);
  expect(compareValues(1, '1')).toBeLessThan(0);
});

it('keeps the order of equal values', () => {
  expect(sortedPlaces([1, 1, 0, 1], true)).toEqual([0, 1, 3, 2]);
});

it('finds the different values', () => {
  expect(distinct([1, '1', true, null, 1, 'a'])).toEqual([1, true, '1', 'a']);
});

it('writes values', () => {
  expect([null, 0.1, true, 'x', NaN].map((value) => plainText(value))).toEqual([
    '',
    '0.1',
    'true',
    'x',
    'NaN',
  ]);
  expect([null, 0.123456, false, '<b>'].map((value) => shownText(value))).toEqual([
    '–',
    '0.1235',
    'false',
    '<b>',
  ]);
  expect(shownText(90, 'duration')).toBe('1 m 30 s');
});
