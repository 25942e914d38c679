// Order and shape of names.

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'variant' });

/** Natural order: `layer2` before `layer10`. */
export function compareNames(a: string, b: string): number {
  return collator.compare(a, b);
}

/** The part of a tag before the first `/`; a tag without one is its own group. */
export function groupOf(tag: string): string {
  const slash = tag.indexOf('/');
  return slash < 0 ? tag : tag.slice(0, slash);
}

export type Matcher = { matches: (text: string) => boolean; error: null } | { matches: null; error: string };

/** A regular expression over tags, ignoring case; empty matches everything. */
export function regexMatcher(pattern: string): Matcher {
  if (pattern === '') return { matches: () => true, error: null };
  try {
    const regex = new RegExp(pattern, 'i');
    return { matches: (text) => regex.test(text), error: null };
  } catch (error) {
    return { matches: null, error: error instanceof Error ? error.message : String(error) };
  }
}

/** `/regex/` is a regular expression, anything else is text; both ignore case. */
export function textMatcher(filter: string): Matcher {
  const regex = /^\/(.*)\/$/.exec(filter);
  if (regex) return regexMatcher(regex[1] ?? '');
  const wanted = filter.toLowerCase();
  return { matches: (text) => text.toLowerCase().includes(wanted), error: null };
}
