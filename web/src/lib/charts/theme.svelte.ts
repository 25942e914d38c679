// The colours charts take from the design tokens.
import { theme } from '$lib/state/theme.svelte';

export interface ChartTheme {
  surface: string;
  text: string;
  muted: string;
  faint: string;
  grid: string;
  line: string;
  accent: string;
  good: string;
  warn: string;
  bad: string;
}

const LIGHT: ChartTheme = {
  surface: '#ffffff',
  text: '#15191e',
  muted: '#505a64',
  faint: '#616b75',
  grid: '#eceff1',
  line: '#c9ced4',
  accent: '#0f766e',
  good: '#15803d',
  warn: '#a34a07',
  bad: '#b91c1c',
};
const DARK: ChartTheme = {
  surface: '#161a1e',
  text: '#e8ebee',
  muted: '#a3adb7',
  faint: '#8a95a0',
  grid: '#20262b',
  line: '#3a424a',
  accent: '#2dd4bf',
  good: '#4ade80',
  warn: '#fbbf24',
  bad: '#f87171',
};

/** Colours for a canvas or an SVG; reactive to the theme. The same values as in tokens.css (tested). */
export function chartTheme(): ChartTheme {
  return theme.dark ? DARK : LIGHT;
}

export const CHART_THEMES = { light: LIGHT, dark: DARK };
