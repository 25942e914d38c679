// From values to pixels: linear, logarithmic and symmetric-logarithmic axes, their ticks and tick labels.
import { format, precisionFixed } from 'd3-format';
import { scaleLinear } from 'd3-scale';
import { formatClock, formatDate } from '$lib/format/times';

export type ScaleKind = 'linear' | 'log' | 'symlog';
/** What the numbers of an axis are, for its ticks: counts, plain values, seconds, or times of day. */
export type AxisKind = 'step' | 'value' | 'relative' | 'wall';
export type Extent = readonly [number, number];

export interface Scale {
  readonly kind: ScaleKind;
  readonly domain: Extent;
  /** Pixel of a value. On a logarithmic axis, values that have no logarithm lie at the low end. */
  toPixel(value: number): number;
  toValue(pixel: number): number;
  /** Pixels of many values at once. */
  project(values: ArrayLike<number>, into: Float32Array): void;
}

export interface Tick {
  value: number;
  label: string;
}

/** Three decades below the largest value are logarithmic, what is nearer to zero is linear. */
function symlogConstant(domain: Extent): number {
  const largest = Math.max(Math.abs(domain[0]), Math.abs(domain[1]));
  return largest > 0 ? 10 ** (Math.floor(Math.log10(largest)) - 3) : 1;
}

export function makeScale(kind: ScaleKind, domain: Extent, pixels: Extent): Scale {
  const [from, to] = domain;
  const constant = symlogConstant(domain);
  let transform: (value: number) => number = (value) => value;
  let inverse: (value: number) => number = (value) => value;
  if (kind === 'log') {
    const low = Math.log10(from);
    transform = (value) => (value > 0 ? Math.log10(value) : low);
    inverse = (value) => 10 ** value;
  } else if (kind === 'symlog') {
    transform = (value) => Math.sign(value) * Math.log1p(Math.abs(value) / constant);
    inverse = (value) => Math.sign(value) * Math.expm1(Math.abs(value)) * constant;
  }
  const start = transform(from);
  const factor = (pixels[1] - pixels[0]) / (transform(to) - start);
  const offset = pixels[0] - start * factor;
  return {
    kind,
    domain,
    toPixel: (value) => transform(value) * factor + offset,
    toValue: (pixel) => inverse((pixel - offset) / factor),
    project(values, into) {
      const count = values.length;
      if (kind === 'linear') {
        for (let i = 0; i < count; i++) into[i] = (values[i] as number) * factor + offset;
      } else {
        for (let i = 0; i < count; i++) into[i] = transform(values[i] as number) * factor + offset;
      }
    },
  };
}

/** A domain that can be drawn: never empty, and positive on a logarithmic axis. */
export function usableDomain(kind: ScaleKind, domain: Extent, smallestPositive = NaN): Extent {
  let [from, to] = domain;
  if (kind === 'log') {
    if (!(to > 0)) return [0.1, 1];
    if (!(from > 0)) from = smallestPositive > 0 && smallestPositive < to ? smallestPositive : to / 1000;
    return from === to ? [from / 2, to * 2] : [from, to];
  }
  if (!Number.isFinite(from) || !Number.isFinite(to)) return [0, 1];
  if (from === to) {
    const room = from === 0 ? 1 : Math.abs(from) * 0.1;
    from -= room;
    to += room;
  }
  return [from, to];
}

/** Room around the data: 5 % of the range, rounded to ticks, as TensorBoard does. */
export function niceDomain(kind: ScaleKind, domain: Extent): Extent {
  const [from, to] = domain;
  if (kind === 'log') {
    const room = (Math.log10(to) - Math.log10(from)) * 0.05;
    return [10 ** (Math.log10(from) - room), 10 ** (Math.log10(to) + room)];
  }
  const room = (to - from) * 0.05;
  const [low, high] = scaleLinear()
    .domain([from - room, to + room])
    .nice()
    .domain();
  return [low ?? from, high ?? to];
}

function linearTicks(domain: Extent, count: number): number[] {
  return scaleLinear()
    .domain([...domain])
    .ticks(count);
}

const SECOND_STEPS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800,
  3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000, 31_536_000,
];

function secondStep(range: number, count: number): number {
  const wanted = range / Math.max(1, count);
  return SECOND_STEPS.find((step) => step >= wanted) ?? (SECOND_STEPS.at(-1) as number);
}

function relativeTicks(domain: Extent, count: number): Tick[] {
  const step = secondStep(domain[1] - domain[0], count);
  const ticks: Tick[] = [];
  for (let i = Math.ceil(domain[0] / step); i * step <= domain[1]; i++) {
    const value = i * step;
    ticks.push({ value, label: shortDuration(value, step) });
  }
  return ticks;
}

/** `90` with steps of 30 is `1:30`-like text without ambiguity: `1m30`. */
function shortDuration(seconds: number, step: number): string {
  if (seconds === 0) return '0';
  const sign = seconds < 0 ? '−' : '';
  const size = Math.abs(seconds);
  if (step < 1) return `${sign}${format(`.${precisionFixed(step)}f`)(size)}s`;
  const whole = Math.round(size);
  if (whole < 60) return `${sign}${whole}s`;
  if (whole < 3600)
    return `${sign}${Math.floor(whole / 60)}m${whole % 60 === 0 ? '' : String(whole % 60).padStart(2, '0')}`;
  if (whole < 86_400) {
    const minutes = Math.floor((whole % 3600) / 60);
    return `${sign}${Math.floor(whole / 3600)}h${minutes === 0 ? '' : String(minutes).padStart(2, '0')}`;
  }
  const hours = Math.floor((whole % 86_400) / 3600);
  return `${sign}${Math.floor(whole / 86_400)}d${hours === 0 ? '' : ` ${hours}h`}`;
}

function wallTicks(domain: Extent, count: number): Tick[] {
  const step = secondStep(domain[1] - domain[0], count);
  // Ticks lie on round local times, so the zone's offset is taken out and put back.
  const zone = -new Date(domain[0] * 1000).getTimezoneOffset() * 60;
  const ticks: Tick[] = [];
  for (let i = Math.ceil((domain[0] + zone) / step); i * step - zone <= domain[1]; i++) {
    const value = i * step - zone;
    const label =
      step >= 86_400
        ? formatDate(value).slice(5)
        : step >= 60
          ? formatClock(value).slice(0, 5)
          : step >= 1
            ? formatClock(value)
            : `${formatClock(value).slice(6)}.${String(Math.round((((value % 1) + 1) % 1) * 1000)).padStart(3, '0')}`;
    ticks.push({ value, label });
  }
  return ticks;
}

function decadeTicks(domain: Extent, count: number): number[] {
  const low = Math.ceil(Math.log10(domain[0]) - 1e-9);
  const high = Math.floor(Math.log10(domain[1]) + 1e-9);
  if (high - low < 1) return linearTicks(domain, count).filter((value) => value > 0);
  const every = Math.max(1, Math.ceil((high - low + 1) / count));
  const ticks: number[] = [];
  for (let exponent = low; exponent <= high; exponent += every) ticks.push(10 ** exponent);
  if (ticks.length < 3 && every === 1) {
    for (let exponent = low - 1; exponent <= high; exponent++) {
      for (const digit of [2, 5]) {
        const value = digit * 10 ** exponent;
        if (value >= domain[0] && value <= domain[1]) ticks.push(value);
      }
    }
  }
  return ticks.sort((a, b) => a - b);
}

function symlogTicks(domain: Extent, count: number): number[] {
  const constant = symlogConstant(domain);
  const side = (limit: number) =>
    limit > constant ? decadeTicks([constant, limit], Math.max(2, Math.floor(count / 2))) : [];
  return [...side(-domain[0]).map((value) => -value), 0, ...side(domain[1])]
    .filter((value) => value >= domain[0] && value <= domain[1])
    .sort((a, b) => a - b);
}

/** One label format for all ticks of an axis, so that their digits line up. */
export function tickFormat(values: readonly number[], kind: ScaleKind): (value: number) => string {
  const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  let step = Infinity;
  for (let i = 1; i < values.length; i++)
    step = Math.min(step, (values[i] as number) - (values[i - 1] as number));
  if (!Number.isFinite(step) || step <= 0) step = largest || 1;
  const minus = (text: string) => text.replaceAll('-', '−');
  if (kind !== 'linear') {
    return (value) => {
      const size = Math.abs(value);
      if (size === 0) return '0';
      return minus(
        size >= 1e5 || size < 1e-3 ? format('.0e')(value).replace('e+', 'e') : format('.3~r')(value),
      );
    };
  }
  if (largest >= 1e15 || largest < 1e-4) {
    const digits = Math.max(0, Math.floor(Math.log10(largest)) - Math.floor(Math.log10(step)));
    return (value) =>
      value === 0 ? '0' : minus(format(`.${Math.min(6, digits)}e`)(value).replace('e+', 'e'));
  }
  if (largest >= 1e4) {
    // All labels in the unit of the largest: 500k beside 1M would be harder to compare.
    const [unit, suffix] =
      largest >= 1e12 ? [1e12, 'T'] : largest >= 1e9 ? [1e9, 'G'] : largest >= 1e6 ? [1e6, 'M'] : [1e3, 'k'];
    const fixed = format(`,.${Math.min(6, precisionFixed(step / unit))}f`);
    return (value) => (value === 0 ? '0' : minus(`${fixed(value / unit)}${suffix}`));
  }
  const digits = Math.min(8, precisionFixed(step));
  return (value) => minus(format(`,.${digits}f`)(value));
}

/** About `count` ticks of a scale. */
export function makeTicks(scale: Scale, axis: AxisKind, count: number): Tick[] {
  const [from, to] = scale.domain;
  if (scale.kind === 'linear' && axis === 'relative') return relativeTicks(scale.domain, count);
  if (scale.kind === 'linear' && axis === 'wall') return wallTicks(scale.domain, count);
  let values =
    scale.kind === 'log'
      ? decadeTicks([from, to], count)
      : scale.kind === 'symlog'
        ? symlogTicks([from, to], count)
        : linearTicks([from, to], count);
  if (axis === 'step') values = values.filter((value) => Number.isInteger(value));
  const label = tickFormat(values, scale.kind);
  return values.map((value) => ({ value, label: label(value) }));
}
