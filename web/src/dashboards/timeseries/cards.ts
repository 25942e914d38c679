// Which cards there are: one per tag, grouped by its first part, and those of custom layouts.
import type { LayoutList, TagEntry } from '$lib/api/model';
import { groupOf } from '$lib/format/names';

/** One kind of line in a card: a tag, for every run that has it. */
export interface LineSpec {
  tag: string;
  /** Tags of the lower and upper edge of a band around it. */
  band: { lower: string; upper: string } | null;
}

export interface CardSpec {
  /** Stable name, unique among all cards. */
  id: string;
  title: string;
  /** Sanitised HTML from the summary's description; mostly empty. */
  description: string;
  lines: readonly LineSpec[];
  /** Tags a layout asks for that no run has. */
  missing: readonly string[];
  /** What is wrong with the layout itself. */
  problems: readonly string[];
}

export interface CardGroup {
  id: string;
  title: string;
  cards: readonly CardSpec[];
  /** Whether it starts folded. */
  closed: boolean;
}

export function tagCard(entry: TagEntry, prefix = ''): CardSpec {
  return {
    id: prefix + entry.tag,
    title: entry.display_name || entry.tag,
    description: entry.description_html,
    lines: [{ tag: entry.tag, band: null }],
    missing: [],
    problems: [],
  };
}

/** Groups in the order of their first tag; tags come in natural order from the server. */
export function groupTags(entries: readonly TagEntry[]): CardGroup[] {
  const groups = new Map<string, CardSpec[]>();
  for (const entry of entries) {
    const name = groupOf(entry.tag);
    const cards = groups.get(name);
    if (cards) cards.push(tagCard(entry));
    else groups.set(name, [tagCard(entry)]);
  }
  return [...groups].map(([name, cards]) => ({ id: name, title: name, cards, closed: false }));
}

/** Cards of custom layouts. `known` tells whether a scalar tag is in the logs. */
export function layoutGroups(layouts: LayoutList, known: (tag: string) => boolean): CardGroup[] {
  return layouts.categories.map((category, c) => ({
    id: `layout:${category.title}`,
    title: category.title,
    closed: category.closed,
    cards: category.charts.map((chart, i): CardSpec => {
      const margin = chart.margin.map(({ value, lower, upper }): LineSpec => ({
        tag: value,
        band: { lower, upper },
      }));
      const wanted = chart.margin.flatMap(({ value, lower, upper }) => [value, lower, upper]);
      const unmatched = chart.multiline.filter(
        (pattern) => !chart.multiline_tags.some((tag) => startsWith(pattern, tag)),
      );
      return {
        id: `layout:${c}:${i}:${chart.title}`,
        title: chart.title,
        description: '',
        lines: [...chart.multiline_tags.map((tag): LineSpec => ({ tag, band: null })), ...margin],
        missing: [...unmatched, ...new Set(wanted.filter((tag) => !known(tag)))],
        problems: chart.problems ?? [],
      };
    }),
  }));
}

function startsWith(pattern: string, tag: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})`).test(tag);
  } catch {
    // The server reports patterns that are wrong; what it matched, it matched.
    return true;
  }
}

/** Every tag a card needs. */
export function tagsOf(card: CardSpec): string[] {
  return [
    ...new Set(
      card.lines.flatMap((line) => (line.band ? [line.tag, line.band.lower, line.band.upper] : [line.tag])),
    ),
  ];
}
