// Model files on the Model page: the table, what the model sees in a picture, and every control.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import { EventFile, picture } from './events.mjs';
import {
  addressHolds,
  becomes,
  card,
  download,
  Server,
  slide,
  stage,
  temporaryFolder,
  textOf,
  textsOf,
  until,
} from './harness.mjs';

const GOLDEN = fileURLToPath(new URL('../../tests/golden/cam/', import.meta.url));
const RESNET = '#model?model=file&model=net/model.pt2';
const VGG = '#model?model=file&model=vgg.onnx';

const WEIGHTS = { min: -1, max: 1, num: 2, sum: 0, sumSquares: 2, limits: [0, 1], counts: [1, 1] };

const self = stage((logdir) => {
  mkdirSync(join(logdir, 'net'));
  copyFileSync(join(GOLDEN, 'tiny_resnet/model.pt2'), join(logdir, 'net/model.pt2'));
  copyFileSync(join(GOLDEN, 'tiny_vgg/model.onnx'), join(logdir, 'vgg.onnx'));
  copyFileSync(join(GOLDEN, 'tiny_vgg/model.safetensors'), join(logdir, 'weights.safetensors'));
  const square = picture(32, 32, (x, y) =>
    x > 9 && x < 22 && y > 9 && y < 22 ? [230, 120, 40] : [20, 30, 60],
  );
  new EventFile(join(logdir, 'net'))
    .histogram('weights/layer2.conv1.weight', WEIGHTS, 0)
    .histogram('other/loss', WEIGHTS, 0)
    .image('digits', square, 0)
    .flush();
});

/** An array of an .npz file: its shape and its numbers. */
function golden(network, file, name) {
  const bytes = readFileSync(join(GOLDEN, network, file));
  // The file's entry in the list at the end says where it lies and how long it is.
  for (
    let at = bytes.indexOf('PK\x01\x02', 0, 'latin1');
    at >= 0;
    at = bytes.indexOf('PK\x01\x02', at + 4, 'latin1')
  ) {
    const length = bytes.readUInt16LE(at + 28);
    if (bytes.toString('latin1', at + 46, at + 46 + length) !== `${name}.npy`) continue;
    const local = bytes.readUInt32LE(at + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const content = bytes.subarray(start, start + bytes.readUInt32LE(at + 20));
    return parsed(bytes.readUInt16LE(at + 10) === 0 ? content : inflateRawSync(content));
  }
  throw new Error(`no ${name} in ${file}`);
}

function parsed(bytes) {
  const length = bytes.readUInt16LE(8);
  const header = bytes.subarray(10, 10 + length).toString();
  const shape = /'shape': \(([^)]*)\)/
    .exec(header)[1]
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  const data = bytes.subarray(10 + length, 10 + length + 4 * count);
  return { shape, values: new Float32Array(Uint8Array.from(data).buffer) };
}

/** The first picture of a golden network, as an array of numpy. */
function firstImage(network) {
  const images = golden(network, 'inputs.npz', 'images');
  const [, channels, height, width] = images.shape;
  const values = images.values.slice(0, channels * height * width);
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (1, ${channels}, ${height}, ${width}), }`;
  const header = Buffer.from(text.padEnd(117) + '\n');
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
  return {
    name: 'first.npy',
    mimeType: 'application/octet-stream',
    buffer: Buffer.concat([start, header, Buffer.from(values.buffer)]),
  };
}

const SQUARE = () => ({
  name: 'square.png',
  mimeType: 'image/png',
  buffer: picture(48, 40, (x, y) => (x > 15 && x < 32 && y > 9 && y < 30 ? [230, 120, 40] : [20, 30, 60]))
    .png,
});

const section = (page, name) => page.getByTestId(`section-${name}`);
const done = (page, name) => becomes(() => section(page, name).getAttribute('data-state'), 'done', name);
const tiles = (page, name) => section(page, name).getByTestId('tile');
const row = (page, path) => page.locator(`[data-layer=${JSON.stringify(path)}]`);

async function opened(hash, options) {
  const page = await self.open(hash, options);
  await page.getByTestId('model-table').waitFor();
  return page;
}

/** Opens the page and hands over a picture. */
async function withPicture(hash, file, options) {
  const page = await opened(hash, options);
  await page.getByTestId('picture-file').setInputFiles(file);
  await addressHolds(page, 'model.picture=');
  return page;
}

/** Red, green, blue of the pixels of a canvas or an image. */
const pixels = (locator) =>
  locator.evaluate(async (element) => {
    if (element instanceof HTMLImageElement) await element.decode();
    const width = element.naturalWidth ?? element.width;
    const height = element.naturalHeight ?? element.height;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    context.drawImage(element, 0, 0);
    return { width, height, values: [...context.getImageData(0, 0, width, height).data] };
  });

const drawn = (page, opacity) =>
  becomes(
    () => tiles(page, 'cam').first().getByTestId('tile-canvas').getAttribute('data-drawn'),
    String(opacity),
  );

async function save(page, tile, item) {
  return download(page, async () => {
    await tile.getByTestId('tile-export').click();
    await page.getByTestId('tile-menu').filter({ visible: true }).getByText(item).click();
  });
}

test('the table of a model, and the Grad-CAM of a picture, drawn again without asking again', async () => {
  const page = await opened('#model');
  await becomes(
    () => textsOf(page.getByTestId('model-choose').locator('option')),
    ['net/model.pt2', 'vgg.onnx', 'weights.safetensors'],
  );
  assert.match(await textOf(page.getByTestId('model-totals')), /^TinyResNet [\d,]+ params · .* mult-adds · /);
  assert.match(await textOf(row(page, 'fc')), /^fc Linear .*10 170 /);
  await page.getByTestId('model-input').fill('5x3x32x32');
  await page.getByTestId('model-input').press('Enter');
  await becomes(async () => /5×16×16×16/.test(await textOf(row(page, 'layer2.conv1'))), true);
  await page.getByTestId('model-input').fill('');
  await page.getByTestId('model-input').press('Enter');

  const requests = [];
  page.on('request', (request) => {
    if (request.url().endsWith('model/explain')) requests.push(request.postDataJSON().what.kind);
  });
  await page.getByTestId('picture-file').setInputFiles(firstImage('tiny_resnet'));
  await done(page, 'cam');
  await drawn(page, 0.5);
  const label = Number(
    golden('tiny_resnet', 'expected.npz', 'logits')
      .values.slice(0, 10)
      .reduce((best, value, at, all) => (value > all[best] ? at : best), 0),
  );
  await becomes(
    () => page.getByTestId('predictions').locator('button').first().getAttribute('data-class'),
    String(label),
  );

  const tile = tiles(page, 'cam').first();
  assert.equal(await tile.getAttribute('data-layer'), 'layer3');
  const numbers = parsed((await save(page, tile, 'Numbers')).content);
  const expected = golden('tiny_resnet', 'expected.npz', 'GradCAM');
  assert.deepEqual(numbers.shape, [32, 32]);
  const apart = numbers.values.reduce(
    (most, value, at) => Math.max(most, Math.abs(value - expected.values[at])),
    0,
  );
  assert.ok(apart <= 1e-4, `${apart}`);

  const asked = requests.length;
  const given = await pixels(page.getByTestId('picture-given'));
  const canvas = tile.getByTestId('tile-canvas');
  const half = await pixels(canvas);
  await slide(page.getByTestId('opacity'), 0);
  await drawn(page, 0);
  const bare = await pixels(canvas);
  const brightest = Math.max(...given.values.filter((_, at) => at % 4 < 3));
  const off = bare.values.filter(
    (value, at) => at % 4 < 3 && Math.abs(value - (given.values[at] * 255) / brightest) > 1.01,
  );
  assert.deepEqual(off, []);
  await slide(page.getByTestId('opacity'), 1);
  await drawn(page, 1);
  await page.getByTestId('colors-cam').selectOption('gray');
  await until('gray', async () => {
    const { values } = await pixels(canvas);
    return values.every((value, at) => at % 4 === 3 || value === values[at - (at % 4)]);
  });
  await page.getByTestId('colors-cam').selectOption('jet');
  await slide(page.getByTestId('opacity'), 0.5);
  await drawn(page, 0.5);
  assert.deepEqual((await pixels(canvas)).values, half.values);
  assert.equal(requests.length, asked, 'nothing was computed again');
  const png = await save(page, tile, 'PNG');
  assert.equal(png.content.subarray(1, 4).toString(), 'PNG');
  assert.match(png.name, /^net-model\.pt2_cam_grad-cam_layer3_\d\.png$/);
  const svg = await save(page, tile, 'SVG');
  assert.match(svg.name, /layer3_\d\.svg$/);
  const inside = Buffer.from(
    /href="data:image\/png;base64,([^"]+)"/.exec(svg.content.toString())[1],
    'base64',
  );
  // 32 pixels, each a square of 10.
  assert.deepEqual([inside.readUInt32BE(16), inside.readUInt32BE(20)], [320, 320]);
  await tile.locator('button.picture').click();
  await page.getByTestId('tile-large').waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId('tile-large').waitFor({ state: 'detached' });
});

test('the drawing in the page is that of the server', async () => {
  const page = await withPicture(RESNET, SQUARE());
  await done(page, 'cam');
  await drawn(page, 0.5);
  const here = await pixels(tiles(page, 'cam').first().getByTestId('tile-canvas'));
  const there = await page.evaluate(async () => {
    const params = new URLSearchParams(location.hash.split('?')[1]);
    const answer = await fetch(new URL('api/v1/model/explain', document.baseURI), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        source: 'file',
        name: 'net/model.pt2',
        picture: params.get('model.picture'),
        what: { kind: 'cam', methods: ['grad-cam'] },
      }),
    });
    const lines = (await answer.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { picture } = lines.find((line) => line.event === 'tile');
    const image = new Image();
    image.src = new URL(`api/v1/${picture}`, document.baseURI).href;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    return [...context.getImageData(0, 0, image.width, image.height).data];
  });
  const most = here.values.reduce((max, value, at) => Math.max(max, Math.abs(value - there[at])), 0);
  assert.ok(most <= 1, `${most}`);
});

test('methods side by side, layers and classes picked, all of it in the address', async () => {
  const page = await withPicture(RESNET, SQUARE());
  await done(page, 'cam');
  const methods = () => tiles(page, 'cam').evaluateAll((list) => list.map((item) => item.dataset.method));
  for (const method of ['grad-cam++', 'score-cam', 'ablation-cam', 'full-grad'])
    await page.getByTestId(`method-${method}`).check();
  await becomes(methods, ['grad-cam', 'grad-cam++', 'score-cam', 'ablation-cam', 'full-grad']);
  await page.getByTestId('method-score-cam').uncheck();
  await becomes(methods, ['grad-cam', 'grad-cam++', 'ablation-cam', 'full-grad']);
  const layers = () => tiles(page, 'cam').evaluateAll((list) => list.map((item) => item.dataset.layer));
  await row(page, 'layer2').click();
  await becomes(layers, ['layer2', 'layer2', 'layer2', '']);
  await row(page, 'layer3').click({ modifiers: ['Control'] });
  await becomes(layers, ['layer2,layer3', 'layer2,layer3', 'layer2,layer3', '']);
  assert.equal(await row(page, 'layer3').getAttribute('aria-selected'), 'true');
  await page.getByTestId('aug-smooth').click();
  await page.getByTestId('eigen-smooth').click();
  await addressHolds(page, 'model.eigen=1');
  await done(page, 'cam');

  const classes = () => tiles(page, 'cam').evaluateAll((list) => list.map((item) => item.dataset.class));
  const second = page.getByTestId('predictions').locator('button').nth(1);
  const number = await second.getAttribute('data-class');
  await second.click();
  await becomes(classes, [number, number, number, number]);
  assert.equal(await textOf(section(page, 'cam').locator('h2')), `What speaks for “${number}”`);
  await page.getByTestId('labels-file').setInputFiles({
    name: 'names.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from([...'abcdefghij'].map((letter) => `${letter}<b>`).join('\n')),
  });
  await becomes(
    () => textOf(section(page, 'cam').locator('h2')),
    `What speaks for “${'abcdefghij'[number]}<b>”`,
  );
  await page.getByTestId('class-number').fill('0, 2');
  await page.getByTestId('class-number').press('Enter');
  await becomes(classes, ['0', '0', '0', '0', '2', '2', '2', '2']);
  assert.equal(await textOf(tiles(page, 'cam').first().getByTestId('tile-note')), 'a<b>');
  await page.getByTestId('class-number').fill('first');
  await page.getByTestId('class-number').press('Enter');
  assert.match(await textOf(page.getByTestId('class-number-error')), /^Expected class numbers/);
  await page.getByTestId('class-number').fill('c<b>');
  await page.getByTestId('class-number').press('Enter');
  await becomes(classes, ['2', '2', '2', '2']);

  await addressHolds(page, 'model.class=2');
  await addressHolds(page, 'model.layer=layer2');
  await page.reload();
  await becomes(methods, ['grad-cam', 'grad-cam++', 'ablation-cam', 'full-grad']);
  await becomes(layers, ['layer2,layer3', 'layer2,layer3', 'layer2,layer3', '']);
  await becomes(classes, ['2', '2', '2', '2']);
  assert.equal(await page.getByTestId('aug-smooth').isChecked(), true);
  assert.equal(await textOf(section(page, 'cam').locator('h2')), 'What speaks for “c<b>”');
  await page.getByTestId('labels-forget').click();
  await becomes(() => textOf(section(page, 'cam').locator('h2')), 'What speaks for “2”');
  assert.equal(await page.locator('main b', { hasText: /^$/ }).count(), 0);
});

test('kernels, feature maps, saliency and maximization', async () => {
  const page = await withPicture(VGG, firstImage('tiny_vgg'));
  await page.getByTestId('show-cam').click();
  await section(page, 'cam').waitFor({ state: 'detached' });
  await page.getByTestId('show-kernels').click();
  await done(page, 'kernels');
  const title = (name) => textOf(tiles(page, name).first().locator('.title'));
  assert.equal(await title('kernels'), 'features.0');
  assert.match(await textOf(tiles(page, 'kernels').first()), /8 of 8/);

  await page.getByTestId('show-features').click();
  await becomes(() => section(page, 'features').getAttribute('data-state'), 'missing');
  await row(page, 'features.3').click();
  await done(page, 'features');
  assert.equal(await title('features'), 'features.3');
  await becomes(() => title('kernels'), 'features.3');
  const image = tiles(page, 'features').first().getByTestId('tile-image');
  const before = await pixels(image);
  await page.getByTestId('colors-features').selectOption('magma');
  await until('other colours', async () => (await pixels(image)).values.join() !== before.values.join());
  await page.getByTestId('maps-limit').fill('4');
  await page.getByTestId('maps-limit').press('Enter');
  await becomes(async () => /4 of 12/.test(await textOf(tiles(page, 'features').first())), true);
  await page.getByTestId('one-scale').click();
  await addressHolds(page, 'model.scale=one');
  await done(page, 'features');
  const found = parsed((await save(page, tiles(page, 'features').first(), 'Numbers')).content);
  assert.deepEqual(found.shape, [4, 16, 16]);

  await page.getByTestId('show-saliency').click();
  await page.getByTestId('saliency-guided-backprop').check();
  await page.getByTestId('saliency-occlusion').check();
  await becomes(
    () => textsOf(tiles(page, 'saliency').locator('.title')),
    ['Gradient', 'Guided backprop', 'Occlusion'],
  );
  await done(page, 'saliency');
  // What a chosen method takes can be set, and is asked for as it is shown; of the others nothing is.
  assert.equal(await page.getByTestId('saliency-samples').count(), 0);
  const numbersOf = async () =>
    parsed((await save(page, tiles(page, 'saliency').nth(2), 'Numbers')).content).values;
  const usual = [...(await numbersOf())];
  const asked = [];
  page.on('request', (request) => {
    if (request.url().endsWith('model/explain')) asked.push(request.postDataJSON().what);
  });
  await page.getByTestId('saliency-window').fill('4');
  await page.getByTestId('saliency-window').press('Enter');
  await addressHolds(page, 'model.window=4');
  await becomes(
    () => asked.map(({ kind, window, stride, samples }) => [kind, window, stride, samples]),
    [['saliency', 4, 8, undefined]],
  );
  await done(page, 'saliency');
  assert.notDeepEqual([...(await numbersOf())], usual);

  await page.getByTestId('show-maximize').click();
  await page.getByTestId('maximize-steps').fill('5');
  await page.getByTestId('maximize-steps').press('Enter');
  await page.getByTestId('filters').fill('0, 2-3');
  await page.getByTestId('filters').press('Enter');
  await becomes(
    () => textsOf(tiles(page, 'maximize').locator('.title')),
    ['features.3 0', 'features.3 2', 'features.3 3'],
  );
  await done(page, 'maximize');
  const [from, to] = (await textOf(tiles(page, 'maximize').first().getByTestId('tile-goal')))
    .split(' → ')
    .map(Number);
  assert.ok(to > from, `${from} ${to}`);
  for (const [name, value] of [
    ['rate', '0.5'],
    ['jitter', '2'],
    ['blur', '0.5'],
    ['decay', '0.01'],
  ]) {
    await page.getByTestId(`maximize-${name}`).fill(value);
    await page.getByTestId(`maximize-${name}`).press('Enter');
    await addressHolds(page, `model.${name}=${value}`);
  }
  await page.getByTestId('maximize-dream').click();
  await addressHolds(page, 'model.dream=1');
  await done(page, 'maximize');
  await page.getByTestId('filters').fill('all');
  await page.getByTestId('filters').press('Enter');
  assert.match(await textOf(page.getByTestId('filters-error')), /^Expected numbers from 0 on/);
});

test('a long computation shows how far it is, can be cancelled and begun again', async () => {
  const page = await withPicture(
    `${VGG}&model.show=maximize&model.layer=features.0&model.steps=2000&model.size=128`,
    SQUARE(),
  );
  await page.getByTestId('filters').fill('0-3');
  await page.getByTestId('filters').press('Enter');
  const part = section(page, 'maximize');
  await until(
    'progress',
    async () => Number(await part.getByTestId('section-progress').evaluate((bar) => bar.value)) > 0,
  );
  const workers = async () =>
    page.evaluate(async () => (await fetch(new URL('api/v1/workers', document.baseURI))).json());
  assert.equal((await workers()).running, 1);
  await part.getByTestId('section-cancel').click();
  await part.getByTestId('section-stopped').waitFor();
  await until('the server stops', async () => (await workers()).running === 0);
  await page.getByTestId('maximize-steps').fill('1');
  await page.getByTestId('maximize-steps').press('Enter');
  await done(page, 'maximize');
  assert.equal(await tiles(page, 'maximize').count(), 4);
  // A page that goes away takes its question with it.
  await page.getByTestId('maximize-steps').fill('2000');
  await page.getByTestId('maximize-steps').press('Enter');
  await until('it runs', async () => (await workers()).running === 1);
  const other = await self.open('#graph');
  await page.close();
  await until('the server stops', async () =>
    other.evaluate(
      async () => (await (await fetch(new URL('api/v1/workers', document.baseURI))).json()).running === 0,
    ),
  );
});

test('what cannot be computed says why', async () => {
  const page = await opened(RESNET, { allow: [/422/] });
  await becomes(() => section(page, 'cam').getAttribute('data-state'), 'missing');
  await page.getByTestId('picture-file').setInputFiles({
    name: 'none.png',
    mimeType: 'image/png',
    buffer: Buffer.from('no picture'),
  });
  await becomes(
    async () => /cannot decode the picture/.test(await textOf(page.getByTestId('picture-failed'))),
    true,
  );
  await page.getByTestId('picture-file').setInputFiles(SQUARE());
  await done(page, 'cam');
  await page.getByTestId('picture-failed').waitFor({ state: 'detached' });
  const failed = () => textOf(section(page, 'cam').getByTestId('section-failed'));
  await row(page, 'fc').click();
  await becomes(async () => /layer is not spatial/.test(await failed()), true);
  await row(page, 'layer3').click();
  await done(page, 'cam');
  await page.getByTestId('class-number').fill('77');
  await page.getByTestId('class-number').press('Enter');
  await becomes(async () => /class out of range: expected 0 to 9, got 77/.test(await failed()), true);
  await page.getByTestId('class-number').fill('');
  await page.getByTestId('class-number').press('Enter');
  await done(page, 'cam');
  await page.getByTestId('reshape').selectOption('swin');
  await until(
    'a map or a reason',
    async () => (await section(page, 'cam').getAttribute('data-state')) !== 'waiting',
  );
  await page.getByTestId('reshape').selectOption('none');
  await page.getByTestId('input-std').fill('1, 2');
  await page.getByTestId('input-std').press('Enter');
  await becomes(async () => /got 2 numbers for 3 channels/.test(await failed()), true);
  await page.getByTestId('input-std').fill('');
  await page.getByTestId('input-std').press('Enter');
  await page.getByTestId('input-mean').fill('0.5');
  await page.getByTestId('input-mean').press('Enter');
  await page.getByTestId('input-size').fill('16x24');
  await page.getByTestId('input-size').press('Enter');
  await becomes(
    () => page.getByTestId('picture-given').evaluate((image) => [image.naturalWidth, image.naturalHeight]),
    [24, 16],
  );
  await page.getByTestId('input-size').fill('wide');
  await page.getByTestId('input-size').press('Enter');
  assert.equal(await page.getByTestId('input-size-error').count(), 1);
  await page.getByTestId('model-input').fill('1x1x8x8');
  await page.getByTestId('model-input').press('Enter');
  await page.getByTestId('model-input-error').waitFor();
  await page.getByTestId('model-choose').selectOption({ label: 'weights.safetensors' });
  await page.getByTestId('model-weights').waitFor();
  await page.getByTestId('model-results').waitFor({ state: 'detached' });
  assert.match(await textOf(row(page, 'classifier.0')), /2,080/);
});

test('a layer leads to the graph and to its histograms, and each of them back', async () => {
  const page = await opened(`${RESNET}&model.layer=layer2.conv1`);
  await page.getByTestId('layer-graph').click();
  await becomes(() => textOf(page.getByTestId('card-module')), 'layer2.conv1');
  await page.getByTestId('card-model').click();
  await becomes(() => row(page, 'layer2.conv1').getAttribute('aria-selected'), 'true');
  await page.getByTestId('layer-histograms').click();
  await card(page, 'net · weights/layer2.conv1.weight').waitFor();
  assert.equal(await page.getByTestId('card').count(), 1);
  await page.getByTestId('to-model').click();
  await becomes(() => row(page, 'layer2.conv1').getAttribute('aria-selected'), 'true');
  await addressHolds(page, '#model');
  // What is no parameter of the model leads nowhere.
  await page.goto(new URL('#histograms?tag=loss', self.server.url).href);
  await card(page, 'net · other/loss').waitFor();
  assert.equal(await page.getByTestId('to-model').count(), 0);
});

test('pictures that are dropped, pasted or logged; a model that is opened', async () => {
  const page = await opened(RESNET);
  const bytes = [...SQUARE().buffer];
  const give = (kind) =>
    page.evaluate(
      ([kind, bytes]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], 'a.png', { type: 'image/png' }));
        const options = { bubbles: true, cancelable: true };
        if (kind === 'paste')
          window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, ...options }));
        else
          document
            .querySelector('[data-testid=picture-drop]')
            .dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, ...options }));
      },
      [kind, bytes],
    );
  const name = () =>
    page.evaluate(() => new URLSearchParams(location.hash.split('?')[1]).get('model.picture'));
  await give('drop');
  await done(page, 'cam');
  const first = await until('its name in the address', name);
  await give('paste');
  const second = await until('another picture', async () => {
    const now = await name();
    return now !== first && now;
  });
  await done(page, 'cam');
  await page.getByTestId('picture-logged').selectOption({ label: 'digits · net' });
  await until('the logged picture', async () => ![first, second].includes(await name()));
  await done(page, 'cam');
  const { values } = await pixels(page.getByTestId('picture-given'));
  assert.deepEqual(values.slice(0, 4), [20, 30, 60, 255]);
  await page.getByTestId('model-file').setInputFiles(join(GOLDEN, 'tiny_vgg/model.onnx'));
  await becomes(
    () => page.getByTestId('model-choose').evaluate((item) => item.selectedOptions[0].text),
    'model.onnx (opened here)',
  );
  await row(page, 'features.0').waitFor();
  await done(page, 'cam');
  assert.equal(await tiles(page, 'cam').first().getAttribute('data-layer'), 'features.7');
});

test('keys walk through the table', async () => {
  const page = await opened(RESNET);
  await page.locator('[data-testid=model-table] [role=rowgroup]').focus();
  for (let at = 0; at < 4; at += 1) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowLeft');
  await row(page, 'layer1.conv1').waitFor({ state: 'detached' });
  await page.keyboard.press('ArrowRight');
  await row(page, 'layer1.conv1').waitFor();
  await page.keyboard.press('Enter');
  await becomes(() => row(page, 'layer1').getAttribute('aria-selected'), 'true');
  await page.keyboard.press('Enter');
  await becomes(() => row(page, 'layer1').getAttribute('aria-selected'), 'false');
});

test('a picture that the server has forgotten is asked for again', async () => {
  const page = await opened(`${RESNET}&model.picture=0123`, { allow: [/404/] });
  await becomes(async () => /send it again/.test(await textOf(page.getByTestId('picture-failed'))), true);
  await page.getByTestId('picture-choose').waitFor();
  await becomes(() => section(page, 'cam').getAttribute('data-state'), 'missing');
});

test('without a model it tells what to do, in Chinese, and shows one as soon as it is there', async () => {
  const logdir = temporaryFolder();
  new EventFile(join(logdir, 'run')).scalar('loss', 1, 0).flush();
  const server = await Server.start(logdir);
  const page = await self.open('#model', { url: server.url, locale: 'zh-CN' });
  await becomes(async () => (await textOf(page.getByTestId('model-empty'))).includes('尚无模型文件'), true);
  writeFileSync(join(logdir, 'run/net.pt2'), readFileSync(join(GOLDEN, 'tiny_vgg/model.pt2')));
  await row(page, 'features.0').waitFor();
  assert.equal(await textOf(page.locator('[role=columnheader]').first()), '层');
});
