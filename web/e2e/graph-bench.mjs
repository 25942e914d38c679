// How quickly graphs of 10,000 nodes open and expand: `node e2e/graph-bench.mjs`, with GLASSBOARD_BIN and CHROMIUM
// naming the program and the browser. Prints one line of JSON, milliseconds. `nested`: blocks of layers of operations, as
// a network has them; `flat`: one group that holds all 10,000.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { EventFile } from './events.mjs';
import { Server, servePage } from './harness.mjs';

const BLOCKS = 40;
const LAYERS = 10;
const OPERATIONS = 25;
const VISITS = 5;

/** A chain in which each node takes the one before it too, and each layer the beginning of its block. */
function nodes(nameOf) {
  const list = [];
  for (let at = 0; at < BLOCKS * LAYERS * OPERATIONS; at += 1) {
    const inputs = [at - 1, at % OPERATIONS === 0 ? at - (at % (LAYERS * OPERATIONS)) : at - 2];
    list.push({
      name: nameOf(at),
      op: ['MatMul', 'Add', 'Relu'][at % 3],
      inputs: [...new Set(inputs)].filter((input) => input >= 0 && input !== at).map(nameOf),
      shape: [8, 64],
    });
  }
  return list;
}

const nested = (at) => {
  const [block, layer] = [Math.floor(at / (LAYERS * OPERATIONS)), Math.floor(at / OPERATIONS) % LAYERS];
  return `net/block${block}/layer${layer}/op${at % OPERATIONS}`;
};

const logdir = mkdtempSync(join(tmpdir(), 'glassboard-graph-'));
new EventFile(join(logdir, 'nested')).graph(nodes(nested)).flush();
new EventFile(join(logdir, 'flat'))
  .graph(nodes((at) => `net/all/op${at}`).concat([{ name: 'net/last', op: 'Out' }]))
  .flush();
const server = await Server.start(logdir);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
});

/** Milliseconds until as many boxes as are wanted are on the screen, from the page's start or the press of a key. */
const boxesShown = (page, least, key) =>
  page.evaluate(
    async ([least, key]) => {
      const start = key ? performance.now() : 0;
      const canvas = document.querySelector('[data-testid=graph-canvas]');
      if (key) canvas.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
      const boxes = () => Number(document.querySelector('[data-testid=graph-stage]')?.dataset.boxes ?? 0);
      while (boxes() < least) await new Promise(requestAnimationFrame);
      // Two frames later it is on the screen.
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      return performance.now() - start;
    },
    [least, key],
  );

const report = { browser: browser.version(), nodes: BLOCKS * LAYERS * OPERATIONS };
for (const [run, group, first, then] of [
  ['nested', 'net/block20', BLOCKS, BLOCKS + LAYERS],
  ['flat', 'net/all', 2, BLOCKS * LAYERS * OPERATIONS],
]) {
  const times = { open_ms: [], expand_ms: [] };
  for (let visit = 0; visit < VISITS; visit += 1) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    if (process.env.GLASSBOARD_WEB_DIST) await servePage(context, process.env.GLASSBOARD_WEB_DIST);
    const page = await context.newPage();
    const hash = `#graph?graph=run&graph=${run}&graph.node=${encodeURIComponent(group)}`;
    await page.goto(new URL(hash, server.url).href, { waitUntil: 'commit' });
    times.open_ms.push(await boxesShown(page, first, null));
    times.expand_ms.push(await boxesShown(page, then, 'Enter'));
    await context.close();
  }
  report[run] = times;
}
await browser.close();
await server.stop();
rmSync(logdir, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify(report)}\n`);
