import type { Dashboard } from '$lib/dashboard';

export const dashboards: Dashboard[] = [
  {
    id: 'images',
    order: 20,
    plugins: ['images'],
    title: 'images.title',
    hint: 'images.hint',
    load: () => import('./Images.svelte'),
  },
];
