//! What can be wrong with the input, and what a result may not mean.

use std::fmt;

/// Why a metric could not be computed.
///
/// The texts follow scikit-learn's wording, so that what people search for is found.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MetricsError {
    /// The inputs have different numbers of samples.
    #[error("found input variables with inconsistent numbers of samples: {lengths:?}")]
    InconsistentLengths {
        /// Samples in each input, in the order of the arguments.
        lengths: Vec<usize>,
    },
    /// There is not a single sample.
    #[error("found array with 0 samples while a minimum of 1 is required")]
    NoSamples,
    /// A score, label or weight is NaN.
    #[error("input contains NaN: expected finite numbers, got NaN in {argument} at index {index}")]
    NotANumber {
        /// `y_true`, `y_score` or `sample_weight`.
        argument: &'static str,
        /// Position of the first NaN; in a table, row after row.
        index: usize,
    },
    /// A score, label or weight is infinite.
    #[error(
        "input contains infinity: expected finite numbers, got {value} in {argument} at index {index}"
    )]
    Infinite {
        /// `y_true`, `y_score` or `sample_weight`.
        argument: &'static str,
        /// Position of the first infinity; in a table, row after row.
        index: usize,
        /// The infinity.
        value: f64,
    },
    /// The labels are of a kind that the metric is not defined for.
    #[error("{kind} format is not supported: expected binary labels in y_true")]
    UnsupportedTarget {
        /// What the labels are.
        kind: TargetKind,
    },
    /// The positive class must be named.
    #[error(
        "y_true takes value in {{{classes}}} and pos_label is not specified: either make y_true take value in \
         {{0, 1}} or {{-1, 1}} or pass pos_label explicitly"
    )]
    PositiveLabelNeeded {
        /// The values in `y_true`, separated by commas.
        classes: String,
    },
    /// The positive class does not occur among two others.
    #[error("pos_label={pos_label} is not a valid label: expected one of {{{classes}}}")]
    UnknownPositiveLabel {
        /// What was asked for.
        pos_label: String,
        /// The values in `y_true`, separated by commas.
        classes: String,
    },
    /// `pos_label` was given where each class is positive in turn.
    #[error(
        "parameter pos_label is fixed to 1 for {kind} y_true: expected no pos_label or 1, got {pos_label}"
    )]
    FixedPositiveLabel {
        /// What the labels are.
        kind: TargetKind,
        /// What was asked for.
        pos_label: String,
    },
    /// All weights are zero.
    #[error("sample weights must contain at least one non-zero number")]
    ZeroWeights,
    /// A curve that compares two classes has only one.
    #[error(
        "only one class is present in y_true: detection error tradeoff curve is not defined in that case"
    )]
    OneClass,
    /// Fewer than two points have no area below them.
    #[error("at least 2 points are needed to compute area under curve, but x has {points}")]
    TooFewPoints {
        /// Points given.
        points: usize,
    },
    /// The x coordinates of a curve go to and fro.
    #[error("x is neither increasing nor decreasing: x[{index}] turns round")]
    NotMonotonic {
        /// First x that goes against the direction of the first step.
        index: usize,
    },
    /// `max_fpr` is outside of its range.
    #[error("expected max_fpr in range (0, 1], got: {max_fpr}")]
    MaxFprOutOfRange {
        /// What was given.
        max_fpr: f64,
    },
    /// `max_fpr` was given for more than two classes.
    #[error(
        "partial AUC computation not available in multiclass setting, max_fpr must be None, received max_fpr={max_fpr}"
    )]
    MaxFprOfMultiClass {
        /// What was given.
        max_fpr: f64,
    },
    /// More than two classes, and nothing said about how to compare them.
    #[error("multi_class must be in ('ovo', 'ovr')")]
    MultiClassNeeded,
    /// The scores do not have the shape that the labels ask for.
    #[error("y_score needs to be of shape {expected}, got y_score.shape={got}")]
    ScoreShape {
        /// The shape that was expected, in words.
        expected: String,
        /// The shape that came.
        got: String,
    },
    /// The scores of a sample are no probabilities.
    #[error(
        "target scores need to be probabilities for multiclass roc_auc, i.e. they should sum up to 1.0 over classes: \
         got {sum} in row {row}"
    )]
    NotProbabilities {
        /// First row whose sum is not 1.
        row: usize,
        /// Its sum.
        sum: f64,
    },
    /// The average is not defined for several classes.
    #[error("average must be one of {expected} for multiclass problems, got {got}")]
    AverageOfMultiClass {
        /// What is defined.
        expected: &'static str,
        /// What was asked for.
        got: &'static str,
    },
    /// One area per pair of classes is not defined.
    #[error("average=None is not implemented for multi_class='ovo'")]
    NotImplementedOneVersusOnePerClass,
    /// One versus one knows no weights.
    #[error(
        "sample_weight is not supported for multiclass one-vs-one ROC AUC, sample_weight must be None in this case"
    )]
    WeightsOfOneVersusOne,
    /// `labels` has a label twice.
    #[error("parameter labels must be unique")]
    LabelsNotUnique,
    /// `labels` is not in increasing order.
    #[error("parameter labels must be ordered")]
    LabelsNotOrdered,
    /// As many labels as columns are expected.
    #[error(
        "number of given labels, {labels}, not equal to the number of columns in y_score, {columns}"
    )]
    LabelsOfColumns {
        /// Labels given.
        labels: usize,
        /// Columns of the scores.
        columns: usize,
    },
    /// `y_true` has a label that is not in `labels`.
    #[error("y_true contains labels not in parameter labels: {label}")]
    LabelNotListed {
        /// The first such label.
        label: String,
    },
    /// As many classes as columns are expected.
    #[error(
        "number of classes in y_true, {classes}, not equal to the number of columns in y_score, {columns}"
    )]
    ClassesOfColumns {
        /// Classes among the labels.
        classes: usize,
        /// Columns of the scores.
        columns: usize,
    },
    /// Counts at thresholds need at least one.
    #[error("expected at least 1 threshold, got 0")]
    NoThresholds,
    /// The weights of an average sum to zero.
    #[error("weights sum to zero, can't be normalized")]
    WeightsSumToZero,
    /// A cost is negative or no number.
    #[error("expected finite costs of 0 or more, got {false_positive} and {false_negative}")]
    Costs {
        /// Cost of a false alarm.
        false_positive: f64,
        /// Cost of a miss.
        false_negative: f64,
    },
}

/// What kind of labels `y_true` holds, in scikit-learn's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetKind {
    /// At most two classes.
    Binary,
    /// More than two classes.
    MultiClass,
    /// Numbers that are no whole ones.
    Continuous,
    /// One column of 0 and 1 for each label.
    MultiLabelIndicator,
    /// Several columns of more than two classes.
    MultiClassMultiOutput,
    /// Several columns of numbers that are no whole ones.
    ContinuousMultiOutput,
}

impl fmt::Display for TargetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Binary => "binary",
            Self::MultiClass => "multiclass",
            Self::Continuous => "continuous",
            Self::MultiLabelIndicator => "multilabel-indicator",
            Self::MultiClassMultiOutput => "multiclass-multioutput",
            Self::ContinuousMultiOutput => "continuous-multioutput",
        })
    }
}

/// What a result does not mean: scikit-learn emits these as Python warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Recall has no meaning, and is set to one.
    NoPositiveClass,
    /// The false positive rate has no meaning, and is NaN.
    NoNegativeSamples,
    /// The true positive rate has no meaning, and is NaN.
    NoPositiveSamples,
    /// The area under the ROC curve has no meaning, and is NaN.
    OneClass,
}

impl Warning {
    /// Whether scikit-learn's category is `UndefinedMetricWarning`; otherwise it is `UserWarning`.
    pub fn is_undefined_metric(self) -> bool {
        self != Self::NoPositiveClass
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPositiveClass => {
                "No positive class found in y_true, recall is set to one for all thresholds."
            }
            Self::NoNegativeSamples => {
                "No negative samples in y_true, false positive value should be meaningless"
            }
            Self::NoPositiveSamples => {
                "No positive samples in y_true, true positive value should be meaningless"
            }
            Self::OneClass => {
                "Only one class is present in y_true. ROC AUC score is not defined in that case."
            }
        })
    }
}

/// What the functions of this crate return.
pub type Result<T, E = MetricsError> = std::result::Result<T, E>;
