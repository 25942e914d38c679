// What colour an event, a category and a share of a step have.
import type { ChartTheme } from '$lib/charts/theme.svelte';
import { channels, hashName } from '$lib/format/colors';
import { PALETTES } from '$lib/format/palette';

/** How much of its colour a rectangle has: the text on it stays legible. */
const STRENGTH = 0.42;

/** `from` with so much of `to` in it. */
function mix(from: string, to: string, share: number): string {
  const [a, b] = [channels(from), channels(to)];
  const parts = a.map((channel, i) => Math.round(channel + ((b[i] ?? 0) - channel) * share));
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

function palette(dark: boolean): readonly string[] {
  return dark ? PALETTES.dark : PALETTES.light;
}

/** Calls of one function have one colour, whatever their number: `ProfilerStep#3`, `forward_12`. */
export function hueOf(name: string, dark: boolean): string {
  const colors = palette(dark);
  return colors[hashName(name.replace(/[#_]?\d+$/, '')) % colors.length] as string;
}

/** A colour as a ground for text. */
export function softened(color: string, theme: ChartTheme): string {
  return mix(theme.surface, color, STRENGTH);
}

export function groundOf(name: string, theme: ChartTheme, dark: boolean): string {
  return softened(hueOf(name, dark), theme);
}

/** Colours of what a step's time was spent on, in the order of the server: the last is everything else. */
export function roleColors(dark: boolean): readonly string[] {
  const [blue, orange, green, pink, violet, cyan, olive] = palette(dark) as readonly [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return [orange, cyan, olive, pink, violet, green, blue, dark ? '#5b6670' : '#b4bcc4'];
}

/** Colours of categories in the order of a list. */
export function categoryColor(position: number, dark: boolean): string {
  const colors = palette(dark);
  return colors[position % colors.length] as string;
}
