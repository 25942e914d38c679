//! Counts of hits and false alarms at every distinct score.

use ndarray::ArrayView1;
use rayon::prelude::*;

use crate::error::{MetricsError, Result};
use crate::input::{Census, Label, Score, contiguous, finite, positives, same_lengths};
use crate::sort::{Bucket, Deal, Entry, Plain, Weighted};

/// What all curves may be told; the default is scikit-learn's.
#[derive(Debug, Clone, Copy)]
pub struct CurveOptions<'a, L> {
    /// The label of the positive class. `None`: 1, if the labels are in {0, 1} or {-1, 1}.
    pub pos_label: Option<L>,
    /// `[samples]`: a weight for each sample. Samples of weight zero do not count at all; negative weights are allowed.
    pub sample_weight: Option<ArrayView1<'a, f64>>,
    /// Whether to leave out points that a drawing of the curve would not show. `None`: as scikit-learn, that is for
    /// ROC curves only.
    pub drop_intermediate: Option<bool>,
}

impl<L> Default for CurveOptions<'_, L> {
    fn default() -> Self {
        Self {
            pos_label: None,
            sample_weight: None,
            drop_intermediate: None,
        }
    }
}

/// Hits and false alarms at every distinct score: everything else is computed from these.
#[derive(Debug, Clone, PartialEq)]
pub struct ThresholdCounts<S> {
    /// `[thresholds]`: the distinct scores, falling. A sample is taken for positive if its score is at least the
    /// threshold.
    pub thresholds: Vec<S>,
    /// `[thresholds]`: positive samples that score at least the threshold, or the sum of their weights.
    pub true_positives: Vec<f64>,
    /// `[thresholds]`: negative samples that score at least the threshold, or the sum of their weights.
    pub false_positives: Vec<f64>,
}

impl<S: Score> ThresholdCounts<S> {
    /// All positive samples, or the sum of their weights.
    pub fn positives(&self) -> f64 {
        self.true_positives.last().copied().unwrap_or(0.0)
    }

    /// All negative samples, or the sum of their weights.
    pub fn negatives(&self) -> f64 {
        self.false_positives.last().copied().unwrap_or(0.0)
    }

    /// `[thresholds]`: negative samples that score less than the threshold, or the sum of their weights.
    pub fn true_negatives(&self) -> Vec<f64> {
        rest(&self.false_positives, self.negatives())
    }

    /// `[thresholds]`: positive samples that score less than the threshold, or the sum of their weights.
    pub fn false_negatives(&self) -> Vec<f64> {
        rest(&self.true_positives, self.positives())
    }
}

fn rest(counts: &[f64], all: f64) -> Vec<f64> {
    counts.iter().map(|count| all - count).collect()
}

/// Counts true and false positives and negatives at every distinct score.
///
/// `y_true: [samples]` are the labels, `y_score: [samples]` how likely each sample is positive: probabilities or any
/// other finite measure that grows with it. As `sklearn.metrics.confusion_matrix_at_thresholds`; where both zeros occur
/// among the scores, the threshold is the positive one.
///
/// ```
/// use glassboard_metrics::{CurveOptions, confusion_matrix_at_thresholds};
///
/// let counts = confusion_matrix_at_thresholds(&[0, 0, 1, 1], &[0.1, 0.4, 0.35, 0.8], &CurveOptions::default())?;
/// assert_eq!(counts.thresholds, [0.8, 0.4, 0.35, 0.1]);
/// assert_eq!(counts.true_positives, [1.0, 1.0, 2.0, 2.0]);
/// assert_eq!(counts.false_positives, [0.0, 1.0, 1.0, 2.0]);
/// assert_eq!(counts.true_negatives(), [2.0, 1.0, 1.0, 0.0]);
/// # Ok::<(), glassboard_metrics::MetricsError>(())
/// ```
///
/// # Errors
///
/// If the labels are not of two classes (with `pos_label`, of more) or their positive class is not clear, if the inputs
/// differ in length or are empty, if a score, label or weight is not finite, and if all weights are zero.
pub fn confusion_matrix_at_thresholds<'a, L: Label, S: Score>(
    y_true: impl Into<ArrayView1<'a, L>>,
    y_score: impl Into<ArrayView1<'a, S>>,
    options: &CurveOptions<'_, L>,
) -> Result<ThresholdCounts<S>> {
    let (y_true, y_score) = (y_true.into(), y_score.into());
    let labels = contiguous(&y_true);
    counted(&labels, &Census::of(&labels)?, &y_score, options)
}

/// Counts samples of which the census is known.
pub(crate) fn counted<L: Label, S: Score>(
    labels: &[L],
    census: &Census<L>,
    y_score: &ArrayView1<'_, S>,
    options: &CurveOptions<'_, L>,
) -> Result<ThresholdCounts<S>> {
    let positive = positives(labels, census, options.pos_label)?;
    let weights = options.sample_weight.as_ref();
    same_lengths([
        Some(labels.len()),
        Some(y_score.len()),
        weights.map(ArrayView1::len),
    ])?;
    let scores = contiguous(y_score);
    let weights = weights.map(contiguous);
    count(&positive, &scores, weights.as_deref())
}

/// Counts samples of which it is known which are positive. All inputs are as long.
pub(crate) fn count<S: Score>(
    positive: &[bool],
    scores: &[S],
    weights: Option<&[f64]>,
) -> Result<ThresholdCounts<S>> {
    finite("y_score", scores, Score::to_f64)?;
    if positive.is_empty() {
        return Err(MetricsError::NoSamples);
    }
    let Some(weights) = weights else {
        return Ok(unweighted(positive, scores));
    };
    finite("sample_weight", weights, |weight| weight)?;
    if weights.iter().all(|&weight| weight == 0.0) {
        return Err(MetricsError::ZeroWeights);
    }
    Ok(weighted(positive, scores, weights))
}

fn unweighted<S: Score>(positive: &[bool], scores: &[S]) -> ThresholdCounts<S> {
    let samples = scores.len();
    let deal = Deal::new(samples, |sample| {
        Some((Plain(scores[sample].key()), positive[sample]))
    });
    // Room for as many thresholds as samples, each bucket at the place of its samples: memory that is not touched costs
    // nothing. Where scores are equal, gaps remain, and are closed in the end.
    let mut counts = ThresholdCounts {
        thresholds: vec![S::default(); samples],
        true_positives: vec![0.0; samples],
        false_positives: vec![0.0; samples],
    };
    let mut tasks = Vec::with_capacity(deal.buckets());
    let (mut rest, mut before) = (counts.as_parts(), [0, 0]);
    for bucket in 0..deal.buckets() {
        let [negatives, positives] = deal.size(bucket);
        let (part, behind) = rest.split_at(negatives + positives);
        rest = behind;
        tasks.push((bucket, part, before));
        before = [before[0] + negatives, before[1] + positives];
    }
    let filled: Vec<(usize, usize)> = tasks
        .into_par_iter()
        .with_max_len(1)
        .map_init(
            || Bucket::EMPTY,
            |sorted, (index, part, before)| {
                deal.sort_into(index, sorted);
                let mut filled = 0;
                let size = part.thresholds.len();
                merge(sorted, |key, positives, negatives| {
                    // Whole numbers below 2^53: sums are exact in any order.
                    part.thresholds[filled] = S::from_key(key);
                    part.true_positives[filled] = (before[1] + positives) as f64;
                    part.false_positives[filled] = (before[0] + negatives) as f64;
                    filled += 1;
                });
                (size, filled)
            },
        )
        .collect();
    close_gaps(&mut counts.thresholds, &filled);
    close_gaps(&mut counts.true_positives, &filled);
    close_gaps(&mut counts.false_positives, &filled);
    counts
}

/// Moves the filled beginnings of the parts together: each part has a size and a number of filled places.
fn close_gaps<T: Copy>(values: &mut Vec<T>, parts: &[(usize, usize)]) {
    let (mut from, mut to) = (0, 0);
    for &(size, filled) in parts {
        if from != to {
            values.copy_within(from..from + filled, to);
        }
        from += size;
        to += filled;
    }
    if to < values.len() {
        values.truncate(to);
        values.shrink_to_fit();
    }
}

/// A stretch of [`ThresholdCounts`] that one task fills.
struct Parts<'a, S> {
    thresholds: &'a mut [S],
    true_positives: &'a mut [f64],
    false_positives: &'a mut [f64],
}

impl<S> ThresholdCounts<S> {
    fn as_parts(&mut self) -> Parts<'_, S> {
        Parts {
            thresholds: &mut self.thresholds,
            true_positives: &mut self.true_positives,
            false_positives: &mut self.false_positives,
        }
    }
}

impl<'a, S> Parts<'a, S> {
    fn split_at(self, at: usize) -> (Self, Self) {
        let thresholds = self.thresholds.split_at_mut(at);
        let true_positives = self.true_positives.split_at_mut(at);
        let false_positives = self.false_positives.split_at_mut(at);
        let parts = |thresholds: &'a mut [S], true_positives, false_positives| Self {
            thresholds,
            true_positives,
            false_positives,
        };
        (
            parts(thresholds.0, true_positives.0, false_positives.0),
            parts(thresholds.1, true_positives.1, false_positives.1),
        )
    }
}

fn weighted<S: Score>(positive: &[bool], scores: &[S], weights: &[f64]) -> ThresholdCounts<S> {
    let deal = Deal::new(scores.len(), |sample| {
        let (key, weight) = (scores[sample].key(), weights[sample]);
        (weight != 0.0).then_some((Weighted { key, weight }, positive[sample]))
    });
    let buckets: Vec<Bucket<_>> = (0..deal.buckets())
        .into_par_iter()
        .with_max_len(1)
        .map(|index| {
            let mut bucket = Bucket::EMPTY;
            deal.sort_into(index, &mut bucket);
            bucket
        })
        .collect();
    let mut counts = ThresholdCounts {
        thresholds: Vec::new(),
        true_positives: Vec::new(),
        false_positives: Vec::new(),
    };
    // One sum over all samples in order, as numpy's: sums of parts would differ in the last bits.
    let (mut hits, mut false_alarms) = (0.0, 0.0);
    for bucket in buckets {
        let (mut positives, mut negatives) = (bucket.positives.iter(), bucket.negatives.iter());
        let (mut taken_positives, mut taken_negatives) = (0, 0);
        merge(&bucket, |key, up_to_positive, up_to_negative| {
            for entry in positives.by_ref().take(up_to_positive - taken_positives) {
                hits += entry.weight;
            }
            for entry in negatives.by_ref().take(up_to_negative - taken_negatives) {
                false_alarms += entry.weight;
            }
            (taken_positives, taken_negatives) = (up_to_positive, up_to_negative);
            counts.thresholds.push(S::from_key(key));
            counts.true_positives.push(hits);
            counts.false_positives.push(false_alarms);
        });
    }
    counts
}

/// Goes through the distinct keys of a bucket: `step(key, positives, negatives)` hears how many entries have this key
/// or one before it.
fn merge<E: Entry>(bucket: &Bucket<E>, mut step: impl FnMut(E::Key, usize, usize)) {
    let (positives, negatives) = (&bucket.positives[..], &bucket.negatives[..]);
    let (mut p, mut n) = (0, 0);
    loop {
        let key = match (positives.get(p), negatives.get(n)) {
            (Some(positive), Some(negative)) => positive.key().min(negative.key()),
            (Some(one), None) | (None, Some(one)) => one.key(),
            (None, None) => return,
        };
        while positives.get(p).is_some_and(|entry| entry.key() == key) {
            p += 1;
        }
        while negatives.get(n).is_some_and(|entry| entry.key() == key) {
            n += 1;
        }
        step(key, p, n);
    }
}
