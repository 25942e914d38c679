//! Sums as `NumPy` computes them, so that rules which depend on the last bit choose the same bins.

/// Up to this many values are added with eight running sums.
const BLOCK: usize = 128;
/// Running sums in a block.
const LANES: usize = 8;

/// Sum of all values by pairwise summation (error grows with the logarithm of the length).
pub(super) fn sum(values: &[f64]) -> f64 {
    sum_of(values, |value| value)
}

/// Sum of a function of all values by pairwise summation.
pub(super) fn sum_of<T: Copy>(values: &[T], f: impl Fn(T) -> f64 + Copy) -> f64 {
    if values.len() < LANES {
        // A sum that starts from -0.0 keeps the sign of a lone -0.0.
        return values.iter().fold(-0.0, |sum, &value| sum + f(value));
    }
    if values.len() <= BLOCK {
        let (chunks, rest) = values.as_chunks::<LANES>();
        let mut lanes = [-0.0; LANES];
        for chunk in chunks {
            for (lane, &value) in lanes.iter_mut().zip(chunk) {
                *lane += f(value);
            }
        }
        let [l0, l1, l2, l3, l4, l5, l6, l7] = lanes;
        let sum = ((l0 + l1) + (l2 + l3)) + ((l4 + l5) + (l6 + l7));
        return rest.iter().fold(sum, |sum, &value| sum + f(value));
    }
    let half = values.len() / 2;
    let (left, right) = values.split_at(half - half % LANES);
    sum_of(left, f) + sum_of(right, f)
}

/// Arithmetic mean.
pub(super) fn mean(values: &[f64]) -> f64 {
    sum(values) / values.len() as f64
}

/// Standard deviation of the population around its mean.
pub(super) fn standard_deviation(values: &[f64], mean: f64) -> f64 {
    (sum_of(values, |value| (value - mean) * (value - mean)) / values.len() as f64).sqrt()
}
