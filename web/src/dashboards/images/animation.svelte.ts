// An animated picture taken apart into frames, so that it can be paused and stepped through.
import { untrack } from 'svelte';
import { openFrames, type Frames } from './frames';
import type { Picture } from './pictures';

/** `still`: nothing to animate; `cannot`: it plays by itself, this browser cannot take it apart. */
export type AnimationState = 'still' | 'opening' | 'cannot' | 'playing' | 'paused';

export class Animation {
  #state = $state<AnimationState>('still');
  #frame = $state(0);
  #count = $state(1);
  #frames: Frames | null = null;
  #context: CanvasRenderingContext2D | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #opened = 0;

  get state(): AnimationState {
    return this.#state;
  }
  /** Index of the frame that is drawn. */
  get frame(): number {
    return this.#frame;
  }
  get count(): number {
    return this.#count;
  }
  /** Whether the canvas is what is looked at, in place of the browser's own playing. */
  get drawn(): boolean {
    return this.#state === 'playing' || this.#state === 'paused';
  }

  async open(picture: Picture): Promise<void> {
    this.close();
    const opened = this.#opened;
    this.#state = 'opening';
    let frames: Frames | null;
    try {
      frames = await openFrames(picture.blob);
    } catch {
      if (opened === this.#opened) this.#state = 'cannot';
      return;
    }
    if (opened !== this.#opened) {
      frames?.close();
      return;
    }
    if (!frames) {
      this.#state = 'still';
      return;
    }
    this.#frames = frames;
    this.#count = frames.count;
    this.#state = 'playing';
  }

  /** Attachment of the canvas that frames are drawn onto. */
  readonly attach = (canvas: HTMLCanvasElement): (() => void) => {
    this.#context = canvas.getContext('2d', { willReadFrequently: true });
    // The frame is not what the canvas depends on: attaching anew with each frame would start a second loop.
    untrack(() => void this.#draw());
    return () => {
      this.#context = null;
      clearTimeout(this.#timer);
    };
  };

  toggle(): void {
    clearTimeout(this.#timer);
    if (this.#state === 'playing') this.#state = 'paused';
    else if (this.#state === 'paused') {
      this.#state = 'playing';
      void this.#draw();
    }
  }

  /** Pauses and shows a frame by its distance from the present one. */
  step(by: number): void {
    if (!this.drawn) return;
    clearTimeout(this.#timer);
    this.#state = 'paused';
    this.#frame = (this.#frame + by + this.#count) % this.#count;
    void this.#draw();
  }

  /** Channels of a pixel of the drawn frame. */
  channels(x: number, y: number): readonly [number, number, number, number] | null {
    const [r, g, b, a] = this.#context?.getImageData(x, y, 1, 1).data ?? [];
    if (r === undefined || g === undefined || b === undefined || a === undefined) return null;
    return [r, g, b, a];
  }

  close(): void {
    this.#opened += 1;
    clearTimeout(this.#timer);
    this.#frames?.close();
    this.#frames = null;
    this.#frame = 0;
    this.#count = 1;
    this.#state = 'still';
  }

  async #draw(): Promise<void> {
    const frames = this.#frames;
    const context = this.#context;
    if (!frames || !context) return;
    const frame = this.#frame;
    let durationMs: number;
    try {
      durationMs = await frames.draw(frame, context);
    } catch {
      // A broken frame: what was drawn before stays, and the animation goes no further.
      if (frames === this.#frames) this.#state = 'paused';
      return;
    }
    if (frames !== this.#frames || this.#state !== 'playing') return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#frame = (frame + 1) % this.#count;
      void this.#draw();
    }, durationMs);
  }
}
