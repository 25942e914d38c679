//! What can be wrong with data and options.

use std::fmt;

/// Why there is no projection.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectionError {
    /// A value is NaN or infinite.
    #[error("expected finite values, got {value} in row {row}, column {column}")]
    NotFinite {
        /// The value.
        value: f32,
        /// Its point.
        row: usize,
        /// Its dimension.
        column: usize,
    },
    /// The points are too few for what is asked.
    #[error("{what} needs at least {expected} points, got {got}")]
    TooFewPoints {
        /// What is asked, as in `finding 15 neighbors`.
        what: String,
        /// The smallest number of points that would do.
        expected: usize,
        /// Points in the data.
        got: usize,
    },
    /// The points have no dimensions.
    #[error("expected points of at least one dimension, got none")]
    NoDimensions,
    /// An option is outside of its range.
    #[error("{option}: expected {expected}, got {got}")]
    Option {
        /// The option's name.
        option: &'static str,
        /// What it may be.
        expected: String,
        /// What it is.
        got: String,
    },
    /// The observer wanted it to end.
    #[error("stopped before the end")]
    Stopped,
}

impl ProjectionError {
    pub(crate) fn option(
        option: &'static str,
        expected: impl Into<String>,
        got: impl fmt::Display,
    ) -> Self {
        Self::Option {
            option,
            expected: expected.into(),
            got: got.to_string(),
        }
    }
}

/// Of a projection.
pub type Result<T> = std::result::Result<T, ProjectionError>;
