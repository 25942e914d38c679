// Painter on a 2-D canvas.
import { figurePieces } from './figures';
import {
  CHART_FONT,
  TEXT_SIZE,
  type Fill,
  type Numbers,
  type Painter,
  type Stroke,
  type TextStyle,
} from './painter';

/** Gives the canvas as many pixels as the screen shows, and returns a painter on the cleared canvas. */
export function paintOn(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  scale: number,
): CanvasPainter | null {
  const pixelWidth = Math.max(1, Math.round(width * scale));
  const pixelHeight = Math.max(1, Math.round(height * scale));
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth;
    canvas.height = pixelHeight;
  }
  const context = canvas.getContext('2d');
  if (!context) return null;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return new CanvasPainter(context, width, height);
}

export class CanvasPainter implements Painter {
  constructor(
    private readonly context: CanvasRenderingContext2D,
    readonly width: number,
    readonly height: number,
  ) {}

  clip(x: number, y: number, width: number, height: number, draw: () => void): void {
    this.context.save();
    this.context.beginPath();
    this.context.rect(x, y, width, height);
    this.context.clip();
    draw();
    this.context.restore();
  }

  line(xs: Numbers, ys: Numbers, from: number, to: number, stroke: Stroke): void {
    const context = this.context;
    if (to - from < 2) return;
    context.beginPath();
    context.moveTo(xs[from] as number, ys[from] as number);
    for (let i = from + 1; i < to; i++) context.lineTo(xs[i] as number, ys[i] as number);
    this.#stroke(stroke);
  }

  area(xs: Numbers, ys: Numbers, fill: Fill): void {
    const context = this.context;
    context.beginPath();
    for (let i = 0; i < xs.length; i++) context.lineTo(xs[i] as number, ys[i] as number);
    context.closePath();
    this.#fill(fill);
  }

  segment(x0: number, y0: number, x1: number, y1: number, stroke: Stroke): void {
    this.context.beginPath();
    this.context.moveTo(x0, y0);
    this.context.lineTo(x1, y1);
    this.#stroke(stroke);
  }

  rect(x: number, y: number, width: number, height: number, fill: Fill | null, stroke?: Stroke): void {
    this.context.beginPath();
    this.context.rect(x, y, width, height);
    if (fill) this.#fill(fill);
    if (stroke) this.#stroke(stroke);
  }

  circle(x: number, y: number, radius: number, fill: Fill | null, stroke?: Stroke): void {
    this.context.beginPath();
    this.context.arc(x, y, radius, 0, 2 * Math.PI);
    if (fill) this.#fill(fill);
    if (stroke) this.#stroke(stroke);
  }

  image(source: HTMLCanvasElement, x: number, y: number, width: number, height: number): void {
    this.context.globalAlpha = 1;
    this.context.drawImage(source, x, y, width, height);
  }

  text(text: string, x: number, y: number, style: TextStyle): void {
    const context = this.context;
    context.font = `${style.weight ?? 400} ${style.size ?? TEXT_SIZE}px ${CHART_FONT}`;
    const align = style.align ?? 'left';
    context.textAlign = style.tabular ? 'left' : align;
    context.textBaseline = style.baseline ?? 'alphabetic';
    context.fillStyle = style.color;
    context.globalAlpha = 1;
    context.save();
    context.translate(x, y);
    if (style.rotate) context.rotate((style.rotate * Math.PI) / 180);
    const { pieces, width } = style.tabular
      ? figurePieces(text, (piece) => context.measureText(piece).width)
      : { pieces: [{ text, x: 0 }], width: 0 };
    const left = align === 'right' ? -width : align === 'center' ? -width / 2 : 0;
    if (style.halo) {
      context.strokeStyle = style.halo;
      context.lineWidth = 3;
      context.lineJoin = 'round';
      context.setLineDash([]);
      for (const piece of pieces) context.strokeText(piece.text, left + piece.x, 0);
    }
    for (const piece of pieces) context.fillText(piece.text, left + piece.x, 0);
    context.restore();
  }

  #stroke(stroke: Stroke): void {
    const context = this.context;
    context.strokeStyle = stroke.color;
    context.lineWidth = stroke.width ?? 1;
    // Round joins are several times slower, and at these widths nobody sees them; a mitred spike would show.
    context.lineJoin = 'bevel';
    context.globalAlpha = stroke.opacity ?? 1;
    context.setLineDash((stroke.dash as number[]) ?? []);
    context.stroke();
  }

  #fill(fill: Fill): void {
    this.context.fillStyle = fill.color;
    this.context.globalAlpha = fill.opacity ?? 1;
    this.context.fill();
  }
}
