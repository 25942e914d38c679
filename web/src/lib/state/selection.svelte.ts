// Which runs are shown: a rule for all, and what a person ticked or unticked by name.
import type { Run } from '$lib/api/model';
import { server } from './server.svelte';
import { url } from './url.svelte';
import { workspace } from './workspace.svelte';

/** As TensorBoard: with more runs than this, only the first are shown until a person ticks others. */
export const RUNS_ON_BY_DEFAULT = 500;

type Rule = 'first' | 'all' | 'none';

class SelectionState {
  readonly #rule = $derived.by<Rule>(() => {
    const rule = url.get('runs');
    return rule === 'all' || rule === 'none' ? rule : 'first';
  });
  readonly #onNames = $derived(url.all('on'));
  readonly #offNames = $derived(url.all('off'));
  readonly #on = $derived(new Set(this.#onNames));
  readonly #off = $derived(new Set(this.#offNames));
  /** Runs that are not hidden, pinned ones first. */
  readonly #listed = $derived.by<readonly Run[]>(() => {
    const shown = server.runs.filter((run) => !workspace.run(run.name).hidden);
    const pinned = shown.filter((run) => workspace.run(run.name).pinned);
    return pinned.length === 0
      ? shown
      : [...pinned, ...shown.filter((run) => !workspace.run(run.name).pinned)];
  });
  #before: readonly Run[] = [];
  // The list of runs is fetched anew while they grow. As long as the same runs are ticked this stays the
  // same array, so that charts do not think that they have to draw something else.
  readonly #runs = $derived.by<readonly Run[]>(() => {
    const now = this.#listed.filter((run, index) => this.#isOn(run.name, index));
    const before = this.#before;
    const same = now.length === before.length && now.every((run, i) => run.id === before[i]?.id);
    if (!same) this.#before = now;
    return this.#before;
  });
  readonly #ids = $derived(new Set(this.#runs.map((run) => run.id)));

  /**
   * The runs to show, pinned ones first, then by first wall time. Their ids and names are current; for figures
   * that grow (last step, points) ask [`ServerState.runById`].
   */
  get runs(): readonly Run[] {
    return this.#runs;
  }
  /** Ids of the runs to show. */
  get ids(): ReadonlySet<number> {
    return this.#ids;
  }

  has(run: Run): boolean {
    return this.#ids.has(run.id);
  }

  toggle(run: Run): void {
    this.setMany([run], !this.has(run));
  }

  only(run: Run): void {
    this.onlyMany([run]);
  }

  /** Ticks these runs and no others. */
  onlyMany(runs: readonly Run[]): void {
    this.#write('none', new Set(runs.map((run) => run.name)), new Set());
  }

  /** Ticks or unticks these runs; all runs there are becomes a rule, which runs to come follow too. */
  setMany(runs: readonly Run[], on: boolean): void {
    if (runs.length > 1 && runs.length >= this.#listed.length) {
      this.#write(on ? 'all' : 'none', new Set(), new Set());
      return;
    }
    const added = new Set(this.#on);
    const removed = new Set(this.#off);
    for (const { name } of runs) {
      (on ? added : removed).add(name);
      (on ? removed : added).delete(name);
    }
    if (this.#rule === 'none') removed.clear();
    if (this.#rule === 'all') added.clear();
    this.#write(this.#rule, added, removed);
  }

  #isOn(name: string, index: number): boolean {
    if (this.#on.has(name)) return true;
    if (this.#off.has(name)) return false;
    return this.#rule === 'all' || (this.#rule === 'first' && index < RUNS_ON_BY_DEFAULT);
  }

  #write(rule: Rule, on: ReadonlySet<string>, off: ReadonlySet<string>): void {
    url.set('runs', rule === 'first' ? null : rule);
    url.set('on', [...on]);
    url.set('off', [...off]);
  }
}

export const selection = new SelectionState();
