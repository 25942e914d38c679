// The colours of sessions: by a metric, or as their runs.
import { colorMap, toHex } from '$lib/charts/colormap';
import { runLook } from '$lib/state/runlook.svelte';
import { theme } from '$lib/state/theme.svelte';
import { board } from './board.svelte';
import { BY_RUN, settings } from './settings.svelte';

export interface Paint {
  /** By place; undefined: no such value. */
  colors: readonly (string | undefined)[];
  none: string;
  /** What the ends of the scale mean; null when colours are those of the runs. */
  scale: { from: number; to: number } | null;
}

const viridis = colorMap('viridis');
/** The end of the map that is lost on the theme's ground is left out. */
const REACH = { light: [0, 0.9], dark: [0.22, 1] } as const;

function colorAt(share: number): string {
  const [from, to] = REACH[theme.dark ? 'dark' : 'light'];
  return toHex(viridis(from + share * (to - from)));
}

/** Reactive to the metric, the sessions and the theme. */
export function sessionColors(): Paint {
  const none = theme.dark ? '#6b7580' : '#868f98';
  const { target } = board;
  if (settings.target === BY_RUN || !target)
    return { colors: board.sessions.map(({ name }) => runLook(name).color), none, scale: null };
  let [from, to] = [Infinity, -Infinity];
  for (const place of board.selected) {
    const value = target.values[place];
    if (typeof value !== 'number' || !Number.isFinite(value)) continue;
    from = Math.min(from, value);
    to = Math.max(to, value);
  }
  const colors = target.values.map((value) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
    return colorAt(to > from ? Math.min(1, Math.max(0, (value - from) / (to - from))) : 0.5);
  });
  return { colors, none, scale: from <= to ? { from, to } : null };
}

export function colorOf(paint: Paint, place: number): string {
  return paint.colors[place] ?? paint.none;
}

/** The scale as a gradient of CSS, and what its ends mean. */
export function legendTicks(paint: Paint): { from: number; to: number; gradient: string } | null {
  if (!paint.scale) return null;
  const stops = [0, 0.25, 0.5, 0.75, 1].map(colorAt);
  return { ...paint.scale, gradient: `linear-gradient(90deg, ${stops.join(', ')})` };
}
