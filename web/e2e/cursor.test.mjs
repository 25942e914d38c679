// The shared step cursor: a step that is picked on one dashboard is shown by every other one.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { EventFile, picture, prRows, WALL } from './events.mjs';
import { addressHolds, becomes, card, copyGolden, slide, stage, textOf } from './harness.mjs';

const self = stage((logdir) => {
  const run = new EventFile(join(logdir, 'run'));
  for (let step = 0; step <= 10; step += 1) {
    run.scalar('loss', 1 / (1 + step), step, WALL + step);
    run.image(
      'grid',
      picture(2, 2, () => [step, step, step]),
      step,
      WALL + step,
    );
    run.text('notes', `step ${step}`, step, WALL + step);
    run.histogram(
      'weights',
      { min: 0, max: 2, num: 3, sum: 2, sumSquares: 2, limits: [1, 2], counts: [1, 2] },
      step,
      WALL + step,
    );
    const scores = step < 5 ? [[0.9, 0.3], [0.6, 0.2]] : [[0.9, 0.7], [0.6, 0.2]]; // prettier-ignore
    run.tensor('digits', 'pr_curves', [6, 5], prRows(...scores, 5), step, WALL + step);
  }
  run.flush();
  copyGolden('audio', logdir, 'sound');
});

const go = (page, id) => page.getByTestId(`tab-${id}`).click();

/** What each dashboard says about the step it shows. */
async function everywhere(page, step) {
  await go(page, 'images');
  await becomes(() => textOf(card(page, 'run · grid').getByTestId('shown-step')), `step ${step}`);
  await go(page, 'text');
  await becomes(() => textOf(card(page, 'run · notes').getByTestId('shown-step')), `step ${step}`);
  await go(page, 'histograms');
  await becomes(() => textOf(card(page, 'run · weights').getByTestId('current-step')), `step ${step}`);
  await go(page, 'distributions');
  const bands = card(page, 'run · weights').getByTestId('series-chart');
  await becomes(() => bands.getAttribute('data-step'), String(step));
  await go(page, 'curves');
  await becomes(() => textOf(card(page, 'digits').getByTestId('shown-step')), `step ${step}`);
  await go(page, 'audio');
  // Its last step is 2, which is the last one at or before the cursor.
  await becomes(
    () => textOf(page.locator('[data-card]').first().getByTestId('shown-step')),
    `step ${Math.min(2, step)}`,
  );
  await go(page, 'timeseries');
  await becomes(() => page.getByTestId('step-cursor').getAttribute('aria-pressed'), 'true');
  await becomes(() => page.getByTestId('cursor-step').inputValue(), String(step));
  const cell = card(page, 'loss')
    .getByTestId('data-table')
    .locator('tr[data-run="run"] [data-column="step"]');
  await becomes(() => textOf(cell), String(step));
}

test('a step of Time series', async () => {
  const page = await self.open('#timeseries?cursor=1&step=1');
  await page.getByTestId('cursor-step').fill('7');
  await page.getByTestId('cursor-step').press('Enter');
  await addressHolds(page, 'step=7');
  await everywhere(page, 7);
});

test('a step of pictures, of texts and of curves', async () => {
  const page = await self.open('#images');
  await card(page, 'run · grid').getByTestId('shown-step').waitFor();
  await slide(card(page, 'run · grid').getByTestId('step-range'), 4);
  await everywhere(page, 4);
  await go(page, 'text');
  await slide(card(page, 'run · notes').getByTestId('step-range'), 6);
  await everywhere(page, 6);
  await go(page, 'curves');
  await card(page, 'digits').getByTestId('shown-step').waitFor();
  await slide(card(page, 'digits').getByTestId('step-range'), 3);
  await everywhere(page, 3);
});

test('ending the cursor on Time series lets every card show its newest step again', async () => {
  const page = await self.open('#images?step=4');
  await becomes(() => textOf(card(page, 'run · grid').getByTestId('shown-step')), 'step 4');
  await go(page, 'timeseries');
  await page.getByTestId('step-cursor').click();
  await becomes(() => page.getByTestId('step-cursor').getAttribute('aria-pressed'), 'false');
  await go(page, 'images');
  await becomes(() => textOf(card(page, 'run · grid').getByTestId('shown-step')), 'step 10');
  assert.equal(await page.evaluate(() => location.hash.includes('step=')), false);
});

test('steps that are not linked stay where they are', async () => {
  const page = await self.open('#images?link=off');
  await card(page, 'run · grid').getByTestId('shown-step').waitFor();
  await slide(card(page, 'run · grid').getByTestId('step-range'), 4);
  await becomes(() => textOf(card(page, 'run · grid').getByTestId('shown-step')), 'step 4');
  await go(page, 'text');
  await becomes(() => textOf(card(page, 'run · notes').getByTestId('shown-step')), 'step 10');
  await go(page, 'timeseries');
  await becomes(() => page.getByTestId('step-cursor').getAttribute('aria-pressed'), 'false');
});
