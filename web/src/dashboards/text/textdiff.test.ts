import { describe, expect, it } from 'vitest';
import { diffTexts, folded } from './textdiff';

/** One short line per row: kind, line numbers, `[changed]` words in brackets. */
function shown(left: string, right: string): string[] {
  return diffTexts(left, right).rows.map((row) => {
    const side = (part: typeof row.left): string =>
      part
        ? `${part.line}:${part.spans.map((span) => (span.changed ? `[${span.text}]` : span.text)).join('')}`
        : '-';
    return `${row.kind} ${side(row.left)} | ${side(row.right)}`;
  });
}

describe('diffTexts', () => {
  it('pairs changed lines and marks the words', () => {
    expect(shown('a\nlr = 0.1\nz', 'a\nlr = 0.2\nz')).toEqual([
      'same 1:a | 1:a',
      'changed 2:lr = 0.[1] | 2:lr = 0.[2]',
      'same 3:z | 3:z',
    ]);
  });
  it('numbers lines on each side', () => {
    expect(shown('a\nb\nc\n', 'b\nc\nd\n')).toEqual([
      'removed 1:a | -',
      'same 2:b | 1:b',
      'same 3:c | 2:c',
      'added - | 3:d',
    ]);
  });
  it('calls equal texts equal, whatever their last line break', () => {
    expect(diffTexts('a\nb', 'a\nb\n')).toMatchObject({ equal: true, removed: 0, added: 0 });
    expect(diffTexts('', '')).toEqual({ rows: [], removed: 0, added: 0, equal: true });
  });
  it('knows an empty text', () => {
    expect(shown('', 'new')).toEqual(['added - | 1:new']);
    expect(shown('old\n', '')).toEqual(['removed 1:old | -']);
  });
  it('counts what differs', () => {
    expect(diffTexts('a\nb\nc', 'a\nx\ny\nz\nc')).toMatchObject({ removed: 1, added: 3, equal: false });
  });
  it('writes Chinese and markup as they are', () => {
    expect(shown('<b>学习率</b>', '<b>学习率</b>')).toEqual(['same 1:<b>学习率</b> | 1:<b>学习率</b>']);
  });
});

describe('folded', () => {
  it('keeps three lines around a change', () => {
    const before = Array.from({ length: 20 }, (_, i) => `line ${i}`);
    const after = before.with(10, 'other');
    const rows = folded(diffTexts(before.join('\n'), after.join('\n')).rows);
    expect(rows.map((row) => (row.kind === 'folded' ? `${row.rows.length} folded` : row.kind))).toEqual([
      '7 folded',
      ...['same', 'same', 'same', 'changed', 'same', 'same', 'same'],
      '6 folded',
    ]);
  });
  it('does not fold a single line', () => {
    const rows = folded(diffTexts('1\n2\n3\n4\nx', '1\n2\n3\n4\ny').rows);
    expect(rows.map((row) => row.kind)).toEqual(['same', 'same', 'same', 'same', 'changed']);
  });
});
