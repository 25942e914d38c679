//! Scalar series: as binary columns for charts, as JSON and CSV for people and scripts.

use axum::Json;
use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use glassboard_store::smooth::Smoothing;
use glassboard_store::{Columns, RunId, ScalarAnswer, ScalarRequest, Snapshot, XAxis};
use rayon::prelude::*;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::app::{App, run_by_name, unknown_tag};
use crate::columns::{self, ColumnWriter};
use crate::csv::{Cell, Csv};
use crate::error::Failure;
use crate::extract::{self, Query};
use crate::wire;

/// Most points in one answer when every point is asked for; up to 40 bytes each.
const MAX_POINTS: usize = 20_000_000;

/// Most pixel columns a chart is reduced to.
const MAX_PIXELS: u32 = 100_000;

/// Form of an answer.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// JSON.
    #[default]
    Json,
    /// Comma-separated values, quoted as RFC 4180 says.
    Csv,
}

/// One scalar series by name.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OneSeries {
    /// Name of the run.
    run: String,
    /// The tag.
    tag: String,
    /// `json` (the default) or `csv` with the header `Wall time,Step,Value`.
    #[serde(default)]
    #[param(inline)]
    format: Option<Format>,
    /// Width to reduce to, in pixels, as in `ScalarQuery`; 0 (the default): every point.
    #[serde(default)]
    pixels: u32,
}

/// One scalar series by name, for people and scripts.
#[utoipa::path(
    get,
    path = "/scalars",
    tag = "scalars",
    operation_id = "getScalars",
    params(OneSeries),
    responses(
        (status = 200, content((wire::ScalarColumnsJson = "application/json"), (String = "text/csv"))),
        (status = 400, body = wire::ApiError),
        (status = 404, body = wire::ApiError)
    )
)]
pub(crate) async fn one(
    State(app): State<App>,
    Query(wanted): Query<OneSeries>,
) -> Result<Response, Failure> {
    app.blocking(move |app| {
        let snapshot = app.store.snapshot();
        let run = run_by_name(&snapshot, &wanted.run)?;
        let series = run
            .scalars(&wanted.tag)
            .ok_or_else(|| unknown_tag(run, "scalars", &wanted.tag))?;
        let pixels = checked_pixels(wanted.pixels)?;
        let request = ScalarRequest {
            x: XAxis::Step,
            x_min: None,
            x_max: None,
            pixels,
            x_log: false,
            smoothing: None,
            superseded: false,
        };
        let points = series.len() as usize;
        refuse_too_many(pixels, points)?;
        let answer = series.query(&request)?;
        match wanted.format.unwrap_or_default() {
            Format::Json => Ok(Json(wire::ScalarColumnsJson {
                revision: snapshot.revision,
                series: vec![json_series(
                    run.id().0,
                    run.name().as_str(),
                    &wanted.tag,
                    answer,
                )],
            })
            .into_response()),
            Format::Csv => {
                let mut csv = Csv::new(&["Wall time", "Step", "Value"]);
                for (wall_time_secs, step, value) in points_of(&answer.live) {
                    csv.row([
                        Cell::Number(wall_time_secs),
                        Cell::Integer(step),
                        Cell::Number(value),
                    ]);
                }
                Ok(csv_response(csv))
            }
        }
    })
    .await
}

/// Many scalar series at the resolution they are drawn.
///
/// Answers with binary columns, or with JSON or CSV when `Accept` asks for one of these.
/// With a range of x, the nearest point beyond each end comes too, so that a line reaches
/// the edges of the chart.
#[utoipa::path(
    post,
    path = "/scalars",
    tag = "scalars",
    operation_id = "queryScalars",
    request_body = wire::ScalarQuery,
    responses(
        (
            status = 200,
            description = "Binary columns behind a `ScalarHeader`, JSON, or CSV",
            content(
                (wire::ScalarHeader = "application/x-glassboard-columns"),
                (wire::ScalarColumnsJson = "application/json"),
                (String = "text/csv")
            )
        ),
        (status = 400, body = wire::ApiError),
        (status = 413, body = wire::ApiError, description = "More points than fit one answer")
    )
)]
pub(crate) async fn many(
    State(app): State<App>,
    headers: HeaderMap,
    extract::Json(query): extract::Json<wire::ScalarQuery>,
) -> Result<Response, Failure> {
    let accept = Accepted::of(&headers);
    app.blocking(move |app| {
        let snapshot = app.store.snapshot();
        let axis = query.x.clone();
        let answers = answers(&snapshot, query)?;
        match accept {
            Accepted::Columns => columns_response(&snapshot, &axis, answers),
            Accepted::Json => Ok(Json(wire::ScalarColumnsJson {
                revision: snapshot.revision,
                series: answers
                    .into_iter()
                    .map(|one| json_series(one.run, &one.run_name, &one.tag, one.answer))
                    .collect(),
            })
            .into_response()),
            Accepted::Csv => Ok(csv_response(csv_of(&answers))),
        }
    })
    .await
}

/// What a client of [`many`] wants to have.
#[derive(Clone, Copy)]
enum Accepted {
    Columns,
    Json,
    Csv,
}

impl Accepted {
    /// Columns unless the first type named is another one that there is.
    fn of(headers: &HeaderMap) -> Self {
        let accept = headers
            .get(ACCEPT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        accept
            .split(',')
            .map(|range| range.split(';').next().unwrap_or_default().trim())
            .find_map(|range| match range {
                columns::CONTENT_TYPE => Some(Self::Columns),
                "application/json" => Some(Self::Json),
                "text/csv" => Some(Self::Csv),
                _ => None,
            })
            .unwrap_or(Self::Columns)
    }
}

/// One series of an answer.
struct Answered {
    run: u32,
    run_name: String,
    tag: String,
    answer: ScalarAnswer,
}

fn answers(snapshot: &Snapshot, query: wire::ScalarQuery) -> Result<Vec<Answered>, Failure> {
    let pixels = checked_pixels(query.pixels)?;
    if let (Some(min), Some(max)) = (query.x_min, query.x_max)
        && min > max
    {
        return Err(Failure::bad_request(format!(
            "parameter x_min: expected at most x_max, which is {max}, got {min}"
        ))
        .about("x_min"));
    }
    let smoothing = query.smoothing.map(smoothing_of);
    let mut asked = Vec::new();
    let mut points = 0;
    for wire::SeriesRef { run, tag } in query.series {
        let Some(run) = snapshot.run_by_id(RunId(run)) else {
            continue;
        };
        let Some(series) = run.scalars(&tag) else {
            continue;
        };
        let x = match &query.x {
            wire::XAxis::Step => XAxis::Step,
            wire::XAxis::Relative => XAxis::Relative,
            wire::XAxis::Wall => XAxis::Wall,
            wire::XAxis::Tag { tag } => match run.scalars(tag) {
                Some(axis) => XAxis::Tag(axis),
                None => continue,
            },
        };
        points += series.len() as usize;
        if query.superseded {
            points += series.superseded_len() as usize;
        }
        refuse_too_many(pixels, points)?;
        asked.push((run, tag, series, x));
    }
    asked
        .into_par_iter()
        .map(|(run, tag, series, x)| {
            let answer = series.query(&ScalarRequest {
                x,
                x_min: query.x_min,
                x_max: query.x_max,
                pixels,
                x_log: query.x_log,
                smoothing,
                superseded: query.superseded,
            })?;
            Ok(Answered {
                run: run.id().0,
                run_name: run.name().as_str().to_owned(),
                tag,
                answer,
            })
        })
        .collect()
}

pub(super) fn smoothing_of(smoothing: wire::Smoothing) -> Smoothing {
    match smoothing {
        wire::Smoothing::Exponential { weight } => Smoothing::Exponential { weight },
        wire::Smoothing::TimeWeighted { weight } => Smoothing::TimeWeighted { weight },
        wire::Smoothing::Gaussian { sigma } => Smoothing::Gaussian { sigma },
        wire::Smoothing::RunningMean { window } => Smoothing::RunningMean { window },
    }
}

fn checked_pixels(pixels: u32) -> Result<u32, Failure> {
    super::series::bounded("pixels", pixels, 0..=MAX_PIXELS)
}

fn refuse_too_many(pixels: u32, points: usize) -> Result<(), Failure> {
    if pixels == 0 && points > MAX_POINTS {
        return Err(Failure::too_large(format!(
            "expected at most {MAX_POINTS} points in one answer, got {points}; ask for fewer series, or for pixels"
        ))
        .about("pixels"));
    }
    Ok(())
}

fn columns_response(
    snapshot: &Snapshot,
    axis: &wire::XAxis,
    answers: Vec<Answered>,
) -> Result<Response, Failure> {
    let mut writer = ColumnWriter::default();
    let series = answers
        .into_iter()
        .map(
            |Answered {
                 run, tag, answer, ..
             }| wire::ScalarSeries {
                run,
                tag,
                points_total: answer.points_total,
                points_in_range: answer.points_in_range,
                superseded_total: answer.superseded_total,
                reduced: answer.reduced,
                nan: answer.nan,
                pos_inf: answer.pos_inf,
                neg_inf: answer.neg_inf,
                x_first: answer.x_first.filter(|x| x.is_finite()),
                x_last: answer.x_last.filter(|x| x.is_finite()),
                restarts: answer.restarts,
                live: writer.add(&answer.live, axis),
                superseded: answer
                    .superseded
                    .iter()
                    .map(|branch| writer.add(branch, axis))
                    .collect(),
            },
        )
        .collect();
    let header = wire::ScalarHeader {
        revision: snapshot.revision,
        series,
    };
    let bytes = writer.finish(&header)?;
    let content_type = HeaderValue::from_static(columns::CONTENT_TYPE);
    Ok(([(CONTENT_TYPE, content_type)], bytes).into_response())
}

fn json_series(
    run: u32,
    run_name: &str,
    tag: &str,
    answer: ScalarAnswer,
) -> wire::ScalarSeriesJson {
    let numbers = |values: Vec<f64>| values.into_iter().map(wire::JsonNumber::from).collect();
    wire::ScalarSeriesJson {
        run,
        run_name: run_name.to_owned(),
        tag: tag.to_owned(),
        step: answer.live.step,
        wall_time_secs: answer.live.wall_time_secs,
        value: numbers(answer.live.value),
        smoothed: answer.live.smoothed.map(numbers),
        reduced: answer.reduced,
    }
}

fn csv_of(answers: &[Answered]) -> Csv {
    let smoothed = answers.iter().any(|one| one.answer.live.smoothed.is_some());
    let header = ["Run", "Tag", "Wall time", "Step", "Value", "Smoothed"];
    let mut csv = Csv::new(if smoothed { &header } else { &header[..5] });
    for one in answers {
        let mut smooth = one.answer.live.smoothed.iter().flatten();
        for (wall_time_secs, step, value) in points_of(&one.answer.live) {
            let cells = [
                Cell::Text(&one.run_name),
                Cell::Text(&one.tag),
                Cell::Number(wall_time_secs),
                Cell::Integer(step),
                Cell::Number(value),
            ];
            csv.row(
                cells
                    .into_iter()
                    .chain(smooth.next().map(|&value| Cell::Number(value))),
            );
        }
    }
    csv
}

/// Wall time, step and value of each point.
fn points_of(points: &Columns) -> impl Iterator<Item = (f64, i64, f64)> + '_ {
    let times = points.wall_time_secs.iter().copied();
    let steps = points.step.iter().copied();
    let values = points.value.iter().copied();
    times
        .zip(steps)
        .zip(values)
        .map(|((time, step), value)| (time, step, value))
}

fn csv_response(csv: Csv) -> Response {
    let content_type = HeaderValue::from_static("text/csv; charset=utf-8");
    ([(CONTENT_TYPE, content_type)], csv.finish()).into_response()
}
