/** Colours and dashes of the lines of a card. */

import { assignLooks, dashOf, shade, type Look } from '$lib/format/colors';
import { PALETTES } from '$lib/format/palette';

export interface LineStyle {
  readonly color: string;
  readonly dash: readonly number[];
}

/** Dashes that tell tags of one run apart. */
const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 2.5], [8, 3, 2, 3]];

/** A style for each tag, as runs are given theirs. */
export function tagStyles(tags: readonly string[], dark: boolean): ReadonlyMap<string, LineStyle> {
  const looks = new Map<string, Look>();
  assignLooks(tags, looks);
  const palette = PALETTES[dark ? 'dark' : 'light'];
  return new Map(
    [...looks].map(([tag, look]) => [
      tag,
      { color: shade(palette[look.hue] ?? palette[0], look), dash: dashOf(look) },
    ]),
  );
}

/** The dash of the tag at this place among the tags of a card. */
export function tagDash(place: number): readonly number[] {
  return DASHES[place % DASHES.length] ?? [];
}
