// `glassboard snapshot`: the file is opened from the disk, with the network off, and shows what was logged.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { EventFile, picture, prRows, WALL } from './events.mjs';
import {
  becomes,
  card,
  copyGolden,
  csv,
  download,
  pointAt,
  Server,
  shown,
  slide,
  stage,
  temporaryFolder,
  textOf,
  textsOf,
  until,
} from './harness.mjs';

const TRACE = fileURLToPath(new URL('../../tests/golden/trace/worker.pt.trace.json.gz', import.meta.url));
const EVIL = '</script><script>window.__hit=1</script><img src=x onerror=window.__hit=1>';
const loss = (step) => Math.fround(1 / (1 + step));
const pixel = (step) => (x, y) => [x * 40, y * 60, step * 20];
const histogramAt = (step) => ({
  min: -2,
  max: 3,
  num: 15 * (step + 1),
  sum: 10 * (step + 1),
  sumSquares: 40 * (step + 1),
  limits: [-1, 0, 1, 2, 3],
  counts: [1, 2, 3, 4, 5].map((count) => count * (step + 1)),
});
/** Scores of both classes at two steps. */
const SCORES = {
  10: [
    [0.9, 0.3],
    [0.6, 0.2],
  ],
  20: [
    [0.9, 0.55],
    [0.3, 0.2],
  ],
};

/** A square in front of the camera, in its colours as they were logged. */
const SQUARE = {
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
const UNLIT = JSON.stringify({
  camera: { cls: 'PerspectiveCamera', fov: 60, position: [0, 0, 4] },
  lights: [],
  material: { cls: 'MeshBasicMaterial' },
});

/** A step with two kernels, of which one says its occupancy. */
const KERNELS = [
  ['user_annotation', 'ProfilerStep#0', 9, 0, 100, {}],
  ['cpu_op', `aten::${EVIL}`, 9, 10, 30, { 'External id': 1 }],
  ['kernel', 'sgemm_10', 7, 20, 40, { 'External id': 1, 'est. achieved occupancy %': 40 }],
  ['kernel', 'sgemm_9', 7, 70, 5, {}],
].map(([cat, name, tid, ts, dur, args]) => ({ ph: 'X', cat, name, pid: tid, tid, ts, dur, args }));

let logdir;
let report;
const self = stage();

function snapshot(out, ...more) {
  const made = spawnSync(
    process.env.GLASSBOARD_BIN,
    ['snapshot', ...(more.includes('--logdir') ? [] : ['--logdir', logdir]), '--out', out, ...more],
    { encoding: 'utf8' },
  );
  assert.equal(made.status, 0, made.stderr);
  return made.stderr;
}

before(() => {
  logdir = temporaryFolder();
  const left = new EventFile(join(logdir, 'left'));
  const right = new EventFile(join(logdir, 'right'), WALL + 1);
  left.hparamMetrics(['train/loss']).hparams({ lr: 0.1, opt: EVIL });
  right.hparamMetrics(['train/loss']).hparams({ lr: 0.01, opt: 'sgd' }, 0, WALL + 1);
  for (let step = 0; step <= 20; step += 1) {
    left.scalar('train/loss', loss(step), step, WALL + step);
    right.scalar('train/loss', loss(step) + 1, step, WALL + 1 + 2 * step);
  }
  left.scalar(`evil/${EVIL}`, 3.5, 0).scalar('odd', NaN, 0).scalar('odd', Infinity, 1).scalar('odd', 2, 2);
  for (let step = 0; step <= 3; step += 1) {
    left.image('grid', picture(6, 4, pixel(step)), step, WALL + step);
    left.histogram('weights', histogramAt(step), step * 10, WALL + step * 60);
  }
  for (const step of [10, 20]) left.tensor('digits', 'pr_curves', [6, 5], prRows(...SCORES[step], 5), step);
  left.text('notes', `first\n\n${EVIL}`, 0);
  left.text('notes', '| a | b |\n|---|---|\n| 1 | **2** |\n\n![x](https://example.org/spy.png)', 4);
  for (const [step, green] of [
    [0, 40],
    [8, 180],
  ])
    left.mesh('square', { ...SQUARE, colors: SQUARE.vertices.map(() => [0, green, 0]), config: UNLIT }, step);
  left.flush();
  right.flush();
  for (const name of ['audio', 'embedding', 'graph']) copyGolden(name, logdir);
  mkdirSync(join(logdir, 'torch'));
  copyFileSync(TRACE, join(logdir, 'torch', 'worker.pt.trace.json.gz'));
  mkdirSync(join(logdir, 'gpu'));
  writeFileSync(join(logdir, 'gpu', 'small.pt.trace.json'), JSON.stringify({ traceEvents: KERNELS }));
  report = join(temporaryFolder(), 'report.html');
  assert.equal(snapshot(report, '--title', `Report ${EVIL}`, '--smoothing', '0.6,0.9'), '');
});

/** Opens the file; nothing can be asked of any network. */
async function openReport(hash, { file = report, ...options } = {}) {
  const page = await self.open(hash, { url: pathToFileURL(file).href, offline: true, ...options });
  page.setDefaultTimeout(30_000);
  return page;
}

/** The rows of a card's data as it is downloaded. */
async function dataOf(page, name) {
  const file = await download(page, async () => {
    await card(page, name).getByTestId('card-menu').click();
    await page.getByTestId('menu-csv').click();
  });
  return csv(file.content);
}

/** The data table of Time series, by run and column. */
async function tableOf(page, name) {
  const rows = {};
  for (const row of await card(page, name).getByTestId('data-table').locator('tbody tr').all()) {
    const cells = {};
    for (const cell of await row.locator('[data-column]').all())
      cells[await cell.getAttribute('data-column')] = await textOf(cell);
    rows[await row.getAttribute('data-run')] = cells;
  }
  return rows;
}

test('time series hold what was logged, and the page says what it is', async () => {
  const page = await openReport('#timeseries');
  const plot = card(page, 'train/loss').getByTestId('plot');
  await becomes(() => plot.getAttribute('data-fresh'), 'true');
  assert.equal(await plot.getAttribute('data-lines'), '2');
  assert.match(await textOf(page.getByTestId('live')), /snapshot of 20\d\d-\d\d-\d\d/);
  assert.match(await textOf(page.getByTestId('snapshot')), /needs no server/);
  const rows = await dataOf(page, 'train/loss');
  for (const [run, more] of [
    ['left', 0],
    ['right', 1],
  ]) {
    assert.deepEqual(
      rows.filter((row) => row.Run === run).map((row) => [Number(row.Step), Number(row.Value)]),
      Array.from({ length: 21 }, (_, step) => [step, Math.fround(loss(step) + more)]),
    );
  }
  // What needs a server is not offered.
  for (const id of ['smoothing', 'smoothing-method', 'x-tag', 'runs-group', 'tab-model'])
    assert.equal(await page.getByTestId(id).count(), 0, id);
  // With room for all tabs nothing is left for "More": dashboards without data will not get any.
  await page.setViewportSize({ width: 2400, height: 800 });
  await becomes(() => page.getByTestId('more').count(), 0);
  await page.getByTestId('snapshot-dismiss').click();
  await becomes(() => page.getByTestId('snapshot').count(), 0);
});

test('the smoothings that were recorded can be chosen, and are the server’s', async () => {
  const page = await openReport('#timeseries?smoothing=0.88');
  const weights = page.getByTestId('smoothing-weights');
  assert.deepEqual(await textsOf(weights.locator('[data-value]')), ['0', '0.6', '0.9']);
  for (const weight of [0.9, 0.6]) {
    await weights.locator(`[data-value="${weight}"]`).click();
    await becomes(() => card(page, 'train/loss').getByTestId('plot').getAttribute('data-fresh'), 'true');
    let [sum, norm] = [0, 1];
    const expected = Array.from({ length: 21 }, (_, step) => {
      sum = sum * weight + (1 - weight) * loss(step);
      norm *= weight;
      return sum / (1 - norm);
    });
    const rows = (await dataOf(page, 'train/loss')).filter((row) => row.Run === 'left');
    rows.forEach((row, step) =>
      assert.ok(Math.abs(Number(row.Smoothed) - expected[step]) < 1e-12, JSON.stringify(row)),
    );
    assert.equal(rows.length, 21);
  }
  await weights.locator('[data-value="0"]').click();
  await becomes(async () => 'Smoothed' in (await dataOf(page, 'train/loss'))[0], false);
});

test('figures of steps and ranges, on every axis, are those of the server', async () => {
  const server = await Server.start(logdir);
  const views = [
    '#timeseries?cursor=1&step=7&smoothing=0.6',
    '#timeseries?cursor=1&range=3..12&smoothing=0.6',
    '#timeseries?cursor=1&step=7&x=relative&smoothing=0',
    '#timeseries?cursor=1&step=7&x=wall&smoothing=0',
  ];
  for (const view of views) {
    const seen = [];
    for (const page of [await self.open(view, { url: server.url }), await openReport(view)]) {
      for (const name of ['train/loss', 'odd']) {
        const one = card(page, name);
        await one.scrollIntoViewIfNeeded();
        await becomes(() => one.getByTestId('plot').getAttribute('data-fresh'), 'true');
        const told = async () => JSON.stringify(await tableOf(page, name));
        await becomes(async () => /\d/.test(await told()) && !/…/.test(await told()), true);
        const plot = one.getByTestId('plot');
        seen.push({
          table: await tableOf(page, name),
          x: await plot.getAttribute('data-x'),
          y: await plot.getAttribute('data-y'),
          points: await plot.getAttribute('data-points'),
        });
      }
    }
    assert.deepEqual(seen.slice(2), seen.slice(0, 2), view);
    assert.ok(Object.keys(seen[2].table).length === 2, JSON.stringify(seen[2]));
  }
});

test('pictures, histograms, distributions, texts and sounds are there', async () => {
  const page = await openReport('#images');
  const one = card(page, 'left · grid');
  const image = one.getByTestId('picture').first();
  await becomes(() => image.evaluate((img) => [img.complete, img.naturalWidth]), [true, 6]);
  for (const step of [3, 1]) {
    if (step !== 3) await slide(one.getByTestId('step-range'), step);
    await becomes(
      async () => {
        await pointAt(page, image, 2.5 / 6, 1.5 / 4);
        return textOf(one.getByTestId('readout').first());
      },
      `x 2, y 1: ${pixel(step)(2, 1).join(' ')}`,
    );
  }
  await page.getByTestId('tab-histograms').click();
  const saved = async (kind) => {
    await card(page, 'left · weights').getByTestId('export').click();
    return (await download(page, () => page.getByTestId(`menu-${kind}`).click())).content;
  };
  await card(page, 'left · weights').getByTestId('plot').waitFor();
  await becomes(() => card(page, 'left · weights').getByTestId('export').isEnabled(), true);
  const histograms = JSON.parse(await saved('json'));
  assert.deepEqual(
    histograms.steps.map(({ step, num, counts }) => [step, num, Math.round(counts.reduce((a, b) => a + b))]),
    [0, 1, 2, 3].map((step) => [step * 10, 15 * (step + 1), 15 * (step + 1)]),
  );
  assert.equal(await page.getByTestId('bins').count(), 0);
  await page.getByTestId('tab-distributions').click();
  await becomes(() => card(page, 'left · weights').getByTestId('export').isEnabled(), true);
  assert.deepEqual(JSON.parse(await saved('json')).step, [0, 10, 20, 30]);

  await page.getByTestId('tab-audio').click();
  const sound = page.locator('[data-card]').first();
  await becomes(() => sound.getByTestId('export').isEnabled(), true);
  await sound.getByTestId('export').click();
  const bytes = (await download(page, () => page.getByTestId('menu-logged').click())).content;
  assert.equal(bytes.subarray(0, 4).toString(), 'RIFF');
});

test('texts are rendered, and load nothing from elsewhere', async () => {
  const page = await openReport('#text');
  const notes = card(page, 'left · notes');
  await becomes(() => textsOf(notes.locator('td')), ['1', '2']);
  assert.equal(await notes.locator('td strong').count(), 1);
  assert.equal(await notes.locator('a[href="https://example.org/spy.png"]').textContent(), 'x');
  await slide(notes.getByTestId('step-range'), 0);
  await becomes(async () => /^first/.test(await textOf(notes.getByTestId('text'))), true);
  assert.equal(await page.evaluate(() => window.__hit), undefined);
});

test('curves at each step, and hyperparameters with their metrics', async () => {
  const page = await openReport('#curves');
  const areas = async () => (await textsOf(page.getByTestId('legend-row').first().locator('td'))).slice(0, 1);
  await becomes(areas, ['1']);
  await slide(card(page, 'digits').getByTestId('step-range'), 0);
  await becomes(() => textOf(card(page, 'digits').getByTestId('shown-step')), 'step 10');
  await becomes(async () => (await areas())[0] === '1', false);

  await page.getByTestId('tab-hparams').click();
  const cells = (key) =>
    textsOf(page.locator(`[data-testid="hparams-row"] [data-key=${JSON.stringify(key)}]`));
  await becomes(() => cells('h:lr'), [shown(0.1), shown(0.01)]);
  assert.deepEqual(await cells('h:opt'), [EVIL, 'sgd']);
  await becomes(() => cells('m::train/loss'), [shown(loss(20)), shown(Math.fround(loss(20) + 1))]);
  await page.getByTestId('hparams-columns').click();
  await page.locator('[data-testid="metric-add"][data-tag="odd"]').click();
  await becomes(() => cells('m::odd'), ['2', '–']);
  assert.equal(await page.evaluate(() => window.__hit), undefined);
});

test('a graph unfolds in its worker, and an embedding shows its components', async () => {
  const page = await openReport('#graph');
  await becomes(
    async () => Number(await page.getByTestId('graph-stage').getAttribute('data-boxes')) > 0,
    true,
  );
  assert.equal(await page.getByTestId('graph-open').count(), 0);
  await page.getByTestId('tab-projector').click();
  await becomes(async () => /%/.test(await textOf(page.getByTestId('projector-explained'))), true);
  for (const id of ['projector-method', 'projector-near'])
    assert.equal(await page.getByTestId(id).count(), 0, id);
});

test('meshes are drawn, at each step, and saved', async () => {
  const page = await openReport('#mesh');
  const one = card(page, 'left · square');
  await becomes(() => textOf(one.getByTestId('mesh-facts')), '4 points · 2 triangles · 2 × 2 × 0');
  /** Share of the card's pixels that have the green of a step. */
  const share = (green) =>
    one.getByTestId('mesh-canvas').evaluate((element, wanted) => {
      const { data } = element.getContext('2d').getImageData(0, 0, element.width, element.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4)
        if (data[i] === 0 && Math.abs(data[i + 1] - wanted) <= 1 && data[i + 2] === 0) count += 1;
      return count / (data.length / 4);
    }, green);
  // 2 of the 8 tan(30°) that are seen from a distance of 4, on a card of 4 by 3.
  const full = (2 / (8 * Math.tan(Math.PI / 6))) ** 2 * 0.75;
  await becomes(async () => Math.abs((await share(180)) - full) < 0.02, true);
  assert.equal(await share(40), 0);
  await slide(one.getByTestId('step-range'), 0);
  await becomes(() => textOf(one.getByTestId('shown-step')), 'step 0');
  await becomes(async () => Math.abs((await share(40)) - full) < 0.02, true);
  await one.getByTestId('export').click();
  const rows = csv((await download(page, () => page.getByTestId('menu-csv').click())).content);
  assert.equal(rows.length, 4);
});

test('tables of a trace are sorted, searched and limited to a step as by the server; there is no timeline', async () => {
  const server = await Server.start(logdir);
  const pages = [await self.open('', { url: server.url }), await openReport('')];
  const [SMALL, TORCH] = ['gpu/small.pt.trace.json', 'torch/worker.pt.trace.json.gz'];
  const views = [
    `profile=${TORCH}`,
    `profile=${TORCH}&profile.step=1`,
    `profile=${SMALL}`,
    ...['self', 'mean', 'name', 'category'].map(
      (sort) => `profile=${TORCH}&profile.view=operators&profile.category=&profile.sort=${sort}`,
    ),
    `profile=${TORCH}&profile.view=operators&profile.step=0&profile.find=CONV&profile.asc=1`,
    `profile=${SMALL}&profile.view=operators`,
    `profile=${SMALL}&profile.view=kernels&profile.sort=name`,
    `profile=${SMALL}&profile.view=kernels&profile.sort=occupancy`,
  ];
  let before = '';
  for (const view of views) {
    const told = async (page) => {
      const place = page.getByTestId('profile');
      const cells = await textsOf(place.locator('td'));
      return cells.length === 0 ? '' : JSON.stringify([await textsOf(place.locator('th, dd')), cells]);
    };
    for (const [page, url] of [
      [pages[0], server.url],
      [pages[1], pathToFileURL(report).href],
    ]) {
      await page.goto('about:blank');
      await page.goto(new URL(`#profile?${view}`, url).href);
    }
    // Each view differs from the one before in its cells or in the column it is sorted by.
    before = await until(view, async () => {
      const [served, recorded] = [await told(pages[0]), await told(pages[1])];
      return served !== '' && served !== before && recorded === served && served;
    });
  }
  const page = pages[1];
  assert.deepEqual(await textsOf(page.getByTestId('profile-view').getByRole('radio')), [
    'Overview',
    'Operators',
    'Kernels',
  ]);
  assert.match(await textOf(page.getByTestId('profile-snapshot')), /timeline needs a server/);
  assert.equal(await page.getByTestId('profile-download').count(), 0);
  assert.equal(await page.evaluate(() => window.__hit), undefined);
  await server.stop();
});

test('of a trace with many steps the tables of the first are there, and the page says so', async () => {
  const logs = temporaryFolder();
  const lane = { ph: 'X', pid: 1, tid: 1 };
  const traceEvents = Array.from({ length: 201 }, (_, step) => [
    { ...lane, cat: 'user_annotation', name: `ProfilerStep#${step}`, ts: 10 * step, dur: 10 },
    { ...lane, cat: 'cpu_op', name: 'aten::mm', ts: 10 * step + 1, dur: 5 },
  ]).flat();
  writeFileSync(join(logs, 'long.pt.trace.json'), JSON.stringify({ traceEvents }));
  const file = join(temporaryFolder(), 'long.html');
  // The trace, the operators of all steps; of 200 steps the operators and the categories; not of the last.
  assert.match(snapshot(file, '--logdir', logs), /left out[^:]*: 1 of 403 of profile/);
  const page = await openReport('#profile', { file });
  assert.match(await textOf(page.getByTestId('snapshot')), /Profile: 402 of 403 are in it/);
  const calls = () => textOf(page.locator('[data-category=cpu_op] td').nth(1));
  await becomes(calls, '201');
  await page.getByTestId('profile-step').selectOption('199');
  await becomes(calls, '1');
  await page.getByTestId('profile-step').selectOption('200');
  assert.match(
    await textOf(page.getByTestId('profile-categories-failed')),
    /does not hold the tables of this step/,
  );
  await page.getByTestId('profile-view').getByText('Operators').click();
  assert.match(
    await textOf(page.getByTestId('profile-table-failed')),
    /does not hold the tables of this step/,
  );
});

test('names that look like markup stay names', async () => {
  const page = await openReport('#timeseries');
  await card(page, `evil/${EVIL}`).scrollIntoViewIfNeeded();
  const rows = await dataOf(page, `evil/${EVIL}`);
  assert.equal(Number(rows[0].Value), 3.5);
  assert.match(await page.title(), /^Report <\/script><script>/);
  assert.equal(await page.evaluate(() => window.__hit), undefined);
  assert.equal(await page.locator('img[src=x]').count(), 0);
});

test('a link into the file, the theme and the other language work', async () => {
  const page = await openReport('#images', { colorScheme: 'dark', locale: 'zh-CN' });
  await becomes(() => page.locator('html').getAttribute('data-theme'), 'dark');
  assert.match(await textOf(page.getByTestId('live')), /的快照/);
  await page.getByTestId('tab-text').click();
  await becomes(() => page.evaluate(() => location.hash.startsWith('#text')), true);
  await page.reload();
  await page.getByTestId('dashboard-text').waitFor();
  await card(page, 'left · notes').waitFor();
});

test('what was left out is said in the page', async () => {
  const big = join(logdir, 'big');
  const noise = new EventFile(big, WALL + 9);
  let state = 7;
  const random = () => ((state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 13) & 255;
  for (let step = 0; step < 12; step += 1)
    noise.image(
      'noise',
      picture(160, 160, () => [random(), random(), random()]),
      step,
      WALL + 9 + step,
    );
  for (let step = 0; step < 500; step += 1) noise.scalar('long', Math.sin(step), step, WALL + 9 + step);
  noise.flush();
  const whole = join(temporaryFolder(), 'whole.html');
  snapshot(whole, '--runs', '^big$', '--dashboards', 'timeseries,images');
  const size = statSync(whole).size;
  const file = join(temporaryFolder(), 'small.html');
  const limits = ['--max-size', String(size - 300_000), '--points', '40'];
  const said = snapshot(file, '--runs', '^big$', '--dashboards', 'timeseries,images', ...limits);
  assert.match(said, /left out, beyond --max-size: \d+ of 12 of images/);
  assert.ok(statSync(file).size <= size - 300_000);
  const page = await openReport('#images', { file });
  const told = await textOf(page.getByTestId('snapshot'));
  const kept = Number(/Images: (\d+) of 12 are in it/.exec(told)?.[1]);
  assert.ok(kept > 0 && kept < 12, told);
  assert.match(told, /Of 1 long scalar series/);
  const one = card(page, 'big · noise');
  await becomes(() => textOf(one.getByTestId('step-place')), `${kept} of ${kept}`);
  assert.equal(await textOf(one.getByTestId('shown-step')), 'step 11');
  assert.deepEqual(
    await page.locator('nav a').evaluateAll((tabs) => tabs.map((tab) => tab.getAttribute('href'))),
    ['#timeseries', '#images'],
  );
});
