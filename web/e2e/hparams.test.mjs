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
  await head(page, 'm::loss').getByTestId('sort-column').click();
  await becomes(async () => (await runs(page)).slice(0, 3), ['run0', 'run973', 'run946']);
  await page.getByTestId('hparams-table').evaluate((table) => (table.scrollTop = table.scrollHeight));
  await becomes(async () => (await runs(page)).at(-1), 'run27');
  for (const [view, id, name] of [
    ['parallel', 'parallel', 'data-lines'],
    ['scatter', 'scatter', 'data-points'],
  ]) {
    await choose(page, 'hparams-view', view);
    await becomes(() => page.getByTestId(id).getAttribute(name), '1000');
  }
  await choose(page, 'hparams-view', 'importance');
  await becomes(() => page.getByTestId('importance-row').count(), 3);
});

const panelRuns = (page) =>
  page.getByTestId('run-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-run')));
const panelCells = (page, key) =>
  textsOf(page.locator(`[data-testid="run-cell"][data-key=${JSON.stringify(key)}]`));

test('the runs panel has hyperparameters and metrics as columns', async () => {
  const page = await self.open('#timeseries');
  await becomes(() => panelRuns(page), ['s0', 's1', 's2', 's3']);
  await page.getByTestId('runs-columns').click();
  await page.locator('[data-testid="run-column"][data-key="h:lr"]').check();
  await becomes(() => panelCells(page, 'h:lr'), ['0.1000', '0.01000', '0.001000', '0.0001000']);
  await page.getByTestId('run-column-aggregation').locator('[data-value="max"]').click();
  await page.locator('[data-testid="run-column"][data-key="max:loss"]').check();
  await becomes(() => panelCells(page, 'max:loss'), ['4', '3', '2', '2']);
  await page.getByTestId('run-column-find').fill('accu');
  await page.locator('[data-testid="run-column"][data-key="max:accuracy"]').check();
  await becomes(() => panelCells(page, 'max:accuracy'), ['0.9000', '0.9900', '0.9990', '0.9999']);
  await page.keyboard.press('Escape');
  const sort = (key) =>
    page.locator(`[data-testid="runs-panel"] [data-testid="sort-column"][data-key="${key}"]`).click();
  await sort('h:lr');
  await becomes(() => panelRuns(page), ['s3', 's2', 's1', 's0']);
  await sort('h:lr');
  await becomes(() => panelRuns(page), ['s0', 's1', 's2', 's3']);
  await sort('max:accuracy');
  await sort('max:accuracy');
  await becomes(() => panelRuns(page), ['s3', 's2', 's1', 's0']);
  await addressHolds(page, 'col=max%3Aaccuracy');
  await page.reload();
  await becomes(() => panelCells(page, 'max:loss'), ['2', '2', '3', '4']);
  await page.getByTestId('runs-columns').click();
  await page.locator('[data-testid="run-column"][data-key="h:lr"]').uncheck();
  await becomes(() => panelCells(page, 'h:lr'), []);
});

test('an expression filters the runs, and says what is wrong with it', async () => {
  const page = await self.open('#timeseries');
  await becomes(() => panelRuns(page), ['s0', 's1', 's2', 's3']);
  await page.getByTestId('runs-where-toggle').click();
  const where = page.getByTestId('runs-where');
  const shows = async (text, expected) => {
    await where.fill(text);
    await becomes(() => panelRuns(page), expected);
  };
  await shows('lr < 0.05 and optimizer == "adam"', ['s1']);
  await shows('lr < 0.05 or layers == 2', ['s0', 's1', 's2', 's3']);
  await shows('loss > 1', ['s2', 's3']);
  await shows('min(loss) <= 1 and not optimizer == adam', ['s3']);
  await shows('status == failure', ['s3']);
  await shows('name ~ "[02]"', ['s0', 's2']);
  const problem = (text, expected) =>
    where.fill(text).then(() => becomes(() => textOf(page.getByTestId('runs-where-error')), expected));
  await problem('lr <', 'Expected a number or a text at the end');
  await problem('lr 0.1', 'Expected an operator: < <= > >= == != ~ !~ in at character 4, got 0.1');
  await problem(
    'optimiser == adam',
    'No hyperparameter or scalar is called optimiser; did you mean optimizer?',
  );
  // What cannot be read filters nothing.
  assert.deepEqual(await panelRuns(page), ['s0', 's1', 's2', 's3']);
  await where.fill('optimizer == sgd');
  await becomes(() => panelRuns(page), ['s2', 's3']);
  // The name's filter holds beside it.
  await page.getByTestId('runs-filter').fill('3');
  await becomes(() => panelRuns(page), ['s3']);
  await page.getByTestId('runs-filter').fill('');
  await becomes(() => panelRuns(page), ['s2', 's3']);
  await page.getByTestId('runs-where-only').click();
  await becomes(
    () => page.locator('[data-card="loss"] [data-testid="plot"]').getAttribute('data-lines'),
    '2',
  );
  await addressHolds(page, 'on=s3');
  await page.reload();
  await becomes(() => panelRuns(page), ['s2', 's3']);
  await page.getByTestId('runs-where-toggle').click();
  await becomes(() => panelRuns(page), ['s0', 's1', 's2', 's3']);
  assert.equal(await page.locator('[data-run="s0"] [data-testid="run-check"]').isChecked(), false);
});

test('groups are drawn as their mean with a band', async () => {
  const page = await self.open('#timeseries?smoothing=0');
  const plot = page.locator('[data-card="loss"] [data-testid="plot"]');
  await becomes(() => plot.getAttribute('data-lines'), '4');
  await page.getByTestId('runs-group').click();
  await page.getByTestId('group-by').selectOption({ label: 'optimizer' });
  await becomes(() => plot.getAttribute('data-lines'), '2');
  await becomes(
    () =>
      page.getByTestId('run-group').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-group'))),
    ['adam', 'sgd'],
  );
  // Runs look like their group.
  const fill = (run) =>
    page.locator(`[data-testid="run-row"][data-run="${run}"] svg rect`).first().getAttribute('fill');
  assert.equal(await fill('s0'), await fill('s1'));
  assert.notEqual(await fill('s0'), await fill('s2'));

  /** Mean, band and runs of a group at the first step. */
  const told = async (group) => {
    const [left, top, , height] = (await plot.getAttribute('data-plot')).split(' ').map(Number);
    const box = await plot.boundingBox();
    await page.mouse.move(box.x + left + 3, box.y + top + height / 2);
    await page.mouse.move(box.x + left + 2, box.y + top + height / 2);
    const row = page.locator(`[data-testid="tooltip"] tr[data-run="${group}"]`);
    const cell = (column) => textOf(row.locator(`[data-column="${column}"]`));
    return Promise.all(['value', 'band', 'runs', 'step'].map(cell));
  };
  const band = async (name) => {
    await page.getByTestId('runs-group').click();
    await page.getByTestId('group-band').selectOption(name);
    await page.keyboard.press('Escape');
    await becomes(() => plot.getAttribute('data-fresh'), 'true');
  };
  await page.keyboard.press('Escape');
  // 4 and 3: s = sqrt(1/2).
  await becomes(() => told('adam'), ['3.500', '2.793 – 4.207', '2', '0']);
  await band('min_max');
  await becomes(() => told('adam'), ['3.500', '3 – 4', '2', '0']);
  await becomes(() => told('sgd'), ['1.500', '1 – 2', '2', '0']);
  await band('confidence');
  // t(0.975, 1) · s / √2 = 12.706 / 2.
  await becomes(() => told('adam'), ['3.500', '−2.853 – 9.853', '2', '0']);
  await addressHolds(page, 'band=confidence');
  await page.reload();
  await becomes(() => told('adam'), ['3.500', '−2.853 – 9.853', '2', '0']);

  // The export has every place that was computed.
  const menu = page.locator('[data-card="loss"]').getByTestId('card-menu');
  await menu.click();
  const file = await download(page, () => page.getByTestId('menu-groups').click());
  assert.equal(file.name, 'loss_groups.csv');
  const rows = csv(file.content);
  assert.deepEqual(
    rows.map(({ Group, Tag, step, Mean, Runs }) => [Group, Tag, step, Mean, Runs]),
    [
      ['adam', 'loss', '0', '3.5', '2'],
      ['adam', 'loss', '1', '0.75', '2'],
      ['sgd', 'loss', '0', '1.5', '2'],
      ['sgd', 'loss', '1', '1.75', '2'],
    ],
  );

  // A group is ticked as a whole.
  await page.locator('[data-testid="run-group"][data-group="sgd"] [data-testid="group-check"]').uncheck();
  await becomes(() => plot.getAttribute('data-lines'), '1');
  await page.locator('[data-testid="run-group"][data-group="sgd"] [data-testid="group-check"]').check();
  await becomes(() => plot.getAttribute('data-lines'), '2');

  // By a part of the name; runs that do not match are a group of their own.
  await page.getByTestId('runs-group').click();
  await page.getByTestId('group-by').selectOption({ label: 'regular expression' });
  await page.getByTestId('group-regex').fill('s[0-2]');
  await becomes(() => plot.getAttribute('data-lines'), '4');
  await page.getByTestId('group-regex').fill('(s)[0-2]');
  await becomes(
    () =>
      page.getByTestId('run-group').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-group'))),
    ['s', 'no value'],
  );
  await page.getByTestId('group-regex').fill('(');
  await becomes(
    async () => (await textOf(page.getByTestId('group-regex-error'))).startsWith('Not a valid'),
    true,
  );
  await page.getByTestId('group-by').selectOption({ label: 'nothing' });
  await becomes(() => plot.getAttribute('data-lines'), '4');
});

test('parallel coordinates are filtered by stretches of their axes, scaled and moved', async () => {
  const page = await self.open('#hparams?hp.view=parallel');
  const view = page.getByTestId('parallel');
  await becomes(() => view.getAttribute('data-lines'), '4');
  const axes = () => textsOf(page.getByTestId('axis-title'));
  assert.deepEqual(await axes(), ['layers', 'lr', 'optimizer', 'loss']);
  const plot = view.getByTestId('plot');
  /** The middle of an axis' title is the place of the axis. */
  const axisX = async (key) => {
    const [head, frame] = await Promise.all([
      page.locator(`[data-testid="axis-title"][data-key="${key}"]`).locator('..').boundingBox(),
      plot.boundingBox(),
    ]);
    return { x: head.x + head.width / 2, top: frame.y + 16, bottom: frame.y + frame.height - 14 };
  };
  const brush = async (key, from, to) => {
    const { x, top, bottom } = await axisX(key);
    const y = (share) => bottom - share * (bottom - top);
    await page.mouse.move(x, y(from));
    await page.mouse.down();
    await page.mouse.move(x, y((from + to) / 2));
    await page.mouse.move(x, y(to));
    await page.mouse.up();
  };
  // Losses: 0.5 to 2. The upper half of the axis.
  await brush('m::loss', 0.5, 1.05);
  await becomes(() => view.getAttribute('data-lines'), '2');
  await becomes(() => textOf(page.getByTestId('hparams-count')), '2 of 4 shown');
  await page.getByTestId('hparams-clear').click();
  await becomes(() => view.getAttribute('data-lines'), '4');
  await brush('h:optimizer', 0, 0.5);
  await becomes(() => view.getAttribute('data-lines'), '2');
  await choose(page, 'hparams-view', 'table');
  await becomes(() => runs(page), ['s0', 's1']);
  await choose(page, 'hparams-view', 'parallel');
  // A click takes the stretch away.
  await brush('h:optimizer', 0.3, 0.3);
  await becomes(() => view.getAttribute('data-lines'), '4');

  // Linear, 0.01 of 0.1 lies low; by logarithm and by rank it lies at two thirds.
  const scale = async (key, name) => {
    await page.locator(`[data-testid="axis-menu"][data-key="${key}"]`).click();
    await page.getByTestId(`menu-scale-${name}`).click();
  };
  await brush('h:lr', 0.5, 1.05);
  await becomes(() => view.getAttribute('data-lines'), '1');
  await brush('h:lr', 0.3, 0.3);
  for (const name of ['log', 'quantile']) {
    await scale('h:lr', name);
    await addressHolds(page, `hp.scale=${name}`);
    await brush('h:lr', 0.5, 1.05);
    await becomes(() => view.getAttribute('data-lines'), '2');
    await brush('h:lr', 0.3, 0.3);
    await becomes(() => view.getAttribute('data-lines'), '4');
  }
  // Moved by the menu and by dragging.
  await page.locator('[data-testid="axis-menu"][data-key="h:lr"]').click();
  await page.getByTestId('menu-left').click();
  await becomes(axes, ['lr', 'layers', 'optimizer', 'loss']);
  const from = await page.locator('[data-testid="axis-title"][data-key="h:lr"]').boundingBox();
  const to = await axisX('m::loss');
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(to.x - 40, from.y + 5, { steps: 4 });
  await page.mouse.move(to.x, from.y + 5);
  await page.mouse.up();
  await becomes(axes, ['layers', 'optimizer', 'loss', 'lr']);
  await page.locator('[data-testid="axis-menu"][data-key="h:layers"]').click();
  await page.getByTestId('menu-hide').click();
  await becomes(axes, ['optimizer', 'loss', 'lr']);
  await addressHolds(page, 'hp.hide');
  await page.reload();
  await becomes(axes, ['optimizer', 'loss', 'lr']);

  // The line under the pointer tells its session: adam's two lines end at different losses.
  const { x, top, bottom } = await axisX('m::loss');
  await page.mouse.move(x, bottom - ((1.5 - 0.5) / 1.5) * (bottom - top));
  await becomes(async () => (await textOf(page.getByTestId('session-tip'))).trim(), 's2');
  await page.getByTestId('hparams-target').selectOption({ label: 'run colours' });
  await addressHolds(page, 'hp.target=run');
  await page.getByTestId('export').click();
  const svg = await download(page, () => page.getByTestId('menu-svg').click());
  assert.match(svg.content.toString(), /<svg/);
});

test('a box in the scatter matrix filters both of its axes', async () => {
  const page = await self.open('#hparams?hp.view=scatter');
  const view = page.getByTestId('scatter');
  await becomes(() => view.getAttribute('data-points'), '4');
  assert.equal(await view.getAttribute('data-cells'), '4');
  await page.getByTestId('hparams-columns').click();
  await page.locator('[data-testid="metric-add"][data-tag="accuracy"]').click();
  await page.keyboard.press('Escape');
  await becomes(() => view.getAttribute('data-cells'), '10');
  const cell = Number(await view.getAttribute('data-cell'));
  const frame = await view.getByTestId('plot').boundingBox();
  // The first cell: layers 2 to 4 over losses 0.5 to 2. Its left half, upper half: s2 (2, 1.5).
  const at = (fx, fy) => [frame.x + 64 + fx * cell, frame.y + 4 + fy * cell];
  await page.mouse.move(...at(0.01, 0.45));
  await page.mouse.down();
  await page.mouse.move(...at(0.3, 0.2));
  await page.mouse.move(...at(0.45, 0.02));
  await page.mouse.up();
  await becomes(() => view.getAttribute('data-points'), '1');
  assert.equal(await textOf(page.getByTestId('hparams-clear')), 'Clear 2 filters');
  await choose(page, 'hparams-view', 'table');
  await becomes(() => runs(page), ['s2']);
  await choose(page, 'hparams-view', 'scatter');
  await page.mouse.click(...at(0.7, 0.7));
  await becomes(() => view.getAttribute('data-points'), '4');
  // s3 has 4 layers and a loss of 2: the upper right corner.
  await page.mouse.move(...at(1 - 8 / cell, 8 / cell));
  await becomes(async () => (await textOf(page.getByTestId('session-tip'))).trim(), 's3');
});

test('importance names its measure, and finds what matters', async () => {
  const logdir = temporaryFolder();
  for (let i = 0; i < 60; i += 1) {
    const layers = i % 5;
    new EventFile(join(logdir, `run${i}`), WALL + i)
      .hparams({ layers, noise: (i * 7919) % 61, optimizer: ['adam', 'sgd'][i % 2], same: 3 }, 0, WALL + i)
      .hparamMetrics(['score'], 0, WALL + i)
      .scalar('score', layers * 2 + (i % 2), 1, WALL + i)
      .scalar('flat', 1, 1, WALL + i)
      .flush();
  }
  const server = await Server.start(logdir);
  const page = await self.open('#hparams?hp.view=importance', { url: server.url });
  const keys = () =>
    page.getByTestId('importance-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-key')));
  await becomes(keys, ['h:layers', 'h:optimizer', 'h:noise']);
  const figure = async (key, name) =>
    textOf(page.locator(`[data-testid="importance-row"][data-key="${key}"] [data-figure="${name}"]`));
  // Σ over 60 sessions: layers and i mod 2 are independent, so r = sqrt(8 / 8.25).
  assert.equal(await figure('h:layers', 'pearson'), '0.985');
  assert.equal(await figure('h:optimizer', 'pearson'), '–');
  assert.ok(Number(await figure('h:layers', 'permutation')) > 1);
  assert.ok(Math.abs(Number((await figure('h:noise', 'permutation')).replace('−', '-'))) < 0.1);
  assert.match(
    await textOf(page.getByTestId('importance-lead')),
    /What score depends on, from 60 sessions\. The forest explains 0\.9\d\d/,
  );
  assert.equal(await textOf(page.getByTestId('importance-constant')), 'The same in all sessions: same');
  assert.match(
    await textOf(page.getByTestId('importance')),
    /random forest of 200 regression trees .*Breiman/,
  );
  const again = await figure('h:layers', 'permutation');
  await page.reload();
  await becomes(keys, ['h:layers', 'h:optimizer', 'h:noise']);
  // The seed is fixed: the same numbers each time.
  assert.equal(await figure('h:layers', 'permutation'), again);
  await page.getByTestId('importance-sort-pearson').click();
  await becomes(keys, ['h:layers', 'h:noise', 'h:optimizer']);
  await page.getByTestId('hparams-columns').click();
  await page.locator('[data-testid="metric-add"][data-tag="flat"]').click();
  await page.keyboard.press('Escape');
  await page.getByTestId('hparams-target').selectOption({ label: 'flat' });
  await becomes(
    async () => (await textOf(page.getByTestId('importance-lead'))).includes('nothing can be said'),
    true,
  );
  // Three sessions are too few for any measure.
  await page.goto(new URL('#hparams?hp.view=importance&runs=none&on=run1&on=run2&on=run3', server.url).href);
  await becomes(async () => (await page.getByTestId('importance-few').count()) > 0, true);
});

test('no session, one session, and no metric', async () => {
  const none = temporaryFolder();
  new EventFile(join(none, 'run'), WALL).hparamMetrics(['loss']).flush();
  const empty = await self.open('#hparams', { url: (await Server.start(none)).url });
  await empty.getByTestId('hparams-empty').waitFor();

  const logdir = temporaryFolder();
  new EventFile(join(logdir, 'run'), WALL).hparams({ lr: 0.5, optimizer: 'adam' }).flush();
  const server = await Server.start(logdir);
  const page = await self.open('#hparams', { url: server.url });
  await becomes(() => runs(page), ['run']);
  await becomes(() => titles(page), ['Run', 'Status', 'lr', 'optimizer', 'Start', 'Duration']);
  await choose(page, 'hparams-view', 'parallel');
  await becomes(() => page.getByTestId('parallel').getAttribute('data-lines'), '1');
  for (const view of ['scatter', 'importance']) {
    await choose(page, 'hparams-view', view);
    await page.getByTestId('hparams-no-metric').waitFor();
  }
  // A scalar that comes later is a metric, as nobody named one.
  new EventFile(join(logdir, 'run'), WALL + 5).scalar('loss', 2, 1, WALL + 5).flush();
  await becomes(() => page.getByTestId('importance-few').count(), 1);
  await choose(page, 'hparams-view', 'scatter');
  await becomes(() => page.getByTestId('scatter').getAttribute('data-points'), '1');
  // A filter that nothing passes says so, and can be taken away there.
  await choose(page, 'hparams-view', 'table');
  await head(page, 'h:lr').getByTestId('filter-column').click();
  await page.getByTestId('filter-max').fill('0.25');
  await page.getByTestId('filter-max').press('Enter');
  await page.getByTestId('hparams-none').waitFor();
  await page.getByTestId('hparams-none').getByRole('button').click();
  await becomes(() => runs(page), ['run']);
});

test('languages and themes', async () => {
  for (const [locale, title] of [
    ['en-US', 'Importance'],
    ['zh-CN', '重要性'],
  ]) {
    const page = await self.open('#hparams?hp.view=importance', { locale, colorScheme: 'dark' });
    await page.getByTestId('importance-lead').waitFor();
    assert.ok((await textOf(page.getByTestId('hparams-view'))).includes(title));
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  }
});
