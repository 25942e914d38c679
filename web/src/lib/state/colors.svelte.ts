// The colour of each run: the one a person chose, else the one its name was given.
import { assignLooks, dashOf, shade, type Look } from '$lib/format/colors';
import { PALETTES } from '$lib/format/palette';
import { readSetting, writeSetting } from './settings';
import { server } from './server.svelte';
import { theme } from './theme.svelte';
import { workspace } from './workspace.svelte';

export interface RunStyle {
  color: string;
  /** Lengths of dash and gap in pixels; empty: a solid line. */
  dash: readonly number[];
}

/** More than this many remembered looks are not worth the browser's storage. */
const REMEMBERED = 2_000;

class ColorState {
  readonly #looks = new Map<string, Look>();
  #remembered = '';

  // Looks are kept between derivations on purpose: a run that has a colour keeps it when others come.
  readonly #assigned = $derived.by(() => {
    const logdir = server.status?.logdir ?? '';
    if (logdir !== this.#remembered && logdir !== '') {
      this.#remembered = logdir;
      for (const [name, look] of readSetting<[string, Look][]>(`looks:${logdir}`, [])) {
        if (!this.#looks.has(name)) this.#looks.set(name, look);
      }
    }
    // In the order of the list, so that the runs at its top differ most.
    const names = server.runs.map((run) => run.name);
    const before = this.#looks.size;
    assignLooks(names, this.#looks);
    if (this.#looks.size !== before && logdir !== '') {
      writeSetting(`looks:${logdir}`, [...this.#looks].slice(0, REMEMBERED));
    }
    return new Map(this.#looks);
  });

  /** The colour and dash of a run; reactive to theme and to what a person chose. */
  of(name: string): RunStyle {
    const chosen = workspace.run(name).color;
    const look = this.#assigned.get(name) ?? { hue: 0, level: 0 };
    if (chosen) return { color: chosen, dash: [] };
    const base = PALETTES[theme.dark ? 'dark' : 'light'][look.hue] ?? '#808080';
    return { color: shade(base, look), dash: dashOf(look) };
  }
}

export const colors = new ColorState();
