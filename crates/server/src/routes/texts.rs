//! Texts: where they are, and each as strings and as HTML.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};

use super::series::{SeriesParams, by_step, find};
use crate::app::App;
use crate::error::Failure;
use crate::extract::Query;
use crate::markdown::tensor_to_html;
use crate::page::KEPT_FOR_GOOD;
use crate::wire;

/// The steps of a text series.
#[utoipa::path(
    get,
    path = "/texts",
    tag = "text",
    operation_id = "getTexts",
    params(SeriesParams),
    responses(
        (status = 200, body = wire::TextSeries),
        (status = 400, body = wire::ApiError),
        (status = 404, body = wire::ApiError)
    )
)]
pub(crate) async fn series(
    State(app): State<App>,
    Query(wanted): Query<SeriesParams>,
) -> Result<Json<wire::TextSeries>, Failure> {
    app.blocking(move |app| {
        let (run, series) = find(app, "text", &wanted.run, &wanted.tag)?;
        let steps = by_step(&series)
            .into_iter()
            .map(|entry| wire::TextStep {
                step: entry.step,
                wall_time_secs: entry.wall_time_secs,
                superseded: entry.superseded,
                url: format!("texts/{}", app.keys.key(&entry.locator, 0)),
            })
            .collect();
        Ok(Json(wire::TextSeries {
            run: run.id().0,
            tag: wanted.tag,
            steps,
        }))
    })
    .await
}

/// One text, raw and as sanitised HTML.
#[utoipa::path(
    get,
    path = "/texts/{key}",
    tag = "text",
    operation_id = "getText",
    params(("key" = String, Path, description = "The last part of a `TextStep` URL")),
    responses((status = 200, body = wire::TextContent), (status = 404, body = wire::ApiError))
)]
pub(crate) async fn content(
    State(app): State<App>,
    Path(key): Path<String>,
) -> Result<Response, Failure> {
    app.blocking(move |app| {
        let key = app.keys.parse(&key)?;
        let (shape, raw) = app
            .store
            .read_value(&key.locator)?
            .strings()
            .ok_or_else(|| Failure::not_found("this record holds no text"))?;
        let html = tensor_to_html(&shape, &raw);
        let answer = Json(wire::TextContent { shape, raw, html });
        Ok(([(CACHE_CONTROL, KEPT_FOR_GOOD)], answer).into_response())
    })
    .await
}
