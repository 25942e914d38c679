// What is set for single cards (a step, a sample), kept in the address: `name=value:run:tag`, once per card.
import { url } from './url.svelte';

/** Writes the separator, and the mark of what is written like this, so that only separators stay. */
function escaped(text: string): string {
  return text.replace(/[%:]/g, encodeURIComponent);
}

function encode(value: string, run: string, tag: string): string {
  return [value, run, tag].map(escaped).join(':');
}

function decode(entry: string): { value: string; run: string; tag: string } | null {
  try {
    const [value, run, tag, ...rest] = entry.split(':').map(decodeURIComponent);
    if (value === undefined || run === undefined || tag === undefined || rest.length > 0) return null;
    return { value, run, tag };
  } catch {
    // An address that a person has mangled.
    return null;
  }
}

/** One kind of per-card setting. */
export class PerCard {
  readonly #name: string;
  readonly #entries = $derived.by(() => {
    const entries = new Map<string, string>();
    for (const text of url.all(this.#name)) {
      const entry = decode(text);
      if (entry) entries.set(encode('', entry.run, entry.tag), entry.value);
    }
    return entries;
  });

  constructor(name: string) {
    this.#name = name;
  }

  /** The setting of a card; null when it has none. */
  get(run: string, tag: string): string | null {
    return this.#entries.get(encode('', run, tag)) ?? null;
  }

  /** The setting of a card as a number; null when it has none or it is not a number. */
  number(run: string, tag: string): number | null {
    const text = this.get(run, tag);
    const value = Number(text);
    return text === null || text === '' || !Number.isFinite(value) ? null : value;
  }

  /** `null` takes the setting away. */
  set(run: string, tag: string, value: string | number | null): void {
    const card = encode('', run, tag);
    const others = [...this.#entries]
      .filter(([key]) => key !== card)
      .map(([key, kept]) => `${escaped(kept)}${key}`);
    url.set(this.#name, value === null ? others : [...others, encode(String(value), run, tag)]);
  }

  /** Takes the setting away from every card. */
  clear(): void {
    url.set(this.#name, null);
  }
}
