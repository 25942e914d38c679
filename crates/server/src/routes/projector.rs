//! Embeddings, what belongs to them, and their projections.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::blob;
use crate::error::Failure;
use crate::extract::{self, Query};
use crate::projector::{self, SentFile};
use crate::wire::{self, EmbeddingMetric, EmbeddingSource};

pub(crate) use crate::projector::MAX_UPLOAD_BYTES;

/// Most neighbours of a point that are told.
const MAX_NEIGHBORS: u32 = 1_000;

/// Which embedding.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EmbeddingParams {
    /// Where it comes from.
    #[serde(default)]
    source: EmbeddingSource,
    /// The run's name; of no matter for what was sent.
    #[serde(default)]
    run: String,
    /// The embedding's name.
    name: String,
}

impl EmbeddingParams {
    /// The run's name. What was sent has neither pictures nor bookmarks.
    fn run(&self) -> Result<&str, Failure> {
        match self.source {
            EmbeddingSource::Run => Ok(&self.run),
            EmbeddingSource::Upload => Err(Failure::bad_request(
                "expected an embedding of a run: one that was sent has no such file",
            )
            .about("source")),
        }
    }
}

/// Files of an embedding. Where there are two, the body is the one and behind it the other.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EmbeddingUploadParams {
    /// Name of the file, for messages.
    name: String,
    /// Name of the other file, if there is one.
    other: Option<String>,
    /// How many bytes of the body are the first file, if there are two.
    bytes: Option<usize>,
}

/// Which point of which embedding.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NeighborParams {
    /// Where it comes from.
    #[serde(default)]
    source: EmbeddingSource,
    /// The run's name; of no matter for what was sent.
    #[serde(default)]
    run: String,
    /// The embedding's name.
    name: String,
    /// Position of the point.
    point: u32,
    /// How many, at most 1,000.
    #[serde(default = "hundred")]
    k: u32,
    /// What near means.
    #[serde(default)]
    metric: EmbeddingMetric,
}

fn hundred() -> u32 {
    100
}

/// Every embedding of every run.
#[utoipa::path(
    get,
    path = "/embeddings",
    tag = "projector",
    operation_id = "listEmbeddings",
    responses((status = 200, body = wire::EmbeddingList))
)]
pub(crate) async fn embeddings(
    State(app): State<App>,
) -> Result<Json<wire::EmbeddingList>, Failure> {
    app.blocking(|app| Ok(Json(projector::list(&app.store))))
        .await
}

/// How many points an embedding has, and what is known of them.
#[utoipa::path(
    get,
    path = "/embedding",
    tag = "projector",
    operation_id = "getEmbedding",
    params(EmbeddingParams),
    responses((status = 200, body = wire::Embedding), (status = 404, body = wire::ApiError))
)]
pub(crate) async fn embedding(
    State(app): State<App>,
    Query(params): Query<EmbeddingParams>,
) -> Result<Json<wire::Embedding>, Failure> {
    app.blocking(move |app| {
        let found = find(app, params.source, &params.run, &params.name)?;
        Ok(Json(wire::Embedding {
            points: found.points.nrows() as u64,
            dimensions: found.points.ncols() as u64,
            columns: found.columns.clone(),
            sprite: found.sprite.map(|sprite| wire::EmbeddingSprite {
                version: found.sprite_version.clone(),
                width: sprite.width,
                height: sprite.height,
                image_width: sprite.image_width,
                image_height: sprite.image_height,
            }),
            has_bookmarks: found.has_bookmarks,
            file_name: found.file_name.clone(),
            notices: found.notices.clone(),
        }))
    })
    .await
}

fn find(
    app: &App,
    source: EmbeddingSource,
    run: &str,
    name: &str,
) -> Result<Arc<projector::Embedding>, Failure> {
    match source {
        EmbeddingSource::Run => projector::load(&app.store, &app.embeddings, run, name),
        EmbeddingSource::Upload => app.sent_embeddings.get(name),
    }
}

/// Takes vectors, as text with a line for each point and tabs between its numbers or as NumPy saves them, and maybe
/// metadata beside them: which of two files is which, their content says. What is read is kept for a while, in memory alone.
#[utoipa::path(
    post,
    path = "/embedding/upload",
    tag = "projector",
    operation_id = "uploadEmbedding",
    params(EmbeddingUploadParams),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = wire::EmbeddingUpload),
        (status = 400, body = wire::ApiError),
        (status = 413, body = wire::ApiError),
        (status = 415, body = wire::ApiError),
        (status = 422, body = wire::ApiError)
    )
)]
pub(crate) async fn upload(
    State(app): State<App>,
    Query(params): Query<EmbeddingUploadParams>,
    extract::File(body): extract::File,
) -> Result<Json<wire::EmbeddingUpload>, Failure> {
    app.blocking(move |app| {
        let (file, other) = two_files(&params, &body)?;
        let embedding = projector::read_sent(file, other)?;
        let file_name = embedding.file_name.clone().unwrap_or_default();
        let name = app.sent_embeddings.put(embedding)?;
        Ok(Json(wire::EmbeddingUpload { name, file_name }))
    })
    .await
}

/// The files in a body.
fn two_files<'a>(
    params: &'a EmbeddingUploadParams,
    body: &'a Bytes,
) -> Result<(SentFile<'a>, Option<SentFile<'a>>), Failure> {
    let EmbeddingUploadParams { name, other, bytes } = params;
    let Some(other) = other else {
        return Ok((SentFile { name, bytes: body }, None));
    };
    let split = bytes.and_then(|bytes| body.split_at_checked(bytes));
    let (first, second) = split.ok_or_else(|| {
        let got = bytes.map_or_else(|| "none".to_owned(), |bytes| bytes.to_string());
        Failure::bad_request(format!(
            "parameter bytes: expected 0 to {} for the first of two files, got {got}",
            body.len()
        ))
        .about("bytes")
    })?;
    let other = SentFile {
        name: other,
        bytes: second,
    };
    Ok((SentFile { name, bytes: first }, Some(other)))
}

/// The sprite of an embedding: a PNG or JPEG file.
#[utoipa::path(
    get,
    path = "/embedding/sprite",
    tag = "projector",
    operation_id = "getEmbeddingSprite",
    params(EmbeddingParams),
    responses(
        (status = 200, body = Vec<u8>, content_type = "image/png"),
        (status = 403, body = wire::ApiError),
        (status = 404, body = wire::ApiError)
    )
)]
pub(crate) async fn sprite(
    State(app): State<App>,
    Query(params): Query<EmbeddingParams>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    app.blocking(move |app| {
        let (version, bytes) = projector::sprite_file(&app.store, params.run()?, &params.name)?;
        blob::respond(bytes, &version, &headers)
    })
    .await
}

/// The bookmarks of an embedding, as their file has them.
#[utoipa::path(
    get,
    path = "/embedding/bookmarks",
    tag = "projector",
    operation_id = "getEmbeddingBookmarks",
    params(EmbeddingParams),
    responses(
        (status = 200, body = serde_json::Value),
        (status = 403, body = wire::ApiError),
        (status = 404, body = wire::ApiError),
        (status = 422, body = wire::ApiError)
    )
)]
pub(crate) async fn bookmarks(
    State(app): State<App>,
    Query(params): Query<EmbeddingParams>,
) -> Result<Json<serde_json::Value>, Failure> {
    app.blocking(move |app| {
        Ok(Json(projector::bookmarks(
            &app.store,
            params.run()?,
            &params.name,
        )?))
    })
    .await
}

/// The points nearest to one of an embedding, exactly.
#[utoipa::path(
    get,
    path = "/embedding/neighbors",
    tag = "projector",
    operation_id = "getEmbeddingNeighbors",
    params(NeighborParams),
    responses(
        (status = 200, body = wire::EmbeddingNeighbors),
        (status = 400, body = wire::ApiError),
        (status = 404, body = wire::ApiError)
    )
)]
pub(crate) async fn neighbors(
    State(app): State<App>,
    Query(params): Query<NeighborParams>,
) -> Result<Json<wire::EmbeddingNeighbors>, Failure> {
    app.blocking(move |app| {
        let found = find(app, params.source, &params.run, &params.name)?;
        let k = params.k.min(MAX_NEIGHBORS) as usize;
        let near = projector::neighbors(&found, params.point as usize, k, params.metric)?;
        Ok(Json(wire::EmbeddingNeighbors {
            points: near.iter().map(|(point, _)| *point as u32).collect(),
            distances: near.iter().map(|(_, distance)| *distance).collect(),
        }))
    })
    .await
}

/// Projects an embedding. The answer tells how far it is while it is made; closing the connection stops the work.
#[utoipa::path(
    post,
    path = "/projection",
    tag = "projector",
    operation_id = "project",
    request_body = wire::ProjectionRequest,
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/x-glassboard-projection"),
        (status = 400, body = wire::ApiError),
        (status = 404, body = wire::ApiError),
        (status = 413, body = wire::ApiError)
    )
)]
pub(crate) async fn project(
    State(app): State<App>,
    extract::Json(request): extract::Json<wire::ProjectionRequest>,
) -> Result<Response, Failure> {
    let options = projector::options(&request)?;
    let spherize = request.spherize;
    let embedding = app
        .blocking(move |app| find(app, request.source, &request.run, &request.name))
        .await?;
    options.check(&embedding)?;
    let stop = app.live.stopping();
    let frames = app.projections.start(embedding, options, spherize, stop)?;
    let content_type = HeaderValue::from_static(projector::CONTENT_TYPE);
    Ok(([(CONTENT_TYPE, content_type)], Body::from_stream(frames)).into_response())
}
