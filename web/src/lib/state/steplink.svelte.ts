// Which step a card shows: the shared one while steps are linked, else its own.
import { linked } from './linked.svelte';
import type { PerCard } from './percard.svelte';
import { url } from './url.svelte';

class StepLink {
  readonly #on = $derived(url.get('link') !== 'off');

  /** Whether moving one card's step moves every card's. */
  get on(): boolean {
    return this.#on;
  }
  set on(on: boolean) {
    url.set('link', on ? null : 'off');
  }

  /** The selected step, else the end of the selected range; null: every card shows its newest. */
  get step(): number | null {
    return linked.step ?? linked.range?.to ?? null;
  }

  /** The step a card is asked to show; null: its newest. */
  wanted(own: PerCard, run: string, tag: string): number | null {
    return this.#on ? this.step : (own.number(run, tag) ?? this.step);
  }

  /** A person chose a step on a card; null: follow the newest. */
  pick(own: PerCard, run: string, tag: string, step: number | null): void {
    if (!this.#on) {
      own.set(run, tag, step);
      return;
    }
    linked.step = step;
    if (step === null) linked.range = null;
  }
}

export const stepLink = new StepLink();
