// What is set on the Curves dashboard, kept in the address.
import { url } from '$lib/state/url.svelte';
import { StepSettings } from '$lib/widgets/chosen.svelte';
import type { Kind } from './layout';

export const VIEWS = ['both', 'pr', 'roc', 'det', 'calibration'] as const;
export type View = (typeof VIEWS)[number];
export const GROUPINGS = ['tag', 'run', 'all'] as const;
export type Grouping = (typeof GROUPINGS)[number];
/** How much of both axes is shown, measured from the corner where a good classifier is. */
export const CORNERS = [1, 0.5, 0.2, 0.05] as const;

const PANELS: Readonly<Record<View, readonly Kind[]>> = {
  both: ['pr', 'roc'],
  pr: ['pr'],
  roc: ['roc'],
  det: ['det'],
  calibration: ['calibration'],
};

/** One of the allowed values as written in the address, or the first. */
function oneOf<T extends string | number>(allowed: readonly [T, ...T[]], name: string): T {
  const text = url.get(name);
  return allowed.find((value) => String(value) === text) ?? allowed[0];
}

class CurveSettings {
  readonly steps = new StepSettings('curves');
  readonly #view = $derived(oneOf<View>(VIEWS, 'curves.view'));
  readonly #grouping = $derived(oneOf<Grouping>(GROUPINGS, 'curves.by'));
  readonly #corner = $derived(oneOf<number>(CORNERS, 'curves.corner'));
  readonly #superseded = $derived(url.get('curves.superseded') === '1');
  readonly #threshold = $derived.by(() => {
    const text = url.get('curves.threshold');
    const value = Number(text);
    return text === null || text === '' || !(value >= 0 && value <= 1) ? null : value;
  });

  get view(): View {
    return this.#view;
  }
  set view(view: View) {
    url.set('curves.view', view === VIEWS[0] ? null : view);
  }
  /** The charts of a card. */
  get kinds(): readonly Kind[] {
    return PANELS[this.#view];
  }
  get grouping(): Grouping {
    return this.#grouping;
  }
  set grouping(grouping: Grouping) {
    url.set('curves.by', grouping === GROUPINGS[0] ? null : grouping);
  }
  get corner(): number {
    return this.#corner;
  }
  set corner(corner: number) {
    url.set('curves.corner', corner === CORNERS[0] ? null : String(corner));
  }
  get superseded(): boolean {
    return this.#superseded;
  }
  set superseded(on: boolean) {
    url.set('curves.superseded', on ? '1' : null);
  }
  /** The operating point of all curves; null: each curve's best F1. */
  get threshold(): number | null {
    return this.#threshold;
  }
  set threshold(threshold: number | null) {
    url.set('curves.threshold', threshold === null ? null : String(Number(threshold.toPrecision(6))));
  }
}

export const settings = new CurveSettings();
