/** Texts of the Time series dashboard: `[English, 简体中文]`. */
export const timeseries = {
  'timeseries.title': ['Time series', '时间序列'],
  'timeseries.hint': [
    'writer.add_scalar("loss/train", loss, step)',
    'writer.add_scalar("loss/train", loss, step)',
  ],
} as const satisfies Record<string, readonly [string, string]>;
