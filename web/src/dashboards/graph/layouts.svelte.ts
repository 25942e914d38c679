// The layout of what is open, asked of the worker; an answer that comes late is dropped.
import { unpack } from './pack';
import type { LayoutOptions, Scene } from './scene';
import type { Model } from './model';
import type { Answer, Question } from './worker';

export class Layouts {
  /** The newest layout; null before the first. */
  scene = $state.raw<Scene | null>(null);
  /** Which model it is of. */
  model = $state.raw<Model | null>(null);
  failure = $state<string | null>(null);
  /** Milliseconds from the question to the answer. */
  took = $state(0);
  #worker: Worker | null = null;
  #of: Model | null = null;
  #asked = 0;
  #askedAt = 0;

  /** Asks for the layout of a graph while these groups are open. */
  ask(model: Model, open: ReadonlySet<number>, options: LayoutOptions): void {
    this.#worker ??= this.#start();
    if (this.#of !== model) {
      this.#of = model;
      this.#send({ kind: 'graph', graph: model.graph });
    }
    this.#asked += 1;
    this.#askedAt = performance.now();
    this.#send({ kind: 'layout', id: this.#asked, open: [...open], options });
  }

  stop(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#of = null;
  }

  #send(question: Question): void {
    this.#worker?.postMessage(question);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = (event: MessageEvent<Answer>) => {
      const answer = event.data;
      if (answer.id !== this.#asked) return;
      if ('failure' in answer) {
        this.failure = answer.failure;
        return;
      }
      this.failure = null;
      this.scene = unpack(answer.scene);
      this.model = this.#of;
      this.took = performance.now() - this.#askedAt;
    };
    worker.onerror = (event) => {
      this.failure = event.message;
    };
    return worker;
  }
}
