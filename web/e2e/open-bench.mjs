// How long each dashboard takes to open once its code is there: `node e2e/open-bench.mjs LOGDIR`, with GLASSBOARD_BIN and
// CHROMIUM naming the program and the browser. A dashboard is open when nothing in it has changed for QUIET_MS; the time
// is that of the last change. Prints one line of JSON: milliseconds, by dashboard.
import { chromium } from 'playwright-core';
import { Server, servePage } from './harness.mjs';

const VISITS = 5;
const QUIET_MS = 600;

const server = await Server.start(process.argv[2]);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
});
const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
if (process.env.GLASSBOARD_WEB_DIST) await servePage(context, process.env.GLASSBOARD_WEB_DIST);
const page = await context.newPage();
await page.goto(server.url);
await page.locator('[data-testid=plot][data-fresh=true]').first().waitFor();

/** Clicks on a tab, and waits until what it shows stands still. */
const open = (tab) =>
  page.evaluate(
    async ([tab, quiet]) => {
      let last = performance.now();
      const observer = new MutationObserver(() => (last = performance.now()));
      const start = performance.now();
      document.querySelector(`[data-testid=${tab}]`).click();
      observer.observe(document.querySelector('main'), {
        subtree: true,
        childList: true,
        attributes: true,
        characterData: true,
      });
      while (performance.now() - last < quiet) await new Promise(requestAnimationFrame);
      observer.disconnect();
      return last - start;
    },
    [tab, QUIET_MS],
  );

const tabs = await page
  .locator('[data-testid^=tab-]')
  .evaluateAll((all) => all.map((tab) => tab.dataset.testid));
const report = {};
// The first visit fetches the code.
for (const tab of tabs) await open(tab);
for (let visit = 0; visit < VISITS; visit += 1)
  for (const tab of tabs) (report[tab.slice('tab-'.length)] ??= []).push(Math.round(await open(tab)));
await browser.close();
await server.stop();
process.stdout.write(`${JSON.stringify({ browser: browser.version(), ms: report })}\n`);
