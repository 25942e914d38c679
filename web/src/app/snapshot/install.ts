// Puts the answers that lie in this file where the page asks. Imported before everything that asks.
import { snapshot } from '$lib/api/snapshot';
import { setTransport } from '$lib/api/transport';
import { answering } from './answers';
import { Packs, type PackIndex } from './packs';

const text = (id: string): string => document.getElementById(`glassboard-${id}`)?.textContent ?? '';

if (snapshot) {
  const index = JSON.parse(text('index')) as PackIndex;
  setTransport(answering(new Packs(index, (pack) => text(`pack-${pack}`)), snapshot));
}
