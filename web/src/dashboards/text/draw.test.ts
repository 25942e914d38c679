import { describe, expect, it } from 'vitest';
import { MOST_LINES, wrap } from './draw';

describe('wrap', () => {
  it('cuts between words, and within words that are too long', () => {
    expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrap('abcdefgh ij', 5)).toEqual(['abcde', 'fgh', 'ij']);
    expect(wrap('exact five', 5)).toEqual(['exact', 'five']);
  });

  it('keeps lines, empty ones too, whatever ends them', () => {
    expect(wrap('a\r\n\r\nb\rc\n', 10)).toEqual(['a', '', 'b', 'c', '']);
    expect(wrap('', 10)).toEqual(['']);
  });

  it('counts wide letters twice', () => {
    expect(wrap('训练损失', 4)).toEqual(['训练', '损失']);
  });

  it('ends where nobody looks any more', () => {
    const lines = wrap('x\n'.repeat(MOST_LINES + 10), 10);
    expect(lines).toHaveLength(MOST_LINES + 1);
    expect(lines.at(-1)).toBe('…');
  });
});
