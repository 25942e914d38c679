import { describe, expect, it } from 'vitest';
import { entriesOf, entryToShow } from './entries';

function entry(step: number, wall: number, superseded = false) {
  return { step, wall_time_secs: wall, superseded, width: 1, height: 1, samples: [`blobs/${step}-${wall}`] };
}

const logged = [entry(0, 100), entry(10, 210), entry(20, 220), entry(10, 110, true), entry(30, 130, true)];

describe('entriesOf', () => {
  it('hides superseded steps', () => {
    expect(entriesOf(logged, false).map((item) => item.wall_time_secs)).toEqual([100, 210, 220]);
  });
  it('puts a superseded step before the live one of the same step', () => {
    expect(entriesOf(logged, true).map((item) => item.wall_time_secs)).toEqual([100, 110, 210, 220, 130]);
  });
});

describe('entryToShow', () => {
  const entries = entriesOf(logged, true);
  it('is the newest live one when no step is wanted', () => {
    expect(entryToShow(entries, null, null)).toBe(3);
  });
  it('is the last live one at or before the wanted step', () => {
    expect(entryToShow(entries, 10, null)).toBe(2);
    expect(entryToShow(entries, 15, null)).toBe(2);
    expect(entryToShow(entries, 99, null)).toBe(3);
  });
  it('is the superseded one that was chosen, as long as its step is wanted', () => {
    expect(entryToShow(entries, 10, 110)).toBe(1);
    expect(entryToShow(entries, null, 130)).toBe(4);
    expect(entryToShow(entries, 20, 110)).toBe(3);
  });
  it('is a superseded one when nothing else was logged', () => {
    expect(entryToShow([entry(5, 1, true)], 3, null)).toBe(0);
    expect(entryToShow([], null, null)).toBe(-1);
  });
});
