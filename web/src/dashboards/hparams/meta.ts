import type { Dashboard } from '$lib/dashboard';

export const dashboards: Dashboard[] = [
  {
    id: 'hparams',
    order: 50,
    plugins: ['hparams'],
    title: 'hparams.title',
    hint: 'hparams.hint',
    load: () => import('./Hparams.svelte'),
  },
];
