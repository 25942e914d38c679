/** Draws histogram and distribution cards: pure functions of a layout against a Painter. */

import { colorMap, mix, rampOf, toHex, type ColorMap, type ColorMapName } from '$lib/charts/colormap';
import type { Painter } from '$lib/charts/painter';
import { makeScale, makeTicks, type AxisKind, type Extent } from '$lib/charts/scales';
import type { ChartTheme } from '$lib/charts/theme.svelte';
import { channels } from '$lib/format/colors';
import { formatCompact } from '$lib/format/numbers';
import type { BandLayout } from './bands';
import type { HeatLayout } from './heatmap';
import type { Plot, Ridge, RidgeLayout } from './ridges';

/** What colours a drawing. */
export interface Look {
  /** The run's colour, `#rrggbb`. */
  readonly color: string;
  readonly theme: ChartTheme;
}

/** Colours of a heat map: the run's own, or a named map. */
export type HeatColors = 'run' | ColorMapName;

const TICK_GAP = 6;
const LABEL_ROOM = 70;

/** Room around the plot of a card that has values or times at its left. */
export function plotIn(width: number, height: number, left: number, right: number): Plot {
  const top = 8;
  const bottom = 22;
  return { left, top, width: Math.max(1, width - left - right), height: Math.max(1, height - top - bottom) };
}

function bottomAxis(
  painter: Painter,
  plot: Plot,
  domain: Extent,
  kind: AxisKind,
  theme: ChartTheme,
  grid: boolean,
): void {
  const bottom = plot.top + plot.height;
  const scale = makeScale('linear', domain, [plot.left, plot.left + plot.width]);
  if (!(domain[1] > domain[0])) {
    painter.segment(plot.left, bottom + 0.5, plot.left + plot.width, bottom + 0.5, { color: theme.line });
    return;
  }
  for (const { value, label } of makeTicks(scale, kind, Math.max(2, Math.round(plot.width / LABEL_ROOM)))) {
    const x = Math.round(scale.toPixel(value)) + 0.5;
    if (grid) painter.segment(x, plot.top, x, bottom, { color: theme.grid });
    // The outermost labels stay within the drawing.
    const align = x > painter.width - 20 ? 'right' : x < 16 ? 'left' : 'center';
    painter.text(label, x, bottom + TICK_GAP, { color: theme.faint, align, baseline: 'top' });
  }
  painter.segment(plot.left, bottom + 0.5, plot.left + plot.width, bottom + 0.5, { color: theme.line });
}

/** Ticks of a vertical axis: at the left of the plot with grid lines, or at its right without. */
function sideAxis(
  painter: Painter,
  plot: Plot,
  domain: Extent,
  pixels: Extent,
  kind: AxisKind,
  side: 'left' | 'right',
  theme: ChartTheme,
): void {
  if (!(domain[1] > domain[0])) return;
  const scale = makeScale('linear', domain, pixels);
  const count = Math.max(2, Math.round(Math.abs(pixels[1] - pixels[0]) / 36));
  for (const { value, label } of makeTicks(scale, kind, count)) {
    const y = Math.round(scale.toPixel(value)) + 0.5;
    if (side === 'left') {
      painter.segment(plot.left, y, plot.left + plot.width, y, { color: theme.grid });
      painter.text(label, plot.left - TICK_GAP, y, {
        color: theme.faint,
        align: 'right',
        baseline: 'middle',
      });
    } else {
      const right = plot.left + plot.width;
      painter.segment(right, y, right + 4, y, { color: theme.line });
      painter.text(label, right + TICK_GAP + 2, y, { color: theme.faint, align: 'left', baseline: 'middle' });
    }
  }
}

/** Colour of a ridge by its place in time: the newest is the run's colour, older ones fade. */
export function ridgeColor(look: Look, index: number, count: number): string {
  const part = count > 1 ? index / (count - 1) : 1;
  return toHex(mix(channels(look.theme.surface), channels(look.color), 0.22 + 0.68 * part));
}

function drawRidge(painter: Painter, ridge: Ridge, fill: string, line: string, width: number): void {
  const { xs, ys } = ridge.outline;
  painter.area(xs, ys, { color: fill });
  painter.line(xs, ys, 0, xs.length, { color: line, width });
}

/** Ridges with their axes. */
export function drawRidges(
  painter: Painter,
  layout: RidgeLayout,
  edges: readonly number[],
  at: readonly number[],
  axis: AxisKind,
  look: Look,
): void {
  const { theme } = look;
  const { plot, ridges, mode } = layout;
  bottomAxis(painter, plot, [edges[0] ?? 0, edges.at(-1) ?? 1], 'value', theme, true);
  const ground = channels(theme.surface);
  const ink = channels(theme.text);
  if (mode === 'overlay') {
    const pixels: Extent = [plot.top + plot.height, plot.top + plot.height - layout.peakHeight];
    sideAxis(painter, plot, [0, layout.peak], pixels, 'value', 'left', theme);
    for (const ridge of ridges) {
      const { xs, ys } = ridge.outline;
      const color = ridgeColor(look, ridge.index, ridges.length);
      painter.line(xs, ys, 0, xs.length, { color, width: 1.2, opacity: 0.9 });
    }
    return;
  }
  sideAxis(painter, plot, [at[0] ?? 0, at.at(-1) ?? 0], layout.timeRange, axis, 'right', theme);
  // Outlines are lighter than what they enclose on a light ground and darker on a dark one, so that
  // many ridges close to one another stay apart.
  const width = ridges.length > 30 ? 0.7 : 1;
  for (const ridge of ridges) {
    const fill = ridgeColor(look, ridge.index, ridges.length);
    drawRidge(painter, ridge, fill, toHex(mix(mix(channels(fill), ground, 0.45), ink, 0.08)), width);
  }
}

/** One ridge in front of the others, with a mark at a bin. */
export function drawRidgeOver(
  painter: Painter,
  layout: RidgeLayout,
  ridge: Ridge,
  bin: number | null,
  look: Look,
  strong: boolean,
): void {
  const { theme } = look;
  const { xs, ys } = ridge.outline;
  if (strong && layout.mode === 'offset') painter.area(xs, ys, { color: look.color, opacity: 0.9 });
  painter.line(xs, ys, 0, xs.length, { color: strong ? theme.text : theme.accent, width: 1.6 });
  if (bin === null) return;
  const place = bin - ridge.firstBin + 1;
  const x = xs[place];
  const y = ys[place];
  // The feet are no bins.
  if (x === undefined || y === undefined || place < 1 || place > xs.length - 2) return;
  painter.segment(x, layout.plot.top, x, layout.plot.top + layout.plot.height, {
    color: theme.muted,
    dash: [3, 3],
  });
  painter.circle(x, y, 3.4, { color: theme.text }, { color: theme.surface, width: 1.5 });
}

/** The map from heat to colour. */
export function heatMapOf(colors: HeatColors, look: Look): ColorMap {
  if (colors !== 'run') return colorMap(colors);
  const ground = channels(look.theme.surface);
  const color = channels(look.color);
  return rampOf([mix(ground, color, 0.05), color, mix(color, channels(look.theme.text), 0.55)]);
}

/** A heat map with its axes and the key of its colours. */
export function drawHeat(
  painter: Painter,
  layout: HeatLayout,
  edges: readonly number[],
  axis: AxisKind,
  look: Look,
  colors: HeatColors,
): void {
  const { theme } = look;
  const { plot } = layout;
  const map = heatMapOf(colors, look);
  sideAxis(
    painter,
    plot,
    [edges[0] ?? 0, edges.at(-1) ?? 1],
    [plot.top + plot.height, plot.top],
    'value',
    'left',
    theme,
  );
  painter.rect(plot.left, plot.top, plot.width, plot.height, { color: toHex(map(0)) });
  for (const cell of layout.cells) {
    // On whole pixels, so that no seam shows between neighbours.
    const [x, y] = [Math.round(cell.x), Math.round(cell.y)];
    const [right, bottom] = [Math.round(cell.x + cell.width), Math.round(cell.y + cell.height)];
    painter.rect(x, y, Math.max(1, right - x), Math.max(1, bottom - y), { color: toHex(map(cell.heat)) });
  }
  bottomAxis(painter, plot, layout.timeRange, axis, theme, false);
  const key = { x: plot.left + plot.width + 10, width: 8, rows: Math.max(1, Math.floor(plot.height / 2)) };
  for (let i = 0; i < key.rows; i += 1) {
    painter.rect(key.x, plot.top + plot.height - (i + 1) * 2, key.width, 2, {
      color: toHex(map((i + 0.5) / key.rows)),
    });
  }
  const label = { color: theme.faint, align: 'left', baseline: 'middle' } as const;
  painter.text(formatCompact(Math.round(layout.peak)), key.x + key.width + 4, plot.top + 5, label);
  painter.text('0', key.x + key.width + 4, plot.top + plot.height - 5, label);
}

/** A frame around a column, and around one of its cells. */
export function drawColumnOver(
  painter: Painter,
  layout: HeatLayout,
  index: number,
  bin: number | null,
  look: Look,
  strong: boolean,
): void {
  const { plot, borders, rows } = layout;
  const x = borders[index];
  const right = borders[index + 1];
  if (x === undefined || right === undefined) return;
  const color = strong ? look.theme.text : look.theme.accent;
  painter.rect(x, plot.top, right - x, plot.height, null, { color, width: 1 });
  if (bin === null) return;
  const bottom = rows[bin] ?? 0;
  const top = rows[bin + 1] ?? bottom;
  painter.rect(x, top, right - x, bottom - top, null, { color, width: 2 });
}

/** Opacity of the nested areas, which add up towards the median. */
const BAND_OPACITY = 0.17;

/** Nested bands with their axes. */
export function drawBands(painter: Painter, layout: BandLayout, axis: AxisKind, look: Look): void {
  const { theme, color } = look;
  const { plot, areas, lines } = layout;
  sideAxis(painter, plot, layout.valueRange, [plot.top + plot.height, plot.top], 'value', 'left', theme);
  bottomAxis(painter, plot, layout.timeRange, axis, theme, true);
  painter.clip(plot.left - 4, plot.top, plot.width + 8, plot.height, () => {
    for (const area of areas) {
      for (const { xs, ys } of area.outlines) painter.area(xs, ys, { color, opacity: BAND_OPACITY });
    }
    const median = (lines.length - 1) / 2;
    lines.forEach((paths, index) => {
      const stroke = index === median ? { color, width: 1.6 } : { color, width: 0.7, opacity: 0.55 };
      for (const { xs, ys } of paths) painter.line(xs, ys, 0, xs.length, stroke);
    });
  });
}

/** A line at a step, with a mark on each of its nine values. */
export function drawBandsOver(
  painter: Painter,
  layout: BandLayout,
  index: number,
  look: Look,
  strong: boolean,
): void {
  const { theme, color } = look;
  const { plot, values } = layout;
  const x = layout.xs[index];
  if (x === undefined) return;
  painter.segment(
    x,
    plot.top,
    x,
    plot.top + plot.height,
    strong ? { color: theme.muted, dash: [3, 3] } : { color: theme.accent, width: 1.5 },
  );
  if (!strong) return;
  const scale = makeScale('linear', layout.valueRange, [plot.top + plot.height, plot.top]);
  values.forEach((row, band) => {
    const value = row[index] ?? Number.NaN;
    if (!Number.isFinite(value)) return;
    const median = band === (values.length - 1) / 2;
    painter.circle(
      x,
      scale.toPixel(value),
      median ? 3.4 : 2.2,
      { color },
      { color: theme.surface, width: 1 },
    );
  });
}

/** Opacity of what lies outside of a selected range. */
const OUTSIDE_OPACITY = 0.62;

/** Fades what lies beside two horizontal places, and marks them. */
function drawRange(painter: Painter, plot: Plot, from: number, to: number, { theme }: Look): void {
  const right = plot.left + plot.width;
  const fade = { color: theme.surface, opacity: OUTSIDE_OPACITY };
  painter.rect(plot.left, plot.top, Math.max(0, from - plot.left), plot.height, fade);
  painter.rect(to, plot.top, Math.max(0, right - to), plot.height, fade);
  for (const x of [from, to])
    painter.segment(x, plot.top, x, plot.top + plot.height, { color: theme.accent, width: 1.5 });
}

/** Marks the columns of a heat map that lie in a selected range. */
export function drawColumnRange(
  painter: Painter,
  layout: HeatLayout,
  [first, last]: Extent,
  look: Look,
): void {
  drawRange(painter, layout.plot, layout.borders[first] ?? 0, layout.borders[last + 1] ?? 0, look);
}

/** Marks the steps of a distribution that lie in a selected range. */
export function drawBandRange(painter: Painter, layout: BandLayout, [first, last]: Extent, look: Look): void {
  drawRange(painter, layout.plot, layout.xs[first] ?? 0, layout.xs[last] ?? 0, look);
}

/** Marks the first and the last ridge of a selected range, and the stretch between their feet. */
export function drawRidgeRange(
  painter: Painter,
  layout: RidgeLayout,
  [first, last]: Extent,
  look: Look,
): void {
  const { plot, ridges, mode } = layout;
  const ends = [ridges[first], ridges[last]];
  for (const ridge of ends) {
    if (!ridge) continue;
    const { xs, ys } = ridge.outline;
    painter.line(xs, ys, 0, xs.length, { color: look.theme.accent, width: 1.2 });
  }
  if (mode === 'overlay') return;
  const x = plot.left + plot.width + 2;
  const stroke = { color: look.theme.accent, width: 3 };
  painter.segment(x, ends[0]?.baseline ?? 0, x, ends[1]?.baseline ?? 0, stroke);
}
