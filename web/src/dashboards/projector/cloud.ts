// Points on the graphics card: one draw call for all of them.
import {
  BufferAttribute,
  BufferGeometry,
  CanvasTexture,
  Color,
  LinearFilter,
  type PerspectiveCamera,
  Points,
  Scene,
  ShaderMaterial,
  Vector2,
  WebGLRenderer,
} from 'three';
import type { Drawer } from './drawer';
import type { SpriteImage } from './sprite';

const VERTEX = /* glsl */ `
  attribute vec3 tint;
  attribute float state;
  attribute vec2 tile;
  uniform float size;
  uniform float distance;
  varying vec3 vTint;
  varying float vState;
  varying vec2 vTile;
  void main() {
    vec4 seen = modelViewMatrix * vec4(position, 1.0);
    gl_Position = state < 0.5 ? vec4(2.0, 2.0, 2.0, 1.0) : projectionMatrix * seen;
    float grown = state > 3.5 ? 1.7 : state > 2.5 ? 1.35 : 1.0;
    gl_PointSize = size * grown * clamp(distance / -seen.z, 0.4, 3.0);
    vTint = tint;
    vState = state;
    vTile = tile;
  }
`;

const FRAGMENT = /* glsl */ `
  uniform vec3 ground;
  uniform vec3 ring;
  uniform sampler2D sprite;
  uniform vec2 tileSize;
  uniform bool pictures;
  varying vec3 vTint;
  varying float vState;
  varying vec2 vTile;
  void main() {
    vec3 color = vTint;
    if (pictures) {
      vec4 texel = texture2D(sprite, vTile + gl_PointCoord * tileSize);
      if (texel.a < 0.1) discard;
      color = texel.rgb * mix(vec3(1.0), vTint, 0.7);
      vec2 edge = abs(gl_PointCoord - 0.5);
      if (vState > 3.5 && max(edge.x, edge.y) > 0.45) color = ring;
    } else {
      float radius = length(gl_PointCoord - 0.5);
      if (radius > 0.5) discard;
      if (vState > 3.5 && radius > 0.38) color = ring;
      else color = mix(color, ground, 0.35 * smoothstep(0.36, 0.5, radius));
    }
    if (vState > 1.5 && vState < 2.5) color = mix(color, ground, 0.8);
    gl_FragColor = vec4(color, 1.0);
  }
`;

export class Cloud implements Drawer {
  readonly kind = 'webgl';
  readonly #renderer: WebGLRenderer;
  readonly #scene = new Scene();
  readonly #geometry = new BufferGeometry();
  readonly #material: ShaderMaterial;
  #count = 0;
  #size = 4;

  /** The browser has to have WebGL 2. */
  constructor(canvas: HTMLCanvasElement) {
    this.#renderer = new WebGLRenderer({ canvas, antialias: false, powerPreference: 'high-performance' });
    this.#material = new ShaderMaterial({
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      uniforms: {
        size: { value: 4 },
        distance: { value: 3 },
        ground: { value: new Color() },
        ring: { value: new Color() },
        sprite: { value: null },
        tileSize: { value: new Vector2(1, 1) },
        pictures: { value: false },
      },
    });
    const points = new Points(this.#geometry, this.#material);
    points.frustumCulled = false;
    this.#scene.add(points);
  }

  resize(width: number, height: number, ratio: number): void {
    this.#renderer.setPixelRatio(ratio);
    this.#renderer.setSize(width, height, false);
  }

  theme(ground: string, ring: string): void {
    this.#renderer.setClearColor(new Color(ground), 1);
    for (const [name, style] of [
      ['ground', ground],
      ['ring', ring],
    ] as const) {
      // Without a colour space: what is written is what is shown.
      (this.#uniform(name).value as Color).setStyle(style, '');
    }
  }

  scale(size: number, distance: number): void {
    this.#size = size;
    this.#uniform('distance').value = distance;
  }

  places(places: Float32Array): void {
    const count = places.length / 3;
    // A place that is no number is no place for the card: such points are hidden.
    const clean = places.map((value) => (Number.isNaN(value) ? 0 : value));
    this.#put('position', clean, 3, false);
    this.#count = count;
  }

  look(colors: Uint8Array, states: Uint8Array): void {
    this.#put('tint', colors, 3, true);
    this.#put('state', states, 1, false);
  }

  sprite(sprite: SpriteImage | null): void {
    const texture = this.#uniform('sprite');
    (texture.value as CanvasTexture | null)?.dispose();
    texture.value = null;
    this.#uniform('pictures').value = sprite !== null;
    if (!sprite) return;
    const image = new CanvasTexture(sprite.image as HTMLCanvasElement);
    image.flipY = false;
    image.magFilter = LinearFilter;
    image.minFilter = LinearFilter;
    image.generateMipmaps = false;
    texture.value = image;
    (this.#uniform('tileSize').value as Vector2).set(sprite.tileWidth, sprite.tileHeight);
    this.#put('tile', sprite.tiles, 2, false);
  }

  draw(camera: PerspectiveCamera): void {
    this.#uniform('size').value = this.#size * this.#renderer.getPixelRatio();
    this.#geometry.setDrawRange(0, this.#count);
    this.#renderer.render(this.#scene, camera);
  }

  end(): void {
    this.sprite(null);
    this.#geometry.dispose();
    this.#material.dispose();
    this.#renderer.dispose();
  }

  #uniform(name: string): { value: unknown } {
    const uniform = this.#material.uniforms[name];
    if (!uniform) throw new Error(`no uniform ${name}`);
    return uniform;
  }

  /** Writes into the buffer that is there when it has the size. */
  #put(name: string, values: Float32Array | Uint8Array, width: number, normalized: boolean): void {
    const old = this.#geometry.getAttribute(name) as BufferAttribute | undefined;
    if (old && old.array.length === values.length) {
      old.array.set(values);
      old.needsUpdate = true;
      return;
    }
    // Buffers of another size cannot take the place of old ones on the card.
    if (old) this.#geometry.dispose();
    this.#geometry.setAttribute(name, new BufferAttribute(values.slice(), width, normalized));
  }
}
