/** Which series share a card. */

import type { CurvePlugin, Run, TagEntry } from '$lib/api/model';
import { groupOf } from '$lib/format/names';
import type { BoardCard, BoardGroup, TagMatch } from '$lib/widgets/CardBoard.svelte';
import type { Grouping } from './settings.svelte';

export const PLUGINS: readonly CurvePlugin[] = ['pr_curves', 'roc_curves'];

/** One line of a card. */
export interface LineOf {
  readonly run: Run;
  readonly plugin: CurvePlugin;
  readonly tag: string;
}

/** What a card shows. */
export interface CardOf {
  readonly key: readonly [string, string];
  readonly title: string;
  readonly hint: string;
  /** The run, when all lines are of one. */
  readonly run: string | null;
  readonly lines: readonly LineOf[];
}

/** A tag as a line of a card that is called by the tag's first part. */
export function shortTag(tag: string): string {
  const group = groupOf(tag);
  return tag.length > group.length + 1 ? tag.slice(group.length + 1) : tag;
}

/** Cards of one tag, of one run and tag group, or of one tag group. */
export function cardsOf(
  grouping: Grouping,
  tags: readonly (readonly [CurvePlugin, TagEntry])[],
  runs: readonly Run[],
  matches: TagMatch,
): BoardGroup<CardOf>[] {
  const cards = new Map<string, { group: string; card: CardOf; lines: LineOf[] }>();
  for (const [plugin, entry] of tags) {
    const { tag } = entry;
    if (matches && !matches(tag)) continue;
    const having = new Set(entry.runs);
    const group = groupOf(tag);
    for (const run of runs) {
      if (!having.has(run.id)) continue;
      const key = (
        grouping === 'tag' ? ['', tag] : grouping === 'run' ? [run.name, group] : ['*', group]
      ) as readonly [string, string];
      const name = JSON.stringify(key);
      let found = cards.get(name);
      if (!found) {
        const lines: LineOf[] = [];
        const title = grouping === 'tag' ? entry.display_name || tag : group;
        const card: CardOf = { key, title, hint: key[1], run: grouping === 'run' ? run.name : null, lines };
        found = { group, card, lines };
        cards.set(name, found);
      }
      found.lines.push({ run, plugin, tag });
    }
  }
  const groups = new Map<string, BoardCard<CardOf>[]>();
  for (const { group, card } of cards.values()) {
    const list = groups.get(group) ?? [];
    groups.set(group, list);
    list.push({ key: card.key, row: grouping === 'run' ? group : card.key[1], item: card });
  }
  return [...groups].map(([name, list]) => ({ name, cards: list }));
}
