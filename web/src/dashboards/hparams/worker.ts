// Grows the forest beside the page's own thread.
import { report, type ImportanceQuestion, type ImportanceReport } from './importance';

/** What it answers. */
export type ImportanceAnswer = { id: number; report: ImportanceReport } | { id: number; failure: string };

self.onmessage = (event: MessageEvent<ImportanceQuestion>) => {
  const { id } = event.data;
  let answer: ImportanceAnswer;
  try {
    answer = { id, report: report(event.data) };
  } catch (error) {
    answer = { id, failure: error instanceof Error ? error.message : String(error) };
  }
  self.postMessage(answer);
};
