// A text as a picture: what was logged, letter by letter, with long lines cut into several.
import type { Painter } from '$lib/charts/painter';

const LINE_HEIGHT = 17;
const TEXT_SIZE = 12;
const MARGIN = 10;
/** A picture of more lines than this is none that anybody looks at. */
export const MOST_LINES = 2_000;

/** Width of a letter of Chinese, Japanese or Korean in units of a Latin one. */
function widthOf(letter: string): number {
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/.test(
    letter,
  )
    ? 2
    : 1;
}

/** Lines of at most `columns` letters, cut between words where there are any. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const whole of text.replaceAll('\t', '    ').split(/\r\n|\r|\n/)) {
    let line = '';
    let width = 0;
    for (const letter of whole) {
      const wide = widthOf(letter);
      if (width + wide > columns) {
        const space = letter === ' ' ? line.length : line.lastIndexOf(' ');
        const cut = space > 0 ? space : line.length;
        lines.push(line.slice(0, cut));
        line = line.slice(cut).trimStart();
        width = [...line].reduce((sum, other) => sum + widthOf(other), 0);
        if (letter === ' ' && line === '') continue;
      }
      line += letter;
      width += wide;
    }
    lines.push(line);
    if (lines.length > MOST_LINES) return [...lines.slice(0, MOST_LINES), '…'];
  }
  return lines;
}

/** Size of a picture of lines, and the function that draws it. */
export function drawText(lines: readonly string[], width: number, color: string) {
  return {
    width,
    height: lines.length * LINE_HEIGHT + MARGIN,
    draw(painter: Painter): void {
      lines.forEach((line, i) =>
        painter.text(line, MARGIN, i * LINE_HEIGHT + LINE_HEIGHT / 2, {
          color,
          size: TEXT_SIZE,
          baseline: 'middle',
        }),
      );
    },
  };
}
