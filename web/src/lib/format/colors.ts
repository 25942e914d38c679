// Run colours: eight hues that people with the common colour blindnesses tell apart, then the same hues
// lighter or darker, then dashed.

export const HUES = 8;
/** Level 0 is the palette itself; each further level changes lightness, then the dash. */
export const LEVELS = 9;

export interface Look {
  /** 0 to 7: which colour of the palette. */
  hue: number;
  /** 0 to 8: which variation. */
  level: number;
}

const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2.5]];
/** How much of white (positive) or black (negative) is mixed in. */
const SHADES = [0, 0.36, -0.3] as const;

/** FNV-1a over UTF-16 code units. */
export function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash ^= name.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  // The low bits of FNV are weak for short names; fold the high ones in.
  return (hash ^ (hash >>> 15)) >>> 0;
}

/**
 * Gives every name a look: the hue its hash asks for, or the next hue that is free at that level.
 * A look once given stays, so `given` is both input and output.
 */
export function assignLooks(names: readonly string[], given: Map<string, Look>): void {
  const taken = Array.from({ length: LEVELS }, () => new Set<number>());
  for (const look of given.values()) taken[look.level]?.add(look.hue);
  for (const name of names) {
    if (given.has(name)) continue;
    const hash = hashName(name);
    const level = taken.findIndex((hues) => hues.size < HUES);
    const hues = taken[level];
    if (!hues) {
      given.set(name, { hue: hash % HUES, level: (hash >>> 8) % LEVELS });
      continue;
    }
    let hue = hash % HUES;
    while (hues.has(hue)) hue = (hue + 1) % HUES;
    hues.add(hue);
    given.set(name, { hue, level });
  }
}

export function dashOf(look: Look): readonly number[] {
  return DASHES[Math.floor(look.level / SHADES.length)] ?? [];
}

export function shade(color: string, look: Look): string {
  const amount = SHADES[look.level % SHADES.length] ?? 0;
  return amount === 0 ? color : mix(color, amount > 0 ? 255 : 0, Math.abs(amount));
}

function mix(color: string, toward: number, amount: number): string {
  const [r, g, b] = channels(color).map((c) => Math.round(c + (toward - c) * amount));
  return `#${[r, g, b].map((c) => (c ?? 0).toString(16).padStart(2, '0')).join('')}`;
}

/** Channels 0 to 255 of `#rrggbb`. */
export function channels(color: string): [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
