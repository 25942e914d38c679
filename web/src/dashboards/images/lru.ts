/**
 * A cache that holds at most a given cost and lets go of what was used longest ago.
 *
 * Entries that are being shown are retained: they are never let go, even when the cache
 * is over its cost because of them.
 */
export class Lru<K, V> {
  readonly #entries = new Map<K, { value: V; cost: number; users: number }>();
  readonly #maxCost: number;
  readonly #dispose: (value: V) => void;
  #cost = 0;

  constructor(maxCost: number, dispose: (value: V) => void = () => undefined) {
    this.#maxCost = maxCost;
    this.#dispose = dispose;
  }

  /** Cost of everything held. */
  get cost(): number {
    return this.#cost;
  }

  /** Number of entries held. */
  get size(): number {
    return this.#entries.size;
  }

  /** The value, which becomes the most recently used one. */
  get(key: K): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Puts a value in, in place of an older one of that key, and lets go of what no longer fits. */
  set(key: K, value: V, cost: number): void {
    const old = this.#entries.get(key);
    if (old) this.#drop(key, old);
    this.#entries.set(key, { value, cost, users: old?.users ?? 0 });
    this.#cost += cost;
    this.#trim(key);
  }

  /** Keeps an entry from being let go until {@link release} is called as often. */
  retain(key: K): void {
    const entry = this.#entries.get(key);
    if (entry) entry.users += 1;
  }

  /** Ends one {@link retain}. */
  release(key: K): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    entry.users = Math.max(0, entry.users - 1);
    this.#trim();
  }

  /** Takes an entry out, used or not. */
  delete(key: K): void {
    const entry = this.#entries.get(key);
    if (entry) this.#drop(key, entry);
  }

  #trim(keep?: K): void {
    if (this.#cost <= this.#maxCost) return;
    for (const [key, entry] of this.#entries) {
      if (entry.users > 0 || key === keep) continue;
      this.#drop(key, entry);
      if (this.#cost <= this.#maxCost) return;
    }
  }

  #drop(key: K, entry: { value: V; cost: number }): void {
    this.#entries.delete(key);
    this.#cost -= entry.cost;
    this.#dispose(entry.value);
  }
}
