/** Curves as text files. */

import type { Curve, CurveList } from '$lib/api/model';
import { csvLine } from '$lib/format/csv';

const COLUMNS = [
  ['Threshold', 'threshold'],
  ['TP', 'true_positives'],
  ['FP', 'false_positives'],
  ['TN', 'true_negatives'],
  ['FN', 'false_negatives'],
  ['Precision', 'precision'],
  ['Recall', 'recall'],
  ['FPR', 'false_positive_rate'],
  ['F1', 'f1'],
] as const satisfies readonly (readonly [string, keyof Curve])[];

/** One line per series and threshold. */
export function curveCsv(list: CurveList): string {
  const lines = [csvLine(['Run', 'Tag', 'Wall time', 'Step', ...COLUMNS.map(([name]) => name)])];
  for (const { run_name, tag, curve } of list.series) {
    curve?.threshold.forEach((_, at) => {
      const values = COLUMNS.map(([, column]) => curve[column][at] ?? '');
      lines.push(csvLine([run_name, tag, curve.wall_time_secs, curve.step, ...values]));
    });
  }
  return `${lines.join('\n')}\n`;
}

/** One line per series and bin of its calibration curve. */
export function calibrationCsv(list: CurveList): string {
  const lines = [csvLine(['Run', 'Tag', 'Wall time', 'Step', 'Mean score', 'Positive share', 'Samples'])];
  for (const { run_name, tag, curve } of list.series) {
    const bins = curve?.calibration;
    bins?.mean_score.forEach((score, at) => {
      const values = [score, bins.positive_share[at] ?? '', bins.samples[at] ?? ''];
      lines.push(csvLine([run_name, tag, curve?.wall_time_secs ?? '', curve?.step ?? '', ...values]));
    });
  }
  return `${lines.join('\n')}\n`;
}
