//! The live stream.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::live::LiveHub;
use crate::wire;

/// What changes, as server-sent events.
///
/// `status` events carry a `Status`: at once, and whenever it has changed. `change`
/// events carry a `Change` when there is new data. Both come at most five times a second.
#[utoipa::path(
    get,
    path = "/events",
    tag = "logdir",
    operation_id = "streamEvents",
    responses((
        status = 200,
        description = "`status` and `change` events",
        body = wire::Change,
        content_type = "text/event-stream"
    ))
)]
pub(crate) async fn events(State(app): State<App>) -> Response {
    LiveHub::stream(&app).into_response()
}
