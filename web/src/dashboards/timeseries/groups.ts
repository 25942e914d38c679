// From the mean and band of groups to the lines of a chart.
import type { Column, Columns } from '$lib/api/columns';
import type { GroupHeader, GroupSeries, XAxis } from '$lib/api/model';
import { csvLine } from '$lib/format/csv';
import type { ChartLine } from '$lib/charts/scene';
import type { BandChoice, RunGroup } from '$lib/state/rungroups.svelte';
import { TAG_DASHES } from './lines';
import type { Shown } from './rows';

/** Mean and band of one group and tag. */
export interface GroupCurve {
  tag: string;
  group: RunGroup;
  x: Column;
  mean: Column;
  lower: Column;
  upper: Column;
  /** Number of runs that reach each place. */
  count: Column;
  xFirst: number | null;
  xLast: number | null;
  placesTotal: number;
  reduced: boolean;
}

/** What was asked for: one group of one tag each, in the order of the answer. */
export interface GroupWish {
  tag: string;
  group: RunGroup;
}

export function readGroups(answer: Columns<GroupHeader>, wishes: readonly GroupWish[]): GroupCurve[] {
  return answer.header.groups.flatMap((series: GroupSeries, i) => {
    const wish = wishes[i];
    if (!wish || series.points.count === 0) return [];
    const column = (name: string): Column => {
      const ref = series.points.columns[name];
      if (!ref) throw new Error(`expected a column ${name}`);
      return answer.column(ref, series.points.count);
    };
    return [
      {
        ...wish,
        x: column('x'),
        mean: column('mean'),
        lower: column('lower'),
        upper: column('upper'),
        count: column('count'),
        xFirst: series.x_first ?? null,
        xLast: series.x_last ?? null,
        placesTotal: series.places_total,
        reduced: series.reduced,
      },
    ];
  });
}

/** `tags`: of the card, in its order; `band`: what `lower` and `upper` are. */
export function groupLines(
  curves: readonly GroupCurve[],
  tags: readonly string[],
  axis: XAxis['kind'],
  band: BandChoice,
): { lines: ChartLine[]; shown: Shown[] } {
  const lines: ChartLine[] = [];
  const shown: Shown[] = [];
  const none = new Float64Array(0);
  for (const curve of curves) {
    const { group, tag, x, mean } = curve;
    const tagIndex = tags.indexOf(tag);
    const dash = tagIndex <= 0 ? group.style.dash : (TAG_DASHES[tagIndex % TAG_DASHES.length] ?? []);
    const id = `${group.key} ${tag}`;
    lines.push({
      id,
      color: group.style.color,
      dash,
      x,
      y: mean,
      raw: null,
      hasNonFinite: false,
      cutWhereXFalls: false,
      restarts: [],
      ghosts: [],
      band: band === 'none' ? null : { x, lower: curve.lower, upperX: x, upper: curve.upper },
    });
    shown.push({
      id,
      runName: '',
      label: tags.length > 1 ? `${group.label} · ${tag}` : group.label,
      color: group.style.color,
      dash,
      series: {
        run: -1,
        tag,
        points: { x, step: axis === 'step' ? x : none, wall: none, value: mean, smooth: null },
        superseded: [],
        restarts: [],
        pointsTotal: curve.placesTotal,
        pointsInRange: x.length,
        reduced: curve.reduced,
        nan: 0,
        posInf: 0,
        negInf: 0,
        xFirst: curve.xFirst,
        xLast: curve.xLast,
        bytes: 0,
      },
      sorted: true,
      firstWall: NaN,
      group: { lower: curve.lower, upper: curve.upper, count: curve.count },
    });
  }
  return { lines, shown };
}

/** Mean and band of every place that was computed. */
export function groupCsv(curves: readonly GroupCurve[], axis: string): string {
  const lines = [csvLine(['Group', 'Tag', axis, 'Mean', 'Lower', 'Upper', 'Runs'])];
  for (const { group, tag, x, mean, lower, upper, count } of curves) {
    for (let i = 0; i < x.length; i++) {
      const numbers = [x, mean, lower, upper, count].map((column) => column[i] as number);
      lines.push(csvLine([group.label, tag, ...numbers]));
    }
  }
  return `${lines.join('\r\n')}\r\n`;
}
