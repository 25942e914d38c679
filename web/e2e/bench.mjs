// How long a browser takes to the first chart of a running dashboard, and how much JavaScript that needs:
// `node e2e/bench.mjs URL`, with CHROMIUM naming the browser. Prints one line of JSON.
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';

const VISITS = 7;
const FLAGS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

const [url] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
const report = { browser: browser.version(), first_chart_ms: [], script_gzip_bytes: 0, lines: 0 };
for (let visit = 0; visit < VISITS; visit += 1) {
  // A new context each time: nothing is cached.
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const scripts = [];
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script') scripts.push(response);
  });
  await page.addInitScript(() => {
    const drawn = () => {
      const plot = document.querySelector('[data-testid="plot"][data-fresh="true"]');
      if (!plot || !(Number(plot.getAttribute('data-points')) > 0)) {
        requestAnimationFrame(drawn);
        return;
      }
      // Two frames later it is on the screen.
      requestAnimationFrame(() => requestAnimationFrame(() => (window.firstChartMs = performance.now())));
    };
    requestAnimationFrame(drawn);
  });
  await page.goto(url, { waitUntil: 'commit' });
  const ms = await page.waitForFunction(() => window.firstChartMs, null, { timeout: 30_000 });
  report.first_chart_ms.push(await ms.jsonValue());
  report.lines = Number(
    await page.locator('[data-testid="plot"][data-fresh="true"]').first().getAttribute('data-lines'),
  );
  const bodies = await Promise.all(scripts.map((response) => response.body()));
  report.script_gzip_bytes = bodies.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0);
  await context.close();
}
await browser.close();
process.stdout.write(`${JSON.stringify(report)}\n`);
