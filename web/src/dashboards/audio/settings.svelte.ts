// What is set on the Audio dashboard: in the address, and the volume in the browser.
import { PerCard } from '$lib/state/percard.svelte';
import { readSetting, writeSetting } from '$lib/state/settings';
import { url } from '$lib/state/url.svelte';
import { StepSettings } from '$lib/widgets/chosen.svelte';

function keptVolume(): number {
  const volume = Number(readSetting<unknown>('volume', 1));
  return volume >= 0 && volume <= 1 ? volume : 1;
}

class AudioSettings {
  readonly steps = new StepSettings('audio');
  /** Index of the sample a card plays. */
  readonly sample = new PerCard('audio.sample');
  #volume = $state(keptVolume());
  readonly #spectrogram = $derived(url.get('audio.spectrogram') === '1');
  readonly #superseded = $derived(url.get('audio.superseded') === '1');

  /** 0 to 1. */
  get volume(): number {
    return this.#volume;
  }
  set volume(volume: number) {
    this.#volume = volume;
    writeSetting('volume', volume);
  }
  get spectrogram(): boolean {
    return this.#spectrogram;
  }
  set spectrogram(on: boolean) {
    url.set('audio.spectrogram', on ? '1' : null);
  }
  get superseded(): boolean {
    return this.#superseded;
  }
  set superseded(on: boolean) {
    url.set('audio.superseded', on ? '1' : null);
    if (!on) this.steps.branch.clear();
  }
}

export const settings = new AudioSettings();
