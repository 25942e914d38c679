//! Precision-recall, ROC and detection-error-tradeoff curves.

use std::iter::once;
use std::ops::Range;

use ndarray::ArrayView1;
use rayon::prelude::*;

use crate::counts::{CurveOptions, ThresholdCounts, counted};
use crate::error::{MetricsError, Result, Warning};
use crate::input::{Census, Label, Score, contiguous};

/// Points that one task computes: few enough for 16-bit offsets.
const CHUNK: usize = 1 << 15;

/// Precision and recall at rising thresholds.
#[derive(Debug, Clone, PartialEq)]
pub struct PrecisionRecallCurve<S> {
    /// `[thresholds + 1]`: TP / (TP + FP), and at the end 1.
    pub precision: Vec<f64>,
    /// `[thresholds + 1]`: TP / (TP + FN), falling, and at the end 0.
    pub recall: Vec<f64>,
    /// `[thresholds]`: rising scores; a sample is taken for positive if its score is at least the threshold.
    pub thresholds: Vec<S>,
    /// [`Warning::NoPositiveClass`], where it is so.
    pub warnings: Vec<Warning>,
}

/// False and true positive rate at falling thresholds.
#[derive(Debug, Clone, PartialEq)]
pub struct RocCurve {
    /// `[thresholds]`: FP / (FP + TN), rising from 0; NaN without negatives.
    pub fpr: Vec<f64>,
    /// `[thresholds]`: TP / (TP + FN), rising from 0; NaN without positives.
    pub tpr: Vec<f64>,
    /// `[thresholds]`: falling scores, the first of them infinite.
    pub thresholds: Vec<f64>,
    /// [`Warning::NoNegativeSamples`] and [`Warning::NoPositiveSamples`], where it is so.
    pub warnings: Vec<Warning>,
}

/// False positive and false negative rate at rising thresholds.
#[derive(Debug, Clone, PartialEq)]
pub struct DetCurve {
    /// `[thresholds]`: FP / (FP + TN), falling.
    pub fpr: Vec<f64>,
    /// `[thresholds]`: FN / (TP + FN), rising.
    pub fnr: Vec<f64>,
    /// `[thresholds]`: rising scores; the last is infinite unless a score is above all negatives.
    pub thresholds: Vec<f64>,
}

/// Precision and recall at every distinct score, as `sklearn.metrics.precision_recall_curve`.
///
/// `y_true: [samples]` are the labels, `y_score: [samples]` how likely each sample is positive. Where nothing is taken
/// for positive by weight, precision is 0; without positives, recall is 1.
///
/// ```
/// use glassboard_metrics::{CurveOptions, precision_recall_curve};
///
/// let curve = precision_recall_curve(&[0, 0, 1, 1], &[0.1, 0.4, 0.35, 0.8], &CurveOptions::default())?;
/// assert_eq!(curve.precision, [0.5, 2.0 / 3.0, 0.5, 1.0, 1.0]);
/// assert_eq!(curve.recall, [1.0, 1.0, 0.5, 0.5, 0.0]);
/// assert_eq!(curve.thresholds, [0.1, 0.35, 0.4, 0.8]);
/// # Ok::<(), glassboard_metrics::MetricsError>(())
/// ```
///
/// # Errors
///
/// As [`crate::confusion_matrix_at_thresholds`].
pub fn precision_recall_curve<'a, L: Label, S: Score>(
    y_true: impl Into<ArrayView1<'a, L>>,
    y_score: impl Into<ArrayView1<'a, S>>,
    options: &CurveOptions<'_, L>,
) -> Result<PrecisionRecallCurve<S>> {
    let counts = crate::confusion_matrix_at_thresholds(y_true, y_score, options)?;
    Ok(counts.precision_recall_curve(options.drop_intermediate.unwrap_or(false)))
}

/// The receiver operating characteristic, as `sklearn.metrics.roc_curve`.
///
/// `y_true: [samples]` are the labels, `y_score: [samples]` how likely each sample is positive.
///
/// ```
/// use glassboard_metrics::{CurveOptions, roc_curve};
///
/// let curve = roc_curve(&[0, 0, 1, 1], &[0.1, 0.4, 0.35, 0.8], &CurveOptions::default())?;
/// assert_eq!(curve.fpr, [0.0, 0.0, 0.5, 0.5, 1.0]);
/// assert_eq!(curve.tpr, [0.0, 0.5, 0.5, 1.0, 1.0]);
/// assert_eq!(curve.thresholds, [f64::INFINITY, 0.8, 0.4, 0.35, 0.1]);
/// # Ok::<(), glassboard_metrics::MetricsError>(())
/// ```
///
/// # Errors
///
/// As [`crate::confusion_matrix_at_thresholds`].
pub fn roc_curve<'a, L: Label, S: Score>(
    y_true: impl Into<ArrayView1<'a, L>>,
    y_score: impl Into<ArrayView1<'a, S>>,
    options: &CurveOptions<'_, L>,
) -> Result<RocCurve> {
    let counts = crate::confusion_matrix_at_thresholds(y_true, y_score, options)?;
    Ok(counts.roc_curve(options.drop_intermediate.unwrap_or(true)))
}

/// The detection error tradeoff, as `sklearn.metrics.det_curve`.
///
/// `y_true: [samples]` are the labels, `y_score: [samples]` how likely each sample is positive. The curve begins where
/// no positive is missed and ends where there is no false alarm.
///
/// ```
/// use glassboard_metrics::{CurveOptions, det_curve};
///
/// let curve = det_curve(&[0, 0, 1, 1], &[0.1, 0.4, 0.35, 0.8], &CurveOptions::default())?;
/// assert_eq!(curve.fpr, [0.5, 0.5, 0.0]);
/// assert_eq!(curve.fnr, [0.0, 0.5, 0.5]);
/// assert_eq!(curve.thresholds, [0.35, 0.4, 0.8]);
/// # Ok::<(), glassboard_metrics::MetricsError>(())
/// ```
///
/// # Errors
///
/// As [`crate::confusion_matrix_at_thresholds`], and [`MetricsError::OneClass`].
pub fn det_curve<'a, L: Label, S: Score>(
    y_true: impl Into<ArrayView1<'a, L>>,
    y_score: impl Into<ArrayView1<'a, S>>,
    options: &CurveOptions<'_, L>,
) -> Result<DetCurve> {
    let (y_true, y_score) = (y_true.into(), y_score.into());
    let labels = contiguous(&y_true);
    let census = Census::of(&labels)?;
    let counts = counted(&labels, &census, &y_score, options)?;
    if !census.is_two() {
        return Err(MetricsError::OneClass);
    }
    Ok(counts.det_curve(options.drop_intermediate.unwrap_or(false)))
}

impl<S: Score> ThresholdCounts<S> {
    /// Precision and recall; see [`precision_recall_curve`].
    pub fn precision_recall_curve(&self, drop_intermediate: bool) -> PrecisionRecallCurve<S> {
        let kept = Kept::new(self.thresholds.len(), drop_intermediate, |at| {
            differs_on_a_side(&self.true_positives, at)
        });
        let (hits, alarms) = (&self.true_positives, &self.false_positives);
        let all = self.positives();
        let is_undefined = all == 0.0;
        PrecisionRecallCurve {
            precision: kept.map_reversed(|at| precision(hits[at], alarms[at]), &[1.0]),
            recall: kept.map_reversed(|at| if is_undefined { 1.0 } else { hits[at] / all }, &[0.0]),
            thresholds: kept.map_reversed(|at| self.thresholds[at], &[]),
            warnings: is_undefined
                .then_some(Warning::NoPositiveClass)
                .into_iter()
                .collect(),
        }
    }

    /// The receiver operating characteristic; see [`roc_curve`].
    pub fn roc_curve(&self, drop_intermediate: bool) -> RocCurve {
        let (hits, alarms) = (&self.true_positives, &self.false_positives);
        let bends = |counts: &[f64], at: usize| {
            (counts[at + 1] - counts[at]) - (counts[at] - counts[at - 1]) != 0.0
        };
        let kept = Kept::new(self.thresholds.len(), drop_intermediate, |at| {
            bends(alarms, at) || bends(hits, at)
        });
        let mut warnings = Vec::new();
        let mut rate = |counts: &[f64], warning| {
            let all = counts.last().copied().unwrap_or(0.0);
            if all <= 0.0 {
                warnings.push(warning);
                return vec![f64::NAN; kept.len() + 1];
            }
            kept.map_behind(&[0.0 / all], |at| counts[at] / all)
        };
        RocCurve {
            fpr: rate(alarms, Warning::NoNegativeSamples),
            tpr: rate(hits, Warning::NoPositiveSamples),
            thresholds: kept.map_behind(&[f64::INFINITY], |at| self.thresholds[at].to_f64()),
            warnings,
        }
    }

    /// The detection error tradeoff; see [`det_curve`]. Both classes must occur for the rates to mean anything.
    pub fn det_curve(&self, drop_intermediate: bool) -> DetCurve {
        let behind =
            |counts: &[f64]| -> Vec<f64> { once(0.0).chain(counts.iter().copied()).collect() };
        let (hits, alarms) = (behind(&self.true_positives), behind(&self.false_positives));
        let kept = Kept::new(hits.len(), drop_intermediate, |at| {
            differs_on_a_side(&hits, at)
        });
        let hits = kept.map_behind(&[], |at| hits[at]);
        let alarms = kept.map_behind(&[], |at| alarms[at]);
        let thresholds = kept.map_behind(&[], |at| match at.checked_sub(1) {
            Some(at) => self.thresholds[at].to_f64(),
            None => f64::INFINITY,
        });
        let (positives, negatives) = (self.positives(), self.negatives());
        // From the last point without false alarms to the first without misses.
        let first = alarms
            .partition_point(|&count| count <= 0.0)
            .saturating_sub(1);
        let last = hits.partition_point(|&count| count < positives);
        let points = (first..hits.len().min(last + 1)).rev();
        DetCurve {
            fpr: points.clone().map(|at| alarms[at] / negatives).collect(),
            fnr: points
                .clone()
                .map(|at| (positives - hits[at]) / positives)
                .collect(),
            thresholds: points.map(|at| thresholds[at]).collect(),
        }
    }
}

/// TP / (TP + FP), 0 where nothing is taken for positive.
pub(crate) fn precision(hits: f64, alarms: f64) -> f64 {
    let taken = hits + alarms;
    if taken == 0.0 { 0.0 } else { hits / taken }
}

/// Whether a count changes from the point before or to the one behind.
fn differs_on_a_side(counts: &[f64], at: usize) -> bool {
    counts[at] != counts[at - 1] || counts[at + 1] != counts[at]
}

/// Which points of a curve stay.
struct Kept {
    points: usize,
    /// Where in each chunk those are that stay, unless all do.
    offsets: Option<Vec<Vec<u16>>>,
}

impl Kept {
    /// Of more than two points, the first and last stay, and those between that are `wanted`.
    fn new(points: usize, drop_intermediate: bool, wanted: impl Fn(usize) -> bool + Sync) -> Self {
        let offsets = (drop_intermediate && points > 2).then(|| {
            let chunks: Vec<Range<usize>> = chunks(points).collect();
            chunks
                .into_par_iter()
                .map(|chunk| {
                    let mut offsets = vec![0; chunk.len()];
                    let mut kept = 0;
                    // Without branches: whether a point stays is hard to predict.
                    for (offset, at) in (0..).zip(chunk) {
                        offsets[kept] = offset;
                        let inner = at.clamp(1, points - 2);
                        kept += usize::from((at != inner) | wanted(inner));
                    }
                    offsets.truncate(kept);
                    offsets
                })
                .collect()
        });
        Self { points, offsets }
    }

    /// The points of each chunk, and how many of them stay.
    fn chunks(&self) -> impl Iterator<Item = (usize, Range<usize>, usize)> {
        chunks(self.points).enumerate().map(|(index, points)| {
            let kept = match &self.offsets {
                Some(offsets) => offsets[index].len(),
                None => points.len(),
            };
            (index, points, kept)
        })
    }

    fn len(&self) -> usize {
        self.chunks().map(|(.., kept)| kept).sum()
    }

    /// Puts the values of a chunk's kept points into their places.
    fn fill<'a, T: 'a>(
        &self,
        index: usize,
        points: Range<usize>,
        places: impl Iterator<Item = &'a mut T>,
        value: impl Fn(usize) -> T,
    ) {
        match &self.offsets {
            Some(offsets) => {
                for (place, &offset) in places.zip(&offsets[index]) {
                    *place = value(points.start + usize::from(offset));
                }
            }
            None => {
                for (place, at) in places.zip(points) {
                    *place = value(at);
                }
            }
        }
    }

    /// `first`, then the values of the kept points.
    fn map_behind<T: Copy + Default + Send>(
        &self,
        first: &[T],
        value: impl Fn(usize) -> T + Sync,
    ) -> Vec<T> {
        let mut values = vec![T::default(); first.len() + self.len()];
        let (head, mut rest) = values.split_at_mut(first.len());
        head.copy_from_slice(first);
        let mut tasks = Vec::new();
        for (index, points, kept) in self.chunks() {
            let (part, behind) = rest.split_at_mut(kept);
            tasks.push((index, points, part));
            rest = behind;
        }
        tasks.into_par_iter().for_each(|(index, points, part)| {
            self.fill(index, points, part.iter_mut(), &value);
        });
        values
    }

    /// The values of the kept points from last to first, then `last`.
    fn map_reversed<T: Copy + Default + Send>(
        &self,
        value: impl Fn(usize) -> T + Sync,
        last: &[T],
    ) -> Vec<T> {
        let kept = self.len();
        let mut values = vec![T::default(); kept + last.len()];
        let (mut rest, tail) = values.split_at_mut(kept);
        tail.copy_from_slice(last);
        let mut tasks = Vec::new();
        for (index, points, kept) in self.chunks() {
            let (before, part) = rest.split_at_mut(rest.len() - kept);
            tasks.push((index, points, part));
            rest = before;
        }
        tasks.into_par_iter().for_each(|(index, points, part)| {
            self.fill(index, points, part.iter_mut().rev(), &value);
        });
        values
    }
}

fn chunks(points: usize) -> impl Iterator<Item = Range<usize>> {
    (0..points)
        .step_by(CHUNK)
        .map(move |start| start..points.min(start + CHUNK))
}
