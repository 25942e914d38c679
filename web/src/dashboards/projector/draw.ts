// Points and labels through a Painter: what is exported, and the labels over the points.
import type { Painter } from '$lib/charts/painter';
import { toHex } from '$lib/charts/colormap';
import type { ChartTheme } from '$lib/charts/theme.svelte';
import { CHOSEN, FADED, growth, grown, HIDDEN, type Screen } from './screen';

/** Longest label. */
const MOST_CHARS = 60;

export interface Look {
  readonly screen: Screen;
  readonly states: Uint8Array;
  readonly colors: Uint8Array;
  /** Diameter at the usual distance. */
  readonly size: number;
  /** The usual distance. */
  readonly distance: number;
  readonly theme: ChartTheme;
}

/** The points that are seen, from far to near; faded ones lie behind. */
export function paintingOrder(screen: Screen, states: Uint8Array): Uint32Array {
  const order = new Uint32Array(states.length);
  let count = 0;
  for (let point = 0; point < states.length; point++) {
    if (states[point] !== HIDDEN && !Number.isNaN(screen.at[2 * point] ?? NaN)) order[count++] = point;
  }
  const isFaded = (point: number) => (states[point] === FADED ? 0 : 1);
  return order
    .subarray(0, count)
    .sort((a, b) => isFaded(a) - isFaded(b) || (screen.depth[b] ?? 0) - (screen.depth[a] ?? 0));
}

export function drawPoints(painter: Painter, look: Look): void {
  const { screen, states, colors, theme } = look;
  for (const point of paintingOrder(screen, states)) {
    const state = states[point] ?? 0;
    const radius = (look.size * grown(state) * growth(screen.depth[point] ?? 1, look.distance)) / 2;
    const color = toHex([colors[3 * point] ?? 0, colors[3 * point + 1] ?? 0, colors[3 * point + 2] ?? 0]);
    painter.circle(
      screen.at[2 * point] ?? 0,
      screen.at[2 * point + 1] ?? 0,
      radius,
      { color, opacity: state === FADED ? 0.2 : 1 },
      state === CHOSEN ? { color: theme.text, width: 1 } : undefined,
    );
  }
}

export interface Label {
  readonly point: number;
  readonly text: string;
}

/** Labels beside their points; one that would cover another is left out, the first come first. */
export function drawLabels(
  painter: Painter,
  screen: Screen,
  labels: readonly Label[],
  theme: ChartTheme,
): void {
  const taken: { x: number; y: number; width: number }[] = [];
  for (const { point, text } of labels) {
    const x = (screen.at[2 * point] ?? NaN) + 8;
    const y = screen.at[2 * point + 1] ?? NaN;
    const shown = text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)}…` : text;
    if (Number.isNaN(x) || shown === '' || x < 0 || y < 0 || x > painter.width || y > painter.height)
      continue;
    const width = shown.length * 7;
    if (taken.some((box) => x < box.x + box.width && box.x < x + width && Math.abs(y - box.y) < 14)) continue;
    taken.push({ x, y, width });
    painter.text(shown, x, y, { color: theme.text, size: 12, baseline: 'middle', halo: theme.surface });
  }
}
