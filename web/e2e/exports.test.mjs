// What cards save: pictures, drawings and data hold what is shown.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EventFile, picture, WALL } from './events.mjs';
import { becomes, card, csv, download, Server, stage, temporaryFolder, textOf, textsOf } from './harness.mjs';

const MODELS = fileURLToPath(new URL('../../tests/golden/cam/tiny_resnet/', import.meta.url));
const TRACE = fileURLToPath(new URL('../../tests/golden/trace/worker.pt.trace.json.gz', import.meta.url));
const TEXT = 'first <b>line</b>\n\nsecond & **bold** line 训练';

const self = stage((logdir) => {
  const run = new EventFile(join(logdir, 'run'));
  run.text('notes', TEXT, 3, WALL + 3);
  run
    .image(
      'grid',
      picture(6, 4, (x, y) => [x * 40, y * 60, 7]),
      2,
      WALL + 2,
    )
    .flush();
  for (let i = 0; i < 12; i += 1) {
    const start = WALL + 100 * (i + 1);
    new EventFile(join(logdir, `s${i}`), start)
      .hparamMetrics(['loss'], 0, start)
      .hparams({ lr: i + 1, other: (i * 7) % 5 }, 0, start)
      .scalar('loss', i * i, 1, start + 1)
      .flush();
  }
  copyFileSync(TRACE, join(logdir, 'worker.pt.trace.json.gz'));
  mkdirSync(join(logdir, 'models'));
  copyFileSync(join(MODELS, 'model.pt2'), join(logdir, 'models', 'model.pt2'));
});

async function saved(page, place, kind) {
  await becomes(() => place.getByTestId('export').isEnabled(), true);
  await place.getByTestId('export').click();
  return download(page, () => page.getByTestId(`menu-${kind}`).click());
}

const isPng = ({ content }) => content.subarray(1, 4).toString() === 'PNG';

test('a text is saved as it was logged, as JSON, and as a picture', async () => {
  const page = await self.open('#text');
  const notes = card(page, 'run · notes');
  const logged = await saved(page, notes, 'logged');
  assert.equal(logged.name, 'run_notes_step-3.md');
  assert.equal(logged.content.toString(), TEXT);
  const json = JSON.parse((await saved(page, notes, 'json')).content);
  assert.equal(json.run_name, 'run');
  assert.equal(json.step, 3);
  assert.deepEqual(json.raw, [TEXT]);
  const svg = (await saved(page, notes, 'svg')).content.toString();
  assert.match(svg, /run · notes · step 3/);
  assert.match(svg, />second &amp; \*\*bold\*\* line 训练</);
  assert.match(svg, />first &lt;b&gt;line&lt;\/b&gt;</);
  const png = await saved(page, notes, 'png');
  assert.ok(isPng(png));
  assert.equal(png.name, 'run_notes_step-3.png');
});

test('a picture is saved with its title, and its pixels as a table', async () => {
  const page = await self.open('#images?img.brightness=1');
  const grid = card(page, 'run · grid');
  const rows = csv((await saved(page, grid, 'csv')).content);
  assert.equal(rows.length, 24);
  assert.deepEqual(rows[8], { x: '2', y: '1', red: '80', green: '60', blue: '7', alpha: '255' });
  const logged = await saved(page, grid, 'logged');
  assert.equal(logged.name, 'run_grid_step-2.png');
  assert.deepEqual([logged.content.readUInt32BE(16), logged.content.readUInt32BE(20)], [6, 4]);
  // One menu for all of it.
  assert.equal(await grid.locator('header button').count(), 3);
  const svg = (await saved(page, grid, 'svg')).content.toString();
  assert.match(svg, /run · grid · step 2/);
  const inside = /href="data:image\/png;base64,([^"]+)"/.exec(svg);
  // 320 pixels at least, each pixel a square of 54.
  const bytes = Buffer.from(inside[1], 'base64');
  assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [324, 216]);
  assert.ok(isPng(await saved(page, grid, 'png')));
});

test('importance is saved as bars and as figures', async () => {
  const page = await self.open('#hparams?hp.view=importance');
  await becomes(() => page.getByTestId('importance-row').count(), 2);
  const place = page.getByTestId('importance');
  const rows = csv((await saved(page, place, 'csv')).content);
  assert.deepEqual(
    rows.map((row) => row.hyperparameter),
    ['lr', 'other'],
  );
  assert.equal(Number(rows[0].spearman), 1);
  assert.equal(rows[0].pairs, '12');
  assert.ok(Number(rows[0].permutation) > Number(rows[1].permutation));
  const svg = (await saved(page, place, 'svg')).content.toString();
  for (const text of ['>lr<', '>other<', '>1<']) assert.ok(svg.includes(text), text);
  assert.ok(isPng(await saved(page, place, 'png')));
  assert.equal(JSON.parse((await saved(page, place, 'json')).content).rows.length, 2);
});

/** Texts of an SVG as a browser reads it, in the order they stand in. */
async function svgOf(page, { content }) {
  return page.evaluate((source) => {
    const file = new DOMParser().parseFromString(source, 'image/svg+xml');
    const wrong = file.querySelector('parsererror')?.textContent;
    if (wrong) throw new Error(wrong);
    const root = file.documentElement;
    return {
      width: Number(root.getAttribute('width')),
      height: Number(root.getAttribute('height')),
      texts: [...root.querySelectorAll('text')].map((text) => text.textContent),
      ground: root.querySelector('rect').getAttribute('fill'),
      swatches: [...root.querySelectorAll('svg svg rect')].map((rect) => rect.getAttribute('fill')),
    };
  }, content.toString());
}

/** Saves the table of a menu as a drawing and as a picture; both are the same table. */
async function tableOf(page, menu) {
  const as = async (kind) => {
    await becomes(() => menu.isEnabled(), true);
    await menu.click();
    return download(page, () => page.getByTestId(`menu-${kind}`).click());
  };
  const file = await as('svg');
  assert.match(file.name, /\.svg$/);
  const svg = await svgOf(page, file);
  const png = await as('png');
  assert.match(png.name, /\.png$/);
  assert.deepEqual([...png.content.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  assert.deepEqual(
    [png.content.readUInt32BE(16), png.content.readUInt32BE(20)],
    [2 * svg.width, 2 * svg.height],
  );
  const [title, ...cells] = svg.texts;
  return { ...svg, title, cells, csv: () => as('csv').then(({ content }) => csv(content)) };
}

/** Texts of elements without their white space, so that `lr ↓` and `lr↓` are one. */
const bare = (texts) => texts.map((text) => text.replace(/\s+/g, ''));

test('the table of sessions is drawn as it is sorted and filtered, in the colours of the page', async () => {
  for (const scheme of ['light', 'dark']) {
    const page = await self.open('#hparams?hp.sort=-h:other', { colorScheme: scheme });
    const rows = page.getByTestId('hparams-row');
    await becomes(() => rows.count(), 12);
    const saved = await tableOf(page, page.getByTestId('hparams-export'));
    const shown = [
      ...(await textsOf(page.getByTestId('hparams-table').getByRole('columnheader'))),
      ...(await textsOf(page.getByTestId('hparams-table').getByRole('cell'))),
    ];
    assert.deepEqual(bare(saved.cells), bare(shown));
    assert.ok(saved.cells.includes('other ↓'), saved.cells.join());
    assert.equal(saved.ground, scheme === 'light' ? '#ffffff' : '#161a1e');
    const swatches = await page
      .getByTestId('hparams-row')
      .locator('.swatch')
      .evaluateAll((all) =>
        all.map((one) => {
          const parts = getComputedStyle(one).backgroundColor.match(/\d+/g);
          return `#${parts.map((part) => Number(part).toString(16).padStart(2, '0')).join('')}`;
        }),
      );
    assert.deepEqual(saved.swatches, swatches);
    assert.equal((await saved.csv()).length, 12);
  }
});

test('a long table is drawn in part, and says so', async () => {
  const logdir = temporaryFolder();
  for (let i = 0; i < 130; i += 1)
    new EventFile(join(logdir, `run-${String(i).padStart(3, '0')}`), WALL + i)
      .hparamMetrics(['loss'], 0, WALL + i)
      .hparams({ lr: i }, 0, WALL + i)
      .scalar('loss', i, 1, WALL + i)
      .flush();
  const server = await Server.start(logdir);
  const page = await self.open('#hparams', { url: server.url });
  await becomes(() => textOf(page.getByTestId('hparams-count')).then((text) => /130/.test(text)), true);
  const saved = await tableOf(page, page.getByTestId('hparams-export'));
  assert.equal(saved.cells.filter((text) => /^run-\d{3}$/.test(text)).length, 100);
  assert.equal(saved.cells.at(-1), '… and 30 more rows; the CSV has all');
  assert.equal((await saved.csv()).length, 130);
  await server.stop();
});

test('the figures of a step are saved as they stand below the chart', async () => {
  const page = await self.open('#timeseries?cursor=1&step=1');
  const loss = card(page, 'loss');
  const table = loss.getByTestId('data-table');
  await becomes(
    async () => (await textsOf(table.locator('[data-column=value]'))).slice(0, 3),
    ['0', '1', '4'],
  );
  await table.locator('th button', { hasText: 'Value' }).click();
  await table.locator('th button', { hasText: 'Value' }).click();
  await becomes(
    async () => (await textsOf(table.locator('[data-column=value]'))).slice(0, 3),
    ['121', '100', '81'],
  );
  const figures = await tableOf(page, table.getByTestId('table-export'));
  assert.equal(figures.title, 'loss · step 1');
  const shown = await textsOf(table.locator('th:not(:first-child), td:not(:first-child)'));
  assert.deepEqual(bare(figures.cells), bare(shown));
  const rows = await figures.csv();
  assert.deepEqual(
    rows.map(({ run, value, step }) => [run, value, step]),
    Array.from({ length: 12 }, (_, i) => [`s${11 - i}`, String((11 - i) ** 2), '1']),
  );
});

test('the layers of a model are saved as a table and as a picture of the rows that are open', async () => {
  const page = await self.open('#model');
  const table = page.getByTestId('model-table');
  await table.waitFor();
  await becomes(
    () =>
      table
        .locator('[data-layer]')
        .count()
        .then((n) => n > 3),
    true,
  );
  const open = await tableOf(page, page.getByTestId('model-table-export'));
  const cells = () => textsOf(table.locator('[role=columnheader], [role=gridcell]'));
  // A layer and its class are two texts of one cell.
  assert.equal(bare(open.cells).join(''), bare(await cells()).join(''));
  assert.match(open.title, /model\.pt2 · Layers$/);
  const rows = await open.csv();
  assert.ok(Number(rows[0].parameters) > 0);
  const seen = await table.locator('[data-layer]').evaluateAll((all) => all.map((one) => one.dataset.layer));
  for (const path of seen)
    assert.ok(
      rows.some((row) => row.path === path),
      path,
    );
  await table.locator('[data-layer] button').first().click();
  await becomes(
    () =>
      table
        .locator('[data-layer]')
        .count()
        .then((n) => n < seen.length),
    true,
  );
  const closed = await tableOf(page, page.getByTestId('model-table-export'));
  assert.equal(bare(closed.cells).join('').replace('▸', ''), bare(await cells()).join(''));
  assert.ok(closed.height < open.height);
  assert.equal((await closed.csv()).length, rows.length);
});

test('operators and categories of a trace are drawn as they are shown', async () => {
  const page = await self.open(
    '#profile?profile.view=operators&profile.find=conv&profile.sort=name&profile.asc=1',
  );
  const table = page.getByTestId('profile-table');
  await becomes(
    () =>
      table
        .locator('tbody tr')
        .count()
        .then((n) => n > 1),
    true,
  );
  const operators = await tableOf(page, page.getByTestId('export'));
  assert.deepEqual(bare(operators.cells), bare(await textsOf(table.locator('th, td'))));
  assert.match(operators.title, /^worker\.pt\.trace\.json\.gz · Operators · conv$/);
  assert.equal((await operators.csv()).length, await table.locator('tbody tr').count());

  await page.getByTestId('profile-view').getByText('Overview').click();
  const categories = page.getByTestId('profile-categories');
  const saved = await tableOf(page, categories.getByTestId('export'));
  assert.deepEqual(bare(saved.cells), bare(await textsOf(categories.locator('th, td'))));
  const lines = await saved.csv();
  assert.deepEqual(
    lines.map((line) => [line.category, line.calls]),
    await categories
      .locator('tbody tr')
      .evaluateAll((all) =>
        all.map((row) => [row.dataset.category, row.children[1].textContent.replace(',', '')]),
      ),
  );
});
