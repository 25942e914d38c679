// From where a mesh is looked at. A view is in units of the mesh's own size, so that it can be shared by cards.

/** A ball around a mesh: what a view is relative to. */
export interface Frame {
  readonly center: readonly [number, number, number];
  /** Above 0. */
  readonly radius: number;
}

/** Where the camera is, seen from what it looks at; y points up. */
export interface View {
  /** Around the vertical axis, radians; 0: in front (z). */
  readonly theta: number;
  /** From the vertical axis, radians; 0: above. */
  readonly phi: number;
  /** In radii of the frame. */
  readonly distance: number;
  /** What the camera looks at: from the frame's centre, in its radii. */
  readonly target: readonly [number, number, number];
}

export type Vec3 = readonly [number, number, number];

/** Degrees that the camera sees from top to bottom, where none are logged. */
export const FOV = 50;

const NEAREST = 0.01;
const FARTHEST = 100;
/** Straight from above there is no left and right. */
const POLE = 0.01;
/** How much more than the ball is seen. */
const MARGIN = 1.05;
/** The usual view: from the front, a little from the right and above. */
const HOME = { theta: 0.4, phi: 1.1 } as const;

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** The ball around the box around points (x, y, z of each); of radius 1 where there is no extent. */
export function frameOf(positions: ArrayLike<number>): Frame {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < positions.length; i += 1) {
    const value = positions[i] ?? 0;
    const axis = i % 3;
    if (value < (low[axis] ?? 0)) low[axis] = value;
    if (value > (high[axis] ?? 0)) high[axis] = value;
  }
  if (positions.length === 0) return { center: [0, 0, 0], radius: 1 };
  const middle = (axis: number) => (low[axis] ?? 0) / 2 + (high[axis] ?? 0) / 2;
  const center = [middle(0), middle(1), middle(2)] as const;
  let farthest = 0;
  for (let i = 0; i + 2 < positions.length; i += 3) {
    const off = Math.hypot(
      (positions[i] ?? 0) - center[0],
      (positions[i + 1] ?? 0) - center[1],
      (positions[i + 2] ?? 0) - center[2],
    );
    if (off > farthest) farthest = off;
  }
  return { center, radius: farthest > 0 ? farthest : 1 };
}

/** From where all of the frame is seen, `fov` degrees from top to bottom. */
export function homeView(fov: number, aspect: number): View {
  const half = (fov * Math.PI) / 360;
  const narrow = aspect < 1 ? Math.atan(Math.tan(half) * aspect) : half;
  return { ...HOME, distance: MARGIN / Math.sin(narrow), target: [0, 0, 0] };
}

/** The view of a camera at a place that looks at another, both in the mesh's own coordinates. */
export function viewFrom(position: Vec3, target: Vec3, frame: Frame): View {
  const offset = position.map((value, i) => (value - (target[i] ?? 0)) / frame.radius);
  const [x = 0, y = 0, z = 0] = offset;
  const distance = Math.hypot(x, y, z);
  const toTarget = (axis: 0 | 1 | 2) => (target[axis] - frame.center[axis]) / frame.radius;
  return {
    theta: Math.atan2(x, z),
    phi: distance > 0 ? clamp(Math.acos(y / distance), POLE, Math.PI - POLE) : HOME.phi,
    distance: clamp(distance, NEAREST, FARTHEST),
    target: [toTarget(0), toTarget(1), toTarget(2)],
  };
}

/** Directions of the camera's right, its top, and from the target to it. */
function axesOf({ theta, phi }: View): { right: Vec3; up: Vec3; back: Vec3 } {
  const [sinTheta, cosTheta, sinPhi, cosPhi] = [
    Math.sin(theta),
    Math.cos(theta),
    Math.sin(phi),
    Math.cos(phi),
  ];
  return {
    right: [cosTheta, 0, -sinTheta],
    up: [-cosPhi * sinTheta, sinPhi, -cosPhi * cosTheta],
    back: [sinPhi * sinTheta, cosPhi, sinPhi * cosTheta],
  };
}

/** Where camera and target are, with the frame's centre as origin. */
export function placeOf(view: View, frame: Frame): { position: Vec3; target: Vec3 } {
  const { back } = axesOf(view);
  const at = (axis: 0 | 1 | 2, away: number) => (view.target[axis] + back[axis] * away) * frame.radius;
  return {
    position: [at(0, view.distance), at(1, view.distance), at(2, view.distance)],
    target: [at(0, 0), at(1, 0), at(2, 0)],
  };
}

/** Turned around the target, radians. */
export function orbit(view: View, byTheta: number, byPhi: number): View {
  const turn = 2 * Math.PI;
  return {
    ...view,
    theta: ((((view.theta + byTheta + Math.PI) % turn) + turn) % turn) - Math.PI,
    phi: clamp(view.phi + byPhi, POLE, Math.PI - POLE),
  };
}

/** Moved so that what is seen goes right and down, in heights of what is seen. */
export function pan(view: View, right: number, down: number, fov: number): View {
  const height = 2 * view.distance * Math.tan((fov * Math.PI) / 360);
  const axes = axesOf(view);
  const moved = (axis: 0 | 1 | 2) =>
    clamp(
      view.target[axis] + height * (down * axes.up[axis] - right * axes.right[axis]),
      -FARTHEST,
      FARTHEST,
    );
  return { ...view, target: [moved(0), moved(1), moved(2)] };
}

/** Nearer by a factor below 1, farther by one above. */
export function zoom(view: View, factor: number): View {
  return { ...view, distance: clamp(view.distance * factor, NEAREST, FARTHEST) };
}

/** As it is kept in the address. */
export function writeView({ theta, phi, distance, target }: View): string {
  return [theta, phi, distance, ...target].map((value) => Number(value.toPrecision(5))).join(',');
}

/** Null where an address has been mangled. */
export function readView(text: string | null): View | null {
  const parts = (text ?? '').split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const [theta, phi, distance, x, y, z] = parts;
  if (parts.length !== 6 || !parts.every(Number.isFinite)) return null;
  const within = (value: number | undefined) => clamp(value ?? 0, -FARTHEST, FARTHEST);
  return {
    theta: theta ?? 0,
    phi: clamp(phi ?? 0, POLE, Math.PI - POLE),
    distance: clamp(distance ?? 1, NEAREST, FARTHEST),
    target: [within(x), within(y), within(z)],
  };
}
