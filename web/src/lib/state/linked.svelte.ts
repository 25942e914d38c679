// The step cursor and the step range that every dashboard follows, and the crosshair under the pointer.
import { url } from './url.svelte';

export interface StepRange {
  from: number;
  to: number;
}

function parseStep(text: string | null): number | null {
  if (text === null || text === '') return null;
  const step = Number(text);
  return Number.isFinite(step) ? Math.round(step) : null;
}

class LinkedState {
  readonly #step = $derived(parseStep(url.get('step')));
  readonly #rangeText = $derived(url.get('range') ?? '');
  readonly #range = $derived.by<StepRange | null>(() => {
    const [from, to] = this.#rangeText.split('..').map((part) => parseStep(part));
    return from == null || to == null ? null : { from: Math.min(from, to), to: Math.max(from, to) };
  });
  #hover = $state.raw<{ x: number; axis: string; source: string } | null>(null);

  /** The selected step; null: every dashboard shows what it shows by itself (mostly the last step). */
  get step(): number | null {
    return this.#step;
  }
  set step(step: number | null) {
    url.set('step', step === null ? null : String(Math.round(step)));
  }

  /** The selected range of steps. */
  get range(): StepRange | null {
    return this.#range;
  }
  set range(range: StepRange | null) {
    url.set('range', range === null ? null : `${Math.round(range.from)}..${Math.round(range.to)}`);
  }

  /** Where the pointer is, in units of the horizontal axis named by `axis`. */
  get hover(): { x: number; axis: string; source: string } | null {
    return this.#hover;
  }
  set hover(hover: { x: number; axis: string; source: string } | null) {
    this.#hover = hover;
  }
}

export const linked = new LinkedState();
