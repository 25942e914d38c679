// What a line chart shows, and how it is drawn: pure functions of data against a Painter.
import type { Numbers, Painter } from './painter';
import {
  makeScale,
  makeTicks,
  niceDomain,
  usableDomain,
  type AxisKind,
  type Extent,
  type Scale,
  type ScaleKind,
} from './scales';
import type { ChartTheme } from './theme.svelte';

/** Points of a discarded branch. */
export interface GhostLine {
  x: Numbers;
  y: Numbers;
}

export interface ChartLine {
  /** Names the line within its chart. */
  id: string;
  color: string;
  dash: readonly number[];
  x: Numbers;
  /** What is drawn strongly: the smoothed values, or the values themselves. */
  y: Numbers;
  /** The values behind smoothed ones, drawn faintly. */
  raw: Numbers | null;
  /** Whether some value is NaN or infinite. */
  hasNonFinite: boolean;
  /** Whether the line is cut wherever x goes back. */
  cutWhereXFalls: boolean;
  /** Where writing started anew, in units of x. */
  restarts: readonly number[];
  ghosts: readonly GhostLine[];
  /** An area between two lines, drawn behind everything. */
  band: { x: Numbers; lower: Numbers; upperX: Numbers; upper: Numbers } | null;
}

export interface Box {
  x: Extent;
  y: Extent;
}

export interface ChartAxes {
  xKind: AxisKind;
  xScale: ScaleKind;
  yScale: ScaleKind;
}

/** A chart laid out at a size: everything that drawing and pointing need. */
export interface Scene {
  width: number;
  height: number;
  lines: readonly ChartLine[];
  axes: ChartAxes;
  plot: { left: number; top: number; width: number; height: number };
  x: Scale;
  y: Scale;
}

const MARGIN = { left: 46, right: 10, top: 6, bottom: 22 };
const STRONG_WIDTH = 1.6;
/** Beyond this many points lines are drawn one pixel wide: they overlap anyway, and it takes a tenth of the time. */
const POINTS_DRAWN_WIDE = 30_000;
const FAINT_OPACITY = 0.24;
const POINT_RADIUS = 4;
const MARK_SIZE = 4;

/** `room` is kept free above and below the chart, for the title and the legend of an export. */
export function layOut(
  lines: readonly ChartLine[],
  axes: ChartAxes,
  view: Box,
  width: number,
  height: number,
  room = { top: 0, bottom: 0 },
): Scene {
  const plot = {
    left: MARGIN.left,
    top: MARGIN.top + room.top,
    width: Math.max(1, width - MARGIN.left - MARGIN.right),
    height: Math.max(1, height - MARGIN.top - MARGIN.bottom - room.top - room.bottom),
  };
  return {
    width,
    height,
    lines,
    axes,
    plot,
    x: makeScale(axes.xScale, usableDomain(axes.xScale, view.x), [plot.left, plot.left + plot.width]),
    y: makeScale(axes.yScale, usableDomain(axes.yScale, view.y), [plot.top + plot.height, plot.top]),
  };
}

/** Smallest and largest finite x of all lines, ghosts included when they are shown. */
export function xExtent(lines: readonly ChartLine[], scale: ScaleKind): Extent {
  let from = Infinity;
  let to = -Infinity;
  const visit = (xs: Numbers) => {
    for (let i = 0; i < xs.length; i++) {
      const x = xs[i] as number;
      if (!Number.isFinite(x) || (scale === 'log' && x <= 0)) continue;
      if (x < from) from = x;
      if (x > to) to = x;
    }
  };
  for (const line of lines) {
    visit(line.x);
    for (const ghost of line.ghosts) visit(ghost.x);
  }
  return usableDomain(scale, [from, to]);
}

/** With fewer values than this, leaving out a twentieth at either end would always hide the smallest and the largest. */
const FEWEST_WITH_OUTLIERS = 21;

/**
 * The vertical range of the points within `x`. Ignoring outliers takes the values at ranks
 * ceil((n-1)·0.05) and floor((n-1)·0.95) of the sorted values, as TensorBoard does (which does so from three
 * values on); faint raw lines do not count.
 */
export function yExtent(
  lines: readonly ChartLine[],
  scale: ScaleKind,
  x: Extent | null,
  ignoreOutliers: boolean,
): Extent {
  let count = 0;
  for (const line of lines)
    count += line.y.length + (line.band ? line.band.lower.length + line.band.upper.length : 0);
  const values = new Float64Array(count);
  let n = 0;
  const visit = (xs: Numbers, ys: Numbers) => {
    for (let i = 0; i < ys.length; i++) {
      const y = ys[i] as number;
      if (!Number.isFinite(y) || (scale === 'log' && y <= 0)) continue;
      if (x && ((xs[i] as number) < x[0] || (xs[i] as number) > x[1])) continue;
      values[n++] = y;
    }
  };
  for (const line of lines) {
    visit(line.x, line.y);
    if (line.band) {
      visit(line.band.x, line.band.lower);
      visit(line.band.upperX, line.band.upper);
    }
  }
  if (n === 0) return scale === 'log' ? [0.1, 1] : [0, 1];
  const sorted = values.subarray(0, n);
  let low = Infinity;
  let high = -Infinity;
  if (ignoreOutliers && n >= FEWEST_WITH_OUTLIERS) {
    sorted.sort();
    low = sorted[Math.ceil((n - 1) * 0.05)] as number;
    high = sorted[Math.floor((n - 1) * 0.95)] as number;
  } else {
    for (const y of sorted) {
      if (y < low) low = y;
      if (y > high) high = y;
    }
  }
  return niceDomain(scale, usableDomain(scale, [low, high]));
}

/** Ranges of consecutive points that make one drawn stroke: cut at non-finite values, and where x falls if asked. */
export function strokes(x: Numbers, y: Numbers, cutWhereXFalls: boolean): [number, number][] {
  const ranges: [number, number][] = [];
  let from = -1;
  for (let i = 0; i < y.length; i++) {
    const legal = Number.isFinite(y[i] as number) && Number.isFinite(x[i] as number);
    const falls = cutWhereXFalls && from >= 0 && (x[i] as number) < (x[i - 1] as number);
    if (from >= 0 && (!legal || falls)) {
      ranges.push([from, i]);
      from = -1;
    }
    if (legal && from < 0) from = i;
  }
  if (from >= 0) ranges.push([from, y.length]);
  return ranges;
}

export interface Mark {
  x: number;
  /** Value of the nearest legal point before (else after) it; null when the line has none. */
  y: number | null;
  kind: 'nan' | 'up' | 'down';
}

/** Where a line is not a number or infinite. */
export function marksOf(x: Numbers, value: Numbers, drawn: Numbers): Mark[] {
  const marks: Mark[] = [];
  let last: number | null = null;
  const early: Mark[] = [];
  for (let i = 0; i < value.length; i++) {
    const v = value[i] as number;
    if (Number.isFinite(v)) {
      last = drawn[i] as number;
      for (const mark of early) mark.y = last;
      early.length = 0;
      continue;
    }
    const mark: Mark = { x: x[i] as number, y: last, kind: Number.isNaN(v) ? 'nan' : v > 0 ? 'up' : 'down' };
    marks.push(mark);
    if (last === null) early.push(mark);
  }
  return marks;
}

export interface Detail {
  /** While a gesture moves the view: no faint lines, thin strokes. */
  draft: boolean;
  /** Screen pixels for each CSS pixel. */
  scale: number;
}

/** Draws axes and lines: everything that does not follow the pointer. */
export function drawScene(
  painter: Painter,
  scene: Scene,
  theme: ChartTheme,
  detail: Detail = { draft: false, scale: 1 },
): void {
  const { plot, x, y } = scene;
  const points = scene.lines.reduce((sum, line) => sum + line.x.length, 0);
  const dense = points > POINTS_DRAWN_WIDE;
  const width = !dense ? STRONG_WIDTH : detail.draft ? 1 / detail.scale : 1;
  drawAxes(painter, scene, theme);
  painter.clip(plot.left, plot.top, plot.width, plot.height, () => {
    for (const line of scene.lines) drawBand(painter, line, x, y);
    // All faint lines lie behind all strong ones.
    if (!(dense && detail.draft)) for (const line of scene.lines) drawFaint(painter, line, x, y);
    for (const line of scene.lines) drawStrong(painter, line, x, y, width);
  });
  painter.clip(plot.left - MARK_SIZE, plot.top, plot.width + 2 * MARK_SIZE, plot.height + MARK_SIZE, () => {
    for (const line of scene.lines) drawMarks(painter, line, scene, theme);
  });
}

function drawAxes(painter: Painter, scene: Scene, theme: ChartTheme): void {
  const { plot, axes } = scene;
  const bottom = plot.top + plot.height;
  const grid = { color: theme.grid };
  // Without data there is nothing that numbers could tell, and they would jump when it comes.
  const label = scene.lines.length > 0;
  const yTicks = makeTicks(scene.y, 'value', Math.max(2, Math.min(8, Math.round(plot.height / 42))));
  for (const tick of yTicks) {
    const at = Math.round(scene.y.toPixel(tick.value)) + 0.5;
    if (at < plot.top - 1 || at > bottom + 1) continue;
    painter.segment(plot.left, at, plot.left + plot.width, at, grid);
    if (label)
      painter.text(tick.label, plot.left - 6, at, { color: theme.faint, align: 'right', baseline: 'middle' });
  }
  const xTicks = makeTicks(scene.x, axes.xKind, Math.max(2, Math.min(12, Math.round(plot.width / 80))));
  for (const tick of xTicks) {
    const at = Math.round(scene.x.toPixel(tick.value)) + 0.5;
    if (at < plot.left - 1 || at > plot.left + plot.width + 1) continue;
    painter.segment(at, plot.top, at, bottom, grid);
    if (!label) continue;
    const room = tick.label.length * 3.2;
    const align = at + room > scene.width - 2 ? 'right' : 'center';
    painter.text(tick.label, align === 'right' ? Math.min(at + room, scene.width - 2) : at, bottom + 6, {
      color: theme.faint,
      align,
      baseline: 'top',
    });
  }
  painter.segment(plot.left, bottom + 0.5, plot.left + plot.width, bottom + 0.5, { color: theme.line });
}

function projected(scale: Scale, values: Numbers): Float32Array {
  const pixels = new Float32Array(values.length);
  scale.project(values, pixels);
  return pixels;
}

function drawBand(painter: Painter, line: ChartLine, x: Scale, y: Scale): void {
  if (!line.band) return;
  const { band } = line;
  const count = band.lower.length + band.upper.length;
  const xs = new Float32Array(count);
  const ys = new Float32Array(count);
  xs.set(projected(x, band.x));
  ys.set(projected(y, band.lower));
  xs.set(projected(x, band.upperX).reverse(), band.lower.length);
  ys.set(projected(y, band.upper).reverse(), band.lower.length);
  painter.area(xs, ys, { color: line.color, opacity: 0.16 });
}

function strokesOf(line: ChartLine, y: Numbers): [number, number][] {
  if (line.hasNonFinite || line.cutWhereXFalls) return strokes(line.x, y, line.cutWhereXFalls);
  return y.length > 0 ? [[0, y.length]] : [];
}

function drawFaint(painter: Painter, line: ChartLine, x: Scale, y: Scale): void {
  for (const ghost of line.ghosts) {
    const xs = projected(x, ghost.x);
    const ys = projected(y, ghost.y);
    for (const [from, to] of strokes(ghost.x, ghost.y, false)) {
      painter.line(xs, ys, from, to, { color: line.color, width: 1, dash: [2, 3], opacity: 0.6 });
    }
  }
  if (!line.raw) return;
  const xs = projected(x, line.x);
  const ys = projected(y, line.raw);
  for (const [from, to] of strokesOf(line, line.raw)) {
    painter.line(xs, ys, from, to, { color: line.color, width: 1, opacity: FAINT_OPACITY });
  }
}

function drawStrong(painter: Painter, line: ChartLine, x: Scale, y: Scale, width: number): void {
  const xs = projected(x, line.x);
  const ys = projected(y, line.y);
  for (const [from, to] of strokesOf(line, line.y)) {
    if (to - from > 1) {
      painter.line(xs, ys, from, to, { color: line.color, width, dash: line.dash });
    } else {
      // A point with no neighbour has no line to be seen by.
      painter.circle(xs[from] as number, ys[from] as number, POINT_RADIUS - 1, { color: line.color });
    }
  }
}

function drawMarks(painter: Painter, line: ChartLine, scene: Scene, theme: ChartTheme): void {
  const { plot, x, y } = scene;
  const top = plot.top;
  const bottom = plot.top + plot.height;
  for (const restart of line.restarts) {
    const at = x.toPixel(restart);
    if (at < plot.left || at > plot.left + plot.width) continue;
    painter.segment(at, top, at, bottom, { color: line.color, dash: [1, 3], opacity: 0.8 });
    painter.area([at - MARK_SIZE, at + MARK_SIZE, at], [bottom, bottom, bottom - 1.6 * MARK_SIZE], {
      color: line.color,
    });
  }
  if (!line.hasNonFinite) return;
  for (const mark of marksOf(line.x, line.raw ?? line.y, line.y)) {
    const at = x.toPixel(mark.x);
    if (at < plot.left - 1 || at > plot.left + plot.width + 1) continue;
    const s = MARK_SIZE;
    if (mark.kind === 'nan') {
      const middle =
        mark.y === null ? bottom - s : Math.max(top + s, Math.min(bottom - s, y.toPixel(mark.y)));
      painter.area([at - s, at + s, at], [middle + s, middle + s, middle - s], { color: line.color });
      painter.line([at - s, at + s, at, at - s], [middle + s, middle + s, middle - s, middle + s], 0, 4, {
        color: theme.surface,
      });
    } else if (mark.kind === 'up') {
      painter.area([at - s, at + s, at], [top + 2 * s, top + 2 * s, top], { color: line.color });
    } else {
      painter.area([at - s, at + s, at], [bottom - 2 * s, bottom - 2 * s, bottom], { color: line.color });
    }
  }
}

export interface Overlay {
  /** Value of x under the pointer, here or in another chart. */
  hoverX: number | null;
  /** The points that the tooltip speaks of. */
  points: readonly { x: number; y: number; color: string }[];
  /** The box being dragged, in pixels. */
  box: { x0: number; y0: number; x1: number; y1: number } | null;
  /** The step cursor, in units of x. */
  cursor: number | null;
  /** The selected range, in units of x. */
  range: Extent | null;
}

/** Draws what follows the pointer and the step cursor. */
export function drawOverlay(painter: Painter, scene: Scene, overlay: Overlay, theme: ChartTheme): void {
  const { plot, x, y } = scene;
  const bottom = plot.top + plot.height;
  const right = plot.left + plot.width;
  painter.clip(plot.left - 5, plot.top, plot.width + 10, plot.height, () => {
    if (overlay.range) {
      const from = Math.max(plot.left, x.toPixel(overlay.range[0]));
      const to = Math.min(right, x.toPixel(overlay.range[1]));
      if (to > from)
        painter.rect(from, plot.top, to - from, plot.height, { color: theme.accent, opacity: 0.08 });
      for (const edge of overlay.range) {
        const at = x.toPixel(edge);
        painter.segment(at, plot.top, at, bottom, { color: theme.accent, width: 1.5 });
      }
    }
    if (overlay.cursor !== null) {
      const at = x.toPixel(overlay.cursor);
      painter.segment(at, plot.top, at, bottom, { color: theme.accent, width: 1.5 });
    }
    if (overlay.hoverX !== null) {
      const at = Math.round(x.toPixel(overlay.hoverX)) + 0.5;
      painter.segment(at, plot.top, at, bottom, { color: theme.muted, dash: [3, 3] });
    }
    for (const point of overlay.points) {
      painter.circle(
        x.toPixel(point.x),
        y.toPixel(point.y),
        3.4,
        { color: point.color },
        { color: theme.surface, width: 1.5 },
      );
    }
    if (overlay.box) {
      const { x0, y0, x1, y1 } = overlay.box;
      painter.rect(
        Math.min(x0, x1),
        Math.min(y0, y1),
        Math.abs(x1 - x0),
        Math.abs(y1 - y0),
        { color: theme.accent, opacity: 0.12 },
        { color: theme.accent },
      );
    }
  });
}

/** Index of the point whose x is nearest; -1 when there is none. Lines whose x is sorted are searched by halving. */
export function nearestIndex(xs: Numbers, x: number, sorted: boolean): number {
  if (xs.length === 0) return -1;
  if (!sorted) {
    let best = -1;
    let distance = Infinity;
    for (let i = 0; i < xs.length; i++) {
      const d = Math.abs((xs[i] as number) - x);
      if (d < distance) {
        distance = d;
        best = i;
      }
    }
    return best;
  }
  let low = 0;
  let high = xs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((xs[middle] as number) < x) low = middle + 1;
    else high = middle;
  }
  return low > 0 && x - (xs[low - 1] as number) <= (xs[low] as number) - x ? low - 1 : low;
}
