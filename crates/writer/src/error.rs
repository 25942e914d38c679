use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use glassboard_events::EventsError;
use glassboard_media::MediaError;
use glassboard_metrics::MetricsError;
use glassboard_model::ModelError;

/// Why something was not logged.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriterError {
    /// The event file could not be created or written; the source names it. After a failed write every method
    /// returns this until a [`flush`](crate::SummaryWriter::flush) succeeds or the writer is closed.
    #[error(transparent)]
    Events(#[from] Arc<EventsError>),
    /// A picture or histogram could not be made.
    #[error("tag {tag:?}: {source}")]
    Media {
        /// The tag it was meant for.
        tag: String,
        /// What is wrong.
        source: MediaError,
    },
    /// Limits and counts of a ready-made histogram differ in length.
    #[error(
        "tag {tag:?}: expected as many bucket counts as limits, got {limits} limits and {counts} counts"
    )]
    BucketLengths {
        /// The tag it was meant for.
        tag: String,
        /// Number of limits.
        limits: usize,
        /// Number of counts.
        counts: usize,
    },
    /// A tensor is larger than a protobuf message can be.
    #[error("tag {tag:?}: expected a tensor below {limit} bytes, got {got} in shape {shape:?}")]
    TensorTooLarge {
        /// The tag it was meant for.
        tag: String,
        /// 2 GiB.
        limit: usize,
        /// Bytes of the elements.
        got: usize,
        /// Shape of the tensor.
        shape: Vec<usize>,
    },
    /// Labels and predictions of a curve do not belong together.
    #[error(
        "tag {tag:?}: expected labels and predictions of the same shape, got labels {labels:?} and predictions {predictions:?}"
    )]
    CurveShapes {
        /// The tag it was meant for.
        tag: String,
        /// Shape of the labels.
        labels: Vec<usize>,
        /// Shape of the predictions.
        predictions: Vec<usize>,
    },
    /// Weights and predictions of a curve do not belong together.
    #[error("tag {tag:?}: expected as many weights as predictions, {predictions}, got {got}")]
    CurveWeights {
        /// The tag it was meant for.
        tag: String,
        /// Number of predictions.
        predictions: usize,
        /// Number of weights.
        got: usize,
    },
    /// A curve has no thresholds, or more than anybody can look at.
    #[error("tag {tag:?}: expected num_thresholds from 1 to {limit}, got {got}")]
    CurveThresholds {
        /// The tag it was meant for.
        tag: String,
        /// The most there can be.
        limit: usize,
        /// Number of thresholds.
        got: usize,
    },
    /// The rows of a ready-made curve differ in length.
    #[error("tag {tag:?}: expected six rows of the same length, got {got:?}")]
    CurveRows {
        /// The tag it was meant for.
        tag: String,
        /// Lengths of TP, FP, TN, FN, precision and recall.
        got: [usize; 6],
    },
    /// A curve could not be counted.
    #[error("tag {tag:?}: {source}")]
    Curve {
        /// The tag it was meant for.
        tag: String,
        /// What is wrong.
        source: MetricsError,
    },
    /// A part of a mesh is no list of triples.
    #[error("tag {tag:?}: expected {what} of shape [B, N, 3], got {got:?}")]
    MeshShape {
        /// The tag it was meant for.
        tag: String,
        /// `vertices`, `colors` or `faces`.
        what: &'static str,
        /// Its shape.
        got: Vec<usize>,
    },
    /// The points of an embedding are no table.
    #[error("tag {tag:?}: expected a matrix of shape [N, D], got {got:?}")]
    EmbeddingShape {
        /// The tag it was meant for.
        tag: String,
        /// Its shape.
        got: Vec<usize>,
    },
    /// Labels or pictures of an embedding are not as many as its points.
    #[error("tag {tag:?}: expected one of {what} for each of {points} points, got {got}")]
    EmbeddingLength {
        /// The tag it was meant for.
        tag: String,
        /// `metadata` or `label images`.
        what: &'static str,
        /// Rows of the matrix.
        points: usize,
        /// How many there are.
        got: usize,
    },
    /// The projector's configuration in the folder is not one that could be added to.
    #[error("expected a projector configuration that can be added to, got {reason}: {path}", path = path.display())]
    ProjectorConfig {
        /// What is wrong with it.
        reason: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// Bytes that should be an event are none.
    #[error("expected a serialized tensorboard.Event, got {got} bytes: {reason}")]
    NoEvent {
        /// How many bytes.
        got: usize,
        /// What the decoder said.
        reason: String,
    },
    /// Bytes that should be a profiler's trace are none.
    #[error("expected a trace as JSON, plain or gzipped, got bytes that begin with {got:02x?}")]
    NoTrace {
        /// The first of them.
        got: Vec<u8>,
    },
    /// A model's file could not be read.
    #[error(transparent)]
    Model(#[from] Arc<ModelError>),
    /// A worker's name would not stay in the folder.
    #[error("worker: expected a name without slashes, got {got:?}")]
    WorkerName {
        /// As it was given.
        got: String,
    },
    /// A file beside the event files could not be read or written.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// A hyperparameter's possible values do not fit it.
    #[error(
        "domain of hyperparameter {name:?}: expected values of the same type as {expected}, got {got}"
    )]
    HparamDomain {
        /// Name of the hyperparameter.
        name: String,
        /// The hyperparameter's value, or that there is none.
        expected: String,
        /// The value that does not fit.
        got: String,
    },
    /// An option has a value that means nothing.
    #[error("option {option}: expected {expected}, got {got}")]
    Option {
        /// Name of the option.
        option: &'static str,
        /// What it can be.
        expected: &'static str,
        /// What it is.
        got: String,
    },
    /// The background thread could not be started.
    #[error("cannot start the background thread of an event file: {source}")]
    Thread {
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// The background thread ended although it was not asked to.
    #[error(
        "the background thread of an event file ended unexpectedly; records since the last flush are lost"
    )]
    ThreadEnded,
}

impl WriterError {
    /// For `map_err`: what was tried with which file.
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File {
            action,
            path,
            source: Arc::new(source),
        }
    }
}

impl From<EventsError> for WriterError {
    fn from(source: EventsError) -> Self {
        Self::Events(Arc::new(source))
    }
}
