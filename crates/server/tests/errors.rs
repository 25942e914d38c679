//! Every error is JSON with the right status, and names the parameter that is wrong.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use common::{Log, Server, http};
use serde_json::json;

fn server() -> (tempfile::TempDir, Server) {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(&dir.path().join("a"));
    log.scalar("loss", 1, 0.5);
    log.histogram("weights", 1, &[1.0, 2.0], &[3.0, 4.0]);
    log.flush();
    let server = Server::over(dir.path());
    (dir, server)
}

#[test]
fn what_is_not_there_is_404() {
    let (_dir, server) = server();
    for (path, parameter, sentence) in [
        (
            "scalars?run=b&tag=loss",
            Some("run"),
            "no run named \"b\"; there are: a",
        ),
        (
            "scalars?run=a&tag=acc",
            Some("tag"),
            "no tag \"acc\" of scalars in run \"a\"; the run has: loss",
        ),
        (
            "images?run=a&tag=loss",
            Some("tag"),
            "no tag \"loss\" of images in run \"a\"; the run has no images",
        ),
        (
            "audio?run=x&tag=y",
            Some("run"),
            "no run named \"x\"; there are: a",
        ),
        (
            "histograms?run=a&tag=x",
            Some("tag"),
            "no tag \"x\" of histograms in run \"a\"; the run has: weights",
        ),
        (
            "distributions?run=a&tag=x",
            Some("tag"),
            "no tag \"x\" of histograms in run \"a\"; the run has: weights",
        ),
        (
            "texts?run=a&tag=x",
            Some("tag"),
            "no tag \"x\" of text in run \"a\"; the run has no text",
        ),
        ("blobs/x", None, "no blob \"x\"; ask for its series again"),
        (
            "blobs/..%2F..%2Fetc%2Fpasswd",
            None,
            "no blob \"../../etc/passwd\"; ask for its series again",
        ),
        (
            "texts/1-2-3",
            None,
            "no blob \"1-2-3\"; ask for its series again",
        ),
        (
            "nothing",
            None,
            "no route /api/v1/nothing; the API is described at /api/v1/openapi.json",
        ),
    ] {
        assert_eq!(
            server.get(path).error(404, "not_found", parameter),
            sentence,
            "{path}"
        );
    }
    for path in [
        "/api",
        "/api/v2/status",
        "/api/v1/",
        "/api/v1/status/more",
        "/assets/none.js",
        "/favicon.ico",
    ] {
        server.get_raw(path).error(404, "not_found", None);
    }
}

#[test]
fn what_cannot_be_read_is_400() {
    let (_dir, server) = server();
    for (path, parameter) in [
        ("scalars", "run"),
        ("scalars?run=a", "tag"),
        ("scalars?run=a&tag=loss&pixels=-1", "pixels"),
        ("scalars?run=a&tag=loss&pixels=1000000000", "pixels"),
        ("scalars?run=a&tag=loss&format=xml", "format"),
        ("images?tag=x", "run"),
        ("histograms?run=a&tag=weights&bins=many", "bins"),
        ("histograms?run=a&tag=weights&bins=10001", "bins"),
        ("histograms?run=a&tag=weights&max_steps=1", "max_steps"),
        ("distributions?run=a&tag=weights&max_steps=", "max_steps"),
        ("texts?run=a", "tag"),
    ] {
        let sentence = server.get(path).error(400, "bad_request", Some(parameter));
        assert!(sentence.contains(parameter), "{path}: {sentence}");
    }
    let series = json!([{"run": server.run_id("a"), "tag": "loss"}]);
    for (path, body, parameter) in [
        ("scalars", json!({}), "series"),
        ("scalars", json!({"series": [{"run": 0}]}), "series[0].tag"),
        (
            "scalars",
            json!({"series": [{"run": "a", "tag": "x"}]}),
            "series[0].run",
        ),
        (
            "scalars",
            json!({"series": series, "pixels": 1.5}),
            "pixels",
        ),
        (
            "scalars",
            json!({"series": series, "x": {"kind": "epoch"}}),
            "x.kind",
        ),
        (
            "scalars",
            json!({"series": series, "x_min": 2.0, "x_max": 1.0}),
            "x_min",
        ),
        (
            "scalars/stats",
            json!({"series": series, "step_min": 2, "step_max": 1}),
            "step_min",
        ),
        ("scalars/stats", json!({"series": 1}), "series"),
    ] {
        let answer = server.send("POST", path, &body, "");
        let sentence = answer.error(400, "bad_request", Some(parameter));
        assert!(sentence.contains(parameter), "{body}: {sentence}");
    }
    for weight in [-0.1, 1.0, 1e300] {
        let body =
            json!({"series": series, "smoothing": {"method": "exponential", "weight": weight}});
        let answer = server.send("POST", "scalars", &body, "");
        assert_eq!(answer.status, 400, "weight {weight}: {}", answer.text());
        let body = answer.json();
        assert!(
            body["parameter"].as_str().unwrap().contains("weight"),
            "{body}"
        );
    }
}

#[test]
fn bodies_that_are_no_json() {
    let (_dir, server) = server();
    let post = |content_type: &str, body: &[u8]| {
        let head = format!(
            "POST /api/v1/scalars HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n"
        );
        server.request(&head, body)
    };
    post("application/json", b"{\"series\": [").error(400, "bad_request", None);
    post("application/json", b"{\"series\": []} []").error(400, "bad_request", None);
    post("text/plain", b"{\"series\": []}").error(415, "unsupported_media_type", None);
    post("application/json", &vec![b' '; 9 << 20]).error(413, "too_large", None);
    assert_eq!(
        post("application/json; charset=utf-8", b"{\"series\": []}").status,
        200
    );
}

#[test]
fn wrong_methods_are_405() {
    let (_dir, server) = server();
    for (method, path) in [
        ("POST", "/api/v1/status"),
        ("DELETE", "/api/v1/workspace"),
        ("PUT", "/api/v1/scalars"),
        ("POST", "/api/v1/blobs/x"),
        ("POST", "/"),
    ] {
        let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
        server
            .request(&head, b"")
            .error(405, "method_not_allowed", None);
    }
}

#[test]
fn malformed_paths_do_no_harm() {
    let (_dir, server) = server();
    for path in [
        "/api/v1/blobs/%ff%fe",
        "/%00",
        "/../../etc/passwd",
        "/assets/../../Cargo.toml",
        "//etc/passwd",
    ] {
        let answer = server.get_raw(path);
        assert!(
            matches!(answer.status, 400 | 404),
            "{path}: {}",
            answer.status
        );
        assert!(!answer.text().contains("root:"), "{path}");
    }
    // The server goes on.
    assert_eq!(server.get("status").status, 200);
    let answer = http::request(
        server.running.address(),
        "HEAD /api/v1/status HTTP/1.1\r\nHost: localhost\r\n",
        b"",
    );
    assert_eq!(answer.status, 200);
    assert!(answer.body.is_empty());
}
