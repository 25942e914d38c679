// Which model file belongs to a run, and which of its layers a tag is about.
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { api } from '$lib/api/client';
import { layerWithin, onlyModelOf } from './modelfiles';
import { server } from './server.svelte';

class ModelLayers {
  #names = $state.raw<readonly string[] | null>(null);
  /** The paths of the layers of each model file. */
  readonly #layers = new SvelteMap<string, readonly string[]>();
  readonly #asked = new SvelteSet<string>();

  constructor() {
    server.onChange((change) => {
      if (!change.models_changed) return;
      this.#names = null;
      this.#layers.clear();
      this.#asked.clear();
    });
  }

  /** Asks the server for what `of` needs; nothing where there are no model files. */
  async want(run: string): Promise<void> {
    if ((server.status?.models ?? 0) === 0) return;
    try {
      if (this.#names === null) {
        if (this.#asked.has('')) return;
        this.#asked.add('');
        this.#names = (await api.models()).models.map((model) => model.name);
      }
      const name = onlyModelOf(run, this.#names);
      if (name === null || this.#asked.has(name)) return;
      this.#asked.add(name);
      const { rows } = await api.model('file', name, '');
      this.#layers.set(
        name,
        rows.map((row) => row.path),
      );
    } catch {
      // Without an answer there is no link; the Model page itself says what is wrong with a file.
    }
  }

  /** The layer that a tag of a run is about; null where it is about none. */
  of(run: string, tag: string): { name: string; path: string } | null {
    const name = onlyModelOf(run, this.#names ?? []);
    if (name === null) return null;
    const path = layerWithin(this.#layers.get(name) ?? [], tag);
    return path === null ? null : { name, path };
  }
}

export const modelLayers = new ModelLayers();
