//! Counts at evenly spaced thresholds, as TensorBoard's PR-curve summaries hold them.
//!
//! With `n` thresholds `0, 1/(n-1), …, 1`, a prediction `p` falls into bucket `floor(p * (n-1))`; a sample counts as
//! called positive at threshold `i` when its bucket is `i` or a later one. Source: TensorBoard,
//! `tensorboard/plugins/pr_curve/summary.py`, and `compute_curve` in PyTorch's `torch/utils/tensorboard/summary.py`.
//!
//! This needs one pass and memory for `n` buckets, and rounds each prediction to a threshold; the curves of
//! the other modules are exact.

use half::{bf16, f16};

use crate::MetricsError;

/// What denominators are at least, so that 0 / 0 is 0.
const MINIMUM_COUNT: f64 = 1e-7;

/// Samples whose weights are added up before they are added to the total, as `numpy.histogram` does: sums of
/// fractions depend on the order.
const BLOCK: usize = 65_536;

/// How many samples are called positive or negative, rightly or wrongly, at each threshold.
///
/// # Shapes
/// All four have one entry for each threshold, thresholds rising from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BinnedCounts {
    /// Positive samples called positive, by weight.
    pub true_positives: Vec<f64>,
    /// Negative samples called positive, by weight.
    pub false_positives: Vec<f64>,
    /// Negative samples called negative, by weight.
    pub true_negatives: Vec<f64>,
    /// Positive samples called negative, by weight.
    pub false_negatives: Vec<f64>,
}

impl BinnedCounts {
    /// Counts samples with labels 1 (positive) and 0 (negative) and predictions in 0 ... 1.
    ///
    /// A sample adds `label * weight` to the positive ones and `(1 - label) * weight` to the negative ones, so labels
    /// in between belong to both. Samples whose bucket is none (NaN, negative, `floor(p * (n-1)) > n-1`) are left out, as
    /// the reference does. No samples at all give zeros.
    ///
    /// # Shapes
    /// `labels`, `predictions`, `weights`: as many each.
    ///
    /// # Errors
    /// [`MetricsError::InconsistentLengths`]; [`MetricsError::NoThresholds`].
    ///
    /// ```
    /// use glassboard_metrics::binned::BinnedCounts;
    ///
    /// let counts = BinnedCounts::count([1.0, 0.0, 1.0].into_iter(), &[0.9, 0.5, 0.2], None, 3)?;
    /// assert_eq!(counts.true_positives, [2.0, 1.0, 0.0]);
    /// assert_eq!(counts.false_positives, [1.0, 1.0, 0.0]);
    /// assert_eq!(counts.precision(), [2.0 / 3.0, 0.5, 0.0]);
    /// # Ok::<(), glassboard_metrics::MetricsError>(())
    /// ```
    pub fn count<P: Prediction>(
        labels: impl ExactSizeIterator<Item = f64> + Clone,
        predictions: &[P],
        weights: Option<&[f64]>,
        num_thresholds: usize,
    ) -> Result<Self, MetricsError> {
        let mut lengths = vec![labels.len(), predictions.len()];
        lengths.extend(weights.map(<[f64]>::len));
        if lengths.iter().any(|&length| length != predictions.len()) {
            return Err(MetricsError::InconsistentLengths { lengths });
        }
        if num_thresholds == 0 {
            return Err(MetricsError::NoThresholds);
        }
        let buckets = match weights {
            None => plain_sums(labels, predictions, num_thresholds),
            Some(weights) => {
                let mut totals = Totals::new(num_thresholds);
                let mut samples = labels.zip(predictions).zip(weights);
                for _ in 0..predictions.len().div_ceil(BLOCK) {
                    totals.add(samples.by_ref().take(BLOCK).map(
                        |((label, prediction), weight)| {
                            (prediction, [label * weight, (1.0 - label) * weight])
                        },
                    ));
                }
                totals.buckets
            }
        };
        Ok(Self::from_buckets(&buckets))
    }

    /// Adds buckets up from the last to the first.
    fn from_buckets(buckets: &[[f64; 2]]) -> Self {
        let reverse_sum = |which: usize| {
            let mut sums: Vec<f64> = buckets
                .iter()
                .rev()
                .scan(0.0, |sum, bucket| {
                    *sum += bucket[which];
                    Some(*sum)
                })
                .collect();
            sums.reverse();
            sums
        };
        // At threshold 0 everything is called positive.
        let rest = |sums: &[f64]| {
            let all = sums.first().copied().unwrap_or_default();
            sums.iter().map(|sum| all - sum).collect()
        };
        let (true_positives, false_positives) = (reverse_sum(0), reverse_sum(1));
        Self {
            true_negatives: rest(&false_positives),
            false_negatives: rest(&true_positives),
            true_positives,
            false_positives,
        }
    }

    /// TP / (TP + FP); 0 where nothing is called positive.
    pub fn precision(&self) -> Vec<f64> {
        ratios(&self.true_positives, &self.false_positives)
    }

    /// TP / (TP + FN), the true positive rate; 0 when there are no positive samples.
    pub fn recall(&self) -> Vec<f64> {
        ratios(&self.true_positives, &self.false_negatives)
    }

    /// FP / (FP + TN); 0 when there are no negative samples.
    pub fn false_positive_rate(&self) -> Vec<f64> {
        ratios(&self.false_positives, &self.true_negatives)
    }
}

/// a / (a + b), entry by entry.
fn ratios(a: &[f64], b: &[f64]) -> Vec<f64> {
    let ratio = |(a, b): (&f64, &f64)| a / (a + b).max(MINIMUM_COUNT);
    a.iter().zip(b).map(ratio).collect()
}

/// Sums of positive and negative samples in each bucket.
struct Totals {
    buckets: Vec<[f64; 2]>,
    /// The sums of one block, all zero between blocks.
    block: Vec<[f64; 2]>,
}

impl Totals {
    fn new(num_thresholds: usize) -> Self {
        let buckets = vec![[0.0; 2]; num_thresholds];
        let block = buckets.clone();
        Self { buckets, block }
    }

    /// Adds the samples of one block: predictions with what they add to the positive and the negative ones.
    fn add<'a, P: Prediction + 'a>(&mut self, samples: impl Iterator<Item = (&'a P, [f64; 2])>) {
        let last = self.block.len() - 1;
        for (prediction, [positive, negative]) in samples {
            let bucket = prediction.bucket(last);
            if let Some(sums) = bucket.and_then(|bucket| self.block.get_mut(bucket)) {
                sums[0] += positive;
                sums[1] += negative;
            }
        }
        for (total, sum) in self.buckets.iter_mut().zip(&mut self.block) {
            total[0] += sum[0];
            total[1] += sum[1];
            *sum = [0.0; 2];
        }
    }
}

/// Sums without weights. Blocks whose labels are all 0 or 1 are counted in integers, which is the same and
/// several times as fast.
fn plain_sums<P: Prediction>(
    labels: impl ExactSizeIterator<Item = f64> + Clone,
    predictions: &[P],
    num_thresholds: usize,
) -> Vec<[f64; 2]> {
    let last = num_thresholds - 1;
    let mut totals = Totals::new(num_thresholds);
    // Negative and positive samples of each bucket in turn; then those in no bucket.
    let mut counts = vec![0_u32; 2 * num_thresholds + 2];
    let mut labels = labels;
    for block in predictions.chunks(BLOCK) {
        let of_block = labels.clone().take(block.len());
        let mut binary = true;
        // The block first: a label that comes without a prediction belongs to the next block.
        for (prediction, label) in block.iter().zip(labels.by_ref()) {
            let positive = label == 1.0;
            binary &= positive || label == 0.0;
            let bucket = prediction.bucket(last).unwrap_or(num_thresholds);
            if let Some(count) = counts.get_mut(2 * bucket + usize::from(positive)) {
                *count += 1;
            }
        }
        if binary {
            for (total, count) in totals.buckets.iter_mut().zip(counts.chunks_exact(2)) {
                total[0] += f64::from(count[1]);
                total[1] += f64::from(count[0]);
            }
        } else {
            totals.add(
                of_block
                    .zip(block)
                    .map(|(label, p)| (p, [label, 1.0 - label])),
            );
        }
        counts.fill(0);
    }
    totals.buckets
}

/// A type that predictions can have. The product with the number of thresholds is rounded to this type, as the
/// reference does: it decides on which side of a threshold a prediction falls. Integers are taken as 64-bit floats.
pub trait Prediction: Copy {
    /// `floor(self * last)`, if that lies in `0 ..= last`.
    #[doc(hidden)]
    fn bucket(self, last: usize) -> Option<usize>;
}

macro_rules! float_predictions {
    ($($type:ty),*) => {$(
        impl Prediction for $type {
            #[inline]
            fn bucket(self, last: usize) -> Option<usize> {
                let place = self * last as Self;
                // The comparisons are false for NaN; what is not negative, the cast rounds down.
                (place >= 0.0 && place < last as Self + 1.0).then_some(place as usize)
            }
        }
    )*};
}

float_predictions!(f32, f64);

macro_rules! half_predictions {
    ($($type:ty),*) => {$(
        impl Prediction for $type {
            #[inline]
            fn bucket(self, last: usize) -> Option<usize> {
                let last_here = Self::from_f64(last as f64).to_f32();
                let place = Self::from_f32(self.to_f32() * last_here).to_f32();
                (place >= 0.0 && place < last as f32 + 1.0).then_some(place as usize)
            }
        }
    )*};
}

half_predictions!(f16, bf16);

macro_rules! integer_predictions {
    ($($type:ty),*) => {$(
        impl Prediction for $type {
            #[inline]
            #[allow(clippy::cast_lossless)]
            fn bucket(self, last: usize) -> Option<usize> {
                (self as f64).bucket(last)
            }
        }
    )*};
}

integer_predictions!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

impl Prediction for bool {
    #[inline]
    fn bucket(self, last: usize) -> Option<usize> {
        f64::from(u8::from(self)).bucket(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same without buckets: a sample is called positive when its own threshold is reached.
    fn count_slowly(labels: &[f64], predictions: &[f64], n: usize) -> BinnedCounts {
        let last = (n - 1) as f64;
        let samples: Vec<(f64, f64)> = labels
            .iter()
            .zip(predictions)
            .map(|(&label, &p)| (label, (p * last).floor()))
            .filter(|(_, bucket)| (0.0..=last).contains(bucket))
            .collect();
        let sum = |i: usize, value: fn(f64) -> f64, called: bool| -> f64 {
            let chosen = samples
                .iter()
                .filter(|(_, bucket)| (*bucket >= i as f64) == called);
            chosen.map(|(label, _)| value(*label)).sum()
        };
        let row = |value: fn(f64) -> f64, called| (0..n).map(|i| sum(i, value, called)).collect();
        BinnedCounts {
            true_positives: row(|label| label, true),
            false_positives: row(|label| 1.0 - label, true),
            true_negatives: row(|label| 1.0 - label, false),
            false_negatives: row(|label| label, false),
        }
    }

    #[test]
    fn many_samples_count_as_few() {
        let predictions = scattered(2 * BLOCK + 100);
        let labels: Vec<f64> = predictions
            .iter()
            .map(|p| f64::from(p * 97.0 % 1.0 < 0.3))
            .collect();
        let counts = BinnedCounts::count(labels.iter().copied(), &predictions, None, 7).unwrap();
        assert_eq!(counts, count_slowly(&labels, &predictions, 7));
        let ones = vec![1.0; predictions.len()];
        let weighted = BinnedCounts::count(labels.iter().copied(), &predictions, Some(&ones), 7);
        assert_eq!(weighted.unwrap(), counts);
    }

    #[test]
    fn labels_in_between_count_as_both() {
        let labels = [1.0, 0.25, 2.0, f64::NAN];
        let predictions = [0.9, 0.6, 0.3, 0.1];
        let counts = BinnedCounts::count(labels.into_iter(), &predictions, None, 11).unwrap();
        let positives = &counts.true_positives;
        assert_eq!(
            positives[2..],
            [3.25, 3.25, 1.25, 1.25, 1.25, 1.0, 1.0, 1.0, 0.0]
        );
        assert!(positives[1].is_nan() && positives[0].is_nan());
        assert_eq!(counts.false_positives[2..5], [-0.25, -0.25, 0.75]);
    }

    /// Numbers in 0 ... 1 that look random.
    fn scattered(count: usize) -> Vec<f64> {
        (0..count)
            .map(|i| (i as f64 * 0.754_877_666).fract())
            .collect()
    }

    #[test]
    fn buckets_count_as_thresholds_do() {
        let mut predictions = scattered(1000);
        predictions.extend([
            0.0,
            1.0,
            -0.0,
            -1e-9,
            1.001,
            1.01,
            2.0,
            f64::NAN,
            f64::INFINITY,
        ]);
        let labels: Vec<f64> = (0..predictions.len())
            .map(|i| f64::from(i % 3 == 0))
            .collect();
        for n in [1, 2, 3, 127, 128, 500] {
            let counts =
                BinnedCounts::count(labels.iter().copied(), &predictions, None, n).unwrap();
            if n == 1 {
                // Every finite number falls into the only bucket.
                assert_eq!(counts.true_positives[0] + counts.false_positives[0], 1007.0);
            } else {
                assert_eq!(
                    counts,
                    count_slowly(&labels, &predictions, n),
                    "{n} thresholds"
                );
            }
        }
    }

    #[test]
    fn weights_are_added_up_block_by_block() {
        let count = BLOCK + 1000;
        let weights = scattered(count);
        let labels = vec![1.0; count];
        let counts = BinnedCounts::count(
            labels.iter().copied(),
            &vec![0.5_f32; count],
            Some(&weights),
            2,
        )
        .unwrap();
        let (first, second) = weights.split_at(BLOCK);
        let sum = |weights: &[f64]| weights.iter().fold(0.0, |sum, weight| sum + weight);
        assert_eq!(counts.true_positives, [sum(first) + sum(second), 0.0]);
        assert_ne!(counts.true_positives[0], sum(&weights));
    }

    #[test]
    fn each_type_is_multiplied_in_its_own_precision() {
        // 126 times the number below 1/3 is 41.99999… and rounds to 42 in 32 bits only.
        assert_eq!((1.0_f32 / 3.0).bucket(126), Some(42));
        assert_eq!(
            f64::from_bits((1.0_f64 / 3.0).to_bits() - 1).bucket(126),
            Some(41)
        );
        assert_eq!(f16::from_f32(0.333).bucket(126), Some(41));
        assert_eq!(bf16::from_f32(1.0).bucket(126), Some(126));
        assert_eq!(1_i64.bucket(126), Some(126));
        assert_eq!(2_u8.bucket(126), None);
        assert_eq!(true.bucket(126), Some(126));
        assert_eq!((-1_i8).bucket(126), None);
    }

    #[test]
    fn empty_and_odd_input() {
        let none: [f64; 0] = [];
        let counts = BinnedCounts::count(none.into_iter(), &none, None, 3).unwrap();
        assert_eq!(counts.true_positives, [0.0; 3]);
        assert_eq!(counts.precision(), [0.0; 3]);
        assert_eq!(counts.false_positive_rate(), [0.0; 3]);
        let check = |result: Result<BinnedCounts, MetricsError>, expected: &str| {
            assert_eq!(result.unwrap_err().to_string(), expected);
        };
        check(
            BinnedCounts::count([1.0].into_iter(), &[0.5, 0.6], None, 3),
            "found input variables with inconsistent numbers of samples: [1, 2]",
        );
        check(
            BinnedCounts::count([1.0, 0.0].into_iter(), &[0.5, 0.6], Some(&[1.0]), 3),
            "found input variables with inconsistent numbers of samples: [2, 2, 1]",
        );
        check(
            BinnedCounts::count([1.0].into_iter(), &[0.5], None, 0),
            "expected at least 1 threshold, got 0",
        );
    }
}
