//! Products of large matrices on all cores, and eigenvectors of small ones.

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array2, ArrayView2, Axis, linalg::general_mat_mul, s};
use rayon::prelude::*;

/// Rows that one task multiplies at a time: enough for the matrix kernel, few enough that sums in single precision
/// stay exact to a few parts in ten million.
const ROWS: usize = 1024;

/// `xᵀ · x` of `x: [n, d]`, as `[d, d]`; blocks of rows in single precision, summed in double precision and in the
/// order of the rows, so that the number of cores does not change the result.
pub(crate) fn gram(x: ArrayView2<'_, f32>) -> Array2<f64> {
    transposed_product(x, x)
}

/// `aᵀ · b` of `a: [n, k]` and `b: [n, d]`, as `[k, d]`, summed like [`gram`].
pub(crate) fn transposed_product(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> Array2<f64> {
    let blocks = a.nrows().div_ceil(ROWS);
    let mut sum = Array2::zeros((a.ncols(), b.ncols()));
    // A few blocks at a time, so that memory does not grow with the number of rows.
    let at_once = rayon::current_num_threads() * 2;
    for first in (0..blocks).step_by(at_once) {
        let products: Vec<Array2<f32>> = (first..blocks.min(first + at_once))
            .into_par_iter()
            .map(|block| {
                let rows = block * ROWS..a.nrows().min((block + 1) * ROWS);
                a.slice(s![rows.clone(), ..])
                    .t()
                    .dot(&b.slice(s![rows, ..]))
            })
            .collect();
        for product in products {
            sum.zip_mut_with(&product, |sum, part| *sum += f64::from(*part));
        }
    }
    sum
}

/// `x · w` of `x: [n, d]` and `w: [d, k]`, as `[n, k]`.
pub(crate) fn product(x: ArrayView2<'_, f32>, w: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut result = Array2::zeros((x.nrows(), w.ncols()));
    let blocks: Vec<_> = result
        .axis_chunks_iter_mut(Axis(0), ROWS)
        .zip(x.axis_chunks_iter(Axis(0), ROWS))
        .collect();
    blocks
        .into_par_iter()
        .for_each(|(mut to, rows)| general_mat_mul(1.0, &rows, &w, 0.0, &mut to));
    result
}

/// Eigenvalues from large to small, and the eigenvectors as columns in their order.
pub(crate) fn symmetric_eigen(matrix: &Array2<f64>) -> (Vec<f64>, Array2<f64>) {
    let size = matrix.nrows();
    let eigen = SymmetricEigen::new(DMatrix::from_fn(size, size, |row, column| {
        matrix[(row, column)]
    }));
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]));
    let values = order.iter().map(|at| eigen.eigenvalues[*at]).collect();
    let vectors = Array2::from_shape_fn((size, size), |(row, column)| {
        eigen.eigenvectors[(row, order[column])]
    });
    (values, vectors)
}

/// Makes the columns of `x` orthonormal (Cholesky QR, twice for accuracy). Columns that depend on those before them
/// become zero.
pub(crate) fn orthonormalize(mut x: Array2<f32>) -> Array2<f32> {
    for _ in 0..2 {
        let (values, vectors) = symmetric_eigen(&gram(x.view()));
        let smallest = values.first().copied().unwrap_or_default() * 1e-12;
        let scaled = Array2::from_shape_fn(vectors.dim(), |(row, column)| {
            if values[column] > smallest {
                (vectors[(row, column)] / values[column].sqrt()) as f32
            } else {
                0.0
            }
        });
        x = product(x.view(), scaled.view());
    }
    x
}
