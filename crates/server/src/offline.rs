//! The server without a network: a log directory that is loaded already, asked within the same process.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{ACCEPT, CONTENT_TYPE, HOST};
use axum::http::{Method, Request};
use glassboard_store::Store;
use tower::ServiceExt as _;

use crate::app::App;
use crate::error::ServerError;
use crate::router::router;
use crate::routes::API_ROOT;
use crate::security::Guard;

/// Answers requests to the HTTP API as the server would, without listening on anything.
#[derive(Debug, Clone)]
pub struct Offline {
    service: Router,
}

/// What the API answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfflineAnswer {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`; empty when there is none.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Offline {
    /// Answers from what `store` holds. `folder`: the log directory, where what a person changed about the runs is kept.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn new(store: Arc<Store>, folder: Option<PathBuf>) -> Result<Self, ServerError> {
        let title = store.logdir_name();
        let app = App::of_store(store, title, true, folder)?;
        let access = Guard {
            token: None,
            hosts: Vec::new(),
            cookie: String::new(),
            path: "/".to_owned(),
        };
        Ok(Self {
            service: router(app, access, ""),
        })
    }

    /// Asks for `path` below the API's root, such as `runs` or `images?run=a&tag=b`.
    ///
    /// # Errors
    /// When `path` is no path of an address, or the answer breaks off.
    pub async fn get(&self, path: &str) -> Result<OfflineAnswer, ServerError> {
        self.ask(Method::GET, path, Vec::new(), "*/*").await
    }

    /// Sends JSON to `path` below the API's root.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn post(
        &self,
        path: &str,
        json: Vec<u8>,
        accept: &str,
    ) -> Result<OfflineAnswer, ServerError> {
        self.ask(Method::POST, path, json, accept).await
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        accept: &str,
    ) -> Result<OfflineAnswer, ServerError> {
        let failed = |error: axum::Error| ServerError::Offline {
            path: path.to_owned(),
            source: error,
        };
        let request = Request::builder()
            .method(method)
            .uri(format!("{API_ROOT}/{path}"))
            .header(HOST, "localhost")
            .header(ACCEPT, accept)
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(body))
            .map_err(|error| failed(axum::Error::new(error)))?;
        let answer = match self.service.clone().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let status = answer.status().as_u16();
        let content_type = answer
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let body = to_bytes(answer.into_body(), usize::MAX)
            .await
            .map_err(failed)?
            .to_vec();
        Ok(OfflineAnswer {
            status,
            content_type,
            body,
        })
    }
}
