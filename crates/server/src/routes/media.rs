//! Where pictures and sounds are.

use axum::Json;
use axum::extract::State;
use glassboard_events::proto::tensorboard::summary::{self, value::Value};
use glassboard_store::{LocatorEntry, StoredValue};

use super::blobs::sample_count;
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
        .map(|entry| {
            let facts = Facts::read(app, entry);
            wire::BlobStep {
                step: entry.step,
                wall_time_secs: entry.wall_time_secs,
                superseded: entry.superseded,
                width: facts.width,
                height: facts.height,
                samples: (0..facts.samples)
                    .map(|sample| format!("blobs/{}", app.keys.key(&entry.locator, sample)))
                    .collect(),
            }
        })
        .collect();
    Ok(Json(wire::BlobSeries {
        run: run.id().0,
        tag: wanted.tag.clone(),
        steps,
    }))
}

/// What is listed of a picture or sound beside where it is.
#[derive(Default)]
struct Facts {
    width: u32,
    height: u32,
    samples: u32,
}

impl Facts {
    fn read(app: &App, entry: &LocatorEntry) -> Self {
        let Ok(StoredValue::Summary(summary::Value {
            value: Some(value), ..
        })) = app.store.read_value(&entry.locator)
        else {
            return Self::default();
        };
        match value {
            Value::Image(image) => Self {
                width: image.width.max(0) as u32,
                height: image.height.max(0) as u32,
                samples: 1,
            },
            Value::Tensor(tensor) => Self {
                samples: sample_count(&tensor),
                ..Self::default()
            },
            _ => Self {
                samples: 1,
                ..Self::default()
            },
        }
    }
}
