//! The live stream, and how the server starts and stops.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use common::{Log, Server, http, options, wait_until};
use glassboard_server::{BackgroundServer, LogSource, Port, ServeOptions, ServerError};
use serde_json::Value as Json;

/// An open event stream.
struct Stream {
    reader: BufReader<TcpStream>,
}

impl Stream {
    fn open(server: &Server) -> Self {
        let head = "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n";
        let mut reader = http::send(server.running.address(), head, b"");
        let (status, headers) = http::read_head(&mut reader);
        assert_eq!(status, 200);
        assert!(
            headers.contains(&("content-type".into(), "text/event-stream".into())),
            "{headers:?}"
        );
        Self { reader }
    }

    /// The next event; comments and the marks of chunks are skipped. `None` at the end.
    fn next(&mut self) -> Option<(String, Json)> {
        let mut event = String::new();
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            if let Some(name) = line.strip_prefix("event: ") {
                name.trim_end().clone_into(&mut event);
            } else if let Some(data) = line.strip_prefix("data: ") {
                return Some((event, serde_json::from_str(data).unwrap()));
            }
        }
    }

    fn next_of(&mut self, wanted: &str) -> Json {
        loop {
            let (event, data) = self.next().expect("the stream goes on");
            if event == wanted {
                return data;
            }
        }
    }
}

#[test]
fn new_points_are_announced() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(&dir.path().join("a"));
    log.scalar("loss", 1, 0.5);
    log.flush();
    let server = Server::over(dir.path());
    let a = server.run_id("a");
    let mut stream = Stream::open(&server);
    let (event, status) = stream.next().unwrap();
    assert_eq!(event, "status", "the first message");
    assert_eq!(status["runs"], 1);

    log.scalar("loss", 2, 0.25);
    log.flush();
    let change = loop {
        let change = stream.next_of("change");
        if change["touched_runs"]
            .as_array()
            .unwrap()
            .contains(&a.into())
        {
            break change;
        }
    };
    assert_eq!(change["runs_changed"], false);
    assert_eq!(
        server.json("scalars?run=a&tag=loss")["series"][0]["value"][1],
        0.25
    );
    assert!(change["revision"].as_u64() > status["revision"].as_u64());
    assert_eq!(stream.next_of("status")["points"], 2);

    log.scalar("accuracy", 2, 0.9);
    log.flush();
    while stream.next_of("change")["tags_changed"] != true {}
    let mut b = Log::create(&dir.path().join("b"));
    b.scalar("loss", 1, 1.0);
    b.flush();
    while stream.next_of("change")["runs_changed"] != true {}
    wait_until("run b is there", || server.json("status")["runs"] == 2);
}

#[test]
fn bursts_are_gathered() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(&dir.path().join("a"));
    log.scalar("loss", 0, 0.0);
    log.flush();
    let server = Server::over(dir.path());
    let mut stream = Stream::open(&server);
    let start = Instant::now();
    let mut step = 0;
    while start.elapsed() < Duration::from_secs(1) {
        step += 1;
        log.scalar("loss", step, 1.0);
        log.flush();
    }
    let mut changes = 0;
    loop {
        let (event, data) = stream.next().unwrap();
        match event.as_str() {
            "change" => changes += 1,
            _ if data["points"] == step + 1 => break,
            _ => {}
        }
    }
    let most = start.elapsed().as_millis() / 200 + 1;
    assert!(
        (1..=most).contains(&changes),
        "{changes} changes in {:?}",
        start.elapsed()
    );
}

#[test]
fn stopping_ends_streams_within_a_second() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::over(dir.path());
    let mut stream = Stream::open(&server);
    stream.next().unwrap();
    let address = server.running.address();
    let start = Instant::now();
    server.running.stop();
    // The stream that is open never ends by itself; a busy machine takes its time.
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(stream.next(), None);
    assert!(
        TcpStream::connect(address).is_err(),
        "nobody listens any more"
    );
}

#[test]
fn a_taken_port_is_an_error_and_the_default_moves_on() {
    let dir = tempfile::tempdir().unwrap();
    let first = Server::over(dir.path());
    let taken = first.running.address().port();
    let error = BackgroundServer::start(ServeOptions {
        port: Port::Exactly(taken),
        ..options(dir.path())
    })
    .unwrap_err();
    assert!(
        matches!(error, ServerError::PortTaken { port } if port == taken),
        "{error}"
    );
    assert_eq!(
        error.to_string(),
        format!(
            "port {taken} is taken by another program; name another --port, or --port 0 for any free one"
        )
    );
    let start = || {
        BackgroundServer::start(ServeOptions {
            port: Port::Default,
            ..options(dir.path())
        })
        .unwrap()
    };
    let (one, two) = (start(), start());
    assert!(one.address().port() >= 6006 && one.address().port() < 6106);
    assert_ne!(one.address().port(), two.address().port());
}

#[test]
fn options_that_make_no_sense_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let error = |options: ServeOptions| BackgroundServer::start(options).unwrap_err();
    assert!(matches!(
        error(options(&file)),
        ServerError::LogdirIsFile { .. }
    ));
    let with = |change: fn(&mut ServeOptions)| {
        let mut options = options(dir.path());
        change(&mut options);
        error(options)
    };
    assert!(matches!(
        with(|options| options.path_prefix = "a b".into()),
        ServerError::PathPrefix { .. }
    ));
    assert!(matches!(
        with(|options| options.token = Some("short".into())),
        ServerError::Token { len: 5 }
    ));
    let missing = ServeOptions {
        host: glassboard_server::Host::Named("no-such-host.invalid".into()),
        port: Port::Exactly(0),
        ..ServeOptions::new(LogSource::Folder(dir.path().into()))
    };
    assert!(matches!(error(missing), ServerError::Host { .. }));
}

#[test]
fn requests_are_answered_while_a_client_is_silent() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::over(dir.path());
    let mut silent = TcpStream::connect(server.running.address()).unwrap();
    assert_eq!(server.get("status").status, 200);
    drop(server);
    let mut rest = Vec::new();
    silent.set_read_timeout(Some(common::PATIENCE)).unwrap();
    silent.read_to_end(&mut rest).unwrap();
}
