import { describe, expect, it } from 'vitest';
import type { TraceLane, TraceStep, TraceWindow } from '$lib/api/model';
import { heightOf, LANE_ROW, nameOf, placeLanes, processName, readSpans, rowKey, spanAt } from './spans';
import { barAt, barLeft, barWidth } from './steps';
import { formatTime, timeTicks } from './times';

describe('times', () => {
  it('have four digits and a unit', () => {
    expect([0, 1, 999, 1_000, 12_345, 999_999, 1_234_567, 61_000_000_000].map(formatTime)).toEqual([
      '0',
      '1 ns',
      '999 ns',
      '1.000 µs',
      '12.35 µs',
      '1.000 ms',
      '1.235 ms',
      '61.00 s',
    ]);
    expect(formatTime(-1_500)).toBe('−1.500 µs');
  });

  it('have ticks at round places within the range', () => {
    expect(timeTicks(0, 20_000_000, 5)).toEqual([
      { at: 0, label: '0' },
      { at: 5_000_000, label: '5 ms' },
      { at: 10_000_000, label: '10 ms' },
      { at: 15_000_000, label: '15 ms' },
      { at: 20_000_000, label: '20 ms' },
    ]);
  });

  it('ticks that are close together are told apart', () => {
    const labels = timeTicks(5_000_000_000, 5_000_000_100, 5).map((tick) => tick.label);
    expect(new Set(labels).size).toBe(labels.length);
  });
});

/** An answer of the server: columns of two lanes, one with two rows. */
function answer() {
  const columns: Record<string, number[]> = {
    start: [0, 50, 10, 100],
    end: [40, 60, 20, 130],
    event: [0, 1, 2, 3],
    events: [1, 4, 1, 1],
    lane: [0, 0, 0, 1],
    row: [0, 0, 1, 0],
    name: [0, 1, 1, 0],
    category: [0, 0, 0, 1],
    hit: [0, 1, 0, 0],
  };
  const refs = Object.fromEntries(Object.keys(columns).map((name, i) => [name, { dtype: 'f64', offset: i }]));
  const header = { count: 4, pixel_ns: 5, names: ['a', 'b'], categories: ['x', 'y'], columns: refs };
  return readSpans({
    header: header as unknown as TraceWindow,
    column: (ref) => new Float64Array(Object.values(columns)[ref.offset] ?? []),
  });
}

describe('spans', () => {
  it('are found by lane, row and time', () => {
    const spans = answer();
    expect(spans.rows.get(rowKey(0, 0))).toEqual([0, 2]);
    expect(spanAt(spans, 0, 0, 20, 0)).toBe(0);
    expect(spanAt(spans, 0, 0, 55, 0)).toBe(1);
    expect(nameOf(spans, 1)).toBe('b');
    expect(spanAt(spans, 0, 0, 44, 0)).toBe(-1);
    // Within reach, the nearer one.
    expect(spanAt(spans, 0, 0, 44, 5)).toBe(0);
    expect(spanAt(spans, 0, 0, 47, 5)).toBe(1);
    expect(spanAt(spans, 0, 1, 15, 0)).toBe(2);
    expect(spanAt(spans, 1, 0, 99, 2)).toBe(3);
    expect(spanAt(spans, 1, 1, 99, 2)).toBe(-1);
    expect(spanAt(spans, 7, 0, 99, 2)).toBe(-1);
  });
});

const lane = (process_id: string, thread_id: string, rows: number): TraceLane => ({
  process: process_id === '9' ? 'python' : '',
  labels: '',
  process_id,
  thread: '',
  thread_id,
  rows,
  events: 1,
});

describe('lanes', () => {
  it('lie below one another, a process above its threads, folded ones in one row', () => {
    const lanes = [lane('9', '1', 3), lane('9', '2', 1), lane('0', '7', 2)];
    const open = placeLanes(lanes, new Set());
    expect(open.map((place) => place.process)).toEqual(['python (9)', null, '0']);
    expect(open.map((place) => place.height)).toEqual([3 * LANE_ROW, LANE_ROW, 2 * LANE_ROW]);
    for (const [i, place] of open.entries())
      expect(place.top).toBeGreaterThanOrEqual(
        i === 0 ? 0 : (open[i - 1]?.top ?? 0) + (open[i - 1]?.height ?? 0),
      );
    const folded = placeLanes(lanes, new Set([0, 1]));
    expect(folded.map((place) => place.folded)).toEqual([true, false, false]);
    expect(heightOf(open) - heightOf(folded)).toBe(2 * LANE_ROW);
    expect(heightOf([])).toBe(0);
    expect(processName(lanes[2] as TraceLane)).toBe('0');
  });
});

describe('bars of steps', () => {
  it('are found where they are drawn', () => {
    const steps = Array.from({ length: 10 }, () => ({}) as TraceStep);
    for (let at = 0; at < steps.length; at++) {
      const left = barLeft(steps.length, at, 600);
      expect(barAt(steps, left + 1, 600)).toBe(at);
      expect(barAt(steps, left + barWidth(steps.length, 600) - 1, 600)).toBe(at);
    }
    expect(barAt(steps, 10, 600)).toBe(-1);
    expect(barAt([], 100, 600)).toBe(-1);
  });
});
