//! What the routes of single series have in common.

use std::sync::Arc;

use glassboard_store::{LocatorEntry, LocatorSeries, Run};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::{App, run_by_name, unknown_tag};
use crate::error::Failure;

/// A tag of a run, by name.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SeriesParams {
    /// Name of the run.
    pub(crate) run: String,
    /// The tag.
    pub(crate) tag: String,
}

/// The series of a plugin that a request names, with its run; 404 when there is none.
pub(crate) fn find(
    app: &App,
    plugin: &str,
    run: &str,
    tag: &str,
) -> Result<(Arc<Run>, LocatorSeries), Failure> {
    let snapshot = app.store.snapshot();
    let run = run_by_name(&snapshot, run)?;
    let series = run
        .blobs(plugin, tag)
        .ok_or_else(|| unknown_tag(run, plugin, tag))?;
    Ok((Arc::clone(run), series))
}

/// All entries: live ones in the order of their steps, each superseded one after the
/// live ones of smaller or equal step.
pub(crate) fn by_step(series: &LocatorSeries) -> Vec<&LocatorEntry> {
    let mut entries: Vec<&LocatorEntry> = series.entries().iter().collect();
    entries.sort_by_key(|entry| entry.step);
    entries
}

/// Refuses a number outside of its bounds.
pub(crate) fn bounded(
    parameter: &str,
    value: u32,
    bounds: std::ops::RangeInclusive<u32>,
) -> Result<u32, Failure> {
    if bounds.contains(&value) {
        Ok(value)
    } else {
        Err(Failure::bad_request(format!(
            "parameter {parameter}: expected {} to {}, got {value}",
            bounds.start(),
            bounds.end()
        ))
        .about(parameter))
    }
}
