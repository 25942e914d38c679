//! Names of classes in a file.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use glassboard_explain::ExplainError;
use glassboard_explain::input::Labels;
use glassboard_model::ModelGraph;

/// The names in a file; without one those that the model's file holds.
pub(super) fn read(path: Option<&Path>, graph: &ModelGraph) -> Result<Labels> {
    let Some(path) = path else {
        return Ok(Labels::of_model(graph));
    };
    let context = || path.display().to_string();
    let text = fs::read_to_string(path).with_context(context)?;
    Labels::parse(&text).with_context(context)
}

/// The number of a class that is given by its number or name.
pub(super) fn class(labels: &Labels, text: &str) -> Result<usize> {
    match labels.class(text) {
        Err(ExplainError::NoLabels { got }) => {
            bail!("expected the number of a class, got {got:?}; names need --labels")
        }
        found => Ok(found?),
    }
}
