//! The thresholds that one would operate at.

use crate::counts::ThresholdCounts;
use crate::curves::precision;
use crate::error::{MetricsError, Result};
use crate::input::Score;

/// What a threshold achieves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OperatingPoint {
    /// A sample is taken for positive if its score is at least this; infinite: none is.
    pub threshold: f64,
    /// Positive samples taken for positive, or the sum of their weights; so for the other three.
    pub true_positives: f64,
    /// Negative samples taken for positive.
    pub false_positives: f64,
    /// Positive samples taken for negative.
    pub false_negatives: f64,
    /// Negative samples taken for negative.
    pub true_negatives: f64,
}

impl OperatingPoint {
    /// TP / (TP + FP); 0 where nothing is taken for positive.
    pub fn precision(&self) -> f64 {
        precision(self.true_positives, self.false_positives)
    }

    /// TP / (TP + FN), the true positive rate; 0 without positives.
    pub fn recall(&self) -> f64 {
        precision(self.true_positives, self.false_negatives)
    }

    /// FP / (FP + TN); 0 without negatives.
    pub fn false_positive_rate(&self) -> f64 {
        precision(self.false_positives, self.true_negatives)
    }

    /// The harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN); 0 without positives.
    pub fn f1(&self) -> f64 {
        f1(
            self.true_positives,
            self.false_positives,
            self.false_negatives,
        )
    }

    /// Youden's J: true positive rate less false positive rate.
    pub fn youden_j(&self) -> f64 {
        self.recall() - self.false_positive_rate()
    }

    /// What the errors cost in total.
    pub fn cost(&self, costs: Costs) -> f64 {
        costs.false_positive * self.false_positives + costs.false_negative * self.false_negatives
    }
}

/// What each kind of error costs, in any unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    false_positive: f64,
    false_negative: f64,
}

impl Costs {
    /// Costs of one false positive and one false negative.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Costs`] unless both are finite and not negative.
    pub fn new(false_positive: f64, false_negative: f64) -> Result<Self> {
        let is_cost = |cost: f64| cost.is_finite() && cost >= 0.0;
        if is_cost(false_positive) && is_cost(false_negative) {
            Ok(Self {
                false_positive,
                false_negative,
            })
        } else {
            Err(MetricsError::Costs {
                false_positive,
                false_negative,
            })
        }
    }
}

/// Of thresholds that are equally good, the highest wins: it takes the fewest samples for positive. That nothing is
/// taken for positive is one of the choices.
impl<S: Score> ThresholdCounts<S> {
    /// The threshold with the largest F1; `None` without positives.
    pub fn best_f1(&self) -> Option<OperatingPoint> {
        let positives = self.positives();
        (positives > 0.0).then(|| self.best(|hits, alarms| f1(hits, alarms, positives - hits)))
    }

    /// The threshold with the largest Youden's J (W. J. Youden, "Index for rating diagnostic tests", Cancer 3, 1950),
    /// which is the point of the ROC curve farthest above the diagonal; `None` if a class is missing.
    pub fn youden(&self) -> Option<OperatingPoint> {
        let (positives, negatives) = (self.positives(), self.negatives());
        (positives > 0.0 && negatives > 0.0)
            .then(|| self.best(|hits, alarms| hits / positives - alarms / negatives))
    }

    /// The threshold whose errors cost least in total.
    pub fn lowest_cost(&self, costs: Costs) -> OperatingPoint {
        let positives = self.positives();
        self.best(|hits, alarms| {
            -(costs.false_positive * alarms + costs.false_negative * (positives - hits))
        })
    }

    /// What a threshold achieves that need not be one of the scores.
    pub fn at_threshold(&self, threshold: f64) -> OperatingPoint {
        let taken = self
            .thresholds
            .partition_point(|score| score.to_f64() >= threshold);
        OperatingPoint {
            threshold,
            ..self.point(taken.checked_sub(1))
        }
    }

    fn best(&self, worth: impl Fn(f64, f64) -> f64) -> OperatingPoint {
        let mut best = (None, worth(0.0, 0.0));
        for (at, (&hits, &alarms)) in self
            .true_positives
            .iter()
            .zip(&self.false_positives)
            .enumerate()
        {
            let worth = worth(hits, alarms);
            if worth > best.1 {
                best = (Some(at), worth);
            }
        }
        self.point(best.0)
    }

    fn point(&self, at: Option<usize>) -> OperatingPoint {
        let of = |counts: &[f64]| at.and_then(|at| counts.get(at).copied()).unwrap_or(0.0);
        let (true_positives, false_positives) =
            (of(&self.true_positives), of(&self.false_positives));
        OperatingPoint {
            threshold: at
                .and_then(|at| self.thresholds.get(at))
                .map_or(f64::INFINITY, |score| score.to_f64()),
            true_positives,
            false_positives,
            false_negatives: self.positives() - true_positives,
            true_negatives: self.negatives() - false_positives,
        }
    }
}

fn f1(hits: f64, alarms: f64, misses: f64) -> f64 {
    let all = 2.0 * hits + alarms + misses;
    if all == 0.0 { 0.0 } else { 2.0 * hits / all }
}
