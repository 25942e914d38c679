//! The HTTP API, the live stream and the embedded page of Glassboard.
//!
//! - [`serve`] starts a server within an event loop; [`BackgroundServer`] brings its own.
//! - [`ServeOptions`] says what is served, where, and to whom.
//! - [`Offline`] answers the same requests within the process, for snapshots.
//! - [`wire`] holds the JSON types; [`openapi_json`] describes all routes.
//!
//! ```
//! use glassboard_server::{BackgroundServer, LogSource, Port, ServeOptions};
//!
//! let logs = tempfile::tempdir()?;
//! let server = BackgroundServer::start(ServeOptions {
//!     port: Port::Exactly(0),
//!     ..ServeOptions::new(LogSource::Folder(logs.path().into()))
//! })?;
//! assert!(server.url().starts_with("http://localhost:"));
//! server.stop();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What the series are, and how they are loaded, reduced and smoothed, is the store's
//! business; this crate turns requests into calls of it and its answers into bytes.

mod app;
mod background;
mod blob;
mod blob_key;
mod columns;
mod csv;
mod curve;
mod error;
mod explain;
mod extract;
mod graph;
mod hparams;
mod live;
mod markdown;
mod mesh;
mod model_file;
mod natural;
mod offline;
mod openapi;
mod options;
mod page;
mod profile;
mod projector;
mod random;
mod router;
mod routes;
mod security;
mod serve;
mod shelf;
mod stream;
pub mod wire;
mod workers;
mod workspace;

pub use background::BackgroundServer;
pub use columns::{CONTENT_TYPE as COLUMNS_CONTENT_TYPE, MAGIC as COLUMNS_MAGIC};
pub use error::ServerError;
pub use mesh::mesh_name;
pub use offline::{Offline, OfflineAnswer};
pub use openapi::openapi_json;
pub use options::{DEFAULT_PORT, Host, LogSource, PORTS_TRIED, Port, ServeOptions};
pub use page::{SnapshotPage, snapshot_page};
pub use serve::{Serving, serve};
