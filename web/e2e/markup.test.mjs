// Names and texts of a log are untrusted: in every dashboard they are shown as they are, and never become markup.
import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EventFile, picture, prRows, sound } from './events.mjs';
import { stage, until } from './harness.mjs';

/** A run, tag, file, label and value in one. Were it markup, the page would ask for `x` and note that it failed. */
const INJECTED = '<img src=x onerror=injected=1>';
const MODEL = fileURLToPath(new URL('../../tests/golden/models/convolutions.onnx', import.meta.url));

const self = stage((logdir) => {
  const run = join(logdir, INJECTED);
  const events = new EventFile(run);
  for (const step of [0, 1]) {
    events.scalar(INJECTED, step, step);
    events.image(
      INJECTED,
      picture(2, 2, () => [10, 20, 30]),
      step,
    );
    events.text(INJECTED, `${INJECTED}\n\n<script>injected=1</script>\n\n[a](javascript:injected=1)`, step);
    const counts = { limits: [1, 2], counts: [1, 2] };
    events.histogram(INJECTED, { min: 0, max: 2, num: 3, sum: 4, sumSquares: 5, ...counts }, step);
    events.tensor(INJECTED, 'pr_curves', [6, 5], prRows([0.9, 0.3], [0.6, 0.2], 5), step);
    events.sounds(INJECTED, [[sound(8_000, 1, 80, () => 0.5).wav, INJECTED]], step);
  }
  const corners = [
    [0, 0, 0],
    [1, 0, 0],
    [0, 1, 0],
  ];
  const material = { cls: INJECTED, [INJECTED]: INJECTED };
  events.mesh(INJECTED, { vertices: corners, faces: [[0, 1, 9]], config: JSON.stringify({ material }) }, 0);
  events.graph([
    { name: INJECTED, op: INJECTED, device: INJECTED },
    { name: `group/${INJECTED}`, op: 'Add', inputs: [INJECTED] },
  ]);
  events
    .hparamMetrics([INJECTED])
    .hparams({ [INJECTED]: INJECTED })
    .flush();
  copyFileSync(MODEL, join(run, `${INJECTED}.onnx`));
  const config = `embeddings { tensor_name: "${INJECTED}" tensor_path: "t.tsv" metadata_path: "m.tsv" }\n`;
  writeFileSync(join(run, 'projector_config.pbtxt'), config);
  writeFileSync(join(run, 't.tsv'), '1\t2\n3\t4\n5\t7\n');
  const row = `${INJECTED}\t${INJECTED}\n`;
  writeFileSync(join(run, 'm.tsv'), `${INJECTED}\tb\n${row.repeat(3)}`);
  const lane = { pid: INJECTED, tid: INJECTED };
  const call = (name, ts) => ({
    ph: 'X',
    cat: INJECTED,
    name,
    ...lane,
    ts,
    dur: 10,
    args: { [INJECTED]: INJECTED },
  });
  const traceEvents = [
    { ph: 'M', name: 'thread_name', ...lane, args: { name: INJECTED } },
    call(INJECTED, 0),
    call(`ProfilerStep#${INJECTED}`, 20),
  ];
  writeFileSync(join(run, `${INJECTED}.pt.trace.json`), JSON.stringify({ traceEvents }));
});

/** What is opened of each dashboard: where the name is drawn, not written, it is in an attribute. */
const PLACES = [
  'timeseries',
  'images',
  'audio',
  'text',
  'text?text.view=raw',
  'histograms',
  'distributions',
  'curves',
  'mesh',
  'hparams',
  'hparams?hp.view=parallel',
  'hparams?hp.view=scatter',
  'hparams?hp.view=importance',
  'graph',
  'projector',
  'profile',
  'profile?profile.view=operators',
  'profile?profile.view=timeline',
  'model',
];

for (const place of PLACES)
  test(`names are no markup in ${place}`, async () => {
    const page = await self.open(`#${place}`);
    const main = page.locator('main');
    await until('the name as a text', async () => (await main.textContent()).includes(INJECTED));
    // Frames in which cards below have their data too.
    await main.evaluate(
      (element) =>
        new Promise((done) => {
          element.scrollTop = element.scrollHeight;
          requestAnimationFrame(() => requestAnimationFrame(done));
        }),
    );
    assert.equal(await page.evaluate(() => globalThis.injected), undefined);
    assert.equal(await page.locator('img[src=x], [onerror], a[href^="javascript:"], main script').count(), 0);
    assert.equal(await page.getByTestId('runs-panel').locator('img').count(), 0);
  });
