// From series to the lines of a chart.
import type { ChartLine } from '$lib/charts/scene';
import type { Run, XAxis } from '$lib/api/model';
import type { RunStyle } from '$lib/state/colors.svelte';
import type { CardSpec } from './cards';
import { isSorted, type Shown } from './rows';
import { seriesKey, type Points, type Series } from './series';

/** Tags of one card are told apart by dash; the first tag keeps the run's own. */
export const TAG_DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 2], [7, 2, 2, 2], [12, 4], [1, 3]];

export interface LineInput {
  card: CardSpec;
  runs: readonly Run[];
  data: ReadonlyMap<string, Series>;
  axis: XAxis['kind'];
  partition: boolean;
  styleOf: (name: string) => RunStyle;
  labelOf: (name: string) => string;
  firstWallOf: (key: string) => number | undefined;
}

function drawn(points: Points): Points['value'] {
  return points.smooth ?? points.value;
}

/** Where restarts lie on the axis: at the first point at or after the step where writing began anew. */
export function restartPositions(series: Series, axis: XAxis['kind']): number[] {
  if (axis === 'step') return [...series.restarts];
  const { step, x } = series.points;
  return series.restarts.flatMap((restart) => {
    for (let i = 0; i < step.length; i++) if ((step[i] as number) >= restart) return [x[i] as number];
    return [];
  });
}

export function makeLines(input: LineInput): { lines: ChartLine[]; shown: Shown[] } {
  const lines: ChartLine[] = [];
  const shown: Shown[] = [];
  const several = input.card.lines.length > 1;
  input.card.lines.forEach((spec, tagIndex) => {
    for (const run of input.runs) {
      const key = seriesKey({ run: run.id, tag: spec.tag });
      const series = input.data.get(key);
      if (!series) continue;
      const style = input.styleOf(run.name);
      const dash = tagIndex === 0 ? style.dash : (TAG_DASHES[tagIndex % TAG_DASHES.length] ?? []);
      const id = `${run.name} ${spec.tag}`;
      const lower = spec.band && input.data.get(seriesKey({ run: run.id, tag: spec.band.lower }));
      const upper = spec.band && input.data.get(seriesKey({ run: run.id, tag: spec.band.upper }));
      lines.push({
        id,
        color: style.color,
        dash,
        x: series.points.x,
        y: drawn(series.points),
        raw: series.points.smooth ? series.points.value : null,
        hasNonFinite: series.nan + series.posInf + series.negInf > 0,
        cutWhereXFalls: input.partition,
        restarts: restartPositions(series, input.axis),
        ghosts: series.superseded.map((points) => ({ x: points.x, y: points.value })),
        band:
          lower && upper
            ? {
                x: lower.points.x,
                lower: drawn(lower.points),
                upperX: upper.points.x,
                upper: drawn(upper.points),
              }
            : null,
      });
      shown.push({
        id,
        runName: run.name,
        label: several ? `${input.labelOf(run.name)} · ${spec.tag}` : input.labelOf(run.name),
        color: style.color,
        dash,
        series,
        sorted: input.axis !== 'tag' ? true : isSorted(series.points.x),
        firstWall: input.firstWallOf(key) ?? (series.points.wall[0] as number),
      });
    }
  });
  return { lines, shown };
}
