// Audio and video: what was logged is what is shown, played and saved.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { EventFile, sound } from './events.mjs';
import { addressHolds, becomes, card, copyGolden, download, pointAt, stage, textOf } from './harness.mjs';

const RATE = 8_000;
/** Constant samples tell where in the sound and in which channel one is. */
const stereo = sound(RATE, 2, 2_400, (frame, channel) =>
  channel === 0 ? 0.5 : frame < 1_200 ? 0.25 : -0.75,
);
const sine = (hertz) => sound(RATE, 1, RATE, (frame) => 0.5 * Math.sin((2 * Math.PI * hertz * frame) / RATE));

let golden;
const self = stage(async (logdir) => {
  const file = new EventFile(join(logdir, 'run'));
  file.audio('stereo', stereo, 0);
  file.audio('tone', sine(500), 5).audio('tone', sine(1_000), 10);
  file.sounds(
    'labelled',
    [
      [stereo.wav, '**first** sound'],
      [sine(250).wav, 'second <script>alert(1)</script>'],
    ],
    0,
  );
  file.audio('garbage', { wav: Buffer.from('no sound at all'), rate: RATE, channels: 1, frames: 1 }, 0);
  const { bytes, width, height } = await recorded();
  file.image('clip', { png: bytes, width, height }, 0).flush();
  golden = copyGolden('audio', logdir, 'golden');
});

/** A WebM that this browser records: frames that turn from dark to bright. */
async function recorded() {
  const page = await self.browser.newPage();
  const base64 = await page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [32, 16];
    const context = canvas.getContext('2d');
    const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: 'video/webm;codecs=vp8' });
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const ended = new Promise((resolve) => (recorder.onstop = resolve));
    recorder.start();
    for (let frame = 0; frame < 20; frame += 1) {
      context.fillStyle = `rgb(${frame * 12} 0 0)`;
      context.fillRect(0, 0, 32, 16);
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    }
    recorder.stop();
    await ended;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return btoa(String.fromCharCode(...bytes));
  });
  await page.close();
  return { bytes: Buffer.from(base64, 'base64'), width: 32, height: 16 };
}

/** Points at a part of the waveform until its value is told. */
async function tells(page, name, part, expected) {
  const plot = card(page, name).getByTestId('plot');
  await plot.waitFor();
  await becomes(async () => {
    const { width } = await plot.boundingBox();
    await pointAt(page, plot, (44 + part * (width - 54)) / width, 0.2);
    return textOf(page.getByTestId('pointed-value'));
  }, expected);
}

test('the samples under the pointer are the logged ones, and a download is the logged bytes', async () => {
  const page = await self.open('#audio?tag=stereo');
  const one = card(page, 'run · stereo');
  await becomes(() => textOf(one.getByTestId('sound-facts')), '8,000 Hz · stereo · 16 bit · 9.64 kB');
  assert.equal(await textOf(one.getByTestId('sound-time')), '0.000 / 0.300 s');
  await tells(page, 'run · stereo', 0.25, '0.5000, 0.2500');
  await tells(page, 'run · stereo', 0.75, '0.5000, −0.7500');
  await one.getByTestId('export').click();
  const saved = await download(page, () => page.getByRole('menuitem', { name: 'The logged bytes' }).click());
  assert.equal(saved.name, 'run_stereo_step-0.wav');
  assert.ok(saved.content.equals(stereo.wav));
});

test('the golden sound of torch', async () => {
  const page = await self.open('#audio?tag=snd');
  const one = card(page, 'golden · snd');
  await becomes(() => textOf(one.getByTestId('sound-facts')), '8,000 Hz · mono · 16 bit · 1.64 kB');
  assert.equal(await textOf(one.getByTestId('sound-time')), '0.000 / 0.100 s');
  await one.getByTestId('export').click();
  const saved = await download(page, () => page.getByRole('menuitem', { name: 'The logged bytes' }).click());
  assert.ok(saved.content.equals(Buffer.from(golden.values[0].audio.wav_b64, 'base64')));
  await one.getByTestId('export').click();
  const svg = await download(page, () => page.getByRole('menuitem', { name: 'Drawing (SVG)' }).click());
  assert.ok(svg.content.toString('utf8').includes('<polygon'));
});

test('a sound plays, pauses and is sought by click and key', async () => {
  const page = await self.open('#audio?tag=%5Etone%24');
  const one = card(page, 'run · tone');
  await becomes(() => textOf(one.getByTestId('sound-time')), '0.000 / 1.000 s');
  const seconds = async () => Number((await textOf(one.getByTestId('sound-time'))).split(' ')[0]);
  await one.getByTestId('plot').click({ position: await middle(one) });
  await becomes(async () => Math.abs((await seconds()) - 0.5) < 0.02, true);
  await page.keyboard.press('ArrowLeft');
  await becomes(async () => Math.abs((await seconds()) - 0.45) < 0.02, true);
  await one.getByTestId('sound-play').click();
  await becomes(() => one.getByTestId('sound-play').getAttribute('aria-label'), 'Pause');
  await becomes(async () => (await seconds()) > 0.5, true);
  // The line moves with it: its column is the most opaque one.
  const line = () =>
    one
      .locator('canvas')
      .nth(1)
      .evaluate((canvas) => {
        const row = canvas.getContext('2d').getImageData(0, 20, canvas.width, 1).data;
        let best = 0;
        for (let x = 1; x < canvas.width; x += 1) if (row[4 * x + 3] > row[4 * best + 3]) best = x;
        return (best - 44) / (canvas.width - 54);
      });
  await becomes(async () => (await line()) > 0.55, true);
  await becomes(() => one.getByTestId('sound-play').getAttribute('aria-label'), 'Play');
  await becomes(async () => (await seconds()) > 0.95, true);
});

async function middle(one) {
  const { width, height } = await one.getByTestId('plot').boundingBox();
  return { x: 44 + 0.5 * (width - 54), y: height / 3 };
}

test('the spectrogram has its strongest band at the frequency of the sound', async () => {
  const page = await self.open('#audio?tag=%5Etone%24');
  await page.getByTestId('spectrogram').check();
  await addressHolds(page, 'audio.spectrogram=1');
  const plot = card(page, 'run · tone').getByTestId('plot');
  await plot.waitFor();
  // 256 samples a window at 8 kHz: bands of 31.25 Hz, the 32nd of 129 is 1,000 Hz, half of full scale -6.02 dB.
  await becomes(async () => {
    const { width, height } = await plot.boundingBox();
    const bottom = height - 20;
    const top = Math.round(bottom * 0.46) + 6;
    const y = bottom - (32.5 / 129) * (bottom - top);
    await pointAt(page, plot, (44 + 0.5 * (width - 54)) / width, y / height);
    return textOf(page.getByTestId('pointed-value'));
  }, '1,000 Hz, −6.02 dB');
});

test('steps, samples and labels', async () => {
  const page = await self.open('#audio?tag=%5E(tone|labelled)%24&step=5');
  const tone = card(page, 'run · tone');
  await becomes(() => textOf(tone.getByTestId('shown-step')), 'step 5');
  await tone.getByTestId('step-next').click();
  await becomes(() => textOf(tone.getByTestId('shown-step')), 'step 10');
  await addressHolds(page, 'step=10');
  const labelled = card(page, 'run · labelled');
  await becomes(
    () =>
      labelled
        .getByTestId('sound-label')
        .innerHTML()
        .then((html) => html.includes('<strong>first</strong> sound')),
    true,
  );
  await labelled.getByTestId('sample-next').click();
  await becomes(() => textOf(labelled.getByTestId('sound-label')), 'second');
  await becomes(() => textOf(labelled.getByTestId('sound-time')), '0.000 / 1.000 s');
});

test('the volume is remembered', async () => {
  const page = await self.open('#audio?tag=stereo');
  await page.getByTestId('volume').fill('0.3');
  await becomes(() => textOf(page.getByTestId('volume-value')), '30%');
  await page.reload();
  await becomes(() => textOf(page.getByTestId('volume-value')), '30%');
  await becomes(() => page.locator('audio').evaluate((element) => element.volume), 0.3);
});

test('bytes that are no sound say so', async () => {
  const page = await self.open('#audio?tag=garbage');
  const one = card(page, 'run · garbage');
  await becomes(
    () => textOf(one.getByTestId('sound-undecodable')),
    'This browser cannot play these bytes (application/octet-stream, 15 B); they can be downloaded',
  );
  assert.equal(await one.getByTestId('sound-play').isDisabled(), true);
});

test('a video that was logged as a picture plays, pauses and goes on frame by frame', async () => {
  const page = await self.open('#images?tag=clip');
  const one = card(page, 'run · clip');
  const video = one.getByTestId('video');
  await becomes(() => video.evaluate((element) => [element.videoWidth, element.videoHeight]), [32, 16]);
  await becomes(() => video.evaluate((element) => element.paused), true);
  await one.getByTestId('frame-next').click();
  await becomes(() => video.evaluate((element) => element.currentTime.toFixed(3)), '0.033');
  await one.getByTestId('film-toggle').click();
  await becomes(() => video.evaluate((element) => element.paused), false);
  await becomes(() => video.evaluate((element) => element.currentTime > 0.1), true);
  await one.getByTestId('film-toggle').click();
  await becomes(() => video.evaluate((element) => element.paused), true);
  await one.getByTestId('export').click();
  // There is no picture of it while it plays.
  assert.equal(await page.getByTestId('menu-png').count(), 0);
  const saved = await download(page, () => page.getByTestId('menu-logged').click());
  assert.equal(saved.name, 'run_clip_step-0.webm');
});
