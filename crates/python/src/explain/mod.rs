//! What `glassboard.cam` and its neighbours call: formulas of `glassboard-explain` on arrays of numpy.
//!
//! Arrays are float32 and in any layout; the Python side has converted them.

mod cam;
mod metrics;
mod pictures;

use glassboard_explain::ExplainError;
use pyo3::prelude::*;

use crate::error::{invalid_input, not_found};

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    cam::register(module)?;
    metrics::register(module)?;
    pictures::register(module)
}

/// What went wrong in a formula.
fn from_explain(py: Python<'_>, error: &ExplainError) -> PyErr {
    match error {
        ExplainError::UnknownName { .. } => not_found(py, error),
        _ => invalid_input(py, error),
    }
}
