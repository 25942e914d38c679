// The mesh a card shows: fetched when it is wanted, and kept until the next one is here.
import { api } from '$lib/api/client';
import type { MeshHeader } from '$lib/api/model';
import type { Column } from '$lib/api/columns';

/** A mesh that has been fetched. */
export interface MeshShown {
  /** What it was asked for by. */
  readonly key: string;
  readonly header: MeshHeader;
  /** x, y, z of each point. */
  readonly positions: Column;
  /** Three points of each triangle; null: a cloud of points. */
  readonly indices: Uint32Array | null;
  /** Red, green, blue of each point. */
  readonly colors: Uint8Array | null;
}

export class MeshData {
  #shown = $state.raw<MeshShown | null>(null);
  #failure = $state<string | null>(null);
  #wanted: string | null = null;
  #abort: AbortController | null = null;

  get shown(): MeshShown | null {
    return this.#shown;
  }
  /** Why the mesh that is wanted cannot be shown. */
  get failure(): string | null {
    return this.#failure;
  }

  /** `url`: of a step. */
  async want(url: string, sample: number): Promise<void> {
    const key = `${url}&sample=${sample}`;
    if (key === this.#wanted) return;
    this.#wanted = key;
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const { header, column } = await api.meshData(url, sample, abort.signal);
      if (abort.signal.aborted) return;
      this.#shown = {
        key,
        header,
        positions: column(header.positions, 3 * header.points),
        indices: header.indices ? Uint32Array.from(column(header.indices, 3 * header.faces)) : null,
        colors: header.colors ? Uint8Array.from(column(header.colors, 3 * header.points)) : null,
      };
      this.#failure = null;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#failure = error instanceof Error ? error.message : String(error);
      this.#shown = null;
    }
  }

  /** Lets go of everything. */
  rest(): void {
    this.#abort?.abort();
    this.#wanted = null;
    this.#shown = null;
    this.#failure = null;
  }
}
