// `glassboard demo`: the page is open while a network learns, and shows what was learnt.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { becomes, card, Server, stage, temporaryFolder, textOf, textsOf, until } from './harness.mjs';

/** Three runs of one epoch, built without optimisation, beside other tests. */
const TRAINING_MS = 300_000;
const RUN = /^(lr-\S+): ([\d.]+) % of the validation digits read right$/gm;

const self = stage();

test('the demo fills an open page, and its figures are those that it prints', async () => {
  const server = await Server.start(temporaryFolder(), { command: 'demo', args: ['--epochs', '1'] });
  const page = await self.open('#timeseries?smoothing=0&cursor=1', { url: server.url });
  const plot = (name) => card(page, name).getByTestId('plot');
  // The page was opened once and is not reloaded: what it shows arrives.
  const points = async () => {
    await plot('train/loss').scrollIntoViewIfNeeded();
    return Number(await plot('train/loss').getAttribute('data-points'));
  };
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
  for (const look of [tabs, curves, film, sound, embedding, surface, graph, hyperparameters, trace])
    await look(page, server, printed);
  // Fonts of the formula may still be on their way.
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.close();
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

const goTo = (page, server, hash) => page.goto(new URL(hash, server.url).href);

/** More dashboards than have room: those left out are under More, and the tab of the one that is open is in view. */
async function tabs(page, server) {
  await goTo(page, server, '#timeseries');
  const within = (id) =>
    page.getByTestId(`tab-${id}`).evaluate((tab) => {
      const [box, bar] = [tab.getBoundingClientRect(), tab.parentElement.getBoundingClientRect()];
      return box.left >= bar.left - 1 && box.right <= bar.right + 1;
    });
  await becomes(() => within('timeseries'), true);
  assert.equal(await within('model'), false);
  const items = async () => {
    await page.getByTestId('more').click();
    return page.getByTestId('more-menu').getByRole('menuitem');
  };
  assert.equal(await textOf((await items()).last()), 'Model');
  await page.getByTestId('menu-dashboard-model').click();
  await becomes(() => within('model'), true);
  assert.equal(await within('timeseries'), false);
  assert.equal(await textOf((await items()).first()), 'Time series');
  await page.keyboard.press('Escape');
  // The bar stays where a person has scrolled it, also when its room changes.
  const frames = () =>
    page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.getByTestId('tab-model').evaluate((tab) => (tab.parentElement.scrollLeft = 0));
  await frames();
  await page.setViewportSize({ width: 1300, height: 800 });
  await frames();
  assert.equal(await within('model'), false);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByTestId('tab-timeseries').click();
  await becomes(() => within('timeseries'), true);
}

/** Each class against the rest: every validation digit is one of them. */
async function curves(page, server, printed) {
  await goTo(page, server, '#curves?tag=%5Eroc/3$');
  const one = card(page, 'roc/3');
  const rows = one.getByTestId('legend-row');
  await becomes(async () => (await rows.count()) === printed.length, true);
  const best = printed.reduce((a, b) => (Number(b[1]) > Number(a[1]) ? b : a));
  const area = rows.filter({ hasText: best[0] }).getByTestId('auc');
  await becomes(async () => Number(await textOf(area)) > 0.9 && Number(await textOf(area)) <= 1, true);
  const count = async (id) => Number(await textOf(one.getByTestId('operating-point').getByTestId(id)));
  const counts = await Promise.all(['tp', 'fn', 'fp', 'tn'].map(count));
  assert.equal(
    counts.reduce((sum, number) => sum + number),
    359,
    counts,
  );
}

/** The kernels before every second of 45 steps, and in the end. */
async function film(page, server, [[run]]) {
  await goTo(page, server, '#images?tag=kernels');
  const one = card(page, `${run} · kernels/conv1`);
  await one.scrollIntoViewIfNeeded();
  await becomes(async () => /^frame \d+ of 24$/.test(await textOf(one.getByTestId('frame'))), true);
}

async function sound(page, server, [[run]]) {
  await goTo(page, server, '#audio');
  const one = card(page, `${run} · loss/as_a_sound`);
  await becomes(() => textOf(one.getByTestId('sound-time')), '0.000 / 4.000 s');
  assert.match(await textOf(one.getByTestId('sound-facts')), /^8,000 Hz · mono · 16 bit/);
}

/** The validation digits with their pictures, before and after. */
async function embedding(page, server, [[run]]) {
  await goTo(page, server, `#projector?projector.run=${run}&projector.tag=penultimate`);
  await becomes(() => textOf(page.getByTestId('projector-counts')), '359 points · 64 dimensions');
  const drawn = page.getByTestId('projector-canvas');
  await becomes(async () => Number(await drawn.getAttribute('data-frames')) > 0, true);
  await page.getByTestId('projector-search').fill('7');
  await becomes(
    async () => (await page.getByTestId('projector-results').locator('button').count()) > 0,
    true,
  );
  await page.getByTestId('projector-results').locator('button').first().click();
  const picture = page.getByTestId('projector-picture');
  await becomes(() => picture.evaluate((element) => element.style.backgroundImage.startsWith('url(')), true);
  assert.equal(await page.getByTestId('projector-notice').count(), 0);
}

/** 17 x 17 places of a plane, from -1 to 1 along both of its directions. */
async function surface(page, server, [[run]]) {
  await goTo(page, server, '#mesh');
  const one = card(page, `${run} · loss_surface`);
  await becomes(
    async () =>
      /^289 points · 512 triangles · 2 × [\d.]+ × 2$/.test(await textOf(one.getByTestId('mesh-facts'))),
    true,
  );
  assert.equal(await one.getByTestId('mesh-notice').count(), 0);
}

async function graph(page, server, [[run]]) {
  await goTo(page, server, `#graph?graph=run&graph=${run}`);
  const boxes = () =>
    page.locator('[data-node]').evaluateAll((list) => list.map((item) => item.dataset.node));
  for (const part of ['conv1', 'conv2', 'pool', 'hidden', 'output'])
    await becomes(async () => (await boxes()).some((node) => node === `Network/${part}`), true, part);
}

async function hyperparameters(page, server, printed) {
  await goTo(page, server, '#hparams');
  const cells = (key) => textsOf(page.locator(`[data-testid="hparams-row"] [data-key="${key}"]`));
  await becomes(
    async () => (await cells('m::hparam/accuracy')).map((text) => (Number(text) * 100).toFixed(1)).sort(),
    printed.map(([, percent]) => percent).sort(),
  );
  assert.deepEqual((await cells('h:learning_rate')).map(Number).sort(), [1e-4, 1e-3, 1e-2]);
}

/** Twenty of the steps, and what their time was spent on. */
async function trace(page, server, printed) {
  await goTo(page, server, '#profile?profile.view=operators');
  await becomes(() => page.getByTestId('profile-choose').locator('option').count(), printed.length);
  const steps = page.getByTestId('profile-step').locator('option');
  await becomes(() => steps.count(), 21);
  assert.match((await textsOf(steps))[1], /^ProfilerStep#5 \(\d/);
  const names = () => textsOf(page.locator('[data-testid="profile-table"] tbody tr td:first-child'));
  await becomes(async () => (await names()).includes('conv2d'), true);
  assert.equal(await page.getByTestId('profile-notice').count(), 0);
}
