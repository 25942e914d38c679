import type { Dashboard } from '$lib/dashboard';

const found = import.meta.glob<{ dashboards: Dashboard[] }>('../dashboards/*/meta.ts', { eager: true });

/** All dashboards of this version, in the order of the top bar. */
export const registry: readonly Dashboard[] = Object.values(found)
  .flatMap((module) => module.dashboards)
  .sort((a, b) => a.order - b.order);
