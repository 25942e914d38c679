/** Histograms and distributions as text files. */

import type { DistributionSeries, HistogramSeries } from '$lib/api/model';
import { csvLine } from '$lib/format/csv';

/** One line per step and bin. */
export function histogramCsv(series: HistogramSeries): string {
  const lines = ['Wall time,Step,Left,Right,Count'];
  for (const step of series.steps) {
    step.counts.forEach((count, bin) => {
      const left = step.left?.[bin] ?? series.edges[bin] ?? '';
      const right = step.right?.[bin] ?? series.edges[bin + 1] ?? '';
      lines.push(csvLine([step.wall_time_secs, step.step, left, right, count]));
    });
  }
  return `${lines.join('\n')}\n`;
}

/** One line per step, one column per basis point. */
export function distributionCsv(series: DistributionSeries): string {
  const lines = [csvLine(['Wall time', 'Step', ...series.basis_points.map((point) => `p${point / 100}`)])];
  series.step.forEach((step, index) => {
    const values = series.values.map((row) => row[index] ?? '');
    lines.push(csvLine([series.wall_time_secs[index] ?? '', step, ...values]));
  });
  return `${lines.join('\n')}\n`;
}
