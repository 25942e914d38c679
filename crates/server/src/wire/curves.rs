//! Curves of binary classifiers: `POST /api/v1/curves`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which kind of summary holds a curve. Both hold the four counts, so either gives every kind of curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CurvePlugin {
    /// `add_pr_curve`.
    PrCurves,
    /// `add_roc_curve`.
    RocCurves,
}

impl CurvePlugin {
    /// The plugin's name in the summary metadata.
    pub fn name(self) -> &'static str {
        match self {
            Self::PrCurves => "pr_curves",
            Self::RocCurves => "roc_curves",
        }
    }
}

/// `POST /api/v1/curves`: many curves at one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CurveQuery {
    /// The series wanted, at most 1,000. A series that does not exist is left out of the answer.
    pub series: Vec<CurveRef>,
    /// The step: of each series its last live curve at or before it, or the first when all are later. Absent: the
    /// newest.
    #[serde(default)]
    pub step: Option<i64>,
    /// Whether the superseded curves of the same step are returned too.
    #[serde(default)]
    pub superseded: bool,
}

/// One series: a tag of a run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct CurveRef {
    /// [`Run::id`](super::Run::id).
    pub run: u32,
    /// What the tag was logged as.
    pub plugin: CurvePlugin,
    /// The tag.
    pub tag: String,
}

/// Answer to [`CurveQuery`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CurveList {
    /// One entry per series found, in the order asked.
    pub series: Vec<CurveSeries>,
}

/// One series and its curve at the step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CurveSeries {
    /// [`Run::id`](super::Run::id).
    pub run: u32,
    /// [`Run::name`](super::Run::name).
    pub run_name: String,
    /// What the tag was logged as.
    pub plugin: CurvePlugin,
    /// The tag.
    pub tag: String,
    /// Steps of all live curves, rising.
    pub steps: Vec<i64>,
    /// Their wall times.
    pub wall_time_secs: Vec<f64>,
    /// Superseded curves of the whole series.
    pub superseded_total: u64,
    /// The curve at the step; absent when nothing is live.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curve: Option<Curve>,
    /// Superseded curves of the same step, when they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub superseded: Vec<Curve>,
}

/// One curve, thresholds rising. A sample is taken for positive if its score is at least the threshold.
///
/// All columns have the same length. Of curves with thousands of thresholds, those that a drawing would not show are
/// left out of the columns, never of the areas and best points.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct Curve {
    /// Step.
    pub step: i64,
    /// Wall time.
    pub wall_time_secs: f64,
    /// Number of thresholds logged.
    pub thresholds_total: u64,
    /// Thresholds, 0 to 1.
    pub threshold: Vec<f64>,
    /// Positive samples taken for positive, by weight; null where the file holds no finite number. So for the others.
    pub true_positives: Vec<Option<f64>>,
    /// Negative samples taken for positive.
    pub false_positives: Vec<Option<f64>>,
    /// Negative samples taken for negative.
    pub true_negatives: Vec<Option<f64>>,
    /// Positive samples taken for negative.
    pub false_negatives: Vec<Option<f64>>,
    /// TP / (TP + FP); null where nothing is taken for positive. From the logged row where counts contradict themselves.
    pub precision: Vec<Option<f64>>,
    /// TP / (TP + FN), the true positive rate; null without positive samples.
    pub recall: Vec<Option<f64>>,
    /// FP / (FP + TN); null without negative samples.
    pub false_positive_rate: Vec<Option<f64>>,
    /// FN / (TP + FN); null without positive samples.
    pub false_negative_rate: Vec<Option<f64>>,
    /// 2 TP / (2 TP + FP + FN); null without positive samples.
    pub f1: Vec<Option<f64>>,
    /// Positive samples, by weight; null when the counts contradict one another.
    #[schema(required)]
    pub positives: Option<f64>,
    /// Negative samples, by weight; null when the counts contradict one another.
    #[schema(required)]
    pub negatives: Option<f64>,
    /// Average precision, scikit-learn's formula over the logged thresholds; null without positive samples.
    #[schema(required)]
    pub average_precision: Option<f64>,
    /// Area below the ROC curve by the trapezoidal rule over the logged thresholds; null unless both classes occur.
    #[schema(required)]
    pub roc_auc: Option<f64>,
    /// Place in the columns of the threshold with the largest F1.
    #[schema(required)]
    pub best_f1: Option<u32>,
    /// Place in the columns of the threshold with the largest Youden's J, true less false positive rate.
    #[schema(required)]
    pub youden: Option<u32>,
    /// Whether scores are probabilities; absent where thresholds are too few to tell, and where counts contradict one
    /// another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// What is wrong with what was logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<CurveProblem>,
}

/// How often samples that score about as high are positive, in ten bins of equal width; empty ones are left out. A
/// sample's score is taken to be the middle of its two thresholds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct Calibration {
    /// Mean score of each bin, rising.
    pub mean_score: Vec<f64>,
    /// Share of positive samples in each bin.
    pub positive_share: Vec<f64>,
    /// Samples in each bin, by weight.
    pub samples: Vec<f64>,
    /// By how much scores and shares differ, on average over the samples: the expected calibration error.
    pub expected_error: f64,
}

impl Curve {
    /// A curve without points, of a record that cannot be read.
    pub fn empty(step: i64, wall_time_secs: f64) -> Self {
        Self {
            step,
            wall_time_secs,
            ..Self::default()
        }
    }
}

/// Why a curve shows less than it could.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CurveProblem {
    /// What is wrong.
    pub kind: CurveProblemKind,
    /// Event file, relative to the log directory.
    pub path: String,
    /// The whole sentence in English.
    pub message: String,
}

/// What is wrong with a logged curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CurveProblemKind {
    /// The record holds no tensor of six rows.
    Unreadable,
    /// A count is NaN or infinite.
    NotFinite,
    /// A count is below zero.
    Negative,
    /// The number of positive or negative samples differs between thresholds.
    Totals,
    /// More samples are taken for positive at a higher threshold.
    Order,
    /// The logged rates are not those of the counts.
    Rates,
}
