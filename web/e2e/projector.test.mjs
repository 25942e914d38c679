// The projector: what torch logged, and folders of our own.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { picture } from './events.mjs';
import {
  addressHolds,
  becomes,
  copyGolden,
  csv,
  download,
  pretendCard,
  Server,
  stage,
  temporaryFolder,
  textOf,
  textsOf,
  until,
} from './harness.mjs';

const GROUPS = ['ant', 'bee', 'cat'];
const COUNT = 90;

/** Three groups of points, apart along the first three of six dimensions; the same every time. */
function groupPoints(shift) {
  let state = 7;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  return Array.from({ length: COUNT }, (_, point) =>
    Array.from({ length: 6 }, (_, axis) => (axis === point % 3 ? 10 - 2 * axis + shift : 0) + random()),
  );
}

function writeRun(folder, config, files) {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  writeFileSync(join(folder, 'projector_config.pbtxt'), config);
}

const tsv = (rows) => rows.map((row) => row.join('\t')).join('\n') + '\n';
const labels = tsv([
  ['name', 'kind', 'size'],
  ...Array.from({ length: COUNT }, (_, i) => [`p${i}`, GROUPS[i % 3], String(i * 10)]),
]);
const bookmark = [
  {
    label: 'the bees',
    selectedProjection: 'pca',
    pcaComponentDimensions: [1, 2],
    selectedPoints: [1, 4],
    filteredPoints: [1, 4, 7],
    cameraDef: { orthographic: true, position: { x: 0, y: 0, z: 2 }, target: { x: 0, y: 0, z: 0 } },
  },
];

function writeLogs(logdir) {
  copyGolden('embedding', logdir, 'torch');
  const points = (step) =>
    `embeddings { tensor_name: "words:${String(step).padStart(5, '0')}" tensor_path: "t${step}.tsv" metadata_path: "m.tsv" bookmarks_path: "b.json" }\n`;
  writeRun(join(logdir, 'groups'), points(0) + points(20), {
    't0.tsv': tsv(groupPoints(0)),
    't20.tsv': tsv(groupPoints(5)),
    'm.tsv': labels,
    'b.json': JSON.stringify(bookmark),
  });
  writeRun(
    join(logdir, 'odd'),
    'embeddings { tensor_name: "cut" tensor_path: "t.tsv" metadata_path: "m.tsv" }\n' +
      'embeddings { tensor_name: "out" tensor_path: "../groups/t0.tsv" }\n' +
      'embeddings { broken',
    { 't.tsv': '1\t2\n3\t4\n5\t7\n', 'm.tsv': '<img src=x onerror=alert(1)>\nb\n' },
  );
}

const s = stage(writeLogs);
const get = (page, id) => page.getByTestId(id);
const drawn = (page) =>
  until(
    'a drawn frame',
    async () => Number(await get(page, 'projector-canvas').getAttribute('data-frames')) > 0,
  );

async function openGroups(more = '', options = {}) {
  const page = await s.open(`#projector?projector.run=groups&projector.tag=words${more}`, options);
  await drawn(page);
  return page;
}

test('what torch logged, with its sprite and labels', async () => {
  const page = await s.open('#projector?projector.run=torch&projector.tag=feat');
  await becomes(() => textOf(get(page, 'projector-counts')), '20 points · 5 dimensions');
  await drawn(page);
  // One column has no name; each label is another, so that it colours nothing.
  await get(page, 'projector-search').fill('l7');
  await becomes(() => textOf(get(page, 'projector-found')), '1 found');
  await get(page, 'projector-results').getByRole('button', { name: 'l7' }).click();
  await becomes(() => textOf(get(page, 'projector-card').locator('h3')), 'l7');
  // Of 5 × 5 pictures of 4 pixels, the eighth: drawn 24 times as large.
  const picture = get(page, 'projector-picture');
  await becomes(
    () => picture.evaluate((element) => element.style.backgroundPosition),
    `${-2 * 4 * 24}px ${-1 * 4 * 24}px`,
  );
  await addressHolds(page, 'projector.points=7');
});

test('components with their variance, and the axes', async () => {
  const page = await openGroups();
  await becomes(async () => (await textsOf(get(page, 'projector-axis-x').locator('option'))).length, 6);
  const shares = (await textsOf(get(page, 'projector-axis-x').locator('option'))).map((text) =>
    Number(/\((.*)%\)/.exec(text)[1]),
  );
  assert.ok(shares[0] > shares[1] && shares[1] > shares[2], String(shares));
  assert.ok(Math.abs(shares.reduce((sum, share) => sum + share) - 100) < 1, String(shares));
  const { content } = await download(page, async () => {
    await get(page, 'export').click();
    await page.getByRole('menuitem', { name: 'CSV' }).click();
  });
  const rows = csv(content);
  assert.equal(rows.length, COUNT);
  assert.deepEqual(Object.keys(rows[0]), ['point', 'pc1', 'pc2', 'pc3', 'name', 'kind', 'size']);
  const variance = (name) => rows.reduce((sum, row) => sum + Number(row[name]) ** 2, 0) / (COUNT - 1);
  // As the shares on the axes say.
  assert.ok(Math.abs(variance('pc2') / variance('pc1') - shares[1] / shares[0]) < 0.01);
  await get(page, 'projector-axis-y').selectOption('2');
  await addressHolds(page, 'projector.axis=0&projector.axis=2');
  await get(page, 'projector-dimensions').getByText('2-D').click();
  await addressHolds(page, 'projector.dim=2');
  await becomes(() => get(page, 'projector-axis-z').count(), 0);
});

test('layouts by t-SNE and UMAP, a seed, and stopping', async () => {
  const page = await openGroups('&projector.method=tsne&projector.dim=2&projector.perplexity=10');
  await becomes(
    async () => /^KL divergence 0\.\d+$/.test(await textOf(get(page, 'projector-divergence'))),
    true,
  );
  const export_ = async () => {
    const { content } = await download(page, async () => {
      await get(page, 'export').click();
      await page.getByRole('menuitem', { name: 'CSV' }).click();
    });
    return csv(content);
  };
  const rows = await export_();
  // Each point's nearest neighbour is of its group.
  for (const a of rows) {
    const [nearest] = rows
      .filter((b) => b !== a)
      .sort((b, c) => Math.hypot(b.x - a.x, b.y - a.y) - Math.hypot(c.x - a.x, c.y - a.y));
    assert.equal(nearest.kind, a.kind);
  }
  await get(page, 'projector-iterations').fill('100000');
  await get(page, 'projector-iterations').press('Enter');
  await becomes(
    async () => /^Iteration .* of 100,000$/.test(await textOf(get(page, 'projector-progress'))),
    true,
  );
  await get(page, 'projector-stop').click();
  await becomes(() => get(page, 'projector-stopped').count(), 1);
  await get(page, 'projector-method').getByText('UMAP').click();
  await get(page, 'projector-iterations').fill('30');
  await get(page, 'projector-iterations').press('Enter');
  await becomes(() => get(page, 'projector-progress').count(), 0);
  await becomes(async () => (await export_()).length, COUNT);
});

/** Where points are along the axis from the mean of some to the mean of others, by the definition. */
function along(points, from, to) {
  const mean = (group) =>
    points[0].map((_, axis) => group.reduce((sum, point) => sum + points[point][axis], 0) / group.length);
  const [a, b] = [mean(from), mean(to)];
  return points.map((values) => values.reduce((sum, value, axis) => sum + value * (b[axis] - a[axis]), 0));
}

const all = Array.from({ length: COUNT }, (_, i) => i);
const ofGroup = (group) => all.filter((point) => point % 3 === GROUPS.indexOf(group));

async function exported(page) {
  const { name, content } = await download(page, async () => {
    await get(page, 'export').click();
    await page.getByRole('menuitem', { name: 'CSV' }).click();
  });
  return { name, rows: csv(content) };
}

function assertNear(got, expected) {
  assert.equal(got.length, expected.length);
  got.forEach((value, i) =>
    assert.ok(
      Math.abs(value - expected[i]) < 1e-4 * (1 + Math.abs(expected[i])),
      `${i}: ${value} ${expected[i]}`,
    ),
  );
}

test('axes between groups of points, by text, pattern and choice', async () => {
  const page = await openGroups('&projector.dim=2');
  await get(page, 'projector-method').getByText('Custom').click();
  await until('a hint', () => get(page, 'projector-ends').count());
  await get(page, 'projector-ends-in').selectOption({ label: 'kind' });
  const type = async (end, text) => {
    const field = get(page, `projector-end-${end}-text`);
    await field.fill(text);
    await field.press('Enter');
  };
  const count = (end) => textOf(get(page, `projector-end-${end}-count`));
  await type('left', 'ANT');
  // An end that is empty is all points, and an axis without ends is flat.
  await becomes(() => count('left'), '30');
  const points = groupPoints(5);
  let { rows } = await exported(page);
  assertNear(
    rows.map((row) => Number(row.x)),
    along(points, ofGroup('ant'), all),
  );
  assert.ok(rows.every((row) => Number(row.y) === 0));
  await type('right', '/^b|^c/');
  await becomes(() => count('right'), '60');
  await get(page, 'projector-search').fill('p1');
  await get(page, 'projector-choose-found').click();
  await becomes(() => textOf(get(page, 'projector-chosen')), '11 chosen');
  await get(page, 'projector-end-up-choose').click();
  await becomes(() => count('up'), '11');
  assert.equal(await textOf(get(page, 'projector-end-up-remove')), 'up: 11 points');
  await get(page, 'projector-clear').click();
  const expected = {
    x: along(points, ofGroup('ant'), [...ofGroup('bee'), ...ofGroup('cat')]),
    y: along(points, all, [1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]),
  };
  const check = async (where) => {
    const { name, rows } = await exported(where);
    assert.equal(name, 'groups_words_custom.csv');
    assert.deepEqual(Object.keys(rows[0]), ['point', 'x', 'y', 'name', 'kind', 'size']);
    for (const axis of ['x', 'y'])
      assertNear(
        rows.map((row) => Number(row[axis])),
        expected[axis],
      );
  };
  await check(page);
  // A link has it all.
  for (const part of ['method=custom', 'left=ANT', 'right=', 'up.points=1.10.', 'in=kind'])
    await addressHolds(page, `projector.${part}`);
  const again = await s.open(new URL(page.url()).hash);
  await becomes(() => textOf(get(again, 'projector-end-up-count')), '11');
  await becomes(() => textOf(get(again, 'projector-end-right-count')), '60');
  assert.equal(await get(again, 'projector-end-right-text').inputValue(), '/^b|^c/');
  await check(again);
  // So does a bookmark, also for TensorBoard.
  await get(again, 'projector-bookmarks').click();
  await get(again, 'bookmark-add').click();
  const saved = await download(again, () => get(again, 'bookmarks-save').click());
  const state = JSON.parse(saved.content).at(-1);
  assert.deepEqual(
    [state.selectedProjection, state.customXLeftText, state.customXRightText, state.customXRightRegex],
    ['custom', 'ANT', '^b|^c', true],
  );
  await again.keyboard.press('Escape');
  await get(again, 'projector-method').getByText('PCA').click();
  await get(again, 'projector-end-up-remove').waitFor({ state: 'detached' });
  await get(again, 'projector-bookmarks').click();
  await get(again, 'bookmark-go').last().click();
  await becomes(() => textOf(get(again, 'projector-end-up-count')), '11');
});

test('what is no axis is told where it is given', async () => {
  const page = await openGroups(
    '&projector.method=custom&projector.left=bee&projector.right=nobody&projector.in=kind',
  );
  const told = (end) => textOf(get(page, `projector-end-${end}-text-error`));
  await becomes(() => told('right'), 'No point matches');
  await becomes(() => textOf(get(page, 'projector-end-right-count')), '0');
  const type = async (end, text) => {
    await get(page, `projector-end-${end}-text`).fill(text);
    await get(page, `projector-end-${end}-text`).press('Enter');
  };
  await type('right', '/a(/');
  await becomes(() => told('right'), 'expected a regular expression, got "a(": unclosed group');
  await type('right', '/^bee$/');
  await becomes(() => textOf(get(page, 'projector-coincide-x')), 'Both ends have one centre');
  assert.equal(await get(page, 'projector-end-right-text-error').count(), 0);
  // Three axes in space; with the third, the second is flat.
  await type('right', 'ant');
  await type('front', 'cat');
  await becomes(() => textOf(get(page, 'projector-end-front-count')), '30');
  const { rows } = await exported(page);
  assertNear(
    rows.map((row) => Number(row.z)),
    along(groupPoints(5), all, ofGroup('cat')),
  );
  assert.ok(rows.every((row) => Number(row.y) === 0));
  assert.equal(await get(page, 'projector-coincide-y').count(), 0);
});

test('choosing, neighbours, isolating, and the address', async () => {
  const page = await openGroups('&projector.dim=2');
  await becomes(
    () => textsOf(get(page, 'projector-legend').locator('button')),
    ['ant 30', 'bee 30', 'cat 30'],
  );
  await get(page, 'projector-legend').getByText('bee').click();
  await becomes(() => textOf(get(page, 'projector-chosen')), '30 chosen');
  await get(page, 'projector-isolate').click();
  await becomes(() => get(page, 'projector-all').count(), 1);
  // A box around everything chooses what is shown.
  const canvas = await get(page, 'projector-canvas').boundingBox();
  await page.keyboard.down('Shift');
  await page.mouse.move(canvas.x + 3, canvas.y + 3);
  await page.mouse.down();
  await page.mouse.move(canvas.x + canvas.width - 3, canvas.y + canvas.height - 3, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await becomes(() => textOf(get(page, 'projector-chosen')), '30 chosen');
  await get(page, 'projector-all').click();
  await get(page, 'projector-clear').click();
  await get(page, 'projector-search').fill('^p1$');
  await get(page, 'projector-regex').check();
  await get(page, 'projector-results').getByText('p1').click();
  await get(page, 'projector-near').fill('5');
  await get(page, 'projector-near').press('Enter');
  await get(page, 'projector-metric').getByText('Euclidean').click();
  const near = get(page, 'projector-nearest').locator('button');
  await becomes(() => near.count(), 5);
  const points = groupPoints(5);
  const off = (point) => Math.hypot(...points[point].map((value, axis) => value - points[1][axis]));
  const expected = Array.from({ length: COUNT }, (_, i) => i)
    .filter((i) => i !== 1)
    .sort((a, b) => off(a) - off(b))
    .slice(0, 5);
  await becomes(
    () => near.evaluateAll((buttons) => buttons.map((button) => Number(button.dataset.point))),
    expected,
  );
  await addressHolds(page, 'projector.metric=euclidean');
  await addressHolds(page, 'projector.points=1');
  const again = await s.open(new URL(page.url()).hash);
  await becomes(() => textOf(get(again, 'projector-card').locator('h3')), 'p1');
  await becomes(() => get(again, 'projector-nearest').locator('button').count(), 5);
});

test('a lasso chooses what it goes around', async () => {
  const page = await openGroups('&projector.dim=2');
  const canvas = get(page, 'projector-canvas');
  const box = await canvas.boundingBox();
  await get(page, 'projector-lasso').check();
  const drag = async (corners) => {
    const [first, ...rest] = corners.map(([x, y]) => [box.x + x * box.width, box.y + y * box.height]);
    await page.mouse.move(...first);
    await page.mouse.down();
    for (const corner of rest) await page.mouse.move(...corner, { steps: 3 });
    await until('the line', async () => (await get(page, 'projector-lasso-line').count()) === 1);
    await page.mouse.up();
  };
  await drag([
    [0.01, 0.01],
    [0.99, 0.01],
    [0.99, 0.99],
    [0.01, 0.99],
  ]);
  await becomes(() => textOf(get(page, 'projector-chosen')), `${COUNT} chosen`);
  await becomes(() => get(page, 'projector-lasso-line').count(), 0);
  // Around one group of three: where its points are, the picture says.
  const { content } = await download(page, async () => {
    await get(page, 'export').click();
    await page.getByRole('menuitem', { name: 'SVG' }).click();
  });
  const places = [...content.toString().matchAll(/<circle cx="([^"]+)" cy="([^"]+)"/g)].map(([, x, y]) => [
    Number(x) / box.width,
    Number(y) / box.height,
  ]);
  const [x, y] = places.reduce((least, place) => (place[0] < least[0] ? place : least));
  const group = places.filter((place) => Math.hypot(place[0] - x, place[1] - y) < 0.2);
  const [xs, ys] = [0, 1].map((axis) => group.map((place) => place[axis]));
  const [left, right] = [Math.min(...xs) - 0.02, Math.max(...xs) + 0.02];
  const [top, bottom] = [Math.min(...ys) - 0.02, Math.max(...ys) + 0.02];
  await drag([
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ]);
  await becomes(() => textOf(get(page, 'projector-chosen')), '30 chosen');
  await get(page, 'projector-lasso').uncheck();
});

test('a point under the pointer, and a click on it', async () => {
  const page = await openGroups('&projector.dim=2&projector.only=0.1.2&projector.points=0');
  await becomes(() => textOf(get(page, 'projector-card').locator('h3')), 'p0');
  // The picture says where the points are.
  const svg = await download(page, async () => {
    await get(page, 'export').click();
    await page.getByRole('menuitem', { name: 'SVG' }).click();
  });
  const places = [...svg.content.toString().matchAll(/<circle cx="([^"]+)" cy="([^"]+)"/g)];
  const canvas = get(page, 'projector-canvas');
  const box = await canvas.boundingBox();
  const names = new Set();
  for (const [, x, y] of places) {
    await page.mouse.move(box.x + Number(x) + 1, box.y + Number(y));
    const name = await until('a name', () => textOf(get(page, 'projector-hovered')));
    names.add(name);
    await page.mouse.click(box.x + Number(x) + 1, box.y + Number(y));
    await becomes(() => textOf(get(page, 'projector-card').locator('h3')), name);
    // The other points are dimmed, not moved.
    await page.mouse.move(box.x + 1, box.y + 1);
    await becomes(() => textOf(get(page, 'projector-hovered')), '');
  }
  assert.deepEqual([...names].sort(), ['p0', 'p1', 'p2']);
  await canvas.focus();
  await page.keyboard.press('+');
  await addressHolds(page, 'projector.view=');
  await page.keyboard.press('Escape');
  await becomes(() => get(page, 'projector-card').count(), 0);
});

test('steps of an embedding follow the shared cursor', async () => {
  const page = await openGroups();
  await becomes(() => textOf(get(page, 'projector-step')), 'step 20');
  await get(page, 'step-previous').click();
  await becomes(() => textOf(get(page, 'projector-step')), 'step 0');
  await get(page, 'step-latest').click();
  await becomes(() => textOf(get(page, 'projector-step')), 'step 20');
});

test('bookmarks of a file, saved and loaded', async () => {
  const page = await openGroups();
  await get(page, 'projector-bookmarks').click();
  await becomes(() => get(page, 'bookmark-name').evaluateAll((all) => all.map((i) => i.value)), ['the bees']);
  await get(page, 'bookmark-go').click();
  await becomes(() => textOf(get(page, 'projector-chosen')), '2 chosen');
  await addressHolds(page, 'projector.axis=1&projector.axis=2');
  await addressHolds(page, 'projector.dim=2');
  await get(page, 'bookmark-add').click();
  await becomes(() => get(page, 'bookmark-name').count(), 2);
  const saved = await download(page, () => get(page, 'bookmarks-save').click());
  const states = JSON.parse(saved.content);
  assert.deepEqual(
    states.map(({ label, selectedPoints, filteredPoints }) => ({ label, selectedPoints, filteredPoints })),
    [
      { label: 'the bees', selectedPoints: [1, 4], filteredPoints: [1, 4, 7] },
      { label: 'View 2', selectedPoints: [1, 4], filteredPoints: [1, 4, 7] },
    ],
  );
  await get(page, 'bookmarks-file').setInputFiles({
    name: 'b.json',
    mimeType: 'application/json',
    buffer: Buffer.from('{"label":"loaded"}'),
  });
  await becomes(() => get(page, 'bookmark-name').count(), 3);
  await get(page, 'bookmarks-file').setInputFiles({
    name: 'b.json',
    mimeType: 'application/json',
    buffer: Buffer.from('no json'),
  });
  await becomes(() => get(page, 'bookmarks-failed').count(), 1);
});

test('what is wrong is told once, and no text becomes markup', async () => {
  const page = await s.open('#projector?projector.run=odd&projector.tag=cut');
  await becomes(
    async () => (await textsOf(get(page, 'projector-notice'))).sort(),
    [
      'A configuration cannot be read. line 3: expected a value, got the end of the file: odd/projector_config.pbtxt',
      'odd/m.tsv has 2 lines for 3 points.',
    ],
  );
  await get(page, 'projector-search').fill('img');
  await becomes(
    () => textsOf(get(page, 'projector-results').locator('button span')),
    ['<img src=x onerror=alert(1)>'],
  );
  await get(page, 'projector-choose').selectOption({ label: 'odd · out' });
  await becomes(
    async () => (await textsOf(get(page, 'projector-notice'))).at(-1),
    'A file outside of the run’s folder is not read: ../groups/t0.tsv (named in odd/projector_config.pbtxt)',
  );
});

test('a sprite that is too large is told, and the points show without it', async () => {
  const logdir = temporaryFolder();
  writeRun(
    join(logdir, 'run'),
    'embeddings { tensor_name: "a" tensor_path: "t.tsv" sprite { image_path: "s.png" single_image_dim: 1 } }',
    { 't.tsv': '1\t2\n3\t4\n5\t7\n', 's.png': picture(8_193, 1, () => [1, 2, 3]).png },
  );
  const server = await Server.start(logdir);
  const page = await s.open('#projector', { url: server.url });
  await becomes(
    () => textsOf(get(page, 'projector-notice')),
    [
      'Not every point has an image. expected a sprite of at most 8192 x 8192 pixels, got 8193 x 1: run/s.png',
    ],
  );
  assert.equal(await textOf(get(page, 'projector-counts')), '3 points · 2 dimensions');
  await drawn(page);
});

test('pictures of the points', async () => {
  const page = await openGroups();
  const png = await download(page, async () => {
    await get(page, 'export').click();
    await page.getByRole('menuitem', { name: 'PNG' }).click();
  });
  assert.equal(png.name, 'groups_words_pca.png');
  assert.equal(png.content.subarray(1, 4).toString(), 'PNG');
  const svg = await download(page, async () => {
    await get(page, 'export').click();
    await page.getByRole('menuitem', { name: 'SVG' }).click();
  });
  assert.equal(svg.content.toString().match(/<circle/g).length, COUNT);
});

/** How many pixels of the canvas, as it is on the screen, have the first group's colour. */
async function inkOfFirstGroup(page) {
  const color = await get(page, 'projector-legend')
    .locator('i')
    .first()
    .evaluate((dot) => getComputedStyle(dot).backgroundColor);
  const picture = await get(page, 'projector-canvas').screenshot();
  return page.evaluate(
    async ([base64, wanted]) => {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4)
        if (`rgb(${data[i]}, ${data[i + 1]}, ${data[i + 2]})` === wanted) count += 1;
      return count;
    },
    [picture.toString('base64'), color],
  );
}

test('a graphics card draws the points where there is one, else the processor, and both alike', async () => {
  const ink = {};
  for (const kind of ['webgl', 'imitated', 'none']) {
    const page = await openGroups();
    if (kind === 'webgl') await pretendCard(page);
    if (kind === 'none')
      await page.addInitScript(() => {
        const { getContext } = HTMLCanvasElement.prototype;
        HTMLCanvasElement.prototype.getContext = function (name, ...more) {
          return name.startsWith('webgl') ? null : getContext.call(this, name, ...more);
        };
      });
    await page.reload();
    await drawn(page);
    const canvas = get(page, 'projector-canvas');
    assert.equal(await canvas.getAttribute('data-drawn'), kind === 'webgl' ? 'webgl' : 'canvas');
    if (kind === 'webgl') assert.equal(await get(page, 'projector-flat').count(), 0);
    else
      assert.equal(
        await textOf(get(page, 'projector-flat')),
        'Drawn by the processor: this browser has no graphics card to use.',
      );
    ink[kind] = await until('points on the screen', async () => {
      const count = await inkOfFirstGroup(page);
      return count > 50 && count;
    });
  }
  assert.equal(ink.imitated, ink.none);
  // Rims differ.
  assert.ok(ink.webgl > 0.5 * ink.none && ink.webgl < 2 * ink.none, JSON.stringify(ink));
});

test('embeddings beside no event file', async () => {
  const logdir = temporaryFolder();
  writeRun(logdir, 'embeddings { tensor_name: "alone" tensor_path: "t.tsv" }', { 't.tsv': '1\t2\n3\t4\n' });
  const alone = await Server.start(logdir);
  const page = await s.open('#projector', { url: alone.url });
  await becomes(() => textOf(get(page, 'projector-counts')), '2 points · 2 dimensions');
  await drawn(page);
});

/** Drops files on the page, as a person would. */
async function dropFiles(page, files) {
  const transfer = await page.evaluateHandle((list) => {
    const data = new DataTransfer();
    for (const { name, text } of list) data.items.add(new File([text], name));
    return data;
  }, files);
  const board = get(page, 'projector');
  await board.dispatchEvent('dragover', { dataTransfer: transfer });
  await get(page, 'projector-drop').waitFor();
  await board.dispatchEvent('drop', { dataTransfer: transfer });
}

const REFUSED = [/status of 422/, /^response: 422 /];

test('vectors and metadata that are dropped on the page', async () => {
  const page = await openGroups('', { allow: REFUSED });
  // The metadata come first: what is in the files says which is which.
  const points = groupPoints(1);
  await dropFiles(page, [
    { name: 'labels.tsv', text: labels },
    { name: 'vectors.tsv', text: tsv(points) },
  ]);
  await addressHolds(page, 'projector.upload=');
  await becomes(() => textOf(get(page, 'projector-counts')), '90 points · 6 dimensions');
  const choose = get(page, 'projector-choose');
  const shownNow = () => choose.evaluate((select) => select.selectedOptions[0].text);
  await becomes(shownNow, 'vectors.tsv');
  await becomes(
    () => textsOf(get(page, 'projector-legend').locator('button')),
    ['ant 30', 'bee 30', 'cat 30'],
  );
  // All that embeddings of runs have: components, neighbours, axes, layouts.
  await becomes(async () => (await exported(page)).name, 'vectors.tsv_pca.csv');
  await get(page, 'projector-search').fill('p7');
  await get(page, 'projector-results').getByRole('button', { name: 'p7', exact: true }).click();
  await becomes(() => get(page, 'projector-nearest').locator('button').count(), 20);
  await get(page, 'projector-method').getByText('Custom').click();
  await get(page, 'projector-ends-in').selectOption({ label: 'kind' });
  for (const [end, text] of [
    ['left', 'cat'],
    ['right', 'bee'],
  ]) {
    await get(page, `projector-end-${end}-text`).fill(text);
    await get(page, `projector-end-${end}-text`).press('Enter');
  }
  await becomes(() => textOf(get(page, 'projector-end-right-count')), '30');
  const { rows } = await exported(page);
  assertNear(
    rows.map((row) => Number(row.x)),
    along(points, ofGroup('cat'), ofGroup('bee')),
  );
  await get(page, 'projector-method').getByText('UMAP').click();
  await becomes(() => get(page, 'projector-progress').count(), 0);
  await becomes(
    async () => (await exported(page)).rows.filter((row) => Number.isFinite(Number(row.y))).length,
    COUNT,
  );
  assert.equal((await exported(page)).name, 'vectors.tsv_umap.csv');
  // A link shows it again, as long as the server has it.
  await addressHolds(page, 'projector.method=umap');
  const again = await s.open(new URL(page.url()).hash);
  await becomes(() => textOf(get(again, 'projector-counts')), '90 points · 6 dimensions');
  // Back to the run's, and to the files again.
  await choose.selectOption({ label: 'groups · words' });
  await becomes(() => textOf(get(page, 'projector-step')), 'step 20');
  await choose.selectOption({ label: 'vectors.tsv' });
  await becomes(() => get(page, 'projector-step').count(), 0);

  // Vectors alone, by the button; then files that do not fit.
  const open = (files) =>
    get(page, 'projector-files').setInputFiles(
      files.map(([name, text]) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })),
    );
  await open([['alone.tsv', '1\t2\n3\t4\n5\tinf\n']]);
  await becomes(() => textOf(get(page, 'projector-counts')), '3 points · 2 dimensions');
  assert.equal(await get(page, 'projector-color').count(), 0);
  const told = async () => (await textsOf(get(page, 'projector-notice'))).slice(1);
  await becomes(told, ['1 points of alone.tsv have values that are not finite, and no place.']);
  await open([
    ['short.tsv', 'ant\nbee\n'],
    ['damaged.tsv', '1\t2\n3\t4\n5\t6\n7\tx\n'],
  ]);
  await becomes(told, [
    'The points are not complete. line 4: expected a number, got "x": damaged.tsv',
    'short.tsv has 2 lines for 3 points.',
  ]);
  await open([['words.csv', 'king,1\nqueen,2\n']]);
  await becomes(
    () => textOf(get(page, 'projector-failed')),
    'The embedding cannot be shown: expected a file of vectors; line 1: expected a number, got "king,1": words.csv',
  );
  // What was there is still shown.
  assert.equal(await textOf(get(page, 'projector-counts')), '3 points · 2 dimensions');
  await open([
    ['a', '1'],
    ['b', '2'],
    ['c', '3'],
  ]);
  await becomes(
    () => textOf(get(page, 'projector-failed')),
    'The embedding cannot be shown: expected a file of vectors, and at most one of metadata, got 3 files',
  );
});

test('files for a page that has no embedding, and a link to files that are gone', async () => {
  const empty = await Server.start(temporaryFolder());
  const page = await s.open('#projector', { url: empty.url });
  await get(page, 'projector-empty').waitFor();
  await dropFiles(page, [{ name: 'v.tsv', text: '1\t2\n3\t5\n5\t6\n' }]);
  await becomes(() => textOf(get(page, 'projector-counts')), '3 points · 2 dimensions');
  await drawn(page);
  const gone = await s.open('#projector?projector.upload=none', {
    url: empty.url,
    allow: [/status of 404/, /^response: 404 /],
  });
  await becomes(
    () => textOf(get(gone, 'projector-failed')),
    'The embedding cannot be shown: this embedding is not in memory any more; send its files again',
  );
});

test('in Chinese and dark', async () => {
  const page = await openGroups('', { locale: 'zh-CN', colorScheme: 'dark' });
  await becomes(() => textOf(get(page, 'projector-counts')), '90 个点 · 6 维');
});
