//! Where pictures and sounds are.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use glassboard_events::proto::tensorboard::summary::value::Value;
use glassboard_store::StoredValue;

use super::series::{SeriesParams, by_step, find};
use crate::app::App;
use crate::error::Failure;
use crate::extract::Query;
use crate::markdown::markdown_to_html;
use crate::page::KEPT_FOR_GOOD;
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

/// What was logged beside a sound: its rate, length and label.
#[utoipa::path(
    get,
    path = "/audio/{key}",
    tag = "media",
    operation_id = "getSound",
    params(("key" = String, Path, description = "The last part of a URL in `BlobStep.about`")),
    responses((status = 200, body = wire::Sound), (status = 404, body = wire::ApiError))
)]
pub(crate) async fn sound(
    State(app): State<App>,
    Path(key): Path<String>,
) -> Result<Response, Failure> {
    app.blocking(move |app| {
        let key = app.keys.parse(&key)?;
        let sound = about(app.store.read_value(&key.locator)?, key.sample)
            .ok_or_else(|| Failure::not_found("this record holds no sound"))?;
        Ok(([(CACHE_CONTROL, KEPT_FOR_GOOD)], Json(sound)).into_response())
    })
    .await
}

fn about(value: StoredValue, sample: u32) -> Option<wire::Sound> {
    let label = value.label(sample as usize);
    let StoredValue::Summary(value) = value else {
        return None;
    };
    match value.value? {
        Value::Audio(audio) => Some(wire::Sound {
            sample_rate_hz: audio.sample_rate.into(),
            channels: audio.num_channels,
            frames: audio.length_frames,
            content_type: audio.content_type,
            label_html: String::new(),
        }),
        Value::Tensor(_) => Some(wire::Sound {
            label_html: markdown_to_html(&label),
            ..wire::Sound::default()
        }),
        _ => None,
    }
}

fn blob_series(
    app: &App,
    plugin: &str,
    wanted: &SeriesParams,
) -> Result<Json<wire::BlobSeries>, Failure> {
    let (run, series) = find(app, plugin, &wanted.run, &wanted.tag)?;
    let steps = by_step(&series)
        .into_iter()
        .map(|entry| {
            let urls = |route: &str| -> Vec<String> {
                let key = |sample| app.keys.key(&entry.locator, sample);
                let samples = 0..entry.media.samples;
                samples
                    .map(|sample| format!("{route}/{}", key(sample)))
                    .collect()
            };
            wire::BlobStep {
                step: entry.step,
                wall_time_secs: entry.wall_time_secs,
                superseded: entry.superseded,
                width: entry.media.width,
                height: entry.media.height,
                samples: urls("blobs"),
                about: if plugin == "audio" {
                    urls("audio")
                } else {
                    Vec::new()
                },
            }
        })
        .collect();
    Ok(Json(wire::BlobSeries {
        run: run.id().0,
        tag: wanted.tag.clone(),
        steps,
    }))
}
