// Everything that matters is in the address after `#`: `#timeseries?smoothing=0.8&runs=none&on=adam`.
// The part after `#` never reaches the server, so any path prefix and any proxy work.
import { SvelteMap } from 'svelte/reactivity';

export interface Location {
  dashboard: string;
  params: [string, string][];
}

export function parseHash(hash: string): Location {
  const text = hash.replace(/^#\/?/, '');
  const mark = text.indexOf('?');
  const dashboard = mark < 0 ? text : text.slice(0, mark);
  const params = mark < 0 ? [] : [...new URLSearchParams(text.slice(mark + 1))];
  return { dashboard: decodeURIComponent(dashboard), params };
}

export function formatHash(location: Location): string {
  const query = new URLSearchParams(location.params).toString();
  return `#${encodeURIComponent(location.dashboard)}${query ? `?${query}` : ''}`;
}

/** One object for every parameter that is not there, so that nothing seems to change. */
const NONE: readonly string[] = [];

class UrlState {
  #dashboard = $state('');
  readonly #params = new SvelteMap<string, readonly string[]>();
  #scheduled = false;
  #bare = false;

  constructor() {
    if (typeof window === 'undefined') return;
    this.#read();
    this.#bare = this.#params.size === 0;
    window.addEventListener('hashchange', () => this.#read());
  }

  get dashboard(): string {
    return this.#dashboard;
  }

  set dashboard(id: string) {
    if (id === this.#dashboard) return;
    this.#dashboard = id;
    // Another dashboard is another place: the browser's back button returns.
    history.pushState(null, '', this.href());
  }

  /** Names the dashboard that is shown because none was asked for; no new place in the history. */
  settle(id: string): void {
    if (this.#dashboard !== '') return;
    this.#dashboard = id;
    this.#schedule();
  }

  /** Whether the page was opened without any parameter. */
  get isBare(): boolean {
    return this.#bare;
  }

  /** The first value of a parameter; reactive. */
  get(name: string): string | null {
    return this.#params.get(name)?.[0] ?? null;
  }

  /** All values of a parameter; reactive. */
  all(name: string): readonly string[] {
    return this.#params.get(name) ?? NONE;
  }

  /** `null` or an empty list takes the parameter away. */
  set(name: string, value: string | readonly string[] | null): void {
    const values = value === null ? [] : typeof value === 'string' ? [value] : value;
    const before = this.#params.get(name) ?? [];
    if (before.length === values.length && before.every((item, i) => item === values[i])) return;
    if (values.length === 0) this.#params.delete(name);
    else this.#params.set(name, values);
    this.#schedule();
  }

  href(): string {
    const params: [string, string][] = [];
    for (const [name, values] of [...this.#params].sort(([a], [b]) => (a < b ? -1 : 1))) {
      for (const value of values) params.push([name, value]);
    }
    return formatHash({ dashboard: this.#dashboard, params });
  }

  // Browsers limit how often the address may change: a slider's moves are gathered.
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setTimeout(() => {
      this.#scheduled = false;
      history.replaceState(null, '', this.href());
    }, 150);
  }

  #read(): void {
    const { dashboard, params } = parseHash(window.location.hash);
    this.#dashboard = dashboard;
    const next = new Map<string, string[]>();
    for (const [name, value] of params) next.set(name, [...(next.get(name) ?? []), value]);
    for (const name of [...this.#params.keys()]) if (!next.has(name)) this.#params.delete(name);
    for (const [name, values] of next) this.#params.set(name, values);
  }
}

export const url = new UrlState();
