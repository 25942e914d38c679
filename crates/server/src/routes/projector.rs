//! Embeddings, what belongs to them, and their projections.

use axum::Json;
use axum::body::Body;
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
use crate::projector;
use crate::wire::{self, EmbeddingMetric};

/// Most neighbours of a point that are told.
const MAX_NEIGHBORS: u32 = 1_000;

/// Which embedding.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EmbeddingParams {
    /// The run's name.
    run: String,
    /// The embedding's name.
    name: String,
}

/// Which point of which embedding.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NeighborParams {
    /// The run's name.
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
        let found = projector::load(&app.store, &app.embeddings, &params.run, &params.name)?;
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
            notices: found.notices.clone(),
        }))
    })
    .await
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
        let (version, bytes) = projector::sprite_file(&app.store, &params.run, &params.name)?;
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
            &params.run,
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
        let found = projector::load(&app.store, &app.embeddings, &params.run, &params.name)?;
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
        .blocking(move |app| {
            projector::load(&app.store, &app.embeddings, &request.run, &request.name)
        })
        .await?;
    options.check(&embedding)?;
    let stop = app.live.stopping();
    let frames = app.projections.start(embedding, options, spherize, stop)?;
    let content_type = HeaderValue::from_static(projector::CONTENT_TYPE);
    Ok(([(CONTENT_TYPE, content_type)], Body::from_stream(frames)).into_response())
}
