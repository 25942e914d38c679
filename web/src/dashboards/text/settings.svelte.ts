// What is set on the Text dashboard, kept in the address.
import { url } from '$lib/state/url.svelte';
import { StepSettings } from '$lib/widgets/chosen.svelte';

export const VIEWS = ['rendered', 'raw'] as const;
export type View = (typeof VIEWS)[number];

/** The other text of a comparison. */
export interface Other {
  readonly run: string;
  readonly tag: string;
  /** null: its newest, or the linked step. */
  readonly step: number | null;
}

class TextSettings {
  readonly steps = new StepSettings('text');
  readonly #view = $derived<View>(url.get('text.view') === 'raw' ? 'raw' : 'rendered');
  readonly #superseded = $derived(url.get('text.superseded') === '1');
  readonly #other = $derived.by<Other | null>(() => {
    const [run, tag, step] = url.all('text.with');
    if (run === undefined || tag === undefined) return null;
    const at = Number(step);
    return { run, tag, step: step === undefined || step === '' || !Number.isFinite(at) ? null : at };
  });

  get view(): View {
    return this.#view;
  }
  set view(view: View) {
    url.set('text.view', view === 'rendered' ? null : view);
  }
  get superseded(): boolean {
    return this.#superseded;
  }
  set superseded(on: boolean) {
    url.set('text.superseded', on ? '1' : null);
    if (!on) this.steps.branch.clear();
  }
  get other(): Other | null {
    return this.#other;
  }
  set other(other: Other | null) {
    url.set('text.with', other && [other.run, other.tag, String(other.step ?? '')]);
  }
}

export const settings = new TextSettings();
