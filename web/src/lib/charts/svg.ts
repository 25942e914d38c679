// Painter that writes an SVG document.
import {
  CHART_FONT,
  TEXT_SIZE,
  type Fill,
  type Numbers,
  type Painter,
  type Stroke,
  type TextStyle,
} from './painter';

const BASELINES = {
  top: 'text-before-edge',
  middle: 'central',
  bottom: 'text-after-edge',
  alphabetic: 'alphabetic',
};
const ANCHORS = { left: 'start', center: 'middle', right: 'end' };

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}

export class SvgPainter implements Painter {
  readonly #parts: string[] = [];
  #clips = 0;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {}

  /** The whole document. */
  toString(): string {
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${this.width}" height="${this.height}" viewBox="0 0 ${this.width} ${this.height}" font-family="${escapeXml(CHART_FONT)}">`,
      ...this.#parts,
      '</svg>',
    ].join('\n');
  }

  clip(x: number, y: number, width: number, height: number, draw: () => void): void {
    const id = `clip${this.#clips++}`;
    this.#parts.push(
      `<clipPath id="${id}"><rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"/></clipPath>`,
      `<g clip-path="url(#${id})">`,
    );
    draw();
    this.#parts.push('</g>');
  }

  line(xs: Numbers, ys: Numbers, from: number, to: number, stroke: Stroke): void {
    if (to - from < 2) return;
    const points: string[] = [];
    for (let i = from; i < to; i++) points.push(`${round(xs[i] as number)},${round(ys[i] as number)}`);
    this.#parts.push(`<polyline points="${points.join(' ')}" fill="none"${strokeAttributes(stroke)}/>`);
  }

  area(xs: Numbers, ys: Numbers, fill: Fill): void {
    const points = Array.from(
      { length: xs.length },
      (_, i) => `${round(xs[i] as number)},${round(ys[i] as number)}`,
    );
    this.#parts.push(`<polygon points="${points.join(' ')}"${fillAttributes(fill)}/>`);
  }

  segment(x0: number, y0: number, x1: number, y1: number, stroke: Stroke): void {
    this.#parts.push(
      `<line x1="${round(x0)}" y1="${round(y0)}" x2="${round(x1)}" y2="${round(y1)}"${strokeAttributes(stroke)}/>`,
    );
  }

  rect(x: number, y: number, width: number, height: number, fill: Fill | null, stroke?: Stroke): void {
    this.#parts.push(
      `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"${fillAttributes(fill)}${stroke ? strokeAttributes(stroke) : ''}/>`,
    );
  }

  circle(x: number, y: number, radius: number, fill: Fill | null, stroke?: Stroke): void {
    this.#parts.push(
      `<circle cx="${round(x)}" cy="${round(y)}" r="${round(radius)}"${fillAttributes(fill)}${stroke ? strokeAttributes(stroke) : ''}/>`,
    );
  }

  image(source: HTMLCanvasElement, x: number, y: number, width: number, height: number): void {
    this.#parts.push(
      `<image x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" preserveAspectRatio="none" href="${source.toDataURL('image/png')}"/>`,
    );
  }

  text(text: string, x: number, y: number, style: TextStyle): void {
    const attributes = [
      `x="${round(x)}" y="${round(y)}" fill="${style.color}" font-size="${style.size ?? TEXT_SIZE}"`,
      `text-anchor="${ANCHORS[style.align ?? 'left']}" dominant-baseline="${BASELINES[style.baseline ?? 'alphabetic']}"`,
    ];
    if (style.weight) attributes.push(`font-weight="${style.weight}"`);
    if (style.tabular) attributes.push('style="font-variant-numeric:tabular-nums"');
    if (style.rotate) attributes.push(`transform="rotate(${style.rotate} ${round(x)} ${round(y)})"`);
    if (style.halo)
      attributes.push(`stroke="${style.halo}" stroke-width="3" paint-order="stroke" stroke-linejoin="round"`);
    this.#parts.push(`<text ${attributes.join(' ')}>${escapeXml(text)}</text>`);
  }
}

function strokeAttributes(stroke: Stroke): string {
  const parts = [` stroke="${stroke.color}" stroke-width="${stroke.width ?? 1}" stroke-linejoin="bevel"`];
  if (stroke.dash && stroke.dash.length > 0) parts.push(`stroke-dasharray="${stroke.dash.join(' ')}"`);
  if (stroke.opacity !== undefined && stroke.opacity < 1) parts.push(`stroke-opacity="${stroke.opacity}"`);
  return parts.join(' ');
}

function fillAttributes(fill: Fill | null): string {
  if (!fill) return ' fill="none"';
  const opacity = fill.opacity !== undefined && fill.opacity < 1 ? ` fill-opacity="${fill.opacity}"` : '';
  return ` fill="${fill.color}"${opacity}`;
}
