//! What a classifier says, the likeliest first.

use ndarray::ArrayViewD;

use crate::{ExplainError, Result};

/// A class, as a classifier sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// Its number.
    pub class: usize,
    /// Its logit.
    pub score: f32,
    /// Its share of the softmax, 0 to 1.
    pub probability: f32,
}

/// The likeliest classes; of equal ones the first in front.
///
/// # Shapes
/// `outputs`: `[1, classes]`, logits.
///
/// # Errors
/// [`ExplainError::Shape`] when the output is none of a classifier for one picture.
pub fn predictions(outputs: ArrayViewD<'_, f32>, count: usize) -> Result<Vec<Prediction>> {
    if outputs.ndim() != 2 || outputs.shape().first() != Some(&1) || outputs.is_empty() {
        return Err(ExplainError::Shape {
            what: "output of a model that scores classes".to_owned(),
            expected: "[1, classes]".to_owned(),
            got: outputs.shape().to_vec(),
        });
    }
    let scores: Vec<f32> = outputs.iter().copied().collect();
    let max = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = scores.iter().map(|score| (score - max).exp()).sum();
    let mut ranked: Vec<Prediction> = scores
        .into_iter()
        .enumerate()
        .map(|(class, score)| Prediction {
            class,
            score,
            probability: (score - max).exp() / sum,
        })
        .collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    ranked.truncate(count);
    Ok(ranked)
}
