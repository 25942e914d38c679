import { describe, expect, it } from 'vitest';
import type { Graph, GraphNode } from '$lib/api/model';
import { fitting, upstream } from './draw';
import { Layouter } from './layout';
import { Model, NONE, secondLine } from './model';
import { buffersOf, pack, unpack } from './pack';

/** A graph of lines `name parent kind op`, and edges. */
function graph(nodes: [string, number, GraphNode['kind'], string?][], edges: [number, number][]): Graph {
  return {
    title: '',
    kind: 'operations',
    nodes: nodes.map(([name, parent, kind, op]) => ({
      name,
      kind,
      ...(parent === NONE ? {} : { parent }),
      ...(op === undefined ? {} : { op }),
    })),
    edges: {
      from: edges.map(([from]) => from),
      to: edges.map(([, to]) => to),
      shape: edges.map((_, i) => i % 2),
      control: [],
    },
    shapes: ['1×8', '1×4'],
    devices: [],
    metadata: [],
    notices: [],
  };
}

const NET = graph(
  [
    ['x', NONE, 'input'],
    ['Net', NONE, 'group', 'Net'],
    ['fc', 1, 'group', 'Linear'],
    ['weight', 2, 'parameter'],
    ['linear', 2, 'operation', 'aten.linear.default'],
    ['bias', 2, 'operation', 'aten.add.Tensor'],
    ['act', 1, 'operation', 'aten.relu.default'],
    ['y', NONE, 'output'],
  ],
  [
    [0, 4],
    [0, 5],
    [3, 4],
    [4, 5],
    [5, 6],
    [6, 7],
  ],
);
const DOWN = { direction: 'TB', tidy: true } as const;

describe('a graph', () => {
  const model = new Model(NET);

  it('knows paths, groups and how much is in them', () => {
    expect(model.path(4)).toBe('Net/fc/linear');
    expect(model.groupsOf(4)).toEqual([1, 2]);
    expect(model.find('Net/fc/linear')).toBe(4);
    expect(model.find('Net/linear')).toBe(NONE);
    expect(model.leaves[1]).toBe(4);
    expect(secondLine(NET, NET.nodes[4])).toBe('');
    expect(secondLine(NET, NET.nodes[6])).toBe('relu');
  });

  it('finds all words anywhere in a path, dots or slashes, the shortest first', () => {
    expect(model.search('fc', 9)).toEqual([2, 5, 3, 4]);
    expect(model.search('net.fc lin', 9)).toEqual([2, 4]);
    expect(model.search('relu', 9)).toEqual([6]);
    expect(model.search('   ', 9)).toEqual([]);
  });

  it('begins with its largest group open, and what is alone in it', () => {
    expect([...model.firstOpen(80)]).toEqual([1, 2]);
  });
});

describe('a layout', () => {
  it('shows edges between what is seen, counted', () => {
    const layouter = new Layouter(NET);
    const closed = layouter.layout(new Set(), DOWN);
    expect(closed.boxes.map((box) => box.node)).toEqual([0, 1, 7]);
    expect(closed.hidden).toBe(1);
    expect(closed.wires.map(({ from, to, count, shape }) => [from, to, count, shape])).toEqual([
      [0, 1, 2, -1],
      [1, 7, 1, 1],
    ]);
    const open = layouter.layout(new Set([1, 2]), DOWN);
    expect(open.boxes.map((box) => box.node)).toEqual([0, 1, 2, 4, 5, 6, 7]);
    expect(open.wires.map(({ from, to }) => [from, to])).toEqual([
      [0, 4],
      [0, 5],
      [4, 5],
      [5, 6],
      [6, 7],
    ]);
    // What is in a group is within its box, and edges end at boxes.
    const box = new Map(open.boxes.map((item) => [item.node, item]));
    const [outer, inner] = [box.get(2), box.get(4)];
    expect(inner && outer && inner.x > outer.x && inner.y > outer.y).toBe(true);
    expect(inner && outer && inner.x + inner.width < outer.x + outer.width).toBe(true);
    expect(open.wires.every((wire) => wire.xs.length >= 2 && wire.xs.length === wire.ys.length)).toBe(true);
    expect([...upstream(open, 5)].sort()).toEqual([0, 4, 5]);
  });

  it('goes down or to the right, and leaves nothing out when not tidied', () => {
    const layouter = new Layouter(NET);
    const down = layouter.layout(new Set(), DOWN);
    const right = layouter.layout(new Set(), { direction: 'LR', tidy: false });
    const [one, other] = [down.boxes[0], down.boxes[2]];
    expect(one && other && other.y > one.y).toBe(true);
    expect(right.width).toBeGreaterThan(right.height);
    const all = layouter.layout(new Set([1, 2]), { direction: 'LR', tidy: false });
    expect(all.hidden).toBe(0);
    expect(all.boxes.some((item) => item.node === 3)).toBe(true);
  });

  it('is found for cycles and for thousands of boxes in one group', () => {
    const cycle = graph(
      [
        ['a', NONE, 'operation'],
        ['b', NONE, 'operation'],
      ],
      [
        [0, 1],
        [1, 0],
        [0, 0],
      ],
    );
    const scene = new Layouter(cycle).layout(new Set(), DOWN);
    expect(scene.wires.map(({ from, to }) => [from, to])).toEqual([
      [0, 1],
      [1, 0],
    ]);
    const count = 5000;
    const ring = graph(
      Array.from({ length: count }, (_, i) => [`n${i}`, NONE, 'operation']),
      Array.from({ length: count }, (_, i) => [i, (i + 1) % count]),
    );
    const wide = new Layouter(ring).layout(new Set(), DOWN);
    expect(wide.boxes).toHaveLength(count);
    // One after the other, none upon another.
    const tops = new Set(wide.boxes.map((box) => box.y));
    expect(tops.size).toBe(count);
  });
});

describe('a scene on its way', () => {
  it('arrives as it was sent, when its buffers change hands', () => {
    const scene = new Layouter(NET).layout(new Set([1, 2]), DOWN);
    scene.wires[1] = {
      from: 0,
      to: 5,
      count: 70_000,
      shape: -1,
      control: true,
      xs: [0.1, 2, 3],
      ys: [1e6, 0, -4],
    };
    const packed = pack(scene);
    const sent = structuredClone(packed, { transfer: buffersOf(packed) });
    expect(packed.boxes.length).toBe(0);
    expect(unpack(sent)).toEqual(scene);
    const nothing = { width: 0, height: 0, hidden: 3, boxes: [], wires: [] };
    expect(unpack(pack(nothing))).toEqual(nothing);
  });
});

describe('a text', () => {
  it('is cut in its middle', () => {
    expect(fitting('short', 200, 10)).toBe('short');
    expect(fitting('a_very_long_name_of_a_node', 60, 10)).toBe('a_ver…_node');
  });
});
