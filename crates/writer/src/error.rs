use std::sync::Arc;

use glassboard_events::EventsError;
use glassboard_media::MediaError;

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
        source: Arc<std::io::Error>,
    },
    /// The background thread ended although it was not asked to.
    #[error(
        "the background thread of an event file ended unexpectedly; records since the last flush are lost"
    )]
    ThreadEnded,
}

impl From<EventsError> for WriterError {
    fn from(source: EventsError) -> Self {
        Self::Events(Arc::new(source))
    }
}
