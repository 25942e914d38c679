use std::io;

/// What can go wrong when a stored value is read back or a series is asked for.
///
/// Damage inside event files and unreadable paths are not errors: they are
/// counted and shown ([`Snapshot::damage`](crate::Snapshot::damage),
/// [`Snapshot::notices`](crate::Snapshot::notices)) while loading goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file a locator points into is no longer loaded.
    #[error("the file of locator {locator} is no longer in the log directory")]
    Gone {
        /// The locator, as text.
        locator: String,
    },
    /// A path names no model file of the log directory.
    #[error("no model file at this path in the log directory: {path}")]
    NoModel {
        /// The path asked for.
        path: String,
    },
    /// A path names no configuration of the projector.
    #[error("no projector configuration at this path in the log directory: {path}")]
    NoProjector {
        /// The path asked for.
        path: String,
    },
    /// A path leads out of the folder that it must stay in.
    #[error("expected a path within the run's folder, got one that leaves it: {path}")]
    Outside {
        /// The path, and the file that names it.
        path: String,
    },
    /// A path names no profiler trace of the log directory.
    #[error("no profiler trace at this path in the log directory: {path}")]
    NoTrace {
        /// The path asked for.
        path: String,
    },
    /// Text that should name a stored value does not.
    #[error("expected a locator like `3-120-99-0` (file, offset, length, value), got `{got}`")]
    MalformedLocator {
        /// What came instead.
        got: String,
    },
    /// The bytes at a locator are not the record that was there when the file was loaded.
    #[error("expected the record of {expected_bytes} bytes at offset {offset}, {got}: {path}")]
    RecordChanged {
        /// Bytes the record had when it was loaded.
        expected_bytes: u64,
        /// Offset of its frame in the file.
        offset: u64,
        /// What was found.
        got: String,
        /// Path relative to the log directory.
        path: String,
    },
    /// The record is there, but its message cannot be decoded.
    #[error(
        "expected an event with value number {value_index} at offset {offset}, got {source}: {path}"
    )]
    Undecodable {
        /// Which value of the record's summary.
        value_index: u32,
        /// Offset of its frame in the file.
        offset: u64,
        /// Path relative to the log directory.
        path: String,
        /// Why it cannot be decoded.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file could not be read.
    #[error("could not read: {source}: {path}")]
    Io {
        /// Path relative to the log directory.
        path: String,
        /// What the file system said.
        source: io::Error,
    },
    /// A parameter of a request lies outside of what is possible.
    #[error("{parameter}: expected {expected}, got {got}")]
    OutOfRange {
        /// Name of the parameter.
        parameter: &'static str,
        /// What is possible.
        expected: &'static str,
        /// What came.
        got: String,
    },
    /// A histogram message or tensor has a form that no writer produces.
    #[error("histogram: expected {expected}, got {got}")]
    MalformedHistogram {
        /// What is possible.
        expected: &'static str,
        /// What came.
        got: String,
    },
}
