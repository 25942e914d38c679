//! Areas below curves, summed as numpy sums.

use ndarray::ArrayView1;

use crate::counts::ThresholdCounts;
use crate::curves::precision;
use crate::error::{MetricsError, Result};
use crate::input::{Score, contiguous};

/// Terms that numpy sums in one block.
const BLOCK: usize = 128;
/// Terms above which the two halves of a sum are worth a task each.
const PARALLEL: usize = 1 << 16;

/// The area below a curve by the trapezoidal rule, as `sklearn.metrics.auc`.
///
/// `x: [points]` goes up or down, `y: [points]`.
///
/// ```
/// assert_eq!(glassboard_metrics::auc(&[0.0, 0.5, 1.0], &[0.0, 1.0, 1.0])?, 0.75);
/// # Ok::<(), glassboard_metrics::MetricsError>(())
/// ```
///
/// # Errors
///
/// [`MetricsError::InconsistentLengths`], [`MetricsError::TooFewPoints`] and [`MetricsError::NotMonotonic`].
pub fn auc<'a>(
    x: impl Into<ArrayView1<'a, f64>>,
    y: impl Into<ArrayView1<'a, f64>>,
) -> Result<f64> {
    let (x, y) = (x.into(), y.into());
    let (x, y) = (contiguous(&x), contiguous(&y));
    if x.len() != y.len() {
        return Err(MetricsError::InconsistentLengths {
            lengths: vec![x.len(), y.len()],
        });
    }
    if x.len() < 2 {
        return Err(MetricsError::TooFewPoints { points: x.len() });
    }
    let falls = |pair: &[f64]| pair[1] < pair[0];
    let direction = if x.windows(2).any(falls) {
        // NaN does not fall either.
        let rises = |pair: &[f64]| pair[1] > pair[0] || pair[1].is_nan() || pair[0].is_nan();
        if let Some(before) = x.windows(2).position(rises) {
            let turn = x.windows(2).position(falls).unwrap_or(0).max(before);
            return Err(MetricsError::NotMonotonic { index: turn + 1 });
        }
        -1.0
    } else {
        1.0
    };
    Ok(direction * trapezoids(&x, &y))
}

/// The sum of the trapezoids below at least one point. Both coordinates are as long.
pub(crate) fn trapezoids(x: &[f64], y: &[f64]) -> f64 {
    pairwise_sum(0, x.len().saturating_sub(1), &|at| {
        (x[at + 1] - x[at]) * (y[at + 1] + y[at]) / 2.0
    })
}

impl<S: Score> ThresholdCounts<S> {
    /// The average precision: the precisions, weighted by the steps of recall. 0 without positives.
    pub fn average_precision(&self) -> f64 {
        let all = self.positives();
        if all == 0.0 {
            // All recalls are one but the last, whose precision counts as zero.
            return 0.0;
        }
        let (hits, alarms) = (&self.true_positives, &self.false_positives);
        let last = hits.len().saturating_sub(1);
        // Over rising thresholds, as in the curve: its order is the sum's order.
        let sum = pairwise_sum(0, hits.len(), &|rising| {
            let at = last - rising;
            let next = at.checked_sub(1).map_or(0.0, |next| hits[next] / all);
            (next - hits[at] / all) * precision(hits[at], alarms[at])
        });
        (-sum).max(0.0)
    }

    /// The area below the whole ROC curve; NaN if a class is missing.
    pub fn roc_auc(&self) -> f64 {
        let curve = self.roc_curve(true);
        trapezoids(&curve.fpr, &curve.tpr)
    }
}

/// `term(start) + … + term(start + count - 1)`, with numpy's order of additions, so that results are bit for bit the
/// same: blocks of eight interleaved sums, and a tree above them.
pub(crate) fn pairwise_sum(
    start: usize,
    count: usize,
    term: &(impl Fn(usize) -> f64 + Sync),
) -> f64 {
    if count < 8 {
        return (start..start + count)
            .map(term)
            .fold(-0.0, |sum, term| sum + term);
    }
    if count <= BLOCK {
        let mut sums: [f64; 8] = std::array::from_fn(|lane| term(start + lane));
        let whole = count - count % 8;
        for at in (8..whole).step_by(8) {
            for (lane, sum) in sums.iter_mut().enumerate() {
                *sum += term(start + at + lane);
            }
        }
        let [s0, s1, s2, s3, s4, s5, s6, s7] = sums;
        let sum = ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
        return (start + whole..start + count)
            .map(term)
            .fold(sum, |sum, term| sum + term);
    }
    let half = count / 2 - count / 2 % 8;
    let left = || pairwise_sum(start, half, term);
    let right = || pairwise_sum(start + half, count - half, term);
    if count < PARALLEL {
        left() + right()
    } else {
        let (left, right) = rayon::join(left, right);
        left + right
    }
}
