//! Custom-scalar layouts, merged over all runs.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use glassboard_events::proto::custom_scalar::{Category, Chart, Layout, chart};
use glassboard_events::proto::tensorboard::summary::value::Value;
use glassboard_store::{Run, Snapshot, StoredValue};
use prost::Message as _;
use regex::{Regex, RegexBuilder};

use crate::app::App;
use crate::error::Failure;
use crate::natural::natural_cmp;
use crate::wire;

/// Plugin name of layouts in the summary metadata.
const PLUGIN: &str = "custom_scalars";

/// Tag under which a run's layout is logged.
const TAG: &str = "custom_scalars__config__";

/// Most memory that one compiled pattern may take.
const MAX_REGEX_BYTES: usize = 1 << 20;

/// Custom-scalar layouts of all runs, merged by category title.
#[utoipa::path(
    get,
    path = "/layouts",
    tag = "scalars",
    operation_id = "getLayouts",
    responses((status = 200, body = wire::LayoutList))
)]
pub(crate) async fn layouts(State(app): State<App>) -> Result<Json<wire::LayoutList>, Failure> {
    app.blocking(|app| {
        let snapshot = app.store.snapshot();
        let mut runs: Vec<_> = snapshot.runs().iter().collect();
        runs.sort_by(|a, b| a.name().cmp(b.name()));
        let layouts = runs.into_iter().filter_map(|run| layout(app, run));
        let tags = scalar_tags(&snapshot);
        Ok(Json(wire::LayoutList {
            categories: merge(layouts)
                .into_iter()
                .map(|category| wire_category(category, &tags))
                .collect(),
        }))
    })
    .await
}

/// The layout a run has logged last. One that cannot be read does not hide the others:
/// a damaged record is reported where all damage is.
fn layout(app: &App, run: &Run) -> Option<Layout> {
    let series = run.blobs(PLUGIN, TAG)?;
    let entry = series.live().last()?;
    let StoredValue::Summary(value) = app.store.read_value(&entry.locator).ok()? else {
        return None;
    };
    let Value::Tensor(tensor) = value.value? else {
        return None;
    };
    Layout::decode(tensor.string_val.first()?.as_slice()).ok()
}

/// Joins categories of the same title; a chart that is already there is not repeated.
fn merge(layouts: impl Iterator<Item = Layout>) -> Vec<Category> {
    let mut merged: Vec<Category> = Vec::new();
    for category in layouts.flat_map(|layout| layout.category) {
        match merged
            .iter_mut()
            .find(|known| known.title == category.title)
        {
            Some(known) => {
                for chart in category.chart {
                    if !known.chart.contains(&chart) {
                        known.chart.push(chart);
                    }
                }
            }
            None => merged.push(category),
        }
    }
    merged
}

/// All scalar tags of all runs in natural order.
fn scalar_tags(snapshot: &Snapshot) -> Vec<&str> {
    let tags: BTreeSet<&str> = snapshot
        .runs()
        .iter()
        .flat_map(|run| run.tags())
        .filter(|info| &*info.plugin == "scalars")
        .map(|info| info.tag.as_str())
        .collect();
    let mut tags: Vec<&str> = tags.into_iter().collect();
    tags.sort_by(|a, b| natural_cmp(a, b));
    tags
}

fn wire_category(category: Category, scalar_tags: &[&str]) -> wire::LayoutCategory {
    wire::LayoutCategory {
        title: category.title,
        closed: category.closed,
        charts: category
            .chart
            .into_iter()
            .map(|chart| wire_chart(chart, scalar_tags))
            .collect(),
    }
}

fn wire_chart(chart: Chart, scalar_tags: &[&str]) -> wire::LayoutChart {
    let mut wire_chart = wire::LayoutChart {
        title: chart.title,
        multiline: Vec::new(),
        multiline_tags: Vec::new(),
        margin: Vec::new(),
        problems: Vec::new(),
    };
    match chart.content {
        Some(chart::Content::Multiline(lines)) => {
            let mut patterns = Vec::new();
            for pattern in &lines.tag {
                match anchored(pattern) {
                    Ok(regex) => patterns.push(regex),
                    Err(error) => wire_chart.problems.push(format!(
                        "{pattern:?} is no regular expression that can be used here: {error}"
                    )),
                }
            }
            wire_chart.multiline_tags = scalar_tags
                .iter()
                .filter(|tag| patterns.iter().any(|pattern| pattern.is_match(tag)))
                .map(|&tag| tag.to_owned())
                .collect();
            wire_chart.multiline = lines.tag;
        }
        Some(chart::Content::Margin(margin)) => {
            wire_chart.margin = margin
                .series
                .into_iter()
                .map(|series| wire::MarginSeries {
                    value: series.value,
                    lower: series.lower,
                    upper: series.upper,
                })
                .collect();
        }
        None => {}
    }
    wire_chart
}

/// The pattern as Python's `re.match` reads it: from the start, not necessarily to the end.
fn anchored(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&format!("^(?:{pattern})"))
        .size_limit(MAX_REGEX_BYTES)
        .dfa_size_limit(MAX_REGEX_BYTES)
        .build()
}
