//! Precision-recall and ROC curves at evenly spaced thresholds.

use glassboard_events::proto::plugins::{PrCurvePluginData, RocCurvePluginData};
use glassboard_media::{AsTensor, Element};
use glassboard_metrics::binned::{BinnedCounts, Prediction};
use ndarray::ArrayView2;
use prost::Message;

use crate::{At, SummaryWriter, WriterError, record, tensor};

const PR_PLUGIN: &str = "pr_curves";
const ROC_PLUGIN: &str = "roc_curves";

/// Most thresholds of a curve: far more than a page can show.
const MAX_THRESHOLDS: usize = 1 << 20;

/// How [`SummaryWriter::add_pr_curve`] and [`SummaryWriter::add_roc_curve`] count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurveOptions<'a> {
    /// Number of thresholds, evenly spaced from 0 to 1; up to 1,048,576.
    pub num_thresholds: usize,
    /// Weight of each sample, in the order of the predictions; 1 when not given.
    pub weights: Option<&'a [f64]>,
}

impl Default for CurveOptions<'_> {
    fn default() -> Self {
        Self {
            num_thresholds: 127,
            weights: None,
        }
    }
}

/// A precision-recall curve that was computed elsewhere.
///
/// # Shapes
/// All rows have the same length, one entry for each threshold, thresholds rising from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrCurveRows<'a> {
    /// Positive samples called positive.
    pub true_positives: &'a [f64],
    /// Negative samples called positive.
    pub false_positives: &'a [f64],
    /// Negative samples called negative.
    pub true_negatives: &'a [f64],
    /// Positive samples called negative.
    pub false_negatives: &'a [f64],
    /// TP / (TP + FP).
    pub precision: &'a [f64],
    /// TP / (TP + FN).
    pub recall: &'a [f64],
    /// What the file notes as the number of thresholds; readers go by the rows.
    pub num_thresholds: usize,
}

impl SummaryWriter {
    /// Logs a precision-recall curve of a binary classifier; see [`BinnedCounts`] for how samples are counted.
    ///
    /// # Shapes
    /// `labels` (1 positive, 0 negative), `predictions` (in 0 ... 1): the same, any.
    ///
    /// # Errors
    /// [`WriterError::CurveShapes`], [`WriterError::CurveWeights`], [`WriterError::CurveThresholds`]; else as
    /// [`Self::add_scalar`].
    pub fn add_pr_curve<L, P>(
        &self,
        tag: &str,
        labels: &L,
        predictions: &P,
        at: impl Into<At>,
        options: &CurveOptions<'_>,
    ) -> Result<(), WriterError>
    where
        L: AsTensor<Elem: Element> + ?Sized,
        P: AsTensor<Elem: Prediction> + ?Sized,
    {
        let counts = count(tag, labels, predictions, options)?;
        let rows = [
            counts.true_positives.as_slice(),
            &counts.false_positives,
            &counts.true_negatives,
            &counts.false_negatives,
            &counts.precision(),
            &counts.recall(),
        ];
        let content = pr_content(options.num_thresholds);
        self.put_curve(tag, PR_PLUGIN, content, rows, at.into())
    }

    /// Logs a precision-recall curve that was computed elsewhere.
    ///
    /// # Errors
    /// [`WriterError::CurveRows`]; else as [`Self::add_scalar`].
    pub fn add_pr_curve_raw(
        &self,
        tag: &str,
        rows: &PrCurveRows<'_>,
        at: impl Into<At>,
    ) -> Result<(), WriterError> {
        let content = pr_content(rows.num_thresholds);
        let rows = [
            rows.true_positives,
            rows.false_positives,
            rows.true_negatives,
            rows.false_negatives,
            rows.precision,
            rows.recall,
        ];
        self.put_curve(tag, PR_PLUGIN, content, rows, at.into())
    }

    /// Logs a ROC curve of a binary classifier; see [`BinnedCounts`] for how samples are counted. TensorBoard has no
    /// dashboard for it; Glassboard has.
    ///
    /// # Shapes
    /// As [`Self::add_pr_curve`].
    ///
    /// # Errors
    /// As [`Self::add_pr_curve`].
    pub fn add_roc_curve<L, P>(
        &self,
        tag: &str,
        labels: &L,
        predictions: &P,
        at: impl Into<At>,
        options: &CurveOptions<'_>,
    ) -> Result<(), WriterError>
    where
        L: AsTensor<Elem: Element> + ?Sized,
        P: AsTensor<Elem: Prediction> + ?Sized,
    {
        let counts = count(tag, labels, predictions, options)?;
        let rows = [
            counts.true_positives.as_slice(),
            &counts.false_positives,
            &counts.true_negatives,
            &counts.false_negatives,
            &counts.recall(),
            &counts.false_positive_rate(),
        ];
        let content = RocCurvePluginData {
            version: 0,
            num_thresholds: options.num_thresholds as u32,
        };
        self.put_curve(tag, ROC_PLUGIN, content.encode_to_vec(), rows, at.into())
    }

    fn put_curve(
        &self,
        tag: &str,
        plugin: &str,
        content: Vec<u8>,
        rows: [&[f64]; 6],
        at: At,
    ) -> Result<(), WriterError> {
        let lengths = rows.map(<[f64]>::len);
        let [length, ..] = lengths;
        let values: Vec<f32> = rows
            .concat()
            .into_iter()
            .map(|value| value as f32)
            .collect();
        // Rows of different lengths give another number of values, unless by chance.
        let rows = ArrayView2::from_shape((6, length), &values).ok();
        let Some(rows) = rows.filter(|_| lengths.iter().all(|&other| other == length)) else {
            let tag = tag.to_owned();
            return Err(WriterError::CurveRows { tag, got: lengths });
        };
        let tensor = tensor::tensor_proto(&rows.into_dyn());
        self.put(&record::plugin_event(tag, plugin, content, tensor, at))
    }
}

fn pr_content(num_thresholds: usize) -> Vec<u8> {
    let content = PrCurvePluginData {
        version: 0,
        num_thresholds: num_thresholds as u32,
    };
    content.encode_to_vec()
}

fn count<L, P>(
    tag: &str,
    labels: &L,
    predictions: &P,
    options: &CurveOptions<'_>,
) -> Result<BinnedCounts, WriterError>
where
    L: AsTensor<Elem: Element> + ?Sized,
    P: AsTensor<Elem: Prediction> + ?Sized,
{
    let (labels, predictions) = (labels.as_tensor(), predictions.as_tensor());
    let num_thresholds = options.num_thresholds;
    let tag = || tag.to_owned();
    if labels.shape() != predictions.shape() {
        return Err(WriterError::CurveShapes {
            tag: tag(),
            labels: labels.shape().to_vec(),
            predictions: predictions.shape().to_vec(),
        });
    }
    if let Some(weights) = options.weights
        && weights.len() != predictions.len()
    {
        return Err(WriterError::CurveWeights {
            tag: tag(),
            predictions: predictions.len(),
            got: weights.len(),
        });
    }
    if !(1..=MAX_THRESHOLDS).contains(&num_thresholds) {
        return Err(WriterError::CurveThresholds {
            tag: tag(),
            limit: MAX_THRESHOLDS,
            got: num_thresholds,
        });
    }
    // Slices: walking along arbitrary axes costs more than counting.
    let (labels, predictions) = (
        labels.as_standard_layout(),
        predictions.as_standard_layout(),
    );
    let labels = labels.as_slice().unwrap_or_default().iter();
    BinnedCounts::count(
        labels.map(|label| label.to_f64()),
        predictions.as_slice().unwrap_or_default(),
        options.weights,
        num_thresholds,
    )
    .map_err(|source| WriterError::Curve { tag: tag(), source })
}
