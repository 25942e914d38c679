import type { Dashboard } from '$lib/dashboard';
import { server } from '$lib/state/server.svelte';

const found = import.meta.glob<{ dashboards: Dashboard[] }>('../dashboards/*/meta.ts', { eager: true });

/** All dashboards of this version, in the order of the top bar. */
export const registry: readonly Dashboard[] = Object.values(found)
  .flatMap((module) => module.dashboards)
  .sort((a, b) => a.order - b.order);

/** Whether a dashboard has data; reactive. */
export function hasSomething(dashboard: Dashboard): boolean {
  return dashboard.plugins.some((plugin) => server.tags(plugin).length > 0) || dashboard.more?.() === true;
}
