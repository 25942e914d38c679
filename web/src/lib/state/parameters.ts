// Where the parameters of a layer are seen: in the histograms that runs have logged, and on the Model page.
import type { GraphSource } from '$lib/api/model';
import { isWithin } from './modelfiles';
import { server } from './server.svelte';
import { url } from './url.svelte';

/** Tags of histograms of what is in a layer, or of one of its parameters. */
export function histogramsOf(path: string): string[] {
  return server
    .tags('histograms')
    .map((entry) => entry.tag)
    .filter((tag) => isWithin(tag, path));
}

/** Goes to the histograms of these tags and of no others. */
export function showHistograms(tags: readonly string[]): void {
  const escaped = tags.map((tag) => tag.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  url.dashboard = 'histograms';
  url.set('tag', `^(${escaped.join('|')})$`);
}

/** Goes to the row of a layer, or of what is in it, on the Model page. */
export function showLayer(source: GraphSource, name: string, path: string): void {
  url.dashboard = 'model';
  url.set('model', [source, name]);
  url.set('model.layer', null);
  url.set('model.find', path);
}
