use std::{io, path::PathBuf};

use crate::WireError;

/// What can go wrong with event files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventsError {
    /// A file or folder could not be created, written or flushed.
    #[error("cannot {action}: {source}: {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The file was removed or replaced while it was being written: what is
    /// written from now on would be seen by nobody.
    #[error("the event file is no longer where it was created; records written since are lost: {}", path.display())]
    Vanished {
        /// Where it was created.
        path: PathBuf,
    },
    /// A record is larger than readers accept.
    #[error("expected a record of at most {limit} bytes, got {len}")]
    RecordTooLong {
        /// Its length in bytes.
        len: u64,
        /// [`crate::frame::MAX_RECORD_BYTES`].
        limit: u64,
    },
    /// A tensor's fields contradict one another.
    #[error("tensor of type {dtype} and shape {shape:?}: expected {expected} elements, got {got}")]
    TensorSize {
        /// Element type's name.
        dtype: &'static str,
        /// Shape.
        shape: Vec<u64>,
        /// Elements that the shape asks for.
        expected: u64,
        /// Elements there are.
        got: u64,
    },
    /// A tensor has an element type that cannot be unpacked.
    #[error("expected a numeric, boolean or string tensor, got element type {dtype}")]
    TensorType {
        /// Number of the type in `DataType`.
        dtype: i32,
    },
    /// Bytes are not the protobuf message they should be.
    #[error(transparent)]
    Wire(#[from] WireError),
}
