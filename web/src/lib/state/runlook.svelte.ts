// How a run looks: its own colour, or its group's while runs are grouped.
import { colors, type RunStyle } from './colors.svelte';
import { runGroups } from './rungroups.svelte';
import { server } from './server.svelte';

/** Colour and dash of a run; reactive. */
export function runLook(name: string): RunStyle {
  const run = runGroups.active ? server.runByName(name) : undefined;
  return (run && runGroups.styleOf(run)) ?? colors.of(name);
}
