//! What a person changed about the runs.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::error::Failure;
use crate::extract;
use crate::wire;

/// What a person changed, kept beside the logs.
#[utoipa::path(
    get,
    path = "/workspace",
    tag = "workspace",
    operation_id = "getWorkspace",
    responses((status = 200, body = wire::Workspace), (status = 500, body = wire::ApiError))
)]
pub(crate) async fn read(State(app): State<App>) -> Result<Json<wire::Workspace>, Failure> {
    app.blocking(|app| app.workspace.read().map(Json)).await
}

/// Replaces what is kept. The answer is what is kept now.
#[utoipa::path(
    put,
    path = "/workspace",
    tag = "workspace",
    operation_id = "putWorkspace",
    request_body = wire::Workspace,
    responses(
        (status = 200, body = wire::Workspace),
        (status = 400, body = wire::ApiError),
        (status = 403, body = wire::ApiError, description = "The log directory cannot be written"),
        (status = 413, body = wire::ApiError)
    )
)]
pub(crate) async fn replace(
    State(app): State<App>,
    extract::Json(workspace): extract::Json<wire::Workspace>,
) -> Result<Json<wire::Workspace>, Failure> {
    app.blocking(move |app| {
        app.workspace.write(&workspace)?;
        Ok(Json(workspace))
    })
    .await
}
