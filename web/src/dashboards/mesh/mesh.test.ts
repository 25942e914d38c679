import { describe, expect, test } from 'vitest';
import { readConfig } from './config';
import type { MeshShown } from './data.svelte';
import { pointAt } from './pick';
import { toCsv, toJson, toPly } from './ply';
import { frameOf, homeView, orbit, pan, placeOf, readView, viewFrom, writeView, zoom } from './view';

const UNIT = { center: [0, 0, 0], radius: 1 } as const;
const FRONT = { theta: 0, phi: Math.PI / 2, distance: 2, target: [0, 0, 0] } as const;

describe('views', () => {
  test('a frame is the ball around the middle of the points', () => {
    expect(frameOf([1, 2, 3, 3, 2, 3])).toEqual({ center: [2, 2, 3], radius: 1 });
    // Points without extent, and no points, have a ball all the same.
    expect(frameOf([5, 5, 5])).toEqual({ center: [5, 5, 5], radius: 1 });
    expect(frameOf([])).toEqual({ center: [0, 0, 0], radius: 1 });
    // The sum of two numbers this large is infinite.
    expect(frameOf([-1.7e308, 0, 0, 1.7e308, 0, 0]).center).toEqual([0, 0, 0]);
  });

  test('the usual view holds the whole ball, in narrow windows too', () => {
    // sin of half of 60 degrees is 0.5.
    expect(homeView(60, 2).distance).toBeCloseTo(2.1);
    const narrow = homeView(60, 0.5);
    const half = Math.atan(Math.tan(Math.PI / 6) * 0.5);
    expect(narrow.distance * Math.sin(half)).toBeCloseTo(1.05);
  });

  test('a camera of the mesh’s own coordinates comes back', () => {
    const frame = { center: [10, 20, 30], radius: 4 } as const;
    const view = viewFrom([14, 24, 34], [10, 22, 30], frame);
    const { position, target } = placeOf(view, frame);
    expect(position.map((value, i) => value + (frame.center[i] ?? 0))).toEqual([
      expect.closeTo(14),
      expect.closeTo(24),
      expect.closeTo(34),
    ]);
    expect(target).toEqual([0, 2, 0]);
    // A camera in what it looks at is moved out of it.
    expect(viewFrom([10, 20, 30], [10, 20, 30], frame).distance).toBeGreaterThan(0);
  });

  test('turning, moving and zooming', () => {
    const { position } = placeOf(orbit(FRONT, Math.PI / 2, 0), UNIT);
    expect(position).toEqual([expect.closeTo(2), expect.closeTo(0), expect.closeTo(0)]);
    // Not over the pole, and around without end.
    expect(orbit(FRONT, 0, -9).phi).toBe(0.01);
    expect(orbit(FRONT, 2 * Math.PI + 0.25, 0).theta).toBeCloseTo(0.25);
    // What is seen is 4 high at 90 degrees: dragged right by a quarter and down by half of that.
    const moved = pan(FRONT, 0.25, 0.5, 90);
    expect(moved.target).toEqual([expect.closeTo(-1), expect.closeTo(2), expect.closeTo(0)]);
    expect(zoom(FRONT, 0.5).distance).toBe(1);
    expect(zoom(FRONT, 1e-9).distance).toBe(0.01);
  });

  test('a view in the address, and addresses that are none', () => {
    const view = { theta: -1.5, phi: 0.75, distance: 2.5, target: [0.125, 0, -3] } as const;
    expect(writeView(view)).toBe('-1.5,0.75,2.5,0.125,0,-3');
    expect(readView(writeView(view))).toEqual(view);
    for (const bad of [null, '', '1,2,3', '1,2,3,4,5,x', '1,2,,4,5,6', 'NaN,1,1,1,1,1'])
      expect(readView(bad), String(bad)).toBeNull();
    expect(readView('0,9,0,0,0,1e9')).toEqual({
      theta: 0,
      phi: Math.PI - 0.01,
      distance: 0.01,
      target: [0, 0, 100],
    });
  });
});

describe('the logged configuration', () => {
  test('nothing logged: a camera, two lights and a material as TensorBoard has them', () => {
    const { config, problems } = readConfig(null);
    expect(problems).toEqual([]);
    expect(config.camera).toEqual({ cls: 'PerspectiveCamera' });
    expect(config.lights.map(({ cls, intensity }) => [cls, intensity])).toEqual([
      ['AmbientLight', 0.75],
      ['DirectionalLight', 0.75],
    ]);
    expect(config.material).toEqual({ colors: {}, numbers: {}, flags: {} });
  });

  test('everything that is known is taken', () => {
    const { config, problems } = readConfig(
      JSON.stringify({
        camera: { cls: 'OrthographicCamera', fov: 30, near: 0.5, far: 9, position: [1, 2, 3] },
        lights: [{ cls: 'PointLight', color: '#f80', intensity: 2, position: [0, 1, 0] }],
        material: { cls: 'MeshPhongMaterial', color: 'tomato', shininess: 80, wireframe: true, side: 2 },
      }),
    );
    expect(problems).toEqual([]);
    expect(config).toEqual({
      camera: { cls: 'OrthographicCamera', fov: 30, near: 0.5, far: 9, position: [1, 2, 3] },
      lights: [{ cls: 'PointLight', color: 0xff8800, intensity: 2, position: [0, 1, 0] }],
      material: {
        cls: 'MeshPhongMaterial',
        colors: { color: 0xff6347 },
        numbers: { shininess: 80, side: 2 },
        flags: { wireframe: true },
      },
    });
  });

  test('what is wrong is told and left out', () => {
    const { config, problems } = readConfig(
      JSON.stringify({
        camera: { cls: 'WebGLRenderer', fov: 400, position: [1, 2], zoom: 3 },
        lights: [{ cls: 'Script' }, 7, { cls: 'AmbientLight', color: 'javascript:', intensity: 'strong' }],
        material: {
          cls: 'ShaderMaterial',
          vertexShader: 'void main() {}',
          opacity: -1,
          side: 0.5,
          wireframe: 1,
        },
        extra: null,
      }),
    );
    expect(problems.map(({ kind, where }) => `${kind} ${where}`)).toEqual([
      'unknown extra',
      'unknown camera.zoom',
      'cls camera.cls',
      'value camera.fov',
      'value camera.position',
      'unknown material.vertexShader',
      'cls material.cls',
      'value material.opacity',
      'value material.side',
      'value material.wireframe',
      'cls lights[0].cls',
      'cls lights[1].cls',
      'value lights[2].color',
      'value lights[2].intensity',
    ]);
    expect(config.camera).toEqual({ cls: 'PerspectiveCamera' });
    expect(config.lights).toEqual([{ cls: 'AmbientLight', color: 0xffffff, intensity: 1 }]);
    expect(config.material).toEqual({ colors: {}, numbers: {}, flags: {} });
    expect(readConfig('{"camera": [], "lights": {}, "material": "gold"}').problems).toHaveLength(3);
    const many = readConfig(JSON.stringify({ lights: Array(40).fill({ cls: 'AmbientLight' }) }));
    expect(many.config.lights).toHaveLength(16);
    expect(many.problems.map(({ where }) => where)).toEqual(['lights']);
  });
});

test('the point under the pointer is the nearest one that is drawn there', () => {
  // An identity: x and y are clip space, z is depth.
  const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  const places = [0, 0, 0.5, 0, 0, 0.25, 0.5, 0.5, 0, 0, 0, 2];
  const size = { width: 200, height: 100 };
  expect(pointAt(places, identity, size, { x: 101, y: 50 }, 5)).toBe(1);
  expect(pointAt(places, identity, size, { x: 150, y: 26 }, 5)).toBe(2);
  expect(pointAt(places, identity, size, { x: 120, y: 50 }, 5)).toBe(-1);
});

describe('files', () => {
  const mesh: MeshShown = {
    key: '',
    header: {
      samples: 2,
      sample: 1,
      points: 3,
      faces: 1,
      positions: { dtype: 'f32', offset: 0 },
      notices: [],
      path: 'a/b',
      config_json: '{"camera":{}}',
    },
    positions: new Float32Array([0, 0.5, 0, 1, 0, 0, 0, 0, -2]),
    indices: new Uint32Array([0, 1, 2]),
    colors: new Uint8Array([255, 0, 0, 0, 255, 0, 1, 2, 3]),
  };

  test('PLY', async () => {
    const bytes = await toPly(mesh, 'run · mesh\nend_header').arrayBuffer();
    const header = [
      'ply',
      'format binary_little_endian 1.0',
      'comment run ? mesh?end_header',
      'element vertex 3',
      'property float x',
      'property float y',
      'property float z',
      'property uchar red',
      'property uchar green',
      'property uchar blue',
      'element face 1',
      'property list uchar int vertex_indices',
      'end_header\n',
    ].join('\n');
    expect(new TextDecoder().decode(bytes.slice(0, header.length))).toBe(header);
    expect(bytes.byteLength).toBe(header.length + 3 * 15 + 13);
    const view = new DataView(bytes, header.length);
    expect(view.getFloat32(4, true)).toBe(0.5);
    expect(view.getFloat32(2 * 15 + 8, true)).toBe(-2);
    expect([0, 1, 2].map((i) => view.getUint8(2 * 15 + 12 + i))).toEqual([1, 2, 3]);
    expect(view.getUint8(45)).toBe(3);
    expect([0, 1, 2].map((i) => view.getInt32(46 + 4 * i, true))).toEqual([0, 1, 2]);
  });

  test('PLY of a cloud in double precision', async () => {
    const positions = new Float64Array([0.1, 0.2, 0.3]);
    const text = await toPly({ ...mesh, positions, indices: null, colors: null }, '').text();
    expect(text).toContain('property double x');
    expect(text).not.toContain('face');
    expect(text).not.toContain('red');
  });

  test('CSV and JSON', () => {
    expect(toCsv(mesh)).toBe(
      'point,x,y,z,red,green,blue\n0,0,0.5,0,255,0,0\n1,1,0,0,0,255,0\n2,0,0,-2,1,2,3\n',
    );
    expect(toCsv({ ...mesh, colors: null }).split('\n')[1]).toBe('0,0,0.5,0');
    expect(toJson(mesh)).toEqual({
      samples: 2,
      sample: 1,
      vertices: [
        [0, 0.5, 0],
        [1, 0, 0],
        [0, 0, -2],
      ],
      faces: [[0, 1, 2]],
      colors: [
        [255, 0, 0],
        [0, 255, 0],
        [1, 2, 3],
      ],
      config: { camera: {} },
    });
  });
});
