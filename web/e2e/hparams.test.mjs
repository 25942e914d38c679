// Hyperparameters: the table is what was logged, and every control does what it says.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EventFile, WALL } from './events.mjs';
import {
  addressHolds,
  becomes,
  csv,
  download,
  Server,
  stage,
  temporaryFolder,
  textOf,
  textsOf,
} from './harness.mjs';

const SWEEP = fileURLToPath(new URL('../../tests/golden/hparams/', import.meta.url));
const INJECTED = '<img src=x onerror=boom()>';

/** lr, optimizer, layers, and the losses of two steps. */
const SESSIONS = {
  s0: [0.1, 'adam', 2, [4, 1]],
  s1: [0.01, 'adam', 3, [3, 0.5]],
  s2: [0.001, 'sgd', 2, [2, 1.5]],
  s3: [0.0001, 'sgd', 4, [1, 2]],
};

function writeSessions(logdir) {
  Object.entries(SESSIONS).forEach(([run, [lr, optimizer, layers, losses]], i) => {
    const start = WALL + 1000 * i;
    const file = new EventFile(join(logdir, run), start);
    file.hparamMetrics(['loss'], 0, start).hparams({ lr, optimizer, layers }, 0, start);
    losses.forEach((loss, step) => file.scalar('loss', loss, step, start + 10 * (step + 1)));
    file
      .scalar('accuracy', 1 - lr, 1, start + 20)
      .hparamsEnd(i === 3 ? 2 : 1, 1, start + 60)
      .flush();
  });
}

const self = stage(writeSessions);

const head = (page, key) =>
  page.locator(`[data-testid="hparams-table"] [role="columnheader"][data-key="${key}"]`);
const runs = (page) =>
  page.getByTestId('hparams-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-run')));
const cells = (page, key) =>
  textsOf(page.locator(`[data-testid="hparams-row"] [data-key=${JSON.stringify(key)}]`));
const titles = async (page) =>
  (await textsOf(page.locator('[data-testid="hparams-table"] [data-testid="sort-column"]'))).map((text) =>
    text.replace(/[↑↓]/, ''),
  );
const choose = async (page, id, value) => page.getByTestId(id).locator(`[data-value="${value}"]`).click();

test('the table is the union of what three writers logged', async () => {
  const logdir = temporaryFolder();
  cpSync(SWEEP, logdir, { recursive: true });
  const server = await Server.start(logdir);
  const page = await self.open('#hparams', { url: server.url });
  await becomes(() => runs(page), ['keras/t1', 'keras/t2', 'a/hp', 'b/hp', 'c/hp']);
  await becomes(
    () => titles(page),
    [
      'Run',
      'Status',
      'dropout',
      'learning rate',
      'nesterov',
      'opt',
      'schedule',
      'units',
      'val. accuracy',
      'hparam/accuracy',
      'hparam/f1',
      'Start',
      'Duration',
      'Group',
    ],
  );
  assert.deepEqual(await cells(page, 'h:lr'), ['0.5000', '0.5000', '0.1000', '0.01000', 'auto']);
  assert.deepEqual(await cells(page, 'h:nesterov'), ['–', '–', '1', '–', 'true']);
  assert.deepEqual(await cells(page, 'h:dropout'), ['–', '–', '–', '0.2500', '–']);
  assert.deepEqual(await cells(page, 'm:validation:epoch_accuracy'), ['0.5000', '–', '–', '–', '–']);
  assert.deepEqual(await cells(page, 'm::hparam/accuracy'), ['–', '–', '0.5000', '0.7500', '0.2500']);
  assert.deepEqual(await cells(page, 'status'), ['success', 'failure', 'success', 'success', 'success']);
  assert.equal((await cells(page, 'duration'))[0], '30 s');
  // One notice for each hyperparameter whose type changes: run and file are named.
  const notices = await textsOf(page.getByTestId('hparams-notice'));
  assert.equal(notices.length, 2);
  assert.match(notices[0], /lr changes its type in run c\/hp \(c\/hp\/events\.out\.tfevents\.0\)/);
  assert.match(notices[1], /nesterov changes its type in run c\/hp/);
  // The training's own curve, which add_hparams does not name.
  await page.getByTestId('hparams-columns').click();
  await page.locator('[data-testid="metric-add"][data-tag="loss"]').click();
  await becomes(() => cells(page, 'm::loss'), ['–', '–', '0.5000', '0.2500', '8']);
  await page.keyboard.press('Escape');
  await choose(page, 'hparams-aggregation', 'max');
  await becomes(() => cells(page, 'm::loss'), ['–', '–', '1', '2', '8']);
  await choose(page, 'hparams-aggregation', 'min');
  await becomes(() => cells(page, 'm::loss'), ['–', '–', '0.5000', '0.2500', '4']);
  await addressHolds(page, 'hp.agg=min');
  await addressHolds(page, 'loss');
  await page.reload();
  await becomes(() => cells(page, 'm::loss'), ['–', '–', '0.5000', '0.2500', '4']);
  await page.getByTestId('hparams-columns').click();
  await page.getByTestId('metric-remove').click();
  await becomes(() => cells(page, 'm::loss'), []);
});

test('sorting, hiding and filtering columns', async () => {
  const page = await self.open('#hparams');
  await becomes(() => runs(page), ['s0', 's1', 's2', 's3']);
  const sort = (key) => head(page, key).getByTestId('sort-column').click();
  await sort('h:lr');
  await becomes(() => runs(page), ['s3', 's2', 's1', 's0']);
  assert.equal(await head(page, 'h:lr').getAttribute('aria-sort'), 'ascending');
  await sort('m::loss');
  await becomes(() => runs(page), ['s1', 's0', 's2', 's3']);
  await sort('m::loss');
  await becomes(() => runs(page), ['s3', 's2', 's0', 's1']);
  await addressHolds(page, 'hp.sort=-m');
  await page.reload();
  await becomes(() => runs(page), ['s3', 's2', 's0', 's1']);
  await sort('m::loss');
  await becomes(() => runs(page), ['s0', 's1', 's2', 's3']);

  const filter = (key) => head(page, key).getByTestId('filter-column').click();
  await filter('h:optimizer');
  await page.locator('[data-testid="filter-value"][data-value="adam"]').uncheck();
  await becomes(() => runs(page), ['s2', 's3']);
  await page.getByTestId('filter-done').click();
  await filter('m::loss');
  await page.getByTestId('filter-min').fill('1.75');
  await page.getByTestId('filter-min').press('Enter');
  await becomes(() => runs(page), ['s3']);
  assert.equal(await textOf(page.getByTestId('hparams-count')), '1 of 4 shown');
  await page.keyboard.press('Escape');
  await addressHolds(page, '1.75');
  await page.reload();
  await becomes(() => runs(page), ['s3']);
  assert.equal(await textOf(page.getByTestId('hparams-clear')), 'Clear 2 filters');
  await page.getByTestId('hparams-clear').click();
  await becomes(() => runs(page), ['s0', 's1', 's2', 's3']);
  await filter('status');
  await page.locator('[data-testid="filter-value"][data-value="success"]').uncheck();
  await becomes(() => runs(page), ['s3']);
  await page.getByTestId('filter-clear').click();
  await filter('run');
  await page.locator('[data-testid="filter-value"][data-value="s1"]').uncheck();
  await becomes(() => runs(page), ['s0', 's2', 's3']);
  await page.keyboard.press('Escape');

  await page.getByTestId('hparams-columns').click();
  await page.locator('[data-testid="column-show"][data-key="h:layers"]').uncheck();
  await page.getByTestId('columns-none-fact').click();
  await becomes(() => titles(page), ['Run', 'lr', 'optimizer', 'loss']);
  await page.getByTestId('column-find').fill('LAYER');
  await page.getByTestId('columns-all-hparam').click();
  await becomes(() => titles(page), ['Run', 'layers', 'lr', 'optimizer', 'loss']);
});

test('the runs that are ticked are the runs that are shown, and a row opens its curves', async () => {
  const page = await self.open('#hparams');
  await becomes(() => runs(page), ['s0', 's1', 's2', 's3']);
  await page.locator('[data-testid="run-row"][data-run="s1"] [data-testid="run-check"]').uncheck();
  await becomes(() => runs(page), ['s0', 's2', 's3']);
  const swatch = (locator) => locator.evaluate((element) => getComputedStyle(element).backgroundColor);
  const color = await swatch(page.locator('[data-testid="hparams-row"][data-run="s0"] .swatch'));
  const fill = await page
    .locator('[data-testid="run-row"][data-run="s0"] svg rect')
    .first()
    .getAttribute('fill');
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(fill.slice(at, at + 2), 16));
  assert.equal(color, `rgb(${r}, ${g}, ${b})`);
  const row = page.locator('[data-testid="hparams-row"][data-run="s2"]');
  await row.hover();
  await row.getByTestId('open-curves').click();
  await page.getByTestId('dashboard-timeseries').waitFor();
  await becomes(
    () => page.locator('[data-card="loss"] [data-testid="plot"]').getAttribute('data-lines'),
    '1',
  );
  assert.equal(await page.locator('[data-run="s2"] [data-testid="run-check"]').isChecked(), true);
  assert.equal(await page.locator('[data-run="s0"] [data-testid="run-check"]').isChecked(), false);
});

test('the table is exported as it is shown', async () => {
  const page = await self.open('#hparams');
  await becomes(() => runs(page), ['s0', 's1', 's2', 's3']);
  await head(page, 'h:lr').getByTestId('sort-column').click();
  await page.getByTestId('hparams-columns').click();
  await page.getByTestId('columns-none-fact').click();
  await page.keyboard.press('Escape');
  const save = async (kind) => {
    await page.getByTestId('hparams-export').click();
    return download(page, () => page.getByTestId(`menu-${kind}`).click());
  };
  const table = await save('csv');
  assert.match(table.name, /hparams\.csv$/);
  assert.deepEqual(csv(table.content), [
    { run: 's3', layers: '4', lr: '0.0001', optimizer: 'sgd', loss: '2' },
    { run: 's2', layers: '2', lr: '0.001', optimizer: 'sgd', loss: '1.5' },
    { run: 's1', layers: '3', lr: '0.01', optimizer: 'adam', loss: '0.5' },
    { run: 's0', layers: '2', lr: '0.1', optimizer: 'adam', loss: '1' },
  ]);
  const json = await save('json');
  assert.deepEqual(JSON.parse(json.content.toString())[3], {
    run: 's0',
    layers: 2,
    lr: 0.1,
    optimizer: 'adam',
    loss: 1,
  });
  const latex = await save('latex');
  assert.match(
    latex.content.toString(),
    /\\begin\{tabular\}\{lllll\}\n\\hline\nrun & layers & lr & optimizer & loss \\\\\n/,
  );
});

test('a session is followed while it runs, and its type changes are noticed', async () => {
  const logdir = temporaryFolder();
  const now = Date.now() / 1000;
  const file = new EventFile(join(logdir, 'live'), now - 100);
  file
    .hparams({ lr: 0.5 }, 0, now - 100)
    .scalar('loss', 4, 1, now - 50)
    .flush();
  const server = await Server.start(logdir);
  const page = await self.open('#hparams', { url: server.url });
  await becomes(() => cells(page, 'status'), ['running']);
  await becomes(() => cells(page, 'm::loss'), ['4']);
  file.scalar('loss', 2, 2, now).flush();
  await becomes(() => cells(page, 'm::loss'), ['2']);
  await choose(page, 'hparams-aggregation', 'max');
  await becomes(() => cells(page, 'm::loss'), ['4']);
  new EventFile(join(logdir, 'second'), now).hparams({ lr: 'auto' }, 0, now).flush();
  await becomes(() => cells(page, 'h:lr'), ['0.5000', 'auto']);
  await becomes(async () => (await textsOf(page.getByTestId('hparams-notice'))).length, 1);
  file.hparamsEnd(2, 3, now).flush();
  await becomes(async () => (await cells(page, 'status'))[0], 'failure');
});

test('names and values cannot inject markup', async () => {
  const logdir = temporaryFolder();
  new EventFile(join(logdir, '<b>run<'), WALL)
    .hparams({ [INJECTED]: INJECTED, plain: 1 })
    .hparamMetrics([INJECTED])
    .scalar(INJECTED, 0.5, 1)
    .flush();
  new EventFile(join(logdir, 'other'), WALL + 1).hparams({ [INJECTED]: 1 }).flush();
  const server = await Server.start(logdir);
  for (const view of ['table', 'parallel', 'scatter', 'importance']) {
    const page = await self.open(`#hparams?hp.view=${view}`, { url: server.url });
    await becomes(() => textOf(page.getByTestId('hparams-count')), '2 of 2 shown');
    assert.equal(await page.locator('main img').count(), 0, view);
    assert.match((await textsOf(page.getByTestId('hparams-notice')))[0], /<img src=x onerror=boom\(\)>/);
  }
  const page = await self.open('#hparams', { url: server.url });
  await becomes(() => cells(page, `h:${INJECTED}`), [INJECTED, '1']);
});

test('a thousand sessions', async () => {
  const logdir = temporaryFolder();
  for (let i = 0; i < 1000; i += 1) {
    new EventFile(join(logdir, `run${i}`), WALL + i)
      .hparams({ lr: 1 / (i + 1), layers: i % 7, optimizer: ['adam', 'sgd'][i % 2] }, 0, WALL + i)
      .scalar('loss', (i * 37) % 1000, 1, WALL + i)
      .flush();
  }
  const server = await Server.start(logdir);
  const page = await self.open('#hparams?runs=all', { url: server.url });
  await becomes(() => textOf(page.getByTestId('hparams-count')), '1,000 of 1,000 shown');
  // Only the rows in sight are built.
  assert.ok((await page.getByTestId('hparams-row').count()) < 60);
  const took = await head(page, 'm::loss')
    .getByTestId('sort-column')
    .evaluate(async (button) => {
      const started = performance.now();
      button.click();
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      return performance.now() - started;
    });
  await becomes(async () => (await runs(page)).slice(0, 3), ['run0', 'run973', 'run946']);
  assert.ok(took < 1000, `sorting takes ${took} ms`);
  await page.getByTestId('hparams-table').evaluate((table) => (table.scrollTop = table.scrollHeight));
  await becomes(async () => (await runs(page)).at(-1), 'run27');
});
