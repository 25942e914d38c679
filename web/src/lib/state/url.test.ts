import { describe, expect, it } from 'vitest';
import { formatHash, parseHash } from './url.svelte';

describe('address', () => {
  it('carries the dashboard and repeated parameters', () => {
    const location = {
      dashboard: 'timeseries',
      params: [
        ['on', 'adam 1e-3'],
        ['on', 'a&b=c#d'],
        ['tag', '^loss/(train|val)$'],
      ] as [string, string][],
    };
    expect(parseHash(formatHash(location))).toEqual(location);
  });
  it.each(['', '#', '#/', '#images'])('reads %s', (hash) => {
    expect(parseHash(hash)).toEqual({ dashboard: hash.replace(/[#/]/g, ''), params: [] });
  });
});
