// A video that is played by the browser: play, pause, and one frame on or back.

/** What a frame is taken to last: files do not say how long theirs do. */
const FRAME_SECS = 1 / 30;

export class Film {
  #playing = $state(false);
  #seconds = $state(0);
  #length = $state(0);
  #element: HTMLVideoElement | null = null;

  get playing(): boolean {
    return this.#playing;
  }
  /** Where it is. */
  get seconds(): number {
    return this.#seconds;
  }
  /** Its length; 0 when it is not known. */
  get length(): number {
    return this.#length;
  }

  /** Attachment of the element that plays. */
  readonly attach = (element: HTMLVideoElement): (() => void) => {
    this.#element = element;
    const look = (): void => {
      this.#playing = !element.paused;
      this.#seconds = element.currentTime;
      this.#length = Number.isFinite(element.duration) ? element.duration : 0;
    };
    const events = ['play', 'pause', 'timeupdate', 'seeked', 'durationchange', 'loadedmetadata'] as const;
    for (const name of events) element.addEventListener(name, look);
    return () => {
      for (const name of events) element.removeEventListener(name, look);
      this.#element = null;
      this.#playing = false;
    };
  };

  toggle(): void {
    const element = this.#element;
    if (!element) return;
    // Paused again before it began is no failure.
    if (element.paused) element.play().catch(() => undefined);
    else element.pause();
  }

  /** Pauses and goes some frames on. */
  step(by: number): void {
    const element = this.#element;
    if (!element) return;
    element.pause();
    const end = this.#length > 0 ? this.#length : Infinity;
    element.currentTime = Math.min(end, Math.max(0, element.currentTime + by * FRAME_SECS));
  }
}
