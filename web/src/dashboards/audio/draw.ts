/** Draws a sound: waveforms above one another, and its spectrogram below. */

import { colorMap } from '$lib/charts/colormap';
import type { Painter } from '$lib/charts/painter';
import { makeScale, makeTicks } from '$lib/charts/scales';
import type { ChartTheme } from '$lib/charts/theme.svelte';
import { FLOOR_DB, type Spectrogram } from './spectrum';

/** Where the parts of a drawing are, CSS pixels. */
export interface SoundLayout {
  readonly left: number;
  readonly right: number;
  readonly waveTop: number;
  readonly waveBottom: number;
  /** Equal when no spectrogram is shown. */
  readonly bandTop: number;
  readonly bandBottom: number;
}

export function layoutSound(width: number, height: number, withSpectrogram: boolean): SoundLayout {
  const bottom = Math.max(2, height - 20);
  const waveBottom = withSpectrogram ? Math.round(bottom * 0.46) : bottom;
  return {
    left: 44,
    right: Math.max(45, width - 10),
    waveTop: 4,
    waveBottom,
    bandTop: withSpectrogram ? waveBottom + 6 : bottom,
    bandBottom: bottom,
  };
}

/** The pixels of a spectrogram, one for each of its levels. */
export function spectrogramPicture({ columns, rows, levels }: Spectrogram): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext('2d');
  if (!context) return canvas;
  const map = colorMap('inferno');
  const picture = context.createImageData(columns, rows);
  for (let column = 0; column < columns; column += 1) {
    for (let row = 0; row < rows; row += 1) {
      const level = levels[column * rows + row] ?? FLOOR_DB;
      const at = ((rows - 1 - row) * columns + column) * 4;
      picture.data.set([...map(1 - level / FLOOR_DB), 255], at);
    }
  }
  context.putImageData(picture, 0, 0);
  return canvas;
}

/** What is drawn. */
export interface SoundDrawing {
  readonly layout: SoundLayout;
  readonly outlines: readonly { min: Float32Array; max: Float32Array }[];
  readonly seconds: number;
  readonly sampleRate: number;
  readonly picture: HTMLCanvasElement | null;
  readonly color: string;
  readonly theme: ChartTheme;
}

export function drawSound(painter: Painter, drawing: SoundDrawing): void {
  const { layout, outlines, seconds, sampleRate, picture, color, theme } = drawing;
  const { left, right, waveTop, waveBottom, bandTop, bandBottom } = layout;
  const label = { color: theme.faint, align: 'right', baseline: 'middle' } as const;
  const time = makeScale('linear', [0, Math.max(seconds, 1e-9)], [left, right]);
  for (const { value, label: text } of makeTicks(
    time,
    'value',
    Math.max(2, Math.round((right - left) / 70)),
  )) {
    const x = Math.round(time.toPixel(value)) + 0.5;
    painter.segment(x, waveTop, x, waveBottom, { color: theme.grid });
    painter.text(text, x, bandBottom + 5, {
      color: theme.faint,
      align: x > right - 14 ? 'right' : 'center',
      baseline: 'top',
    });
  }
  const high = (waveBottom - waveTop) / Math.max(1, outlines.length);
  outlines.forEach(({ min, max }, channel) => {
    const middle = waveTop + (channel + 0.5) * high;
    const reach = (high / 2) * 0.94;
    painter.segment(left, Math.round(middle) + 0.5, right, Math.round(middle) + 0.5, { color: theme.line });
    for (const [value, sign] of [
      ['1', 1],
      ['−1', -1],
    ] as const) {
      painter.text(value, left - 6, middle - sign * (reach - 5), label);
    }
    const count = max.length;
    const xs = new Float32Array(2 * count);
    const ys = new Float32Array(2 * count);
    for (let i = 0; i < count; i += 1) {
      const x = left + ((i + 0.5) * (right - left)) / count;
      xs[i] = x;
      xs[2 * count - 1 - i] = x;
      // A pause is a line, not nothing.
      ys[i] = middle - (max[i] ?? 0) * reach - 0.5;
      ys[2 * count - 1 - i] = middle - (min[i] ?? 0) * reach + 0.5;
    }
    painter.area(xs, ys, { color, opacity: 0.9 });
  });
  if (!picture) return;
  painter.image(picture, left, bandTop, right - left, bandBottom - bandTop);
  const hertz = makeScale('linear', [0, sampleRate / 2], [bandBottom, bandTop]);
  for (const { value, label: text } of makeTicks(
    hertz,
    'value',
    Math.max(2, Math.round((bandBottom - bandTop) / 32)),
  )) {
    painter.text(
      text,
      left - 6,
      Math.min(bandBottom - 5, Math.max(bandTop + 5, hertz.toPixel(value))),
      label,
    );
  }
}

/** What has been played, where the sound is, and where the pointer is. */
export function drawSoundOver(
  painter: Painter,
  layout: SoundLayout,
  played: number,
  pointer: number | null,
  theme: ChartTheme,
): void {
  const { left, right, waveTop, bandBottom } = layout;
  const x = left + played * (right - left);
  if (played > 0) {
    painter.rect(left, waveTop, x - left, bandBottom - waveTop, { color: theme.accent, opacity: 0.1 });
    painter.segment(x, waveTop, x, bandBottom, { color: theme.accent, width: 1.5 });
  }
  if (pointer !== null && pointer >= left && pointer <= right) {
    painter.segment(pointer, waveTop, pointer, bandBottom, { color: theme.muted, dash: [3, 3] });
  }
}
