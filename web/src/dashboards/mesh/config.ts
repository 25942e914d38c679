// The logged configuration: camera, lights and material in three.js' names, as TensorBoard's mesh plugin takes it.
// It is a stranger's: only classes and properties that are listed here reach three.js.
import { Color } from 'three';
import type { Vec3 } from './view';

export const CAMERAS = ['PerspectiveCamera', 'OrthographicCamera'] as const;
export const LIGHTS = [
  'AmbientLight',
  'DirectionalLight',
  'HemisphereLight',
  'PointLight',
  'SpotLight',
] as const;
export const MATERIALS = [
  'MeshStandardMaterial',
  'MeshBasicMaterial',
  'MeshLambertMaterial',
  'MeshPhongMaterial',
  'MeshPhysicalMaterial',
  'MeshToonMaterial',
  'MeshNormalMaterial',
  'MeshDepthMaterial',
  'PointsMaterial',
] as const;

/** More lights than this are not lit. */
const MOST_LIGHTS = 16;

export interface CameraConfig {
  readonly cls: (typeof CAMERAS)[number];
  /** Degrees from top to bottom. */
  readonly fov?: number;
  readonly near?: number;
  readonly far?: number;
  readonly position?: Vec3;
  readonly lookAt?: Vec3;
}

export interface LightConfig {
  readonly cls: (typeof LIGHTS)[number];
  /** 0xrrggbb. */
  readonly color: number;
  readonly groundColor?: number;
  /** As before three.js r155, which is what TensorBoard shows. */
  readonly intensity: number;
  readonly position?: Vec3;
  readonly distance?: number;
  readonly decay?: number;
  /** Radians. */
  readonly angle?: number;
  readonly penumbra?: number;
}

export interface MaterialConfig {
  readonly cls?: (typeof MATERIALS)[number];
  readonly colors: Readonly<Record<string, number>>;
  readonly numbers: Readonly<Record<string, number>>;
  readonly flags: Readonly<Record<string, boolean>>;
}

export interface MeshConfig {
  readonly camera: CameraConfig;
  readonly lights: readonly LightConfig[];
  readonly material: MaterialConfig;
}

/** What is wrong in a configuration, and where. */
export interface ConfigProblem {
  /** `cls`: no class that is known; `value`: not what the property takes; `unknown`: no property that is known. */
  readonly kind: 'cls' | 'value' | 'unknown';
  /** E.g. `camera.fov`. */
  readonly where: string;
  readonly got: string;
  /** The classes there are. */
  readonly expected?: string;
}

type Json = Readonly<Record<string, unknown>>;

const DEFAULT_LIGHTS: readonly LightConfig[] = [
  { cls: 'AmbientLight', color: 0xffffff, intensity: 0.75 },
  { cls: 'DirectionalLight', color: 0xffffff, intensity: 0.75, position: [0, -1, 2] },
];

const MATERIAL_COLORS = ['color', 'emissive', 'specular', 'sheenColor', 'specularColor', 'attenuationColor'];
const MATERIAL_NUMBERS: Readonly<Record<string, readonly [number, number]>> = {
  roughness: [0, 1],
  metalness: [0, 1],
  shininess: [0, 10_000],
  opacity: [0, 1],
  alphaTest: [0, 1],
  emissiveIntensity: [0, 1_000],
  reflectivity: [0, 1],
  clearcoat: [0, 1],
  clearcoatRoughness: [0, 1],
  sheen: [0, 1],
  sheenRoughness: [0, 1],
  size: [0, 1e6],
  side: [0, 2],
};
const MATERIAL_FLAGS = [
  'wireframe',
  'flatShading',
  'transparent',
  'sizeAttenuation',
  'vertexColors',
  'depthTest',
  'depthWrite',
];

class Reader {
  readonly problems: ConfigProblem[] = [];

  constructor(
    readonly json: Json,
    readonly path: string,
    problems?: ConfigProblem[],
  ) {
    if (problems) this.problems = problems;
  }

  within(json: Json, path: string): Reader {
    return new Reader(json, path, this.problems);
  }

  wrong(name: string, kind: ConfigProblem['kind'] = 'value', expected?: string): undefined {
    const where = [this.path, name].filter(Boolean).join('.');
    const got = (JSON.stringify(this.json[name]) as string | undefined)?.slice(0, 80) ?? '';
    this.problems.push({ kind, where, got, ...(expected === undefined ? {} : { expected }) });
    return undefined;
  }

  /** Tells of what nobody asks for. */
  only(names: readonly string[]): void {
    for (const name of Object.keys(this.json)) if (!names.includes(name)) this.wrong(name, 'unknown');
  }

  cls<C extends string>(classes: readonly C[], otherwise: C): C {
    return this.maybeCls(classes) ?? otherwise;
  }

  maybeCls<C extends string>(classes: readonly C[]): C | undefined {
    const { cls } = this.json;
    if (cls === undefined) return undefined;
    return classes.find((one) => one === cls) ?? this.wrong('cls', 'cls', classes.join(', '));
  }

  number(name: string, low: number, high: number): number | undefined {
    const value = this.json[name];
    if (value === undefined) return undefined;
    return typeof value === 'number' && value >= low && value <= high ? value : this.wrong(name);
  }

  flag(name: string): boolean | undefined {
    const value = this.json[name];
    return value === undefined || typeof value === 'boolean' ? value : this.wrong(name);
  }

  color(name: string): number | undefined {
    const value = this.json[name];
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffff) return value;
    if (typeof value === 'string') {
      const named = Object.entries(Color.NAMES).find(([known]) => known === value.toLowerCase())?.[1];
      if (named !== undefined) return named;
      const [, three, six] = /^#(?:([0-9a-f]{3})|([0-9a-f]{6}))$/i.exec(value) ?? [];
      if (six !== undefined) return parseInt(six, 16);
      if (three !== undefined) return parseInt(three.replace(/./g, '$&$&'), 16);
    }
    return this.wrong(name);
  }

  place(name: string): Vec3 | undefined {
    const value = this.json[name];
    if (value === undefined) return undefined;
    const parts: unknown[] = Array.isArray(value) ? value : [];
    const [x, y, z] = parts;
    if (parts.length !== 3 || typeof x !== 'number' || typeof y !== 'number' || typeof z !== 'number')
      return this.wrong(name);
    return [x, y, z];
  }

  object(name: string): Json | undefined {
    const value = this.json[name];
    if (value === undefined || value === null) return undefined;
    return isObject(value) ? value : this.wrong(name);
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.json[name];
    if (value === undefined || value === null) return undefined;
    return Array.isArray(value) ? (value as unknown[]) : this.wrong(name);
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Leaves out what is not there. */
function some<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

function readCamera(reader: Reader): CameraConfig {
  reader.only(['cls', 'fov', 'near', 'far', 'aspect', 'position', 'lookAt']);
  return some<CameraConfig>({
    cls: reader.cls(CAMERAS, 'PerspectiveCamera'),
    fov: reader.number('fov', 1, 179),
    near: reader.number('near', 1e-9, 1e12),
    far: reader.number('far', 1e-9, 1e12),
    position: reader.place('position'),
    lookAt: reader.place('lookAt'),
  });
}

function readLight(reader: Reader): LightConfig | undefined {
  const cls = reader.maybeCls(LIGHTS);
  if (cls === undefined) {
    if (reader.json['cls'] === undefined) reader.wrong('cls', 'cls', LIGHTS.join(', '));
    return undefined;
  }
  reader.only([
    'cls',
    'color',
    'skyColor',
    'groundColor',
    'intensity',
    'position',
    'distance',
    'decay',
    'angle',
    'penumbra',
  ]);
  return some<LightConfig>({
    cls,
    color: reader.color('color') ?? reader.color('skyColor') ?? 0xffffff,
    groundColor: reader.color('groundColor'),
    intensity: reader.number('intensity', 0, 1_000) ?? 1,
    position: reader.place('position'),
    distance: reader.number('distance', 0, 1e12),
    decay: reader.number('decay', 0, 10),
    angle: reader.number('angle', 0, Math.PI / 2),
    penumbra: reader.number('penumbra', 0, 1),
  });
}

function readMaterial(reader: Reader): MaterialConfig {
  reader.only(['cls', ...MATERIAL_COLORS, ...Object.keys(MATERIAL_NUMBERS), ...MATERIAL_FLAGS]);
  const kept = <T>(names: readonly string[], read: (name: string) => T | undefined): Record<string, T> =>
    some(Object.fromEntries(names.map((name) => [name, read(name)]))) as Record<string, T>;
  return some<MaterialConfig>({
    cls: reader.maybeCls(MATERIALS),
    colors: kept(MATERIAL_COLORS, (name) => reader.color(name)),
    numbers: kept(Object.keys(MATERIAL_NUMBERS), (name) => {
      const [low, high] = MATERIAL_NUMBERS[name] ?? [0, 0];
      const value = reader.number(name, low, high);
      return name === 'side' && value !== undefined && !Number.isInteger(value) ? reader.wrong(name) : value;
    }),
    flags: kept(MATERIAL_FLAGS, (name) => reader.flag(name)),
  });
}

/** Reads a configuration; what is wrong in it has the usual value, and is told. */
export function readConfig(text: string | null): { config: MeshConfig; problems: ConfigProblem[] } {
  // The server has checked that it is an object.
  const json: unknown = text === null ? {} : JSON.parse(text);
  const reader = new Reader(isObject(json) ? json : {}, '');
  reader.only(['camera', 'lights', 'material']);
  const camera = readCamera(reader.within(reader.object('camera') ?? {}, 'camera'));
  const material = readMaterial(reader.within(reader.object('material') ?? {}, 'material'));
  const logged = reader.list('lights');
  let lights = DEFAULT_LIGHTS;
  if (logged) {
    if (logged.length > MOST_LIGHTS) reader.wrong('lights');
    lights = logged.slice(0, MOST_LIGHTS).flatMap((light, i) => {
      const read = readLight(reader.within(isObject(light) ? light : { cls: light }, `lights[${i}]`));
      return read ? [read] : [];
    });
  }
  return { config: { camera, lights, material }, problems: reader.problems };
}
