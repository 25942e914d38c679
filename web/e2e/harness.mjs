// Starts the real program on a temporary log directory and drives the real page in Chromium.
//
// Environment: GLASSBOARD_BIN, the built command; CHROMIUM, the browser; GLASSBOARD_WEB_DIST, optionally a
// built page that is tested instead of the one inside the command.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { after, afterEach, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const TIMEOUT_MS = 15_000;
const GOLDEN = fileURLToPath(new URL('../../tests/golden/events/', import.meta.url));
const RESULTS = fileURLToPath(new URL('../test-results/', import.meta.url));
const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
};

/** A program that is needed, named by an environment variable. */
function program(name) {
  const path = process.env[name];
  assert.ok(path, `the environment variable ${name} must name a program; \`cargo xtask test\` sets it`);
  return path;
}

/** Waits until `probe` gives something true, and gives that. */
export async function until(what, probe, timeoutMs = TIMEOUT_MS) {
  const deadline = Date.now() + timeoutMs;
  let last;
  for (;;) {
    try {
      const found = await probe();
      if (found) return found;
      last = found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) assert.fail(`waited in vain for ${what}; last: ${last}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

/** Waits until `read` gives a value equal to `expected`. */
export async function becomes(read, expected, what = 'value') {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    let found;
    try {
      found = await read();
      assert.deepEqual(found, expected);
      return found;
    } catch (error) {
      if (Date.now() > deadline) {
        if (found === undefined) throw error;
        assert.deepEqual(found, expected, what);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

/** Points at a place of an element, given as shares of its width and height, wherever the element is by now. */
export async function pointAt(page, element, fx = 0.5, fy = 0.5) {
  const box = await element.boundingBox();
  await page.mouse.move(box.x + fx * box.width, box.y + fy * box.height);
}

/** A new folder that is removed at the end of the test file. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'glassboard-e2e-'));
  folders.push(folder);
  return folder;
}
const folders = [];

/** Copies the event files of a golden case to `to` within a log directory. */
export function copyGolden(name, logdir, to = name) {
  cpSync(join(GOLDEN, name, 'log'), join(logdir, to), { recursive: true });
  const [events] = Object.values(JSON.parse(readFileSync(join(GOLDEN, name, 'expected.json'), 'utf8')));
  return { events, values: events.flatMap((event) => event.values ?? []) };
}

/** The running program. */
export class Server {
  static async start(logdir, { command, args = ['--reload_interval', '0.2'], port = 0 } = {}) {
    const child = spawn(
      program('GLASSBOARD_BIN'),
      [...(command ? [command] : []), '--logdir', logdir, '--port', String(port), ...args],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const server = new Server(child);
    servers.add(server);
    child.stdout.on('data', (data) => (server.printed += data));
    child.stderr.on('data', (data) => (server.printed += data));
    server.url = await until('the address that the program prints', () => {
      assert.equal(child.exitCode, null, `the program ended: ${server.printed}`);
      return /https?:\/\/\S+/.exec(server.printed)?.[0];
    });
    server.port = Number(new URL(server.url).port);
    return server;
  }

  /** What it has written to its output so far. */
  printed = '';

  constructor(child) {
    this.child = child;
    this.ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  }

  /** Ctrl-C, and how the program ended. */
  async stop() {
    servers.delete(this);
    this.child.kill('SIGINT');
    const tooLate = setTimeout(() => this.child.kill('SIGKILL'), 5_000);
    const ending = await this.ended;
    clearTimeout(tooLate);
    return ending;
  }
}
const servers = new Set();

/** What is wrong in a page that nobody expected. */
function watch(page, allowed) {
  const problems = [];
  const note = (text) => {
    if (!allowed.some((pattern) => pattern.test(text))) problems.push(text);
  };
  page.on('console', (entry) => {
    if (entry.type() === 'error') note(`console: ${entry.text()} ${entry.location().url}`);
  });
  page.on('pageerror', (error) => note(`page: ${error.stack ?? error}`));
  page.on('requestfailed', (request) => {
    // A request that the page itself took back, or a stream that ends with the page.
    const why = request.failure()?.errorText;
    if (why !== 'net::ERR_ABORTED') note(`request: ${why} ${request.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) note(`response: ${response.status()} ${response.url()}`);
  });
  return problems;
}

/** Answers the page's own files from a folder instead of from the program. */
export async function servePage(context, folder) {
  await context.route(
    (url) => !url.pathname.includes('/api/'),
    async (route) => {
      const answer = await route.fetch({ maxRedirects: 0 });
      const path = /assets\/[^/]+$/.exec(new URL(route.request().url()).pathname)?.[0] ?? 'index.html';
      const file = join(folder, path);
      if (!existsSync(file) || answer.status() === 303 || answer.status() === 401)
        return route.fulfill({ response: answer });
      let body = readFileSync(file);
      if (path === 'index.html') {
        const base = /<base [^>]*>/.exec(await answer.text())?.[0] ?? '';
        body = Buffer.from(body.toString().replace('<head>', `<head>${base}`));
      }
      const headers = { ...answer.headers(), 'content-type': TYPES[extname(path)] ?? '' };
      delete headers['content-length'];
      return route.fulfill({ status: 200, headers, body });
    },
  );
}

/**
 * Hooks of a test file: one browser and, when `write` fills a log directory, one server. Every test opens its
 * own page with `open`; after the test nothing may have gone wrong in it.
 */
export function stage(write) {
  const self = { browser: undefined, server: undefined, logdir: undefined, pages: [] };

  before(async () => {
    self.browser = await chromium.launch({ executablePath: program('CHROMIUM'), args: BROWSER_FLAGS });
    if (write) {
      self.logdir = temporaryFolder();
      await write(self.logdir);
      self.server = await Server.start(self.logdir);
    }
  });

  afterEach(async (test) => {
    const pages = self.pages.splice(0);
    const failed = test.passed === false;
    for (const [index, { page, context }] of pages.entries()) {
      if (failed) {
        mkdirSync(RESULTS, { recursive: true });
        const name = test.name.replace(/[^\p{L}\p{N}]+/gu, '-');
        await page.screenshot({ path: join(RESULTS, `${name}-${index}.png`) }).catch(() => undefined);
      }
      await context.close();
    }
    for (const { problems } of pages) assert.deepEqual(problems, [], 'nothing goes wrong in the page');
  });

  after(async () => {
    await self.browser?.close();
    for (const server of [...servers]) await server.stop();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  /** Opens the page at the part of the address after `#`. */
  self.open = async (hash = '', options = {}) => {
    const { url = self.server.url, allow = [], width = 1280, height = 800, ...rest } = options;
    const context = await self.browser.newContext({
      viewport: { width, height },
      locale: 'en-US',
      timezoneId: 'UTC',
      acceptDownloads: true,
      ...rest,
    });
    context.setDefaultTimeout(TIMEOUT_MS);
    if (process.env.GLASSBOARD_WEB_DIST && url.startsWith('http'))
      await servePage(context, process.env.GLASSBOARD_WEB_DIST);
    const page = await context.newPage();
    const problems = watch(page, allow);
    self.pages.push({ page, context, problems });
    await page.goto(new URL(hash, url).href);
    return page;
  };
  return self;
}

/** Makes a page believe that its graphics card is real: a browser that imitates one names it, and others draw then. */
export async function pretendCard(page) {
  await page.addInitScript(() => {
    const { getParameter } = WebGL2RenderingContext.prototype;
    const UNMASKED_RENDERER = 0x9246;
    WebGL2RenderingContext.prototype.getParameter = function (name) {
      return name === UNMASKED_RENDERER ? 'A card' : getParameter.call(this, name);
    };
  });
}

/** A card by its stable name. */
export const card = (page, name) => page.locator(`[data-card=${JSON.stringify(name)}]`);

/** Waits until the address holds some text; it follows the controls a moment later. */
export const addressHolds = (page, text) =>
  until(`${text} in the address`, () => page.evaluate((part) => location.hash.includes(part), text));

/** Text of an element, with every stretch of white space as one space. */
export async function textOf(locator) {
  return ((await locator.textContent()) ?? '').replace(/\s+/g, ' ').trim();
}

/** Texts of all elements found. */
export async function textsOf(locator) {
  return (await locator.allTextContents()).map((text) => text.replace(/\s+/g, ' ').trim());
}

/** A number as the page writes it: four significant digits. */
export function shown(value) {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  assert.ok(size >= 1e-4 && size < 1e6, `${value} is written with an exponent`);
  const decimals = Number.isInteger(value) ? 0 : Math.max(0, Math.min(7, 3 - Math.floor(Math.log10(size))));
  const text = size.toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return `${value < 0 ? '−' : ''}${text}`;
}

/** What a download holds, and its name. */
export async function download(page, start) {
  const [file] = await Promise.all([page.waitForEvent('download'), start()]);
  return { name: file.suggestedFilename(), content: readFileSync(await file.path()) };
}

/** Lines of a CSV file as objects by column name. */
export function csv(content) {
  const [header, ...lines] = content.toString('utf8').trimEnd().split(/\r?\n/);
  const names = header.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])));
}

/** Sets a range input as a drag of its thumb would. */
export async function slide(locator, value) {
  await locator.evaluate((input, to) => {
    input.value = String(to);
    input.dispatchEvent(new Event('input', { bubbles: true }));
    input.dispatchEvent(new Event('change', { bubbles: true }));
  }, value);
}
