// Meshes: what was logged is what is drawn, told and saved, and every control changes what it says.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { EventFile } from './events.mjs';
import {
  addressHolds,
  becomes,
  card,
  copyGolden,
  csv,
  download,
  pointAt,
  slide,
  stage,
  textOf,
  textsOf,
  until,
} from './harness.mjs';

/** A square in front of the camera. */
const square = {
  vertices: [
    [-1, -1, 0],
    [1, -1, 0],
    [1, 1, 0],
    [-1, 1, 0],
  ],
  faces: [
    [0, 1, 2],
    [0, 2, 3],
  ],
};
const colored = (color) => ({ ...square, colors: square.vertices.map(() => color) });
const ORANGE = [200, 100, 50];
const GREEN = [0, 180, 0];
/** Unlit, from the front: colours are exactly those logged, and the square is a square. */
const config = JSON.stringify({
  camera: { cls: 'PerspectiveCamera', fov: 60, position: [0, 0, 4] },
  lights: [],
  material: { cls: 'MeshBasicMaterial' },
});

let file;
const self = stage((logdir) => {
  copyGolden('mesh', logdir, 'torch');
  copyGolden('mesh_points', logdir, 'points');
  copyGolden('mesh_tensorboardx', logdir, 'x');
  file = new EventFile(join(logdir, 'a'));
  file.mesh('square', { ...colored(ORANGE), config }, 0).mesh('square', { ...colored(GREEN), config }, 10);
  file.mesh('lit', colored(ORANGE), 0).flush();
  new EventFile(join(logdir, 'b')).mesh('square', { ...colored(ORANGE), config }, 0).flush();
  const broken = new EventFile(join(logdir, 'broken'));
  broken.mesh('range', { ...square, faces: [...square.faces, [0, 1, 9]], config }, 0);
  broken.mesh('colors', { ...square, colors: [[1, 2, 3]] }, 0);
  const bad = { camera: { cls: 'Gun', fov: 60 }, material: { cls: 'MeshBasicMaterial', onBeforeCompile: 1 } };
  broken.mesh('config', { ...square, config: JSON.stringify(bad) }, 0);
  broken.tensor('flat_VERTEX', 'mesh', [1, 4, 2], square.vertices.flat().slice(0, 8), 0).flush();
});

const open = (more, options) => self.open(`#mesh?${more}`, options);
const canvas = (one) => one.getByTestId('mesh-canvas');

/** Number of pixels of a colour that a card shows, and the middle of them as shares of the canvas. */
const pixels = (one, [red, green, blue]) =>
  canvas(one).evaluate(
    (element, [r, g, b]) => {
      const { width, height } = element;
      const { data } = element.getContext('2d').getImageData(0, 0, width, height);
      let [count, x, y] = [0, 0, 0];
      for (let i = 0; i < width * height; i += 1) {
        const off = [r, g, b].map((value, channel) => Math.abs(data[4 * i + channel] - value));
        if (Math.max(...off) > 1) continue;
        count += 1;
        x += i % width;
        y += Math.floor(i / width);
      }
      return { count, share: count / (width * height), x: x / count / width, y: y / count / height };
    },
    [red, green, blue],
  );
const share = async (one, color) => (await pixels(one, color)).share;

/** Height of the square as a share of the card's: 2 of the 8 tan(30°) that are seen from a distance of 4. */
const HIGH = 2 / (8 * Math.tan(Math.PI / 6));
/** Share of the card that the square fills; the card is 4 by 3. */
const FULL = HIGH * HIGH * 0.75;

async function near(read, expected, tolerance, what) {
  let found;
  await until(`${what} near ${expected}`, async () => {
    found = await read();
    return Math.abs(found - expected) <= tolerance;
  }).catch((error) => {
    throw new Error(`${error.message}; found ${found}`);
  });
}

test('what torch logged: numbers, points under the pointer, and files', async () => {
  const page = await open('tag=my_mesh');
  const one = card(page, 'torch · my_mesh');
  await becomes(() => textOf(one.getByTestId('mesh-facts')), '4 points · 4 triangles · 2 × 2 × 2');
  assert.equal(await textOf(one.getByTestId('shown-step')), 'step 0');
  const save = async (item) => {
    await one.getByTestId('export').click();
    return download(page, () => page.getByRole('menuitem', { name: item }).click());
  };
  const ply = await save('Mesh (PLY)');
  assert.equal(ply.name, 'torch_my_mesh_step-0.ply');
  const end = ply.content.indexOf('end_header\n') + 'end_header\n'.length;
  const header = ply.content.subarray(0, end).toString('latin1');
  assert.match(header, /element vertex 4\n.*\n.*\n.*\nproperty uchar red\n/);
  assert.match(header, /element face 4\n/);
  const vertex = (i) => [0, 4, 8].map((at) => ply.content.readFloatLE(end + 15 * i + at));
  const color = (i) => [12, 13, 14].map((at) => ply.content[end + 15 * i + at]);
  assert.deepEqual([0, 1, 2, 3].map(vertex), [
    [1, 1, 1],
    [-1, -1, 1],
    [1, -1, -1],
    [-1, 1, -1],
  ]);
  assert.deepEqual([0, 1, 2, 3].map(color), [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 0, 255],
  ]);
  const face = (i) => [1, 5, 9].map((at) => ply.content.readInt32LE(end + 60 + 13 * i + at));
  assert.deepEqual(face(3), [1, 3, 2]);
  const rows = csv((await save('Table (CSV)')).content);
  assert.deepEqual(rows[2], {
    point: '2',
    x: '1',
    y: '-1',
    z: '-1',
    red: '0',
    green: '0',
    blue: '255',
  });
  const json = JSON.parse((await save('Data (JSON)')).content);
  assert.deepEqual([json.run, json.tag, json.step], ['torch', 'my_mesh', 0]);
  assert.deepEqual(json.faces, [
    [0, 2, 3],
    [0, 3, 1],
    [0, 1, 2],
    [1, 3, 2],
  ]);
  assert.deepEqual(json.config, { camera: { cls: 'PerspectiveCamera', fov: 75 } });
  const png = await save('Picture (PNG)');
  const [width, height] = [png.content.readUInt32BE(16), png.content.readUInt32BE(20)];
  const size = await one
    .getByTestId('mesh-stage')
    .evaluate((element) => [element.clientWidth, element.clientHeight]);
  assert.deepEqual([width, height], [2 * size[0], 2 * (size[1] + 30)]);
  assert.match((await save('Drawing (SVG)')).content.toString('utf8'), /<image [^>]*data:image\/png/);
});

test('the bar counts meshes, not their parts, and the search leads to one', async () => {
  const page = await self.open('#timeseries');
  const tab = page.getByTestId('tab-mesh');
  await becomes(async () => /^Mesh ?(\d+)$/.exec(await textOf(tab))?.[1] >= 9, true);
  await page.getByTestId('search').fill('my_mesh');
  const hits = page.getByTestId('search-results').locator('li');
  await becomes(async () => (await textsOf(hits)).length, 1);
  await hits.click();
  await card(page, 'torch · my_mesh').waitFor();
});

test('points alone are drawn in the colour of their run, in the size that is asked for', async () => {
  const page = await open('tag=cloud');
  const one = card(page, 'points · cloud');
  await becomes(() => textOf(one.getByTestId('mesh-facts')), '4 points · 2 × 2 × 2');
  const swatch = await one
    .getByTestId('run-label')
    .locator('i')
    .evaluate((element) => getComputedStyle(element).backgroundColor);
  const color = /\d+, \d+, \d+/.exec(swatch)[0].split(', ').map(Number);
  assert.equal(await textOf(page.getByTestId('mesh-size-value')), 'auto');
  // Four discs of three pixels.
  await until('small points', async () => {
    const { count } = await pixels(one, color);
    return count > 0 && count <= 4 * 9;
  });
  await slide(page.getByTestId('mesh-size'), 20);
  await addressHolds(page, 'mesh.size=20');
  await until('large points', async () => {
    const { count } = await pixels(one, color);
    // Discs of 20 pixels have 314 each.
    return count > 4 * 200 && count < 4 * 330;
  });
  assert.equal(await textOf(page.getByTestId('mesh-size-value')), '20 px');
  await page.getByTestId('mesh-size-clear').click();
  await becomes(() => textOf(page.getByTestId('mesh-size-value')), 'auto');
});

test('steps and samples of what tensorboardX logged', async () => {
  const page = await open('tag=pair');
  const one = card(page, 'x · shapes/pair');
  await becomes(() => textOf(one.getByTestId('shown-step')), 'step 10');
  await becomes(() => textOf(one.getByTestId('samples')), 'sample 1 of 2');
  await becomes(() => textOf(one.getByTestId('mesh-facts')), '4 points · 4 triangles · 2 × 2 × 2');
  await one.getByTestId('sample-next').click();
  await becomes(() => textOf(one.getByTestId('mesh-facts')), '4 points · 4 triangles · 4 × 4 × 4');
  await one.getByTestId('step-previous').click();
  await becomes(() => textOf(one.getByTestId('shown-step')), 'step 0');
  await addressHolds(page, 'step=0');
  await one.getByTestId('export').click();
  const saved = await download(page, () => page.getByRole('menuitem', { name: 'Table (CSV)' }).click());
  assert.equal(saved.name, 'x_shapes-pair_step-0_sample-2.csv');
  assert.equal(csv(saved.content)[0].x, '3');
  const again = await self.open(new URL(page.url()).hash);
  await becomes(() => textOf(card(again, 'x · shapes/pair').getByTestId('samples')), 'sample 2 of 2');
});

test('logged colours, camera and material, and what is drawn without them', async () => {
  const page = await open('tag=square&step=0');
  const one = card(page, 'a · square');
  await near(() => share(one, ORANGE), FULL, 0.01, 'the square');
  const { x, y } = await pixels(one, ORANGE);
  assert.ok(Math.abs(x - 0.5) < 0.01 && Math.abs(y - 0.5) < 0.01, `${x} ${y}`);
  // The corner of the square under the pointer.
  await until('the second point', async () => {
    await pointAt(page, canvas(one), 0.5 + (HIGH * 0.75) / 2, 0.5 + HIGH / 2);
    return (await page.getByTestId('pointed-place').count()) > 0;
  });
  assert.equal(await textOf(page.getByTestId('pointed-place')), '1, −1, 0');
  assert.equal(await textOf(page.getByTestId('pointed-color')), 'colour 200, 100, 50');

  await page.getByTestId('mesh-settings-open').click();
  await page.getByTestId('mesh-colors').uncheck();
  await near(() => share(one, [160, 160, 160]), FULL, 0.01, 'the grey square');
  await addressHolds(page, 'mesh.colors=0');
  await page.getByTestId('mesh-colors').check();
  await page.getByTestId('mesh-config').uncheck();
  // Lit, and from the usual place: no pixel has just the logged colour.
  await becomes(() => share(one, ORANGE), 0);
  await addressHolds(page, 'mesh.config=0');
  await page.getByTestId('mesh-config').check();
  // Lying, it is seen from its edge.
  await page.getByTestId('mesh-up').getByText('z').click();
  await becomes(async () => (await share(one, ORANGE)) < 0.01, true);
  await addressHolds(page, 'mesh.up=z');
  await page.getByTestId('mesh-up').getByText('y').click();
  await near(() => share(one, ORANGE), FULL, 0.01, 'the square');
});

test('surface, wireframe and points', async () => {
  const page = await open('tag=square&step=0');
  const one = card(page, 'a · square');
  await near(() => share(one, ORANGE), FULL, 0.01, 'the square');
  const draw = page.getByTestId('mesh-draw');
  await draw.getByText('Wireframe').click();
  await becomes(async () => {
    const lines = await share(one, ORANGE);
    return lines > 0 && lines < FULL / 5;
  }, true);
  await addressHolds(page, 'mesh.draw=wireframe');
  await draw.getByText('Points').click();
  await becomes(async () => {
    const { count } = await pixels(one, ORANGE);
    return count > 0 && count <= 4 * 9;
  }, true);
  await draw.getByText('Surface').click();
  await near(() => share(one, ORANGE), FULL, 0.01, 'the square');
});

test('turning, moving and zooming by mouse and by key, and back', async () => {
  const page = await open('tag=square&step=0');
  const one = card(page, 'a · square');
  const seen = () => share(one, ORANGE);
  await near(seen, FULL, 0.01, 'the square');
  const box = await canvas(one).boundingBox();
  const middle = [box.x + box.width / 2, box.y + box.height / 2];
  const drag = async (dx, dy, button = 'left') => {
    await page.mouse.move(...middle);
    await page.mouse.down({ button });
    await page.mouse.move(middle[0] + dx * box.height, middle[1] + dy * box.height, { steps: 4 });
    await page.mouse.up({ button });
  };
  // Half of the height is a quarter of a turn: the square is seen from its edge.
  await drag(0.5, 0);
  await becomes(async () => (await seen()) < 0.01, true);
  await addressHolds(page, 'mesh.at=-1.57');
  await one.getByTestId('mesh-reset').click();
  await near(seen, FULL, 0.01, 'the square');
  await until('no view in the address', () => !page.url().includes('mesh.at'));

  await drag(0.25, 0.125, 'right');
  await near(async () => (await pixels(one, ORANGE)).x, 0.5 + 0.25 * 0.75, 0.02, 'the middle');
  await near(async () => (await pixels(one, ORANGE)).y, 0.5 + 0.125, 0.02, 'the middle');
  await canvas(one).dblclick();
  await near(async () => (await pixels(one, ORANGE)).x, 0.5, 0.01, 'the middle');

  // The wheel alone scrolls the page; with Ctrl it zooms.
  await page.mouse.move(...middle);
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, Math.log(2) * 100);
  await page.keyboard.up('Control');
  await near(seen, FULL / 4, 0.02, 'the square from twice as far');

  const stageOf = one.getByTestId('mesh-stage');
  await stageOf.focus();
  await page.keyboard.press('0');
  await near(seen, FULL, 0.01, 'the square');
  await page.keyboard.press('-');
  await near(seen, FULL / 1.15 ** 2, 0.015, 'the square a little farther');
  await page.keyboard.press('+');
  await near(seen, FULL, 0.01, 'the square');
  await page.keyboard.press('Shift+ArrowRight');
  await near(async () => (await pixels(one, ORANGE)).x, 0.5 + 0.05 * 0.75, 0.01, 'the middle');
  await page.keyboard.press('0');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowRight');
  // A tenth of a radian each, from straight in front.
  const drawnFrom = async () => (await canvas(one).getAttribute('data-view')).split(',').slice(0, 2);
  await becomes(drawnFrom, ['0.1', '1.4708']);
  await addressHolds(page, 'mesh.at=0.1%2C1.4708');
  const turned = await seen();
  assert.ok(turned < FULL, String(turned));
  // A link opens the same view.
  const again = await self.open(new URL(page.url()).hash);
  await near(() => share(card(again, 'a · square'), ORANGE), turned, 1e-4, 'the same view');
  await page.getByTestId('mesh-reset-all').click();
  await near(seen, FULL, 0.01, 'the square');
});

test('one finger turns, two fingers move and zoom', async () => {
  const page = await open('tag=square&step=0', { hasTouch: true });
  const one = card(page, 'a · square');
  const seen = () => share(one, ORANGE);
  await near(seen, FULL, 0.01, 'the square');
  const box = await canvas(one).boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const session = await page.context().newCDPSession(page);
  /** Fingers, each from one place to another, in pixels from the middle. */
  const gesture = async (...fingers) => {
    const at = (part) =>
      fingers.map(([from, to], id) => ({
        id,
        x: x + from[0] + (to[0] - from[0]) * part,
        y: y + from[1] + (to[1] - from[1]) * part,
      }));
    const send = (type, touchPoints) => session.send('Input.dispatchTouchEvent', { type, touchPoints });
    await send('touchStart', at(0));
    for (const part of [0.25, 0.5, 0.75, 1]) await send('touchMove', at(part));
    await send('touchEnd', []);
  };
  // From twice as near to once: half as large in each direction.
  await gesture(
    [
      [-80, 0],
      [-40, 0],
    ],
    [
      [80, 0],
      [40, 0],
    ],
  );
  await near(seen, FULL / 4, 0.02, 'the square from twice as far');
  await gesture(
    [
      [-40, 0],
      [-40 + 0.2 * box.height, 0],
    ],
    [
      [40, 0],
      [40 + 0.2 * box.height, 0],
    ],
  );
  await near(async () => (await pixels(one, ORANGE)).x, 0.5 + 0.2 * 0.75, 0.02, 'the middle');
  await one.getByTestId('mesh-reset').click();
  await near(seen, FULL, 0.01, 'the square');
  await gesture([
    [0, 0],
    [0.5 * box.height, 0],
  ]);
  await becomes(async () => (await seen()) < 0.01, true);
});

test('linked cameras turn together, others alone', async () => {
  const page = await open('tag=square&step=0');
  const [one, other] = [card(page, 'a · square'), card(page, 'b · square')];
  await near(() => share(other, ORANGE), FULL, 0.01, 'the square');
  const zoomIn = async () => {
    await one.getByTestId('mesh-stage').focus();
    for (let i = 0; i < 5; i += 1) await page.keyboard.press('-');
  };
  const FAR = FULL / 1.15 ** 10;
  await zoomIn();
  await near(() => share(one, ORANGE), FAR, 0.01, 'the turned card');
  assert.ok(Math.abs((await share(other, ORANGE)) - FULL) < 0.01);
  await page.getByTestId('link-cameras').check();
  await near(() => share(one, ORANGE), FULL, 0.01, 'the common view');
  await zoomIn();
  await near(() => share(one, ORANGE), FAR, 0.01, 'the one');
  await near(() => share(other, ORANGE), FAR, 0.01, 'the other');
  await addressHolds(page, 'mesh.linkcamera=1');
  await page.getByTestId('link-cameras').uncheck();
  // Its own view is as it was.
  await near(() => share(other, ORANGE), FULL, 0.01, 'the other alone');
});

test('steps: linked, played, and new ones as they are logged', async () => {
  const page = await open('tag=square');
  const one = card(page, 'a · square');
  const step = () => textOf(one.getByTestId('shown-step'));
  await becomes(step, 'step 10');
  await near(() => share(one, GREEN), FULL, 0.01, 'the green square');
  await slide(one.getByTestId('step-range'), 0);
  await becomes(step, 'step 0');
  await near(() => share(one, ORANGE), FULL, 0.01, 'the orange square');
  await becomes(() => textOf(card(page, 'b · square').getByTestId('shown-step')), 'step 0');
  await one.getByTestId('play').click();
  await becomes(step, 'step 10');
  await becomes(step, 'step 0');
  await one.getByTestId('play').click();
  await one.getByTestId('step-latest').click();
  file.mesh('square', { ...colored([0, 0, 200]), config }, 20).flush();
  await becomes(step, 'step 20');
  await near(() => share(one, [0, 0, 200]), FULL, 0.01, 'the blue square');
  await page.getByTestId('link-steps').uncheck();
  await one.getByTestId('step-previous').click();
  await becomes(step, 'step 10');
  await addressHolds(page, 'mesh.step=10');
  // A mesh that is new gets a card.
  file.mesh('late_square', { ...colored(ORANGE), config }, 20).flush();
  await card(page, 'a · late_square').waitFor();
});

test('broken meshes show what they can, and one notice that names the file', async () => {
  const page = await open('tag=%5E(range|colors|config|flat)%24', {
    height: 2_400,
    allow: [/status of 422/, /^response: 422/],
  });
  const notice = (name) => textOf(card(page, `broken · ${name}`).getByTestId('mesh-notice'));
  const told = async (name, pattern) => {
    await until(`a notice of ${name}`, async () => pattern.test(await notice(name)));
    assert.match(await notice(name), /broken\/events\.out\.tfevents\.\d+\.e2e/);
  };
  await told(
    'range',
    /^faces: expected numbers of points from 0 to 3, got others in 1 of 3 faces, which are not shown: /,
  );
  await becomes(
    () => textOf(card(page, 'broken · range').getByTestId('mesh-facts')),
    '4 points · 2 triangles · 2 × 2 × 0',
  );
  // The faces that are left are drawn.
  await near(() => share(card(page, 'broken · range'), [160, 160, 160]), FULL, 0.01, 'the square');
  await told('colors', /^colours: expected one for each of 4 points, got 1; they are not shown: /);
  await told(
    'config',
    /camera\.cls: expected one of PerspectiveCamera, OrthographicCamera, got "Gun": .*material\.onBeforeCompile is not known/,
  );
  const flat = card(page, 'broken · flat').getByTestId('failed');
  await becomes(
    async () => /vertices: expected shape \[B, N, 3\], got \[1, 4, 2\]: .*tfevents/.test(await textOf(flat)),
    true,
  );
  for (const name of ['range', 'colors', 'config'])
    assert.equal(await card(page, `broken · ${name}`).getByTestId('mesh-notice').count(), 1);
});

test('without WebGL a notice says so, and data are still saved', async () => {
  const page = await open('tag=my_mesh');
  await page.addInitScript(() => {
    const original = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
      return kind === 'webgl2' ? null : original.call(this, kind, ...rest);
    };
  });
  await page.reload();
  const one = card(page, 'torch · my_mesh');
  await becomes(async () => /no WebGL 2/.test(await textOf(one.getByTestId('no-webgl'))), true);
  await becomes(() => textOf(one.getByTestId('mesh-facts')), '4 points · 4 triangles · 2 × 2 × 2');
  await one.getByTestId('export').click();
  const saved = await download(page, () => page.getByRole('menuitem', { name: 'Mesh (PLY)' }).click());
  assert.ok(saved.content.subarray(0, 4).equals(Buffer.from('ply\n')));
});

test('Chinese, dark, and full size, where the wheel zooms', async () => {
  const page = await open('tag=square&step=0', { locale: 'zh-CN', colorScheme: 'dark' });
  const one = card(page, 'a · square');
  await becomes(() => textOf(one.getByTestId('mesh-facts')), '4 个点 · 2 个三角形 · 2 × 2 × 0');
  await becomes(
    async () => (await textsOf(page.getByTestId('mesh-draw').locator('button'))).join(),
    '表面,线框,点',
  );
  // The ground is the dark surface.
  await near(() => share(one, [22, 26, 30]), 1 - FULL, 0.02, 'the ground');
  await one.getByTestId('card-full').click();
  await addressHolds(page, 'full=a&full=square');
  let before = 0;
  await until('the large square', async () => {
    const { count } = await pixels(one, ORANGE);
    const same = count === before && count > 60_000;
    before = count;
    return same;
  });
  await pointAt(page, canvas(one));
  await page.mouse.wheel(0, 500 * Math.log(2));
  await near(
    async () => (await pixels(one, ORANGE)).count / before,
    0.25,
    0.02,
    'the square from twice as far',
  );
});
