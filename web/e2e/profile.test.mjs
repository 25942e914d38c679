// Profiler traces: what is shown is what the files hold, and every control does what it says.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  addressHolds,
  becomes,
  csv,
  download,
  pointAt,
  Server,
  stage,
  temporaryFolder,
  textOf,
  textsOf,
  until,
} from './harness.mjs';

const GOLDEN = fileURLToPath(new URL('../../tests/golden/trace/', import.meta.url));
const TORCH = 'torch/worker.pt.trace.json.gz';
const SMALL = 'gpu/small.pt.trace.json';
const EXPECTED = JSON.parse(readFileSync(join(GOLDEN, 'expected.json'), 'utf8'));

const host = { pid: 9, tid: 9 };
const device = { pid: 0, tid: 7 };
const call = (lane, cat, name, ts, dur, args = {}) => ({ ph: 'X', cat, name, ...lane, ts, dur, args });
/** Two steps of 100 µs; a kernel that a matrix product has started; a name that would be markup. */
const EVENTS = [
  { ph: 'M', name: 'process_name', ...host, args: { name: 'python' } },
  { ph: 'M', name: 'thread_name', ...host, args: { name: 'main' } },
  { ph: 'M', name: 'process_sort_index', ...device, args: { sort_index: 5 } },
  { ph: 'M', name: 'process_labels', ...device, args: { labels: 'GPU 0' } },
  { ph: 'M', name: 'thread_name', ...device, args: { name: 'stream 7' } },
  call(host, 'user_annotation', 'ProfilerStep#0', 0, 100),
  call(host, 'user_annotation', 'ProfilerStep#1', 100, 100),
  call(host, 'cpu_op', 'aten::linear', 10, 30, {
    'External id': 3,
    'Input Dims': [[2, 8]],
    note: '<b>bold</b>',
  }),
  call(host, 'cpu_op', 'aten::addmm', 12, 20, { 'External id': 4 }),
  call(host, 'cpu_op', '<img src=x>', 110, 15),
  call(device, 'kernel', 'sgemm', 30, 40, { 'External id': 4, 'est. achieved occupancy %': 40 }),
];

const self = stage((logdir) => {
  mkdirSync(join(logdir, 'torch'));
  copyFileSync(join(GOLDEN, 'worker.pt.trace.json.gz'), join(logdir, TORCH));
  mkdirSync(join(logdir, 'gpu'));
  writeFileSync(join(logdir, SMALL), JSON.stringify({ schemaVersion: 1, traceEvents: EVENTS }));
});

const at = (path, view, more = '') => `#profile?profile=${path}&profile.view=${view}${more}`;
const canvas = (page) => page.getByTestId('profile-canvas');
const names = (page) =>
  page.locator('tbody tr[data-name]').evaluateAll((rows) => rows.map((row) => row.dataset.name));
const cell = (page, name, column) =>
  textOf(page.locator(`tr[data-name=${JSON.stringify(name)}] td[data-column=${column}]`));
const range = async (page) => {
  const { from, to } = await page.getByTestId('profile-stage').evaluate((item) => ({ ...item.dataset }));
  return [Number(from), Number(to)];
};
const span = (page, name) => page.locator(`li[data-name=${JSON.stringify(name)}]`).first();
const spans = (page) =>
  page
    .getByTestId('profile-listed')
    .locator('li')
    .evaluateAll((list) => list.map((item) => item.dataset.name));

/** Where a span is in the window, once it is listed. */
async function spot(page, name) {
  await span(page, name).waitFor({ state: 'attached' });
  const { x, y } = await span(page, name).evaluate((item) => ({ ...item.dataset }));
  const area = await canvas(page).boundingBox();
  return [area.x + Number(x), area.y + Number(y)];
}

test('a trace of PyTorch: what it holds, and how long its steps took', async () => {
  const page = await self.open('#profile');
  // The first of the list, by name, is the other one.
  await page.getByTestId('profile-choose').selectOption(TORCH);
  await addressHolds(page, 'profile=torch');
  await becomes(() => textOf(page.getByTestId('profile-fact-events')), String(EXPECTED.events));
  await becomes(() => textOf(page.getByTestId('profile-fact-steps')), String(EXPECTED.steps.length));
  const mean = EXPECTED.steps.reduce((sum, step) => sum + step.duration_ns, 0) / EXPECTED.steps.length;
  assert.equal(await textOf(page.getByTestId('profile-fact-stepTime')), `${(mean / 1e6).toFixed(3)} ms`);
  const options = await textsOf(page.getByTestId('profile-step').locator('option'));
  assert.deepEqual(options, [
    'All steps',
    ...EXPECTED.steps.map(({ name, duration_ns: ns }) => `${name} (${(ns / 1e6).toFixed(3)} ms)`),
  ]);
  const row = page.locator('tr[data-category=cpu_op] td');
  const { calls, total_ns: total } = EXPECTED.categories.cpu_op;
  assert.equal(await textOf(row.nth(1)), String(calls));
  assert.equal(await textOf(row.nth(4)), `${(total / 1e6).toFixed(3)} ms`);
  // Without a device there are no kernels.
  assert.deepEqual(await textsOf(page.getByTestId('profile-view').getByRole('radio')), [
    'Overview',
    'Operators',
    'Timeline',
  ]);
});

test('operators: sums as PyTorch has them, sorted, filtered, limited to a step, saved', async () => {
  const page = await self.open(at(TORCH, 'operators'));
  const calls = (name) => EXPECTED.averages[name].calls;
  await becomes(() => cell(page, 'aten::conv2d', 'calls'), String(calls('aten::conv2d')));
  const micros = (us) => `${us.toFixed(3 - Math.floor(Math.log10(us)))} µs`;
  assert.equal(await cell(page, 'aten::conv2d', 'total'), micros(EXPECTED.averages['aten::conv2d'].total_us));
  assert.equal(await cell(page, 'aten::conv2d', 'self'), micros(EXPECTED.averages['aten::conv2d'].self_us));
  const order = async () => {
    const shown = await names(page);
    return ['aten::addmm', 'aten::conv2d', 'aten::mm', 'aten::relu', 'aten::sum'].map((name) =>
      shown.indexOf(name),
    );
  };
  const rising = async () =>
    (await order()).every((place, i, all) => place >= 0 && (i === 0 || place > all[i - 1]));
  await page.locator('[data-sort=name]').click();
  await becomes(rising, true);
  await page.locator('[data-sort=name]').click();
  await becomes(async () => (await order()).every((place, i, all) => i === 0 || place < all[i - 1]), true);
  await page.locator('[data-sort=calls]').click();
  const largest = Object.entries(EXPECTED.averages).reduce((a, b) => (b[1].calls > a[1].calls ? b : a))[1]
    .calls;
  await becomes(
    async () => Number(await textOf(page.locator('tbody tr td[data-column=calls]').first())) >= largest,
    true,
  );
  await page.locator('[data-sort=calls]').click();
  await becomes(() => textOf(page.locator('tbody tr td[data-column=calls]').first()), '3');
  await addressHolds(page, 'profile.asc=1');
  await page.getByTestId('profile-filter').fill('CONV2D');
  await becomes(() => names(page), ['aten::conv2d']);
  await page.getByTestId('profile-step').selectOption('1');
  await becomes(() => cell(page, 'aten::conv2d', 'calls'), '1');
  await page.getByTestId('export').click();
  const file = await download(page, () => page.getByTestId('menu-csv').click());
  assert.equal(file.name, 'torch-worker.pt.trace.json.gz_operators.csv');
  const [line] = csv(file.content);
  assert.equal(line.name, 'aten::conv2d');
  assert.equal(line.calls, '1');
  assert.ok(Number(line.self_ns) > 0 && Number(line.self_ns) < Number(line.total_ns));
  await page.getByTestId('profile-filter').fill('nothing at all');
  await page.getByTestId('profile-none').waitFor();
  await page.getByTestId('profile-filter').fill('');
  await page.getByTestId('profile-step').selectOption('');
  await page.getByTestId('profile-category').selectOption('user_annotation');
  await becomes(async () => (await names(page)).includes('train'), true);
});

test('a device: its kernels, and what started them', async () => {
  const page = await self.open(at(SMALL, 'kernels'));
  await becomes(() => names(page), ['sgemm']);
  assert.equal(await cell(page, 'sgemm', 'total'), '40.00 µs');
  assert.equal(await cell(page, 'sgemm', 'occupancy'), '40 %');
  assert.equal(await cell(page, 'sgemm', 'blocks'), '–');
  await page.getByTestId('profile-view').getByText('Operators').click();
  await becomes(() => names(page), ['aten::addmm', '<img src=x>', 'aten::linear']);
  assert.equal(await cell(page, 'aten::linear', 'device_total'), '40.00 µs');
  assert.equal(await cell(page, 'aten::linear', 'device_self'), '0');
  assert.equal(await cell(page, 'aten::addmm', 'device_self'), '40.00 µs');
  assert.equal(await page.locator('tbody img').count(), 0);
  await page.getByTestId('profile-view').getByText('Overview').click();
  await becomes(() => textOf(page.getByTestId('profile-fact-busy')), '40.00 µs (20%)');
  // A click on a step limits the tables to it: the first bar of two.
  const plot = page.getByTestId('profile-steps').getByTestId('plot');
  const box = await plot.boundingBox();
  await page.mouse.move(box.x + 64 + 40, box.y + 120);
  const tip = page.getByTestId('tip');
  await becomes(async () => (await textOf(tip)).startsWith('ProfilerStep#0 100.0 µs'), true);
  assert.match(await textOf(tip), /Kernels: 40\.00 µs \(40%\)/);
  assert.match(await textOf(tip), /CPU operators: 20\.00 µs \(20%\)/);
  assert.match(await textOf(tip), /Other: 40\.00 µs \(40%\)/);
  await page.mouse.click(box.x + 64 + 40, box.y + 120);
  await addressHolds(page, 'profile.step=0');
  await becomes(() => textOf(page.locator('tr[data-category=cpu_op] td').nth(1)), '2');
  const file = await download(page, async () => {
    await page.getByTestId('profile-steps').getByTestId('export').click();
    await page.getByTestId('export-menu').getByText('CSV').click();
  });
  const lines = csv(file.content);
  assert.deepEqual(
    lines.map((line) => [line.step, line.duration_ns, line.kernel_ns, line.cpu_op_ns]),
    [
      ['ProfilerStep#0', '100000', '40000', '20000'],
      ['ProfilerStep#1', '100000', '0', '15000'],
    ],
  );
});

test('the timeline: pointer, wheel and keys', async () => {
  const page = await self.open(at(SMALL, 'timeline'));
  await becomes(
    async () => (await spans(page)).sort(),
    ['<img src=x>', 'ProfilerStep#0', 'ProfilerStep#1', 'aten::addmm', 'aten::linear', 'sgemm'],
  );
  assert.deepEqual(await range(page), [0, 200_000]);
  const linear = await spot(page, 'aten::linear');
  const addmm = await spot(page, 'aten::addmm');
  // Calls within lie below; the device comes last.
  assert.equal(addmm[1] - linear[1], 17);
  assert.ok((await spot(page, 'sgemm'))[1] > addmm[1] + 17);

  await page.mouse.move(...linear);
  const tip = page.getByTestId('tip');
  await becomes(() => textOf(tip.locator('b')), 'aten::linear');
  assert.match(await textOf(tip), /30\.00 µs · at 10\.00 µs/);
  // What the file says of it comes when the pointer rests.
  await becomes(async () => (await textOf(tip)).includes('Input Dims [[2,8]]'), true);

  await page.mouse.click(...linear);
  const fact = (name) => textOf(page.getByTestId(`profile-event-${name}`));
  await becomes(() => fact('duration'), '30.00 µs');
  assert.equal(await fact('self'), '10.00 µs');
  assert.equal(await fact('device'), '40.00 µs');
  assert.equal(await fact('start'), '10.00 µs');
  assert.equal(await fact('thread'), 'main');
  assert.deepEqual(await textsOf(page.getByTestId('profile-arguments').locator('dd')), [
    '3',
    '[[2,8]]',
    '<b>bold</b>',
  ]);
  assert.equal(await page.getByTestId('profile-arguments').locator('b').count(), 0);
  await addressHolds(page, 'profile.event=');
  await page.getByTestId('profile-reveal').click();
  // A fifth of its length on either side.
  await becomes(() => range(page), [4_000, 46_000]);
  await page.getByTestId('profile-fit').click();
  await becomes(() => range(page), [0, 200_000]);

  // The wheel zooms, and what is below the pointer stays there.
  const [x, y] = await spot(page, 'sgemm');
  await page.mouse.move(x, y);
  await page.mouse.wheel(0, -400);
  await until('it is closer', async () => {
    const [from, to] = await range(page);
    return to - from < 120_000 && to - from > 90_000;
  });
  await until('it is where it was', async () => Math.abs((await spot(page, 'sgemm'))[0] - x) <= 1);
  // The pointer drags.
  const before = await range(page);
  await page.mouse.down();
  await page.mouse.move(x + 60, y, { steps: 4 });
  await page.mouse.up();
  await until('it has moved', async () => (await range(page))[0] < before[0]);
  const moved = await range(page);
  assert.ok(Math.abs(moved[1] - moved[0] - (before[1] - before[0])) <= 1);

  await canvas(page).focus();
  await page.keyboard.press('0');
  await becomes(() => range(page), [0, 200_000]);
  await page.keyboard.press('w');
  const length = async () => (([from, to]) => Math.round(to - from))(await range(page));
  await becomes(length, Math.round(200_000 / 1.3));
  const [start] = await range(page);
  await page.keyboard.press('d');
  await until('it moves on', async () => (await range(page))[0] > start);
  await page.keyboard.press('a');
  await until('it moves back', async () => Math.abs((await range(page))[0] - start) <= 1);
  await page.keyboard.press('s');
  await becomes(length, 200_000);
  await page.keyboard.press('f');
  await becomes(() => range(page), [4_000, 46_000]);
  await page.keyboard.press('Escape');
  await page.getByTestId('profile-event').waitFor({ state: 'detached' });

  // A double click zooms to what is there.
  await page.keyboard.press('0');
  await becomes(() => range(page), [0, 200_000]);
  await becomes(async () => {
    // The panel that was closed gives its room to the drawing: what was pointed at may still move away.
    if ((await range(page))[0] === 0) await page.mouse.dblclick(...(await spot(page, 'sgemm')));
    return range(page);
  }, [26_000, 74_000]);
  // The address brings the same part back.
  await until('the address has it', () => page.url().includes('profile.range=26000&profile.range=74000'));
  await page.reload();
  await becomes(() => range(page), [26_000, 74_000]);
});

test('events are searched, threads folded, a step shown, colours chosen', async () => {
  const page = await self.open(at(SMALL, 'timeline'));
  await spot(page, 'sgemm');
  await page.getByTestId('profile-search').fill('ATEN');
  await becomes(() => textOf(page.getByTestId('profile-hits')), '2 found, 50.00 µs');
  const hit = async (name) => span(page, name).evaluate((item) => item.dataset.hit);
  await becomes(() => hit('aten::linear'), '1');
  assert.equal(await hit('sgemm'), '0');
  const chosen = () => textOf(page.getByTestId('profile-event').locator('h3'));
  await page.getByTestId('profile-search').press('Enter');
  await becomes(chosen, 'aten::linear');
  await page.getByTestId('profile-next').click();
  await becomes(chosen, 'aten::addmm');
  await page.getByTestId('profile-next').click();
  await becomes(chosen, 'aten::linear');
  await page.getByTestId('profile-previous').click();
  await becomes(chosen, 'aten::addmm');
  await page.getByTestId('profile-same').click();
  await becomes(() => textOf(page.getByTestId('profile-hits')), '1 found, 20.00 µs');
  await page.getByTestId('profile-search').fill('nothing');
  await becomes(() => textOf(page.getByTestId('profile-hits')), 'None of this name');
  await page.getByTestId('profile-search').fill('');

  const [, y] = await spot(page, 'ProfilerStep#0');
  const area = await canvas(page).boundingBox();
  await page.mouse.click(area.x + 60, y);
  await becomes(async () => (await spans(page)).includes('aten::addmm'), false);
  await page.mouse.click(area.x + 60, y);
  await becomes(async () => (await spans(page)).includes('aten::addmm'), true);

  await page.getByTestId('profile-step').selectOption('1');
  await page.getByTestId('profile-to-step').click();
  await becomes(() => range(page), [100_000, 200_000]);
  await becomes(async () => (await spans(page)).includes('sgemm'), false);
  const pixel = () =>
    canvas(page).evaluate((item) => {
      const box = item.getContext('2d').getImageData(0, 0, item.width, item.height).data;
      return box.reduce((sum, value, i) => (sum + value * ((i % 251) + 1)) % 1_000_003, 0);
    });
  const named = await pixel();
  await page.getByTestId('profile-color').getByText('category').click();
  await until('the colours change', async () => (await pixel()) !== named);
  await addressHolds(page, 'profile.color=category');
});

test('many short events are one block until they are zoomed into', async () => {
  const page = await self.open(at(TORCH, 'timeline'));
  const joined = () =>
    page
      .getByTestId('profile-listed')
      .locator('li')
      .evaluateAll((list) =>
        list.filter((item) => Number(item.dataset.events) > 1).map((item) => item.dataset),
      );
  await until('blocks are listed', async () => (await joined()).length > 0);
  const [block] = await joined();
  const area = await canvas(page).boundingBox();
  await page.mouse.move(area.x + Number(block.x), area.y + Number(block.y));
  await becomes(() => textOf(page.getByTestId('tip').locator('b')), `${block.events} events`);
  await page.mouse.dblclick(area.x + Number(block.x), area.y + Number(block.y));
  await until('its events are apart', async () => {
    const list = await page
      .getByTestId('profile-listed')
      .locator(`li[data-lane="${block.lane}"][data-row="${block.row}"]`)
      .evaluateAll((items) => items.map((item) => item.dataset.events));
    return list.length >= Number(block.events) && list.every((events) => events === '1');
  });
});

test('the timeline as a picture and as data; the file itself', async () => {
  const page = await self.open(at(SMALL, 'timeline'));
  await spot(page, 'sgemm');
  const save = (kind) =>
    download(page, async () => {
      await page.getByTestId('export').click();
      await page.getByTestId('export-menu').getByText(kind).click();
    });
  const png = await save('PNG');
  assert.equal(png.name, 'gpu-small.pt.trace.json_timeline.png');
  assert.equal(png.content.readUInt32BE(0), 0x89504e47);
  const svg = (await save('SVG')).content.toString();
  assert.ok(svg.includes('>sgemm<') && svg.includes('>stream 7<'.replace('>', '')) && !svg.includes('<img'));
  const lines = csv((await save('CSV')).content);
  const kernel = lines.find((line) => line.name === 'sgemm');
  assert.deepEqual(
    [kernel.start_ns, kernel.duration_ns, kernel.process, kernel.thread],
    ['30000', '40000', '0', '7'],
  );
  const file = await download(page, () => page.getByTestId('profile-download').click());
  assert.equal(file.name, 'small.pt.trace.json');
  assert.equal(file.content.toString(), JSON.stringify({ schemaVersion: 1, traceEvents: EVENTS }));
});

test('a trace that is cut off shows what it holds, and the rest when it is written', async () => {
  const logdir = temporaryFolder();
  const whole = JSON.stringify({ traceEvents: EVENTS });
  const cut = whole.slice(0, whole.indexOf('"<img src=x>"'));
  writeFileSync(join(logdir, 't.pt.trace.json'), cut);
  const server = await Server.start(logdir);
  const page = await self.open('#profile', { url: server.url });
  await becomes(() => textOf(page.getByTestId('profile-fact-events')), '4');
  const notice = await textOf(page.getByTestId('profile-notice'));
  assert.match(notice, /The trace is cut off\./);
  assert.ok(notice.includes(`got the end of the file at byte ${cut.length}`), notice);
  assert.ok(notice.endsWith('t.pt.trace.json'), notice);
  writeFileSync(join(logdir, 't.pt.trace.json'), whole);
  await becomes(() => textOf(page.getByTestId('profile-fact-events')), '6');
  await page.getByTestId('profile-notice').waitFor({ state: 'detached' });
});

test('a log directory without traces says how to write one; a trace that comes is shown', async () => {
  const logdir = temporaryFolder();
  const server = await Server.start(logdir);
  const page = await self.open('#profile', { url: server.url });
  await page.getByTestId('profile-empty').waitFor();
  assert.match(await textOf(page.getByTestId('profile-empty')), /tensorboard_trace_handler/);
  writeFileSync(join(logdir, 't.pt.trace.json'), '{"nothing": 1}');
  const notice = page.getByTestId('profile-notice');
  await until('what is no trace is said to be none', async () => /holds no trace/.test(await textOf(notice)));
});

test('it speaks Chinese', async () => {
  const page = await self.open(at(SMALL, 'timeline'), { locale: 'zh-CN' });
  await spot(page, 'sgemm');
  assert.equal(await textOf(page.getByTestId('profile-view').getByRole('radio').first()), '概览');
  await pointAt(page, canvas(page), 0.5, 0.9);
});
