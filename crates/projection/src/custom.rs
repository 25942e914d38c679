//! Axes that a person chooses: from one group of points to another.

use crate::error::{ProjectionError, Result};
use crate::input;
use ndarray::{Array1, ArrayView2};
use rayon::prelude::*;

/// Centroids that are nearer to each other than this share of their length are one: what is left is rounding.
const COINCIDENT: f64 = 1e-10;

/// An axis between two groups of points.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomAxis {
    /// Centroid of the one group minus centroid of the other, `[dimensions]`; zero when they coincide.
    pub direction: Array1<f64>,
    /// Distance between the centroids; zero when they coincide.
    pub length: f64,
    /// Where each point is along the axis, `[points]`.
    pub coordinates: Array1<f32>,
}

/// The axis that leads from the centroid of some points to the centroid of others.
///
/// `from` and `to` are rows of the data; a row that is named twice counts once. With the centroids
/// `a = (1/|from|) Σ xᵢ` and `b = (1/|to|) Σ xⱼ`, a point `x` is at
///
/// ```text
/// x · (b − a)
/// ```
///
/// as in the *custom* projection of TensorBoard's Embedding Projector (Smilkov et al. 2016, “Embedding Projector:
/// Interactive Visualization and Interpretation of Embeddings”, section 3; `vz-projector-projections-panel.ts`). The
/// difference is not set to length one: along a longer axis coordinates are larger. Sums are in double precision. Where
/// TensorBoard takes a random direction for a group without points, there is an error here.
///
/// # Shapes
/// `points: [points, dimensions]`
///
/// # Errors
/// When a value is not finite, when there are no dimensions, when a group is empty or names a row that is not there.
///
/// ```
/// use glassboard_projection::custom_axis;
/// use ndarray::arr2;
///
/// let points = arr2(&[[0.0_f32, 1.0], [2.0, 1.0], [4.0, 1.0], [1.0, 5.0]]);
/// let axis = custom_axis(points.view(), &[0], &[1, 2])?;
/// assert_eq!(axis.direction.to_vec(), [3.0, 0.0]);
/// assert_eq!(axis.coordinates.to_vec(), [0.0, 6.0, 12.0, 3.0]);
/// # Ok::<(), glassboard_projection::ProjectionError>(())
/// ```
pub fn custom_axis(
    points: ArrayView2<'_, f32>,
    from: &[usize],
    to: &[usize],
) -> Result<CustomAxis> {
    input::check(points)?;
    let (start, end) = (centroid(points, from, "from")?, centroid(points, to, "to")?);
    let mut direction = &end - &start;
    let length_of = |vector: &Array1<f64>| vector.dot(vector).sqrt();
    let mut length = length_of(&direction);
    if length <= COINCIDENT * length_of(&start).max(length_of(&end)) {
        direction.fill(0.0);
        length = 0.0;
    }
    let coordinates: Vec<f32> = (0..points.nrows())
        .into_par_iter()
        .map(|row| {
            let values = points.row(row);
            let terms = values.iter().zip(&direction);
            terms.map(|(x, d)| f64::from(*x) * d).sum::<f64>() as f32
        })
        .collect();
    Ok(CustomAxis {
        direction,
        length,
        coordinates: coordinates.into(),
    })
}

/// The mean of some rows, `[dimensions]`.
fn centroid(
    points: ArrayView2<'_, f32>,
    rows: &[usize],
    option: &'static str,
) -> Result<Array1<f64>> {
    // In their order, so that the same points have the same sum.
    let mut rows = rows.to_vec();
    rows.sort_unstable();
    rows.dedup();
    let Some(last) = rows.last() else {
        return Err(ProjectionError::TooFewPoints {
            what: format!("the centroid of {option}"),
            expected: 1,
            got: 0,
        });
    };
    if *last >= points.nrows() {
        let expected = format!("rows below {}", points.nrows());
        return Err(ProjectionError::option(option, expected, last));
    }
    let mut sum = Array1::zeros(points.ncols());
    for row in &rows {
        sum.zip_mut_with(&points.row(*row), |sum, value| *sum += f64::from(*value));
    }
    Ok(sum / rows.len() as f64)
}
