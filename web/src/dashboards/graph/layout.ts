// Where the boxes of a graph stand. Each opened group is laid out by itself, from the inside out, so that opening one
// moves only what is around it.
import dagre from '@dagrejs/dagre';
import type { Graph } from '$lib/api/model';
import { Model, NONE, secondLine } from './model';
import {
  BOX_HEIGHT,
  HEADER,
  type Box,
  type Direction,
  type LayoutOptions,
  type Scene,
  type Wire,
} from './scene';

const PADDING = 12;
/** Between ranks; shapes stand on the edges, and beside one another they are wider than below. */
const rankGap = (direction: Direction) => (direction === 'TB' ? 34 : 84);
const NODE_GAP = 14;
const MIN_WIDTH = 64;
const MAX_WIDTH = 230;
const CHARACTER = 6.2;
/** Levels with more boxes or edges get the plain layout: dagre would take seconds. */
const MOST_FOR_DAGRE = { boxes: 130, edges: 260 };
/** So many users make a node one that is left out. */
const MANY_USERS = 24;
const SWEEPS = 4;
/** Of an edge before its way is found. */
const NO_POINTS: number[] = [];

interface Level {
  width: number;
  height: number;
  x: Map<number, number>;
  y: Map<number, number>;
  size: Map<number, [number, number]>;
  /** Points of the edges between two children, by `a * nodes + b`. */
  routes: Map<number, { xs: number[]; ys: number[] }>;
}

interface Edge {
  a: number;
  b: number;
  weight: number;
}

export class Layouter {
  readonly #model: Model;
  readonly #levels = new Map<number, { key: string; level: Level }>();
  #options: LayoutOptions | null = null;
  #hidden: boolean[] = [];
  #hiddenCount = 0;
  #edges = new Map<number, Map<number, Edge>>();

  constructor(readonly graph: Graph) {
    this.#model = new Model(graph);
  }

  /** Lays out what is seen while these groups are open. */
  layout(open: ReadonlySet<number>, options: LayoutOptions): Scene {
    if (this.#options?.tidy !== options.tidy || this.#options.direction !== options.direction) {
      this.#options = options;
      this.#levels.clear();
      this.#hide(options.tidy);
      this.#findEdges();
    }
    const keys = new Map<number, string>();
    const root = this.#level(NONE, open, keys);
    const boxes: Box[] = [];
    const origins = new Map<number, [number, number]>([[NONE, [0, 0]]]);
    this.#place(NONE, 0, 0, open, boxes, origins);
    const box: Box[] = [];
    for (const item of boxes) box[item.node] = item;
    return {
      width: root.width,
      height: root.height,
      boxes,
      wires: this.#wires(open, box, origins),
      hidden: this.#hiddenCount,
    };
  }

  /** Marks what is left out: a group too when nothing in it is left. */
  #hide(tidy: boolean): void {
    const { nodes, edges, kind } = this.graph;
    const hidden = nodes.map(() => false);
    if (tidy && kind !== 'weights') {
      const users: Set<number>[] = nodes.map(() => new Set());
      edges.from.forEach((from, at) => users[from]?.add(edges.to[at] ?? 0));
      nodes.forEach((node, number) => {
        hidden[number] =
          node.kind === 'parameter' ||
          node.kind === 'buffer' ||
          node.kind === 'constant' ||
          (node.kind === 'operation' && (users[number]?.size ?? 0) >= MANY_USERS);
      });
      for (let number = nodes.length - 1; number >= 0; number -= 1) {
        const inside = this.#model.children[number] ?? [];
        if (nodes[number]?.kind === 'group' && inside.length > 0)
          hidden[number] = inside.every((child) => hidden[child]);
      }
    }
    this.#hidden = hidden;
    this.#hiddenCount = hidden.filter((is, number) => is && nodes[number]?.kind !== 'group').length;
  }

  /** Puts every edge where both its ends are in different parts of the same group. */
  #findEdges(): void {
    this.#edges = new Map();
    const { from, to } = this.graph.edges;
    const count = this.#model.size;
    from.forEach((source, at) => {
      const target = to[at] ?? 0;
      if (this.#hidden[source] || this.#hidden[target]) return;
      const [group, a, b] = this.#meet(source, target);
      if (a === b) return;
      const level = this.#edges.get(group) ?? new Map<number, Edge>();
      this.#edges.set(group, level);
      const key = a * count + b;
      const edge = level.get(key);
      if (edge) edge.weight += 1;
      else level.set(key, { a, b, weight: 1 });
    });
  }

  /** The innermost group that holds both, and which of its parts they are in. */
  #meet(one: number, other: number): [number, number, number] {
    const model = this.#model;
    let [a, b] = [one, other];
    while ((model.depth[a] ?? 0) > (model.depth[b] ?? 0)) a = model.parent(a);
    while ((model.depth[b] ?? 0) > (model.depth[a] ?? 0)) b = model.parent(b);
    while (a !== b && model.parent(a) !== model.parent(b)) {
      a = model.parent(a);
      b = model.parent(b);
    }
    return [model.parent(a), a, b];
  }

  #parts(group: number): number[] {
    const parts = group === NONE ? this.#model.roots : (this.#model.children[group] ?? []);
    return parts.filter((part) => !this.#hidden[part]);
  }

  #level(group: number, open: ReadonlySet<number>, keys: Map<number, string>): Level {
    const parts = this.#parts(group);
    const inner = parts.filter((part) => open.has(part) && this.#model.isGroup(part));
    const sizes = new Map<number, [number, number]>();
    let key = '';
    for (const part of inner) {
      const level = this.#level(part, open, keys);
      sizes.set(part, [level.width, level.height]);
      key += `${part}:${keys.get(part) ?? ''};`;
    }
    keys.set(group, `(${key})`);
    const known = this.#levels.get(group);
    if (known?.key === key) return known.level;
    for (const part of parts) if (!sizes.has(part)) sizes.set(part, this.#boxSize(part));
    const edges = [...(this.#edges.get(group)?.values() ?? [])];
    const direction = this.#options?.direction ?? 'TB';
    const level =
      parts.length <= MOST_FOR_DAGRE.boxes && edges.length <= MOST_FOR_DAGRE.edges
        ? byDagre(parts, sizes, edges, direction, this.#model.size)
        : byRanks(parts, sizes, edges, direction);
    if (group !== NONE) {
      for (const [part, x] of level.x) level.x.set(part, x + PADDING);
      for (const [part, y] of level.y) level.y.set(part, y + PADDING + HEADER);
      for (const route of level.routes.values()) {
        route.xs = route.xs.map((x) => x + PADDING);
        route.ys = route.ys.map((y) => y + PADDING + HEADER);
      }
      const title = this.#boxSize(group)[0];
      level.width = Math.max(level.width + 2 * PADDING, title + 24);
      level.height += 2 * PADDING + HEADER;
    }
    this.#levels.set(group, { key, level });
    return level;
  }

  #boxSize(number: number): [number, number] {
    const node = this.graph.nodes[number];
    const name = (node?.name.length ?? 0) + (node?.kind === 'group' ? 2 : 0);
    const longest = Math.max(name, secondLine(this.graph, node).length * 0.88);
    const width = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, longest * CHARACTER + 16));
    return [width, BOX_HEIGHT];
  }

  #place(
    group: number,
    x: number,
    y: number,
    open: ReadonlySet<number>,
    boxes: Box[],
    origins: Map<number, [number, number]>,
  ): void {
    const level = this.#levels.get(group)?.level;
    if (!level) return;
    for (const [part, [width, height]] of level.size) {
      const left = x + (level.x.get(part) ?? 0);
      const top = y + (level.y.get(part) ?? 0);
      const isOpen = open.has(part) && this.#model.isGroup(part);
      boxes.push({ node: part, x: left, y: top, width, height, open: isOpen });
      if (isOpen) {
        origins.set(part, [left, top]);
        this.#place(part, left, top, open, boxes, origins);
      }
    }
  }

  #wires(
    open: ReadonlySet<number>,
    box: readonly Box[],
    origins: ReadonlyMap<number, [number, number]>,
  ): Wire[] {
    const { from, to, shape, control } = this.graph.edges;
    const model = this.#model;
    const count = model.size;
    // Groups come before what is in them: what stands for a group stands for all in it until it is open.
    const seenAs: number[] = [];
    for (let number = 0; number < count; number += 1) {
      const parent = model.parent(number);
      const above = parent === NONE ? NONE : (seenAs[parent] ?? NONE);
      seenAs.push(parent === NONE || (above === parent && open.has(parent)) ? number : above);
    }
    const isControl = new Set(control);
    const wires = new Map<number, Wire>();
    from.forEach((source, at) => {
      const target = to[at] ?? 0;
      if (this.#hidden[source] || this.#hidden[target]) return;
      const [a, b] = [seenAs[source] ?? NONE, seenAs[target] ?? NONE];
      if (a === b || a === NONE || b === NONE) return;
      const key = a * count + b;
      const wire = wires.get(key);
      const own = shape[at] ?? -1;
      if (!wire) {
        wires.set(key, {
          from: a,
          to: b,
          count: 1,
          shape: own,
          control: isControl.has(at),
          xs: NO_POINTS,
          ys: NO_POINTS,
        });
        return;
      }
      wire.count += 1;
      if (wire.shape !== own) wire.shape = -1;
      wire.control &&= isControl.has(at);
    });
    for (const wire of wires.values()) this.#route(wire, box, origins);
    return [...wires.values()];
  }

  /** From one box to the other, along the way that was found between the parts of the group where they meet. */
  #route(wire: Wire, box: readonly Box[], origins: ReadonlyMap<number, [number, number]>): void {
    const [start, end] = [box[wire.from], box[wire.to]];
    if (!start || !end) return;
    const [group, a, b] = this.#meet(wire.from, wire.to);
    const found = this.#levels.get(group)?.level.routes.get(a * this.#model.size + b);
    const route = found && found.xs.length > 1 ? found : undefined;
    const down = this.#options?.direction !== 'LR';
    const [x, y] = origins.get(group) ?? [0, 0];
    const xs = route ? route.xs.map((px) => px + x) : [];
    const ys = route ? route.ys.map((py) => py + y) : [];
    // Where the way does not end at the boxes themselves but at groups around them, it goes on to the boxes.
    if (!route || a !== wire.from) {
      xs[0] = down ? start.x + start.width / 2 : start.x + start.width;
      ys[0] = down ? start.y + start.height : start.y + start.height / 2;
    }
    if (!route || b !== wire.to) {
      const last = route ? xs.length - 1 : 1;
      xs[last] = down ? end.x + end.width / 2 : end.x;
      ys[last] = down ? end.y : end.y + end.height / 2;
    }
    wire.xs = xs;
    wire.ys = ys;
  }
}

/** The layout of dagre: few crossings, edges that go around boxes. */
function byDagre(
  parts: readonly number[],
  sizes: ReadonlyMap<number, [number, number]>,
  edges: readonly Edge[],
  direction: Direction,
  count: number,
): Level {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({
    rankdir: direction,
    nodesep: NODE_GAP,
    ranksep: rankGap(direction),
    marginx: 0,
    marginy: 0,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  const size = new Map<number, [number, number]>();
  for (const part of parts) {
    const [width, height] = sizes.get(part) ?? [MIN_WIDTH, BOX_HEIGHT];
    size.set(part, [width, height]);
    graph.setNode(String(part), { width, height });
  }
  for (const { a, b, weight } of edges) graph.setEdge(String(a), String(b), { weight: Math.min(weight, 4) });
  dagre.layout(graph);
  const level: Level = { width: 0, height: 0, x: new Map(), y: new Map(), size, routes: new Map() };
  for (const part of parts) {
    const [width, height] = size.get(part) ?? [0, 0];
    const { x, y } = graph.node(String(part));
    level.x.set(part, x - width / 2);
    level.y.set(part, y - height / 2);
    level.width = Math.max(level.width, x + width / 2);
    level.height = Math.max(level.height, y + height / 2);
  }
  for (const { a, b } of edges) {
    const points = (graph.edge(String(a), String(b)) as { points?: { x: number; y: number }[] }).points ?? [];
    level.routes.set(a * count + b, {
      xs: points.map((point) => point.x),
      ys: points.map((point) => point.y),
    });
    for (const point of points) {
      level.width = Math.max(level.width, point.x);
      level.height = Math.max(level.height, point.y);
    }
  }
  return level;
}

/** Ranks by the longest way from a beginning, ordered by where neighbours stand: linear time for thousands of boxes. */
function byRanks(
  parts: readonly number[],
  sizes: ReadonlyMap<number, [number, number]>,
  edges: readonly Edge[],
  direction: Direction,
): Level {
  const index = new Map(parts.map((part, at) => [part, at]));
  const takes: number[][] = parts.map(() => []);
  const gives: number[][] = parts.map(() => []);
  for (const { a, b } of edges) {
    const [from, to] = [index.get(a), index.get(b)];
    if (from === undefined || to === undefined) continue;
    gives[from]?.push(to);
    takes[to]?.push(from);
  }
  const rank = ranks(takes, gives);
  const rows: number[][] = [];
  rank.forEach((at, node) => (rows[at] ??= []).push(node));
  const place = parts.map(() => 0);
  const number = (row: readonly number[]) => row.forEach((node, at) => (place[node] = at - row.length / 2));
  rows.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isDown = sweep % 2 === 0;
    const neighbours = isDown ? takes : gives;
    for (const row of isDown ? rows : rows.slice().reverse()) {
      if (row.length < 2) continue;
      const wish = new Map(
        row.map((node) => {
          const near = neighbours[node] ?? [];
          const sum = near.reduce((total, other) => total + (place[other] ?? 0), 0);
          return [node, near.length > 0 ? sum / near.length : (place[node] ?? 0)];
        }),
      );
      row.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0) || a - b);
      number(row);
    }
  }
  const down = direction === 'TB';
  const along = (node: number) => sizes.get(parts[node] ?? NONE)?.[down ? 0 : 1] ?? BOX_HEIGHT;
  const across = (node: number) => sizes.get(parts[node] ?? NONE)?.[down ? 1 : 0] ?? BOX_HEIGHT;
  const length = (row: readonly number[]) =>
    row.reduce((sum, node) => sum + along(node) + NODE_GAP, -NODE_GAP);
  const longest = rows.reduce((most, row) => Math.max(most, length(row)), 0);
  const level: Level = {
    width: 0,
    height: 0,
    x: new Map(),
    y: new Map(),
    size: new Map(),
    routes: new Map(),
  };
  let offset = 0;
  for (const row of rows) {
    let at = (longest - length(row)) / 2;
    const thick = row.reduce((most, node) => Math.max(most, across(node)), 0);
    for (const node of row) {
      const part = parts[node] ?? NONE;
      const middle = offset + (thick - across(node)) / 2;
      level.x.set(part, down ? at : middle);
      level.y.set(part, down ? middle : at);
      level.size.set(part, sizes.get(part) ?? [MIN_WIDTH, BOX_HEIGHT]);
      at += along(node) + NODE_GAP;
    }
    offset += thick + rankGap(direction);
  }
  const total = Math.max(0, offset - rankGap(direction));
  level.width = down ? longest : total;
  level.height = down ? total : longest;
  return level;
}

/** The longest way to each node from one that takes nothing; a cycle is cut where it is met first. */
function ranks(takes: readonly (readonly number[])[], gives: readonly (readonly number[])[]): number[] {
  const waits = takes.map((list) => list.length);
  const rank = takes.map(() => 0);
  const done = takes.map(() => false);
  let ready = waits.flatMap((count, node) => (count === 0 ? [node] : []));
  let next = 0;
  let left = takes.length;
  while (left > 0) {
    if (ready.length === 0) {
      while (done[next]) next += 1;
      ready = [next];
    }
    const now = ready;
    ready = [];
    for (const node of now) {
      if (done[node]) continue;
      done[node] = true;
      left -= 1;
      for (const user of gives[node] ?? []) {
        if (done[user]) continue;
        rank[user] = Math.max(rank[user] ?? 0, (rank[node] ?? 0) + 1);
        waits[user] = (waits[user] ?? 0) - 1;
        if (waits[user] === 0) ready.push(user);
      }
    }
  }
  return rank;
}
