import { beforeEach, expect, it } from 'vitest';
import { PerCard } from './percard.svelte';
import { url } from './url.svelte';

const steps = new PerCard('x.step');

beforeEach(() => steps.clear());

it('keeps one value per card, whatever their names hold', () => {
  steps.set('run:1', 'a/b%', 10);
  steps.set('run', '1:a/b%', 20);
  expect(steps.number('run:1', 'a/b%')).toBe(10);
  expect(steps.number('run', '1:a/b%')).toBe(20);
  expect(steps.get('run', 'other')).toBeNull();
  expect(url.all('x.step')).toEqual(['10:run%3A1:a/b%25', '20:run:1%3Aa/b%25']);
});

it('replaces and takes away', () => {
  steps.set('r', 't', 1);
  steps.set('r', 'u', 2);
  steps.set('r', 't', 3);
  expect(steps.number('r', 't')).toBe(3);
  steps.set('r', 't', null);
  expect(steps.number('r', 't')).toBeNull();
  expect(steps.number('r', 'u')).toBe(2);
  steps.clear();
  expect(steps.number('r', 'u')).toBeNull();
});

it('takes what a person has mangled for nothing', () => {
  url.set('x.step', ['7', 'a:b:c:d', '%E0%A4%A:r:t', 'many:r:t']);
  expect(steps.number('r', 't')).toBeNull();
  expect(steps.get('r', 't')).toBe('many');
});
