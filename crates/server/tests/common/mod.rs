//! A server on a port of its own, a client that sends exactly what a test says, and event
//! files written for the test.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do
#![allow(dead_code, unused_imports)] // each test file uses some of them

pub(crate) mod events;
pub(crate) mod http;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use glassboard_server::{BackgroundServer, LogSource, Port, ServeOptions};
use serde_json::Value as Json;

pub(crate) use events::Log;
pub(crate) use http::Answer;

/// How long a test waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A running server over a log directory.
pub(crate) struct Server {
    pub(crate) running: BackgroundServer,
}

impl Server {
    /// Follows `logdir`, and has read it when this returns.
    pub(crate) fn over(logdir: &Path) -> Self {
        Self::with(options(logdir))
    }

    pub(crate) fn with(options: ServeOptions) -> Self {
        let server = Self {
            running: BackgroundServer::start(options).unwrap(),
        };
        let store = server.running.store().clone();
        wait_until("the log directory is loaded", || store.progress().loaded);
        server
    }

    pub(crate) fn request(&self, head: &str, body: &[u8]) -> Answer {
        http::request(self.running.address(), head, body)
    }

    pub(crate) fn get_raw(&self, path: &str) -> Answer {
        self.request(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n"), b"")
    }

    /// `path` is below `/api/v1/`.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_raw(&format!("/api/v1/{path}"))
    }

    /// The JSON of a successful answer.
    pub(crate) fn json(&self, path: &str) -> Json {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert_eq!(
            answer.header("content-type"),
            Some("application/json"),
            "{path}"
        );
        answer.json()
    }

    /// Sends JSON; `more` is further header lines, each ended by CR LF.
    pub(crate) fn send(&self, method: &str, path: &str, body: &Json, more: &str) -> Answer {
        let head = format!(
            "{method} /api/v1/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{more}"
        );
        self.request(&head, body.to_string().as_bytes())
    }

    pub(crate) fn run_id(&self, name: &str) -> u64 {
        let runs = self.json("runs");
        let run = runs["runs"]
            .as_array()
            .unwrap()
            .iter()
            .find(|run| run["name"] == name)
            .unwrap_or_else(|| panic!("no run {name} in {runs}"));
        run["id"].as_u64().unwrap()
    }
}

/// A loopback server on any port over `logdir`, that looks twice a second.
pub(crate) fn options(logdir: &Path) -> ServeOptions {
    ServeOptions {
        port: Port::Exactly(0),
        reload_interval: Duration::from_millis(500),
        ..ServeOptions::new(LogSource::Folder(logdir.to_owned()))
    }
}

/// Event files that torch wrote.
pub(crate) fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/events")
}

/// Polls until `done`, or fails after [`PATIENCE`].
pub(crate) fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
