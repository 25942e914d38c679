// What a dashboard says about itself. Each folder below `dashboards/` has a `meta.ts` that exports
// `dashboards: Dashboard[]`; the app finds it there, so that nothing else needs to name the folder.
import type { Component } from 'svelte';
import type { MessageKey } from './i18n/index.svelte';

export interface Dashboard {
  /** Its name in the address. */
  id: string;
  /** Place in the top bar. */
  order: number;
  /** Plugins whose tags it shows; it is in the top bar when one of them has data. */
  plugins: readonly string[];
  /** What it has cards of, where these are not the tags of `plugins`. */
  names?: () => readonly string[];
  /** Whether there is something to show beside the tags of `plugins`. */
  more?: () => boolean;
  /** It shows things that belong to no run, and has something to say when there is nothing. */
  standsAlone?: boolean;
  /** What it shows is computed when it is asked for: a snapshot leaves it out. */
  needsServer?: boolean;
  title: MessageKey;
  /** One line of code that logs something for it. */
  hint: MessageKey;
  /** Loads its component; a chunk of its own unless it is the first dashboard. */
  load: () => Promise<{ default: Component }>;
}
