// Graphs of runs and model files: what is drawn is what the files hold, and every control does what it says.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EventFile, WALL } from './events.mjs';
import {
  addressHolds,
  becomes,
  copyGolden,
  download,
  Server,
  stage,
  temporaryFolder,
  textOf,
  textsOf,
  until,
} from './harness.mjs';

const MODELS = fileURLToPath(new URL('../../tests/golden/cam/tiny_resnet/', import.meta.url));
const CPU = '/device:CPU:0';
const NODES = [
  { name: 'input/x', op: 'IO Node', shape: [2, 8] },
  { name: 'Net/Linear[fc]/weight', op: 'Parameter', shape: [4, 8] },
  {
    name: 'Net/Linear[fc]/linear',
    op: 'aten.linear.default',
    inputs: ['input/x', 'Net/Linear[fc]/weight'],
    shape: [2, 4],
    device: CPU,
  },
  { name: 'Net/ReLU[act]/relu', op: 'aten.relu.default', inputs: ['Net/Linear[fc]/linear'], shape: [2, 4] },
  { name: 'Net/<b>sum', op: 'aten.sum.default', inputs: ['Net/ReLU[act]/relu'], shape: [] },
  { name: 'output/output.1', op: 'IO Node', inputs: ['Net/<b>sum'], shape: [] },
];
const WEIGHTS = { min: -1, max: 1, num: 2, sum: 0, sumSquares: 2, limits: [0, 1], counts: [1, 1] };

const self = stage((logdir) => {
  new EventFile(join(logdir, 'net'))
    .graph(NODES)
    .runMetadata('step1', CPU, [
      ['Net/Linear[fc]/linear', 30, 4000],
      ['Net/ReLU[act]/relu', 12, 100],
    ])
    .histogram('weights/fc.weight', WEIGHTS, 0)
    .flush();
  new EventFile(join(logdir, 'odd'), WALL + 1)
    .graph([
      { name: 'a', op: 'A', inputs: ['b', 'nowhere'] },
      { name: 'b', op: 'B', inputs: ['a'] },
      { name: 'b', op: 'B' },
    ])
    .flush();
  const keras = { class_name: 'Sequential', config: { name: 'seq', layers: [] } };
  for (const name of ['first', 'second']) keras.config.layers.push({ class_name: 'Dense', config: { name } });
  new EventFile(join(logdir, 'keras'), WALL + 2)
    .string('model', 'graph_keras_model', JSON.stringify(keras), 0)
    .flush();
  copyGolden('graph', logdir, 'torch');
  mkdirSync(join(logdir, 'models'));
  for (const name of ['model.pt2', 'model.onnx', 'model.safetensors'])
    copyFileSync(join(MODELS, name), join(logdir, 'models', name));
});

const canvas = (page) => page.getByTestId('graph-canvas');
const boxes = (page) =>
  page.locator('[data-node]').evaluateAll((list) => list.map((item) => item.dataset.node).sort());
const data = async (page, node) =>
  page.locator(`[data-node=${JSON.stringify(node)}]`).evaluate((item) => ({ ...item.dataset }));

/** Where a box is in the window, once it stands still. */
async function spot(page, node) {
  let last = '';
  await until(`${node} stands still`, async () => {
    const { x, y } = await data(page, node);
    const same = last === `${x} ${y}`;
    last = `${x} ${y}`;
    return same;
  });
  const { x, y } = await data(page, node);
  const area = await canvas(page).boundingBox();
  return [area.x + Number(x), area.y + Number(y)];
}

async function opened(hash, options) {
  const page = await self.open(hash, options);
  await canvas(page).waitFor();
  return page;
}

test('the largest group is open, a click tells of a node, a double click opens and closes', async () => {
  const page = await opened('#graph?graph=run&graph=net');
  await becomes(() => boxes(page), ['Net', 'Net/<b>sum', 'Net/act', 'Net/fc', 'input', 'output']);
  assert.equal(await textOf(page.getByTestId('graph-counts')), '6 nodes · 1 left out');
  await page.mouse.click(...(await spot(page, 'Net/fc')));
  const cell = (name) => textOf(page.getByTestId(`card-${name}`));
  await becomes(() => cell('module'), 'fc');
  assert.equal(await cell('op'), 'Linear');
  assert.equal(await cell('parameters'), '32');
  // 2 x 4 results, 8 products each.
  assert.equal(await cell('multadds'), '64');
  assert.equal(await cell('nodes'), '2');
  assert.equal(await cell('device'), CPU);
  await addressHolds(page, 'graph.node=Net%2Ffc');
  await page.mouse.dblclick(...(await spot(page, 'Net/fc')));
  await becomes(
    () => boxes(page),
    ['Net', 'Net/<b>sum', 'Net/act', 'Net/fc', 'Net/fc/linear', 'input', 'output'],
  );
  await page.mouse.click(...(await spot(page, 'Net/fc/linear')));
  await becomes(() => cell('shape'), '2×4');
  assert.deepEqual(await textsOf(page.getByTestId('card-inputs').locator('li')), [
    'input/x 2×8',
    'Net/fc/weight 4×8',
  ]);
  // A neighbour is a way to go: here to one that is left out until it is asked for.
  await page.getByTestId('card-inputs').getByText('Net/fc/weight').click();
  await becomes(() => cell('kind'), 'parameter');
  await until('the weight is drawn', async () => (await boxes(page)).includes('Net/fc/weight'));
  await addressHolds(page, 'graph.tidy=off');
  await page.getByTestId('card-close').click();
  await page.getByTestId('node-card').waitFor({ state: 'detached' });
  await page.mouse.dblclick(...(await spot(page, 'Net')));
  await becomes(() => boxes(page), ['Net', 'input', 'output']);
});

test('the address shows the same node again, and a node leads to the histograms of its parameters', async () => {
  const page = await opened('#graph?graph=run&graph=net&graph.node=Net/fc/linear');
  await until('its group is open', async () => (await boxes(page)).includes('Net/fc/linear'));
  await becomes(() => textOf(page.getByTestId('card-op')), 'aten.linear.default');
  await page.getByTestId('card-histograms').click();
  await page.getByTestId('plot').first().waitFor();
  await addressHolds(page, '#histograms');
  await addressHolds(page, encodeURIComponent('fc\\.weight'));
});

test('keys walk along the edges, open groups and fit the drawing', async () => {
  const page = await opened('#graph?graph=run&graph=net');
  await spot(page, 'Net/fc');
  await canvas(page).focus();
  const title = () => textOf(page.getByTestId('node-card').locator('h2'));
  await page.keyboard.press('ArrowDown');
  await becomes(title, 'input');
  await page.keyboard.press('ArrowDown');
  await becomes(title, 'fc');
  await page.keyboard.press('ArrowDown');
  await becomes(title, 'act');
  await page.keyboard.press('ArrowUp');
  await becomes(title, 'fc');
  await page.keyboard.press('Enter');
  await until('the group is open', async () => (await boxes(page)).includes('Net/fc/linear'));
  await page.keyboard.press('Enter');
  await until('the group is closed', async () => !(await boxes(page)).includes('Net/fc/linear'));
  const before = Number((await data(page, 'output')).y) - Number((await data(page, 'input')).y);
  await page.keyboard.press('-');
  await until('it is smaller', async () => {
    const now = Number((await data(page, 'output')).y) - Number((await data(page, 'input')).y);
    return now < before * 0.85;
  });
  await page.keyboard.press('0');
  await page.keyboard.press('Escape');
  await page.getByTestId('node-card').waitFor({ state: 'detached' });
});

test('direction, colours, run metadata and traced inputs', async () => {
  const page = await opened('#graph?graph=run&graph=net');
  const [downX, downY] = await spot(page, 'Net/act');
  const [topX, topY] = await spot(page, 'Net/fc');
  assert.ok(downY > topY && Math.abs(downX - topX) < 40);
  await page.getByTestId('graph-direction').getByText('Right').click();
  await until('it goes to the right', async () => {
    const [one, other] = [await data(page, 'Net/fc'), await data(page, 'Net/act')];
    return Number(other.x) > Number(one.x) + 60 && Math.abs(other.y - one.y) < 30;
  });
  const ground = async (node) => (await data(page, node)).ground;
  await page.getByTestId('graph-color').selectOption('parameters');
  await until('the layer with parameters stands out', async () => (await ground('Net/fc')) !== '#ffffff');
  assert.equal(await ground('Net/act'), '#ffffff');
  assert.deepEqual(await textsOf(page.getByTestId('graph-color').locator('option')), [
    'type',
    'parameters',
    'mult-adds',
    'device',
  ]);
  await page.getByTestId('graph-metadata').selectOption('step1');
  await page.getByTestId('graph-color').selectOption('time');
  await until('both have a time', async () => (await ground('Net/act')) !== '#ffffff');
  assert.notEqual(await ground('Net/act'), await ground('Net/fc'));
  await page.mouse.click(...(await spot(page, 'Net/act')));
  await becomes(() => textOf(page.getByTestId('card-time')), '12 µs');
  assert.equal(await textOf(page.getByTestId('card-memory')), '100 B');
  await page.getByTestId('graph-trace').click();
  const faded = async (node) => (await data(page, node)).faded;
  await becomes(() => faded('output'), 'true');
  for (const node of ['Net/fc', 'Net/act', 'input']) assert.equal(await faded(node), 'false', node);
});

test('a model file is found in the log directory and searched by the path of a module', async () => {
  const page = await opened('#graph');
  const options = await textsOf(page.getByTestId('graph-choose').locator('option'));
  for (const name of ['net', 'torch', 'models/model.onnx', 'models/model.pt2', 'models/model.safetensors'])
    assert.ok(options.includes(name), `${name} in ${options}`);
  await page.getByTestId('graph-choose').selectOption({ label: 'models/model.pt2' });
  await until('the model', async () => (await boxes(page)).includes('TinyResNet/fc'));
  await page.keyboard.press('t');
  await page.keyboard.type('layer2 conv1');
  const found = page.getByTestId('graph-found').locator('li');
  await becomes(async () => (await textsOf(found))[0], 'TinyResNet/layer2/conv1 Conv2d');
  await page.keyboard.press('Enter');
  await becomes(() => textOf(page.getByTestId('card-module')), 'layer2.conv1');
  await until('its group is open', async () => (await boxes(page)).includes('TinyResNet/layer2/conv1'));
  await page.getByTestId('graph-search').fill('no such layer');
  await becomes(() => textsOf(found), ['Nothing of this name']);
  await page.getByTestId('graph-search').fill('fc');
  await page.keyboard.press('Enter');
  await becomes(() => textOf(page.getByTestId('card-parameters')), '170');
  // Weights alone have no operations, and nothing of them is left out.
  await page.getByTestId('graph-choose').selectOption({ label: 'models/model.safetensors' });
  await until('the weights', async () => (await boxes(page)).includes('model/fc'));
  assert.doesNotMatch(await textOf(page.getByTestId('graph-counts')), /left out/);
});

test('a model file that is opened or dropped on the page; one that is none says so', async () => {
  const page = await opened('#graph?graph=run&graph=net', { allow: [/422/] });
  await page.getByTestId('graph-file').setInputFiles(join(MODELS, 'model.onnx'));
  await until('the model', async () => (await boxes(page)).includes('TinyResNet/layer1'));
  assert.equal(
    await page.getByTestId('graph-choose').evaluate((item) => item.selectedOptions[0].text),
    'model.onnx (opened here)',
  );
  const drop = (name, bytes) =>
    page.evaluate(
      ([name, bytes]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], name));
        const options = { dataTransfer: transfer, bubbles: true, cancelable: true };
        const target = document.querySelector('[data-testid=graph-stage]');
        target.dispatchEvent(new DragEvent('dragover', options));
        target.dispatchEvent(new DragEvent('drop', options));
      },
      [name, [...bytes]],
    );
  await drop('broken.pt2', Buffer.from('no model'));
  await becomes(
    async () => /cannot be shown: .*broken\.pt2/.test(await textOf(page.getByTestId('graph-failed'))),
    true,
  );
  await drop('dropped.safetensors', readFileSync(join(MODELS, 'model.safetensors')));
  await until('the weights', async () => (await boxes(page)).includes('model/layer3'));
  await page.getByTestId('graph-failed').waitFor({ state: 'detached' });
});

test('a graph with a cycle, a missing input and a name that is there twice is shown with notices', async () => {
  const page = await opened('#graph?graph=run&graph=odd');
  const notices = await textsOf(page.getByTestId('graph-notice'));
  assert.equal(notices.length, 3);
  for (const part of ['Several nodes have the same name.', 'not in the graph: 1 (nowhere)', 'has a cycle'])
    assert.ok(notices.join('\n').includes(part), `${part} in ${notices}`);
  for (const notice of notices) assert.match(notice, /: odd\/events\.out\.tfevents\.\S+$/);
  await becomes(() => boxes(page), ['a', 'b', 'b']);
});

test('layers of a Keras model', async () => {
  const page = await opened('#graph?graph=keras&graph=keras&graph=model');
  await becomes(() => boxes(page), ['first', 'second']);
  assert.equal(await page.getByTestId('graph-stage').getAttribute('data-wires'), '1');
});

test('pictures and data of the graph; names cannot inject markup', async () => {
  const page = await opened('#graph?graph=run&graph=net');
  const save = (item) =>
    download(page, async () => {
      await page.getByTestId('export').click();
      await page.getByTestId('export-menu').getByText(item).click();
    });
  const svg = await save('SVG');
  assert.match(svg.name, /^net_graph\.svg$/);
  const text = svg.content.toString();
  assert.match(text, /&lt;b&gt;sum/);
  assert.doesNotMatch(text, /<b>/);
  assert.match(text, /\+ fc/);
  const png = await save('PNG');
  assert.equal(png.content.subarray(1, 4).toString(), 'PNG');
  const json = JSON.parse((await save('JSON')).content.toString());
  assert.equal(json.nodes.length, 11);
  assert.equal(await page.locator('b').count(), 0);
});

test('without any graph it tells what to do, and shows a model file as soon as there is one', async () => {
  const logdir = temporaryFolder();
  new EventFile(join(logdir, 'run')).scalar('loss', 1, 0).flush();
  const server = await Server.start(logdir);
  const page = await self.open('#graph', { url: server.url, locale: 'zh-CN' });
  await becomes(async () => (await textOf(page.getByTestId('graph-empty'))).includes('尚无计算图'), true);
  copyFileSync(join(MODELS, 'model.pt2'), join(logdir, 'run', 'net.pt2'));
  await canvas(page).waitFor();
  await until('the model', async () => (await boxes(page)).includes('TinyResNet/layer1'));
});
