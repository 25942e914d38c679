//! The HTTP API, one file per kind of data, and its OpenAPI document.

mod blobs;
mod curves;
mod events;
mod explain;
pub(crate) mod graphs;
mod groups;
mod histograms;
mod hparams;
mod layouts;
pub(crate) mod logdir;
mod media;
mod meshes;
mod meta;
mod models;
mod projector;
mod scalars;
mod series;
mod stats;
mod texts;
mod traces;
mod workspace;

use axum::extract::DefaultBodyLimit;
use utoipa::OpenApi;
use utoipa::openapi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::wire::{
    ApiError, Change, EmbeddingMetric, EmbeddingSource, MeshHeader, ProjectionFrame, ScalarHeader,
    Status, TraceSort, TraceWindow,
};

/// Path of the API below the path prefix.
pub(crate) const API_ROOT: &str = "/api/v1";

/// What the document says beside the routes themselves.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Glassboard",
        description = "The HTTP API of the Glassboard server.",
        license(name = "MIT OR Apache-2.0")
    ),
    components(schemas(
        Status,
        Change,
        ScalarHeader,
        EmbeddingMetric,
        EmbeddingSource,
        ProjectionFrame,
        MeshHeader,
        TraceSort,
        TraceWindow,
        ApiError
    ))
)]
struct Document;

/// Model files are larger than anything else that is sent.
fn uploads() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(graphs::upload))
        .layer(DefaultBodyLimit::max(graphs::MAX_UPLOAD_BYTES))
}

/// So may tables of vectors be.
fn embeddings() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(projector::upload))
        .layer(DefaultBodyLimit::max(projector::MAX_UPLOAD_BYTES))
}

/// Pictures are larger than other requests, and smaller than model files.
fn pictures() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(explain::send_picture))
        .layer(DefaultBodyLimit::max(explain::MAX_PICTURE_BYTES))
}

/// The handlers, and the document that describes them.
pub(crate) fn api() -> (axum::Router<App>, openapi::OpenApi) {
    let routes = OpenApiRouter::new()
        .routes(routes!(logdir::status))
        .routes(routes!(logdir::runs))
        .routes(routes!(logdir::tags))
        .routes(routes!(logdir::damage))
        .routes(routes!(events::events))
        .routes(routes!(scalars::one, scalars::many))
        .routes(routes!(stats::stats))
        .routes(routes!(groups::groups))
        .routes(routes!(media::images))
        .routes(routes!(media::audio))
        .routes(routes!(media::sound))
        .routes(routes!(blobs::blob))
        .routes(routes!(histograms::histograms))
        .routes(routes!(histograms::distributions))
        .routes(routes!(curves::curves))
        .routes(routes!(hparams::hparams))
        .routes(routes!(graphs::graphs))
        .routes(routes!(graphs::graph))
        .routes(routes!(graphs::node))
        .merge(uploads())
        .routes(routes!(projector::embeddings))
        .routes(routes!(projector::embedding))
        .merge(embeddings())
        .routes(routes!(projector::sprite))
        .routes(routes!(projector::bookmarks))
        .routes(routes!(projector::neighbors))
        .routes(routes!(projector::project))
        .routes(routes!(models::models))
        .routes(routes!(models::model))
        .merge(pictures())
        .routes(routes!(explain::picture))
        .routes(routes!(explain::labels))
        .routes(routes!(explain::explain))
        .routes(routes!(explain::result))
        .routes(routes!(explain::workers))
        .routes(routes!(texts::series))
        .routes(routes!(texts::content))
        .routes(routes!(meshes::meshes))
        .routes(routes!(meshes::mesh))
        .routes(routes!(meshes::data))
        .routes(routes!(traces::traces))
        .routes(routes!(traces::trace))
        .routes(routes!(traces::cancel))
        .routes(routes!(traces::categories))
        .routes(routes!(traces::operators))
        .routes(routes!(traces::kernels))
        .routes(routes!(traces::timeline))
        .routes(routes!(traces::search))
        .routes(routes!(traces::event))
        .routes(routes!(traces::file))
        .routes(routes!(layouts::layouts))
        .routes(routes!(workspace::read, workspace::replace))
        .routes(routes!(meta::openapi_document));
    OpenApiRouter::with_openapi(Document::openapi())
        .nest(API_ROOT, routes)
        .split_for_parts()
}
