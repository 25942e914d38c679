//! Status, runs, tags, damage, workspace.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use std::fs;

use common::events::START;
use common::{Log, Server, golden, options, wait_until};
use glassboard_server::{LogSource, Port, ServeOptions};
use serde_json::{Value as Json, json};

#[test]
fn status_counts_what_is_loaded() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(&dir.path().join("a"));
    log.scalar("loss", 1, 0.5);
    log.scalar("loss", 2, 0.5);
    log.flush();
    let size = fs::metadata(log.path()).unwrap().len();
    let server = Server::over(dir.path());
    let status = server.json("status");
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(status["logdir"], dir.path().to_str().unwrap());
    assert_eq!(status["window_title"], status["logdir"]);
    assert_eq!(status["phase"], "following");
    assert_eq!(
        (&status["bytes_read"], &status["bytes_total"]),
        (&json!(size), &json!(size))
    );
    assert_eq!(
        (&status["files_read"], &status["files_total"]),
        (&json!(1), &json!(1))
    );
    assert_eq!((&status["runs"], &status["points"]), (&json!(1), &json!(2)));
    assert_eq!(
        (&status["damaged_records"], &status["damaged_files"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(status["notices"], json!([]));
    assert_eq!(status["workspace_writable"], true);

    let once = Server::with(ServeOptions {
        reload_interval: std::time::Duration::ZERO,
        window_title: Some("My title".into()),
        ..options(dir.path())
    });
    let status = once.json("status");
    assert_eq!(
        (&status["phase"], &status["window_title"]),
        (&json!("done"), &json!("My title"))
    );
}

#[test]
fn a_logdir_that_does_not_exist_yet_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("later");
    let server = Server::over(&logs);
    let status = server.json("status");
    assert_eq!(
        (&status["runs"], &status["workspace_writable"]),
        (&json!(0), &json!(false))
    );
    server
        .send("PUT", "workspace", &json!({}), "")
        .error(403, "forbidden", None);
    let mut log = Log::create(&logs.join("a"));
    log.scalar("loss", 1, 0.5);
    log.flush();
    wait_until("the run appears", || server.json("status")["runs"] == 1);
}

#[test]
fn runs_are_ordered_by_their_start() {
    let dir = tempfile::tempdir().unwrap();
    for (name, first) in [("late", 100), ("early", 5), ("nested/deep", 50)] {
        let mut log = Log::create(&dir.path().join(name));
        log.scalar("loss", first, 1.0);
        log.scalar("loss", first + 10, 1.0);
        log.flush();
    }
    let server = Server::over(dir.path());
    let body = server.json("runs");
    let runs = body["runs"].as_array().unwrap();
    // The version record of each file is written at the present time, but is no data.
    let names: Vec<_> = runs
        .iter()
        .map(|run| run["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["early", "nested/deep", "late"]);
    let run = &runs[1];
    assert_eq!(run["first_wall_time_secs"], START + 50.0);
    assert_eq!(run["last_step"], 60);
    assert_eq!(
        (&run["points"], &run["files"], &run["live"]),
        (&json!(2), &json!(1), &json!(true))
    );
    assert!(run["size_bytes"].as_u64().unwrap() > 0);
}

#[test]
fn tags_are_in_natural_order_with_their_runs() {
    let dir = tempfile::tempdir().unwrap();
    let mut a = Log::create(&dir.path().join("a"));
    for tag in ["layer10/w", "layer9/w", "b"] {
        a.scalar(tag, 0, 1.0);
    }
    a.histogram("layer9/w", 0, &[1.0], &[1.0]);
    a.flush();
    let mut b = Log::create(&dir.path().join("b"));
    b.scalar("b", 0, 1.0);
    b.flush();
    let server = Server::over(dir.path());
    let (a, b) = (server.run_id("a"), server.run_id("b"));
    let body = server.json("tags");
    let plugins: Vec<_> = body["plugins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|plugin| &plugin["plugin"])
        .collect();
    assert_eq!(plugins, ["histograms", "scalars"]);
    let tags = body["plugins"][1]["tags"].as_array().unwrap();
    let names: Vec<_> = tags
        .iter()
        .map(|tag| tag["tag"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["b", "layer9/w", "layer10/w"]);
    let mut runs = [a, b];
    runs.sort_unstable();
    let mut of_b: Vec<u64> = tags[0]["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run.as_u64().unwrap())
        .collect();
    of_b.sort_unstable();
    assert_eq!(of_b, runs);
    assert_eq!(tags[2]["runs"], json!([a]));
}

#[test]
fn every_case_of_torch_is_there_without_damage() {
    let server = Server::over(&golden());
    let status = server.json("status");
    assert_eq!(status["damaged_records"], 0);
    let body = server.json("tags");
    let plugins: Vec<_> = body["plugins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|plugin| plugin["plugin"].as_str().unwrap())
        .collect();
    for plugin in [
        "audio",
        "custom_scalars",
        "graphs",
        "histograms",
        "hparams",
        "images",
        "mesh",
        "pr_curves",
        "scalars",
        "text",
    ] {
        assert!(
            plugins.contains(&plugin),
            "{plugin} is not among {plugins:?}"
        );
    }
}

#[test]
fn damage_names_file_and_offset() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(&dir.path().join("a"));
    log.scalar("loss", 1, 0.5);
    log.flush();
    let first_end = fs::metadata(log.path()).unwrap().len();
    log.scalar("loss", 2, 0.5);
    log.flush();
    let second_end = fs::metadata(log.path()).unwrap().len();
    log.scalar("loss", 3, 0.5);
    log.flush();
    let mut bytes = fs::read(log.path()).unwrap();
    bytes[second_end as usize - 6] ^= 1;
    fs::write(log.path(), &bytes).unwrap();
    let name = log.path().file_name().unwrap().to_str().unwrap();
    let server = Server::over(dir.path());
    let body = server.json("damage");
    let lost = second_end - first_end;
    assert_eq!(
        body,
        json!({"files": [{
            "run": "a", "path": format!("a/{name}"), "records": 3, "damaged": 1,
            "places": [{
                "offset": first_end, "lost_bytes": lost, "kind": "data_checksum",
                "message": format!("record whose checksum does not fit its data at byte {first_end}: {lost} bytes lost")
            }]
        }]})
    );
    let series = &server.json("scalars?run=a&tag=loss")["series"][0];
    assert_eq!(
        series["step"],
        json!([1, 3]),
        "what is before and behind the damage is there"
    );
    let status = server.json("status");
    assert_eq!(
        (&status["damaged_records"], &status["damaged_files"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(server.json("runs")["runs"][0]["damaged_records"], 1);
}

#[test]
fn the_workspace_is_kept_beside_the_logs() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(".glassboard.json");
    let server = Server::over(dir.path());
    assert_eq!(
        server.json("workspace"),
        json!({"runs": {}, "pinned_tags": [], "baseline": null})
    );
    assert!(!file.exists(), "reading makes no file");
    let workspace = json!({
        "runs": {"a": {"alias": "the first", "color": "#ff0000", "hidden": true, "pinned": false, "tags": ["x"]}},
        "pinned_tags": ["loss"],
        "baseline": "a"
    });
    let answer = server.send("PUT", "workspace", &workspace, "");
    assert_eq!((answer.status, answer.json()), (200, workspace.clone()));
    assert_eq!(server.json("workspace"), workspace);
    let kept: Json = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(kept, workspace);
    let names: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(
        names,
        [".glassboard.json"],
        "no temporary files stay behind"
    );

    server
        .send("PUT", "workspace", &json!({"pinned_tags": [1]}), "")
        .error(400, "bad_request", Some("pinned_tags[0]"));
    let huge = json!({"pinned_tags": ["x".repeat(5 << 20)]});
    server
        .send("PUT", "workspace", &huge, "")
        .error(413, "too_large", None);
    assert_eq!(
        server.json("workspace"),
        workspace,
        "what was refused has changed nothing"
    );

    fs::write(&file, "not JSON").unwrap();
    let sentence = server.get("workspace").error(500, "internal", None);
    assert!(sentence.contains(".glassboard.json"), "{sentence}");
}

#[cfg(unix)]
#[test]
fn a_workspace_file_that_leads_elsewhere_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("secret.json");
    fs::write(&secret, r#"{"baseline": "secret"}"#).unwrap();
    let logs = dir.path().join("logs");
    fs::create_dir(&logs).unwrap();
    std::os::unix::fs::symlink(&secret, logs.join(".glassboard.json")).unwrap();
    let server = Server::over(&logs);
    server.get("workspace").error(500, "internal", None);
    assert_eq!(
        server
            .send("PUT", "workspace", &json!({"baseline": "mine"}), "")
            .status,
        200
    );
    assert_eq!(
        fs::read_to_string(&secret).unwrap(),
        r#"{"baseline": "secret"}"#
    );
}

#[test]
fn several_folders_under_names() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["x", "y/sub"] {
        let mut log = Log::create(&dir.path().join(name));
        log.scalar("loss", 1, 0.5);
        log.flush();
    }
    let source = LogSource::Named(vec![
        ("one".into(), dir.path().join("x")),
        ("two".into(), dir.path().join("y")),
    ]);
    let server = Server::with(ServeOptions {
        port: Port::Exactly(0),
        ..ServeOptions::new(source)
    });
    let runs = server.json("runs");
    let mut names: Vec<_> = runs["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["one", "two/sub"]);
    assert_eq!(server.json("status")["workspace_writable"], false);
    server
        .send("PUT", "workspace", &json!({}), "")
        .error(403, "forbidden", None);
}
