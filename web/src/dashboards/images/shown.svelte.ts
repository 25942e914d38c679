// The picture a card shows: loads what is wanted, keeps the last one until the next is here.
import { pictures, problemOf, type Picture, type PictureProblem } from './pictures';

export class Shown {
  #picture = $state.raw<Picture | null>(null);
  #problem = $state.raw<{ problem: PictureProblem | 'none'; detail: string } | null>(null);
  #sample = $state.raw<string | null>(null);
  #wanted: string | null = null;
  #ahead: string[] = [];
  #busy = false;
  #letGo: (() => void) | null = null;

  /** The picture to draw. */
  get picture(): Picture | null {
    return this.#picture;
  }
  /** Why there is none. */
  get problem(): { problem: PictureProblem | 'none'; detail: string } | null {
    return this.#problem;
  }
  /** What picture or problem belong to; it lags behind what is wanted while that is loaded. */
  get sample(): string | null {
    return this.#sample;
  }

  /** Shows this one next; `ahead` are loaded once it is here. */
  want(sample: string | null, ahead: readonly string[] = []): void {
    this.#wanted = sample;
    this.#ahead = [...ahead];
    if (sample === null) {
      this.#show(null, { problem: 'none', detail: '' }, null);
      return;
    }
    // What could not be reached is tried again whenever there is news from the server.
    if (sample === this.#sample && this.#problem?.problem === 'unreachable') this.#sample = null;
    const here = sample === this.#sample ? undefined : pictures.peek(sample);
    if (here) this.#show(here, null, sample);
    void this.#load();
  }

  retry(): void {
    this.#sample = null;
    void this.#load();
  }

  /** Shows nothing and lets the picture go, until something is wanted again. */
  rest(): void {
    this.#wanted = null;
    this.#show(null, null, null);
  }

  dispose(): void {
    this.#wanted = null;
    this.#letGo?.();
    this.#letGo = null;
  }

  // One request at a time: while a slider is dragged, pictures on the way are shown as they come,
  // and the next one fetched is always the one wanted by then.
  async #load(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#wanted !== null) {
      const sample = this.#wanted;
      if (sample !== this.#sample) {
        try {
          const picture = await pictures.load(sample);
          if (this.#wanted !== null) this.#show(picture, null, sample);
        } catch (error) {
          if (this.#wanted === sample) this.#show(null, problemOf(error), sample);
        }
        continue;
      }
      const next = this.#ahead.shift();
      if (next === undefined) break;
      // One that cannot be loaded says so when it is shown.
      await pictures.load(next).catch(() => undefined);
    }
    this.#busy = false;
  }

  #show(
    picture: Picture | null,
    problem: { problem: PictureProblem | 'none'; detail: string } | null,
    sample: string | null,
  ): void {
    const letGo = picture ? pictures.hold(picture) : null;
    this.#letGo?.();
    this.#letGo = letGo;
    this.#picture = picture;
    this.#problem = problem;
    this.#sample = sample;
  }
}
