// Every dashboard on logs that torch and tensorboardX write here and now: the page shows what the script that wrote them
// says, by its own computation. Needs their Python environment: `cargo xtask test --peers` names it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { becomes, card, pointAt, stage, textOf, textsOf } from '../e2e/harness.mjs';

const SCRIPT = fileURLToPath(new URL('../../tests/peers/log_everything.py', import.meta.url));
const PEERS = ['torch', 'tensorboardX'];
const expected = {};

const self = stage((logdir) => {
  for (const peer of PEERS) {
    const printed = execFileSync(process.env.GLASSBOARD_PEERS_PYTHON, [SCRIPT, peer, logdir], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // The profiler talks, too.
    expected[peer] = JSON.parse(printed.trim().split('\n').at(-1));
  }
});

/** The card of a run's tag, in view. */
async function shown(page, name) {
  const one = card(page, name);
  await one.waitFor();
  await one.scrollIntoViewIfNeeded();
  return one;
}

for (const peer of PEERS) {
  test(`${peer}: time series, histograms and distributions`, async () => {
    const { losses, histogram } = expected[peer];
    let page = await self.open('#timeseries?smoothing=0&cursor=1');
    const one = await shown(page, 'loss/train');
    const value = one.locator(`[data-testid=data-table] tr[data-run="${peer}"] [data-column=value]`);
    await becomes(() => textOf(value), Number(losses.at(-1).toPrecision(4)).toString());
    await becomes(
      async () => Number(await one.getByTestId('plot').getAttribute('data-points')),
      2 * losses.length,
    );
    page = await self.open('#histograms?tag=weights');
    const counted = await shown(page, `${peer} · weights`);
    await becomes(
      () => textOf(counted.getByTestId('values')),
      `${histogram.count.toLocaleString('en-US')} values`,
    );
    page = await self.open('#distributions?tag=weights');
    const bands = await shown(page, `${peer} · weights`);
    // Bins are wider than what separates the median from the middle of its bin.
    await becomes(async () => {
      await pointAt(page, bands.getByTestId('plot'));
      const median = (await textOf(page.getByTestId('tip').getByTestId('band-5000'))).replace('−', '-');
      return Math.abs(Number(median) - histogram.median) < 0.1;
    }, true);
  });

  test(`${peer}: images, audio and text`, async () => {
    const { picture, sound_seconds: seconds } = expected[peer];
    let page = await self.open('#images?tag=picture');
    const image = (await shown(page, `${peer} · picture`)).getByTestId('picture');
    await becomes(() => image.evaluate((one) => [one.naturalWidth, one.naturalHeight]), picture);
    page = await self.open('#audio?tag=sound');
    const sound = await shown(page, `${peer} · sound`);
    await becomes(() => textOf(sound.getByTestId('sound-time')), `0.000 / ${seconds.toFixed(3)} s`);
    assert.match(await textOf(sound.getByTestId('sound-facts')), /^4,000 Hz · mono · 16 bit/);
    page = await self.open('#text');
    const note = await shown(page, `${peer} · note/text_summary`);
    await becomes(() => textOf(note.getByTestId('rendered')), 'A bold word, and 多语言.');
    assert.equal(await textOf(note.getByTestId('rendered').locator('strong')), 'bold');
  });

  test(`${peer}: curves and hyperparameters`, async () => {
    const { curve, hparams } = expected[peer];
    let page = await self.open('#curves?tag=scores');
    const one = await shown(page, 'scores');
    const row = one.getByTestId('legend-row').filter({ hasText: peer });
    await becomes(
      async () => [await textOf(row.getByTestId('ap')), await textOf(row.getByTestId('auc'))],
      [curve.average_precision.toFixed(4), curve.roc_auc.toFixed(4)],
    );
    await row.getByRole('button').click();
    const counts = async () => {
      const point = one.getByTestId('operating-point');
      const read = async (id) => Number(await textOf(point.getByTestId(id)));
      const [tp, fn, fp, tn] = await Promise.all(['tp', 'fn', 'fp', 'tn'].map(read));
      return [tp + fn, fp + tn];
    };
    await becomes(counts, [curve.positives, curve.negatives]);
    page = await self.open('#hparams');
    const runs = hparams.map((_, number) => `${peer}/session${number}`);
    const cells = (key) =>
      Promise.all(
        runs.map((run) =>
          textOf(page.locator(`[data-testid="hparams-row"][data-run="${run}"] [data-key="${key}"]`)),
        ),
      );
    await becomes(
      async () => (await cells('h:rate')).map(Number),
      hparams.map(([rate]) => rate),
    );
    assert.deepEqual(
      await cells('h:optimizer'),
      hparams.map(([, optimizer]) => optimizer),
    );
    assert.deepEqual(
      (await cells('m::hparam/accuracy')).map(Number),
      hparams.map(([, , accuracy]) => accuracy),
    );
    assert.equal(await page.getByTestId('hparams-notice').count(), 0);
  });

  test(`${peer}: graph, embedding and mesh`, async () => {
    const [points, dimensions] = expected[peer].points;
    let page = await self.open(`#graph?graph=run&graph=${peer}`);
    const nodes = () =>
      page.locator('[data-node]').evaluateAll((list) => list.map((item) => item.dataset.node));
    for (const layer of ['conv', 'fc'])
      await becomes(
        async () => (await nodes()).some((node) => node.split('/').at(-1) === layer),
        true,
        layer,
      );
    assert.equal(await page.getByTestId('graph-notice').count(), 0);
    page = await self.open(`#projector?projector.run=${peer}&projector.tag=default`);
    await becomes(
      () => textOf(page.getByTestId('projector-counts')),
      `${points} points · ${dimensions} dimensions`,
    );
    await page.getByTestId('projector-search').fill('name 17');
    await becomes(() => textsOf(page.getByTestId('projector-results').locator('button')), ['name 17']);
    assert.equal(await page.getByTestId('projector-notice').count(), 0);
    page = await self.open('#mesh?tag=shape');
    const shape = await shown(page, `${peer} · shape`);
    await becomes(() => textOf(shape.getByTestId('mesh-facts')), '4 points · 4 triangles · 2 × 2 × 2');
  });

  test(`${peer}: profile and model`, async () => {
    const { conv_calls: calls, parameters } = expected[peer];
    let page = await self.open('#profile?profile.view=operators');
    const traces = page.getByTestId('profile-choose').locator('option');
    await becomes(() => traces.count(), PEERS.length);
    const trace = (await traces.allTextContents()).find((name) => name.startsWith(`${peer}/`));
    await page.getByTestId('profile-choose').selectOption({ label: trace });
    await becomes(
      () => textOf(page.locator('tr[data-name="aten::conv2d"] td[data-column=calls]')),
      String(calls),
    );
    assert.equal(await page.getByTestId('profile-notice').count(), 0);
    page = await self.open('#model');
    await page.getByTestId('model-choose').selectOption({ label: `${peer}/net.pt2` });
    await becomes(
      async () => (await textOf(page.getByTestId('model-totals'))).startsWith(`Net ${parameters} params`),
      true,
    );
  });
}
