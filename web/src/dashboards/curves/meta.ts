import type { Dashboard } from '$lib/dashboard';

export const dashboards: Dashboard[] = [
  {
    id: 'curves',
    order: 45,
    plugins: ['pr_curves', 'roc_curves'],
    title: 'curves.title',
    hint: 'curves.hint',
    load: () => import('./Curves.svelte'),
  },
];
