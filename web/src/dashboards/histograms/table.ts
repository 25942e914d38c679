/** Histograms and distributions as text files. */

import type { DistributionSeries, HistogramSeries } from '$lib/api/model';

/** A CSV line, quoted where the format asks for it. */
function line(cells: readonly (string | number)[]): string {
  return cells
    .map((cell) => (/[",\r\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : cell))
    .join(',');
}

/** One line per step and bin. */
export function histogramCsv(series: HistogramSeries): string {
  const lines = ['Wall time,Step,Left,Right,Count'];
  for (const step of series.steps) {
    step.counts.forEach((count, bin) => {
      const left = step.left?.[bin] ?? series.edges[bin] ?? '';
      const right = step.right?.[bin] ?? series.edges[bin + 1] ?? '';
      lines.push(line([step.wall_time_secs, step.step, left, right, count]));
    });
  }
  return `${lines.join('\n')}\n`;
}

/** One line per step, one column per basis point. */
export function distributionCsv(series: DistributionSeries): string {
  const lines = [line(['Wall time', 'Step', ...series.basis_points.map((point) => `p${point / 100}`)])];
  series.step.forEach((step, index) => {
    const values = series.values.map((row) => row[index] ?? '');
    lines.push(line([series.wall_time_secs[index] ?? '', step, ...values]));
  });
  return `${lines.join('\n')}\n`;
}
