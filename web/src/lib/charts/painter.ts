// What charts are drawn with. A chart is a function that calls a Painter; the same calls give pixels on a
// canvas and shapes in an SVG, so that an export is exactly what is on the screen.
// Coordinates are CSS pixels from the top left corner.

export interface Stroke {
  color: string;
  width?: number;
  /** Lengths of dash and gap; empty: solid. */
  dash?: readonly number[];
  opacity?: number;
}

export interface Fill {
  color: string;
  opacity?: number;
}

export interface TextStyle {
  color: string;
  size?: number;
  weight?: number;
  align?: 'left' | 'center' | 'right';
  baseline?: 'top' | 'middle' | 'bottom' | 'alphabetic';
  /** Degrees, clockwise around the text's own anchor. */
  rotate?: number;
  /** Colour of an outline that keeps the text legible over lines. */
  halo?: string;
  /** All figures have one width, so that numbers below each other can be compared. */
  tabular?: boolean;
}

/** Numbers that can be read by index: arrays and typed arrays. */
export type Numbers = ArrayLike<number>;

export interface Painter {
  readonly width: number;
  readonly height: number;
  /** Everything `draw` paints is cut off outside of the rectangle. */
  clip(x: number, y: number, width: number, height: number, draw: () => void): void;
  /** An open line through points `from` (included) to `to` (excluded). */
  line(xs: Numbers, ys: Numbers, from: number, to: number, stroke: Stroke): void;
  /** A closed area. */
  area(xs: Numbers, ys: Numbers, fill: Fill): void;
  segment(x0: number, y0: number, x1: number, y1: number, stroke: Stroke): void;
  rect(x: number, y: number, width: number, height: number, fill: Fill | null, stroke?: Stroke): void;
  circle(x: number, y: number, radius: number, fill: Fill | null, stroke?: Stroke): void;
  /** A picture, e.g. of computed pixels; scaled smoothly. */
  image(source: HTMLCanvasElement, x: number, y: number, width: number, height: number): void;
  text(text: string, x: number, y: number, style: TextStyle): void;
}

export const CHART_FONT =
  "Inter, 'Noto Sans SC', 'Noto Sans CJK SC', system-ui, 'Segoe UI', Roboto, sans-serif";
export const TEXT_SIZE = 11;
