import { describe, expect, it } from 'vitest';
import type { Columns } from '$lib/api/columns';
import type { GroupHeader } from '$lib/api/model';
import type { RunGroup } from '$lib/state/rungroups.svelte';
import { groupCsv, groupLines, readGroups } from './groups';
import { rowsAt } from './rows';

const group = (key: string): RunGroup => ({
  key,
  label: `<${key}>`,
  style: { color: '#123456', dash: [] },
  runs: [],
});

/** Columns x, mean, lower, upper, count of each group, in the order of their offsets. */
function answer(groups: readonly (readonly number[])[][]): Columns<GroupHeader> {
  const names = ['x', 'mean', 'lower', 'upper', 'count'];
  return {
    header: {
      revision: 1,
      groups: groups.map((columns, g) => ({
        runs: 2,
        places_total: 5,
        reduced: true,
        x_first: 0,
        x_last: 9,
        points: {
          count: columns[0]?.length ?? 0,
          columns: Object.fromEntries(names.map((name, i) => [name, { dtype: 'f64', offset: g * 5 + i }])),
        },
      })),
    },
    column: (ref) => Float64Array.from(groups[Math.floor(ref.offset / 5)]?.[ref.offset % 5] ?? []),
  };
}

const curves = readGroups(
  answer([
    [
      [0, 1],
      [2, 3],
      [1, 2.5],
      [3, 3.5],
      [2, 1],
    ],
    [[], [], [], [], []],
  ]),
  [
    { tag: 'loss', group: group('a') },
    { tag: 'loss', group: group('b') },
  ],
);

describe('groups', () => {
  it('without points are left out', () => expect(curves.map((curve) => curve.group.key)).toEqual(['a']));

  it('are lines with a band, and rows that tell it', () => {
    const { lines, shown } = groupLines(curves, ['loss'], 'step', 'std');
    expect(lines[0]?.band).toMatchObject({
      lower: new Float64Array([1, 2.5]),
      upper: new Float64Array([3, 3.5]),
    });
    expect([...(lines[0]?.y as Float64Array)]).toEqual([2, 3]);
    expect(rowsAt(shown, 0.9, null)[0]).toMatchObject({
      label: '<a>',
      value: 3,
      step: 1,
      band: { lower: 2.5, upper: 3.5, runs: 1 },
    });
  });

  it('have no band where none is wanted, and the tag in their name where a card has several', () => {
    const { lines, shown } = groupLines(curves, ['x', 'loss'], 'relative', 'none');
    expect(lines[0]?.band).toBeNull();
    expect(lines[0]?.dash).toEqual([7, 3]);
    expect(shown[0]?.label).toBe('<a> · loss');
    expect(shown[0]?.series.points.step.length).toBe(0);
  });

  it('are exported place by place', () => {
    expect(groupCsv(curves, 'step')).toBe(
      'Group,Tag,step,Mean,Lower,Upper,Runs\r\n<a>,loss,0,2,1,3,2\r\n<a>,loss,1,3,2.5,3.5,1\r\n',
    );
  });
});
