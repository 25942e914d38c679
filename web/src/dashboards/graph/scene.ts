// What a layout is made of and makes.

export const DIRECTIONS = ['TB', 'LR'] as const;
export type Direction = (typeof DIRECTIONS)[number];

export interface LayoutOptions {
  direction: Direction;
  /** Whether parameters, constants and nodes that nearly everything takes are left out. */
  tidy: boolean;
}

/** A group or node that is seen; coordinates are those of the whole drawing. */
export interface Box {
  node: number;
  x: number;
  y: number;
  width: number;
  height: number;
  open: boolean;
}

/** All edges between two boxes. */
export interface Wire {
  from: number;
  to: number;
  /** How many edges of the graph it stands for. */
  count: number;
  /** Position of their shape; -1 when they have several, or it is not known. */
  shape: number;
  control: boolean;
  xs: number[];
  ys: number[];
}

export interface Scene {
  width: number;
  height: number;
  /** A group comes before what is in it. */
  boxes: Box[];
  wires: Wire[];
  /** Nodes that are left out. */
  hidden: number;
}

export const BOX_HEIGHT = 36;
/** Height of an opened group's title. */
export const HEADER = 22;
