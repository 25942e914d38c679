import type { Dashboard } from '$lib/dashboard';
import { server } from '$lib/state/server.svelte';

export const dashboards: Dashboard[] = [
  {
    id: 'graph',
    order: 60,
    plugins: ['graphs', 'graph_keras_model', 'graph_run_metadata', 'graph_run_metadata_graph'],
    more: () => (server.status?.models ?? 0) > 0,
    standsAlone: true,
    title: 'graph.title',
    hint: 'graph.hint',
    load: () => import('./Graph.svelte'),
  },
];
