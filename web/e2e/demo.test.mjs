// `glassboard demo`: the page is open while a network learns, and shows what was learnt.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { becomes, card, Server, stage, temporaryFolder, textOf, until } from './harness.mjs';

/** Three runs of one epoch, built without optimisation, beside other tests. */
const TRAINING_MS = 300_000;
const RUN = /^(lr-\S+): ([\d.]+) % of the validation digits read right$/gm;

const self = stage();

test('the demo fills an open page, and its figures are those that it prints', async () => {
  const server = await Server.start(temporaryFolder(), { command: 'demo', args: ['--epochs', '1'] });
  const page = await self.open('#timeseries?smoothing=0&cursor=1', { url: server.url });
  const plot = (name) => card(page, name).getByTestId('plot');
  // The page was opened once and is not reloaded: what it shows arrives.
  const points = async () => Number(await plot('train/loss').getAttribute('data-points'));
  await until('the first batches', points, TRAINING_MS);

  await until('the end of the training', () => [...server.printed.matchAll(RUN)].length === 3, TRAINING_MS);
  const printed = [...server.printed.matchAll(RUN)].map(([, run, percent]) => [run, percent]);
  const accuracy = card(page, 'validation/accuracy');
  await accuracy.scrollIntoViewIfNeeded();
  await becomes(async () => {
    const shown = [];
    for (const [run] of printed) {
      const value = accuracy.locator(`[data-testid=data-table] tr[data-run="${run}"] [data-column=value]`);
      shown.push([run, (Number(await textOf(value)) * 100).toFixed(1)]);
    }
    return shown;
  }, printed);

  // The layout: what it asks for is there.
  const margin = card(page, 'layout:0:2:loss over an epoch: mean, least, greatest');
  await margin.scrollIntoViewIfNeeded();
  await becomes(() => margin.getByTestId('plot').getAttribute('data-lines'), '3');
  assert.equal(await page.getByTestId('layout-missing').count(), 0);
  assert.equal(await page.getByTestId('layout-problem').count(), 0);

  const [[run]] = printed;
  await page.goto(new URL('#images', server.url).href);
  const digits = card(page, `${run} · digits/batch`);
  await digits.scrollIntoViewIfNeeded();
  await becomes(
    () => digits.getByTestId('picture').evaluate((image) => image.complete && image.naturalWidth > 28),
    true,
  );
  await page.goto(new URL('#histograms', server.url).href);
  const histogram = page.locator(`[data-card^="${run} · weights/"]`).first();
  await histogram.scrollIntoViewIfNeeded();
  await becomes(async () => /^[1-9][\d,]* values$/.test(await textOf(histogram.getByTestId('values'))), true);
  await page.goto(new URL('#text', server.url).href);
  const about = card(page, `${run} · about/text_summary`);
  await about.scrollIntoViewIfNeeded();
  await becomes(async () => (await textOf(about.getByTestId('rendered'))).length > 40, true);
  // The trained network reads a digit that was logged, and shows where it looks.
  await page.goto(new URL('#model', server.url).href);
  await becomes(
    async () => (await page.getByTestId('model-choose').locator('option').allTextContents()).sort(),
    printed.map(([name]) => `${name}/network.onnx`).sort(),
  );
  assert.match(await textOf(page.getByTestId('model-totals')), /^Network 28,026 params/);
  await page.getByTestId('picture-logged').selectOption({ index: 1 });
  const maps = page.getByTestId('section-cam');
  await becomes(() => maps.getAttribute('data-state'), 'done');
  await becomes(() => maps.getByTestId('tile').getAttribute('data-layer'), 'conv2');
  await becomes(
    () => page.getByTestId('picture-given').evaluate((image) => [image.naturalWidth, image.naturalHeight]),
    [8, 8],
  );
  assert.equal(await page.getByTestId('predictions').locator('button').count(), 5);
  // Fonts of the formula may still be on their way.
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.close();
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});
