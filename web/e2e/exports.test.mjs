// What cards save: pictures, drawings and data hold what is shown.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EventFile, picture, WALL } from './events.mjs';
import { becomes, card, csv, download, stage, textOf } from './harness.mjs';

const MODELS = fileURLToPath(new URL('../../tests/golden/cam/tiny_resnet/', import.meta.url));
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

test('the layers of a model are saved as a table', async () => {
  const page = await self.open('#model');
  await page.getByTestId('model-table').waitFor();
  const file = await download(page, () => page.getByTestId('model-table-csv').click());
  assert.match(file.name, /model\.pt2_layers\.csv$/);
  const rows = csv(file.content);
  const shownRows = await page
    .locator('[data-layer]')
    .evaluateAll((all) => all.map((one) => one.dataset.layer));
  for (const path of shownRows)
    assert.ok(
      rows.some((row) => row.path === path),
      path,
    );
  assert.ok(Number(rows[0].parameters) > 0);
  assert.match(await textOf(page.getByTestId('model-table')), /\d/);
});
