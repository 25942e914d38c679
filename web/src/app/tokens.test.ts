import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHART_THEMES } from '$lib/charts/theme.svelte';
import { channels } from '$lib/format/colors';
import { PALETTES } from '$lib/format/palette';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

function tokens(selector: string): Record<string, string> {
  const block = css.slice(css.indexOf(`\n${selector} {`));
  const body = block.slice(block.indexOf('{') + 1, block.indexOf('}'));
  return Object.fromEntries([...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})\s*;/g)].map((m) => [m[1], m[2]]));
}

function luminance(color: string): number {
  const [r, g, b] = channels(color).map((c) => {
    const v = c / 255;
    return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

const themes = { light: tokens(':root'), dark: tokens("[data-theme='dark']") };

describe.each(['light', 'dark'] as const)('%s theme', (name) => {
  const theme = themes[name];
  const pairs: [string, string][] = [
    ...['text', 'muted', 'faint'].flatMap((ink) =>
      ['bg', 'surface', 'raised', 'sunken'].map((ground): [string, string] => [ink, ground]),
    ),
    ['accent-text', 'accent-soft'],
    ['accent-text', 'surface'],
    ['on-accent', 'accent'],
    ['warn', 'surface'],
    ['bad', 'surface'],
  ];

  it.each(pairs)('text %s on %s has a contrast of 4.5 or more', (ink, ground) => {
    expect(contrast(theme[ink] ?? '', theme[ground] ?? '')).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['accent', 'good', 'control-line', 'focus'])(
    'sign %s on surface has a contrast of 3 or more',
    (sign) => {
      expect(contrast(theme[sign] ?? '', theme['surface'] ?? '')).toBeGreaterThanOrEqual(3);
    },
  );

  it('gives charts the same colours', () => {
    const chart = CHART_THEMES[name];
    expect(chart).toEqual({
      surface: theme['surface'],
      text: theme['text'],
      muted: theme['muted'],
      faint: theme['faint'],
      grid: theme['grid'],
      line: theme['line-strong'],
      accent: theme['accent'],
      good: theme['good'],
      warn: theme['warn'],
      bad: theme['bad'],
    });
  });

  it.each(PALETTES[name])('run colour %s is seen on the surface', (color) => {
    expect(contrast(color, theme['surface'] ?? '')).toBeGreaterThanOrEqual(3);
  });
});
