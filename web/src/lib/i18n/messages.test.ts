import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, type AST } from 'svelte/compiler';
import { describe, expect, it } from 'vitest';
import { fill } from './format';
import { messages } from './messages';

const root = fileURLToPath(new URL('../../', import.meta.url));

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return filesBelow(path);
    return /\.(svelte|ts)$/.test(name) && !/\.test\.ts$/.test(name) ? [path] : [];
  });
}

const files = filesBelow(root).filter(
  (path) => !path.includes('/messages/') && !path.endsWith('/api/types.ts'),
);
const sources = files.map((path) => ({ path, text: readFileSync(path, 'utf8') }));

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{(\w+)/g)].map((match) => match[1] ?? '').sort();
}

describe('message table', () => {
  it.each(Object.entries(messages))('%s has both languages with the same parameters', (_, [en, zh]) => {
    expect(en.trim()).not.toBe('');
    expect(zh.trim()).not.toBe('');
    expect([...new Set(placeholders(zh))]).toEqual([...new Set(placeholders(en))]);
  });

  it('has no key that nothing uses', () => {
    const all = sources.map((source) => source.text).join('\n');
    // A key is used when it is written out, or when its front part is completed by an expression.
    const fronts = [...all.matchAll(/\bt\(\s*`([\w.]+\.)\$\{/g)].map((match) => match[1] ?? '');
    const prefixed = [...all.matchAll(/'([\w.]+\.)'/g)].map((match) => match[1] ?? '');
    const unused = Object.keys(messages).filter(
      (key) =>
        !all.includes(`'${key}'`) &&
        !all.includes(`"${key}"`) &&
        ![...fronts, ...prefixed].some((front) => key.startsWith(front)),
    );
    expect(unused).toEqual([]);
  });

  it('fills parameters and chooses the singular', () => {
    expect(fill('{n} {n|run|runs} in {dir}', { n: 1, dir: 'x' })).toBe('1 run in x');
    expect(fill('{n} {n|run|runs}', { n: '1,200' })).toBe('1,200 runs');
    expect(fill('{missing}', {})).toBe('{missing}');
  });
});

describe('templates', () => {
  /** Attributes whose text people see or hear. */
  const SPOKEN = new Set(['aria-label', 'title', 'placeholder', 'alt', 'label']);
  /** Notation that is the same in every language. */
  const NOTATION = new Set(['rgb(']);
  const hasWords = (text: string) =>
    !NOTATION.has(text.trim()) && /\p{L}{2,}/u.test(text.replace(/&\w+;/g, ''));

  function literalTexts(path: string, source: string): string[] {
    const found: string[] = [];
    const visit = (node: unknown): void => {
      if (Array.isArray(node)) {
        node.forEach(visit);
        return;
      }
      if (typeof node !== 'object' || node === null) return;
      const typed = node as {
        type?: string;
        name?: string;
        data?: string;
        value?: unknown;
        fragment?: unknown;
      };
      if (typed.type === 'Text' && hasWords(typed.data ?? '')) found.push((typed.data ?? '').trim());
      if (typed.type === 'StyleDirective') return;
      if (typed.type === 'Attribute') {
        if (SPOKEN.has(typed.name ?? '') && Array.isArray(typed.value)) visit(typed.value);
        return;
      }
      for (const [key, child] of Object.entries(node)) if (key !== 'parent') visit(child);
    };
    const tree: AST.Root = parse(source, { modern: true, filename: path });
    visit(tree.fragment);
    return found;
  }

  it.each(
    sources
      .filter(({ path }) => path.endsWith('.svelte'))
      .map(({ path, text }) => [path.slice(root.length), text]),
  )('%s has no text outside of the message table', (path, text) => {
    expect(literalTexts(path, text)).toEqual([]);
  });
});
