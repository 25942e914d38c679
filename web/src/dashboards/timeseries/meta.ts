import type { Dashboard } from '$lib/dashboard';

export const dashboards: Dashboard[] = [
  {
    id: 'timeseries',
    order: 10,
    plugins: ['scalars'],
    title: 'timeseries.title',
    hint: 'timeseries.hint',
    load: () => import('./TimeSeries.svelte'),
  },
];
