// Draws the timeline: a function of the spans against a Painter.
import type { Painter } from '$lib/charts/painter';
import type { ChartTheme } from '$lib/charts/theme.svelte';
import type { TraceLane, TraceStep } from '$lib/api/model';
import { categoryColor, groundOf, hueOf, softened } from './colors';
import type { Coloring, Range } from './settings.svelte';
import { categoryOf, LANE_ROW, nameOf, rowKey, threadName, type Place, type Spans } from './spans';
import { timeTicks } from './times';

/** Pixels of the names at the left, and of the times above. */
export const GUTTER = 176;
export const AXIS = 40;

/** Pixels of a letter, about: measuring each name would take longer than drawing it. */
const LETTER = 6.1;
const LETTER_GUTTER = 6.4;
const PADDING = 4;
const TICK_PIXELS = 110;
const MUTED_OPACITY = 0.22;

export interface Look {
  readonly theme: ChartTheme;
  readonly dark: boolean;
  readonly coloring: Coloring;
  /** Order of the categories, for their colours. */
  readonly categories: readonly string[];
  readonly chosen: number | null;
  readonly hovered: number | null;
  /** Whether something is searched for: what is not found steps back. */
  readonly searching: boolean;
  /** The step that is looked at; the rest is dimmed. */
  readonly step: TraceStep | null;
}

export interface Picture {
  readonly spans: Spans | null;
  readonly lanes: readonly TraceLane[];
  readonly places: readonly Place[];
  readonly steps: readonly TraceStep[];
  readonly range: Range;
  /** Pixels that the lanes are moved up. */
  readonly scroll: number;
}

function shortened(text: string, room: number, letter: number): string {
  const letters = Math.floor(room / letter);
  if (text.length <= letters) return text;
  return letters < 2 ? '' : `${text.slice(0, letters - 1)}…`;
}

/** Pixel of a time. */
export function pixelOf(time: number, range: Range, width: number): number {
  return GUTTER + ((time - range.from) / (range.to - range.from)) * (width - GUTTER);
}

export function timeAt(x: number, range: Range, width: number): number {
  return range.from + ((x - GUTTER) / Math.max(1, width - GUTTER)) * (range.to - range.from);
}

export function drawTimeline(painter: Painter, picture: Picture, look: Look): void {
  const { width, height } = painter;
  painter.clip(GUTTER, 0, Math.max(0, width - GUTTER), height, () => {
    drawAxis(painter, picture, look);
    painter.clip(GUTTER, AXIS, Math.max(0, width - GUTTER), Math.max(0, height - AXIS), () =>
      drawSpans(painter, picture, look),
    );
  });
  drawNames(painter, picture, look);
}

function drawAxis(painter: Painter, { range, steps }: Picture, { theme, step, dark }: Look): void {
  const { width, height } = painter;
  const ticks = timeTicks(range.from, range.to, (width - GUTTER) / TICK_PIXELS);
  for (const tick of ticks) {
    const x = pixelOf(tick.at, range, width);
    painter.segment(x, AXIS - 22, x, height, { color: theme.grid });
    painter.text(tick.label, x + 4, 13, { color: theme.muted });
  }
  for (const one of steps) {
    const from = Math.max(GUTTER, pixelOf(one.start_ns, range, width));
    const to = Math.min(width, pixelOf(one.start_ns + one.duration_ns, range, width));
    if (to < GUTTER || from > width) continue;
    const color = hueOf(one.name, dark);
    painter.rect(from, AXIS - 20, Math.max(1, to - from), 16, { color, opacity: one === step ? 0.5 : 0.18 });
    painter.segment(from, AXIS - 20, from, height, { color, opacity: 0.4, dash: [3, 3] });
    const text = shortened(one.name, to - from - 2 * PADDING, LETTER);
    if (text !== '') painter.text(text, from + PADDING, AXIS - 12, { color: theme.text, baseline: 'middle' });
  }
}

function drawSpans(painter: Painter, picture: Picture, look: Look): void {
  const { spans, places, range, scroll } = picture;
  const { theme, dark, step } = look;
  const { width, height } = painter;
  const scale = (width - GUTTER) / (range.to - range.from);
  if (spans) {
    const grounds = new Map<string, string>();
    const groundFor = (at: number): string => {
      const key = look.coloring === 'name' ? nameOf(spans, at) : categoryOf(spans, at);
      let ground = grounds.get(key);
      if (ground === undefined) {
        ground =
          look.coloring === 'name'
            ? groundOf(key, theme, dark)
            : softened(categoryColor(Math.max(0, look.categories.indexOf(key)), dark), theme);
        grounds.set(key, ground);
      }
      return ground;
    };
    for (const place of places) {
      const top = AXIS + place.top - scroll;
      if (top > height || top + place.height < AXIS) continue;
      for (let row = 0; row < place.rows; row++) {
        const y = top + row * LANE_ROW;
        if (y > height || y + LANE_ROW < AXIS) continue;
        const [first, behind] = spans.rows.get(rowKey(place.lane, row)) ?? [0, 0];
        for (let at = first; at < behind; at++) {
          const start = spans.start[at] as number;
          const end = spans.end[at] as number;
          if (end < range.from) continue;
          if (start > range.to) break;
          const from = GUTTER + (start - range.from) * scale;
          const wide = Math.max(0.75, (end - start) * scale);
          const joined = (spans.events[at] as number) > 1;
          const opacity = look.searching && spans.hit[at] === 0 ? MUTED_OPACITY : joined ? 0.75 : 1;
          const event = spans.event[at] as number;
          const isChosen = event === look.chosen;
          const isMarked = isChosen || event === look.hovered;
          painter.rect(
            from,
            y + 0.5,
            wide > 2 ? wide - 0.5 : wide,
            LANE_ROW - 1,
            { color: groundFor(at), opacity },
            isMarked ? { color: isChosen ? theme.text : theme.accent, width: isChosen ? 2 : 1.5 } : undefined,
          );
          if (joined || wide < 18) continue;
          // The name stays in sight while its beginning is not.
          const left = Math.max(from, GUTTER);
          const text = shortened(nameOf(spans, at), from + wide - left - 2 * PADDING, LETTER);
          if (text !== '')
            painter.text(text, left + PADDING, y + LANE_ROW / 2 + 0.5, {
              color: opacity < 0.5 ? theme.faint : theme.text,
              baseline: 'middle',
            });
        }
      }
    }
  }
  if (step) {
    const from = pixelOf(step.start_ns, range, width);
    const to = pixelOf(step.start_ns + step.duration_ns, range, width);
    const veil = { color: theme.surface, opacity: 0.6 };
    if (from > GUTTER) painter.rect(GUTTER, AXIS, from - GUTTER, height - AXIS, veil);
    if (to < width) painter.rect(to, AXIS, width - to, height - AXIS, veil);
  }
}

function drawNames(painter: Painter, { lanes, places, scroll }: Picture, { theme }: Look): void {
  const { width, height } = painter;
  painter.segment(0, AXIS, width, AXIS, { color: theme.line });
  painter.segment(GUTTER, 0, GUTTER, height, { color: theme.line });
  painter.clip(0, AXIS, width, Math.max(0, height - AXIS), () => {
    for (const place of places) {
      const top = AXIS + place.top - scroll;
      const lane = lanes[place.lane];
      if (!lane || top > height || top + place.height < AXIS - 24) continue;
      if (place.process !== null) {
        painter.segment(0, top - 20, width, top - 20, { color: theme.grid });
        const text = shortened(place.process, width - 20, LETTER_GUTTER);
        painter.text(text, 8, top - 9, {
          color: theme.text,
          weight: 600,
          baseline: 'middle',
          halo: theme.surface,
        });
      }
      const mark = lane.rows > 1 ? (place.folded ? '▸ ' : '▾ ') : '   ';
      const text = mark + shortened(threadName(lane), GUTTER - 28, LETTER_GUTTER);
      painter.text(text, 8, top + LANE_ROW / 2 + 0.5, { color: theme.muted, baseline: 'middle' });
    }
  });
}
