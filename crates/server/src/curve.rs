//! From the six rows of a logged curve to what a page draws, and what is wrong with them.

use glassboard_events::proto::tensorboard::summary::value::Value;
use glassboard_events::{Tensor, TensorData};
use glassboard_metrics::{OperatingPoint, ThresholdCounts, expected_calibration_error};
use glassboard_store::StoredValue;

use crate::wire::{Calibration, Curve, CurvePlugin, CurveProblemKind as Kind};

/// Points of a curve closer than this in every rate and in the threshold are one to a drawing: half a pixel of a
/// thousand.
const RESOLUTION: f64 = 1.0 / 2_000.0;

/// Up to so many thresholds all are sent.
const ALL_SENT: usize = 2_000;

/// Bins of the calibration curve, and thresholds that it takes: with fewer, a bin would hold a score or two.
const BINS: usize = 10;
const LEAST_FOR_CALIBRATION: usize = 2 * BINS + 1;

/// Counts are single precision: sums of weights differ by this much of the whole without meaning anything.
const SLACK: f64 = 1e-5;

/// Rates that differ by more than this from those of the counts were computed from something else.
const RATE_SLACK: f64 = 1e-3;

/// What is wrong: a kind for translation, and the sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) kind: Kind,
    pub(crate) message: String,
}

impl Problem {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }
}

/// A logged curve; thresholds rise from 0 to 1 in equal steps.
pub(crate) struct Rows {
    plugin: CurvePlugin,
    threshold: Vec<f64>,
    true_positives: Vec<f64>,
    false_positives: Vec<f64>,
    true_negatives: Vec<f64>,
    false_negatives: Vec<f64>,
    /// Precision of a PR curve, true positive rate of a ROC curve.
    first_rate: Vec<f64>,
    /// Recall of a PR curve, false positive rate of a ROC curve.
    second_rate: Vec<f64>,
}

impl Rows {
    /// # Errors
    /// `unreadable`: the value is no tensor of six rows of numbers.
    pub(crate) fn of(value: StoredValue, plugin: CurvePlugin) -> Result<Self, Problem> {
        let unreadable = |what: String| {
            let expected = "expected a tensor of numbers of shape [6, thresholds]";
            Problem::new(Kind::Unreadable, format!("{expected}, got {what}"))
        };
        let StoredValue::Summary(value) = value else {
            return Err(unreadable("no summary".into()));
        };
        let Some(Value::Tensor(tensor)) = value.value else {
            return Err(unreadable("no tensor".into()));
        };
        let tensor = Tensor::from_proto(&tensor).map_err(|error| unreadable(error.to_string()))?;
        let count = match tensor.shape.as_slice() {
            &[6, count] if count > 0 => count as usize,
            shape => return Err(unreadable(format!("one of shape {shape:?}"))),
        };
        if matches!(tensor.data, TensorData::Strings(_)) {
            return Err(unreadable("strings".into()));
        }
        let values = tensor.to_f64().unwrap_or_default();
        let mut rows = values.chunks_exact(count).map(<[f64]>::to_vec);
        let mut next = || rows.next().unwrap_or_default();
        Ok(Self {
            plugin,
            threshold: thresholds(count),
            true_positives: next(),
            false_positives: next(),
            true_negatives: next(),
            false_negatives: next(),
            first_rate: next(),
            second_rate: next(),
        })
    }

    fn len(&self) -> usize {
        self.threshold.len()
    }

    /// What the threshold at a place achieves, by the counts there.
    fn point(&self, at: usize) -> OperatingPoint {
        let of = |row: &[f64]| row.get(at).copied().unwrap_or(f64::NAN);
        OperatingPoint {
            threshold: of(&self.threshold),
            true_positives: of(&self.true_positives),
            false_positives: of(&self.false_positives),
            true_negatives: of(&self.true_negatives),
            false_negatives: of(&self.false_negatives),
        }
    }

    /// The first thing that makes the counts contradict themselves.
    fn contradiction(&self) -> Option<Problem> {
        let all = |at: usize| {
            let point = self.point(at);
            (
                point.true_positives + point.false_negatives,
                point.false_positives + point.true_negatives,
            )
        };
        let named = |at: usize| -> [(&'static str, f64); 4] {
            let point = self.point(at);
            [
                ("true positives", point.true_positives),
                ("false positives", point.false_positives),
                ("true negatives", point.true_negatives),
                ("false negatives", point.false_negatives),
            ]
        };
        let threshold = |at: usize| self.threshold.get(at).copied().unwrap_or_default();
        for at in 0..self.len() {
            for (name, count) in named(at) {
                if !count.is_finite() {
                    return Some(Problem::new(
                        Kind::NotFinite,
                        format!(
                            "{name} at threshold {:.4}: expected a finite number, got {count}",
                            threshold(at)
                        ),
                    ));
                }
            }
        }
        let (positives, negatives) = all(0);
        let slack = SLACK * (positives.abs() + negatives.abs()).max(f64::MIN_POSITIVE);
        for at in 0..self.len() {
            if let Some((name, count)) = named(at).into_iter().find(|(_, count)| *count < -slack) {
                return Some(Problem::new(
                    Kind::Negative,
                    format!(
                        "{name} at threshold {:.4}: expected 0 or more, got {count}",
                        threshold(at)
                    ),
                ));
            }
        }
        for at in 1..self.len() {
            let (positives_here, negatives_here) = all(at);
            for (name, first, here) in [
                (
                    "true positives and false negatives",
                    positives,
                    positives_here,
                ),
                (
                    "false positives and true negatives",
                    negatives,
                    negatives_here,
                ),
            ] {
                if (first - here).abs() > slack {
                    return Some(Problem::new(
                        Kind::Totals,
                        format!(
                            "{name} at threshold {:.4}: expected {first} together as at threshold 0, got {here}",
                            threshold(at)
                        ),
                    ));
                }
            }
        }
        for at in 1..self.len() {
            let before = named(at - 1);
            for ((name, here), (_, lower)) in named(at).into_iter().zip(before).take(2) {
                if here > lower + slack {
                    return Some(Problem::new(
                        Kind::Order,
                        format!(
                            "{name} at threshold {:.4}: expected at most the {lower} of the threshold below, got {here}",
                            threshold(at)
                        ),
                    ));
                }
            }
        }
        None
    }

    /// Whether the logged rates are those of the counts.
    fn other_rates(&self) -> Option<Problem> {
        for at in 0..self.len() {
            let point = self.point(at);
            let logged = |row: &[f64]| row.get(at).copied().unwrap_or(f64::NAN);
            let pairs = match self.plugin {
                CurvePlugin::PrCurves => [
                    ("precision", precision(&point), logged(&self.first_rate)),
                    ("recall", recall(&point), logged(&self.second_rate)),
                ],
                CurvePlugin::RocCurves => [
                    (
                        "true positive rate",
                        recall(&point),
                        logged(&self.first_rate),
                    ),
                    (
                        "false positive rate",
                        fall_out(&point),
                        logged(&self.second_rate),
                    ),
                ],
            };
            for (name, counted, logged) in pairs {
                // Where a rate is not defined, writers differ in what they put there.
                if counted
                    .is_some_and(|counted| logged.is_nan() || (counted - logged).abs() > RATE_SLACK)
                {
                    let counted = counted.unwrap_or_default();
                    return Some(Problem::new(
                        Kind::Rates,
                        format!(
                            "{name} at threshold {:.4}: the counts give {counted:.4}, the file says {logged:.4}",
                            point.threshold
                        ),
                    ));
                }
            }
        }
        None
    }

    /// The counts as the metrics crate has them, thresholds falling. Where not everything is taken for positive at
    /// the lowest threshold, a lower one is added at which it is.
    fn counts(&self) -> ThresholdCounts<f64> {
        let lowest = self.point(0);
        let falling = |row: &[f64], rest: f64| -> Vec<f64> {
            let mut row: Vec<f64> = row.iter().rev().copied().collect();
            if lowest.false_negatives + lowest.true_negatives > 0.0 {
                row.push(rest);
            }
            row
        };
        ThresholdCounts {
            thresholds: falling(&self.threshold, f64::NEG_INFINITY),
            true_positives: falling(
                &self.true_positives,
                lowest.true_positives + lowest.false_negatives,
            ),
            false_positives: falling(
                &self.false_positives,
                lowest.false_positives + lowest.true_negatives,
            ),
        }
    }

    /// How often samples between two thresholds are positive, as if each had the score in the middle.
    fn calibration(&self) -> Option<Calibration> {
        let lowest = self.point(0);
        // Scores below 0 are no probabilities.
        let all_between = lowest.false_negatives + lowest.true_negatives <= 0.0;
        if self.len() < LEAST_FOR_CALIBRATION || !all_between {
            return None;
        }
        let mut counts = self.counts();
        // Thresholds fall: the samples of one lie between it and the one before, those of the first at 1.
        let above = counts.thresholds.clone();
        for (threshold, above) in counts.thresholds.iter_mut().skip(1).zip(above) {
            *threshold = f64::midpoint(*threshold, above);
        }
        let bins = counts.calibration(BINS)?;
        Some(Calibration {
            mean_score: bins.iter().map(|bin| bin.mean_score).collect(),
            positive_share: bins.iter().map(|bin| bin.positive_share).collect(),
            samples: bins.iter().map(|bin| bin.samples).collect(),
            expected_error: expected_calibration_error(&bins),
        })
    }

    /// What a page draws. `step` and `wall_time_secs` are the entry's.
    pub(crate) fn curve(&self, step: i64, wall_time_secs: f64) -> (Curve, Option<Problem>) {
        let contradiction = self.contradiction();
        let counts = contradiction.is_none().then(|| self.counts());
        let place_of = |best: Option<OperatingPoint>| {
            let threshold = best?.threshold;
            self.threshold.iter().position(|&one| one == threshold)
        };
        let best_f1 = counts
            .as_ref()
            .and_then(|counts| place_of(counts.best_f1()));
        let youden = counts.as_ref().and_then(|counts| place_of(counts.youden()));
        let kept = self.kept(&[best_f1, youden]);
        let points: Vec<OperatingPoint> = kept.iter().map(|&at| self.point(at)).collect();
        let column = |value: &dyn Fn(&OperatingPoint) -> Option<f64>| -> Vec<Option<f64>> {
            points.iter().map(value).collect()
        };
        let logged = |row: &[f64]| -> Vec<Option<f64>> {
            let rate = |&at: &usize| {
                row.get(at)
                    .copied()
                    .filter(|rate| (0.0..=1.0).contains(rate))
            };
            kept.iter().map(rate).collect()
        };
        let place = |at: Option<usize>| {
            let place = kept.iter().position(|&one| Some(one) == at)?;
            u32::try_from(place).ok()
        };
        let mut curve = Curve {
            step,
            wall_time_secs,
            thresholds_total: self.len() as u64,
            threshold: points.iter().map(|point| point.threshold).collect(),
            true_positives: column(&|point| finite(point.true_positives)),
            false_positives: column(&|point| finite(point.false_positives)),
            true_negatives: column(&|point| finite(point.true_negatives)),
            false_negatives: column(&|point| finite(point.false_negatives)),
            precision: column(&precision),
            recall: column(&recall),
            false_positive_rate: column(&fall_out),
            false_negative_rate: column(&|point| recall(point).map(|rate| 1.0 - rate)),
            f1: column(&f1),
            positives: counts.as_ref().map(ThresholdCounts::positives),
            negatives: counts.as_ref().map(ThresholdCounts::negatives),
            average_precision: None,
            roc_auc: None,
            best_f1: place(best_f1),
            youden: place(youden),
            calibration: counts.as_ref().and_then(|_| self.calibration()),
            problem: None,
        };
        if let Some(counts) = counts {
            let has_positives = counts.positives() > 0.0;
            curve.average_precision = has_positives.then(|| counts.average_precision());
            curve.roc_auc = (has_positives && counts.negatives() > 0.0).then(|| counts.roc_auc());
        } else if self.plugin == CurvePlugin::PrCurves {
            curve.precision = logged(&self.first_rate);
            curve.recall = logged(&self.second_rate);
        } else {
            curve.recall = logged(&self.first_rate);
            curve.false_positive_rate = logged(&self.second_rate);
        }
        (curve, contradiction.or_else(|| self.other_rates()))
    }

    /// Places of the thresholds that are sent: all of a short curve, else those that a drawing tells apart.
    fn kept(&self, wanted: &[Option<usize>]) -> Vec<usize> {
        if self.len() <= ALL_SENT {
            return (0..self.len()).collect();
        }
        let coordinates = |at: usize| {
            let point = self.point(at);
            let rate = |rate: Option<f64>| rate.unwrap_or(0.0);
            [
                point.threshold,
                rate(precision(&point)),
                rate(recall(&point)),
                rate(fall_out(&point)),
            ]
        };
        let mut kept: Vec<usize> = Vec::new();
        let mut last = [f64::NAN; 4];
        for at in 0..self.len() {
            let here = coordinates(at);
            // NaN is far from everything, so the first point is kept.
            let near = here
                .iter()
                .zip(last)
                .all(|(here, last)| (here - last).abs() < RESOLUTION);
            if !near || at + 1 == self.len() || wanted.contains(&Some(at)) {
                kept.push(at);
                last = here;
            }
        }
        kept
    }
}

/// As TensorBoard and torch space them: `count` from 0 to 1.
fn thresholds(count: usize) -> Vec<f64> {
    let last = count.saturating_sub(1).max(1) as f64;
    (0..count).map(|at| at as f64 / last).collect()
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// A rate of counts, where there is something to take a share of and the share is one.
fn share(rate: f64, of: f64) -> Option<f64> {
    (of > 0.0 && (0.0..=1.0).contains(&rate)).then_some(rate)
}

fn precision(point: &OperatingPoint) -> Option<f64> {
    share(
        point.precision(),
        point.true_positives + point.false_positives,
    )
}

fn recall(point: &OperatingPoint) -> Option<f64> {
    share(point.recall(), point.true_positives + point.false_negatives)
}

fn fall_out(point: &OperatingPoint) -> Option<f64> {
    share(
        point.false_positive_rate(),
        point.false_positives + point.true_negatives,
    )
}

fn f1(point: &OperatingPoint) -> Option<f64> {
    share(point.f1(), point.true_positives + point.false_negatives)
}

#[cfg(test)]
mod tests;
