//! Precision-recall, ROC and DET curves of binary and multi-class scores, their areas, and the best points to operate at.
//!
//! Names, parameters, defaults, results and refusals are scikit-learn's (1.9): results are the same bit for bit wherever
//! the order of additions is defined. What scikit-learn emits as a Python warning is returned as a [`Warning`].
//!
//! Labels are booleans, integers or whole floats ([`Label`]); scores are `f32` or `f64` ([`Score`]) and are sorted on
//! all cores. Inputs are slices or [`ndarray`] views, contiguous or not.
//!
//! ```
//! use glassboard_metrics::{CurveOptions, RocAucOptions, confusion_matrix_at_thresholds, roc_auc_score};
//!
//! let (labels, scores) = ([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]);
//! let area = roc_auc_score(&labels, &scores, &RocAucOptions::default())?;
//! assert_eq!(area.value.one(), Some(0.75));
//!
//! // Sort once, ask for everything.
//! let counts = confusion_matrix_at_thresholds(&labels, &scores, &CurveOptions::default())?;
//! assert_eq!(counts.roc_auc(), 0.75);
//! assert_eq!(counts.best_f1().map(|point| point.threshold), Some(0.35));
//! # Ok::<(), glassboard_metrics::MetricsError>(())
//! ```

mod area;
pub mod binned;
mod calibration;
mod counts;
mod curves;
mod error;
mod input;
mod operating;
mod score;
mod sort;

pub use area::auc;
pub use calibration::{CalibrationBin, expected_calibration_error};
pub use counts::{CurveOptions, ThresholdCounts, confusion_matrix_at_thresholds};
pub use curves::{
    DetCurve, PrecisionRecallCurve, RocCurve, det_curve, precision_recall_curve, roc_curve,
};
pub use error::{MetricsError, Result, TargetKind, Warning};
pub use input::{Label, Score, Scores, Targets};
pub use operating::{Costs, OperatingPoint};
pub use score::{
    Area, AreaValue, Average, AveragePrecisionOptions, MultiClass, RocAucOptions,
    average_precision_score, roc_auc_score,
};
