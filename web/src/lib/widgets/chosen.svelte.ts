// Which of its logged entries a card shows, and how a person moves through them.
import { PerCard } from '$lib/state/percard.svelte';
import { stepLink } from '$lib/state/steplink.svelte';
import { entriesOf, entryToShow, type Entry } from './entries';

/** What a dashboard keeps in the address about the steps of its cards. */
export class StepSettings {
  /** Own step of a card, while steps are not linked. */
  readonly step: PerCard;
  /** Wall time of the superseded entry a card shows; several entries can have one step. */
  readonly branch: PerCard;

  constructor(prefix: string) {
    this.step = new PerCard(`${prefix}.step`);
    this.branch = new PerCard(`${prefix}.branch`);
  }
}

/** The series a card shows. */
export interface ChosenFrom<E> {
  readonly run: string;
  readonly tag: string;
  readonly steps: readonly E[];
  /** Whether superseded entries can be reached. */
  readonly superseded: boolean;
}

export class Chosen<E extends Entry> {
  readonly #settings: StepSettings;
  readonly #from: () => ChosenFrom<E>;
  readonly #entries: readonly E[];
  readonly #wanted: number | null;
  readonly #index: number;

  constructor(settings: StepSettings, from: () => ChosenFrom<E>) {
    this.#settings = settings;
    this.#from = from;
    this.#entries = $derived(entriesOf(from().steps, from().superseded));
    this.#wanted = $derived(stepLink.wanted(settings.step, from().run, from().tag));
    this.#index = $derived(
      entryToShow(this.#entries, this.#wanted, settings.branch.number(from().run, from().tag)),
    );
  }

  /** The entries that can be reached, in order. */
  get entries(): readonly E[] {
    return this.#entries;
  }
  /** Number of superseded entries that are left out. */
  get hidden(): number {
    return this.#from().steps.length - this.#entries.length;
  }
  /** The step that was asked for; null: the newest. */
  get wanted(): number | null {
    return this.#wanted;
  }
  /** Place of the entry shown; -1 when there is none. */
  get index(): number {
    return this.#index;
  }
  get current(): E | undefined {
    return this.#entries[this.#index];
  }

  pick(index: number): void {
    const next = this.#entries[index];
    if (!next) return;
    const { run, tag } = this.#from();
    this.#settings.branch.set(run, tag, next.superseded ? next.wall_time_secs : null);
    stepLink.pick(this.#settings.step, run, tag, next.step);
  }

  /** Follows the newest entry from now on. */
  latest(): void {
    const { run, tag } = this.#from();
    this.#settings.branch.set(run, tag, null);
    stepLink.pick(this.#settings.step, run, tag, null);
  }
}
