// Names of classes that a person has given, for each model file, remembered by this browser.
import { SvelteMap } from 'svelte/reactivity';
import { readSetting, writeSetting } from '$lib/state/settings';

const KEY = 'model.labels';
/** Names of more models are forgotten, the oldest first. */
const MOST_MODELS = 8;

class Names {
  readonly #names = new SvelteMap<string, readonly string[]>(
    Object.entries(readSetting<Record<string, string[]>>(KEY, {})),
  );

  /** The names for a model; undefined if none were given. */
  of(model: string): readonly string[] | undefined {
    return this.#names.get(model);
  }

  /** `null` forgets them. */
  set(model: string, names: readonly string[] | null): void {
    this.#names.delete(model);
    if (names) this.#names.set(model, names);
    for (const old of [...this.#names.keys()].slice(0, -MOST_MODELS)) this.#names.delete(old);
    writeSetting(KEY, Object.fromEntries(this.#names));
  }
}

export const names = new Names();
