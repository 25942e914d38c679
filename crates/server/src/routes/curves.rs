//! Precision-recall, ROC and DET curves at a step.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use glassboard_store::{LocatorEntry, LocatorSeries, Run, RunId};

use crate::app::App;
use crate::curve::{Problem, Rows};
use crate::error::Failure;
use crate::extract;
use crate::wire::{self, CurvePlugin};

/// Most series of one request: each is a record to read.
const MAX_SERIES: usize = 1_000;

/// Curves of many series at one step, with their areas and best points.
#[utoipa::path(
    post,
    path = "/curves",
    tag = "curves",
    operation_id = "queryCurves",
    request_body = wire::CurveQuery,
    responses((status = 200, body = wire::CurveList), (status = 400, body = wire::ApiError))
)]
pub(crate) async fn curves(
    State(app): State<App>,
    extract::Json(query): extract::Json<wire::CurveQuery>,
) -> Result<Json<wire::CurveList>, Failure> {
    let asked = query.series.len();
    if asked > MAX_SERIES {
        return Err(Failure::bad_request(format!(
            "parameter series: expected at most {MAX_SERIES}, got {asked}"
        ))
        .about("series"));
    }
    app.blocking(move |app| {
        let snapshot = app.store.snapshot();
        let mut series = Vec::with_capacity(asked);
        for wanted in &query.series {
            let Some(run) = snapshot.run_by_id(RunId(wanted.run)) else {
                continue;
            };
            if let Some(found) = run.blobs(wanted.plugin.name(), &wanted.tag) {
                series.push(series_at(app, run, wanted, &found, &query));
            }
        }
        Ok(Json(wire::CurveList { series }))
    })
    .await
}

fn series_at(
    app: &App,
    run: &Arc<Run>,
    wanted: &wire::CurveRef,
    series: &LocatorSeries,
    query: &wire::CurveQuery,
) -> wire::CurveSeries {
    let live: Vec<&LocatorEntry> = series.live().collect();
    let chosen = match query.step {
        None => live.last(),
        Some(step) => {
            let behind = live.partition_point(|entry| entry.step <= step);
            live.get(behind.saturating_sub(1))
        }
    };
    let read = |entry: &LocatorEntry| curve(app, wanted.plugin, entry);
    let mut superseded = Vec::new();
    if let (true, Some(chosen)) = (query.superseded, chosen) {
        let branches = series.entries().iter();
        superseded = branches
            .filter(|entry| entry.superseded && entry.step == chosen.step)
            .map(read)
            .collect();
    }
    wire::CurveSeries {
        run: wanted.run,
        run_name: run.name().as_str().to_owned(),
        plugin: wanted.plugin,
        tag: wanted.tag.clone(),
        steps: live.iter().map(|entry| entry.step).collect(),
        wall_time_secs: live.iter().map(|entry| entry.wall_time_secs).collect(),
        superseded_total: (series.entries().len() - live.len()) as u64,
        curve: chosen.map(|entry| read(entry)),
        superseded,
    }
}

/// The curve of an entry; where it cannot be read, one without points that says why.
fn curve(app: &App, plugin: CurvePlugin, entry: &LocatorEntry) -> wire::Curve {
    let (step, wall_time_secs) = (entry.step, entry.wall_time_secs);
    let rows = app
        .store
        .read_value(&entry.locator)
        .map_err(|error| Problem {
            kind: wire::CurveProblemKind::Unreadable,
            message: error.to_string(),
        })
        .and_then(|value| Rows::of(value, plugin));
    let (mut curve, problem) = match rows {
        Ok(rows) => rows.curve(step, wall_time_secs),
        Err(problem) => (wire::Curve::empty(step, wall_time_secs), Some(problem)),
    };
    curve.problem = problem.map(|Problem { kind, message }| wire::CurveProblem {
        kind,
        path: app.store.path_of(&entry.locator).unwrap_or_default(),
        message,
    });
    curve
}
