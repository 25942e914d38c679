import { expect, it } from 'vitest';
import { distributionCsv, histogramCsv } from './table';

it('writes a histogram as one line per step and bin', () => {
  const step = {
    step: 5,
    wall_time_secs: 10.5,
    min: 0,
    max: 2,
    num: 3,
    sum: 3,
    sum_squares: 4,
    uncounted: 0,
    zero_bucket: 0,
  };
  expect(
    histogramCsv({
      run: 0,
      tag: 'w',
      steps_total: 1,
      unreadable: 0,
      edges: [0, 1, 2],
      steps: [{ ...step, counts: [1, 2] }],
    }),
  ).toBe('Wall time,Step,Left,Right,Count\n10.5,5,0,1,1\n10.5,5,1,2,2\n');
});

it('writes own buckets when there are no common bins', () => {
  const step = {
    step: 5,
    wall_time_secs: 10.5,
    min: 0,
    max: 2,
    num: 3,
    sum: 3,
    sum_squares: 4,
    uncounted: 0,
    zero_bucket: 0,
  };
  const own = { ...step, counts: [3], left: [-1], right: [4] };
  expect(histogramCsv({ run: 0, tag: 'w', steps_total: 1, unreadable: 0, edges: [], steps: [own] })).toBe(
    'Wall time,Step,Left,Right,Count\n10.5,5,-1,4,3\n',
  );
});

it('writes a distribution as one line per step', () => {
  expect(
    distributionCsv({
      run: 0,
      tag: 'w',
      steps_total: 2,
      unreadable: 0,
      basis_points: [0, 668, 5000],
      step: [1, 2],
      wall_time_secs: [10, 20],
      values: [
        [0, 1],
        ['NaN', 2],
        [5, 6],
      ],
    }),
  ).toBe('Wall time,Step,p0,p6.68,p50\n10,1,0,NaN,5\n20,2,1,2,6\n');
});
