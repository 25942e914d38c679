//! How requests and the server as a whole fail.

use std::io;
use std::path::PathBuf;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use glassboard_store::StoreError;

use crate::wire::ApiError;

/// Why the server cannot start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The address the user named does not exist or cannot be looked up.
    #[error("cannot listen on host {host:?}: {source}; expected a name or address of this machine")]
    Host {
        /// As the user gave it.
        host: String,
        /// What the system says.
        source: io::Error,
    },
    /// The port the user named is taken.
    #[error(
        "port {port} is taken by another program; name another --port, or --port 0 for any free one"
    )]
    PortTaken {
        /// As the user gave it.
        port: u16,
    },
    /// No port in the range that is tried by default is free.
    #[error("ports {first} to {last} are all taken; name a free --port, or --port 0 for any")]
    NoFreePort {
        /// First port tried.
        first: u16,
        /// Last port tried.
        last: u16,
    },
    /// Listening fails for another reason.
    #[error("cannot listen on port {port}: {source}")]
    Listen {
        /// The port.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The path prefix cannot be part of a URL.
    #[error("expected a path prefix such as /board, of letters, digits and -._~/, got {prefix:?}")]
    PathPrefix {
        /// As the user gave it.
        prefix: String,
    },
    /// The token cannot travel in a URL and a cookie.
    #[error("expected a token of 8 or more letters, digits and -._~, got one of {len} characters")]
    Token {
        /// Its length: the token itself is a secret.
        len: usize,
    },
    /// A named log directory is a file.
    #[error("expected a log directory, got a file: {}; name its folder instead", path.display())]
    LogdirIsFile {
        /// The path.
        path: PathBuf,
    },
    /// A request within the process cannot be made, or its answer breaks off.
    #[error("cannot ask for {path:?}: {source}")]
    Offline {
        /// The path below the API's root.
        path: String,
        /// What went wrong.
        source: axum::Error,
    },
    /// The system gives no random bytes, no threads or no event loop.
    #[error("cannot start: {what}: {source}")]
    Start {
        /// What was tried.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

/// An error answer: becomes the JSON body [`ApiError`] with its status.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    kind: &'static str,
    message: String,
    parameter: Option<String>,
}

impl Failure {
    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            message: message.into(),
            parameter: None,
        }
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    pub(crate) fn method_not_allowed(message: impl Into<String>) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            message,
        )
    }

    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    pub(crate) fn unsupported_media_type(message: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            message,
        )
    }

    pub(crate) fn range_not_satisfiable(message: impl Into<String>) -> Self {
        Self::new(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "range_not_satisfiable",
            message,
        )
    }

    pub(crate) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable", message)
    }

    /// Too much is going on already.
    pub(crate) fn busy(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message)
    }

    /// A part that this build has been made without.
    #[cfg(not(feature = "explain"))]
    pub(crate) fn not_built(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, "not_built", message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
    }

    pub(crate) fn into_message(self) -> String {
        self.message
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// Names the parameter that is wrong.
    pub(crate) fn about(mut self, parameter: impl Into<String>) -> Self {
        self.parameter = Some(parameter.into());
        self
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Gone { .. } | StoreError::NoModel { .. } | StoreError::NoTrace { .. } => {
                Self::not_found(error.to_string())
            }
            StoreError::OutOfRange { parameter, .. } => {
                Self::bad_request(format!("parameter {error}")).about(parameter)
            }
            other => Self::internal(other.to_string()),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = ApiError {
            error: self.kind.to_owned(),
            message: self.message,
            parameter: self.parameter,
        };
        (self.status, Json(body)).into_response()
    }
}

#[cfg(test)]
impl Failure {
    pub(crate) fn text_and_parameter(self) -> (String, Option<String>) {
        (self.message, self.parameter)
    }
}
