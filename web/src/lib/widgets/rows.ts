/**
 * Which cards of a grid begin a new row, so that cards that belong together (one tag's runs) stay in
 * one row where they fit into one, and begin one where they do not.
 *
 * `sizes` are the numbers of cards that belong together, in order; the answer holds places of cards.
 */
export function rowStarts(sizes: readonly number[], columns: number): ReadonlySet<number> {
  const starts = new Set<number>();
  let place = 0;
  let column = 0;
  for (const size of sizes) {
    if (column > 0 && column + size > columns) {
      starts.add(place);
      column = 0;
    }
    place += size;
    column = (column + size) % columns;
  }
  return starts;
}
