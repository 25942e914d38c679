//! Exact figures over a range of steps.

use axum::Json;
use axum::extract::State;
use glassboard_store::{Point, RunId};

use super::scalars::smoothing_of;
use crate::app::App;
use crate::error::Failure;
use crate::extract;
use crate::wire::{self, JsonNumber, StatPoint};

/// Exact figures of many series over a range of steps.
#[utoipa::path(
    post,
    path = "/scalars/stats",
    tag = "scalars",
    operation_id = "queryScalarStats",
    request_body = wire::ScalarStatsQuery,
    responses((status = 200, body = wire::ScalarStatsList), (status = 400, body = wire::ApiError))
)]
pub(crate) async fn stats(
    State(app): State<App>,
    extract::Json(query): extract::Json<wire::ScalarStatsQuery>,
) -> Result<Json<wire::ScalarStatsList>, Failure> {
    if let (Some(min), Some(max)) = (query.step_min, query.step_max)
        && min > max
    {
        return Err(Failure::bad_request(format!(
            "parameter step_min: expected at most step_max, which is {max}, got {min}"
        ))
        .about("step_min"));
    }
    app.blocking(move |app| {
        let snapshot = app.store.snapshot();
        let smoothing = query.smoothing.map(smoothing_of);
        let mut series = Vec::new();
        for wire::SeriesRef { run, tag } in query.series {
            let Some(scalars) = snapshot
                .run_by_id(RunId(run))
                .and_then(|run| run.scalars(&tag))
            else {
                continue;
            };
            let stats = scalars.stats(query.step_min, query.step_max, smoothing)?;
            series.push(wire::ScalarStats {
                run,
                tag,
                count: stats.count,
                non_finite: stats.non_finite,
                min: stats.min.map(stat_point),
                max: stats.max.map(stat_point),
                mean: stats.mean.filter(|mean| mean.is_finite()),
                first: stats.first.map(stat_point),
                last: stats.last.map(stat_point),
                first_smoothed: stats.first_smoothed.map(JsonNumber::from),
                last_smoothed: stats.last_smoothed.map(JsonNumber::from),
            });
        }
        Ok(Json(wire::ScalarStatsList { series }))
    })
    .await
}

fn stat_point(point: Point) -> StatPoint {
    StatPoint {
        step: point.step,
        wall_time_secs: point.wall_time_secs,
        value: point.value.into(),
    }
}
