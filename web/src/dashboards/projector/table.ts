// A table, as it is saved.
import { csvLine } from '$lib/format/csv';

export interface Table {
  readonly names: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

export function toCsv({ names, rows }: Table): string {
  return [names, ...rows].map(csvLine).join('\n') + '\n';
}

export function toJson({ names, rows }: Table): unknown {
  return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));
}
