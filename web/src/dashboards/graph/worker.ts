// Lays graphs out beside the page's own thread.
import type { Graph } from '$lib/api/model';
import { Layouter } from './layout';
import { buffersOf, pack, type PackedScene } from './pack';
import type { LayoutOptions } from './scene';

/** What the worker is asked. */
export type Question =
  { kind: 'graph'; graph: Graph } | { kind: 'layout'; id: number; open: number[]; options: LayoutOptions };

/** What it answers. */
export type Answer = { id: number; scene: PackedScene } | { id: number; failure: string };

let layouter: Layouter | null = null;

self.onmessage = (event: MessageEvent<Question>) => {
  const question = event.data;
  if (question.kind === 'graph') {
    layouter = new Layouter(question.graph);
    return;
  }
  const { id, open, options } = question;
  let answer: Answer;
  try {
    const scene = layouter?.layout(new Set(open), options);
    answer = scene ? { id, scene: pack(scene) } : { id, failure: 'no graph' };
  } catch (error) {
    answer = { id, failure: error instanceof Error ? error.message : String(error) };
  }
  self.postMessage(answer, { transfer: 'scene' in answer ? buffersOf(answer.scene) : [] });
};
