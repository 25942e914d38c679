// A card as a picture, a drawing, or its data.
import { api } from '$lib/api/client';
import type { SeriesRef, Smoothing } from '$lib/api/model';
import { CanvasPainter } from '$lib/charts/canvas';
import type { Painter } from '$lib/charts/painter';
import { drawScene, layOut, type Scene } from '$lib/charts/scene';
import { SvgPainter } from '$lib/charts/svg';
import type { ChartTheme } from '$lib/charts/theme.svelte';
import { saveBlob, saveText } from '$lib/widgets/save';
import type { Shown } from './rows';

const TITLE_HEIGHT = 28;
const LEGEND_ROW = 18;
const LEGEND_COLUMN = 150;
/** More lines than this have no legend: it would be larger than the chart. */
const LEGEND_MOST = 60;
/** Pixels of a PNG for each pixel on the screen. */
const PNG_SCALE = 2;

export interface Drawing {
  width: number;
  height: number;
  draw: (painter: Painter) => void;
}

/** The chart as it is on the screen, with its title and a legend. */
export function drawingOf(scene: Scene, title: string, shown: readonly Shown[], theme: ChartTheme): Drawing {
  const columns = Math.max(1, Math.floor(scene.width / LEGEND_COLUMN));
  const rows = shown.length <= LEGEND_MOST ? Math.ceil(shown.length / columns) : 0;
  const bottom = rows === 0 ? 0 : rows * LEGEND_ROW + 8;
  const width = scene.width;
  const height = scene.height + TITLE_HEIGHT + bottom;
  const view = { x: scene.x.domain, y: scene.y.domain };
  const whole = layOut(scene.lines, scene.axes, view, width, height, { top: TITLE_HEIGHT, bottom });
  return {
    width,
    height,
    draw(painter) {
      painter.rect(0, 0, width, height, { color: theme.surface });
      painter.text(title, 12, 20, { color: theme.text, size: 13, weight: 600 });
      drawScene(painter, whole, theme);
      if (rows === 0) return;
      shown.forEach((line, i) => {
        const x = 12 + (i % columns) * (width / columns);
        const y = scene.height + TITLE_HEIGHT + Math.floor(i / columns) * LEGEND_ROW + 8;
        painter.segment(x, y, x + 16, y, { color: line.color, width: 3, dash: line.dash });
        painter.text(line.label, x + 22, y, { color: theme.text, baseline: 'middle' });
      });
    },
  };
}

export function toSvg(drawing: Drawing): string {
  const painter = new SvgPainter(drawing.width, drawing.height);
  drawing.draw(painter);
  return painter.toString();
}

async function toPng(drawing: Drawing): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = drawing.width * PNG_SCALE;
  canvas.height = drawing.height * PNG_SCALE;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser gives no canvas to draw on');
  context.scale(PNG_SCALE, PNG_SCALE);
  drawing.draw(new CanvasPainter(context, drawing.width, drawing.height));
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('this browser could not write a PNG'))),
      'image/png',
    );
  });
}

/** A tag as the stem of a file name. */
export function fileStem(title: string): string {
  return title.replace(/[^\p{L}\p{N}._-]+/gu, '_').replace(/^_+|_+$/g, '') || 'chart';
}

export function savePicture(kind: 'png' | 'svg', drawing: Drawing, title: string): Promise<void> {
  if (kind === 'svg') {
    saveText(toSvg(drawing), `${fileStem(title)}.svg`, 'image/svg+xml');
    return Promise.resolve();
  }
  return toPng(drawing).then((blob) => saveBlob(blob, `${fileStem(title)}.png`));
}

/** Every point of these series, as they were logged, with the smoothed values beside them. */
export async function saveData(
  kind: 'csv' | 'json',
  series: readonly SeriesRef[],
  smoothing: Smoothing | null,
  title: string,
): Promise<void> {
  const query = { series: [...series], x: { kind: 'step' as const }, pixels: 0, smoothing };
  const blob = await api.scalarFile(query, kind === 'csv' ? 'text/csv' : 'application/json');
  saveBlob(blob, `${fileStem(title)}.${kind}`);
}
