import type { TextContent } from '$lib/api/model';

/**
 * A logged text as plain text: the string itself, one line per element of a list, and cells
 * separated by tabs for a table. Further dimensions are separated by an empty line.
 */
export function plainText({ raw, shape }: Pick<TextContent, 'raw' | 'shape'>): string {
  const width = shape.length >= 2 ? (shape.at(-1) ?? 1) : 1;
  const height = shape.length >= 2 ? (shape.at(-2) ?? 1) : raw.length;
  const lines: string[] = [];
  for (let at = 0; at < raw.length; at += width) {
    const row = at / Math.max(1, width);
    if (row > 0 && row % height === 0) lines.push('');
    lines.push(raw.slice(at, at + width).join('\t'));
    if (width < 1) break;
  }
  return lines.join('\n');
}

/** Whether there is nothing to read in it. */
export function isEmpty({ raw }: Pick<TextContent, 'raw'>): boolean {
  return raw.every((text) => text.trim() === '');
}
