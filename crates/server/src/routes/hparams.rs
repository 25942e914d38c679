//! Hyperparameters of all runs.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::error::Failure;
use crate::extract;
use crate::hparams::gather;
use crate::wire;

/// Most metrics of one request: each is looked up in every session.
const MAX_METRICS: usize = 100;

/// Hyperparameters of every run, merged: the union of all columns, how each session ended, and figures of metrics.
#[utoipa::path(
    post,
    path = "/hparams",
    tag = "hparams",
    operation_id = "queryHparams",
    request_body = wire::HparamsQuery,
    responses((status = 200, body = wire::Hparams), (status = 400, body = wire::ApiError))
)]
pub(crate) async fn hparams(
    State(app): State<App>,
    extract::Json(query): extract::Json<wire::HparamsQuery>,
) -> Result<Json<wire::Hparams>, Failure> {
    let asked = query.metrics.len();
    if asked > MAX_METRICS {
        return Err(Failure::bad_request(format!(
            "parameter metrics: expected at most {MAX_METRICS}, got {asked}"
        ))
        .about("metrics"));
    }
    app.blocking(move |app| {
        let snapshot = app.store.snapshot();
        Ok(Json(gather(&app.store, &app.hparams, &snapshot, &query)))
    })
    .await
}
