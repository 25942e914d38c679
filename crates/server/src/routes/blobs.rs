//! The bytes of single pictures and sounds.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::app::App;
use crate::blob;
use crate::error::Failure;
use crate::wire;

/// The bytes of one picture or sound, whole or in ranges.
///
/// The content type is found from the bytes; what is none of the known formats is offered
/// as a download. The bytes under a key never change.
#[utoipa::path(
    get,
    path = "/blobs/{key}",
    tag = "media",
    operation_id = "getBlob",
    params(("key" = String, Path, description = "The last part of a URL in `BlobStep`")),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream"),
        (status = 206, description = "The range asked for", content_type = "application/octet-stream"),
        (status = 304, description = "The client has these bytes already"),
        (status = 404, body = wire::ApiError),
        (status = 416, body = wire::ApiError)
    )
)]
pub(crate) async fn blob(
    State(app): State<App>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    app.blocking(move |app| {
        let parsed = app.keys.parse(&key)?;
        let value = app.store.read_value(&parsed.locator)?;
        let bytes = value
            .sample(parsed.sample as usize)
            .ok_or_else(|| Failure::not_found(format!("no picture or sound under {key:?}")))?;
        blob::respond(bytes.to_vec(), &key, &headers)
    })
    .await
}
