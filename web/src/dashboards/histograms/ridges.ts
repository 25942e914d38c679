/**
 * Where the ridges of a histogram card lie.
 *
 * Offset: one ridge behind the other, the oldest at the back (top), the newest in front
 * (bottom); a ridge stands where its time is on the vertical axis. Overlay: all on one
 * base line. Both share one height scale, so that ridges can be compared.
 */

/** The rectangle that is drawn in, CSS pixels. */
export interface Plot {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Points, CSS pixels. */
export interface Path {
  readonly xs: readonly number[];
  readonly ys: readonly number[];
}

/** Histograms over common bins. */
export interface RidgeData {
  /** Place of each histogram on the time axis, increasing. */
  readonly at: readonly number[];
  /** Counts per bin of each histogram. */
  readonly counts: readonly (readonly number[])[];
  /** Bin edges, one more than bins, increasing. */
  readonly edges: readonly number[];
}

/** How ridges are arranged. */
export type RidgeMode = 'offset' | 'overlay';

/** One ridge. */
export interface Ridge {
  /** Which histogram. */
  readonly index: number;
  /** Vertical place of its foot. */
  readonly baseline: number;
  /** The outline from its left to its right foot: the bins that hold something and one empty bin at either side. */
  readonly outline: Path;
  /** The first bin of the outline; its place in the outline is 1, after the foot. */
  readonly firstBin: number;
}

/** All ridges, the one at the back first. */
export interface RidgeLayout {
  readonly plot: Plot;
  readonly mode: RidgeMode;
  readonly ridges: readonly Ridge[];
  /** The largest count of any bin. */
  readonly peak: number;
  /** Height in pixels of a bin that holds {@link peak}. */
  readonly peakHeight: number;
  /** Vertical places of the first and the last moment. */
  readonly timeRange: readonly [number, number];
}

/** Part of the plot's height that the tallest ridge of an offset card takes. */
const OFFSET_PEAK_SHARE = 0.4;
/** Part of the plot's height that the tallest ridge of an overlay card takes. */
const OVERLAY_PEAK_SHARE = 0.96;

/** Horizontal place of a value. */
export function xOfValue(value: number, edges: readonly number[], plot: Plot): number {
  const first = edges[0] ?? 0;
  const last = edges.at(-1) ?? 1;
  return last > first ? plot.left + ((value - first) / (last - first)) * plot.width : plot.left;
}

/** The value at a horizontal place. */
export function valueAtX(x: number, edges: readonly number[], plot: Plot): number {
  const first = edges[0] ?? 0;
  const last = edges.at(-1) ?? 1;
  return first + ((x - plot.left) / plot.width) * (last - first);
}

/** The bin a value falls into: the last one is closed on both sides; -1 outside. */
export function binOf(value: number, edges: readonly number[]): number {
  const bins = edges.length - 1;
  if (bins < 1 || !(value >= (edges[0] ?? Infinity)) || value > (edges[bins] ?? -Infinity)) return -1;
  let low = 0;
  let high = bins;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? Infinity) <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** Lays the ridges out. */
export function layoutRidges(data: RidgeData, plot: Plot, mode: RidgeMode): RidgeLayout {
  const { at, counts, edges } = data;
  let peak = 0;
  for (const row of counts) for (const count of row) if (count > peak) peak = count;
  const bottom = plot.top + plot.height;
  const single = at.length < 2;
  const share = mode === 'overlay' || single ? OVERLAY_PEAK_SHARE : OFFSET_PEAK_SHARE;
  const peakHeight = plot.height * share;
  const firstY = mode === 'overlay' || single ? bottom : plot.top + peakHeight;
  const first = at[0] ?? 0;
  const span = (at.at(-1) ?? 0) - first;
  const feet = bottom - firstY;
  const ridges = counts.map((row, index): Ridge => {
    // Moments that cannot be told apart are spread evenly, so that none hides another.
    const part = span > 0 ? ((at[index] ?? first) - first) / span : single ? 1 : index / (at.length - 1);
    const baseline = firstY + part * feet;
    // Empty bins at either end would draw a line along the foot of every ridge.
    const filled = row.findIndex((count) => count > 0);
    const firstBin = filled < 0 ? 0 : Math.max(0, filled - 1);
    const lastBin =
      filled < 0 ? row.length - 1 : Math.min(row.length - 1, row.findLastIndex((count) => count > 0) + 1);
    const xs: number[] = [xOfValue(edges[firstBin] ?? 0, edges, plot)];
    const ys: number[] = [baseline];
    for (let bin = firstBin; bin <= lastBin; bin += 1) {
      xs.push(xOfValue(((edges[bin] ?? 0) + (edges[bin + 1] ?? 0)) / 2, edges, plot));
      ys.push(baseline - (peak > 0 ? ((row[bin] ?? 0) / peak) * peakHeight : 0));
    }
    xs.push(xOfValue(edges[lastBin + 1] ?? 1, edges, plot));
    ys.push(baseline);
    return { index, baseline, outline: { xs, ys }, firstBin };
  });
  return { plot, mode, ridges, peak, peakHeight, timeRange: [firstY, bottom] };
}

/** Height of a ridge's outline at a horizontal place: its vertical coordinate. */
export function outlineY(ridge: Ridge, x: number): number {
  const { xs, ys } = ridge.outline;
  if (x < (xs[0] ?? 0)) return ridge.baseline;
  for (let i = 1; i < xs.length; i += 1) {
    const right = xs[i] ?? 0;
    if (x > right) continue;
    const left = xs[i - 1] ?? right;
    const from = ys[i - 1] ?? ridge.baseline;
    const to = ys[i] ?? ridge.baseline;
    return right > left ? from + ((x - left) / (right - left)) * (to - from) : to;
  }
  return ridge.baseline;
}

/**
 * The ridge under the pointer: the frontmost one that covers it, else the one whose foot
 * (offset) or outline (overlay) is nearest. Null beside the plot or without ridges.
 */
export function ridgeAt(layout: RidgeLayout, x: number, y: number): Ridge | null {
  const { plot, ridges, mode } = layout;
  if (x < plot.left || x > plot.left + plot.width || y < plot.top || y > plot.top + plot.height) {
    return null;
  }
  let nearest: Ridge | null = null;
  let distance = Infinity;
  for (const ridge of ridges) {
    const top = outlineY(ridge, x);
    // Later ridges are in front, so a later hit wins; a hit wins over any distance.
    const covers = mode === 'offset' && y >= top && y <= ridge.baseline;
    const away = covers ? -1 : Math.abs(y - (mode === 'offset' ? ridge.baseline : top));
    if (away < distance || (covers && away === distance)) {
      nearest = ridge;
      distance = away;
    }
  }
  return nearest;
}
