import type { Dashboard } from '$lib/dashboard';
import { server } from '$lib/state/server.svelte';

export const dashboards: Dashboard[] = [
  {
    id: 'profile',
    order: 90,
    plugins: [],
    more: () => (server.status?.traces ?? 0) > 0,
    standsAlone: true,
    title: 'profile.title',
    hint: 'profile.hint',
    load: () => import('./Profile.svelte'),
  },
];
