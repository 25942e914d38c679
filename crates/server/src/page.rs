//! The page that is embedded in the binary.
//!
//! Its files address each other and the API relative to `<base href>`, which is set for
//! each answer by how deep the page's own path is. So it works under every path prefix,
//! and behind proxies that take a prefix off.

use axum::extract::Request;
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::error::Failure;
use crate::routes::API_ROOT;

/// `Cache-Control` of what never changes under its name. Private: it may be behind a token.
pub(crate) const KEPT_FOR_GOOD: &str = "private, max-age=31536000, immutable";

/// `Cache-Control` of what is asked for again each time.
const ASKED_AGAIN: &str = "no-cache";

/// Folder of files whose names contain a hash of their content.
const HASHED: &str = "assets/";

/// What the page may load and do. Pictures may come from elsewhere since logged Markdown
/// may contain them, as in TensorBoard; frames of the same machine are notebooks.
const PAGE_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data: blob: https:; media-src 'self' data: blob:; font-src 'self' data:; \
     connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; \
     form-action 'self'; frame-ancestors 'self' http://localhost:* http://127.0.0.1:*";

/// The built page; the build script puts it there.
#[derive(RustEmbed)]
#[folder = "$GLASSBOARD_PAGE"]
struct Files;

/// The page as one script and one style sheet, for a file that is opened without a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotPage {
    /// An ECMAScript module that imports nothing.
    pub script: String,
    /// CSS that names no other file.
    pub style: String,
}

/// The page for snapshots; `None` in a program that was built with a page without it.
pub fn snapshot_page() -> Option<SnapshotPage> {
    let text = |name| {
        let file = Files::get(name)?;
        String::from_utf8(file.data.into_owned()).ok()
    };
    Some(SnapshotPage {
        script: text("snapshot/page.js")?,
        style: text("snapshot/page.css")?,
    })
}

/// Answers what is not of the API: files of the page, and the page itself for any path a
/// person navigates to.
pub(crate) async fn page(request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with(API_ROOT) || path == "/api" || path.starts_with("/api/") {
        return Failure::not_found(format!(
            "no route {path}; the API is described at {API_ROOT}/openapi.json"
        ))
        .into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Failure::method_not_allowed(format!(
            "expected GET for a page, got {}",
            request.method()
        ))
        .into_response();
    }
    let name = path.trim_start_matches('/');
    match Files::get(name) {
        Some(file) if name != "index.html" => asset(name, file, request.headers()),
        _ if name.is_empty()
            || name == "index.html"
            || is_navigation(request.method(), request.headers()) =>
        {
            index(name)
        }
        _ => Failure::not_found(format!("no file {path} in the page")).into_response(),
    }
}

/// Whether a person opens this address, as opposed to a page that loads a part of itself.
pub(crate) fn is_navigation(method: &Method, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    *method == Method::GET
        && match text("sec-fetch-mode") {
            Some(mode) => mode == "navigate",
            None => text(ACCEPT.as_str()).is_some_and(|accept| accept.contains("text/html")),
        }
}

fn asset(name: &str, file: EmbeddedFile, request: &HeaderMap) -> Response {
    let etag = file.metadata.sha256_hash()[..8]
        .iter()
        .fold(String::from("\""), |text, byte| format!("{text}{byte:02x}"))
        + "\"";
    let known = request
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.contains(&etag));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.into_response()
    };
    let kept = if name.starts_with(HASHED) {
        KEPT_FOR_GOOD
    } else {
        ASKED_AGAIN
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(ETAG, etag);
    }
    response
}

/// By the ending, of those that a web build makes.
fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "ttf" => "font/ttf",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

fn index(path: &str) -> Response {
    let Some(file) = Files::get("index.html") else {
        return Failure::internal("this program was built without its page").into_response();
    };
    let html = String::from_utf8_lossy(&file.data);
    (
        [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CACHE_CONTROL, ASKED_AGAIN),
            (CONTENT_SECURITY_POLICY, PAGE_POLICY),
        ],
        with_base(&html, &base_of(path)),
    )
        .into_response()
}

/// Where the root of the server is, seen from `path` below it.
fn base_of(path: &str) -> String {
    match path.matches('/').count() {
        0 => "./".to_owned(),
        depth => "../".repeat(depth),
    }
}

/// Puts `<base>` before everything in `<head>` that could be resolved against it.
fn with_base(html: &str, base: &str) -> String {
    html.replacen(
        "<head>",
        &format!("<head>\n    <base href=\"{base}\" />"),
        1,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_root_from_any_depth() {
        assert_eq!(base_of(""), "./");
        assert_eq!(base_of("images"), "./");
        assert_eq!(base_of("images/"), "../");
        assert_eq!(base_of("a/b/c"), "../../");
        assert_eq!(
            with_base("<html><head><meta charset></head>", "../"),
            "<html><head>\n    <base href=\"../\" /><meta charset></head>"
        );
    }

    #[test]
    fn the_page_for_snapshots_needs_no_other_file() {
        let page = snapshot_page().unwrap();
        for (text, needs) in [
            (&page.style, &["@import", "url(./", "url(http"][..]),
            (&page.script, &["import(", "from\"./", "new URL(`/"]),
        ] {
            for need in needs {
                assert!(!text.contains(need), "{need}");
            }
        }
    }

    #[test]
    fn the_embedded_page_has_a_head_to_put_the_base_into() {
        let index = Files::get("index.html").unwrap();
        let html = String::from_utf8(index.data.into_owned()).unwrap();
        assert!(with_base(&html, "./").contains("<base href=\"./\" />"));
    }
}
