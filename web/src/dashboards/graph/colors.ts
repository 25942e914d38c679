// What colour a box has.
import { channels, hashName } from '$lib/format/colors';
import { PALETTES } from '$lib/format/palette';
import type { ChartTheme } from '$lib/charts/theme.svelte';
import type { GraphNode } from '$lib/api/model';
import type { Box } from './scene';
import type { Model } from './model';
import type { Coloring } from './settings.svelte';

/** How much of its colour a box takes at most: text on it stays legible. */
const STRONGEST = 0.42;
const FAINTEST = 0.05;

/** `from` with so much of `to` in it. */
export function mix(from: string, to: string, share: number): string {
  const [a, b] = [channels(from), channels(to)];
  const parts = a.map((channel, i) => Math.round(channel + ((b[i] ?? 0) - channel) * share));
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** The number that a colouring shows; nothing where it is not known. */
export function measure(node: GraphNode | undefined, coloring: Coloring): number | null | undefined {
  switch (coloring) {
    case 'parameters':
      return node?.parameters;
    case 'mult_adds':
      return node?.mult_adds;
    case 'time':
      return node?.time_micros;
    case 'memory':
      return node?.memory_bytes;
    default:
      return undefined;
  }
}

/** `conv2d` for `aten.conv2d.default`, `aten::conv2d` and `Conv2d`: layers have the colour of their operation. */
function typeName(op: string): string {
  const short = op.includes('::')
    ? (op.split('::').at(-1) ?? op)
    : op.startsWith('aten.')
      ? (op.split('.')[1] ?? op)
      : op;
  return short.toLowerCase().replace(/_+$|^_+/g, '');
}

/** Gives every box its ground. */
export function grounds(
  model: Model,
  boxes: readonly Box[],
  coloring: Coloring,
  theme: ChartTheme,
  dark: boolean,
): Map<number, string> {
  const palette = dark ? PALETTES.dark : PALETTES.light;
  const ofType = new Map<string, string>();
  const typeColor = (op: string) => {
    let color = ofType.get(op);
    if (color === undefined) {
      const hue = palette[hashName(typeName(op)) % palette.length] ?? theme.accent;
      ofType.set(op, (color = mix(theme.surface, hue, 0.22)));
    }
    return color;
  };
  const found = new Map<number, string>();
  const closed = boxes.filter((box) => !box.open);
  const most = closed.reduce((max, box) => Math.max(max, measure(model.node(box.node), coloring) ?? 0), 0);
  for (const box of boxes) {
    const node = model.node(box.node);
    if (box.open) {
      const depth = model.depth[box.node] ?? 0;
      found.set(box.node, mix(theme.surface, theme.muted, depth % 2 === 0 ? 0.05 : 0.1));
    } else if (coloring === 'type') {
      const op = node?.op ?? '';
      found.set(box.node, op === '' ? theme.surface : typeColor(op));
    } else if (coloring === 'device') {
      const device = node?.device;
      found.set(
        box.node,
        device == null
          ? theme.surface
          : mix(theme.surface, palette[device % palette.length] ?? theme.accent, 0.3),
      );
    } else {
      const value = measure(node, coloring);
      const share = value == null || most === 0 ? null : Math.sqrt(value / most);
      found.set(
        box.node,
        share === null
          ? theme.surface
          : mix(theme.surface, theme.accent, FAINTEST + share * (STRONGEST - FAINTEST)),
      );
    }
  }
  return found;
}
