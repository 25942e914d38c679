// The sound a card plays: its bytes, its samples, and where it is.
import { api, apiUrl } from '$lib/api/client';
import type { Sound } from '$lib/api/model';
import { send } from '$lib/api/transport';
import { decodeWav, type Wave } from './wav';

/** What a card has of a sound. */
export interface Loaded {
  /** Where it came from, relative to the API root. */
  readonly sample: string;
  readonly blob: Blob;
  /** Object URL of its bytes. */
  readonly url: string;
  /** Null: a format whose samples this browser does not give. */
  readonly wave: Wave | null;
  readonly about: Sound | null;
}

/** A sample rate that browsers decode to: they cannot say which one a file has. */
const DECODED_RATE = 48_000;

async function decode(blob: Blob): Promise<Wave | null> {
  const bytes = await blob.arrayBuffer();
  const wave = decodeWav(bytes);
  if (wave) return wave;
  try {
    const decoded = await new OfflineAudioContext(1, 1, DECODED_RATE).decodeAudioData(bytes);
    const channels = Array.from({ length: decoded.numberOfChannels }, (_, i) => decoded.getChannelData(i));
    return { sampleRate: decoded.sampleRate, bits: null, channels };
  } catch {
    return null;
  }
}

/** Ends what an element loads or plays: its address may go out of use then. */
function unload(element: HTMLAudioElement): void {
  element.pause();
  element.removeAttribute('src');
  element.load();
}

/** Only one sound plays at a time. */
let sounding: HTMLAudioElement | null = null;

export class SoundState {
  #loaded = $state.raw<Loaded | null>(null);
  #failure = $state<string | null>(null);
  #unplayable = $state(false);
  #playing = $state(false);
  #seconds = $state(0);
  #wanted: string | null = null;
  #element: HTMLAudioElement | null = null;
  #frame = 0;

  get loaded(): Loaded | null {
    return this.#loaded;
  }
  /** Why it cannot be fetched. */
  get failure(): string | null {
    return this.#failure;
  }
  /** Whether this browser cannot play its bytes. */
  get unplayable(): boolean {
    return this.#unplayable;
  }
  get playing(): boolean {
    return this.#playing;
  }
  /** Where it is. */
  get seconds(): number {
    return this.#seconds;
  }

  /** Loads a sound; the one before stays until it is here. */
  async want(sample: string | null, about: string | undefined): Promise<void> {
    if (sample === this.#wanted && this.#failure === null) return;
    this.#wanted = sample;
    if (sample === null) {
      this.#show(null);
      return;
    }
    try {
      const [answer, facts] = await Promise.all([
        send(apiUrl(sample)),
        about === undefined ? null : api.sound(about).catch(() => null),
      ]);
      if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
      const blob = await answer.blob();
      const wave = await decode(blob);
      if (sample !== this.#wanted) return;
      this.#show({ sample, blob, url: URL.createObjectURL(blob), wave, about: facts });
    } catch (error) {
      if (sample !== this.#wanted) return;
      this.#show(null);
      this.#failure = error instanceof Error ? error.message : String(error);
    }
  }

  /** Attachment of the element that plays. */
  readonly attach = (element: HTMLAudioElement): (() => void) => {
    this.#element = element;
    const error = (): void => {
      if (element.error) this.#unplayable = true;
      this.#stopped();
    };
    const stopped = (): void => this.#stopped();
    element.addEventListener('error', error);
    element.addEventListener('pause', stopped);
    element.addEventListener('ended', stopped);
    return () => {
      element.removeEventListener('error', error);
      element.removeEventListener('pause', stopped);
      element.removeEventListener('ended', stopped);
      unload(element);
      this.#stopped();
      this.#element = null;
      if (sounding === element) sounding = null;
    };
  };

  async toggle(): Promise<void> {
    const element = this.#element;
    if (!element) return;
    if (this.#playing) {
      element.pause();
      return;
    }
    if (sounding !== element) sounding?.pause();
    sounding = element;
    this.#playing = true;
    try {
      await element.play();
      this.#follow();
    } catch {
      // Paused again before it began, or bytes that cannot be played, which the element's error says.
      this.#stopped();
    }
  }

  seek(seconds: number): void {
    const length = this.#length();
    const at = Math.min(length, Math.max(0, seconds));
    this.#seconds = at;
    if (this.#element) this.#element.currentTime = at;
  }

  dispose(): void {
    this.#wanted = null;
    this.#show(null);
  }

  #length(): number {
    const wave = this.#loaded?.wave;
    if (wave) return (wave.channels[0]?.length ?? 0) / wave.sampleRate;
    const duration = this.#element?.duration ?? 0;
    return Number.isFinite(duration) ? duration : 0;
  }

  /** Length in seconds; 0 when it is not known. */
  get length(): number {
    return this.#length();
  }

  #follow(): void {
    cancelAnimationFrame(this.#frame);
    const look = (): void => {
      if (!this.#element || !this.#playing) return;
      this.#seconds = this.#element.currentTime;
      this.#frame = requestAnimationFrame(look);
    };
    look();
  }

  #stopped(): void {
    cancelAnimationFrame(this.#frame);
    this.#playing = false;
    if (this.#element) this.#seconds = this.#element.currentTime;
  }

  #show(loaded: Loaded | null): void {
    if (this.#element) unload(this.#element);
    if (this.#loaded) URL.revokeObjectURL(this.#loaded.url);
    this.#loaded = loaded;
    this.#failure = null;
    this.#unplayable = false;
    this.#playing = false;
    this.#seconds = 0;
  }
}
