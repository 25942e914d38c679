// Time series: the logged numbers are what is shown, and every control does what it says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EventFile, WALL } from './events.mjs';
import {
  addressHolds,
  becomes,
  card,
  copyGolden,
  csv,
  download,
  Server,
  shown,
  slide,
  stage,
  temporaryFolder,
  textOf,
  textsOf,
} from './harness.mjs';

const f32 = Math.fround;
/** What run `alpha` logs: each loss is exactly a single-precision number. */
const LOSS = Array.from({ length: 21 }, (_, step) => f32((10 / (step + 1)) * (step % 2 === 0 ? 1 : 1.25)));
const wallOf = (step) => WALL + step * 10;

const self = stage((logdir) => {
  const alpha = new EventFile(join(logdir, 'alpha'));
  LOSS.forEach((loss, step) => {
    alpha.scalar('loss/train', loss, step, wallOf(step));
    alpha.scalar('loss/spike', step === 10 ? 1000 : 1 + (step % 5) / 8, step, wallOf(step));
    alpha.scalar('epoch', Math.floor(step / 5), step, wallOf(step));
  });
  alpha.scalar('lr', 0.5, 0).flush();
  const beta = new EventFile(join(logdir, 'beta'), WALL + 1000);
  for (let step = 0; step <= 20; step += 1) beta.scalar('loss/train', step * 0.25, step, WALL + 1000 + step);
  beta.flush();
  const odd = new EventFile(join(logdir, 'odd'), WALL + 2000);
  [1, NaN, 3, Infinity, 5, -Infinity, NaN, 8].forEach((value, step) => {
    odd.scalar('odd/values', value, step, WALL + 2000 + step);
  });
  odd.flush();
  // Steps 0 to 10, then a restart at 6 that goes on to 12.
  const restarted = new EventFile(join(logdir, 'restarted'), WALL + 3000);
  for (let step = 0; step <= 10; step += 1) restarted.scalar('restart/x', step, step, WALL + 3000 + step);
  restarted.restart(6, WALL + 3100);
  for (let step = 6; step <= 12; step += 1)
    restarted.scalar('restart/x', 100 + step, step, WALL + 3100 + step);
  restarted.flush();
  // The golden layout asks for tags that this run has: a multi-line chart and one margin chart are complete.
  copyGolden('custom_scalars', logdir);
  const stocks = new EventFile(join(logdir, 'stocks'), WALL + 4000);
  for (let step = 0; step <= 4; step += 1) {
    const wall = WALL + 4000 + step;
    stocks.scalar('twse/0050', 50 + step, step, wall).scalar('twse/2330', 230 + step, step, wall);
    stocks.scalar('dow/aaa', 10 + step, step, wall).scalar('dow/bbb', 8 + step, step, wall);
    stocks.scalar('dow/ccc', 13 + step, step, wall);
  }
  stocks.flush();
});

/** Where everything is on a card's chart. */
async function chart(page, name) {
  const plot = card(page, name).getByTestId('plot');
  await plot.scrollIntoViewIfNeeded();
  await becomes(() => plot.getAttribute('data-fresh'), 'true');
  const numbers = async (attribute) => (await plot.getAttribute(attribute)).split(' ').map(Number);
  const canvas = card(page, name).getByTestId('chart-canvas');
  const area = async () => {
    const [left, top, width, height] = await numbers('data-plot');
    const box = await canvas.boundingBox();
    return { left: box.x + left, top: box.y + top, width, height };
  };
  return {
    plot,
    canvas,
    area,
    x: () => numbers('data-x'),
    y: () => numbers('data-y'),
    lines: async () => Number(await plot.getAttribute('data-lines')),
    points: async () => Number(await plot.getAttribute('data-points')),
    /** Pixel in the window of a place on linear axes. */
    async at(x, y) {
      const [{ left, top, width, height }, [x0, x1], [y0, y1]] = [
        await area(),
        await numbers('data-x'),
        await numbers('data-y'),
      ];
      return {
        x: left + ((x - x0) / (x1 - x0)) * width,
        y: y === undefined ? top + height / 2 : top + height - ((y - y0) / (y1 - y0)) * height,
      };
    },
    /** Points at a place on linear axes, wherever the chart has moved to meanwhile, until `read` gives `expected`. */
    tells(place, read, expected, what) {
      const pointed = async () => {
        const pixel = await this.at(...place);
        await page.mouse.move(pixel.x, pixel.y);
        return read();
      };
      return becomes(pointed, expected, what);
    },
  };
}

/** The tooltip's rows: run, then what the columns say. */
async function tooltip(page) {
  const rows = [];
  for (const row of await page.getByTestId('tooltip').locator('tbody tr').all()) {
    const cells = { run: await row.getAttribute('data-run') };
    for (const cell of await row.locator('[data-column]').all()) {
      cells[await cell.getAttribute('data-column')] = await textOf(cell);
    }
    rows.push(cells);
  }
  return rows;
}
const valuesIn = async (page, column) => (await tooltip(page)).map((row) => row[column]);

/** The data table of a card, by run. */
async function table(page, name) {
  const rows = {};
  for (const row of await card(page, name).getByTestId('data-table').locator('tbody tr').all()) {
    const cells = {};
    for (const cell of await row.locator('[data-column]').all()) {
      cells[await cell.getAttribute('data-column')] = await textOf(cell);
    }
    rows[await row.getAttribute('data-run')] = cells;
  }
  return rows;
}

const cards = (page) =>
  page.locator('main [data-card]').evaluateAll((all) => all.map((one) => one.dataset.card));

/** TensorBoard's debiased exponential moving average. */
function debiased(values, weight) {
  let last = 0;
  return values.map((value, i) => {
    last = last * weight + (1 - weight) * value;
    return last / (1 - weight ** (i + 1));
  });
}

test('the tooltip tells the logged value, step, time and relative time', async () => {
  const page = await self.open('#timeseries?smoothing=0');
  const loss = await chart(page, 'loss/train');
  assert.equal(await loss.lines(), 2);
  assert.equal(await loss.points(), 42);
  await loss.tells([7], async () => (await tooltip(page)).toSorted((a, b) => a.run.localeCompare(b.run)), [
    {
      run: 'alpha',
      value: '1.563',
      step: '7',
      time: '2023-11-14 22:14:30',
      relative: '1 m 10 s',
    },
    { run: 'beta', value: '1.750', step: '7', time: '2023-11-14 22:30:07', relative: '7 s' },
  ]);
  await page.mouse.move(2, 2);
  await becomes(() => page.getByTestId('tooltip').count(), 0);
});

test('NaN and infinities are shown and counted', async () => {
  const page = await self.open('#timeseries?smoothing=0&tag=odd&outliers=0');
  const odd = await chart(page, 'odd/values');
  assert.deepEqual(await cards(page), ['odd/values']);
  const badge = card(page, 'odd/values').getByTestId('non-finite');
  assert.equal(await textOf(badge), '4 not finite');
  assert.equal(await badge.getAttribute('title'), 'NaN: 2, +∞: 1, −∞: 1; marked at their steps');
  for (const [step, value] of [
    [1, 'NaN'],
    [2, '3'],
    [3, '∞'],
    [5, '−∞'],
  ]) {
    await odd.tells([step], () => valuesIn(page, 'value'), [value]);
  }
  // The axis spans the finite values.
  const [low, high] = await odd.y();
  assert.ok(low >= 0 && low < 1 && high > 8 && high < 10, `${low} to ${high}`);
});

test('the golden scalars are shown as torch wrote them', async () => {
  const logdir = temporaryFolder();
  const golden = copyGolden('scalar', logdir);
  const server = await Server.start(logdir);
  const page = await self.open('#timeseries?smoothing=0&outliers=0', { url: server.url });
  const loss = await chart(page, 'loss/train');
  const texts = ['0.1000', '−2.500', '3', 'NaN', '∞', '0', '1.401e−45', '3.4e38'];
  assert.equal(golden.values.length, texts.length);
  for (const [step, text] of texts.entries()) {
    await loss.tells([step], async () => (await tooltip(page)).map(({ step, value }) => [step, value]), [
      [String(step), text],
    ]);
  }
  const file = await download(page, async () => {
    await card(page, 'loss/train').getByTestId('card-menu').click();
    await page.getByTestId('menu-csv').click();
  });
  const values = csv(file.content).map((row) => row.Value);
  const expected = golden.values.map(({ simple_value }) => simple_value);
  const number = (text) => Number({ inf: Infinity, nan: NaN }[text.toLowerCase()] ?? text);
  assert.deepEqual(values.map(number), expected.map(number));
});

test('smoothing gives the formula’s number, by slider, by typing, and by every method', async () => {
  const page = await self.open('#timeseries?tag=train&off=beta');
  const loss = await chart(page, 'loss/train');
  for (const weight of [0.6, 0.9]) {
    if (weight !== 0.6) await page.getByTestId('smoothing-value').fill(String(weight));
    await page.getByTestId('smoothing-value').press('Enter');
    await becomes(() => loss.plot.getAttribute('data-fresh'), 'true');
    await loss.tells([12], () => valuesIn(page, 'smoothed'), [shown(debiased(LOSS, weight)[12])]);
    assert.deepEqual(await valuesIn(page, 'value'), [shown(LOSS[12])]);
  }
  await slide(page.getByTestId('smoothing'), 0.5);
  assert.equal(await page.getByTestId('smoothing-value').inputValue(), '0.5');
  await loss.tells([12], () => valuesIn(page, 'smoothed'), [shown(debiased(LOSS, 0.5)[12])]);

  // Weight 0.5 is a window of 2 · 1 + 1 points.
  await page.getByTestId('smoothing-method').selectOption('running_mean');
  await loss.tells([12], () => valuesIn(page, 'smoothed'), [shown((LOSS[11] + LOSS[12] + LOSS[13]) / 3)]);

  // And a kernel with a standard deviation of one point.
  await page.getByTestId('smoothing-method').selectOption('gaussian');
  const weights = LOSS.map((_, step) => Math.exp(-((step - 12) ** 2) / 2));
  const gaussian =
    LOSS.reduce((sum, loss, step) => sum + loss * weights[step], 0) / weights.reduce((a, b) => a + b);
  await loss.tells(
    [12],
    async () => {
      const [text] = await valuesIn(page, 'smoothed');
      return Math.abs(Number(text) - gaussian) < 2e-3 * gaussian;
    },
    true,
  );

  await page.getByTestId('smoothing-method').selectOption('time_weighted');
  await becomes(() => loss.plot.getAttribute('data-fresh'), 'true');
  await page.getByTestId('smoothing-value').fill('0');
  await page.getByTestId('smoothing-value').press('Enter');
  await loss.tells([12], async () => (await tooltip(page))[0], {
    run: 'alpha',
    value: shown(LOSS[12]),
    step: '12',
    time: '2023-11-14 22:15:20',
    relative: '2 m 00 s',
  });
});

test('the tag filter is a regular expression, and says when it is none', async () => {
  const page = await self.open('#timeseries');
  await becomes(async () => (await cards(page)).includes('lr'), true);
  const filter = page.getByTestId('tag-filter');
  await filter.fill('^(lr|EPOCH)$');
  await becomes(() => cards(page), ['epoch', 'lr']);
  await filter.fill('loss[');
  await page.getByTestId('tag-filter-error').waitFor();
  assert.equal(await filter.getAttribute('aria-invalid'), 'true');
  await filter.fill('nothing-like-it');
  await page.getByTestId('no-match').waitFor();
  await page.getByTestId('no-match').getByRole('button').click();
  await becomes(async () => (await cards(page)).length > 5, true);
});

test('the x axis is the step, relative time, wall time, or a logged scalar', async () => {
  const page = await self.open('#timeseries?smoothing=0&tag=train&off=beta');
  const loss = await chart(page, 'loss/train');
  const spans = async () => {
    const [from, to] = await loss.x();
    return (low, high, margin) => Math.abs(from - low) <= margin && Math.abs(to - high) <= margin;
  };
  assert.ok((await spans())(0, 20, 1));
  await page.getByTestId('x-axis').locator('[data-value=relative]').click();
  await becomes(async () => (await spans())(0, 200, 10), true, 'seconds since the first point');
  await becomes(() => loss.plot.getAttribute('data-fresh'), 'true');
  await loss.tells([70], () => valuesIn(page, 'step'), ['7']);
  await page.getByTestId('x-axis').locator('[data-value=wall]').click();
  await becomes(async () => (await spans())(WALL, WALL + 200, 10), true, 'seconds since 1970');
  await page.getByTestId('x-tag').click();
  await page
    .getByTestId('x-tag-option')
    .filter({ hasText: /^epoch$/ })
    .click();
  await becomes(async () => (await spans())(0, 4, 0.5), true, 'epochs');
  await addressHolds(page, 'x=tag%3Aepoch');
});

test('linear, log and symlog on both axes', async () => {
  const page = await self.open('#timeseries?smoothing=0&tag=train&off=beta&outliers=0');
  const loss = await chart(page, 'loss/train');
  const linear = await loss.y();
  for (const scale of ['log', 'symlog', 'linear']) {
    await page.getByTestId('y-scale').locator(`[data-value=${scale}]`).click();
    await becomes(
      () => page.getByTestId('y-scale').locator('[aria-checked=true]').getAttribute('data-value'),
      scale,
    );
    await becomes(async () => {
      const [low, high] = await loss.y();
      if (scale === 'log') return low > 0 && low < Math.min(...LOSS) && high > 10;
      return low <= Math.min(...LOSS) && high >= 10;
    }, true);
  }
  await becomes(() => loss.y(), linear);
  await page.getByTestId('settings').click();
  await page.getByTestId('x-scale').locator('[data-value=log]').click();
  await becomes(async () => (await loss.x())[0] > 0, true, 'step 0 has no place on a logarithmic axis');
  await page.keyboard.press('Escape');
  // The middle of a logarithmic axis is the geometric mean of its ends.
  await becomes(() => loss.plot.getAttribute('data-fresh'), 'true');
  const [from, to] = await loss.x();
  const { left, top, width, height } = await loss.area();
  await page.mouse.move(left + width / 2, top + height / 2);
  await becomes(() => valuesIn(page, 'step'), [String(Math.round(Math.sqrt(from * to)))]);

  await card(page, 'loss/train').getByTestId('card-menu').click();
  await page.getByTestId('menu-y-log').click();
  await becomes(async () => (await loss.y())[0] > 0, true, 'the scale of one card');
});

test('ignoring outliers scales the axis to the other values', async () => {
  const page = await self.open('#timeseries?smoothing=0&tag=spike');
  const spike = await chart(page, 'loss/spike');
  const button = page.getByTestId('ignore-outliers');
  assert.equal(await button.getAttribute('aria-pressed'), 'true');
  assert.ok((await spike.y())[1] < 3, String(await spike.y()));
  await button.click();
  await becomes(async () => (await spike.y())[1] >= 1000, true);
});

test('drag zooms to the data in the box, double click fits, wheel zooms, shift drags, limits are typed', async () => {
  const page = await self.open('#timeseries?smoothing=0&tag=train&outliers=0');
  const loss = await chart(page, 'loss/train');
  const [wholeX, wholeY] = [await loss.x(), await loss.y()];
  const [from, to] = [await loss.at(4, 8), await loss.at(12, 2)];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2);
  await page.mouse.move(to.x, to.y);
  await page.mouse.up();
  const near = (extent, low, high) => {
    const margin = (high - low) / 100;
    return Math.abs(extent[0] - low) < margin && Math.abs(extent[1] - high) < margin;
  };
  await becomes(async () => near(await loss.x(), 4, 12) && near(await loss.y(), 2, 8), true);
  await becomes(() => loss.plot.getAttribute('data-fresh'), 'true');
  await becomes(() => loss.points(), 18, 'nine steps of two runs');

  // Control and the wheel: the value under the pointer stays where it is.
  const middle = await loss.at(8, 5);
  await page.mouse.move(middle.x, middle.y);
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -200);
  await page.keyboard.up('Control');
  await becomes(async () => {
    const [low, high] = await loss.x();
    return high - low < 7 && Math.abs((low + high) / 2 - 8) < 0.1;
  }, true);

  // Without a modifier the wheel scrolls the page.
  const kept = await loss.x();
  await page.mouse.wheel(0, 5);
  const grip = await loss.at(8, 5);
  await page.mouse.move(grip.x, grip.y);
  assert.deepEqual(await loss.x(), kept);

  await page.keyboard.down('Shift');
  await page.mouse.down();
  await page.mouse.move(grip.x + 30, grip.y);
  await page.mouse.move(grip.x + 60, grip.y);
  await page.mouse.up();
  await page.keyboard.up('Shift');
  const { width } = await loss.area();
  const moved = (60 / width) * (kept[1] - kept[0]);
  await becomes(async () => Math.abs(kept[0] - (await loss.x())[0] - moved) < moved / 50, true);

  await loss.canvas.dblclick();
  await becomes(() => loss.x(), wholeX);
  assert.deepEqual(await loss.y(), wholeY);

  await card(page, 'loss/train').getByTestId('card-menu').click();
  await page.getByTestId('menu-limits').click();
  await page.getByTestId('limit-x-min').fill('9');
  await page.getByTestId('limit-x-max').fill('3');
  await page.getByTestId('limit-x-max').blur();
  await becomes(() => page.getByTestId('limits-apply').isDisabled(), true);
  await page.getByTestId('limit-x-min').fill('2.5');
  await page.getByTestId('limit-x-max').fill('7.5');
  await page.getByTestId('limit-y-max').fill('6');
  await page.getByTestId('limit-y-max').press('Tab');
  await page.getByTestId('limits-apply').click();
  await becomes(() => loss.x(), [2.5, 7.5]);
  assert.equal((await loss.y())[1], 6);
  await addressHolds(page, 'zoom=');
  await page.reload();
  await becomes(async () => (await chart(page, 'loss/train')).x(), [2.5, 7.5]);
  await card(page, 'loss/train').getByTestId('card-fit').click();
  await becomes(() => loss.x(), wholeX);
});

test('the tooltip is sorted as asked and shows as many rows as asked', async () => {
  const page = await self.open('#timeseries?smoothing=0&tag=train&outliers=0');
  const loss = await chart(page, 'loss/train');
  const runs = () => valuesIn(page, 'run');
  const sort = async (order) => {
    await page.getByTestId('settings').click();
    await page.getByTestId('tooltip-sort').selectOption(order);
    await page.keyboard.press('Escape');
  };
  // At step 20, alpha is at 0.4762 and beta at 5.
  await loss.tells([20, 0.5], runs, ['alpha', 'beta']);
  await loss.tells([20, 4.9], runs, ['beta', 'alpha']);
  for (const [order, expected] of [
    ['ascending', ['alpha', 'beta']],
    ['descending', ['beta', 'alpha']],
    ['name', ['alpha', 'beta']],
  ]) {
    await sort(order);
    await loss.tells([20, 4.9], runs, expected, order);
  }
  await page.getByTestId('settings').click();
  await page.getByTestId('tooltip-rows').fill('1');
  await page.getByTestId('tooltip-rows').press('Enter');
  await page.keyboard.press('Escape');
  await loss.tells([20, 4.9], runs, ['alpha']);
  assert.match(await textOf(page.getByTestId('tooltip')), /1 more$/);
});

test('a pinned card is kept beside the logs and survives a reload', async () => {
  const page = await self.open('#timeseries');
  await chart(page, 'epoch');
  await card(page, 'epoch').getByTestId('card-pin').click();
  await card(page, 'pinned:epoch').waitFor();
  assert.equal((await cards(page))[0], 'pinned:epoch');
  const kept = () => JSON.parse(readFileSync(join(self.logdir, '.glassboard.json'), 'utf8')).pinned_tags;
  await becomes(kept, ['epoch']);
  await page.reload();
  await card(page, 'pinned:epoch').waitFor();
  await page.getByTestId('clear-pins').click();
  await becomes(() => card(page, 'pinned:epoch').count(), 0);
  await becomes(kept, []);
});

test('cards fold, fill the row as asked, and take the whole window', async () => {
  const page = await self.open('#timeseries', { width: 2000 });
  const group = page.locator('[data-testid=group][data-group=loss]');
  await group.getByTestId('group-toggle').click();
  await becomes(() => card(page, 'loss/train').count(), 0);
  await page.reload();
  await group.waitFor();
  assert.equal(await card(page, 'loss/train').count(), 0);
  await group.getByTestId('group-toggle').click();
  const width = async () => Math.round((await card(page, 'loss/train').boundingBox()).width);
  const main = (await page.locator('main').boundingBox()).width;
  for (const columns of [4, 2]) {
    await page.getByTestId('columns').locator(`[data-value="${columns}"]`).click();
    await becomes(async () => Math.abs((await width()) - main / columns) < 40, true, `${columns} in a row`);
  }
  await card(page, 'loss/train').getByTestId('card-full').click();
  await becomes(async () => (await width()) > main * 0.9, true);
  assert.ok((await card(page, 'loss/train').boundingBox()).height > 600);
  await page.keyboard.press('Escape');
  await becomes(async () => (await width()) < main * 0.6, true);
});

test('the step cursor and a range give exact figures, and every dashboard follows', async () => {
  const page = await self.open('#timeseries?smoothing=0&tag=train');
  const loss = await chart(page, 'loss/train');
  await page.getByTestId('step-cursor').click();
  await becomes(async () => (await table(page, 'loss/train')).beta, {
    value: '5',
    step: '20',
    time: '2023-11-14 22:30:20',
    relative: '20 s',
  });
  await page.getByTestId('cursor-step').fill('6');
  await page.getByTestId('cursor-step').press('Enter');
  await becomes(async () => (await table(page, 'loss/train')).alpha?.value, shown(LOSS[6]));
  const spot = await loss.at(9);
  await page.mouse.click(spot.x, spot.y);
  await becomes(async () => (await table(page, 'loss/train')).alpha?.value, shown(LOSS[9]));
  await addressHolds(page, 'step=9');

  await page.getByTestId('range-toggle').click();
  await page.getByTestId('range-from').fill('5');
  await page.getByTestId('range-from').press('Enter');
  await page.getByTestId('range-to').fill('15');
  await page.getByTestId('range-to').press('Enter');
  const part = LOSS.slice(5, 16);
  const mean = part.reduce((a, b) => a + b) / part.length;
  await becomes(async () => (await table(page, 'loss/train')).alpha, {
    min: shown(Math.min(...part)),
    max: shown(Math.max(...part)),
    mean: shown(mean),
    first: shown(part[0]),
    last: shown(part[10]),
    change: shown(part[10] - part[0]),
    percent: `${(((part[10] - part[0]) / part[0]) * 100).toFixed(1).replace('-', '−')} %`,
    minStep: String(LOSS.indexOf(Math.min(...part))),
    maxStep: String(LOSS.indexOf(Math.max(...part))),
    count: '11',
  });
  // The right handle can be dragged.
  await becomes(() => loss.plot.getAttribute('data-fresh'), 'true');
  const [grip, target] = [await loss.at(15), await loss.at(10)];
  await page.mouse.move(grip.x, grip.y);
  await page.mouse.down();
  await page.mouse.move(target.x + 8, target.y);
  await page.mouse.move(target.x, target.y);
  await page.mouse.up();
  await becomes(async () => (await table(page, 'loss/train')).beta?.last, '2.500');
  // A column's head sorts.
  await card(page, 'loss/train')
    .getByTestId('data-table')
    .getByRole('button', { name: 'Max', exact: true })
    .click();
  await becomes(async () => Object.keys(await table(page, 'loss/train')), ['alpha', 'beta'].toSorted());
  await page.locator('th[aria-sort=ascending] button').click();
  await becomes(async () => (await textsOf(page.locator('th[aria-sort=descending]'))).length, 1);
});

test('a restart is marked, and the discarded branch can be shown', async () => {
  const page = await self.open('#timeseries?smoothing=0&tag=restart&outliers=0');
  const restart = await chart(page, 'restart/x');
  const badge = card(page, 'restart/x').getByTestId('restarts');
  assert.equal(await textOf(badge), '1 restart');
  assert.equal(await badge.getAttribute('title'), 'Writing started anew at step 6');
  assert.equal(await restart.points(), 13);
  await restart.tells([8], () => valuesIn(page, 'value'), ['108']);
  const ink = () =>
    restart.plot
      .locator('canvas')
      .first()
      .evaluate((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let sum = 0;
        for (let i = 3; i < data.length; i += 4) sum += data[i];
        return sum;
      });
  const without = await ink();
  await page.getByTestId('settings').click();
  await page.getByTestId('discarded').click();
  await page.keyboard.press('Escape');
  await becomes(async () => (await ink()) > without, true, 'the discarded branch is drawn');
});

test('layouts of add_custom_scalars have their own sections', async () => {
  const page = await self.open('#timeseries?smoothing=0&tag=twse%7Cdow');
  await page.locator('[data-group="layout:Taiwan"]').waitFor();
  const lines = await chart(page, 'layout:0:0:twse');
  assert.equal(await lines.lines(), 2);
  await lines.tells([3], async () => (await valuesIn(page, 'value')).toSorted(), ['233', '53']);
  const band = await chart(page, 'layout:1:0:dow');
  assert.equal(await band.lines(), 1);
  await band.tells([2], () => valuesIn(page, 'value'), ['12']);
  // The axis has room for the band, from dow/bbb's 8 to dow/ccc's 17.
  const [low, high] = await band.y();
  assert.ok(low <= 8 && high >= 17, `${low} to ${high}`);
  await page.getByTestId('tag-filter').fill('nasdaq');
  assert.equal(
    await textOf(card(page, 'layout:1:1:nasdaq').getByTestId('layout-missing')),
    'Not in these logs: nasdaq/aaa, nasdaq/bbb, nasdaq/ccc',
  );
});

test('a card is saved as CSV, JSON, SVG and PNG; everything shown as CSV', async () => {
  const page = await self.open('#timeseries?smoothing=0.6&tag=train');
  await chart(page, 'loss/train');
  const save = (kind) =>
    download(page, async () => {
      await card(page, 'loss/train').getByTestId('card-menu').click();
      await page.getByTestId(`menu-${kind}`).click();
    });
  const table = await save('csv');
  assert.equal(table.name, 'loss_train.csv');
  const rows = csv(table.content);
  assert.equal(rows.length, 42);
  const smooth = debiased(LOSS, 0.6);
  rows
    .filter((row) => row.Run === 'alpha')
    .forEach((row, step) => {
      assert.deepEqual([Number(row.Step), Number(row.Value)], [step, LOSS[step]]);
      assert.equal(Number(row['Wall time']), wallOf(step));
      assert.ok(Math.abs(Number(row.Smoothed) - smooth[step]) < 1e-6);
    });
  const json = JSON.parse((await save('json')).content.toString());
  assert.deepEqual(
    json.series.map(({ run_name, tag, value }) => [run_name, tag, value.length]),
    [
      ['alpha', 'loss/train', 21],
      ['beta', 'loss/train', 21],
    ],
  );
  assert.deepEqual(json.series[0].value, LOSS);
  const svg = (await save('svg')).content.toString();
  assert.match(svg, /^<svg[^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  for (const text of ['loss/train', 'alpha', 'beta']) assert.ok(svg.includes(`>${text}</text>`), text);
  const png = (await save('png')).content;
  const box = await card(page, 'loss/train').getByTestId('chart-canvas').boundingBox();
  assert.deepEqual([...png.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
  assert.equal(png.readUInt32BE(16), Math.round(box.width) * 2);

  await page.getByTestId('settings').click();
  const all = await download(page, () => page.getByTestId('export-all').click());
  assert.equal(csv(all.content).length, 42);
});

test('the address keeps the view over a reload, and the browser remembers the controls', async () => {
  const page = await self.open('#timeseries');
  await chart(page, 'loss/train');
  await page.getByTestId('tag-filter').fill('train');
  await page.getByTestId('smoothing-value').fill('0.25');
  await page.getByTestId('smoothing-value').press('Enter');
  await page.getByTestId('y-scale').locator('[data-value=symlog]').click();
  await page.getByTestId('x-axis').locator('[data-value=relative]').click();
  await becomes(
    () => page.evaluate(() => location.hash),
    '#timeseries?smoothing=0.25&tag=train&x=relative&yscale=symlog',
  );
  await page.reload();
  await chart(page, 'loss/train');
  assert.deepEqual(await cards(page), ['loss/train']);
  assert.equal(await page.getByTestId('smoothing-value').inputValue(), '0.25');
  const on = (testid) => page.getByTestId(testid).locator('[aria-checked=true]').getAttribute('data-value');
  assert.equal(await on('y-scale'), 'symlog');
  assert.equal(await on('x-axis'), 'relative');
  // A page opened without any parameter takes what this browser remembers.
  const bare = await page.context().newPage();
  await bare.goto(new URL('#timeseries', self.server.url).href);
  await becomes(() => bare.getByTestId('smoothing-value').inputValue(), '0.25');
});

test('data that is appended arrives without a reload', async () => {
  const page = await self.open('#timeseries?smoothing=0&tag=live');
  await page.getByTestId('no-match').waitFor();
  const file = new EventFile(join(self.logdir, 'live'), WALL + 5000);
  for (let step = 0; step < 5; step += 1) file.scalar('live/value', step * 2, step, WALL + 5000 + step);
  file.flush();
  const live = await chart(page, 'live/value');
  await becomes(() => live.points(), 5);
  await live.tells([4], () => valuesIn(page, 'value'), ['8']);
  file.scalar('live/value', 77, 5, WALL + 5005).flush();
  await becomes(() => live.points(), 6);
  await live.tells([5], () => valuesIn(page, 'value'), ['77']);
  await becomes(async () => /live/.test(await textOf(page.getByTestId('live'))), true);
});
