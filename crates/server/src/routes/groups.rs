//! Mean and band of groups of runs.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use glassboard_store::{Band, GroupRequest, RunId, ScalarSeries, Snapshot, XAxis, group_curve};

use super::scalars::smoothing_of;
use crate::app::App;
use crate::columns::{self, ColumnWriter};
use crate::error::Failure;
use crate::extract;
use crate::wire;

/// Most groups of one request.
const MAX_GROUPS: usize = 1_000;

/// Most runs in all groups of one request.
const MAX_RUNS: usize = 20_000;

/// Mean and band of groups of runs at the resolution they are drawn.
#[utoipa::path(
    post,
    path = "/scalars/groups",
    tag = "scalars",
    operation_id = "queryScalarGroups",
    request_body = wire::GroupQuery,
    responses(
        (
            status = 200,
            description = "Binary columns behind a `GroupHeader`",
            body = wire::GroupHeader,
            content_type = "application/x-glassboard-columns"
        ),
        (status = 400, body = wire::ApiError)
    )
)]
pub(crate) async fn groups(
    State(app): State<App>,
    extract::Json(query): extract::Json<wire::GroupQuery>,
) -> Result<Response, Failure> {
    let runs = query.groups.iter().map(|group| group.runs.len()).sum();
    for (what, got, most) in [
        ("groups", query.groups.len(), MAX_GROUPS),
        ("runs in all groups", runs, MAX_RUNS),
    ] {
        if got > most {
            return Err(Failure::bad_request(format!(
                "parameter groups: expected at most {most} {what}, got {got}"
            ))
            .about("groups"));
        }
    }
    app.blocking(move |app| {
        let snapshot = app.store.snapshot();
        let request = GroupRequest {
            x_min: query.x_min,
            x_max: query.x_max,
            pixels: query.pixels,
            x_log: query.x_log,
            smoothing: query.smoothing.map(smoothing_of),
            band: match query.band {
                wire::GroupBand::Std => Band::Std,
                wire::GroupBand::MinMax => Band::MinMax,
                wire::GroupBand::Confidence => Band::Confidence,
            },
        };
        let mut writer = ColumnWriter::default();
        let mut answered = Vec::with_capacity(query.groups.len());
        for group in &query.groups {
            let members = members(&snapshot, group, &query.x);
            let curve = group_curve(&members, &request)?;
            let columns = [
                ("x", &curve.x),
                ("mean", &curve.mean),
                ("lower", &curve.lower),
                ("upper", &curve.upper),
                ("count", &curve.count),
            ];
            let columns: BTreeMap<String, wire::ColumnRef> = columns
                .into_iter()
                .map(|(name, values)| (name.to_owned(), writer.column(values)))
                .collect();
            answered.push(wire::GroupSeries {
                runs: curve.runs,
                places_total: curve.places_total,
                reduced: curve.reduced,
                x_first: curve.x_first,
                x_last: curve.x_last,
                points: wire::ColumnSet {
                    count: curve.x.len() as u32,
                    columns,
                },
            });
        }
        let header = wire::GroupHeader {
            revision: snapshot.revision,
            groups: answered,
        };
        let bytes = writer.finish(&header)?;
        let content_type = HeaderValue::from_static(columns::CONTENT_TYPE);
        Ok(([(CONTENT_TYPE, content_type)], bytes).into_response())
    })
    .await
}

/// The series of a group's runs, each with its axis.
fn members(
    snapshot: &Snapshot,
    group: &wire::GroupRuns,
    axis: &wire::XAxis,
) -> Vec<(ScalarSeries, XAxis)> {
    let runs = group
        .runs
        .iter()
        .filter_map(|run| snapshot.run_by_id(RunId(*run)));
    runs.filter_map(|run| {
        let x = match axis {
            wire::XAxis::Step => XAxis::Step,
            wire::XAxis::Relative => XAxis::Relative,
            wire::XAxis::Wall => XAxis::Wall,
            wire::XAxis::Tag { tag } => XAxis::Tag(run.scalars(tag)?),
        };
        Some((run.scalars(&group.tag)?, x))
    })
    .collect()
}
