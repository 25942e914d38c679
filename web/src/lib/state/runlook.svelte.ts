// How a run looks: its own colour, or its group's while runs are grouped.
import { colors, type RunStyle } from './colors.svelte';

/** Colour and dash of a run; reactive. */
export function runLook(name: string): RunStyle {
  return colors.of(name);
}
