//! The area below the ROC curve for more than two classes.

use super::average::{Columns, average_columns, mean, weighted_mean};
use super::{
    Area, AreaValue, Average, MultiClass, RocAucOptions, binary_roc_auc, indicators, score_shape,
    scores_in_rows,
};
use crate::area::pairwise_sum;
use crate::error::{MetricsError, Result};
use crate::input::{Label, Score, Scores, contiguous, same_lengths, unique};

/// How far from 1 the probabilities of a sample may sum: numpy's `allclose`, absolutely and relatively.
const ABSOLUTE_TOLERANCE: f64 = 1e-8;
const RELATIVE_TOLERANCE: f64 = 1e-5;

/// The area of `labels: [samples]` against `scores: [samples, classes]`.
pub(super) fn roc_auc_of_classes<L: Label, S: Score>(
    labels: &[L],
    scores: &Scores<'_, S>,
    multi_class: MultiClass,
    options: &RocAucOptions<'_, L>,
) -> Result<Area> {
    let Scores::PerClass(table) = scores else {
        return Err(score_shape("(n_samples, n_classes)", scores));
    };
    let width = table.ncols();
    let cells = scores_in_rows(scores);
    check_probabilities(&cells, width)?;
    check_average(options.average, multi_class)?;
    let classes = match &options.labels {
        Some(listed) => listed_classes(&contiguous(listed), labels, width)?,
        None => occurring_classes(labels, width)?,
    };
    let weights = options.sample_weight.as_ref();
    match multi_class {
        MultiClass::OneVersusRest => {
            same_lengths([
                Some(labels.len()),
                Some(table.nrows()),
                weights.map(ndarray::ArrayView1::len),
            ])?;
            let weights = weights.map(contiguous);
            let positive = indicators(labels, &classes);
            let columns = Columns::new(&positive, &cells, width, weights.as_deref());
            average_columns(&columns, options.average, |positive, scores, weights| {
                binary_roc_auc(positive, scores, weights, None)
            })
        }
        MultiClass::OneVersusOne => {
            if weights.is_some() {
                return Err(MetricsError::WeightsOfOneVersusOne);
            }
            same_lengths([Some(labels.len()), Some(table.nrows()), None])?;
            one_versus_one(labels, &cells, &classes, options.average)
        }
    }
}

fn check_probabilities<S: Score>(cells: &[S], width: usize) -> Result<()> {
    for (row, cells) in cells.chunks(width.max(1)).enumerate() {
        let sum = pairwise_sum(0, cells.len(), &|at| cells[at].to_f64());
        if (1.0 - sum).abs() > ABSOLUTE_TOLERANCE + RELATIVE_TOLERANCE * sum.abs() {
            return Err(MetricsError::NotProbabilities { row, sum });
        }
    }
    Ok(())
}

fn check_average(average: Option<Average>, multi_class: MultiClass) -> Result<()> {
    let one_versus_rest = multi_class == MultiClass::OneVersusRest;
    match average {
        None if !one_versus_rest => Err(MetricsError::NotImplementedOneVersusOnePerClass),
        Some(Average::Micro) if !one_versus_rest => Err(MetricsError::AverageOfMultiClass {
            expected: "('macro', 'weighted', None)",
            got: "micro",
        }),
        Some(Average::Samples) => Err(MetricsError::AverageOfMultiClass {
            expected: if one_versus_rest {
                "('micro', 'macro', 'weighted', None)"
            } else {
                "('macro', 'weighted', None)"
            },
            got: "samples",
        }),
        _ => Ok(()),
    }
}

/// The classes as listed by the caller, checked.
fn listed_classes<L: Label>(listed: &[L], labels: &[L], width: usize) -> Result<Vec<L>> {
    let classes = unique(listed.iter().copied());
    if classes.len() != listed.len() {
        return Err(MetricsError::LabelsNotUnique);
    }
    if classes != listed {
        return Err(MetricsError::LabelsNotOrdered);
    }
    if classes.len() != width {
        return Err(MetricsError::LabelsOfColumns {
            labels: classes.len(),
            columns: width,
        });
    }
    match labels.iter().find(|label| !classes.contains(label)) {
        Some(label) => Err(MetricsError::LabelNotListed {
            label: label.to_string(),
        }),
        None => Ok(classes),
    }
}

fn occurring_classes<L: Label>(labels: &[L], width: usize) -> Result<Vec<L>> {
    let classes = unique(labels.iter().copied());
    if classes.len() == width {
        Ok(classes)
    } else {
        Err(MetricsError::ClassesOfColumns {
            classes: classes.len(),
            columns: width,
        })
    }
}

/// The mean over pairs of classes that occur, each class of a pair being the positive one in turn.
fn one_versus_one<L: Label, S: Score>(
    labels: &[L],
    cells: &[S],
    classes: &[L],
    average: Option<Average>,
) -> Result<Area> {
    let present: Vec<(usize, L)> = classes
        .iter()
        .copied()
        .enumerate()
        .filter(|(_, class)| labels.contains(class))
        .collect();
    let mut warnings = Vec::new();
    let mut areas = Vec::new();
    let mut prevalence = Vec::new();
    for (first, &(a, a_label)) in present.iter().enumerate() {
        for &(b, b_label) in present.iter().skip(first + 1) {
            let rows: Vec<usize> = (0..labels.len())
                .filter(|&row| labels[row] == a_label || labels[row] == b_label)
                .collect();
            let mut against = |column: usize, label: L| {
                let positive: Vec<bool> = rows.iter().map(|&row| labels[row] == label).collect();
                let scores: Vec<S> = rows
                    .iter()
                    .map(|&row| cells[row * classes.len() + column])
                    .collect();
                let (area, mut own) = binary_roc_auc(&positive, &scores, None, None)?;
                warnings.append(&mut own);
                Ok::<_, MetricsError>(area)
            };
            areas.push(f64::midpoint(against(a, a_label)?, against(b, b_label)?));
            prevalence.push(rows.len() as f64 / labels.len() as f64);
        }
    }
    let value = if average == Some(Average::Weighted) {
        weighted_mean(&areas, &prevalence)?
    } else {
        mean(&areas)
    };
    Ok(Area {
        value: AreaValue::One(value),
        warnings,
    })
}
