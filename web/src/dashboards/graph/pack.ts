// A scene as it goes from the worker to the page: a few arrays that change hands, where copying tens of thousands of
// small objects takes longer than the layout.
import type { Box, Scene, Wire } from './scene';

/** Node, whether it is open, and four coordinates of each box. */
const BOX_NUMBERS = 6;
/** Ends, count, shape, whether it is for control, and how many points, of each wire. */
const WIRE_NUMBERS = 6;

export interface PackedScene {
  width: number;
  height: number;
  hidden: number;
  boxes: Float64Array<ArrayBuffer>;
  wires: Int32Array<ArrayBuffer>;
  /** x and y of the points of all wires, one wire after the other. */
  points: Float64Array<ArrayBuffer>;
}

export function pack({ width, height, hidden, boxes, wires }: Scene): PackedScene {
  const packed: PackedScene = {
    width,
    height,
    hidden,
    boxes: new Float64Array(BOX_NUMBERS * boxes.length),
    wires: new Int32Array(WIRE_NUMBERS * wires.length),
    points: new Float64Array(2 * wires.reduce((sum, wire) => sum + wire.xs.length, 0)),
  };
  let at = 0;
  for (const box of boxes) {
    packed.boxes[at++] = box.node;
    packed.boxes[at++] = Number(box.open);
    packed.boxes[at++] = box.x;
    packed.boxes[at++] = box.y;
    packed.boxes[at++] = box.width;
    packed.boxes[at++] = box.height;
  }
  at = 0;
  for (const wire of wires) {
    packed.wires[at++] = wire.from;
    packed.wires[at++] = wire.to;
    packed.wires[at++] = wire.count;
    packed.wires[at++] = wire.shape;
    packed.wires[at++] = Number(wire.control);
    packed.wires[at++] = wire.xs.length;
  }
  at = 0;
  for (const { xs, ys } of wires) {
    for (let point = 0; point < xs.length; point += 1) {
      packed.points[at++] = xs[point] ?? 0;
      packed.points[at++] = ys[point] ?? 0;
    }
  }
  return packed;
}

/** What is handed over rather than copied. */
export function buffersOf(packed: PackedScene): ArrayBuffer[] {
  return [packed.boxes.buffer, packed.wires.buffer, packed.points.buffer];
}

export function unpack({ width, height, hidden, ...packed }: PackedScene): Scene {
  const boxes: Box[] = [];
  const box = (at: number) => packed.boxes[at] ?? 0;
  for (let i = 0; i < packed.boxes.length; i += BOX_NUMBERS) {
    boxes.push({
      node: box(i),
      open: box(i + 1) === 1,
      x: box(i + 2),
      y: box(i + 3),
      width: box(i + 4),
      height: box(i + 5),
    });
  }
  const wires: Wire[] = [];
  const wire = (at: number) => packed.wires[at] ?? 0;
  let at = 0;
  for (let i = 0; i < packed.wires.length; i += WIRE_NUMBERS) {
    const xs: number[] = [];
    const ys: number[] = [];
    for (const end = at + 2 * wire(i + 5); at < end; at += 2) {
      xs.push(packed.points[at] ?? 0);
      ys.push(packed.points[at + 1] ?? 0);
    }
    wires.push({
      from: wire(i),
      to: wire(i + 1),
      count: wire(i + 2),
      shape: wire(i + 3),
      control: wire(i + 4) === 1,
      xs,
      ys,
    });
  }
  return { width, height, hidden, boxes, wires };
}
