//! Areas as scores: of one class, or averaged over several.

mod average;
mod multiclass;

use std::borrow::Cow;

use ndarray::ArrayView1;

use crate::area::trapezoids;
use crate::counts::count;
use crate::curves::RocCurve;
use crate::error::{MetricsError, Result, TargetKind, Warning};
use crate::input::{
    Census, Label, Score, Scores, Targets, contiguous, contiguous_rows, equal_to, finite, listed,
    positives, same_lengths, unique,
};
use average::{Columns, average_columns};
use multiclass::roc_auc_of_classes;

/// How the areas of several classes or labels become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Average {
    /// All cells of the table are samples of one problem.
    Micro,
    /// The mean over classes.
    Macro,
    /// The mean over samples, each of which is a problem of its own.
    Samples,
    /// The mean over classes, weighted by how often each occurs.
    Weighted,
}

/// How more than two classes are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MultiClass {
    /// Each class against all others.
    OneVersusRest,
    /// Each class against each other (D. J. Hand and R. J. Till, "A simple generalisation of the area under the ROC
    /// curve for multiple class classification problems", Machine Learning 45, 2001).
    OneVersusOne,
}

/// What [`roc_auc_score`] may be told; the default is scikit-learn's.
#[derive(Debug, Clone, Copy)]
pub struct RocAucOptions<'a, L> {
    /// How several areas become one; `None`: they stay several. Not looked at where there are two classes.
    pub average: Option<Average>,
    /// `[samples]`: a weight for each sample.
    pub sample_weight: Option<ArrayView1<'a, f64>>,
    /// In (0, 1]: only the area up to this false positive rate, standardised so that 0.5 is chance and 1 the best
    /// (D. K. `McClish`, "Analyzing a portion of the ROC curve", Medical Decision Making 9, 1989).
    pub max_fpr: Option<f64>,
    /// How more than two classes are compared. `None`: they are refused.
    pub multi_class: Option<MultiClass>,
    /// `[classes]`: the label of each column of the scores, rising. `None`: those that occur.
    pub labels: Option<ArrayView1<'a, L>>,
}

impl<L> Default for RocAucOptions<'_, L> {
    fn default() -> Self {
        Self {
            average: Some(Average::Macro),
            sample_weight: None,
            max_fpr: None,
            multi_class: None,
            labels: None,
        }
    }
}

/// What [`average_precision_score`] may be told; the default is scikit-learn's.
#[derive(Debug, Clone, Copy)]
pub struct AveragePrecisionOptions<'a, L> {
    /// How several areas become one; `None`: they stay several. Not looked at where there are two classes.
    pub average: Option<Average>,
    /// The label of the positive class. `None`: 1.
    pub pos_label: Option<L>,
    /// `[samples]`: a weight for each sample.
    pub sample_weight: Option<ArrayView1<'a, f64>>,
}

impl<L> Default for AveragePrecisionOptions<'_, L> {
    fn default() -> Self {
        Self {
            average: Some(Average::Macro),
            pos_label: None,
            sample_weight: None,
        }
    }
}

/// An area, or one per class.
#[derive(Debug, Clone, PartialEq)]
pub enum AreaValue {
    /// One number.
    One(f64),
    /// `[classes]`: one number per class or label.
    PerClass(Vec<f64>),
}

impl AreaValue {
    /// The number, if it is one.
    pub fn one(&self) -> Option<f64> {
        match self {
            Self::One(value) => Some(*value),
            Self::PerClass(_) => None,
        }
    }
}

/// An area, and what it may not mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// The area or areas.
    pub value: AreaValue,
    /// In the order in which scikit-learn emits them, one for each class concerned.
    pub warnings: Vec<Warning>,
}

/// The area below the ROC curve, as `sklearn.metrics.roc_auc_score`.
///
/// - Two classes: `y_true: [samples]`, `y_score: [samples]`; the larger label is the positive one.
/// - More classes: `y_true: [samples]`, `y_score: [samples, classes]`, rows that sum to 1.
/// - Several labels: `y_true: [samples, labels]` of two values, `y_score: [samples, labels]`.
///
/// If only one class occurs, the area is NaN and there is a [`Warning::OneClass`].
///
/// # Errors
///
/// As [`crate::confusion_matrix_at_thresholds`]; if shapes, `labels`, `average` and `multi_class` do not go together;
/// if `max_fpr` is out of range or given for more than two classes.
pub fn roc_auc_score<'a, L: Label, S: Score>(
    y_true: impl Into<Targets<'a, L>>,
    y_score: impl Into<Scores<'a, S>>,
    options: &RocAucOptions<'_, L>,
) -> Result<Area> {
    if let Some(max_fpr) = options.max_fpr
        && !(max_fpr > 0.0 && max_fpr <= 1.0)
    {
        return Err(MetricsError::MaxFprOutOfRange { max_fpr });
    }
    let (targets, scores) = (y_true.into(), y_score.into());
    let (kind, cells, census) = examined(&targets)?;
    if targets.is_empty() || scores.is_empty() {
        return Err(MetricsError::NoSamples);
    }
    finite("y_score", &scores_in_rows(&scores), Score::to_f64)?;
    let weights = options.sample_weight.as_ref().map(contiguous);
    let weights = weights.as_deref();
    let binary = |positive: &[bool], scores: &[S], weights: Option<&[f64]>| {
        binary_roc_auc(positive, scores, weights, options.max_fpr)
    };
    let columns = match scores {
        Scores::PerClass(table) => table.ncols(),
        Scores::Positive(_) => 1,
    };
    match kind {
        TargetKind::Binary if columns <= 2 => {
            let scores = one_column(&scores)?;
            same_lengths([
                Some(cells.len()),
                Some(scores.len()),
                weights.map(<[f64]>::len),
            ])?;
            let classes = census.classes();
            let positive = match classes.as_slice() {
                [_, positive] => equal_to(&cells, *positive),
                _ => vec![false; cells.len()],
            };
            Ok(single(binary(&positive, &scores, weights)?))
        }
        TargetKind::Binary | TargetKind::MultiClass => {
            if let Some(max_fpr) = options.max_fpr.filter(|&max_fpr| max_fpr != 1.0) {
                return Err(MetricsError::MaxFprOfMultiClass { max_fpr });
            }
            let multi_class = options.multi_class.ok_or(MetricsError::MultiClassNeeded)?;
            roc_auc_of_classes(&cells, &scores, multi_class, options)
        }
        TargetKind::MultiLabelIndicator => {
            let width = cells.len() / targets.len();
            let table = table_of(&scores, targets.len(), width, weights)?;
            let positive = if census.is_two() {
                positives(&cells, &census, None)?
            } else {
                vec![false; cells.len()]
            };
            average_columns(
                &Columns::new(&positive, &table, width, weights),
                options.average,
                binary,
            )
        }
        kind => Err(MetricsError::UnsupportedTarget { kind }),
    }
}

/// The average precision, the area below the precision-recall curve without interpolation, as
/// `sklearn.metrics.average_precision_score`.
///
/// `AP = Σ (R_n − R_{n−1}) P_n` over the thresholds.
///
/// - Two classes: `y_true: [samples]`, `y_score: [samples]`.
/// - More classes: `y_true: [samples]`, `y_score: [samples, classes]`, a column per class that occurs, rising.
/// - Several labels: `y_true: [samples, labels]` of 0 and 1, `y_score: [samples, labels]`.
///
/// Without positives, the area is 0 and there is a [`Warning::NoPositiveClass`].
///
/// # Errors
///
/// As [`crate::confusion_matrix_at_thresholds`]; if shapes do not go together; if `pos_label` is given where each class
/// is positive in turn.
pub fn average_precision_score<'a, L: Label, S: Score>(
    y_true: impl Into<Targets<'a, L>>,
    y_score: impl Into<Scores<'a, S>>,
    options: &AveragePrecisionOptions<'_, L>,
) -> Result<Area> {
    let (targets, scores) = (y_true.into(), y_score.into());
    let (kind, cells, census) = examined(&targets)?;
    if targets.is_empty() {
        return Err(MetricsError::NoSamples);
    }
    let weights = options.sample_weight.as_ref().map(contiguous);
    let weights = weights.as_deref();
    let fixed = |kind| match options.pos_label.filter(|label| label.as_sign() != Some(1)) {
        Some(label) => Err(MetricsError::FixedPositiveLabel {
            kind,
            pos_label: label.to_string(),
        }),
        None => Ok(()),
    };
    match kind {
        TargetKind::Binary => {
            let classes = census.classes();
            let is_positive = |label: &L| match options.pos_label {
                Some(positive) => *label == positive,
                None => label.as_sign() == Some(1),
            };
            let positive = classes.iter().copied().find(is_positive);
            if census.is_two() && positive.is_none() {
                return Err(MetricsError::UnknownPositiveLabel {
                    pos_label: options
                        .pos_label
                        .map_or_else(|| "1".to_owned(), |label| label.to_string()),
                    classes: listed(&classes),
                });
            }
            let scores = one_column(&scores)?;
            same_lengths([
                Some(cells.len()),
                Some(scores.len()),
                weights.map(<[f64]>::len),
            ])?;
            let positive = match positive {
                Some(positive) => equal_to(&cells, positive),
                None => vec![false; cells.len()],
            };
            Ok(single(binary_average_precision(
                &positive, &scores, weights,
            )?))
        }
        TargetKind::MultiClass => {
            fixed(kind)?;
            let classes = unique(cells.iter().copied());
            let table = match scores {
                Scores::PerClass(table) if table.dim() == (cells.len(), classes.len()) => {
                    contiguous_rows(&table).into_owned()
                }
                _ => return Err(score_shape("(n_samples, n_classes)", &scores)),
            };
            same_lengths([Some(cells.len()), weights.map(<[f64]>::len), None])?;
            let positive = indicators(&cells, &classes);
            let columns = Columns::new(&positive, &table, classes.len(), weights);
            average_columns(&columns, options.average, binary_average_precision)
        }
        TargetKind::MultiLabelIndicator => {
            fixed(kind)?;
            let width = cells.len() / targets.len();
            let table = table_of(&scores, targets.len(), width, weights)?;
            let positive: Vec<bool> = cells
                .iter()
                .map(|label| label.as_sign() == Some(1))
                .collect();
            let columns = Columns::new(&positive, &table, width, weights);
            average_columns(&columns, options.average, binary_average_precision)
        }
        kind => Err(MetricsError::UnsupportedTarget { kind }),
    }
}

/// A number, and its warnings.
type Binary = (f64, Vec<Warning>);

fn single((value, warnings): Binary) -> Area {
    Area {
        value: AreaValue::One(value),
        warnings,
    }
}

fn binary_average_precision<S: Score>(
    positive: &[bool],
    scores: &[S],
    weights: Option<&[f64]>,
) -> Result<Binary> {
    let counts = count(positive, scores, weights)?;
    let warnings = if counts.positives() == 0.0 {
        vec![Warning::NoPositiveClass]
    } else {
        Vec::new()
    };
    Ok((counts.average_precision(), warnings))
}

fn binary_roc_auc<S: Score>(
    positive: &[bool],
    scores: &[S],
    weights: Option<&[f64]>,
    max_fpr: Option<f64>,
) -> Result<Binary> {
    if !(positive.contains(&true) && positive.contains(&false)) {
        return Ok((f64::NAN, vec![Warning::OneClass]));
    }
    let curve = count(positive, scores, weights)?.roc_curve(true);
    let area = match max_fpr.filter(|&max_fpr| max_fpr != 1.0) {
        Some(max_fpr) => partial_area(&curve, max_fpr),
        None => trapezoids(&curve.fpr, &curve.tpr),
    };
    Ok((area, curve.warnings))
}

/// The area up to a false positive rate, where 0.5 is chance and 1 the best.
fn partial_area(curve: &RocCurve, max_fpr: f64) -> f64 {
    let (mut fpr, mut tpr) = (curve.fpr.clone(), curve.tpr.clone());
    let stop = fpr.partition_point(|&rate| rate <= max_fpr);
    let at_end = match (stop.checked_sub(1), fpr.get(stop)) {
        (Some(before), Some(&behind)) => {
            let (x, y) = (fpr[before], tpr[before]);
            if x == max_fpr {
                y
            } else {
                (tpr[stop] - y) / (behind - x) * (max_fpr - x) + y
            }
        }
        // No rates, as there are no negatives.
        _ => return f64::NAN,
    };
    fpr.truncate(stop);
    tpr.truncate(stop);
    fpr.push(max_fpr);
    tpr.push(at_end);
    let least = 0.5 * max_fpr * max_fpr;
    0.5 * (1.0 + (trapezoids(&fpr, &tpr) - least) / (max_fpr - least))
}

/// The kind of the labels, and all of them, row after row.
fn examined<'a, L: Label>(
    targets: &'a Targets<'_, L>,
) -> Result<(TargetKind, Cow<'a, [L]>, Census<L>)> {
    match targets {
        Targets::Classes(labels) => {
            let labels = contiguous(labels);
            let census = Census::of(&labels)?;
            Ok((census.kind(), labels, census))
        }
        Targets::Indicators(table) => {
            let cells = contiguous_rows(table);
            let census = Census::of(&cells)?;
            let kind = if table.ncols() <= 1 {
                census.kind()
            } else {
                census.kind_of_columns()
            };
            Ok((kind, cells, census))
        }
    }
}

fn scores_in_rows<'a, S: Score>(scores: &'a Scores<'_, S>) -> Cow<'a, [S]> {
    match scores {
        Scores::Positive(scores) => contiguous(scores),
        Scores::PerClass(table) => contiguous_rows(table),
    }
}

fn one_column<'a, S: Score>(scores: &'a Scores<'_, S>) -> Result<Cow<'a, [S]>> {
    match scores {
        Scores::Positive(scores) => Ok(contiguous(scores)),
        Scores::PerClass(table) if table.ncols() == 1 => Ok(contiguous_rows(table)),
        Scores::PerClass(_) => Err(score_shape("(n_samples,)", scores)),
    }
}

fn score_shape<S: Score>(expected: &str, scores: &Scores<'_, S>) -> MetricsError {
    MetricsError::ScoreShape {
        expected: expected.to_owned(),
        got: match scores {
            Scores::Positive(scores) => format!("({},)", scores.len()),
            Scores::PerClass(table) => format!("({}, {})", table.nrows(), table.ncols()),
        },
    }
}

/// The scores of several labels, row after row.
fn table_of<S: Score>(
    scores: &Scores<'_, S>,
    samples: usize,
    width: usize,
    weights: Option<&[f64]>,
) -> Result<Vec<S>> {
    same_lengths([Some(samples), Some(scores.len()), weights.map(<[f64]>::len)])?;
    match scores {
        Scores::PerClass(table) if table.ncols() == width => {
            Ok(contiguous_rows(table).into_owned())
        }
        _ => Err(score_shape(&format!("({samples}, {width})"), scores)),
    }
}

/// Whether each sample is of each class: a table, row after row.
fn indicators<L: Label>(labels: &[L], classes: &[L]) -> Vec<bool> {
    labels
        .iter()
        .flat_map(|label| classes.iter().map(move |class| class == label))
        .collect()
}
