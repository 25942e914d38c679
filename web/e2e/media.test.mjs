// Images, Histograms, Distributions and Text: the logged values are what is shown, and every control does
// what it says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { animation, EventFile, picture, pngIn, WALL } from './events.mjs';
import {
  addressHolds,
  becomes,
  card,
  copyGolden,
  csv,
  download,
  pointAt,
  shown,
  slide,
  stage,
  textOf,
} from './harness.mjs';

const WIDTH = 6;
const HEIGHT = 4;
/** Pixels of run `left`, and of run `right`, at a step: known functions of the place. */
const left = (step) => (x, y) => [x * 40, y * 60, step * 20];
const right = (step) => (x, y) => [x * 40 + (x === 2 && y === 1 ? 10 : 0), y * 60, step * 20];
/** Five buckets of width 1 from -2 to 3; everything grows with the step. */
const histogramAt = (step) => ({
  min: -2,
  max: 3,
  num: 15 * (step + 1),
  sum: 10 * (step + 1),
  sumSquares: 40 * (step + 1),
  limits: [-1, 0, 1, 2, 3],
  counts: [1, 2, 3, 4, 5].map((count) => count * (step + 1)),
});
const TEXTS = ['first line\nsame line\nlast **bold**', 'first line\nsame line\nlast *changed*\none more'];

let golden;
const self = stage((logdir) => {
  const first = new EventFile(join(logdir, 'left'));
  const second = new EventFile(join(logdir, 'right'), WALL + 1);
  for (let step = 0; step <= 5; step += 1) {
    first.image('grid', picture(WIDTH, HEIGHT, left(step)), step, WALL + step);
    first.histogram('weights', histogramAt(step), step * 10, WALL + step * 60);
    second.image('grid', picture(WIDTH, HEIGHT, right(step)), step, WALL + 1 + step);
  }
  TEXTS.forEach((text, step) => first.text('notes/run', text, step));
  second.text('notes/run', 'something else', 0);
  first.text(
    'notes/rich',
    '# Title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n$x^2$\n\n```python\ndef f(): return 1\n```\n\n<script>alert(1)</script><img src=x onerror=alert(1)>',
    3,
  );
  first.images('samples', [picture(2, 2, () => [10, 10, 10]), picture(2, 2, () => [20, 20, 20])], 0);
  first.image('animated', animation([50, 150, 250]), 0);
  // Steps 0 and 1, then a restart at 1.
  const restarted = new EventFile(join(logdir, 'restarted'), WALL + 2);
  restarted.image(
    'again',
    picture(2, 2, () => [1, 1, 1]),
    0,
    WALL + 2,
  );
  restarted
    .image(
      'again',
      picture(2, 2, () => [2, 2, 2]),
      1,
      WALL + 3,
    )
    .restart(1, WALL + 4);
  restarted
    .image(
      'again',
      picture(2, 2, () => [3, 3, 3]),
      1,
      WALL + 5,
    )
    .flush();
  first.scalar('loss', 1, 0).scalar('loss', 0.5, 5).flush();
  second.flush();
  golden = Object.fromEntries(
    ['image_chw_uint8', 'images_nchw', 'histogram_tensorflow', 'histogram_constant', 'text'].map((name) => [
      name,
      copyGolden(name, logdir, `golden/${name}`),
    ]),
  );
});

/** The stage of a card's picture, once the picture is there. */
async function pictureOf(page, name) {
  const one = card(page, name);
  await one.scrollIntoViewIfNeeded();
  const image = one.getByTestId('picture').first();
  await becomes(() => image.evaluate((img) => img.complete && img.naturalWidth > 0), true);
  return {
    card: one,
    image,
    stage: one.getByTestId('stage').first(),
    readout: one.getByTestId('readout').first(),
    size: () => image.evaluate((img) => [img.naturalWidth, img.naturalHeight]),
    /** Points at the middle of a pixel, wherever the picture has moved to meanwhile, until its values are told. */
    async tells(x, y, rgb) {
      const [width, height] = await this.size();
      await becomes(
        async () => {
          await pointAt(page, image, (x + 0.5) / width, (y + 0.5) / height);
          return textOf(this.readout);
        },
        pixelText(x, y, [...rgb]),
      );
    },
    step: () => textOf(one.getByTestId('shown-step')),
  };
}

const pixelText = (x, y, [r, g, b]) => `x ${x}, y ${y}: ${r === g && g === b ? r : `${r} ${g} ${b}`}`;

test('pixels under the pointer are the golden pixels, and a download is the logged bytes', async () => {
  const page = await self.open('#images?tag=%5Eim');
  for (const [name, tag] of [
    ['image_chw_uint8', 'im'],
    ['images_nchw', 'ims'],
  ]) {
    const { image } = golden[name].values[0];
    const pixels = Buffer.from(image.pixels_b64, 'base64');
    const found = await pictureOf(page, `golden/${name} · ${tag}`);
    assert.deepEqual(await found.size(), [image.width, image.height]);
    for (const [x, y] of [
      [0, 0],
      [image.width - 1, 0],
      [3, 2],
      [image.width - 1, image.height - 1],
    ]) {
      const at = (y * image.width + x) * 3;
      await found.tells(x, y, pixels.subarray(at, at + 3));
    }
    await found.card.getByTestId('export').click();
    const saved = await download(page, () => page.getByTestId('menu-logged').click());
    const file = join(self.logdir, 'golden', name, 'events.out.tfevents.1700000000.golden.0');
    assert.deepEqual(saved.content, pngIn(readFileSync(file)));
    assert.equal(saved.name, `golden-${name}_${tag}_step-0.png`);
  }
});

test('the step slider shows every logged step, and linked cards follow', async () => {
  const page = await self.open('#images?tag=grid');
  const [one, other] = [await pictureOf(page, 'left · grid'), await pictureOf(page, 'right · grid')];
  assert.equal(await one.step(), 'step 5');
  await slide(one.card.getByTestId('step-range'), 2);
  await becomes(() => one.step(), 'step 2');
  await becomes(() => other.step(), 'step 2');
  await one.tells(1, 3, left(2)(1, 3));
  await addressHolds(page, 'step=2');
  await one.card.getByTestId('step-next').click();
  await becomes(() => other.step(), 'step 3');
  assert.equal(await textOf(one.card.getByTestId('step-place')), '4 of 6');
  await page.getByTestId('link-steps').uncheck();
  await one.card.getByTestId('step-previous').click();
  await becomes(() => one.step(), 'step 2');
  assert.equal(await other.step(), 'step 3');
  await addressHolds(page, 'img.step');
  await page.reload();
  await becomes(async () => (await pictureOf(page, 'left · grid')).step(), 'step 2');
  await page.getByTestId('link-steps').check();
  await one.card.getByTestId('step-latest').click();
  await becomes(() => other.step(), 'step 5');
});

test('play goes through the steps', async () => {
  const page = await self.open('#images?tag=grid&img.speed=20&step=0');
  const one = await pictureOf(page, 'left · grid');
  await becomes(() => one.step(), 'step 0');
  await one.card.getByTestId('play').click();
  const seen = new Set();
  await becomes(async () => seen.add(await one.step()).size >= 4, true);
  await one.card.getByTestId('play').click();
});

test('brightness, contrast, actual size, smooth and zoom change what is drawn', async () => {
  const page = await self.open('#images?tag=grid');
  const one = await pictureOf(page, 'left · grid');
  const style = (name) => one.image.evaluate((img, property) => getComputedStyle(img)[property], name);
  assert.equal(await style('filter'), 'none');
  await slide(page.getByTestId('brightness'), 1.5);
  await slide(page.getByTestId('contrast'), 250);
  await becomes(() => style('filter'), 'contrast(2.5) brightness(1.5)');
  assert.equal(await textOf(page.getByTestId('brightness-value')), '1.50');
  await addressHolds(page, 'img.contrast=250');
  await page.reload();
  await becomes(() => style('filter'), 'contrast(2.5) brightness(1.5)');
  await page.getByTestId('reset').click();
  await becomes(() => style('filter'), 'none');

  assert.ok((await one.image.boundingBox()).width > 100, 'small pictures fill the card');
  assert.equal(await style('imageRendering'), 'pixelated');
  await page.getByTestId('image-settings-open').click();
  await page.getByTestId('smooth').check();
  await becomes(() => style('imageRendering'), 'auto');
  await page.getByTestId('actual-size').check();
  await becomes(async () => Math.round((await one.image.boundingBox()).width), WIDTH);
  await page.getByTestId('actual-size').uncheck();
  await page.getByTestId('link-zoom').check();
  await page.keyboard.press('Escape');
  await becomes(async () => (await one.image.boundingBox()).width > 100, true);
  const before = (await one.image.boundingBox()).width;
  await one.card.getByTestId('zoom-in').click();
  const other = await pictureOf(page, 'right · grid');
  await becomes(async () => (await one.image.boundingBox()).width > before * 1.1, true);
  await becomes(async () => (await other.image.boundingBox()).width > before * 1.1, true, 'linked zoom');
  await one.stage.dblclick({ position: { x: 60, y: 60 } });
  await becomes(async () => (await one.image.boundingBox()).width, before);
});

test('two pictures are compared by swipe, blink and difference', async () => {
  const page = await self.open('#images?tag=grid');
  const one = await pictureOf(page, 'left · grid');
  await one.card.getByTestId('compare').click();
  await page.getByTestId('compare-controls').waitFor();
  await page.getByTestId('other-run').selectOption('right');
  await slide(page.getByTestId('other-step').getByTestId('step-range'), 5);
  const mode = (name) => page.getByTestId('compare-mode').locator(`[data-value=${name}]`).click();

  await mode('difference');
  // One channel of one of 24 pixels differs by 10.
  await becomes(
    () => textOf(page.getByTestId('difference')),
    `max difference 10 mean ${(10 / 72).toFixed(3)} 1 of 24 pixels differ (4%)`,
  );
  const drawn = () =>
    page.getByTestId('difference-picture').evaluate((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return [...data].filter((value, i) => i % 4 < 3 && value > 0);
    });
  await becomes(drawn, [40], 'four times 10');
  await slide(page.getByTestId('gain'), 16);
  await becomes(drawn, [160]);
  await slide(page.getByTestId('other-step').getByTestId('step-range'), 4);
  await becomes(async () => /^max difference 20/.test(await textOf(page.getByTestId('difference'))), true);

  await mode('swipe');
  const border = page.getByTestId('swipe');
  assert.equal(await border.getAttribute('aria-valuenow'), '50');
  const frame = await page.getByTestId('comparison').getByTestId('stage').boundingBox();
  const grip = await border.boundingBox();
  await page.mouse.move(grip.x + grip.width / 2, grip.y + grip.height / 2);
  await page.mouse.down();
  await page.mouse.move(frame.x + frame.width * 0.25, frame.y + 50, { steps: 4 });
  await page.mouse.up();
  await becomes(() => border.getAttribute('aria-valuenow'), '25');
  const clips = await page
    .getByTestId('comparison')
    .locator('.clip')
    .evaluateAll((all) => all.map((one) => one.style.clipPath));
  const amounts = clips.map((clip) => Math.max(...clip.match(/[\d.]+/g).map(Number)));
  assert.ok(
    Math.abs(amounts[0] / frame.width - 0.25) < 0.01 && Math.abs(amounts[1] / frame.width - 0.75) < 0.01,
  );

  await mode('blink');
  const seen = new Set();
  await becomes(async () => seen.add(await textOf(page.getByTestId('blinking'))).size, 2);
  assert.deepEqual([...seen].toSorted(), ['left · step 5', 'right · step 4']);

  await mode('side');
  const stages = page.getByTestId('comparison').getByTestId('stage');
  await becomes(() => stages.count(), 2);
  await becomes(
    async () => {
      await pointAt(page, stages.first());
      return textOf(stages.first().getByTestId('readout'));
    },
    'x 3, y 2: 120 120 100120 120 80',
    'the same pixel of both pictures',
  );
  await becomes(() => page.evaluate(() => location.hash.includes('img.mode')), false);
  await page.reload();
  await becomes(() => stages.count(), 2);
  await page.keyboard.press('Escape');
  await becomes(() => page.getByTestId('comparison').count(), 0);
});

test('every sample of a step, and superseded steps, can be reached', async () => {
  const page = await self.open('#images?tag=samples%7Cagain');
  const samples = await pictureOf(page, 'left · samples');
  const value = (found, expected) => found.tells(1, 1, [expected, expected, expected]);
  await value(samples, 10);
  await samples.card.getByTestId('sample-next').click();
  await becomes(() => textOf(samples.card.getByTestId('samples')), 'sample 2 of 2');
  await value(samples, 20);

  const again = await pictureOf(page, 'restarted · again');
  assert.equal(await textOf(again.card.getByTestId('superseded-hidden')), '1 superseded step hidden');
  assert.equal(await textOf(again.card.getByTestId('step-place')), '2 of 2');
  await value(again, 3);
  await page.getByTestId('image-settings-open').click();
  await page.getByTestId('show-superseded').check();
  await page.keyboard.press('Escape');
  await becomes(() => textOf(again.card.getByTestId('step-place')), '3 of 3');
  await again.card.getByTestId('step-previous').click();
  await again.card.getByTestId('superseded').waitFor();
  await value(again, 2);
});

test('animations stop, play and go frame by frame', async () => {
  const page = await self.open('#images?tag=animated');
  const one = card(page, 'left · animated');
  const frame = () => textOf(one.getByTestId('frame'));
  await one.getByTestId('animation-toggle').waitFor();
  if ((await one.getByTestId('animation-toggle').getAttribute('aria-label')) === 'Pause the animation') {
    const seen = new Set();
    await becomes(async () => seen.add(await frame()).size, 3);
    await one.getByTestId('animation-toggle').click();
  }
  const [, at] = /^frame (\d) of 3$/.exec(await frame());
  const next = (Number(at) % 3) + 1;
  await one.getByTestId('frame-next').click();
  await becomes(frame, `frame ${next} of 3`);
  const canvas = one.locator('canvas').first();
  await becomes(
    async () => {
      await pointAt(page, canvas, 0.5, 1 / 3);
      return textOf(one.getByTestId('readout'));
    },
    `x 0, y 0: ${[50, 150, 250][next - 1]}`,
  );
  await one.getByTestId('frame-previous').click();
  await becomes(frame, `frame ${at} of 3`);
});

test('a histogram tells the count under the pointer in every arrangement', async () => {
  const page = await self.open('#histograms?tag=weights');
  const one = card(page, 'left · weights');
  const plot = one.getByTestId('plot');
  await becomes(() => textOf(one.getByTestId('steps-shown')), '6 steps');
  await becomes(() => textOf(one.getByTestId('current-step')), 'step 50');
  assert.equal(await textOf(one.getByTestId('values')), '90 values');
  // The bucket from 0 to 1 holds 3 · (step index + 1) values.
  assert.equal(await textOf(one.getByTestId('zeros')), 'zero: 18');
  await page.getByTestId('bins').selectOption('10');

  for (const mode of ['overlay', 'offset', 'heat']) {
    await page.getByTestId('mode').locator(`[data-value=${mode}]`).click();
    // Ten bins over five buckets: each bin holds half a bucket.
    const found = new Map();
    await becomes(
      async () => {
        // From the right edge inwards: the last bin is the first that answers.
        for (const [fx, fy] of [
          [0.8, 0.9],
          [0.8, 0.5],
          [0.3, 0.9],
          [0.45, 0.7],
        ]) {
          await pointAt(page, plot, fx, fy);
          const tip = page.getByTestId('tip');
          if ((await tip.count()) === 0 || (await tip.getByTestId('bin-count').count()) === 0) continue;
          const step = Number(/step (\d+)/.exec(await textOf(tip.locator('b')))[1]);
          const text = (await textOf(tip.getByTestId('bin-count'))).replaceAll('−', '-');
          const parts = /^(\S+) in \[(\S+), (\S+)[)\]]$/.exec(text);
          assert.ok(parts, text);
          // Edges are computed in double precision: 2.2e-16 is 0.
          const [count, from, to] = parts.slice(1).map((part) => Number(Number(part).toFixed(6)));
          found.set(`${step} ${from}`, { step, from, to, count });
        }
        return found.size >= 2;
      },
      true,
      mode,
    );
    for (const { step, from, to, count } of found.values()) {
      assert.ok(Math.abs(to - from - 0.5) < 1e-9);
      const bucket = Math.floor(from + 2);
      assert.equal(count, ((bucket + 1) * (step / 10 + 1)) / 2, `${mode}: step ${step} from ${from}`);
    }
  }

  // Picking a histogram selects its step everywhere.
  await page.mouse.move(2, 2);
  await plot.focus();
  await plot.press('ArrowLeft');
  await becomes(() => textOf(one.getByTestId('current-step')), 'step 40');
  await addressHolds(page, 'step=40');
  await page.getByTestId('heat-settings-open').click();
  await page.getByTestId('heat-scale').locator('[data-value=log]').click();
  await page.getByTestId('heat-colors').locator('[data-value=viridis]').click();
  await page.keyboard.press('Escape');
  await addressHolds(page, 'hist.colors=viridis');
  const colors = () =>
    plot
      .locator('canvas')
      .first()
      .evaluate((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        // Viridis ends in a bright yellow.
        for (let i = 0; i < data.length; i += 4)
          if (data[i] > 240 && data[i + 1] > 220 && data[i + 2] < 60) return true;
        return false;
      });
  await becomes(colors, true);
});

test('histograms are saved as they are shown', async () => {
  const page = await self.open('#histograms?tag=weights&hist.bins=10&hist.axis=wall');
  const one = card(page, 'left · weights');
  await becomes(() => one.getByTestId('export').isEnabled(), true);
  const save = (kind) =>
    download(page, async () => {
      await one.getByTestId('export').click();
      await page.getByTestId(`menu-${kind}`).click();
    });
  const rows = csv((await save('csv')).content);
  assert.equal(rows.length, 60);
  assert.deepEqual(rows[10], {
    'Wall time': String(WALL + 60),
    Step: '10',
    Left: '-2',
    Right: '-1.5',
    Count: '1',
  });
  const json = JSON.parse((await save('json')).content.toString());
  assert.deepEqual(
    json.steps.map(({ num }) => num),
    [15, 30, 45, 60, 75, 90],
  );
  assert.match((await save('svg')).content.toString(), />left · weights<\/text>/);
  assert.deepEqual([...(await save('png')).content.subarray(1, 4)], [80, 78, 71]);
});

test('the time axis of histograms is the step, relative or wall time', async () => {
  const page = await self.open('#histograms?tag=weights');
  const plot = card(page, 'left · weights').getByTestId('plot');
  const picture = () =>
    plot
      .locator('canvas')
      .first()
      .evaluate((canvas) => canvas.toDataURL());
  await becomes(async () => (await picture()).length > 2000, true);
  const seen = new Set([await picture()]);
  for (const axis of ['relative', 'wall']) {
    await page.getByTestId('axis').locator(`[data-value=${axis}]`).click();
    await becomes(async () => seen.has(await picture()), false, axis);
    seen.add(await picture());
  }
});

test('golden histograms have the counts torch logged', async () => {
  const page = await self.open('#histograms?tag=%5Ew%24');
  const histogram = golden.histogram_tensorflow.values[0].histo;
  const one = card(page, 'golden/histogram_tensorflow · w');
  await one.scrollIntoViewIfNeeded();
  await becomes(() => textOf(one.getByTestId('values')), '1,000 values');
  const zero = histogram.bucket_limit.findIndex((limit) => limit > 0);
  assert.equal(await textOf(one.getByTestId('zeros')), `zero: ${shown(histogram.bucket[zero])}`);
  await page.goto(new URL('#distributions?tag=%5Ew%24', self.server.url).href);
  const constant = card(page, 'golden/histogram_constant · w');
  await constant.scrollIntoViewIfNeeded();
  // All ten values are 2: TensorBoard spreads them over their bucket, between its edges.
  await becomes(async () => {
    await pointAt(page, constant.getByTestId('plot'));
    const values = [];
    for (const point of [0, 5000, 10000]) {
      values.push(Number(await textOf(page.getByTestId('tip').getByTestId(`band-${point}`))));
    }
    return values.every((value) => value >= 1.966 && value <= 2.163);
  }, true);
});

test('a distribution tells TensorBoard’s nine bands at each step', async () => {
  const page = await self.open('#distributions?tag=weights');
  const one = card(page, 'left · weights');
  await becomes(() => textOf(one.getByTestId('steps-shown')), '6 steps');
  const plot = one.getByTestId('plot');
  // Counts 1, 2, 3, 4, 5 over buckets of width 1 from -2: values by linear interpolation of the cumulative sum.
  const cumulative = [0, 1, 3, 6, 10, 15];
  const at = (basisPoint) => {
    const wanted = (basisPoint / 10000) * 15;
    const bucket = Math.max(
      1,
      cumulative.findIndex((sum) => sum >= wanted),
    );
    const part = (wanted - cumulative[bucket - 1]) / (cumulative[bucket] - cumulative[bucket - 1]);
    return -2 + bucket - 1 + part;
  };
  await becomes(async () => {
    await pointAt(page, plot, 0.98);
    return textOf(page.getByTestId('tip').locator('b'));
  }, 'step 50');
  for (const point of [0, 668, 1587, 3085, 5000, 6915, 8413, 9332, 10000]) {
    const value = Number(
      (await textOf(page.getByTestId('tip').getByTestId(`band-${point}`))).replace('−', '-'),
    );
    assert.ok(Math.abs(value - at(point)) < 6e-4, `${point / 100} %: ${value}, expected ${at(point)}`);
  }
  const rows = csv(
    (
      await download(page, async () => {
        await one.getByTestId('export').click();
        await page.getByTestId('menu-csv').click();
      })
    ).content,
  );
  assert.equal(rows.length, 6);
  assert.ok(Math.abs(Number(rows[3]['p50']) - at(5000)) < 1e-9);
});

test('texts are rendered safely, or raw', async () => {
  const page = await self.open('#text');
  const rich = card(page, 'left · notes/rich');
  await rich.scrollIntoViewIfNeeded();
  const rendered = rich.getByTestId('rendered');
  await becomes(() => textOf(rendered.locator('h1')), 'Title');
  assert.deepEqual(await rendered.locator('td').allTextContents(), ['1', '2']);
  await rendered.locator('.katex').first().waitFor();
  await becomes(async () => (await rendered.locator('pre code span').count()) > 0, true, 'code is coloured');
  assert.equal(await rendered.locator('script, img[onerror]').count(), 0);
  const lstm = card(page, 'golden/text · lstm/text_summary');
  await lstm.scrollIntoViewIfNeeded();
  await becomes(() => textOf(lstm.getByTestId('rendered').locator('strong')), 'lstm');
  await page.getByTestId('text-view').locator('[data-value=raw]').click();
  await becomes(() => textOf(lstm.getByTestId('raw')), 'This is an **lstm**');
  const rnn = card(page, 'golden/text · rnn/text_summary');
  await rnn.scrollIntoViewIfNeeded();
  await becomes(() => textOf(rnn.getByTestId('raw')), '多语言 ✓');
  await addressHolds(page, 'text.view=raw');
  await page.reload();
  await rnn.scrollIntoViewIfNeeded();
  await becomes(() => textOf(rnn.getByTestId('raw')), '多语言 ✓');
});

test('a text is copied as it was logged', async () => {
  const page = await self.open('#text?tag=notes%2Frun', {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await card(page, 'left · notes/run').getByTestId('rendered').waitFor();
  await card(page, 'left · notes/run').getByTestId('copy').click();
  await becomes(() => page.evaluate(() => navigator.clipboard.readText()), TEXTS[1]);
});

test('texts go through their steps and are compared line by line', async () => {
  const page = await self.open('#text?tag=notes%2Frun&text.view=raw');
  const one = card(page, 'left · notes/run');
  await becomes(() => textOf(one.getByTestId('raw')), TEXTS[1].replace(/\s+/g, ' '));
  await one.getByTestId('step-previous').click();
  await becomes(() => textOf(one.getByTestId('raw')), TEXTS[0].replace(/\s+/g, ' '));
  await one.getByTestId('step-next').click();
  await one.getByTestId('compare').click();
  await slide(page.getByTestId('other-step').getByTestId('step-range'), 0);
  await becomes(() => textOf(page.getByTestId('diff-summary')), '1 line removed, 2 added');
  const kinds = () =>
    page
      .getByTestId('diff')
      .locator('tr[data-kind]')
      .evaluateAll((rows) => rows.map((row) => row.dataset.kind));
  await becomes(kinds, ['same', 'same', 'changed', 'added']);
  await page.getByTestId('other-run').selectOption('right');
  await becomes(async () => (await textOf(page.getByTestId('diff'))).includes('something else'), true);
  await page.keyboard.press('Escape');
  await becomes(() => page.getByTestId('diff').count(), 0);
});

test('the step cursor of Time series moves the pictures, histograms and texts', async () => {
  const page = await self.open('#timeseries?cursor=1&step=1');
  await page.getByTestId('cursor-step').fill('3');
  await page.getByTestId('cursor-step').press('Enter');
  await page.getByTestId('tab-images').click();
  await becomes(async () => (await pictureOf(page, 'left · grid')).step(), 'step 3');
  await page.getByTestId('tab-text').click();
  // Steps 0 and 1 were logged: 1 is the last one at or before 3.
  await becomes(() => textOf(card(page, 'left · notes/run').getByTestId('shown-step')), 'step 1');
  await page.getByTestId('tab-histograms').click();
  await becomes(() => textOf(card(page, 'left · weights').getByTestId('current-step')), 'step 0');
});

test('tag filter, groups, card width and full size', async () => {
  const page = await self.open('#images');
  const names = () =>
    page.locator('main [data-card]').evaluateAll((all) => all.map((one) => one.dataset.card));
  await pictureOf(page, 'left · grid');
  const filter = page.getByTestId('tag-filter');
  await filter.fill('ims');
  await becomes(names, ['golden/images_nchw · ims']);
  await filter.fill('(');
  await page.getByTestId('tag-filter-error').waitFor();
  await filter.fill('zzz');
  await page.getByTestId('no-match').waitFor();
  await filter.fill('grid');
  await becomes(names, ['left · grid', 'right · grid']);
  const width = async () => (await card(page, 'left · grid').boundingBox()).width;
  await slide(page.getByTestId('card-width'), 200);
  await becomes(async () => (await width()) < 270, true);
  await slide(page.getByTestId('card-width'), 700);
  await becomes(async () => (await width()) >= 700, true);
  // The address follows a moment after the filter.
  await becomes(() => page.url().includes('tag=grid'), true);
  await page.reload();
  await becomes(async () => (await width()) >= 700, true, 'the browser remembers it');
  await page.locator('[data-testid=card-group] h2 button').click();
  await becomes(names, []);
  await page.locator('[data-testid=card-group] h2 button').click();
  await card(page, 'right · grid').getByTestId('card-full').click();
  const full = () => page.locator('.card.full').evaluateAll((all) => all.map((one) => one.dataset.card));
  await becomes(full, ['right · grid']);
  const box = await card(page, 'right · grid').boundingBox();
  assert.ok(box.height > 600 && box.width > 900, 'it takes the window');
  await page.keyboard.press('Escape');
  await becomes(full, []);
});
