//! Deep feature factorization (Collins et al. 2018, arXiv:1806.10206): a layer's activations as a few concepts.

use ndarray::{Array1, Array2, Array4, ArrayView2, ArrayView4, Axis};

use crate::{ExplainError, Result};

/// When the factors are good enough: scikit-learn's defaults.
const TOLERANCE: f64 = 1e-4;
const MAX_ROUNDS: usize = 200;

/// Concepts and where they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Factors {
    /// What each concept is: its mean activation in every channel, `[C, K]`.
    pub concepts: Array2<f32>,
    /// Where it is: `[N, K, H, W]`, 0 or more.
    pub maps: Array4<f32>,
}

/// Factorizes a layer's activations, minus each channel's minimum, into K non-negative concepts times their maps.
///
/// `channels` and `places` are what the factors begin with, of any sign, such as normal numbers: they are made positive and
/// scaled by `sqrt(mean / K)`, as scikit-learn's `init="random"` does.
///
/// # Shapes
/// - `activations`: `[N, C, H, W]`, f32
/// - `channels`: `[C, K]`; `places`: `[K, N H W]`
///
/// # Errors
/// [`ExplainError::Shape`], [`ExplainError::NotFinite`].
pub fn factorize(
    activations: ArrayView4<'_, f32>,
    channels: ArrayView2<'_, f64>,
    places: ArrayView2<'_, f64>,
) -> Result<Factors> {
    let (pictures, count, height, width) = activations.dim();
    let by_channel = activations.permuted_axes([1, 0, 2, 3]);
    let concepts = channels.ncols();
    let positions = pictures * height * width;
    if channels.dim() != (count, concepts)
        || places.dim() != (concepts, positions)
        || count * concepts * positions == 0
    {
        return Err(ExplainError::Shape {
            what: "first guess of the places of concepts".to_owned(),
            expected: format!("[{concepts}, {positions}], and [{count}, K] of the channels"),
            got: places.shape().to_vec(),
        });
    }
    if !by_channel.iter().all(|value| value.is_finite()) {
        return Err(ExplainError::NotFinite {
            what: "activations",
        });
    }
    let values = by_channel.iter().map(|&value| f64::from(value)).collect();
    let mut x = Array2::from_shape_vec((count, positions), values).unwrap_or_default();
    let mut offsets = Array1::zeros(count);
    for (mut row, offset) in x.outer_iter_mut().zip(&mut offsets) {
        *offset = row.fold(f64::INFINITY, |min, &value| min.min(value));
        row -= *offset;
    }
    let scale = (x.mean().unwrap_or_default() / concepts as f64).sqrt();
    let begin = |factor: ArrayView2<'_, f64>| factor.mapv(|value| (value * scale).abs());
    let (w, h) = non_negative(&x, begin(channels), begin(places));
    let maps = h
        .into_shape_with_order((concepts, pictures, height, width))
        .map(|maps| maps.permuted_axes([1, 0, 2, 3]))
        .unwrap_or_default();
    Ok(Factors {
        concepts: (w + offsets.insert_axis(Axis(1))).mapv(|value| value as f32),
        maps: maps.mapv(|value| value as f32),
    })
}

/// Non-negative factors W `[rows, K]` and H `[K, columns]` of X, by coordinate descent on the squared error (Cichocki and
/// Phan 2009), one concept after the other, as scikit-learn's `NMF(solver="cd")`.
fn non_negative(x: &Array2<f64>, mut w: Array2<f64>, h: Array2<f64>) -> (Array2<f64>, Array2<f64>) {
    let mut ht = h.reversed_axes();
    let mut first = None;
    for _ in 0..MAX_ROUNDS {
        let violation = descend(&mut w, &ht.t().dot(&ht), &x.dot(&ht))
            + descend(&mut ht, &w.t().dot(&w), &x.t().dot(&w));
        let first = *first.get_or_insert(violation);
        if first == 0.0 || violation / first <= TOLERANCE {
            break;
        }
    }
    (w, ht.reversed_axes())
}

/// Moves each entry of a factor to the best non-negative value, the others being as they are; sums how far from optimal
/// they were.
fn descend(factor: &mut Array2<f64>, gram: &Array2<f64>, products: &Array2<f64>) -> f64 {
    let mut violation = 0.0;
    for concept in 0..factor.ncols() {
        let curvature = gram[[concept, concept]];
        let others = gram.row(concept);
        for (mut row, products) in factor.outer_iter_mut().zip(products.outer_iter()) {
            let gradient = others.dot(&row) - products[concept];
            let value = row[concept];
            violation += if value == 0.0 {
                gradient.min(0.0)
            } else {
                gradient
            }
            .abs();
            if curvature != 0.0 {
                row[concept] = (value - gradient / curvature).max(0.0);
            }
        }
    }
    violation
}
