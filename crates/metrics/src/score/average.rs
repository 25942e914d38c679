//! Averages over columns, rows or all cells of a table.

use super::{Area, AreaValue, Average, Binary, single};
use crate::area::pairwise_sum;
use crate::error::{MetricsError, Result};
use crate::input::Score;

/// A sum of weights below which there is nothing to average: numpy's absolute tolerance.
const NOTHING: f64 = 1e-8;

/// Labels and scores of several problems, a column for each.
pub(super) struct Columns<'a, S> {
    positive: &'a [bool],
    scores: &'a [S],
    width: usize,
    weights: Option<&'a [f64]>,
}

impl<'a, S: Score> Columns<'a, S> {
    /// `positive` and `scores` are tables of `width` columns, row after row; `weights` has one for each row.
    pub(super) fn new(
        positive: &'a [bool],
        scores: &'a [S],
        width: usize,
        weights: Option<&'a [f64]>,
    ) -> Self {
        Self {
            positive,
            scores,
            width,
            weights,
        }
    }

    fn column<T: Copy>(&self, table: &[T], column: usize) -> Vec<T> {
        table
            .iter()
            .skip(column)
            .step_by(self.width)
            .copied()
            .collect()
    }

    /// How often each label occurs, or the weight with which it does.
    fn support(&self) -> Vec<f64> {
        let mut support = vec![0.0; self.width];
        for (row, positive) in self.positive.chunks(self.width).enumerate() {
            let weight = self
                .weights
                .and_then(|weights| weights.get(row).copied())
                .unwrap_or(1.0);
            for (sum, &positive) in support.iter_mut().zip(positive) {
                *sum += if positive { weight } else { 0.0 };
            }
        }
        support
    }
}

/// Scores each column, row or the whole by `binary`, and averages.
pub(super) fn average_columns<S: Score>(
    columns: &Columns<'_, S>,
    average: Option<Average>,
    binary: impl Fn(&[bool], &[S], Option<&[f64]>) -> Result<Binary>,
) -> Result<Area> {
    let weights = columns.weights;
    if average == Some(Average::Micro) {
        let repeated: Option<Vec<f64>> = weights.map(|weights| {
            let times = |&weight| std::iter::repeat_n(weight, columns.width);
            weights.iter().flat_map(times).collect()
        });
        let micro = binary(columns.positive, columns.scores, repeated.as_deref())?;
        return Ok(single(micro));
    }
    let average_weights = match average {
        Some(Average::Weighted) => {
            let support = columns.support();
            if pairwise_sum(0, support.len(), &|at| support[at]).abs() <= NOTHING {
                return Ok(Area {
                    value: AreaValue::One(0.0),
                    warnings: Vec::new(),
                });
            }
            Some(support)
        }
        Some(Average::Samples) => weights.map(<[f64]>::to_vec),
        _ => None,
    };
    let mut warnings = Vec::new();
    let mut values = Vec::new();
    let mut add = |(value, mut own): Binary| {
        values.push(value);
        warnings.append(&mut own);
    };
    if average == Some(Average::Samples) {
        let rows = columns.positive.chunks(columns.width);
        for (positive, scores) in rows.zip(columns.scores.chunks(columns.width)) {
            add(binary(positive, scores, None)?);
        }
    } else {
        for column in 0..columns.width {
            let positive = columns.column(columns.positive, column);
            let scores = columns.column(columns.scores, column);
            add(binary(&positive, &scores, weights)?);
        }
    }
    let value = match (average, average_weights) {
        (None, _) => AreaValue::PerClass(values),
        (Some(_), None) => AreaValue::One(mean(&values)),
        (Some(_), Some(weights)) => {
            // What weighs nothing must not make the mean NaN.
            for (value, &weight) in values.iter_mut().zip(&weights) {
                if weight == 0.0 {
                    *value = 0.0;
                }
            }
            AreaValue::One(weighted_mean(&values, &weights)?)
        }
    };
    Ok(Area { value, warnings })
}

/// The mean, summed as numpy does.
pub(super) fn mean(values: &[f64]) -> f64 {
    pairwise_sum(0, values.len(), &|at| values[at]) / values.len() as f64
}

/// The weighted mean, summed as numpy does.
///
/// # Errors
///
/// [`MetricsError::WeightsSumToZero`].
pub(super) fn weighted_mean(values: &[f64], weights: &[f64]) -> Result<f64> {
    let scale = pairwise_sum(0, weights.len(), &|at| weights[at]);
    if scale == 0.0 {
        return Err(MetricsError::WeightsSumToZero);
    }
    let sum = pairwise_sum(0, values.len().min(weights.len()), &|at| {
        values[at] * weights[at]
    });
    Ok(sum / scale)
}
