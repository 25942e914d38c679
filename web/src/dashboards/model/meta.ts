import type { Dashboard } from '$lib/dashboard';
import { server } from '$lib/state/server.svelte';

export const dashboards: Dashboard[] = [
  {
    id: 'model',
    order: 100,
    plugins: [],
    more: () => (server.status?.models ?? 0) > 0,
    standsAlone: true,
    needsServer: true,
    title: 'model.title',
    hint: 'model.hint',
    load: () => import('./ModelPage.svelte'),
  },
];
