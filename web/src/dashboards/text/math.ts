/** LaTeX by KaTeX; a chunk of its own, loaded with the first formula. */

import katex from 'katex';
import 'katex/dist/katex.min.css';

/** Sets the formulas of these elements; one that KaTeX does not understand stays readable, marked. */
export function renderMath(elements: Iterable<HTMLElement>): void {
  for (const element of elements) {
    const source = element.textContent ?? '';
    katex.render(source, element, {
      displayMode: element.dataset['mathStyle'] === 'display',
      throwOnError: false,
      // The text came from a log file: no links, no commands that reach out.
      trust: false,
      maxSize: 50,
      maxExpand: 1000,
    });
  }
}
