// Scalar series of a snapshot: each was recorded once over its steps, and is cut and counted here as it is asked for.
import { parseColumns, type Column, type Columns } from '$lib/api/columns';
import type {
  ColumnRef,
  ColumnSet,
  JsonNumber,
  ScalarHeader,
  ScalarQuery,
  ScalarSeries,
  ScalarStats,
  ScalarStatsQuery,
  SeriesRef,
  Smoothing,
  StatPoint,
} from '$lib/api/model';
import { csvLine } from '$lib/format/csv';
import type { Packs } from './packs';

const MAGIC = 0x31434247; // "GBC1" read as a little-endian u32

interface Points {
  step: Column;
  wall: Column;
  value: Column;
  smooth: Column | null;
}

interface Series {
  header: ScalarSeries;
  live: Points;
  superseded: Points[];
}

/** Columns put behind a header, as the server writes them. */
class ColumnFile {
  readonly #columns: { column: Column; offset: number }[] = [];
  #length = 0;

  add(column: Column): ColumnRef {
    const offset = Math.ceil(this.#length / 8) * 8;
    this.#columns.push({ column, offset });
    this.#length = offset + column.byteLength;
    return { dtype: column instanceof Float32Array ? 'f32' : 'f64', offset };
  }

  finish(header: unknown): ArrayBuffer {
    let json = JSON.stringify(header);
    let text = new TextEncoder().encode(json);
    json += ' '.repeat((8 - (text.length % 8)) % 8);
    text = new TextEncoder().encode(json);
    const start = 8 + text.length;
    const bytes = new Uint8Array(start + this.#length);
    const prefix = new DataView(bytes.buffer);
    prefix.setUint32(0, MAGIC, true);
    prefix.setUint32(4, text.length, true);
    bytes.set(text, 8);
    for (const { column, offset } of this.#columns) {
      bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), start + offset);
    }
    return bytes.buffer;
  }
}

export class SnapshotScalars {
  constructor(
    private readonly packs: Packs,
    /** Weights of the smoothing that was recorded. */
    private readonly weights: readonly number[],
  ) {}

  /** The binary answer to a query. */
  async columns(query: ScalarQuery): Promise<ArrayBuffer> {
    const file = new ColumnFile();
    const kind = query.x?.kind ?? 'step';
    if (kind === 'tag') throw new Error('a snapshot has no axis of another scalar');
    const series: ScalarSeries[] = [];
    for (const one of await this.#all(query.series, query.smoothing ?? null)) {
      const origin = one.live.wall[0] ?? 0;
      const placed = (points: Points): Column =>
        kind === 'step'
          ? points.step
          : kind === 'wall'
            ? points.wall
            : Float64Array.from(points.wall, (wall) => wall - origin);
      const set = (points: Points): ColumnSet => {
        const step = file.add(points.step);
        const wall = file.add(points.wall);
        const x = kind === 'step' ? step : kind === 'wall' ? wall : file.add(placed(points));
        const columns: Record<string, ColumnRef> = { x, step, wall, value: file.add(points.value) };
        if (points.smooth) columns['smooth'] = file.add(points.smooth);
        return { count: points.step.length, columns };
      };
      const x = placed(one.live);
      const [from, to] = [query.x_min ?? -Infinity, query.x_max ?? Infinity];
      let counts = one.header;
      if (query.x_min != null || query.x_max != null) {
        counts = { ...counts, points_in_range: 0, nan: 0, pos_inf: 0, neg_inf: 0 };
        x.forEach((at, i) => {
          if (!(at >= from && at <= to)) return;
          const value = one.live.value[i] ?? NaN;
          counts.points_in_range += 1;
          if (Number.isNaN(value)) counts.nan += 1;
          else if (value === Infinity) counts.pos_inf += 1;
          else if (value === -Infinity) counts.neg_inf += 1;
        });
      }
      let [first, last] = [Infinity, -Infinity];
      for (const at of x) {
        if (!Number.isFinite(at) || (query.x_log && at <= 0)) continue;
        first = Math.min(first, at);
        last = Math.max(last, at);
      }
      series.push({
        ...counts,
        x_first: first <= last ? first : null,
        x_last: first <= last ? last : null,
        live: set(one.live),
        superseded: query.superseded ? one.superseded.map(set) : [],
      });
    }
    const header: ScalarHeader = { revision: 0, series };
    return file.finish(header);
  }

  /** The points as a file. */
  async file(query: ScalarQuery, type: string, runName: (run: number) => string): Promise<string> {
    const series = await this.#all(query.series, query.smoothing ?? null);
    if (type === 'application/json') {
      return JSON.stringify({
        revision: 0,
        series: series.map(({ header, live }) => ({
          run: header.run,
          run_name: runName(header.run),
          tag: header.tag,
          step: [...live.step],
          wall_time_secs: [...live.wall],
          value: Array.from(live.value, written),
          ...(live.smooth ? { smoothed: Array.from(live.smooth, written) } : {}),
          reduced: header.reduced,
        })),
      });
    }
    const smoothed = series.some(({ live }) => live.smooth);
    const lines = [['Run', 'Tag', 'Wall time', 'Step', 'Value', ...(smoothed ? ['Smoothed'] : [])]];
    for (const { header, live } of series) {
      live.step.forEach((step, i) => {
        const cells = [runName(header.run), header.tag, live.wall[i], step, live.value[i]];
        lines.push([...cells, ...(live.smooth ? [live.smooth[i]] : [])].map(String));
      });
    }
    return lines.map((line) => csvLine(line) + '\r\n').join('');
  }

  /**
   * Figures over a range of steps. Those of whole series were recorded; others are those of the points that are
   * here, and a series of which not all are here has none, but its point at a single step.
   */
  async stats(query: ScalarStatsQuery): Promise<ScalarStats[]> {
    const [low, high] = [query.step_min ?? null, query.step_max ?? null];
    const level = this.#level(query.smoothing ?? null);
    const all: ScalarStats[] = [];
    for (const ref of query.series) {
      if (low === null && high === null) {
        const kept = await this.packs.json<ScalarStats>(['stats', ref.run, ref.tag, level]);
        if (kept) all.push(kept);
        continue;
      }
      const [one] = await this.#all([ref], query.smoothing ?? null);
      if (!one) continue;
      if (!one.header.reduced || low === high) {
        all.push(figures(one, low ?? -Infinity, high ?? Infinity));
      }
    }
    return all;
  }

  #level(smoothing: Smoothing | null): number {
    if (smoothing === null) return 0;
    const level = smoothing.method === 'exponential' ? this.weights.indexOf(smoothing.weight) : -1;
    if (level < 0) throw new Error(`expected a recorded smoothing: ${this.weights.join(', ')}`);
    return level;
  }

  async #all(refs: readonly SeriesRef[], smoothing: Smoothing | null): Promise<Series[]> {
    const level = this.#level(smoothing);
    const found = await Promise.all(
      refs.map(({ run, tag }) => this.packs.find(['scalars', run, tag, level])),
    );
    return found.flatMap((recorded) => {
      if (!recorded) return [];
      const answer = parseColumns<ScalarHeader>(recorded.bytes.buffer);
      return answer.header.series.map((header) => ({
        header,
        live: points(answer, header.live, smoothing !== null),
        superseded: header.superseded.map((set) => points(answer, set, smoothing !== null)),
      }));
    });
  }
}

function points(answer: Columns<ScalarHeader>, set: ColumnSet, smoothed: boolean): Points {
  const column = (name: string): Column => {
    const ref = set.columns[name];
    return ref ? answer.column(ref, set.count) : new Float64Array(0);
  };
  return {
    step: column('step'),
    wall: column('wall'),
    value: column('value'),
    smooth: smoothed && set.columns['smooth'] ? column('smooth') : null,
  };
}

/** A number as JSON from the server. */
function written(value: number): JsonNumber {
  return Number.isFinite(value) ? value : (String(value) as JsonNumber);
}

function figures({ header, live }: Series, low: number, high: number): ScalarStats {
  const point = (i: number): StatPoint => ({
    step: live.step[i] as number,
    wall_time_secs: live.wall[i] as number,
    value: written(live.value[i] as number),
  });
  let [count, nonFinite, sum] = [0, 0, 0];
  let [min, max, first, last, nearest] = [-1, -1, -1, -1, -1];
  live.step.forEach((step, i) => {
    if (nearest < 0 || Math.abs(step - low) < Math.abs((live.step[nearest] as number) - low)) nearest = i;
    if (step < low || step > high) return;
    const value = live.value[i] as number;
    count += 1;
    if (first < 0) first = i;
    last = i;
    if (!Number.isFinite(value)) {
      nonFinite += 1;
      return;
    }
    sum += value;
    if (min < 0 || value < (live.value[min] as number)) min = i;
    if (max < 0 || value > (live.value[max] as number)) max = i;
  });
  if (low === high) last = nearest;
  const at = (i: number): StatPoint | null => (i < 0 ? null : point(i));
  const smoothedAt = (i: number) => (i < 0 || !live.smooth ? null : written(live.smooth[i] as number));
  return {
    run: header.run,
    tag: header.tag,
    count,
    non_finite: nonFinite,
    min: at(min),
    max: at(max),
    mean: count > nonFinite ? sum / (count - nonFinite) : null,
    first: at(first),
    last: at(last),
    first_smoothed: smoothedAt(first),
    last_smoothed: smoothedAt(last),
  };
}
