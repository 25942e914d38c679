import type { Dashboard } from '$lib/dashboard';

export const dashboards: Dashboard[] = [
  {
    id: 'text',
    order: 50,
    plugins: ['text'],
    title: 'text.title',
    hint: 'text.hint',
    load: () => import('./Text.svelte'),
  },
];
