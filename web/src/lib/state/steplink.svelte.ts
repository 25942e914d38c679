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

  /** The step a card is asked to show; null: its newest. */
  wanted(own: PerCard, run: string, tag: string): number | null {
    return this.#on ? linked.step : (own.number(run, tag) ?? linked.step);
  }

  /** A person chose a step on a card; null: follow the newest. */
  pick(own: PerCard, run: string, tag: string, step: number | null): void {
    if (this.#on) linked.step = step;
    else own.set(run, tag, step);
  }
}

export const stepLink = new StepLink();
