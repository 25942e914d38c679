// Nanoseconds as text, and ticks of a time axis.
import { format, precisionFixed } from 'd3-format';
import { scaleLinear } from 'd3-scale';

const UNITS: readonly (readonly [number, string])[] = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
];

/** What four digits round up. */
const ROUNDS = 1.00005;

function unitOf(size: number): readonly [number, string] {
  return UNITS.find(([unit]) => size >= unit) ?? [1, 'ns'];
}

/** Four significant digits and a unit: `1.234 ms`. */
export function formatTime(ns: number): string {
  if (ns === 0) return '0';
  // As it will be once it is rounded: 999,999 ns are 1.000 ms.
  const rounded = Math.abs(ns) * ROUNDS;
  const [unit, name] = unitOf(rounded);
  const value = ns / unit;
  const digits = name === 'ns' ? 0 : Math.max(0, 3 - Math.floor(Math.log10(rounded / unit)));
  return `${format(`,.${digits}f`)(value)} ${name}`.replace('-', '−');
}

export interface TimeTick {
  readonly at: number;
  readonly label: string;
}

/** About `count` ticks between two times, all in the unit of their distance. */
export function timeTicks(from: number, to: number, count: number): TimeTick[] {
  const values = scaleLinear().domain([from, to]).ticks(Math.max(2, count));
  const distance = (values[1] ?? to) - (values[0] ?? from);
  // A thousand of the smaller unit is better told in the larger.
  const [unit, name] = unitOf(
    Math.max(Math.abs(to), Math.abs(from)) < 1e3 * distance ? distance * 10 : distance,
  );
  const fixed = format(`,.${Math.min(9, precisionFixed(distance / unit))}f`);
  return values.map((at) => ({
    at,
    label: at === 0 ? '0' : `${fixed(at / unit)} ${name}`.replace('-', '−'),
  }));
}
