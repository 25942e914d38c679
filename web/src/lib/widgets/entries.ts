/** The logged entries of a series (pictures, texts) as a card goes through them. */

import { indexToShow } from './steps';

/** What was logged at a step. */
export interface Entry {
  readonly step: number;
  readonly wall_time_secs: number;
  readonly superseded: boolean;
}

/**
 * The entries to go through, by step; at one step superseded ones come before the live one, older ones first.
 */
export function entriesOf<E extends Entry>(steps: readonly E[], superseded: boolean): E[] {
  const shown = superseded ? [...steps] : steps.filter((step) => !step.superseded);
  return shown.sort(
    (a, b) =>
      a.step - b.step || Number(b.superseded) - Number(a.superseded) || a.wall_time_secs - b.wall_time_secs,
  );
}

/**
 * Place of the entry to show for a wanted step: the superseded one that was chosen by its wall time
 * if it is of that step, else the last live one at or before the step. -1 when there are no entries.
 */
export function entryToShow(entries: readonly Entry[], wanted: number | null, branch: number | null): number {
  if (branch !== null) {
    const chosen = entries.findIndex((entry) => entry.superseded && entry.wall_time_secs === branch);
    const step = entries[chosen]?.step;
    if (step !== undefined && (wanted === null || step === wanted)) return chosen;
  }
  const live = entries.map((entry, place) => ({ entry, place })).filter(({ entry }) => !entry.superseded);
  const index = indexToShow(
    live.map(({ entry }) => entry.step),
    wanted,
  );
  // A series of which nothing is live: its last superseded entry.
  return live[index]?.place ?? entries.length - 1;
}
