// A small random forest for regression, and how important its columns are (L. Breiman, Random Forests, Machine
// Learning 45, 2001, section 10): by how much the out-of-bag squared error grows when a column's values are shuffled.

/** A column of the forest: numbers, or the numbers of categories from 0. Not a number: missing. */
export interface Feature {
  values: Float64Array;
  categorical: boolean;
}

export interface ForestOptions {
  trees: number;
  seed: number;
}

export interface Importance {
  /**
   * For each column the mean over the trees of the growth of the squared error on the rows that a tree has not seen,
   * in units of the target's variance. Around 0 for a column that says nothing.
   */
  permutation: number[];
  /** 1 − out-of-bag squared error / variance: how much of the target the forest explains; NaN without such rows. */
  r2: number;
}

const MIN_LEAF = 2;
const MAX_DEPTH = 24;

/** Marsaglia's xorshift of 32 bits, scrambled at the start by the murmur3 finaliser. */
export function random(seed: number): () => number {
  let state = seed | 0;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  state = (state ^ (state >>> 16)) | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** A node; leaves have no feature. */
interface Node {
  value: number;
  feature: number;
  threshold: number;
  left: Node | null;
  right: Node | null;
}

/** Whether a value goes to the left: up to the threshold, of the category, or missing. */
function goesLeft(feature: Feature, value: number, threshold: number): boolean {
  if (Number.isNaN(value)) return true;
  return feature.categorical ? value === threshold : value <= threshold;
}

interface Split {
  feature: number;
  threshold: number;
  gain: number;
}

/**
 * The best of all splits of a column by the sum of squares that it explains: between two neighbouring numbers, or of
 * one category from the others. Missing values are below all numbers and with each category.
 */
function bestSplit(
  features: readonly Feature[],
  index: number,
  y: Float64Array,
  rows: Int32Array,
): Split | null {
  const { values, categorical } = features[index] as Feature;
  let total = 0;
  for (const row of rows) total += y[row] as number;
  const parent = (total * total) / rows.length;
  let best: Split | null = null;
  const consider = (threshold: number, sum: number, count: number): void => {
    const rest = rows.length - count;
    if (count < MIN_LEAF || rest < MIN_LEAF) return;
    const gain = (sum * sum) / count + ((total - sum) * (total - sum)) / rest - parent;
    if (gain > (best?.gain ?? 1e-12 * Math.abs(parent))) best = { feature: index, threshold, gain };
  };
  if (categorical) {
    const sums = new Map<number, [number, number]>();
    let [missing, missingCount] = [0, 0];
    for (const row of rows) {
      const value = values[row] as number;
      if (Number.isNaN(value)) {
        missing += y[row] as number;
        missingCount += 1;
        continue;
      }
      const entry = sums.get(value) ?? [0, 0];
      sums.set(value, [entry[0] + (y[row] as number), entry[1] + 1]);
    }
    for (const [value, [sum, count]] of [...sums].sort(([a], [b]) => a - b))
      consider(value, sum + missing, count + missingCount);
    return best;
  }
  const key = (row: number): number => {
    const value = values[row] as number;
    return Number.isNaN(value) ? -Infinity : value;
  };
  const order = Int32Array.from(rows).sort((a, b) => key(a) - key(b) || a - b);
  let sum = 0;
  for (let i = 0; i + 1 < order.length; i++) {
    sum += y[order[i] as number] as number;
    const here = key(order[i] as number);
    const next = key(order[i + 1] as number);
    if (here === next) continue;
    const middle = here + (next - here) / 2;
    // Missing ones from all others: whatever is finite goes to the right.
    consider(Number.isFinite(middle) && middle < next ? middle : here, sum, i + 1);
  }
  return best;
}

function grow(
  features: readonly Feature[],
  y: Float64Array,
  rows: Int32Array,
  tried: number,
  next: () => number,
  depth: number,
): Node {
  let sum = 0;
  for (const row of rows) sum += y[row] as number;
  const leaf: Node = { value: sum / rows.length, feature: -1, threshold: 0, left: null, right: null };
  if (depth >= MAX_DEPTH || rows.length < 2 * MIN_LEAF) return leaf;
  const candidates = features.map((_, index) => index);
  let best: Split | null = null;
  for (let i = 0; i < candidates.length; i++) {
    const j = i + Math.floor(next() * (candidates.length - i));
    [candidates[i], candidates[j]] = [candidates[j] as number, candidates[i] as number];
    // Columns that cannot part the rows do not count among those that are tried.
    if (i >= tried && best !== null) break;
    const split = bestSplit(features, candidates[i] as number, y, rows);
    if (split && split.gain > (best?.gain ?? 0)) best = split;
  }
  if (!best) return leaf;
  const { feature: chosen, threshold } = best;
  const feature = features[chosen] as Feature;
  const isLeft = (row: number) => goesLeft(feature, feature.values[row] as number, threshold);
  const left = rows.filter((row) => isLeft(row));
  const right = rows.filter((row) => !isLeft(row));
  return {
    ...leaf,
    feature: chosen,
    threshold,
    left: grow(features, y, left, tried, next, depth + 1),
    right: grow(features, y, right, tried, next, depth + 1),
  };
}

/** What a tree says of a row; the row's value of `shuffled` is that of the row `other`. */
function predict(
  root: Node,
  features: readonly Feature[],
  row: number,
  shuffled: number,
  other: number,
): number {
  let node = root;
  while (node.left && node.right) {
    const feature = features[node.feature] as Feature;
    const value = feature.values[node.feature === shuffled ? other : row] as number;
    node = goesLeft(feature, value, node.threshold) ? node.left : node.right;
  }
  return node.value;
}

function usedFeatures(node: Node, used: Set<number>): Set<number> {
  if (node.left && node.right) {
    used.add(node.feature);
    usedFeatures(node.left, used);
    usedFeatures(node.right, used);
  }
  return used;
}

/** Grows a forest and measures it. The target is finite; equal options give equal numbers. */
export function importanceOf(
  features: readonly Feature[],
  y: Float64Array,
  options: ForestOptions,
): Importance {
  const count = y.length;
  const next = random(options.seed);
  const mean = y.reduce((sum, value) => sum + value, 0) / count;
  const variance = y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  const permutation = features.map(() => 0);
  if (features.length === 0 || count < 2 * MIN_LEAF || !(variance > 0)) return { permutation, r2: NaN };
  // A third of the columns, as is usual for regression, but not fewer than two: alone each would be used by chance.
  const tried = Math.min(features.length, Math.max(2, Math.ceil(features.length / 3)));
  const votes = new Float64Array(count);
  const voters = new Int32Array(count);
  let measured = 0;
  for (let tree = 0; tree < options.trees; tree++) {
    const bag = Int32Array.from({ length: count }, () => Math.floor(next() * count));
    const seen = new Uint8Array(count);
    for (const row of bag) seen[row] = 1;
    const root = grow(features, y, bag, tried, next, 0);
    const out: number[] = [];
    for (let row = 0; row < count; row++) if (!seen[row]) out.push(row);
    if (out.length === 0) continue;
    measured += 1;
    let error = 0;
    for (const row of out) {
      const guess = predict(root, features, row, -1, row);
      votes[row] = (votes[row] as number) + guess;
      voters[row] = (voters[row] as number) + 1;
      error += (guess - (y[row] as number)) ** 2;
    }
    for (const feature of [...usedFeatures(root, new Set())].sort((a, b) => a - b)) {
      const shuffled = [...out];
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = Math.floor(next() * (i + 1));
        [shuffled[i], shuffled[j]] = [shuffled[j] as number, shuffled[i] as number];
      }
      let worse = 0;
      out.forEach((row, i) => {
        worse += (predict(root, features, row, feature, shuffled[i] as number) - (y[row] as number)) ** 2;
      });
      permutation[feature] = (permutation[feature] as number) + (worse - error) / out.length;
    }
  }
  let [error, judged] = [0, 0];
  for (let row = 0; row < count; row++) {
    if (!voters[row]) continue;
    judged += 1;
    error += ((votes[row] as number) / (voters[row] as number) - (y[row] as number)) ** 2;
  }
  return {
    permutation: permutation.map((sum) => (measured === 0 ? 0 : sum / measured / variance)),
    r2: judged === 0 ? NaN : 1 - error / judged / variance,
  };
}
