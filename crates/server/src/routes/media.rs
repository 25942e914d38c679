//! Where pictures and sounds are.

use axum::Json;
use axum::extract::State;

use super::series::{SeriesParams, by_step, find};
use crate::app::App;
use crate::error::Failure;
use crate::extract::Query;
use crate::wire;

/// Where the pictures of a series are.
#[utoipa::path(
    get,
    path = "/images",
    tag = "media",
    operation_id = "getImages",
    params(SeriesParams),
    responses(
        (status = 200, body = wire::BlobSeries),
        (status = 400, body = wire::ApiError),
        (status = 404, body = wire::ApiError)
    )
)]
pub(crate) async fn images(
    State(app): State<App>,
    Query(wanted): Query<SeriesParams>,
) -> Result<Json<wire::BlobSeries>, Failure> {
    app.blocking(move |app| blob_series(app, "images", &wanted))
        .await
}

/// Where the sounds of a series are.
#[utoipa::path(
    get,
    path = "/audio",
    tag = "media",
    operation_id = "getAudio",
    params(SeriesParams),
    responses(
        (status = 200, body = wire::BlobSeries),
        (status = 400, body = wire::ApiError),
        (status = 404, body = wire::ApiError)
    )
)]
pub(crate) async fn audio(
    State(app): State<App>,
    Query(wanted): Query<SeriesParams>,
) -> Result<Json<wire::BlobSeries>, Failure> {
    app.blocking(move |app| blob_series(app, "audio", &wanted))
        .await
}

fn blob_series(
    app: &App,
    plugin: &str,
    wanted: &SeriesParams,
) -> Result<Json<wire::BlobSeries>, Failure> {
    let (run, series) = find(app, plugin, &wanted.run, &wanted.tag)?;
    let steps = by_step(&series)
        .into_iter()
        .map(|entry| wire::BlobStep {
            step: entry.step,
            wall_time_secs: entry.wall_time_secs,
            superseded: entry.superseded,
            width: entry.media.width,
            height: entry.media.height,
            samples: (0..entry.media.samples)
                .map(|sample| format!("blobs/{}", app.keys.key(&entry.locator, sample)))
                .collect(),
        })
        .collect();
    Ok(Json(wire::BlobSeries {
        run: run.id().0,
        tag: wanted.tag.clone(),
        steps,
    }))
}
