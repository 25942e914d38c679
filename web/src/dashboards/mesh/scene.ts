// A mesh as three.js draws it.
import {
  AmbientLight,
  BufferAttribute,
  BufferGeometry,
  type Camera,
  CanvasTexture,
  Color,
  DirectionalLight,
  DoubleSide,
  Fog,
  HemisphereLight,
  type Light,
  LinearSRGBColorSpace,
  Group,
  type Material,
  Mesh,
  MeshBasicMaterial,
  MeshDepthMaterial,
  MeshLambertMaterial,
  MeshNormalMaterial,
  MeshPhongMaterial,
  MeshPhysicalMaterial,
  MeshStandardMaterial,
  MeshToonMaterial,
  OrthographicCamera,
  PerspectiveCamera,
  PointLight,
  Points,
  PointsMaterial,
  Scene,
  SpotLight,
} from 'three';
import type { CameraConfig, LightConfig, MaterialConfig, MeshConfig } from './config';
import type { MeshShown } from './data.svelte';
import type { Drawn, Up } from './settings.svelte';
import { FOV, placeOf, type Frame, type View } from './view';

/** How a mesh is drawn. */
export interface Look {
  readonly draw: Drawn;
  /** Whether points have their own colours. */
  readonly colors: boolean;
  /** Diameter of a point in pixels; null: as logged. */
  readonly size: number | null;
  /** `#rrggbb` of points that have no colour. */
  readonly plain: string;
  /** `#rrggbb` behind it. */
  readonly ground: string;
  readonly up: Up;
}

/** Diameter of a point in CSS pixels where nothing else is asked for: up to so many points, else the last one. */
const POINT_PIXELS = [
  [5_000, 3],
  [50_000, 2],
  [Infinity, 1],
] as const;
/** So many points of one colour are a blot, unless what is far fades. */
const MANY = 1_000;
/** TensorBoard's grey. */
const SURFACE = '#a0a0a0';

const MESH_MATERIALS = {
  MeshStandardMaterial,
  MeshBasicMaterial,
  MeshLambertMaterial,
  MeshPhongMaterial,
  MeshPhysicalMaterial,
  MeshToonMaterial,
  MeshNormalMaterial,
  MeshDepthMaterial,
} as const;

/** As it is written, without a colour space. */
const colorOf = (hex: number) => new Color().setHex(hex, LinearSRGBColorSpace);

/** Lights are as strong as they were before three.js r155. */
const strength = (intensity: number) => intensity * Math.PI;

function lightOf(config: LightConfig, { center }: Frame): Light {
  const color = colorOf(config.color);
  const power = strength(config.intensity);
  const decay = config.decay ?? 0;
  // The frame's centre is the origin of the scene; a direction stays what it is.
  const place = (light: Light): Light => {
    const [x, y, z] = config.position ?? [0, 1, 0];
    light.position.set(x - center[0], y - center[1], z - center[2]);
    return light;
  };
  switch (config.cls) {
    case 'AmbientLight':
      return new AmbientLight(color, power);
    case 'HemisphereLight':
      return new HemisphereLight(color, colorOf(config.groundColor ?? 0xffffff), power);
    case 'PointLight':
      return place(new PointLight(color, power, config.distance ?? 0, decay));
    case 'SpotLight':
      return place(
        new SpotLight(
          color,
          power,
          config.distance ?? 0,
          config.angle ?? Math.PI / 3,
          config.penumbra ?? 0,
          decay,
        ),
      );
    case 'DirectionalLight': {
      const light = new DirectionalLight(color, power);
      light.position.set(...(config.position ?? [0, 1, 0]));
      return light;
    }
  }
}

/** Sets what the material has; what is another material's is left out. */
function applyTo(material: Material, config: MaterialConfig): void {
  const target = material as unknown as Record<string, unknown>;
  for (const [name, hex] of Object.entries(config.colors)) {
    if (target[name] instanceof Color) target[name].copy(colorOf(hex));
  }
  for (const [name, value] of Object.entries({ ...config.numbers, ...config.flags })) {
    if (name in material) target[name] = value;
  }
}

let disc: CanvasTexture | null = null;

/** The shape of a point. */
function discOf(): CanvasTexture {
  if (disc) return disc;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 32;
  const context = canvas.getContext('2d');
  if (context) {
    context.fillStyle = '#000';
    context.fillRect(0, 0, 32, 32);
    context.fillStyle = '#fff';
    context.beginPath();
    context.arc(16, 16, 15, 0, 2 * Math.PI);
    context.fill();
  }
  disc = new CanvasTexture(canvas);
  return disc;
}

/** Degrees that a camera sees from top to bottom. */
export const fovOf = (camera: CameraConfig) => camera.fov ?? FOV;

export class MeshScene {
  readonly #scene = new Scene();
  readonly #turned = new Group();
  readonly #geometry = new BufferGeometry();
  readonly #frame: Frame;
  readonly #config: MeshConfig;
  readonly #hasColors: boolean;
  readonly #hasFaces: boolean;
  /** The same points without triangles; shares their buffers. */
  #cloud: BufferGeometry | null = null;
  #material: Material | null = null;

  constructor(mesh: MeshShown, frame: Frame, config: MeshConfig) {
    this.#frame = frame;
    this.#config = config;
    this.#hasColors = mesh.colors !== null;
    this.#hasFaces = (mesh.indices?.length ?? 0) > 0;
    // Around the origin before they become single precision: what is far from it keeps its shape.
    const { positions } = mesh;
    const places = new Float32Array(positions.length);
    for (let i = 0; i < positions.length; i += 1)
      places[i] = (positions[i] ?? 0) - (frame.center[i % 3] ?? 0);
    this.#geometry.setAttribute('position', new BufferAttribute(places, 3));
    if (mesh.colors) this.#geometry.setAttribute('color', new BufferAttribute(mesh.colors, 3, true));
    if (mesh.indices && this.#hasFaces) {
      this.#geometry.setIndex(new BufferAttribute(mesh.indices, 1));
      this.#geometry.computeVertexNormals();
    }
    for (const light of config.lights) this.#scene.add(lightOf(light, frame));
    this.#scene.add(this.#turned);
  }

  get scene(): Scene {
    return this.#scene;
  }

  look(look: Look): void {
    this.#material?.dispose();
    const asPoints = look.draw === 'points' || !this.#hasFaces;
    const material = asPoints ? this.#pointsMaterial(look) : this.#meshMaterial(look);
    this.#material = material;
    const drawn = asPoints ? new Points(this.#unindexed(), material) : new Mesh(this.#geometry, material);
    drawn.frustumCulled = false;
    const fades = asPoints && !(this.#hasColors && look.colors) && this.#points > MANY;
    this.#scene.fog = fades ? new Fog(new Color().setStyle(look.ground, LinearSRGBColorSpace)) : null;
    this.#turned.clear();
    this.#turned.add(drawn);
    this.#turned.rotation.x = look.up === 'z' ? -Math.PI / 2 : 0;
  }

  get #points(): number {
    return this.places.length / 3;
  }

  #unindexed(): BufferGeometry {
    if (this.#cloud) return this.#cloud;
    this.#cloud = new BufferGeometry();
    for (const name of ['position', 'color']) {
      const attribute = this.#geometry.getAttribute(name) as BufferAttribute | undefined;
      if (attribute) this.#cloud.setAttribute(name, attribute);
    }
    return this.#cloud;
  }

  #meshMaterial(look: Look): Material {
    const { cls } = this.#config.material;
    const Class = cls === undefined || cls === 'PointsMaterial' ? MeshStandardMaterial : MESH_MATERIALS[cls];
    const material = new Class();
    const colors = this.#hasColors && look.colors;
    if ('color' in material) material.color.setStyle(colors ? '#ffffff' : SURFACE, LinearSRGBColorSpace);
    material.side = DoubleSide;
    applyTo(material, this.#config.material);
    material.vertexColors = colors;
    if ('wireframe' in material && look.draw === 'wireframe') material.wireframe = true;
    return material;
  }

  #pointsMaterial(look: Look): Material {
    const colors = this.#hasColors && look.colors;
    const material = new PointsMaterial({ alphaMap: discOf(), alphaTest: 0.5, sizeAttenuation: false });
    material.color.setStyle(colors ? '#ffffff' : look.plain, LinearSRGBColorSpace);
    const { cls, colors: given, numbers, flags } = this.#config.material;
    if (cls === 'PointsMaterial') {
      // A logged size is one in space, unless it says otherwise.
      if (numbers['size'] !== undefined) material.sizeAttenuation = true;
      applyTo(material, this.#config.material);
    } else if (given['color'] !== undefined && !colors) material.color.copy(colorOf(given['color']));
    if (numbers['size'] === undefined || cls !== 'PointsMaterial' || look.size !== null) {
      material.sizeAttenuation = false;
      const [, usual] = POINT_PIXELS.find(([most]) => this.#points <= most) ?? POINT_PIXELS[2];
      material.size = look.size ?? usual;
    } else if (flags['sizeAttenuation'] === false) material.size = numbers['size'];
    material.vertexColors = colors;
    return material;
  }

  /** A camera for a stage; `aspect`: width by height. */
  camera(view: View, aspect: number): Camera {
    const { camera: config } = this.#config;
    const { position, target } = placeOf(view, this.#frame);
    const reach = view.distance * this.#frame.radius;
    const near = config.near ?? reach / 1_000;
    const far = config.far ?? reach + 1_000 * this.#frame.radius;
    if (this.#scene.fog instanceof Fog) {
      this.#scene.fog.near = reach - this.#frame.radius;
      this.#scene.fog.far = reach + 2 * this.#frame.radius;
    }
    let camera: PerspectiveCamera | OrthographicCamera;
    if (config.cls === 'OrthographicCamera') {
      const half = reach * Math.tan((fovOf(config) * Math.PI) / 360);
      camera = new OrthographicCamera(-half * aspect, half * aspect, half, -half, config.near ?? -far, far);
    } else camera = new PerspectiveCamera(fovOf(config), aspect, near, far);
    camera.position.set(...position);
    camera.lookAt(...target);
    camera.updateMatrixWorld();
    return camera;
  }

  /** From the mesh's coordinates to clip space, column by column: what is drawn where. */
  projection(view: View, aspect: number): readonly number[] {
    const camera = this.camera(view, aspect);
    this.#turned.updateMatrixWorld(true);
    return camera.projectionMatrix
      .clone()
      .multiply(camera.matrixWorldInverse)
      .multiply(this.#turned.matrixWorld).elements;
  }

  /** Points as they are drawn: around the frame's centre. */
  get places(): Float32Array {
    return this.#geometry.getAttribute('position').array as Float32Array;
  }

  dispose(): void {
    this.#material?.dispose();
    this.#geometry.dispose();
    this.#cloud?.dispose();
  }
}
