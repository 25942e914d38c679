import type { Dashboard } from '$lib/dashboard';
import { server } from '$lib/state/server.svelte';

export const dashboards: Dashboard[] = [
  {
    id: 'projector',
    order: 70,
    plugins: [],
    more: () => (server.status?.projectors ?? 0) > 0,
    standsAlone: true,
    title: 'projector.title',
    hint: 'projector.hint',
    load: () => import('./Projector.svelte'),
  },
];
