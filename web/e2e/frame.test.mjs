// The frame: runs panel, address, keys, theme, language, empty and broken logs, and a server that goes away.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EventFile, frame, WALL } from './events.mjs';
import {
  addressHolds,
  becomes,
  card,
  copyGolden,
  pointAt,
  Server,
  stage,
  temporaryFolder,
  textOf,
  textsOf,
} from './harness.mjs';

const RUNS = ['adam-1', 'adam-2', 'adam-10', 'sgd'];
const GOLDEN_RUNS = ['golden/future', 'golden/image_hwc', 'golden/text'];

const self = stage((logdir) => {
  RUNS.forEach((name, i) => {
    const file = new EventFile(join(logdir, name), WALL + 100 + i);
    for (let step = 0; step <= 4 - i; step += 1) {
      const wall = WALL + 100 + i + step;
      file.scalar('loss/train', i + 1, step, wall).scalar('loss/valid', i + 1, step, wall);
    }
    file.flush();
  });
  for (const name of ['image_hwc', 'text']) copyGolden(name, logdir, `golden/${name}`);
  new EventFile(join(logdir, 'golden/future'), WALL).tensor('state', 'holograms', [1], [0.5], 0).flush();
});

const row = (page, run) => page.locator(`[data-testid=run-row][data-run="${run}"]`);
/** Runs in the panel, from the top. */
const rows = (page) =>
  page.getByTestId('run-row').evaluateAll((all) => {
    const place = (one) => one.getBoundingClientRect().top;
    return all.toSorted((a, b) => place(a) - place(b)).map((one) => one.dataset.run);
  });
const scalarRows = async (page) => (await rows(page)).filter((name) => !name.startsWith('golden'));
const ticked = (page) =>
  page.getByTestId('run-row').evaluateAll((all) =>
    all
      .filter((one) => one.querySelector('input').checked)
      .map((one) => one.dataset.run)
      .toSorted(),
  );
const plotOf = (page, name = 'loss/train') => card(page, name).getByTestId('plot');
const lines = async (page) => Number(await plotOf(page).getAttribute('data-lines'));
const kept = () => JSON.parse(readFileSync(join(self.logdir, '.glassboard.json'), 'utf8'));

test('ticking runs decides what is drawn, and the address keeps it', async () => {
  const page = await self.open('#timeseries');
  await becomes(() => lines(page), 4);
  assert.deepEqual(await ticked(page), [...RUNS, ...GOLDEN_RUNS].toSorted());
  await row(page, 'sgd').getByTestId('run-check').uncheck();
  await becomes(() => lines(page), 3);
  assert.equal(await textOf(page.getByTestId('runs-shown')), '6 of 7 shown');
  await row(page, 'adam-2').hover();
  await row(page, 'adam-2').getByTestId('run-only').click();
  await becomes(() => lines(page), 1);
  assert.deepEqual(await ticked(page), ['adam-2']);
  await addressHolds(page, 'on=adam-2');
  await page.reload();
  await becomes(() => lines(page), 1);
  assert.deepEqual(await ticked(page), ['adam-2']);
  await page.getByTestId('runs-select-all').click();
  await becomes(() => lines(page), 4);
  await page.getByTestId('runs-select-all').click();
  await page.getByTestId('no-runs').waitFor();
});

test('runs are filtered by text and regular expression, and sorted', async () => {
  const page = await self.open('#timeseries');
  await becomes(() => scalarRows(page), RUNS, 'by start at first');
  const filter = page.getByTestId('runs-filter');
  await filter.fill('ADAM');
  await becomes(() => rows(page), ['adam-1', 'adam-2', 'adam-10']);
  await filter.fill('/adam-1$|^sgd$/');
  await becomes(() => rows(page), ['adam-1', 'sgd']);
  await filter.fill('/(/');
  await page.getByTestId('runs-filter-error').waitFor();
  await filter.fill('/^(adam.*|sgd)$/');
  await page.getByTestId('sort-name').click();
  await becomes(() => rows(page), ['adam-1', 'adam-2', 'adam-10', 'sgd'], 'numbers in names are numbers');
  await page.getByTestId('sort-name').click();
  await becomes(() => rows(page), ['sgd', 'adam-10', 'adam-2', 'adam-1']);
  await page.getByTestId('sort-step').click();
  await becomes(() => rows(page), ['adam-1', 'adam-2', 'adam-10', 'sgd'], 'most steps first');
  await becomes(async () => (await textsOf(page.getByTestId('run-step'))).toSorted(), ['1', '2', '3', '4']);
  await page.getByTestId('sort-menu').click();
  await page.getByTestId('menu-sort-start').click();
  await becomes(() => rows(page), RUNS);
});

test('alias, colour, note, labels, pin, hide and baseline are kept beside the logs', async () => {
  const page = await self.open('#timeseries?smoothing=0');
  await becomes(() => lines(page), 4);
  const settings = async (run) => {
    await row(page, run).getByTestId('run-swatch').click();
    return page.getByTestId('run-settings').filter({ visible: true });
  };
  const panel = await settings('adam-10');
  await panel.getByTestId('run-alias').fill('best one');
  await panel.getByTestId('run-alias').press('Enter');
  await panel.getByTestId('run-note').fill('with warm-up');
  await panel.getByTestId('run-tags').fill('paper, keep');
  await panel.getByTestId('run-color').fill('#123456');
  await panel.getByTestId('run-pin').click();
  await (await settingsOpen(page, 'adam-10', settings)).getByTestId('run-baseline').click();
  await page.keyboard.press('Escape');
  await becomes(() => kept().baseline, 'adam-10');
  assert.deepEqual(kept().runs['adam-10'], {
    alias: 'best one',
    color: '#123456',
    note: 'with warm-up',
    tags: ['paper', 'keep'],
    hidden: false,
    pinned: true,
  });
  assert.equal((await rows(page))[0], 'adam-10');
  assert.match(await textOf(row(page, 'adam-10')), /best one.*baseline.*paper.*keep/);
  assert.equal(await row(page, 'adam-10').locator('rect').getAttribute('fill'), '#123456');

  // The tooltip gives the difference to the baseline.
  const plot = plotOf(page);
  await becomes(() => plot.getAttribute('data-fresh'), 'true');
  const tip = page.getByTestId('tooltip');
  await becomes(async () => {
    await pointAt(page, plot.getByTestId('chart-canvas'));
    return textOf(tip.locator('tr[data-run=sgd] [data-column=baseline]'));
  }, '+1');
  assert.equal(await textOf(tip.locator('tr[data-run=adam-1] [data-column=baseline]')), '−2');
  assert.equal(await textOf(tip.locator('tr[data-run=adam-10] .run')), 'best one');

  await (await settings('sgd')).getByTestId('run-hide').click();
  await page.keyboard.press('Escape');
  await becomes(async () => (await rows(page)).includes('sgd'), false);
  await becomes(() => lines(page), 3);
  await becomes(() => kept().runs?.sgd?.hidden, true);

  await page.reload();
  await becomes(() => lines(page), 3);
  await becomes(async () => (await rows(page))[0], 'adam-10');
  assert.equal(await textOf(page.getByTestId('runs-show-hidden')), '1 hidden');
  await page.getByTestId('runs-show-hidden').click();
  await (await settings('sgd')).getByTestId('run-hide').click();
  await page.keyboard.press('Escape');
  await becomes(() => lines(page), 4);
  const again = await settings('adam-10');
  await again.getByTestId('run-color-reset').click();
  await again.getByTestId('run-alias').fill('');
  await again.getByTestId('run-alias').press('Enter');
  await again.getByTestId('run-note').fill('');
  await again.getByTestId('run-tags').fill('');
  await again.getByTestId('run-baseline').click();
  await again.getByTestId('run-pin').click();
  await becomes(() => [kept().runs, kept().baseline], [{}, null], 'what is as by default is not kept');
});

/** Settings stay open while the row moves; when they close they are opened again. */
async function settingsOpen(page, run, settings) {
  const open = page.getByTestId('run-settings').filter({ visible: true });
  return (await open.count()) > 0 ? open : settings(run);
}

test('the panel is resized, folded and remembered', async () => {
  const page = await self.open('#timeseries');
  const panel = page.getByTestId('runs-panel');
  const width = async () => Math.round((await panel.boundingBox()).width);
  await becomes(() => lines(page), 4);
  const before = await width();
  const handle = await page.getByTestId('runs-resize').boundingBox();
  const grip = { x: handle.x + handle.width / 2, y: handle.y + 200 };
  await page.mouse.move(grip.x, grip.y);
  await page.mouse.down();
  await page.mouse.move(grip.x + 80, grip.y, { steps: 4 });
  await page.mouse.up();
  await becomes(width, before + 80);
  await page.reload();
  await becomes(width, before + 80);
  await page.getByTestId('runs-collapse').click();
  await becomes(() => panel.count(), 0);
  await page.reload();
  await page.getByTestId('runs-expand').click();
  await becomes(width, before + 80);
});

test('keys: search, cards, full size, runs panel, help', async () => {
  const page = await self.open('#timeseries');
  await becomes(() => lines(page), 4);
  const focused = () =>
    page.evaluate(() => document.activeElement?.closest('[data-card]')?.dataset.card ?? null);
  await page.keyboard.press('j');
  await becomes(focused, 'loss/train');
  await page.keyboard.press('j');
  await becomes(focused, 'loss/valid');
  await page.keyboard.press('k');
  await becomes(focused, 'loss/train');
  const full = () => page.locator('.card.full').evaluateAll((all) => all.map((one) => one.dataset.card));
  await page.keyboard.press('f');
  await becomes(full, ['loss/train']);
  await page.keyboard.press('Escape');
  await becomes(full, []);
  await page.keyboard.press('b');
  await becomes(() => page.getByTestId('runs-panel').count(), 0);
  await page.keyboard.press('b');
  await page.getByTestId('runs-panel').waitFor();
  await page.keyboard.press('t');
  await page.keyboard.type('valid');
  await becomes(() => page.getByTestId('tag-filter').inputValue(), 'valid');
  await becomes(() => card(page, 'loss/train').count(), 0);
  await page.getByTestId('tag-filter').fill('');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.getByTestId('help').waitFor();
  assert.match(await textOf(page.getByTestId('help')), /j ?Next card ?k ?Previous card/);
  await page.keyboard.press('Escape');
  await becomes(() => page.getByTestId('help').count(), 0);
  const asked = page.waitForRequest((request) => request.url().endsWith('/api/v1/runs'));
  await page.keyboard.press('r');
  await asked;

  await page.keyboard.press('/');
  await page.keyboard.type('loss/v');
  const hits = page.getByTestId('search-results').locator('li');
  await becomes(async () => (await textsOf(hits))[0], 'loss/valid Time series tag');
  await page.keyboard.press('Enter');
  await becomes(() => page.getByTestId('tag-filter').inputValue(), '^loss/valid$');
  await page.keyboard.press('/');
  await page.keyboard.type('sgd');
  await becomes(() => hits.count(), 1);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await becomes(() => ticked(page), ['sgd']);
});

test('theme and language are switched and remembered; no text is missing', async () => {
  const page = await self.open('#timeseries', { colorScheme: 'dark' });
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  await becomes(theme, 'dark', 'as the system');
  await page.emulateMedia({ colorScheme: 'light' });
  await becomes(theme, 'light');
  const luminance = () =>
    page.locator('body').evaluate((one) => {
      const [r, g, b] = getComputedStyle(one)
        .backgroundColor.match(/[\d.]+/g)
        .map(Number);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    });
  assert.ok((await luminance()) > 200);
  await page.getByTestId('theme').click();
  await page.getByTestId('menu-theme-dark').click();
  await becomes(theme, 'dark');
  assert.ok((await luminance()) < 60);
  await page.getByTestId('language').click();
  await page.getByTestId('menu-language-zh').click();
  await becomes(() => page.evaluate(() => document.documentElement.lang), 'zh-CN');
  await page.reload();
  await becomes(theme, 'dark');
  await becomes(async () => /时间序列/.test(await textOf(page.getByTestId('tab-timeseries'))), true);

  // Neither a key of the message table nor an English label is left on any dashboard.
  const folder = fileURLToPath(new URL('../src/lib/i18n/messages/', import.meta.url));
  const table = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const keys = [...table.matchAll(/^ {2}'([^']+)':/gm)].map(([, key]) => key);
  assert.ok(keys.length > 200);
  for (const dashboard of ['timeseries', 'images', 'histograms', 'distributions', 'text']) {
    await page.goto(new URL(`#${dashboard}`, self.server.url).href);
    const main = page.getByTestId(`dashboard-${dashboard}`);
    await becomes(async () => (await textOf(main)).length > 10, true);
    const texts = await page.evaluate(() => {
      const found = [document.body.innerText];
      for (const one of document.querySelectorAll('[title], [aria-label], [placeholder]')) {
        found.push(one.title, one.getAttribute('aria-label') ?? '', one.getAttribute('placeholder') ?? '');
      }
      return found.join('\n');
    });
    const words = new Set(texts.split(/[\s:：,，]+/));
    assert.deepEqual(
      keys.filter((key) => words.has(key)),
      [],
      'keys shown instead of texts',
    );
    for (const english of [
      'Smoothing',
      'Filter',
      'Card width',
      'Runs',
      'Full size',
      'Rendered',
      'Step cursor',
    ]) {
      assert.ok(!texts.includes(english), `${dashboard}: ${english}`);
    }
  }
});

test('dashboards without data are under More, and say how to log for them', async () => {
  const page = await self.open('');
  await becomes(() => lines(page), 4);
  assert.deepEqual(await textsOf(page.locator('nav a')), ['Time series2', 'Images1', 'Text2']);
  await page.getByTestId('more').click();
  const menu = await textOf(page.getByTestId('more-menu'));
  assert.match(menu, /Histograms ?writer\.add_histogram/);
  assert.match(menu, /holograms/, 'data that no dashboard shows yet is named');
  await page.getByTestId('menu-dashboard-histograms').click();
  assert.match(
    await textOf(page.getByTestId('dashboard-empty')),
    /writer\.add_histogram\("weights", values, step\)/,
  );
  await page.goBack();
  await becomes(() => lines(page), 4);
});

test('an empty log directory shows the lines that fill it, then fills by itself', async () => {
  const logdir = temporaryFolder();
  const server = await Server.start(logdir);
  const page = await self.open('', { url: server.url });
  const code = page.getByTestId('empty-code');
  assert.deepEqual((await code.textContent()).split('\n'), [
    'from torch.utils.tensorboard import SummaryWriter',
    `writer = SummaryWriter("${logdir}/first")`,
    'writer.add_scalar("loss/train", 0.5, 0); writer.flush()',
  ]);
  await page.getByRole('radio', { name: 'Rust' }).click();
  assert.match(await code.textContent(), /glassboard::SummaryWriter/);
  new EventFile(join(logdir, 'first')).scalar('loss/train', 0.5, 0).flush();
  await becomes(() => lines(page), 1);
  assert.deepEqual(await rows(page), ['first']);
  assert.deepEqual(await server.stop(), { code: 0, signal: null }, 'Ctrl-C ends the program cleanly');
});

test('while logs are read, files and bytes of the total are shown', async () => {
  const server = await Server.start(self.logdir);
  const page = await self.open('about:blank', { url: server.url });
  // The program reads faster than a page opens, so its answers are held at an early moment.
  const early = {
    phase: 'loading',
    files_read: 1,
    files_total: 7,
    bytes_read: 1_500,
    bytes_total: 449_000_000,
  };
  const held = async (route, change) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: change(await answer.json()) });
  };
  await page.route('**/api/v1/status', (route) =>
    held(route, (status) => ({ ...status, ...early, runs: 0 })),
  );
  await page.route('**/api/v1/runs', (route) => held(route, (list) => ({ ...list, runs: [] })));
  await page.route('**/api/v1/tags', (route) => held(route, (list) => ({ ...list, plugins: [] })));
  await page.route('**/api/v1/events', () => undefined);
  await page.goto(server.url);
  await becomes(() => textOf(page.getByTestId('loading-progress')), '1 of 7 files, 1.5 kB of 449 MB');
});

test('a damaged file is counted with file and offset, and everything else is shown', async () => {
  const logdir = temporaryFolder();
  const file = new EventFile(join(logdir, 'broken'));
  file.scalar('x', 1, 0).scalar('x', 2, 1).flush();
  const offset = statSync(file.path).size;
  const flipped = frame(Buffer.from('a record whose data is not what was written'));
  flipped[20] ^= 1;
  file.raw(flipped).scalar('x', 3, 2).flush();
  const server = await Server.start(logdir);
  const page = await self.open('#timeseries?smoothing=0', { url: server.url });
  const notice = page.getByTestId('damage');
  const name = file.path.slice(logdir.length + 1);
  await becomes(
    async () => (await textOf(notice)).replace(/ ?Details.*$/, ''),
    `1 damaged record in ${name} at byte ${offset}: ${flipped.length} B skipped, 4 records read.`,
  );
  await becomes(() => plotOf(page, 'x').getAttribute('data-points'), '3');
  await page.getByTestId('damage-details').click();
  const list = await textOf(page.getByTestId('damage-list'));
  for (const part of [
    name,
    '4 records read, 1 damaged',
    `at byte ${offset}`,
    'data checksum is wrong',
    `${flipped.length} B lost`,
  ]) {
    assert.ok(list.includes(part), `${part} in: ${list}`);
  }
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await becomes(() => notice.count(), 0);
});

test('files that are replaced or vanish, and loops of links, are followed and told', async () => {
  const logdir = temporaryFolder();
  const file = new EventFile(join(logdir, 'run'));
  for (let step = 0; step < 5; step += 1) file.scalar('loss/train', step, step);
  file.flush();
  const other = new EventFile(join(logdir, 'other')).scalar('loss/train', 1, 0).flush();
  symlinkSync('..', join(logdir, 'run', 'loop'));
  const server = await Server.start(logdir);
  const page = await self.open('#timeseries', { url: server.url });
  await becomes(() => plotOf(page).getAttribute('data-points'), '6');
  await becomes(async () => /loop.*symbolic link loop/.test(await textOf(page.getByTestId('notices'))), true);
  // The same file, now with less in it.
  const short = new EventFile(temporaryFolder())
    .scalar('loss/train', 9, 0)
    .scalar('loss/train', 9, 1)
    .flush();
  writeFileSync(file.path, readFileSync(short.path));
  await becomes(() => plotOf(page).getAttribute('data-points'), '3');
  rmSync(join(logdir, 'other'), { recursive: true });
  await becomes(() => rows(page), ['run'], other.path);
  await becomes(() => plotOf(page).getAttribute('data-points'), '2');
});

test('a lost server is told, and is found again on the same address', async () => {
  const logdir = temporaryFolder();
  const file = new EventFile(join(logdir, 'run'));
  file.scalar('loss/train', 1, 0).flush();
  const server = await Server.start(logdir);
  const page = await self.open('#timeseries', {
    url: server.url,
    allow: [/ERR_CONNECTION_REFUSED/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /ERR_EMPTY_RESPONSE/],
  });
  await becomes(() => lines(page), 1);
  await server.stop();
  const notice = page.getByTestId('connection-lost');
  await notice.waitFor();
  assert.match(
    await textOf(notice),
    /^Connection to the server lost\. What you see is as of \d\d:\d\d:\d\d\. Next attempt in \d+ s\./,
  );
  assert.match(await textOf(page.getByTestId('live')), /^disconnected/);
  assert.equal(await lines(page), 1, 'what was shown stays');
  file.scalar('loss/train', 2, 1).flush();
  await Server.start(logdir, { port: server.port });
  await becomes(() => notice.count(), 0, 'it tries again by itself');
  await becomes(() => plotOf(page).getAttribute('data-points'), '2');
});

test('a path prefix and a title of the window', async () => {
  const server = await Server.start(self.logdir, {
    args: ['--path_prefix', '/boards/one', '--window_title', 'My runs'],
  });
  assert.match(server.url, /\/boards\/one\/$/);
  const page = await self.open('#images', { url: server.url });
  await page.getByTestId('picture').first().waitFor();
  await becomes(() => page.title(), 'My runs · Glassboard');
  await page.getByTestId('tab-timeseries').click();
  await becomes(() => lines(page), 4);
});

test('a server with a token opens by the printed address only', async () => {
  const server = await Server.start(self.logdir, { args: ['--token', 'secret-token-of-a-test'] });
  const page = await self.open('#timeseries', { url: server.url });
  await becomes(() => lines(page), 4);
  assert.ok(!page.url().includes('secret-token'), 'the token does not stay in the address');
  const bare = new URL('/', server.url);
  const stranger = await self.open('', { url: bare.href, allow: [/401/] });
  await becomes(async () => (await stranger.locator('body').innerText()).includes('token'), true);
  assert.equal((await fetch(new URL('/api/v1/runs', bare))).status, 401);
});

test('a thousand runs', async () => {
  const logdir = temporaryFolder();
  for (let i = 0; i < 1000; i += 1) {
    const file = new EventFile(join(logdir, `run-${i}`), WALL + i);
    file
      .scalar('loss', i, 0, WALL + i)
      .scalar('loss', i + 1, 1, WALL + i + 1)
      .flush();
  }
  const server = await Server.start(logdir);
  const page = await self.open('#timeseries?smoothing=0', { url: server.url });
  await becomes(() => textOf(page.getByTestId('runs-shown')), '500 of 1,000 shown');
  const drawn = async () => Number(await plotOf(page, 'loss').getAttribute('data-lines'));
  await becomes(drawn, 500);
  assert.ok((await page.getByTestId('run-row').count()) < 60, 'only the rows in sight are made');
  await page.getByTestId('runs-list').evaluate((list) => list.scrollTo(0, list.scrollHeight));
  await becomes(async () => (await rows(page)).at(-1), 'run-999');
  await page.getByTestId('runs-select-all').click();
  await becomes(drawn, 1000);
  await page.getByTestId('runs-filter').fill('/-99\\d$/');
  await becomes(async () => (await rows(page)).length, 10);
});
