import type { Dashboard } from '$lib/dashboard';

export const dashboards: Dashboard[] = [
  {
    id: 'audio',
    order: 30,
    plugins: ['audio'],
    title: 'audio.title',
    hint: 'audio.hint',
    load: () => import('./Audio.svelte'),
  },
];
