/** Where curves lie on a card: panels, scales and points in CSS pixels. */

import type { Curve } from '$lib/api/model';
import { makeScale, makeTicks, type Extent, type Tick } from '$lib/charts/scales';

/** Precision over recall, true over false positive rate, misses over false alarms, or how often a score is right. */
export type Kind = 'pr' | 'roc' | 'det' | 'calibration';

export interface Plot {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** An axis of a panel. */
export interface PanelScale {
  readonly toPixel: (value: number) => number;
  readonly ticks: readonly Tick[];
}

/** A curve in a panel. */
export interface PanelLine {
  /** What is drawn. */
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  /** The curve's own points, by their place in its columns (or bins); NaN where a rate is not defined. */
  readonly pointXs: readonly number[];
  readonly pointYs: readonly number[];
}

export interface Panel {
  readonly kind: Kind;
  readonly plot: Plot;
  readonly x: PanelScale;
  readonly y: PanelScale;
  readonly lines: readonly PanelLine[];
  /** What guessing achieves, or calibrated scores: a line, and for PR one for each share of positive samples. */
  readonly chance: readonly { xs: readonly number[]; ys: readonly number[]; prevalence: number | null }[];
}

/** Panels of at least this width stand beside one another. */
const LEAST_WIDTH = 230;
const ROOM = { left: 52, top: 10, right: 12, bottom: 38 } as const;
/** More shares of positive samples than this would be a hatching. */
const MOST_CHANCE = 4;

/**
 * The quantile of the standard normal distribution, the axis of DET curves.
 *
 * P. J. Acklam's rational approximation (2003); relative error below 1.2e-9.
 */
export function probit(p: number): number {
  const a = [
    -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
    2.506628277459239,
  ];
  const b = [
    -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1,
    -1.328068155288572e1, 1,
  ];
  const c = [
    -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1];
  const polynomial = (factors: readonly number[], x: number): number =>
    factors.reduce((sum, factor) => sum * x + factor, 0);
  const low = 0.02425;
  if (!(p > 0)) return -Infinity;
  if (p >= 1) return Infinity;
  if (p < low) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(c, q) / polynomial(d, q);
  }
  if (p > 1 - low) return -probit(1 - p);
  const q = p - 0.5;
  return (q * polynomial(a, q * q)) / polynomial(b, q * q);
}

const DET_TICKS = [0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999, 0.9999];

/** Normal deviates from `lowest` to `1 - lowest`; rates outside lie on the border. */
function probitScale(lowest: number, pixels: Extent): PanelScale {
  const from = probit(lowest);
  const clamped = (rate: number): number => Math.min(1 - lowest, Math.max(lowest, rate));
  const toPixel = (rate: number): number =>
    pixels[0] + ((probit(clamped(rate)) - from) / (-2 * from)) * (pixels[1] - pixels[0]);
  const ticks = DET_TICKS.filter((rate) => rate >= lowest && rate <= 1 - lowest);
  return {
    toPixel,
    ticks: ticks.map((value) => ({ value, label: `${Number((value * 100).toPrecision(4))} %` })),
  };
}

function linearScale(domain: Extent, pixels: Extent): PanelScale {
  const scale = makeScale('linear', domain, pixels);
  const count = Math.max(2, Math.round(Math.abs(pixels[1] - pixels[0]) / 55));
  return { toPixel: scale.toPixel, ticks: makeTicks(scale, 'value', count) };
}

/** The smallest rate a DET panel shows: the power of ten below the smallest that is not 0. */
export function lowestRate(curves: readonly Curve[]): number {
  let smallest = 0.01;
  for (const curve of curves) {
    for (const rate of [...curve.false_positive_rate, ...curve.false_negative_rate]) {
      if (rate !== null && rate > 0 && rate < smallest) smallest = rate;
    }
  }
  return Math.max(1e-4, 10 ** Math.floor(Math.log10(smallest) + 1e-9));
}

/** Rates of a curve on the two axes of a panel. */
export function ratesOf(
  kind: Kind,
  curve: Curve,
): readonly [readonly (number | null)[], readonly (number | null)[]] {
  if (kind === 'pr') return [curve.recall, curve.precision];
  if (kind === 'roc') return [curve.false_positive_rate, curve.recall];
  if (kind === 'det') return [curve.false_positive_rate, curve.false_negative_rate];
  return [curve.calibration?.mean_score ?? [], curve.calibration?.positive_share ?? []];
}

/**
 * The line through a curve's points as `[x, y]` rates.
 *
 * A PR curve goes in steps, each precision holding over the recall it adds, so that the area below it is the average
 * precision (a straight line between two of its points would be too good: Davis and Goadrich 2006). A ROC curve
 * begins and ends in its corners.
 */
export function outline(kind: Kind, curve: Curve): [number, number][] {
  const [xs, ys] = ratesOf(kind, curve);
  const line: [number, number][] = [];
  const whole = curve.positives !== null && curve.negatives !== null;
  xs.forEach((x, i) => {
    const y = ys[i] ?? null;
    if (x === null || y === null) return;
    const before = line.at(-1);
    if (kind === 'pr' && before && before[0] !== x) line.push([x, before[1]]);
    line.push([x, y]);
  });
  if (kind === 'det') return betweenBorders(line);
  if (kind === 'calibration') return line;
  const last = line.at(-1);
  if (!whole || !last) return line;
  if (kind === 'pr' && last[0] > 0) line.push([0, last[1]]);
  if (kind === 'roc') {
    const first = line[0];
    if (first && (first[0] < 1 || first[1] < 1)) line.unshift([1, 1]);
    if (last[0] > 0 || last[1] > 0) line.push([0, 0]);
  }
  return line;
}

/** From the last point without misses to the first without false alarms, as scikit-learn draws DET curves. */
function betweenBorders(line: readonly [number, number][]): [number, number][] {
  const first = line.findLastIndex(([, misses]) => misses === 0);
  const last = line.findIndex(([alarms]) => alarms === 0);
  return line.slice(Math.max(0, first), last < 0 ? line.length : last + 1);
}

/** The panels of a card: beside one another where there is room, else below one another. */
export function layoutPanels(
  width: number,
  height: number,
  kinds: readonly Kind[],
  curves: readonly Curve[],
  corner: number,
): Panel[] {
  const beside = width / kinds.length >= LEAST_WIDTH;
  const [wide, high] = beside ? [width / kinds.length, height] : [width, height / kinds.length];
  return kinds.map((kind, place) => {
    const plot: Plot = {
      left: (beside ? place * wide : 0) + ROOM.left,
      top: (beside ? 0 : place * high) + ROOM.top,
      width: Math.max(1, wide - ROOM.left - ROOM.right),
      height: Math.max(1, high - ROOM.top - ROOM.bottom),
    };
    const across: Extent = [plot.left, plot.left + plot.width];
    const up: Extent = [plot.top + plot.height, plot.top];
    const [x, y] = scalesOf(kind, across, up, curves, corner);
    const lines = curves.map((curve): PanelLine => {
      const line = outline(kind, curve);
      const [xs, ys] = ratesOf(kind, curve);
      const pixel = (scale: PanelScale, rate: number | null | undefined): number =>
        rate === null || rate === undefined ? Number.NaN : scale.toPixel(rate);
      return {
        xs: line.map((point) => x.toPixel(point[0])),
        ys: line.map((point) => y.toPixel(point[1])),
        pointXs: xs.map((rate) => pixel(x, rate)),
        pointYs: ys.map((rate) => pixel(y, rate)),
      };
    });
    return { kind, plot, x, y, lines, chance: chanceOf(kind, curves, x, y) };
  });
}

function scalesOf(
  kind: Kind,
  across: Extent,
  up: Extent,
  curves: readonly Curve[],
  corner: number,
): [PanelScale, PanelScale] {
  const best: Extent = [1 - corner, 1];
  switch (kind) {
    case 'pr':
      return [linearScale(best, across), linearScale(best, up)];
    case 'roc':
      return [linearScale([0, corner], across), linearScale(best, up)];
    case 'det': {
      const lowest = lowestRate(curves);
      return [probitScale(lowest, across), probitScale(lowest, up)];
    }
    case 'calibration':
      return [linearScale([0, 1], across), linearScale([0, 1], up)];
  }
}

function chanceOf(kind: Kind, curves: readonly Curve[], x: PanelScale, y: PanelScale): Panel['chance'] {
  const line = (points: readonly (readonly [number, number])[], prevalence: number | null) => ({
    xs: points.map((point) => x.toPixel(point[0])),
    ys: points.map((point) => y.toPixel(point[1])),
    prevalence,
  });
  // What guesses are for ROC, scores that are right are for calibration.
  if (kind === 'roc' || kind === 'calibration')
    return [
      line(
        [
          [0, 0],
          [1, 1],
        ],
        null,
      ),
    ];
  if (kind === 'det')
    return [
      line(
        [
          [0, 1],
          [1, 0],
        ],
        null,
      ),
    ];
  const shares = new Map<string, number>();
  for (const { positives, negatives } of curves) {
    if (positives === null || negatives === null || !(positives + negatives > 0)) continue;
    const share = positives / (positives + negatives);
    shares.set(share.toFixed(3), share);
  }
  if (shares.size > MOST_CHANCE) return [];
  return [...shares.values()].map((share) =>
    line(
      [
        [0, share],
        [1, share],
      ],
      share,
    ),
  );
}

/** A point of a curve. */
export interface PointOf {
  /** Place of the curve. */
  readonly line: number;
  /** Place in its columns. */
  readonly at: number;
}

/** The panel at a place. */
export function panelAt(panels: readonly Panel[], x: number, y: number): Panel | null {
  const inside = ({ plot }: Panel): boolean =>
    x >= plot.left - ROOM.left &&
    x <= plot.left + plot.width + ROOM.right &&
    y >= plot.top - ROOM.top &&
    y <= plot.top + plot.height + ROOM.bottom;
  return panels.find(inside) ?? null;
}

/** The point nearest to a place, of the first `lines` curves; null when there are none within the panel. */
export function nearestPoint(panel: Panel, x: number, y: number, lines: number): PointOf | null {
  let best: PointOf | null = null;
  let least = Infinity;
  panel.lines.slice(0, lines).forEach(({ pointXs, pointYs }, line) => {
    pointXs.forEach((px, at) => {
      const distance = (px - x) ** 2 + ((pointYs[at] ?? Number.NaN) - y) ** 2;
      if (distance < least) {
        least = distance;
        best = { line, at };
      }
    });
  });
  return best;
}

/** Place of the threshold nearest to a wanted one, or of the best F1 when none is wanted; -1: there is none. */
export function placeOf(curve: Curve, threshold: number | null): number {
  if (threshold === null) return curve.best_f1 ?? -1;
  let best = -1;
  let least = Infinity;
  curve.threshold.forEach((value, at) => {
    const distance = Math.abs(value - threshold);
    if (distance < least) {
      least = distance;
      best = at;
    }
  });
  return best;
}
