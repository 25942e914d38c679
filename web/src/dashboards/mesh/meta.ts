import type { Dashboard } from '$lib/dashboard';
import { server } from '$lib/state/server.svelte';

/** What torch, and tensorboardX, put behind the name of a mesh for its points, triangles and colours. */
const PARTS = /_(VERTEX|FACE|COLOR|[123])$/;

export const dashboards: Dashboard[] = [
  {
    id: 'mesh',
    order: 75,
    plugins: ['mesh'],
    names: () => [...new Set(server.tags('mesh').map(({ tag }) => tag.replace(PARTS, '')))],
    title: 'mesh.title',
    hint: 'mesh.hint',
    load: () => import('./Meshes.svelte'),
  },
];
