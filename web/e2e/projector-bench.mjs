// How smoothly the projector turns 100,000 points: `node e2e/projector-bench.mjs`, with GLASSBOARD_BIN and CHROMIUM
// naming the program and the browser. Prints one line of JSON. Without `--gpu` the browser has no graphics card; with
// `--imitated` the page uses the one that the browser imitates then, which it does not by itself.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { pretendCard, Server, servePage } from './harness.mjs';

const POINTS = 100_000;
const DIMENSIONS = 16;
const GROUPS = 12;
const SECONDS = 5;
const gpu = process.argv.includes('--gpu');
const FLAGS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
  ...(gpu ? ['--enable-gpu', '--ignore-gpu-blocklist'] : ['--disable-gpu']),
];

/** Groups of points, the same every time. */
function writePoints(folder) {
  let state = 7;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const centers = Array.from({ length: GROUPS * DIMENSIONS }, () => 12 * random());
  const numbers = new Float32Array(POINTS * DIMENSIONS);
  const lines = ['group\tpoint'];
  for (let point = 0; point < POINTS; point += 1) {
    const group = point % GROUPS;
    for (let axis = 0; axis < DIMENSIONS; axis += 1)
      numbers[point * DIMENSIONS + axis] =
        centers[group * DIMENSIONS + axis] + random() + random() + random();
    lines.push(`g${group}\t${point}`);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'points.bytes'), numbers);
  writeFileSync(join(folder, 'labels.tsv'), lines.join('\n') + '\n');
  writeFileSync(
    join(folder, 'projector_config.pbtxt'),
    `embeddings { tensor_name: "points:00000" tensor_path: "points.bytes" tensor_shape: ${POINTS} tensor_shape: ${DIMENSIONS} metadata_path: "labels.tsv" }\n`,
  );
}

const logdir = mkdtempSync(join(tmpdir(), 'glassboard-projector-'));
writePoints(join(logdir, 'run'));
const server = await Server.start(logdir);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  if (process.env.GLASSBOARD_WEB_DIST) await servePage(context, process.env.GLASSBOARD_WEB_DIST);
  const page = await context.newPage();
  if (process.argv.includes('--imitated')) await pretendCard(page);
  const start = performance.now();
  await page.goto(new URL('#projector', server.url).href);
  const canvas = page.getByTestId('projector-canvas');
  await page.getByTestId('projector-explained').waitFor();
  const opened = performance.now() - start;
  await page.getByTestId('projector-rotate').check();
  const measured = await canvas.evaluate(async (element, seconds) => {
    const from = Number(element.dataset.frames);
    const begin = performance.now();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const took = (performance.now() - begin) / 1000;
    const gl = document.createElement('canvas').getContext('webgl2');
    const info = gl?.getExtension('WEBGL_debug_renderer_info');
    return {
      frames_per_second: (Number(element.dataset.frames) - from) / took,
      renderer: info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : null,
      drawn: element.dataset.drawn,
    };
  }, SECONDS);
  const report = { browser: browser.version(), points: POINTS, opened_ms: opened, ...measured };
  process.stdout.write(`${JSON.stringify(report)}\n`);
} finally {
  await browser.close();
  await server.stop();
  rmSync(logdir, { recursive: true, force: true });
}
