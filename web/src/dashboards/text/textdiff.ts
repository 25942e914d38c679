/** What changed between two texts: paired lines, with the words that changed within a pair. */

import { diffLines, diffWordsWithSpace } from 'diff';

/** A stretch of a line; `changed` when the other side does not have it. */
export interface Span {
  readonly text: string;
  readonly changed: boolean;
}

/** One side of a row. */
export interface Side {
  /** Line number from 1. */
  readonly line: number;
  readonly spans: readonly Span[];
}

/** A row of the diff. */
export type DiffRow =
  | { readonly kind: 'same'; readonly left: Side; readonly right: Side }
  | { readonly kind: 'changed'; readonly left: Side; readonly right: Side }
  | { readonly kind: 'removed'; readonly left: Side; readonly right: null }
  | { readonly kind: 'added'; readonly left: null; readonly right: Side }
  /** Equal lines that are folded away. */
  | { readonly kind: 'folded'; readonly left: null; readonly right: null; readonly rows: readonly DiffRow[] };

/** The rows and how many lines differ. */
export interface TextDiff {
  readonly rows: readonly DiffRow[];
  readonly removed: number;
  readonly added: number;
  readonly equal: boolean;
}

/** Equal lines kept around a change. */
const CONTEXT = 3;

function linesOf(block: string): string[] {
  const lines = block.split('\n');
  // A block of whole lines ends with a line break, after which nothing follows.
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function plain(line: number, text: string): Side {
  return { line, spans: [{ text, changed: false }] };
}

/** Two lines that take each other's place, with the words that changed. */
function pair(leftLine: number, left: string, rightLine: number, right: string): DiffRow {
  const parts = diffWordsWithSpace(left, right);
  const side = (other: 'added' | 'removed'): Span[] =>
    parts
      .filter((part) => !part[other])
      .map((part) => ({ text: part.value, changed: Boolean(part.added) || Boolean(part.removed) }));
  return {
    kind: 'changed',
    left: { line: leftLine, spans: side('added') },
    right: { line: rightLine, spans: side('removed') },
  };
}

/** Compares two texts. */
export function diffTexts(left: string, right: string): TextDiff {
  const rows: DiffRow[] = [];
  let leftLine = 1;
  let rightLine = 1;
  let removed = 0;
  let added = 0;
  // A last line without a line break is the same line as with one.
  const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
  const blocks = diffLines(ended(left), ended(right));
  for (let i = 0; i < blocks.length; i += 1) {
    const block = blocks[i];
    if (!block) continue;
    if (!block.added && !block.removed) {
      for (const text of linesOf(block.value)) {
        rows.push({ kind: 'same', left: plain(leftLine, text), right: plain(rightLine, text) });
        leftLine += 1;
        rightLine += 1;
      }
      continue;
    }
    const next = blocks[i + 1];
    const gone = block.removed ? linesOf(block.value) : [];
    const come = block.added ? linesOf(block.value) : next?.added ? linesOf(next.value) : [];
    if (block.removed && next?.added) i += 1;
    removed += gone.length;
    added += come.length;
    for (let k = 0; k < Math.max(gone.length, come.length); k += 1) {
      const before = gone[k];
      const after = come[k];
      if (before !== undefined && after !== undefined) {
        rows.push(pair(leftLine, before, rightLine, after));
      } else if (before !== undefined) {
        rows.push({ kind: 'removed', left: plain(leftLine, before), right: null });
      } else if (after !== undefined) {
        rows.push({ kind: 'added', left: null, right: plain(rightLine, after) });
      }
      if (before !== undefined) leftLine += 1;
      if (after !== undefined) rightLine += 1;
    }
  }
  return { rows, removed, added, equal: removed === 0 && added === 0 };
}

/** Folds equal lines that are more than three away from any change. */
export function folded(rows: readonly DiffRow[]): DiffRow[] {
  const near = new Array<boolean>(rows.length).fill(false);
  rows.forEach((row, i) => {
    if (row.kind === 'same') return;
    for (let k = Math.max(0, i - CONTEXT); k <= Math.min(rows.length - 1, i + CONTEXT); k += 1)
      near[k] = true;
  });
  const result: DiffRow[] = [];
  let away: DiffRow[] = [];
  const close = (): void => {
    // A single line takes no more room than the mark that it is folded.
    if (away.length === 1) result.push(...away);
    else if (away.length > 1) result.push({ kind: 'folded', left: null, right: null, rows: away });
    away = [];
  };
  rows.forEach((row, i) => {
    if (near[i]) {
      close();
      result.push(row);
    } else away.push(row);
  });
  close();
  return result;
}
