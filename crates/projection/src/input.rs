//! What every method asks of its data.

use crate::error::{ProjectionError, Result};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

/// Refuses points without dimensions, and values that are no numbers.
pub(crate) fn check(points: ArrayView2<'_, f32>) -> Result<()> {
    if points.ncols() == 0 {
        return Err(ProjectionError::NoDimensions);
    }
    let bad = (0..points.nrows()).into_par_iter().find_map_first(|row| {
        let values = points.row(row);
        let column = values.iter().position(|value| !value.is_finite())?;
        Some(ProjectionError::NotFinite {
            value: values[column],
            row,
            column,
        })
    });
    bad.map_or(Ok(()), Err)
}

/// Refuses data of fewer points than `expected`.
pub(crate) fn at_least(
    expected: usize,
    points: ArrayView2<'_, f32>,
    what: impl FnOnce() -> String,
) -> Result<()> {
    if points.nrows() < expected {
        return Err(ProjectionError::TooFewPoints {
            what: what(),
            expected,
            got: points.nrows(),
        });
    }
    Ok(())
}

/// Refuses layouts of other than two or three dimensions.
pub(crate) fn check_layout_dimensions(dimensions: usize) -> Result<()> {
    if matches!(dimensions, 2 | 3) {
        return Ok(());
    }
    Err(ProjectionError::option("dimensions", "2 or 3", dimensions))
}

/// The data around their mean, and the mean.
///
/// Distances do not change; products of numbers far from zero would lose their digits.
pub(crate) fn centered(points: ArrayView2<'_, f32>) -> (Array2<f32>, Vec<f64>) {
    let mean = mean(points);
    let mut result = points.to_owned();
    for mut row in result.rows_mut() {
        for (value, mean) in row.iter_mut().zip(&mean) {
            *value = (f64::from(*value) - mean) as f32;
        }
    }
    (result, mean)
}

/// The mean of each dimension.
fn mean(points: ArrayView2<'_, f32>) -> Vec<f64> {
    let mut sums = vec![0.0; points.ncols()];
    for row in points.rows() {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += f64::from(*value);
        }
    }
    let count = points.nrows() as f64;
    for sum in &mut sums {
        *sum /= count;
    }
    sums
}
