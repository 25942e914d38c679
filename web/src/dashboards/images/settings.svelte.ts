// What is set on the Images dashboard, kept in the address.
import { PerCard } from '$lib/state/percard.svelte';
import { url } from '$lib/state/url.svelte';
import { StepSettings } from '$lib/widgets/chosen.svelte';
import { BRIGHTNESS_DEFAULT, CONTRAST_DEFAULT } from './pixels';
import type { Zoom } from './zoom';

export const COMPARE_MODES = ['side', 'swipe', 'blink', 'difference'] as const;
export type CompareMode = (typeof COMPARE_MODES)[number];

/** The other picture of a comparison. */
export interface Other {
  readonly run: string;
  readonly tag: string;
  /** null: its newest, or the linked step. */
  readonly step: number | null;
  readonly sample: number;
}

function numberIn(text: string | null, low: number, high: number, fallback: number): number {
  const value = Number(text);
  return text === null || text === '' || !Number.isFinite(value)
    ? fallback
    : Math.min(high, Math.max(low, value));
}

class ImageSettings {
  readonly steps = new StepSettings('img');
  /** Index of the sample a card shows. */
  readonly sample = new PerCard('img.sample');

  readonly #brightness = $derived(numberIn(url.get('img.brightness'), 0, 2, BRIGHTNESS_DEFAULT));
  readonly #contrast = $derived(numberIn(url.get('img.contrast'), 0, 500, CONTRAST_DEFAULT));
  readonly #speed = $derived(numberIn(url.get('img.speed'), 0.5, 30, 4));
  readonly #gain = $derived(numberIn(url.get('img.gain'), 1, 64, 4));
  readonly #swipe = $derived(numberIn(url.get('img.swipe'), 0, 1, 0.5));
  readonly #blink = $derived(numberIn(url.get('img.blink'), 0.5, 8, 2));
  readonly #actual = $derived(url.get('img.actual') === '1');
  readonly #smooth = $derived(url.get('img.smooth') === '1');
  readonly #linkZoom = $derived(url.get('img.linkzoom') === '1');
  readonly #superseded = $derived(url.get('img.superseded') === '1');
  readonly #mode = $derived(COMPARE_MODES.find((mode) => mode === url.get('img.mode')) ?? 'side');
  readonly #zoom = $derived.by<Zoom | null>(() => {
    const [factor, cx, cy] = (url.get('img.zoom') ?? '').split(',').map(Number);
    if (!factor || cx === undefined || cy === undefined || ![factor, cx, cy].every(Number.isFinite))
      return null;
    return { factor, cx, cy };
  });
  readonly #other = $derived.by<Other | null>(() => {
    const [run, tag, step, sample] = url.all('img.with');
    if (run === undefined || tag === undefined) return null;
    const at = Number(step);
    return {
      run,
      tag,
      step: step === undefined || step === '' || !Number.isFinite(at) ? null : at,
      sample: numberIn(sample ?? null, 0, 1e6, 0),
    };
  });

  get brightness(): number {
    return this.#brightness;
  }
  set brightness(value: number) {
    url.set('img.brightness', value === BRIGHTNESS_DEFAULT ? null : String(value));
  }
  get contrast(): number {
    return this.#contrast;
  }
  set contrast(value: number) {
    url.set('img.contrast', value === CONTRAST_DEFAULT ? null : String(value));
  }
  /** Pictures a second when steps are played. */
  get speed(): number {
    return this.#speed;
  }
  set speed(value: number) {
    url.set('img.speed', value === 4 ? null : String(value));
  }
  /** Factor by which a difference is amplified. */
  get gain(): number {
    return this.#gain;
  }
  set gain(value: number) {
    url.set('img.gain', value === 4 ? null : String(value));
  }
  /** Part of the width at which one picture gives way to the other. */
  get swipe(): number {
    return this.#swipe;
  }
  set swipe(value: number) {
    url.set('img.swipe', value === 0.5 ? null : String(Math.round(value * 1000) / 1000));
  }
  /** Changes a second when two pictures blink. */
  get blink(): number {
    return this.#blink;
  }
  set blink(value: number) {
    url.set('img.blink', value === 2 ? null : String(value));
  }
  get actual(): boolean {
    return this.#actual;
  }
  set actual(on: boolean) {
    url.set('img.actual', on ? '1' : null);
    // Another base size is another way of looking: what was zoomed before means nothing there.
    this.zoom = null;
  }
  get smooth(): boolean {
    return this.#smooth;
  }
  set smooth(on: boolean) {
    url.set('img.smooth', on ? '1' : null);
  }
  get linkZoom(): boolean {
    return this.#linkZoom;
  }
  set linkZoom(on: boolean) {
    url.set('img.linkzoom', on ? '1' : null);
  }
  get superseded(): boolean {
    return this.#superseded;
  }
  set superseded(on: boolean) {
    url.set('img.superseded', on ? '1' : null);
    if (!on) this.steps.branch.clear();
  }
  get mode(): CompareMode {
    return this.#mode;
  }
  set mode(mode: CompareMode) {
    url.set('img.mode', mode === 'side' ? null : mode);
  }
  /** What all cards look at while zooms are linked; null: the whole picture, or its actual size. */
  get zoom(): Zoom | null {
    return this.#zoom;
  }
  set zoom(zoom: Zoom | null) {
    const parts = zoom && [zoom.factor, zoom.cx, zoom.cy].map((part) => Number(part.toPrecision(5)));
    url.set('img.zoom', parts && parts.join(','));
  }
  get other(): Other | null {
    return this.#other;
  }
  set other(other: Other | null) {
    url.set('img.with', other && [other.run, other.tag, String(other.step ?? ''), String(other.sample)]);
  }
}

export const settings = new ImageSettings();
