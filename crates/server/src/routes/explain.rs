//! Pictures that are sent, what a model sees in them, and what was computed.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::app::App;
use crate::blob;
use crate::error::Failure;
use crate::explain::Explaining;
use crate::extract;
use crate::wire;

/// Largest picture or array that may be sent.
pub(crate) const MAX_PICTURE_BYTES: usize = 64 << 20;

/// Longest list of names.
const MAX_LABELS_BYTES: usize = 4 << 20;

/// Takes a picture (PNG or JPEG), or an input as a model takes it (`.npy`, float32), and keeps it in memory for a while.
#[utoipa::path(
    post,
    path = "/model/picture",
    tag = "models",
    operation_id = "sendPicture",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = wire::SentPicture),
        (status = 413, body = wire::ApiError),
        (status = 422, body = wire::ApiError),
        (status = 501, body = wire::ApiError)
    )
)]
pub(crate) async fn send_picture(
    State(app): State<App>,
    body: Bytes,
) -> Result<Json<wire::SentPicture>, Failure> {
    app.blocking(move |app| Ok(Json(app.explaining.take_picture(&body)?)))
        .await
}

/// A picture that was sent, as PNG, at most 512 pixels a side.
#[utoipa::path(
    get,
    path = "/model/picture/{name}",
    tag = "models",
    operation_id = "getPicture",
    params(("name" = String, Path, description = "`SentPicture::name`")),
    responses(
        (status = 200, description = "The picture", content_type = "image/png"),
        (status = 404, body = wire::ApiError)
    )
)]
pub(crate) async fn picture(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    app.blocking(move |app| {
        let png = app.explaining.picture(&name)?;
        blob::respond(png, &name, &headers)
    })
    .await
}

/// Reads names of classes: a line each, a JSON list, or `ImageNet`'s index.
#[utoipa::path(
    post,
    path = "/model/labels",
    tag = "models",
    operation_id = "readLabels",
    request_body(content = String, content_type = "text/plain"),
    responses((status = 200, body = wire::ClassNames), (status = 422, body = wire::ApiError))
)]
pub(crate) async fn labels(body: Bytes) -> Result<Json<wire::ClassNames>, Failure> {
    if body.len() > MAX_LABELS_BYTES {
        return Err(Failure::too_large(format!(
            "expected at most {MAX_LABELS_BYTES} bytes of names"
        )));
    }
    Explaining::labels(&String::from_utf8_lossy(&body)).map(Json)
}

/// Computes what a model sees. The answer comes line by line, each line one [`ExplainEvent`](wire::ExplainEvent), the
/// last one `done` or `failed`. Who closes the connection stops the work.
#[utoipa::path(
    post,
    path = "/model/explain",
    tag = "models",
    operation_id = "explain",
    request_body = wire::ExplainQuery,
    responses(
        (
            status = 200,
            description = "Lines of JSON",
            body = wire::ExplainEvent,
            content_type = "application/x-ndjson"
        ),
        (status = 400, body = wire::ApiError),
        (status = 404, body = wire::ApiError),
        (status = 501, body = wire::ApiError),
        (status = 503, body = wire::ApiError)
    )
)]
pub(crate) async fn explain(
    State(app): State<App>,
    extract::Json(query): extract::Json<wire::ExplainQuery>,
) -> Result<Response, Failure> {
    app.blocking(move |app| Explaining::start(app, query)).await
}

/// A picture (PNG) or an array (`.npy`) that was computed.
#[utoipa::path(
    get,
    path = "/model/results/{name}",
    tag = "models",
    operation_id = "getResult",
    params(("name" = String, Path, description = "The last part of a URL in `ExplainTile`")),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream"),
        (status = 404, body = wire::ApiError)
    )
)]
pub(crate) async fn result(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    app.blocking(move |app| {
        let bytes = app.explaining.result(&name)?;
        blob::respond(bytes, &name, &headers)
    })
    .await
}

/// What the worker threads do.
#[utoipa::path(
    get,
    path = "/workers",
    tag = "models",
    operation_id = "getWorkers",
    responses((status = 200, body = wire::WorkerCounts))
)]
pub(crate) async fn workers(State(app): State<App>) -> Json<wire::WorkerCounts> {
    let counts = app.workers.counts();
    Json(wire::WorkerCounts {
        running: counts.running as u64,
        waiting: counts.waiting as u64,
        finished: counts.finished,
        stopped: counts.stopped,
    })
}
