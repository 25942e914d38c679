//! Whether scores are the probabilities that they look like.

use crate::counts::ThresholdCounts;
use crate::input::Score;

/// One bin of a calibration curve (a reliability diagram).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrationBin {
    /// Mean score of the samples in the bin.
    pub mean_score: f64,
    /// Which share of them is positive; equal to the mean score where scores are calibrated.
    pub positive_share: f64,
    /// How many they are, or the sum of their weights.
    pub samples: f64,
}

impl<S: Score> ThresholdCounts<S> {
    /// How often samples that score about as high are positive, in `bins` bins of equal width between 0 and 1, rising;
    /// empty bins are left out. `None` where a score is no probability, and for 0 bins.
    ///
    /// As `sklearn.calibration.calibration_curve` with `strategy="uniform"`: a score on the border of two bins belongs
    /// to the lower one.
    pub fn calibration(&self, bins: usize) -> Option<Vec<CalibrationBin>> {
        // Samples, positive ones among them, and sum of scores.
        let mut sums = vec![(0.0, 0.0, 0.0); bins];
        let last = bins.checked_sub(1)?;
        let width = 1.0 / bins as f64;
        let mut before = (0.0, 0.0);
        let counts = self.true_positives.iter().zip(&self.false_positives);
        for (score, (&hits, &alarms)) in self.thresholds.iter().zip(counts) {
            let score = score.to_f64();
            if !(0.0..=1.0).contains(&score) {
                return None;
            }
            let (positives, negatives) = (hits - before.0, alarms - before.1);
            before = (hits, alarms);
            // The borders are those of numpy.linspace, so that a score on one compares equal.
            let bin = (1..bins)
                .position(|border| score <= border as f64 * width)
                .unwrap_or(last);
            let (samples, of_them, scores) = sums.get_mut(bin)?;
            *samples += positives + negatives;
            *of_them += positives;
            *scores += score * (positives + negatives);
        }
        let filled = sums.into_iter().filter(|(samples, ..)| *samples > 0.0);
        Some(
            filled
                .map(|(samples, positives, scores)| CalibrationBin {
                    mean_score: scores / samples,
                    positive_share: positives / samples,
                    samples,
                })
                .collect(),
        )
    }
}

/// By how much scores and shares differ, on average over the samples: 0 is calibrated, 1 is always wrong and sure of it.
///
/// The expected calibration error of M. P. Naeini, G. F. Cooper, M. Hauskrecht, "Obtaining well calibrated
/// probabilities using Bayesian binning", AAAI 2015. 0 without samples.
pub fn expected_calibration_error(bins: &[CalibrationBin]) -> f64 {
    let samples: f64 = bins.iter().map(|bin| bin.samples).sum();
    if samples <= 0.0 {
        return 0.0;
    }
    let off = |bin: &CalibrationBin| bin.samples * (bin.positive_share - bin.mean_score).abs();
    bins.iter().map(off).sum::<f64>() / samples
}
