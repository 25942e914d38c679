// A scalar series as the server answered it, at the resolution it is drawn.
import type { Column, Columns } from '$lib/api/columns';
import type { ColumnSet, ScalarHeader, ScalarSeries, SeriesRef, XAxis } from '$lib/api/model';

export interface Points {
  x: Column;
  step: Column;
  wall: Column;
  value: Column;
  /** Null without smoothing. */
  smooth: Column | null;
}

export interface Series {
  run: number;
  tag: string;
  points: Points;
  superseded: Points[];
  restarts: readonly number[];
  pointsTotal: number;
  pointsInRange: number;
  reduced: boolean;
  nan: number;
  posInf: number;
  negInf: number;
  xFirst: number | null;
  xLast: number | null;
  /** Bytes its columns take. */
  bytes: number;
}

export function seriesKey(series: SeriesRef): string {
  return `${series.run} ${series.tag}`;
}

function readPoints(answer: Columns<ScalarHeader>, set: ColumnSet, axis: XAxis['kind']): Points {
  const column = (name: string): Column => {
    const ref = set.columns[name];
    if (!ref) throw new Error(`expected a column ${name}, got ${Object.keys(set.columns).join(', ')}`);
    return answer.column(ref, set.count);
  };
  const step = column('step');
  const wall = column('wall');
  return {
    // The same numbers need not be kept twice.
    x: axis === 'step' ? step : axis === 'wall' ? wall : column('x'),
    step,
    wall,
    value: column('value'),
    smooth: set.columns['smooth'] ? column('smooth') : null,
  };
}

/** A series of which only the name is known. */
export function emptySeries(run: number, tag: string): Series {
  const none = new Float64Array(0);
  return {
    run,
    tag,
    points: { x: none, step: none, wall: none, value: none, smooth: null },
    superseded: [],
    restarts: [],
    pointsTotal: 0,
    pointsInRange: 0,
    reduced: false,
    nan: 0,
    posInf: 0,
    negInf: 0,
    xFirst: null,
    xLast: null,
    bytes: 0,
  };
}

function bytesOf(points: Points): number {
  const columns = new Set([points.x, points.step, points.wall, points.value, points.smooth]);
  let bytes = 0;
  for (const column of columns) bytes += column?.byteLength ?? 0;
  return bytes;
}

export function readSeries(answer: Columns<ScalarHeader>, header: ScalarSeries, axis: XAxis['kind']): Series {
  const points = readPoints(answer, header.live, axis);
  const superseded = header.superseded.map((set) => readPoints(answer, set, axis));
  return {
    run: header.run,
    tag: header.tag,
    points,
    superseded,
    restarts: header.restarts,
    pointsTotal: header.points_total,
    pointsInRange: header.points_in_range,
    reduced: header.reduced,
    nan: header.nan,
    posInf: header.pos_inf,
    negInf: header.neg_inf,
    xFirst: header.x_first ?? null,
    xLast: header.x_last ?? null,
    bytes: bytesOf(points) + superseded.reduce((sum, set) => sum + bytesOf(set), 0),
  };
}
