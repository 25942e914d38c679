// A graph as the page walks it: groups, what is in them, paths.
import type { Graph, GraphEntry, GraphNode, GraphSource } from '$lib/api/model';
import { formatCompact } from '$lib/format/numbers';
import { onlyModelOf } from '$lib/state/modelfiles';

export const NONE = -1;

/** The second line of a box: what it is, or the shape of what goes in and out; of a group the parameters in it too. */
export function secondLine(graph: Graph, node: GraphNode | undefined): string {
  if (!node) return '';
  if (node.kind === 'input' || node.kind === 'output') {
    return node.shape == null ? '' : (graph.shapes[node.shape] ?? '');
  }
  const op = node.op ?? '';
  const short = op.startsWith('aten.') ? (op.split('.')[1] ?? op) : op;
  const parts = short === node.name ? [] : [short];
  if (node.kind === 'group' && node.parameters) parts.push(formatCompact(node.parameters));
  return parts.filter((part) => part !== '').join(' · ');
}

export class Model {
  /** What each group holds, in the file's order. */
  readonly children: readonly (readonly number[])[];
  readonly roots: readonly number[];
  /** How many groups each node is in. */
  readonly depth: readonly number[];
  /** Nodes, groups left out, in each group. */
  readonly leaves: readonly number[];

  constructor(readonly graph: Graph) {
    const children: number[][] = graph.nodes.map(() => []);
    const roots: number[] = [];
    const depth: number[] = [];
    graph.nodes.forEach((node, number) => {
      const parent = node.parent ?? NONE;
      // A group comes before what is in it.
      depth.push(parent === NONE ? 0 : (depth[parent] ?? 0) + 1);
      (parent === NONE ? roots : (children[parent] ?? roots)).push(number);
    });
    const leaves = graph.nodes.map((node): number => (node.kind === 'group' ? 0 : 1));
    for (let number = graph.nodes.length - 1; number >= 0; number -= 1) {
      const parent = this.#parentOf(graph, number);
      if (parent !== NONE) leaves[parent] = (leaves[parent] ?? 0) + (leaves[number] ?? 0);
    }
    this.children = children;
    this.roots = roots;
    this.depth = depth;
    this.leaves = leaves;
  }

  #parentOf(graph: Graph, number: number): number {
    return graph.nodes[number]?.parent ?? NONE;
  }

  get size(): number {
    return this.graph.nodes.length;
  }

  node(number: number): GraphNode | undefined {
    return this.graph.nodes[number];
  }

  parent(number: number): number {
    return this.#parentOf(this.graph, number);
  }

  isGroup(number: number): boolean {
    return this.graph.nodes[number]?.kind === 'group';
  }

  /** The groups that a node is in, the outermost first. */
  groupsOf(number: number): number[] {
    const groups: number[] = [];
    for (let at = this.parent(number); at !== NONE; at = this.parent(at)) groups.push(at);
    return groups.reverse();
  }

  /** Names from the outermost group down, with slashes. */
  path(number: number): string {
    return [...this.groupsOf(number), number].map((at) => this.node(at)?.name ?? '').join('/');
  }

  /** The node of this path, or none. */
  find(path: string): number {
    for (let number = 0; number < this.size; number += 1) {
      const name = this.node(number)?.name ?? '';
      if (path.endsWith(name) && this.path(number) === path) return number;
    }
    return NONE;
  }

  /** Nodes whose path holds every word of the text, the shortest paths first; at most so many. */
  search(text: string, most: number): number[] {
    const words = text
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    if (words.length === 0) return [];
    const paths: string[] = [];
    const found: [number, number][] = [];
    this.graph.nodes.forEach((node, number) => {
      const above = node.parent == null ? '' : `${paths[node.parent] ?? ''}/`;
      const path = above + node.name.toLowerCase();
      paths.push(path);
      // What dots are in a module's path are slashes here.
      const whole = `${path} ${path.replaceAll('/', '.')} ${(node.op ?? '').toLowerCase()}`;
      if (words.every((word) => whole.includes(word))) found.push([path.length, number]);
    });
    return found
      .sort((a, b) => a[0] - b[0] || a[1] - b[1])
      .slice(0, most)
      .map(([, number]) => number);
  }

  /** What is open when a graph is first shown: the largest group, and in it those without siblings. */
  firstOpen(most: number): Set<number> {
    const open = new Set<number>();
    let level = this.roots;
    for (;;) {
      const groups = level.filter((number) => this.isGroup(number));
      const largest = groups.reduce(
        (best, number) => ((this.leaves[number] ?? 0) > (this.leaves[best] ?? 0) ? number : best),
        groups[0] ?? NONE,
      );
      const inside = this.children[largest] ?? [];
      if (largest === NONE || (open.size > 0 && (groups.length > 1 || inside.length > most))) return open;
      open.add(largest);
      level = inside;
    }
  }
}

/** The model file that a graph is of; of a run's graph the only one that lies in the run's folder. */
export function modelFile(
  ref: { readonly source: GraphSource; readonly name: string },
  entries: readonly GraphEntry[],
): { source: GraphSource; name: string } | null {
  if (ref.source === 'file' || ref.source === 'upload') return { source: ref.source, name: ref.name };
  const name = onlyModelOf(
    ref.name,
    entries.filter((entry) => entry.source === 'file').map((entry) => entry.name),
  );
  return name === null ? null : { source: 'file', name };
}
