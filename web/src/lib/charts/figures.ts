// Figures of one width on a canvas, which knows no font features: numbers below each other are compared.

/** A piece of a text, and where it begins from the text's left edge. */
export interface Piece {
  readonly text: string;
  readonly x: number;
}

/** The pieces of a text whose figures all have the room of the widest, and how wide that makes it. */
export function figurePieces(
  text: string,
  widthOf: (piece: string) => number,
): { readonly pieces: readonly Piece[]; readonly width: number } {
  const pieces: Piece[] = [];
  let room: number | null = null;
  let x = 0;
  for (const [piece] of text.matchAll(/\d|\D+/g)) {
    const width = widthOf(piece);
    const isFigure = /\d/.test(piece);
    if (isFigure) room ??= Math.max(...Array.from('0123456789', widthOf));
    const space = isFigure ? (room ?? width) : width;
    pieces.push({ text: piece, x: x + (space - width) / 2 });
    x += space;
  }
  return { pieces, width: x };
}
