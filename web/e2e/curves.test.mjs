// Curves: areas, points and confusion matrices are those of the logged counts, and every control does what it says.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { EventFile, prRows, WALL } from './events.mjs';
import {
  addressHolds,
  becomes,
  card,
  copyGolden,
  csv,
  download,
  pointAt,
  slide,
  stage,
  textOf,
  textsOf,
} from './harness.mjs';

/** Scores of both classes: they part better with every step. */
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
const rows = (step) => prRows(...SCORES[step], 5);

const self = stage((logdir) => {
  for (const [i, run] of ['adam', 'sgd'].entries()) {
    const file = new EventFile(join(logdir, run), WALL + i);
    for (const step of [10, 20]) {
      file.tensor('digits/0', 'pr_curves', [6, 5], rows(run === 'adam' ? step : 10), step);
      file.tensor('digits/1', 'pr_curves', [6, 5], rows(20), step);
    }
    file.flush();
  }
  // At 41 thresholds, 0.025 apart.
  new EventFile(join(logdir, 'sure'), WALL + 2)
    .tensor('sure', 'pr_curves', [6, 41], prRows([0.91, 0.93, 0.26], [0.92, 0.27, 0.27, 0.12], 41), 0)
    .flush();
  const broken = rows(20);
  broken[11] = 5;
  new EventFile(join(logdir, 'broken'), WALL + 3)
    .tensor('bad/totals', 'pr_curves', [6, 5], broken, 0)
    .tensor('bad/<b>shape</b>', 'roc_curves', [2, 2], [0, 0, 0, 0], 0)
    .flush();
  const again = new EventFile(join(logdir, 'again'), WALL + 4);
  again.tensor('restarted', 'roc_curves', [6, 5], rocRows(10), 10, WALL + 4).restart(10, WALL + 5);
  again.tensor('restarted', 'roc_curves', [6, 5], rocRows(20), 10, WALL + 6).flush();
  copyGolden('pr_curve_raw', logdir, 'golden/raw');
  copyGolden('pr_curve_no_positives', logdir, 'golden/none');
});

function rocRows(step) {
  const all = rows(step);
  const row = (place) => all.slice(place * 5, place * 5 + 5);
  const fpr = row(1).map((fp, i) => fp / (fp + row(2)[i]));
  return [...all.slice(0, 20), ...row(5), ...fpr];
}

/** Cells of the legend's row of this name. */
async function legend(page, name, label) {
  const row = card(page, name).getByTestId('legend-row').filter({ hasText: label });
  return (await textsOf(row.locator('td'))).map((text) => text.trim());
}

async function matrix(page, name) {
  const point = card(page, name).getByTestId('operating-point');
  const count = (id) => textOf(point.getByTestId(id));
  return Promise.all(['tp', 'fn', 'fp', 'tn'].map(count));
}

/** Points at a place of the plot, given in pixels from its left and top, until the tooltip tells something. */
async function told(page, plot, x, y) {
  const tip = page.getByTestId('tip');
  let text = '';
  await becomes(async () => {
    const box = await plot.boundingBox();
    await pointAt(page, plot, x / box.width, y / box.height);
    text = (await tip.count()) > 0 ? await textOf(tip) : '';
    return text.length > 0;
  }, true);
  return text;
}

test('areas, best points and the confusion matrix are those of the golden counts', async () => {
  const page = await self.open('#curves?tag=prr');
  // TP 75 64 21 5 0, FP 150 105 18 0 0. AP: sum of (recall steps) x precision; AUC by trapezoids.
  const [tp, fp] = [
    [75, 64, 21, 5, 0],
    [150, 105, 18, 0, 0],
  ];
  let [ap, auc] = [0, 0];
  for (let i = 0; i < 4; i += 1) {
    ap += ((tp[i] - tp[i + 1]) / 75) * (tp[i] / (tp[i] + fp[i]));
    auc += ((fp[i] - fp[i + 1]) / 150) * ((tp[i] + tp[i + 1]) / 150);
  }
  await becomes(
    async () => (await legend(page, 'prr', 'raw')).slice(0, 2),
    [ap, auc].map((area) => area.toFixed(4)),
  );
  // Best F1: 2 x 75 / (2 x 75 + 150) = 0.5, at threshold 0.25: 128 / (128 + 105 + 11) = 0.5246.
  assert.deepEqual(await matrix(page, 'prr'), ['64', '11', '105', '45']);
  assert.match(await textOf(card(page, 'prr').getByTestId('operating-point')), /Threshold 0\.2500/);
  assert.match(await textOf(card(page, 'prr').getByTestId('operating-point')), /F1 0\.5246/);
});

test('the tooltip tells the point of the curve below the pointer, and a click makes it the operating point', async () => {
  const page = await self.open('#curves?tag=prr&curves.view=roc');
  const plot = card(page, 'prr').getByTestId('plot');
  await plot.waitFor();
  const box = await plot.boundingBox();
  // FPR 18 / 150 = 0.12, TPR 21 / 75 = 0.28 at threshold 0.5.
  const x = 52 + 0.12 * (box.width - 64);
  const y = 10 + (1 - 0.28) * (box.height - 48);
  const text = await told(page, plot, x, y);
  for (const part of [
    'Threshold0.5000',
    'Precision0.5385',
    'Recall0.2800',
    'FPR0.1200',
    'True positives21',
    'False positives18',
    'True negatives132',
    'False negatives54',
  ]) {
    assert.ok(text.replaceAll(' ', '').includes(part.replaceAll(' ', '')), `${part} in ${text}`);
  }
  await page.mouse.down();
  await page.mouse.up();
  await addressHolds(page, 'curves.threshold=0.5');
  await page.mouse.move(5, 5);
  await becomes(() => matrix(page, 'prr'), ['21', '54', '18', '132']);
  // The keys go along the curve.
  await plot.focus();
  await page.keyboard.press('ArrowRight');
  await becomes(() => matrix(page, 'prr'), ['5', '70', '0', '150']);
  await page.getByTestId('threshold-clear').click();
  await becomes(() => matrix(page, 'prr'), ['64', '11', '105', '45']);
  await slide(page.getByTestId('threshold'), 0.02);
  await becomes(() => textOf(page.getByTestId('threshold-value')), '0.0200');
  await becomes(() => matrix(page, 'prr'), ['75', '0', '150', '0']);
});

test('the step slider, linked with the step in the address, chooses the curve of every run', async () => {
  const page = await self.open('#curves?tag=digits/0&step=10');
  const one = card(page, 'digits/0');
  await becomes(() => textOf(one.getByTestId('shown-step')), 'step 10');
  // Step 10: scores 0.9+, 0.6-, 0.3+, 0.2-: AP (1 + 2/3) / 2; thresholds 0, 1/4, 1/2, 3/4, 1.
  const early = ['0.8333', '0.7500'];
  await becomes(async () => (await legend(page, 'digits/0', 'adam')).slice(0, 2), early);
  await one.getByTestId('step-next').click();
  await addressHolds(page, 'step=20');
  await becomes(async () => (await legend(page, 'digits/0', 'adam')).slice(0, 2), ['1', '1']);
  assert.deepEqual((await legend(page, 'digits/0', 'sgd')).slice(0, 2), early);
  await becomes(() => textOf(one.getByTestId('step-place')), '2 of 2');
});

test('curves are grouped by tag, by run or all together, and views change what is drawn', async () => {
  const page = await self.open('#curves?tag=digits');
  const rowsOf = (name) => textsOf(card(page, name).getByTestId('legend-row').locator('th'));
  await becomes(() => rowsOf('digits/0'), ['adam', 'sgd']);
  await page.getByTestId('grouping').getByText('By run').click();
  await becomes(() => rowsOf('adam · digits'), ['0', '1']);
  await becomes(() => rowsOf('sgd · digits'), ['0', '1']);
  await page.getByTestId('grouping').getByText('Together').click();
  await becomes(() => rowsOf('digits'), ['adam · 0', 'sgd · 0', 'adam · 1', 'sgd · 1']);
  for (const [view, axes] of [
    ['PR', ['Recall', 'Precision']],
    ['ROC', ['False positive rate', 'True positive rate']],
    ['DET', ['False positive rate', 'False negative rate']],
  ]) {
    await page.getByTestId('view').getByText(view, { exact: true }).click();
    await card(page, 'digits').getByTestId('export').click();
    const saved = await download(page, () => page.getByRole('menuitem', { name: 'Drawing (SVG)' }).click());
    const svg = saved.content.toString('utf8');
    assert.equal(saved.name, 'digits_curves.svg');
    for (const axis of axes) assert.ok(svg.includes(`>${axis}</text>`), `${axis} in the drawing of ${view}`);
    assert.ok(svg.includes('adam · 0'), 'the legend is exported');
  }
});

test('calibration tells by bins how far scores are probabilities', async () => {
  const page = await self.open('#curves?tag=%5E(sure|digits/0)$&curves.view=calibration');
  const sure = card(page, 'sure');
  // Samples count as the middle of their thresholds: three at 0.9208 of which two are positive, three at 0.2625 of which
  // one is, and a negative one at 0.1125.
  const error = (3 * (2.7625 / 3 - 2 / 3) + 3 * (1 / 3 - 0.2625) + 0.1125) / 7;
  await becomes(() => textOf(sure.getByTestId('ece')), error.toFixed(4));
  const plot = sure.getByTestId('plot');
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  const at = (score, share) => [
    52 + score * (box.width - 52 - 12),
    10 + (1 - share) * (box.height - 10 - 38),
  ];
  const text = await told(page, plot, ...at(0.9208, 2 / 3));
  for (const part of [/Mean score ?0\.9208/, /Share of positive samples ?0\.6667/, /Samples ?3$/])
    assert.match(text, part);
  await sure.getByTestId('export').click();
  const table = await download(page, () => page.getByRole('menuitem', { name: 'Table (CSV)' }).click());
  assert.deepEqual(
    csv(table.content).map((line) =>
      [line['Mean score'], line['Positive share'], line.Samples].map((text) => Number(text).toFixed(12)),
    ),
    [
      [0.1125, 0, 1],
      [0.2625, 1 / 3, 3],
      [2.7625 / 3, 2 / 3, 3],
    ].map((bin) => bin.map((value) => value.toFixed(12))),
  );
  await becomes(
    () => textOf(card(page, 'digits/0').getByTestId('no-calibration')),
    'No calibration: it takes the counts at 21 thresholds or more.',
  );
});

test('exports hold every point', async () => {
  const page = await self.open('#curves?tag=digits/0');
  await becomes(async () => (await legend(page, 'digits/0', 'adam'))[0], '1');
  const open = () => card(page, 'digits/0').getByTestId('export').click();
  await open();
  const table = await download(page, () => page.getByRole('menuitem', { name: 'Table (CSV)' }).click());
  const lines = csv(table.content);
  assert.equal(lines.length, 10);
  assert.deepEqual(
    lines
      .slice(0, 5)
      .map((line) => [line.Run, line.Step, line.Threshold, line.TP, line.FP, line.TN, line.FN]),
    [
      ['adam', '20', '0', '2', '2', '0', '0'],
      ['adam', '20', '0.25', '2', '1', '1', '0'],
      ['adam', '20', '0.5', '2', '0', '2', '0'],
      ['adam', '20', '0.75', '1', '0', '2', '1'],
      ['adam', '20', '1', '0', '0', '2', '2'],
    ],
  );
  await open();
  const json = await download(page, () => page.getByRole('menuitem', { name: 'Data (JSON)' }).click());
  assert.equal(JSON.parse(json.content).series[0].curve.average_precision, 1);
  await open();
  const png = await download(page, () => page.getByRole('menuitem', { name: 'Picture (PNG)' }).click());
  assert.deepEqual([...png.content.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
});

test('counts that contradict themselves and tensors that are no curve say so, with file and tag', async () => {
  const page = await self.open('#curves?tag=bad');
  const totals = card(page, 'bad/totals');
  await becomes(
    async () => /number of samples differs/.test(await textOf(totals.getByTestId('curve-problem'))),
    true,
  );
  const text = await textOf(totals.getByTestId('curve-problem'));
  assert.match(text, /broken · bad\/totals: false positives and true negatives at threshold 0\.2500/);
  assert.match(text, /broken\/events\.out\.tfevents/);
  assert.deepEqual((await legend(page, 'bad/totals', 'broken')).slice(0, 2), ['–', '–']);
  await totals.getByTestId('plot').waitFor();
  const shape = card(page, 'bad/<b>shape</b>');
  await becomes(async () => /shape \[2, 2\]/.test(await textOf(shape.getByTestId('curve-problem'))), true);
  assert.equal(await shape.locator('h3 b').count(), 0, 'a tag is no markup');
});

test('without positive samples there are no areas, and nothing breaks', async () => {
  const page = await self.open('#curves?tag=%5Epr%24');
  await becomes(async () => (await legend(page, 'pr', 'none')).slice(0, 2), ['–', '–']);
  assert.equal(await card(page, 'pr').getByTestId('curve-problem').count(), 0);
});

test('superseded curves are counted, and drawn when asked for', async () => {
  const page = await self.open('#curves?tag=restarted');
  const one = card(page, 'restarted');
  await becomes(() => textOf(one.getByTestId('superseded-hidden')), '1 superseded step hidden');
  await becomes(async () => (await legend(page, 'restarted', 'again'))[1], '1');
  await page.getByTestId('curve-settings-open').click();
  await page.getByTestId('show-superseded').check();
  await page.keyboard.press('Escape');
  await becomes(() => one.getByTestId('superseded-hidden').count(), 0);
  await one.getByTestId('export').click();
  const json = await download(page, () => page.getByRole('menuitem', { name: 'Data (JSON)' }).click());
  const [series] = JSON.parse(json.content).series;
  assert.equal(series.superseded.length, 1);
  assert.equal(series.superseded[0].roc_auc, 0.75);
});

test('everything is said in Chinese too', async () => {
  const page = await self.open('#curves?tag=digits/0', { locale: 'zh-CN', colorScheme: 'dark' });
  await becomes(async () => (await legend(page, 'digits/0', 'adam'))[0], '1');
  const text = await textOf(card(page, 'digits/0').getByTestId('operating-point'));
  assert.match(text, /判为阳性/);
  assert.match(text, /召回率 1/);
});
