// The chart of step times: a stacked bar for each step.
import type { TraceStep } from '$lib/api/model';
import type { Painter } from '$lib/charts/painter';
import type { ChartTheme } from '$lib/charts/theme.svelte';
import { formatTime, timeTicks } from './times';

/** What a step's time was spent on, in the order of the server. */
export const ROLES = [
  'kernel',
  'memcpy',
  'memset',
  'communication',
  'runtime',
  'dataloader',
  'cpu_op',
  'other',
] as const;

const LEFT = 64;
const BOTTOM = 18;
const TOP = 6;
const WIDEST = 96;

/** Pixels from the beginning of one bar to the next. */
export const barWidth = (count: number, width: number): number =>
  Math.min(WIDEST, (width - LEFT) / Math.max(1, count));

export const barLeft = (count: number, at: number, width: number): number =>
  LEFT + at * barWidth(count, width);

/** The step whose bar is at a pixel; -1 for none. */
export function barAt(steps: readonly TraceStep[], x: number, width: number): number {
  const at = Math.floor((x - LEFT) / barWidth(steps.length, width));
  return at >= 0 && at < steps.length ? at : -1;
}

export function drawSteps(
  painter: Painter,
  steps: readonly TraceStep[],
  chosen: number | null,
  colors: readonly string[],
  theme: ChartTheme,
): void {
  const { width, height } = painter;
  const longest = steps.reduce((most, step) => Math.max(most, step.duration_ns), 1);
  const high = height - BOTTOM - TOP;
  const y = (ns: number) => TOP + high * (1 - ns / (longest * 1.04));
  for (const tick of timeTicks(0, longest, 4)) {
    painter.segment(LEFT, y(tick.at), width, y(tick.at), { color: theme.grid });
    painter.text(tick.label, LEFT - 6, y(tick.at), {
      color: theme.muted,
      align: 'right',
      baseline: 'middle',
    });
  }
  const wide = barWidth(steps.length, width);
  const gap = wide > 6 ? Math.min(12, wide * 0.2) : 0;
  const every = Math.max(1, Math.ceil(34 / wide));
  steps.forEach((step, at) => {
    const left = LEFT + at * wide + gap / 2;
    let sum = 0;
    step.spent_ns.forEach((spent, role) => {
      if (spent <= 0) return;
      const [top, bottom] = [y(sum + spent), y(sum)];
      painter.rect(left, top, Math.max(0.75, wide - gap), bottom - top, {
        color: colors[role] ?? theme.faint,
        opacity: chosen === null || chosen === at ? 1 : 0.3,
      });
      sum += spent;
    });
    if (at % every === 0)
      painter.text(String(step.number ?? at), left + (wide - gap) / 2, height - 5, {
        color: chosen === at ? theme.text : theme.muted,
        align: 'center',
        weight: chosen === at ? 600 : 400,
      });
    if (wide > 60)
      painter.text(formatTime(step.duration_ns), left + (wide - gap) / 2, y(step.duration_ns) - 3, {
        color: theme.muted,
        align: 'center',
        halo: theme.surface,
      });
  });
  painter.segment(LEFT, y(0), width, y(0), { color: theme.line });
}
