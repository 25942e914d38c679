//! First principal components of a layer's places, seen as points with one coordinate per channel.

use std::str::FromStr;

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::layer_map::Flat;
use crate::{ExplainError, Result};

/// Most places of a layer for a kernel's principal component: the matrix of places by places and its eigenvectors have
/// to fit into memory.
const MAX_KERNEL_PLACES: usize = 4096;

/// How KPCA-CAM compares two places x and y: scikit-learn's kernels with their defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kernel {
    /// `tanh(gamma x.y + 1)`
    #[default]
    Sigmoid,
    /// `exp(-gamma |x - y|^2)`
    Rbf,
    /// `(gamma x.y + 1)^3`
    Polynomial,
    /// `x.y`
    Linear,
    /// `x.y / (|x| |y|)`
    Cosine,
}

impl FromStr for Kernel {
    type Err = ExplainError;

    fn from_str(text: &str) -> Result<Self> {
        Ok(match text {
            "sigmoid" => Self::Sigmoid,
            "rbf" => Self::Rbf,
            "poly" => Self::Polynomial,
            "linear" => Self::Linear,
            "cosine" => Self::Cosine,
            _ => {
                let known = ["sigmoid", "rbf", "poly", "linear", "cosine"];
                return Err(ExplainError::unknown_name(
                    "kernel",
                    text,
                    known.into_iter(),
                ));
            }
        })
    }
}

/// Projection of each place on the direction in which the places of its picture differ most: `[N, places]`.
pub(super) fn first_component(values: Flat<'_>) -> Array2<f32> {
    per_picture(values, |centred, sums| {
        let mut component = leading_left_vector(centred);
        if component.dot(sums) < 0.0 {
            component.mapv_inplace(|value| -value);
        }
        component
    })
}

/// The same by a kernel. Signs are scikit-learn's: the entry furthest from 0 is positive.
pub(super) fn first_kernel_component(
    values: Flat<'_>,
    kernel: Kernel,
    gamma: Option<f64>,
) -> Result<Array2<f32>> {
    let (_, channels, places) = values.dim();
    if places > MAX_KERNEL_PLACES {
        return Err(ExplainError::TooManyPositions {
            method: "kpca-cam",
            limit: MAX_KERNEL_PLACES,
            got: places,
        });
    }
    let gamma = gamma.unwrap_or(1.0 / channels as f64);
    Ok(per_picture(values, |centred, _| {
        let (value, vector) = leading_eigenvector(&centred_kernel(centred, kernel, gamma));
        let furthest = vector.iter().fold(
            0.0_f64,
            |most, &v| if v.abs() > most.abs() { v } else { most },
        );
        let sign = if furthest < 0.0 { -1.0 } else { 1.0 };
        vector * (sign * value.max(0.0).sqrt())
    }))
}

/// Calls `component` with each picture's `[places, channels]` minus the channels' means, and with the sum over channels
/// at each place minus its mean.
fn per_picture(
    values: Flat<'_>,
    component: impl Fn(ArrayView2<'_, f64>, &Array1<f64>) -> Array1<f64>,
) -> Array2<f32> {
    let (pictures, _, places) = values.dim();
    let mut maps = Array2::zeros((pictures, places));
    for (mut map, values) in maps.outer_iter_mut().zip(values.outer_iter()) {
        let mut centred = values.mapv(f64::from);
        for mut channel in centred.outer_iter_mut() {
            let mean = channel.sum() / places as f64;
            channel -= mean;
        }
        let sums = centred.sum_axis(Axis(0));
        map.assign(&component(centred.t(), &sums).mapv(|value| value as f32));
    }
    maps
}

/// First left singular vector of X times its singular value, which is X times the first right one.
///
/// Found in the smaller of the Gram matrices `X^T X` and `X X^T`.
fn leading_left_vector(x: ArrayView2<'_, f64>) -> Array1<f64> {
    let (places, channels) = x.dim();
    if channels <= places {
        let (_, right) = leading_eigenvector(&x.t().dot(&x));
        x.dot(&right)
    } else {
        let (value, left) = leading_eigenvector(&x.dot(&x.t()));
        left * value.max(0.0).sqrt()
    }
}

/// The largest eigenvalue of a symmetric matrix and its vector, of length 1.
fn leading_eigenvector(matrix: &Array2<f64>) -> (f64, Array1<f64>) {
    let side = matrix.nrows();
    let eigen = SymmetricEigen::new(DMatrix::from_iterator(side, side, matrix.iter().copied()));
    let largest = eigen
        .eigenvalues
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1));
    match largest {
        Some((index, &value)) => (
            value,
            eigen.eigenvectors.column(index).iter().copied().collect(),
        ),
        None => (0.0, Array1::zeros(0)),
    }
}

fn centred_kernel(x: ArrayView2<'_, f64>, kernel: Kernel, gamma: f64) -> Array2<f64> {
    let mut k = x.dot(&x.t());
    let squares = k.diag().to_owned();
    for ((i, j), value) in k.indexed_iter_mut() {
        let (xx, yy) = (squares[i], squares[j]);
        *value = match kernel {
            Kernel::Sigmoid => (gamma * *value + 1.0).tanh(),
            Kernel::Rbf => (-gamma * (xx + yy - 2.0 * *value)).exp(),
            Kernel::Polynomial => (gamma * *value + 1.0).powi(3),
            Kernel::Linear => *value,
            Kernel::Cosine if xx == 0.0 || yy == 0.0 => 0.0,
            Kernel::Cosine => *value / (xx * yy).sqrt(),
        };
    }
    let count = k.nrows().max(1) as f64;
    let means = k.sum_axis(Axis(0)) / count;
    let mean = means.sum() / count;
    for ((i, j), value) in k.indexed_iter_mut() {
        *value += mean - means[i] - means[j];
    }
    k
}
