//! Everything put together: routes, page, guard, compression.

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use axum::http::uri::{PathAndQuery, Uri};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt as _;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, Predicate, SizeAbove};

use crate::app::App;
use crate::error::Failure;
use crate::page::page;
use crate::routes::{API_ROOT, api};
use crate::security::{Guard, guard};

/// Longest request body: a request for tens of thousands of series, or a workspace.
const MAX_BODY_BYTES: usize = 8 << 20;

/// Smallest answer worth compressing.
const MIN_COMPRESSED_BYTES: u64 = 1024;

/// A level at which compressing takes no longer than sending over a fast network.
const COMPRESSION: CompressionLevel = CompressionLevel::Precise(4);

/// The whole server as one service; `prefix` is empty or like `/a/b`.
pub(crate) fn router(app: App, access: Guard, prefix: &str) -> Router {
    let (routes, _) = api();
    let inner = routes
        .method_not_allowed_fallback(wrong_method)
        .fallback(page)
        .layer(from_fn(answer_headers))
        .with_state(app);
    let whole = if prefix.is_empty() {
        inner
    } else {
        Router::new().fallback(below_prefix).with_state(Prefixed {
            prefix: prefix.to_owned(),
            inner,
        })
    };
    whole
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(CatchPanicLayer::custom(|_| {
            Failure::internal("the server made a mistake with this request; it goes on")
                .into_response()
        }))
        .layer(from_fn_with_state(access, guard))
        .layer(
            CompressionLayer::new()
                .quality(COMPRESSION)
                .compress_when(compressible()),
        )
}

/// Text only: blobs are compressed already, and columns of floats do not shrink much.
fn compressible() -> And<SizeAbove, impl Predicate> {
    SizeAbove::new(MIN_COMPRESSED_BYTES).and(
        |_: StatusCode,
         _: axum::http::Version,
         headers: &axum::http::HeaderMap,
         _: &axum::http::Extensions| {
            let content_type = headers
                .get(CONTENT_TYPE)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            let essence = content_type.split(';').next().unwrap_or_default();
            (essence.starts_with("text/") && essence != "text/event-stream")
                || matches!(
                    essence,
                    "application/json" | "image/svg+xml" | "application/wasm"
                )
        },
    )
}

/// Answers of the API are asked for again each time unless they say otherwise.
async fn answer_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn wrong_method(request: Request) -> Failure {
    Failure::method_not_allowed(format!(
        "{} cannot be used with {}; see {API_ROOT}/openapi.json",
        request.method(),
        request.uri().path()
    ))
}

/// The server below a path prefix.
#[derive(Clone)]
struct Prefixed {
    prefix: String,
    inner: Router,
}

/// Takes the prefix off and hands the request on; everything outside of it is not there.
async fn below_prefix(State(place): State<Prefixed>, mut request: Request<Body>) -> Response {
    let Prefixed { prefix, inner } = place;
    let path = request.uri().path();
    let Some(rest) = path.strip_prefix(&prefix) else {
        return Failure::not_found(format!("no route {path}; everything is below {prefix}/"))
            .into_response();
    };
    if rest.is_empty() {
        return to_folder(&prefix, request.uri().query());
    }
    if !rest.starts_with('/') {
        return Failure::not_found(format!("no route {path}; everything is below {prefix}/"))
            .into_response();
    }
    let target = match request.uri().query() {
        Some(query) => format!("{rest}?{query}"),
        None => rest.to_owned(),
    };
    match PathAndQuery::try_from(target) {
        Ok(target) => *request.uri_mut() = Uri::from(target),
        Err(error) => return Failure::bad_request(error.to_string()).into_response(),
    }
    match inner.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Sends `/a/b` to `/a/b/`, relatively, since a proxy may have taken more off.
fn to_folder(prefix: &str, query: Option<&str>) -> Response {
    let last = prefix.rsplit('/').next().unwrap_or_default();
    let target = match query {
        Some(query) => format!("{last}/?{query}"),
        None => format!("{last}/"),
    };
    let mut response = StatusCode::PERMANENT_REDIRECT.into_response();
    if let Ok(target) = HeaderValue::from_str(&target) {
        response.headers_mut().insert(LOCATION, target);
    }
    response
}
