import { snapshot } from '$lib/api/snapshot';
import type { Dashboard } from '$lib/dashboard';
import { server } from '$lib/state/server.svelte';

const found = import.meta.glob<{ dashboards: Dashboard[] }>('../dashboards/*/meta.ts', { eager: true });

/** Whether a page without a server can show it, and was made to. */
function possible(dashboard: Dashboard): boolean {
  if (!snapshot) return true;
  const chosen = snapshot.dashboards;
  return dashboard.needsServer !== true && (chosen.length === 0 || chosen.includes(dashboard.id));
}

/** All dashboards of this page, in the order of the top bar. */
export const registry: readonly Dashboard[] = Object.values(found)
  .flatMap((module) => module.dashboards)
  .filter(possible)
  .sort((a, b) => a.order - b.order);

/** Whether a dashboard has data; reactive. */
export function hasSomething(dashboard: Dashboard): boolean {
  return dashboard.plugins.some((plugin) => server.tags(plugin).length > 0) || dashboard.more?.() === true;
}
