//! Sums as `NumPy` computes them, so that rules which depend on the last bit choose the same bins.

use super::parallel;

/// Up to this many values are added with eight running sums.
const BLOCK: usize = 128;
/// Running sums in a block.
const LANES: usize = 8;

/// Sum of all values by pairwise summation (error grows with the logarithm of the length).
pub(super) fn sum(values: &[f64]) -> f64 {
    sum_of(values, |value| value)
}

/// Sum of a function of all values by pairwise summation.
pub(super) fn sum_of<T: Copy + Sync>(values: &[T], f: impl Fn(T) -> f64 + Copy + Sync) -> f64 {
    pairwise(
        values,
        1,
        &|block| sum_of_block(block, f),
        &|left, right| left + right,
    )
}

/// Halves the values until they are blocks of at most 128, and combines what is known of these, always two
/// neighbours.
pub(super) fn pairwise<T: Sync, A: Send>(
    values: &[T],
    threads: usize,
    of_block: &(impl Fn(&[T]) -> A + Sync),
    combine: &(impl Fn(A, A) -> A + Sync),
) -> A {
    if values.len() <= BLOCK {
        return of_block(values);
    }
    let half = values.len() / 2;
    let (left, right) = values.split_at(half - half % LANES);
    let (left, right) = if threads < 2 {
        (
            pairwise(left, 1, of_block, combine),
            pairwise(right, 1, of_block, combine),
        )
    } else {
        parallel::join(
            || pairwise(left, threads / 2, of_block, combine),
            || pairwise(right, threads - threads / 2, of_block, combine),
        )
    };
    combine(left, right)
}

/// Sum of a function of the values of one block.
pub(super) fn sum_of_block<T: Copy>(values: &[T], f: impl Fn(T) -> f64) -> f64 {
    if values.len() < LANES {
        // A sum that starts from -0.0 keeps the sign of a lone -0.0.
        return values.iter().fold(-0.0, |sum, &value| sum + f(value));
    }
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [-0.0; LANES];
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += f(value);
        }
    }
    let [l0, l1, l2, l3, l4, l5, l6, l7] = lanes;
    let sum = ((l0 + l1) + (l2 + l3)) + ((l4 + l5) + (l6 + l7));
    rest.iter().fold(sum, |sum, &value| sum + f(value))
}

/// Arithmetic mean.
pub(super) fn mean(values: &[f64]) -> f64 {
    sum(values) / values.len() as f64
}

/// Standard deviation of the population around its mean.
pub(super) fn standard_deviation(values: &[f64], mean: f64) -> f64 {
    (sum_of(values, |value| (value - mean) * (value - mean)) / values.len() as f64).sqrt()
}
