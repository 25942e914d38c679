//! Who may ask, and what answers carry.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use common::{Log, Server, options};
use glassboard_server::{Host, ServeOptions};
use serde_json::json;

const TOKEN: &str = "a-long-secret-token";

fn with(change: impl FnOnce(&mut ServeOptions)) -> (tempfile::TempDir, Server) {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(&dir.path().join("a"));
    for step in 0..200 {
        log.scalar("loss", step, 0.5);
    }
    log.flush();
    let mut options = options(dir.path());
    change(&mut options);
    let server = Server::with(options);
    (dir, server)
}

fn ask(server: &Server, method: &str, path: &str, headers: &str) -> common::Answer {
    server.request(&format!("{method} {path} HTTP/1.1\r\n{headers}"), b"")
}

#[test]
fn only_names_of_this_machine_are_answered() {
    let (_dir, server) = with(|options| options.allowed_hosts = vec!["board.example.org".into()]);
    let port = server.running.address().port();
    for host in [
        "localhost",
        "127.0.0.1",
        "[::1]",
        "a.localhost",
        "board.example.org",
    ] {
        let answer = ask(
            &server,
            "GET",
            "/api/v1/status",
            &format!("Host: {host}:{port}\r\n"),
        );
        assert_eq!(answer.status, 200, "{host}");
    }
    for host in ["evil.example", "localhost.evil.example", "10.0.0.1"] {
        let answer = ask(
            &server,
            "GET",
            "/api/v1/status",
            &format!("Host: {host}:{port}\r\n"),
        );
        let sentence = answer.error(403, "forbidden", None);
        assert!(sentence.contains(host), "{sentence}");
        let page = ask(
            &server,
            "GET",
            "/",
            &format!("Host: {host}\r\nAccept: text/html\r\n"),
        );
        page.error(403, "forbidden", None);
    }
}

#[test]
fn a_token_opens_the_door_in_three_ways() {
    let (_dir, server) = with(|options| options.token = Some(TOKEN.into()));
    let port = server.running.address().port();
    assert_eq!(
        server.running.url(),
        format!("http://localhost:{port}/?token={TOKEN}")
    );
    let host = "Host: anything.example\r\n";
    let status = "/api/v1/status";
    ask(&server, "GET", status, host).error(401, "unauthorized", None);
    ask(&server, "GET", &format!("{status}?token=wrong"), host).error(
        401,
        "unauthorized",
        Some("token"),
    );
    ask(
        &server,
        "GET",
        status,
        &format!("{host}Authorization: Bearer wrong\r\n"),
    )
    .error(401, "unauthorized", None);
    ask(
        &server,
        "GET",
        status,
        &format!("{host}Cookie: glassboard_token_{port}=wrong\r\n"),
    )
    .error(401, "unauthorized", None);
    ask(&server, "GET", "/assets/x.js", host).error(401, "unauthorized", None);

    assert_eq!(
        ask(
            &server,
            "GET",
            status,
            &format!("{host}Authorization: Bearer {TOKEN}\r\n")
        )
        .status,
        200
    );
    assert_eq!(
        ask(&server, "GET", &format!("{status}?token={TOKEN}"), host).status,
        200
    );

    // A person who opens the printed address gets the cookie, and an address without the token.
    let navigation = format!("{host}Accept: text/html\r\n");
    let opened = ask(
        &server,
        "GET",
        &format!("/?tab=images&token={TOKEN}"),
        &navigation,
    );
    assert_eq!(opened.status, 303);
    assert_eq!(opened.header("location"), Some("./?tab=images"));
    let cookie = opened.header("set-cookie").unwrap();
    assert_eq!(
        cookie,
        format!("glassboard_token_{port}={TOKEN}; Path=/; HttpOnly; SameSite=Lax")
    );
    let pair = cookie.split(';').next().unwrap();
    assert_eq!(
        ask(
            &server,
            "GET",
            status,
            &format!("{host}Cookie: other=1; {pair}\r\n")
        )
        .status,
        200
    );
    assert_eq!(
        ask(
            &server,
            "GET",
            "/",
            &format!("{navigation}Cookie: {pair}\r\n")
        )
        .status,
        200
    );

    // One who opens it without is asked for the token.
    let asked = ask(&server, "GET", "/", &navigation);
    assert_eq!(asked.status, 401);
    assert_eq!(
        asked.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(asked.text().contains("name=\"token\""));
}

#[test]
fn other_machines_need_a_token() {
    let (_dir, server) = with(|options| options.host = Host::Named("0.0.0.0".into()));
    let url = server.running.url().to_owned();
    let token = url.split_once("?token=").unwrap().1;
    assert_eq!(token.len(), 32);
    server.get("status").error(401, "unauthorized", None);
    assert_eq!(server.get(&format!("status?token={token}")).status, 200);
    let (_dir, other) = with(|options| options.host = Host::All);
    let second = other
        .running
        .url()
        .split_once("?token=")
        .unwrap()
        .1
        .to_owned();
    assert_ne!(second, token);
}

#[test]
fn only_the_own_page_may_change_things() {
    let (_dir, server) = with(|_| {});
    let port = server.running.address().port();
    let put = |origin: &str| {
        let head = format!(
            "PUT /api/v1/workspace HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\nOrigin: {origin}\r\n"
        );
        server.request(&head, json!({"baseline": "a"}).to_string().as_bytes())
    };
    for origin in [
        "http://evil.example",
        "null",
        "http://localhost",
        "http://localhost:1",
    ] {
        put(origin).error(403, "forbidden", None);
    }
    assert_eq!(
        server.json("workspace")["baseline"],
        serde_json::Value::Null
    );
    assert_eq!(put(&format!("http://localhost:{port}")).status, 200);
    assert_eq!(server.json("workspace")["baseline"], "a");
}

#[test]
fn everything_is_below_the_prefix() {
    let (_dir, server) = with(|options| {
        options.path_prefix = "/team/board/".into();
        options.token = Some(TOKEN.into());
    });
    let port = server.running.address().port();
    assert_eq!(
        server.running.url(),
        format!("http://localhost:{port}/team/board/?token={TOKEN}")
    );
    let bearer = format!("Host: x\r\nAuthorization: Bearer {TOKEN}\r\n");
    let get = |path: &str| ask(&server, "GET", path, &bearer);
    assert_eq!(get("/team/board/api/v1/status").status, 200);
    assert_eq!(
        get("/team/board/api/v1/scalars?run=a&tag=loss").json()["series"][0]["value"][0],
        0.5
    );
    get("/api/v1/status").error(404, "not_found", None);
    get("/team/boards/api/v1/status").error(404, "not_found", None);
    let page = get("/team/board/");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("<base href=\"./\" />"));
    let moved = get("/team/board?tab=text");
    assert_eq!(
        (moved.status, moved.header("location")),
        (308, Some("board/?tab=text"))
    );
    let opened = ask(
        &server,
        "GET",
        &format!("/team/board/?token={TOKEN}"),
        "Host: x\r\nAccept: text/html\r\n",
    );
    assert_eq!(opened.header("location"), Some("./"));
    assert!(
        opened
            .header("set-cookie")
            .unwrap()
            .contains("; Path=/team/board/;")
    );
}

#[test]
fn the_page_and_its_files() {
    let (_dir, server) = with(|_| {});
    let page = server.get_raw("/");
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(
        page.header("cross-origin-resource-policy"),
        Some("same-origin")
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self';"), "{policy}");
    let html = page.text();
    assert!(html.contains("<base href=\"./\" />"));
    // The scripts that the page names are there, and are what browsers run.
    let scripts: Vec<&str> = html
        .split("src=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|path| path.rsplit('.').next() == Some("js"))
        .collect();
    assert!(!scripts.is_empty(), "{html}");
    for script in scripts {
        let answer = server.get_raw(&format!("/{}", script.trim_start_matches("./")));
        assert_eq!(answer.status, 200, "{script}");
        assert_eq!(
            answer.header("content-type"),
            Some("text/javascript; charset=utf-8")
        );
        assert_eq!(
            answer.header("cache-control"),
            Some("private, max-age=31536000, immutable")
        );
        let etag = answer.header("etag").unwrap();
        let head = format!(
            "GET /{} HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: {etag}\r\n",
            script.trim_start_matches("./")
        );
        assert_eq!(server.request(&head, b"").status, 304);
    }
    // Any path a person opens is the page; what a page loads is there or not.
    let deep = ask(
        &server,
        "GET",
        "/images/a",
        "Host: localhost\r\nAccept: text/html\r\n",
    );
    assert_eq!(deep.status, 200);
    assert!(deep.text().contains("<base href=\"../\" />"));
    let loaded = ask(
        &server,
        "GET",
        "/images/a.js",
        "Host: localhost\r\nAccept: */*\r\nSec-Fetch-Mode: cors\r\n",
    );
    loaded.error(404, "not_found", None);
}

#[test]
fn text_is_compressed_and_blobs_are_not() {
    let (_dir, server) = with(|_| {});
    let get = |path: &str, encoding: &str| {
        ask(
            &server,
            "GET",
            path,
            &format!("Host: localhost\r\nAccept-Encoding: {encoding}\r\n"),
        )
    };
    let path = "/api/v1/scalars?run=a&tag=loss";
    assert_eq!(get(path, "gzip").header("content-encoding"), Some("gzip"));
    assert_eq!(get(path, "gzip").body[..2], [0x1f, 0x8b]);
    assert_eq!(get(path, "br, gzip").header("content-encoding"), Some("br"));
    assert_eq!(get(path, "identity").header("content-encoding"), None);
    assert_eq!(
        get("/api/v1/status", "gzip").header("content-encoding"),
        None,
        "too short to gain"
    );
    let query = json!({"series": [{"run": server.run_id("a"), "tag": "loss"}]});
    let columns = server.send("POST", "scalars", &query, "Accept-Encoding: gzip\r\n");
    assert_eq!(columns.header("content-encoding"), None);
}
