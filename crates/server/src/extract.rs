//! Query strings and JSON bodies, with errors that name the wrong parameter.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::Failure;

/// The query string as a `T`.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let text = parts.uri.query().unwrap_or_default();
        let pairs = serde_urlencoded::Deserializer::new(form_urlencoded(text));
        serde_path_to_error::deserialize(pairs)
            .map(Self)
            .map_err(|error| failure("query", error.path(), error.inner()))
    }
}

/// The pairs of a query string.
fn form_urlencoded(text: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(text.as_bytes())
}

/// A JSON body as a `T`.
pub(crate) struct Json<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let content_type = content_type(&request);
        if !is(content_type, "application/json") {
            return Err(Failure::unsupported_media_type(format!(
                "expected a body of content type application/json, got {content_type:?}"
            )));
        }
        let too_long = "the body is longer than this route accepts; split the request";
        let body = body(request, state, too_long).await?;
        let mut json = serde_json::Deserializer::from_slice(&body);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            // What is no JSON at all is no parameter's fault.
            if error.inner().is_data() {
                failure("body", error.path(), error.inner())
            } else {
                Failure::bad_request(format!("malformed body: {}", error.inner()))
            }
        })?;
        json.end()
            .map_err(|error| Failure::bad_request(format!("malformed body: {error}")))?;
        Ok(Self(value))
    }
}

/// A file as the body. A page of another site cannot send this type without asking first.
pub(crate) struct File(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for File {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let content_type = content_type(&request);
        if !is(content_type, "application/octet-stream") {
            return Err(Failure::unsupported_media_type(format!(
                "expected a body of content type application/octet-stream, got {content_type:?}"
            )));
        }
        let too_long = "the body is longer than this route accepts";
        body(request, state, too_long).await.map(Self)
    }
}

fn content_type(request: &Request) -> &str {
    let value = request.headers().get(CONTENT_TYPE);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

async fn body<S: Send + Sync>(
    request: Request,
    state: &S,
    too_long: &str,
) -> Result<Bytes, Failure> {
    let body = Bytes::from_request(request, state).await;
    body.map_err(|rejection| match rejection.status().as_u16() {
        413 => Failure::too_large(too_long),
        _ => Failure::bad_request(rejection.body_text()),
    })
}

fn is(content_type: &str, expected: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(expected)
}

/// Turns a serde error at a path into a 400 that names the parameter.
///
/// serde reports a missing field at its parent, with the name only in the sentence;
/// it is taken from there.
fn failure(
    place: &str,
    path: &serde_path_to_error::Path,
    error: &dyn std::fmt::Display,
) -> Failure {
    let sentence = error.to_string();
    let parent = path.to_string();
    let missing = sentence
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next());
    let parameter = match (missing, parent.as_str()) {
        (Some(field), ".") => Some(field.to_owned()),
        (Some(field), parent) => Some(format!("{parent}.{field}")),
        (None, ".") => None,
        (None, parent) => Some(parent.to_owned()),
    };
    match parameter {
        Some(name) => {
            Failure::bad_request(format!("malformed {place}, parameter {name}: {sentence}"))
                .about(name)
        }
        None => Failure::bad_request(format!("malformed {place}: {sentence}")),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)] // Only whether it can be read matters here.
    struct Wanted {
        run: String,
        #[serde(default)]
        bins: u32,
        #[serde(default)]
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Inner {
        tag: String,
    }

    async fn query_parameter(query: &str) -> (String, Option<String>) {
        let request = Request::builder()
            .uri(format!("/?{query}"))
            .body(Body::empty())
            .unwrap();
        let (mut parts, _) = request.into_parts();
        let Err(failure) = Query::<Wanted>::from_request_parts(&mut parts, &()).await else {
            panic!("{query} was accepted")
        };
        failure.text_and_parameter()
    }

    async fn body_parameter(body: &'static str) -> (String, Option<String>) {
        let request = Request::builder()
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .body(Body::from(body))
            .unwrap();
        let Err(failure) = Json::<Wanted>::from_request(request, &()).await else {
            panic!("{body} was accepted")
        };
        failure.text_and_parameter()
    }

    #[tokio::test]
    async fn names_the_parameter_of_a_query() {
        let (_, parameter) = query_parameter("bins=3").await;
        assert_eq!(parameter.as_deref(), Some("run"));
        let (text, parameter) = query_parameter("run=a&bins=-3").await;
        assert_eq!(parameter.as_deref(), Some("bins"));
        assert_eq!(
            text,
            "malformed query, parameter bins: invalid digit found in string"
        );
    }

    #[tokio::test]
    async fn names_the_parameter_of_a_body() {
        let (_, parameter) = body_parameter(r#"{"run": "a", "inner": [{"tag": "x"}, {}]}"#).await;
        assert_eq!(parameter.as_deref(), Some("inner[1].tag"));
        let (_, parameter) = body_parameter(r#"{"run": 1}"#).await;
        assert_eq!(parameter.as_deref(), Some("run"));
        let (text, parameter) = body_parameter("{").await;
        assert_eq!(parameter, None, "{text}");
        let (text, parameter) = body_parameter(r#"{"run": "a"} x"#).await;
        assert_eq!(parameter, None, "{text}");
    }
}
