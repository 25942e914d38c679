// A part of the timeline as it came from the server.
import type { Columns } from '$lib/api/columns';
import type { TraceLane, TraceWindow } from '$lib/api/model';

export interface Spans {
  readonly count: number;
  /** Events shorter than this may be joined, nanoseconds. */
  readonly pixel: number;
  readonly start: ArrayLike<number>;
  readonly end: ArrayLike<number>;
  readonly event: ArrayLike<number>;
  /** How many events a span stands for. */
  readonly events: ArrayLike<number>;
  readonly lane: ArrayLike<number>;
  readonly row: ArrayLike<number>;
  readonly name: ArrayLike<number>;
  readonly category: ArrayLike<number>;
  readonly hit: ArrayLike<number>;
  readonly names: readonly string[];
  readonly categories: readonly string[];
  /** Where the spans of a row are, by `rowKey`. */
  readonly rows: ReadonlyMap<number, readonly [number, number]>;
}

/** More rows than any lane has. */
const ROWS = 1024;

export function rowKey(lane: number, row: number): number {
  return lane * ROWS + row;
}

export function readSpans(columns: Columns<TraceWindow>): Spans {
  const { count, pixel_ns: pixel, names, categories, columns: refs } = columns.header;
  const column = (name: keyof typeof refs) => columns.column(refs[name], count);
  const [lane, row] = [column('lane'), column('row')];
  const rows = new Map<number, readonly [number, number]>();
  for (let i = 0; i < count;) {
    const first = i;
    const key = rowKey(lane[i] as number, row[i] as number);
    while (i < count && rowKey(lane[i] as number, row[i] as number) === key) i++;
    rows.set(key, [first, i]);
  }
  return {
    count,
    pixel,
    names,
    categories,
    lane,
    row,
    rows,
    start: column('start'),
    end: column('end'),
    event: column('event'),
    events: column('events'),
    name: column('name'),
    category: column('category'),
    hit: column('hit'),
  };
}

/** The span of a row at a time, or the nearest one that is less than `reach` away; -1 for none. */
export function spanAt(spans: Spans, lane: number, row: number, time: number, reach: number): number {
  const [first, behind] = spans.rows.get(rowKey(lane, row)) ?? [0, 0];
  let [low, high] = [first, behind];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans.end[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  let best = -1;
  let nearest = reach;
  for (const at of [low - 1, low]) {
    if (at < first || at >= behind) continue;
    const distance = Math.max(0, (spans.start[at] as number) - time, time - (spans.end[at] as number));
    if (distance <= nearest) {
      // Of two that touch, the one that begins here.
      nearest = distance;
      best = at;
    }
  }
  return best;
}

export const nameOf = (spans: Spans, at: number): string => spans.names[spans.name[at] as number] ?? '';
export const categoryOf = (spans: Spans, at: number): string =>
  spans.categories[spans.category[at] as number] ?? '';

export const LANE_ROW = 17;
const LANE_GAP = 7;
const PROCESS_ROW = 22;

/** Where a lane is drawn. */
export interface Place {
  readonly lane: number;
  readonly top: number;
  readonly height: number;
  /** Rows that are shown: one when it is folded. */
  readonly rows: number;
  readonly folded: boolean;
  /** The words above the lane, where a process begins. */
  readonly process: string | null;
}

export function processName(lane: TraceLane): string {
  const parts = [lane.process, lane.labels].filter((part) => part !== '');
  const name = parts.join(' · ');
  return name === '' ? lane.process_id : `${name} (${lane.process_id})`;
}

export function threadName(lane: TraceLane): string {
  return lane.thread === '' ? lane.thread_id : lane.thread;
}

/** Puts the lanes below one another; the last entry's end is the height of all. */
export function placeLanes(lanes: readonly TraceLane[], folded: ReadonlySet<number>): Place[] {
  const places: Place[] = [];
  let top = 0;
  let before: string | null = null;
  lanes.forEach((lane, index) => {
    const process = processName(lane);
    const begins = process !== before;
    before = process;
    if (begins) top += PROCESS_ROW;
    const isFolded = folded.has(index) && lane.rows > 1;
    const rows = isFolded ? 1 : Math.max(1, lane.rows);
    const height = rows * LANE_ROW;
    places.push({ lane: index, top, height, rows, folded: isFolded, process: begins ? process : null });
    top += height + LANE_GAP;
  });
  return places;
}

export const heightOf = (places: readonly Place[]): number => {
  const last = places.at(-1);
  return last ? last.top + last.height + LANE_GAP : 0;
};
