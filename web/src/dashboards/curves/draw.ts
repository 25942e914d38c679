/** Draws the panels of a card: pure functions of a layout against a Painter. */

import type { Curve } from '$lib/api/model';
import type { Painter } from '$lib/charts/painter';
import type { ChartTheme } from '$lib/charts/theme.svelte';
import { formatValue } from '$lib/format/numbers';
import type { Kind, Panel, PointOf } from './layout';

/** How a curve is drawn. */
export interface LineLook {
  readonly color: string;
  readonly dash: readonly number[];
  /** Superseded curves are there, but behind. */
  readonly faint: boolean;
}

/** Texts in the drawing, in the language of the page. */
export interface Texts {
  readonly axes: Readonly<Record<Kind, readonly [x: string, y: string]>>;
  readonly chance: string;
  readonly calibrated: string;
  readonly prevalence: (share: string) => string;
}

const TICK_GAP = 6;
/** With more curves than this only the one that is looked at has its best points marked. */
const MARKED = 4;

function drawAxes(painter: Painter, panel: Panel, texts: Texts, theme: ChartTheme): void {
  const { plot, x, y } = panel;
  const [right, bottom] = [plot.left + plot.width, plot.top + plot.height];
  let free = -Infinity;
  for (const { value, label } of x.ticks) {
    const at = Math.round(x.toPixel(value)) + 0.5;
    painter.segment(at, plot.top, at, bottom, { color: theme.grid });
    // Ticks of a DET curve crowd towards its borders; the last stays within the drawing.
    const half = label.length * 3.2;
    if (at - half < free || at + half > right + 14) continue;
    free = at + half + 4;
    painter.text(label, at, bottom + TICK_GAP, { color: theme.faint, align: 'center', baseline: 'top' });
  }
  for (const { value, label } of y.ticks) {
    const at = Math.round(y.toPixel(value)) + 0.5;
    painter.segment(plot.left, at, right, at, { color: theme.grid });
    painter.text(label, plot.left - TICK_GAP, at, {
      color: theme.faint,
      align: 'right',
      baseline: 'middle',
    });
  }
  painter.segment(plot.left, bottom + 0.5, right, bottom + 0.5, { color: theme.line });
  const [across, up] = texts.axes[panel.kind];
  painter.text(across, plot.left + plot.width / 2, bottom + 22, {
    color: theme.muted,
    align: 'center',
    baseline: 'top',
  });
  painter.text(up, plot.left - 45, plot.top + plot.height / 2, {
    color: theme.muted,
    align: 'center',
    baseline: 'middle',
    rotate: -90,
  });
}

function drawChance(painter: Painter, panel: Panel, texts: Texts, theme: ChartTheme): void {
  const { plot } = panel;
  /** Where labels stand already. */
  const labelled: number[] = [];
  for (const { xs, ys, prevalence } of panel.chance) {
    painter.line(xs, ys, 0, xs.length, { color: theme.faint, dash: [4, 4], opacity: 0.8 });
    const [x0 = 0, x1 = 0] = xs;
    const [y0 = 0, y1 = 0] = ys;
    const style = { color: theme.faint, size: 10, halo: theme.surface } as const;
    if (prevalence !== null) {
      if (labelled.some((y) => Math.abs(y - y0) < 13)) continue;
      labelled.push(y0);
      painter.text(texts.prevalence(formatValue(prevalence, 3)), plot.left + 6, y0 - 4, style);
      continue;
    }
    // Where guessing leaves the panel, its name would lie outside too.
    const part = panel.kind === 'det' ? 0.6 : 0.68;
    const name = panel.kind === 'calibration' ? texts.calibrated : texts.chance;
    painter.text(name, x0 + (x1 - x0) * part + 6, y0 + (y1 - y0) * part + 10, style);
  }
}

function diamond(painter: Painter, x: number, y: number, color: string, theme: ChartTheme): void {
  const size = 4.5;
  const xs = [x, x + size, x, x - size, x];
  const ys = [y - size, y, y + size, y, y - size];
  painter.area(xs, ys, { color: theme.surface });
  painter.line(xs, ys, 0, xs.length, { color, width: 1.5 });
}

/** Where a point of a curve lies in a panel; null where its rates are not defined. */
function placeIn(panel: Panel, { line, at }: PointOf): readonly [number, number] | null {
  const found = panel.lines[line];
  const [x, y] = [found?.pointXs[at], found?.pointYs[at]];
  return x === undefined || y === undefined || Number.isNaN(x + y) ? null : [x, y];
}

function clipTo(painter: Painter, panel: Panel, draw: () => void): void {
  // Marks on the border are whole.
  const { left, top, width, height } = panel.plot;
  painter.clip(left - 6, top - 6, width + 12, height + 12, draw);
}

/** Axes, chance lines, curves and the marks of their best points. */
export function drawPanels(
  painter: Painter,
  panels: readonly Panel[],
  curves: readonly Curve[],
  looks: readonly LineLook[],
  texts: Texts,
  theme: ChartTheme,
): void {
  for (const panel of panels) {
    drawAxes(painter, panel, texts, theme);
    clipTo(painter, panel, () => {
      drawChance(painter, panel, texts, theme);
      panel.lines.forEach(({ xs, ys }, i) => {
        const look = looks[i];
        if (!look) return;
        painter.line(xs, ys, 0, xs.length, {
          color: look.color,
          width: look.faint ? 1 : 1.6,
          dash: look.faint ? [3, 3] : look.dash,
          opacity: look.faint ? 0.5 : 1,
        });
        // Between its bins a calibration curve is unknown.
        if (panel.kind === 'calibration' && !look.faint)
          xs.forEach((x, at) => painter.circle(x, ys[at] ?? 0, 2.5, { color: look.color }));
      });
      if (looks.filter((look) => !look.faint).length > MARKED) return;
      looks.forEach((look, i) => {
        if (!look.faint) drawBest(painter, panel, i, curves[i], look.color, theme);
      });
    });
  }
}

/** A diamond at the best F1 of a PR curve, at the best J of the others. */
function drawBest(
  painter: Painter,
  panel: Panel,
  line: number,
  curve: Curve | undefined,
  color: string,
  theme: ChartTheme,
): void {
  if (panel.kind === 'calibration') return;
  const at = panel.kind === 'pr' ? curve?.best_f1 : curve?.youden;
  const place = typeof at === 'number' ? placeIn(panel, { line, at }) : null;
  if (place) diamond(painter, ...place, color, theme);
}

/**
 * What follows the pointer: the curve that is looked at, and on every curve the operating point; a calibration curve
 * has none, there `active` is a bin.
 */
export function drawOverPanels(
  painter: Painter,
  panels: readonly Panel[],
  curves: readonly Curve[],
  looks: readonly LineLook[],
  operating: readonly PointOf[],
  active: PointOf | null,
  theme: ChartTheme,
): void {
  for (const panel of panels) {
    clipTo(painter, panel, () => {
      const line = active && panel.lines[active.line];
      const look = active && looks[active.line];
      if (active && line && look) {
        painter.line(line.xs, line.ys, 0, line.xs.length, { color: look.color, width: 3 });
        drawBest(painter, panel, active.line, curves[active.line], look.color, theme);
      }
      const marked = panel.kind === 'calibration' ? [] : operating;
      for (const point of active ? [...marked, active] : marked) {
        const place = placeIn(panel, point);
        const color = looks[point.line]?.color;
        if (!place || color === undefined) continue;
        const radius = point === active ? 5 : 4;
        painter.circle(...place, radius, { color }, { color: theme.surface, width: 2 });
      }
    });
  }
}
