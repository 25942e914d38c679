import type { Dashboard } from '$lib/dashboard';

export const dashboards: Dashboard[] = [
  {
    id: 'histograms',
    order: 40,
    plugins: ['histograms'],
    title: 'histograms.title',
    hint: 'histograms.hint',
    load: () => import('./Histograms.svelte'),
  },
  {
    id: 'distributions',
    order: 41,
    plugins: ['histograms'],
    title: 'distributions.title',
    hint: 'distributions.hint',
    load: () => import('./Distributions.svelte'),
  },
];
