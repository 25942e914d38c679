//! Counts at evenly spaced thresholds, as TensorBoard's PR-curve summaries hold them.
