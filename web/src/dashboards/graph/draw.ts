// Draws a scene: the same on the canvas and in an exported picture.
import type { Painter } from '$lib/charts/painter';
import type { ChartTheme } from '$lib/charts/theme.svelte';
import { HEADER, type Box, type Scene, type Wire } from './scene';
import { secondLine, type Model } from './model';

/** Which part of the drawing is seen: a point `x` of it is at `x * scale + left`. */
export interface View {
  left: number;
  top: number;
  scale: number;
}

export interface Look {
  theme: ChartTheme;
  grounds: ReadonlyMap<number, string>;
  chosen: number;
  hovered: number;
  /** Boxes that are not faded; null: none is. */
  traced: ReadonlySet<number> | null;
}

/** Smaller letters are not drawn. */
const SMALLEST_TEXT = 4.5;
const NAME_SIZE = 11;
const SMALL_SIZE = 9.5;
const FADED = 0.25;
const ARROW = 5;

export function drawScene(painter: Painter, model: Model, scene: Scene, view: View, look: Look): void {
  const { scale, left, top } = view;
  const sees = (x0: number, y0: number, x1: number, y1: number) =>
    x1 * scale + left >= 0 &&
    x0 * scale + left <= painter.width &&
    y1 * scale + top >= 0 &&
    y0 * scale + top <= painter.height;
  const isFaded = (node: number) => look.traced !== null && !look.traced.has(node);
  // Opened groups are grounds: edges run over them, and below the boxes.
  const seen = scene.boxes.filter((box) => sees(box.x, box.y, box.x + box.width, box.y + box.height));
  for (const box of seen) if (box.open) drawGroup(painter, model, box, view, look);
  for (const wire of scene.wires) {
    let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < wire.xs.length; i += 1) {
      const [x, y] = [wire.xs[i] ?? 0, wire.ys[i] ?? 0];
      if (x < x0) x0 = x;
      if (x > x1) x1 = x;
      if (y < y0) y0 = y;
      if (y > y1) y1 = y;
    }
    if (sees(x0, y0, x1, y1))
      drawWire(painter, model, wire, view, look, isFaded(wire.from) || isFaded(wire.to));
  }
  for (const box of seen) if (!box.open) drawBox(painter, model, box, view, look, isFaded(box.node));
}

function border(look: Look, node: number, usual: string): { color: string; width: number } {
  if (node === look.chosen) return { color: look.theme.accent, width: 2 };
  if (node === look.hovered) return { color: look.theme.text, width: 1.2 };
  return { color: usual, width: 1 };
}

function drawGroup(painter: Painter, model: Model, box: Box, view: View, look: Look): void {
  const { scale } = view;
  const [x, y] = [box.x * scale + view.left, box.y * scale + view.top];
  const ground = look.grounds.get(box.node) ?? look.theme.surface;
  const stroke = border(look, box.node, look.theme.line);
  painter.rect(x, y, box.width * scale, box.height * scale, { color: ground }, stroke);
  const size = NAME_SIZE * scale;
  if (size < SMALLEST_TEXT) return;
  const node = model.node(box.node);
  const op = node?.op && node.op !== node.name ? ` · ${node.op}` : '';
  painter.text(
    fitting(`− ${node?.name ?? ''}${op}`, (box.width - 16) * scale, size),
    x + 8 * scale,
    y + (HEADER / 2 + 1) * scale,
    {
      color: look.theme.muted,
      size,
      weight: 550,
      baseline: 'middle',
    },
  );
}

function drawBox(painter: Painter, model: Model, box: Box, view: View, look: Look, faded: boolean): void {
  const { scale } = view;
  const { theme } = look;
  const [x, y, width, height] = [
    box.x * scale + view.left,
    box.y * scale + view.top,
    box.width * scale,
    box.height * scale,
  ];
  const node = model.node(box.node);
  const isGroup = node?.kind === 'group';
  const opacity = faded ? FADED : 1;
  const stroke = { ...border(look, box.node, theme.line), opacity };
  if (isGroup && scale > 0.3) {
    // A second edge behind it: there is more inside.
    painter.rect(
      x + 3 * scale,
      y + 3 * scale,
      width,
      height,
      { color: theme.surface, opacity },
      { color: theme.line, opacity },
    );
  }
  painter.rect(x, y, width, height, { color: look.grounds.get(box.node) ?? theme.surface, opacity }, stroke);
  const size = NAME_SIZE * scale;
  if (size < SMALLEST_TEXT || faded) return;
  const below = secondLine(model.graph, node);
  const middle = y + (below === '' ? height / 2 : 12.5 * scale);
  painter.text(
    fitting(`${isGroup ? '+ ' : ''}${node?.name ?? ''}`, width - 8 * scale, size),
    x + width / 2,
    middle,
    {
      color: theme.text,
      size,
      weight: isGroup ? 550 : 400,
      align: 'center',
      baseline: 'middle',
    },
  );
  if (below === '') return;
  const small = SMALL_SIZE * scale;
  painter.text(fitting(below, width - 8 * scale, small), x + width / 2, y + 26 * scale, {
    color: theme.muted,
    size: small,
    align: 'center',
    baseline: 'middle',
  });
}

function drawWire(painter: Painter, model: Model, wire: Wire, view: View, look: Look, faded: boolean): void {
  const { scale, left, top } = view;
  const xs = wire.xs.map((x) => x * scale + left);
  const ys = wire.ys.map((y) => y * scale + top);
  const count = xs.length;
  if (count < 2) return;
  const isNear =
    wire.from === look.chosen ||
    wire.to === look.chosen ||
    wire.from === look.hovered ||
    wire.to === look.hovered;
  const color = isNear ? look.theme.accent : look.theme.faint;
  const width = Math.min(3, 1 + Math.log2(wire.count) * 0.4) * Math.min(1, Math.max(0.5, scale));
  const opacity = faded ? FADED * 0.6 : isNear ? 1 : 0.75;
  painter.line(xs, ys, 0, count, { color, width, opacity, dash: wire.control ? [4, 3] : [] });
  const [x, y, fromX, fromY] = [
    xs[count - 1] ?? 0,
    ys[count - 1] ?? 0,
    xs[count - 2] ?? 0,
    ys[count - 2] ?? 0,
  ];
  const length = Math.hypot(x - fromX, y - fromY);
  if (length > 0 && scale > 0.25) {
    const [dx, dy] = [((x - fromX) / length) * ARROW * scale, ((y - fromY) / length) * ARROW * scale];
    painter.area([x, x - dx - dy * 0.6, x - dx + dy * 0.6], [y, y - dy + dx * 0.6, y - dy - dx * 0.6], {
      color,
      opacity,
    });
  }
  const size = SMALL_SIZE * 0.92 * scale;
  if (size < SMALLEST_TEXT || faded) return;
  const shape = wire.shape < 0 ? '' : (model.graph.shapes[wire.shape] ?? '');
  const text = wire.count > 1 ? `${wire.count}×${shape === '' ? '' : ` ${shape}`}` : shape;
  if (text === '') return;
  // The middle point, or the middle of the segment there.
  const [one, other] = [Math.floor((count - 1) / 2), Math.ceil((count - 1) / 2)];
  const mx = ((xs[one] ?? 0) + (xs[other] ?? 0)) / 2;
  const my = ((ys[one] ?? 0) + (ys[other] ?? 0)) / 2;
  painter.text(text, mx, my, {
    color: look.theme.muted,
    size,
    align: 'center',
    baseline: 'middle',
    halo: look.theme.surface,
  });
}

/** A text that is at most so wide, cut in its middle; letters are taken to be as wide as they usually are. */
export function fitting(text: string, width: number, size: number): string {
  const most = Math.max(1, Math.floor(width / (size * 0.53)));
  if (text.length <= most) return text;
  if (most < 4) return text.slice(0, most);
  const head = Math.ceil((most - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`;
}

/** The innermost box at a point of the drawing. */
export function boxAt(scene: Scene, x: number, y: number): Box | null {
  for (let at = scene.boxes.length - 1; at >= 0; at -= 1) {
    const box = scene.boxes[at];
    if (box && x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height) return box;
  }
  return null;
}

/** Everything that a box depends on among what is seen, itself included. */
export function upstream(scene: Scene, node: number): Set<number> {
  const takes = new Map<number, number[]>();
  for (const wire of scene.wires) takes.set(wire.to, [...(takes.get(wire.to) ?? []), wire.from]);
  const found = new Set([node]);
  const next = [node];
  for (let at = next.pop(); at !== undefined; at = next.pop()) {
    for (const from of takes.get(at) ?? []) {
      if (found.has(from)) continue;
      found.add(from);
      next.push(from);
    }
  }
  return found;
}
