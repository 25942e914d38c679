//! Embeddings and their projections over HTTP.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use std::fs;
use std::io::{BufReader, Read as _};
use std::net::TcpStream;
use std::path::Path;

use common::{Answer, Server, golden, http, wait_until};
use serde_json::{Value as Json, json};

/// A run's folder with a configuration and files beside it.
fn write(folder: &Path, config: &str, files: &[(&str, &[u8])]) {
    fs::create_dir_all(folder).unwrap();
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    fs::write(folder.join("projector_config.pbtxt"), config).unwrap();
}

fn entry(name: &str, more: &str) -> String {
    format!("embeddings {{ tensor_name: \"{name}\" tensor_path: \"t.tsv\" {more} }}\n")
}

/// Points around a circle, and one number more.
fn circle(count: usize) -> String {
    let lines: Vec<String> = (0..count)
        .map(|point| {
            let angle = point as f64 / count as f64 * std::f64::consts::TAU;
            format!("{}\t{}\t0.5\n", 3.0 * angle.cos(), angle.sin())
        })
        .collect();
    lines.concat()
}

/// Frames of a projection's answer.
fn frames(mut bytes: &[u8]) -> Vec<(Json, Vec<f32>)> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        let (header, count) = (number(0), number(4));
        assert_eq!(header % 4, 0);
        let numbers = 8 + header;
        let end = numbers + 4 * count;
        frames.push((
            serde_json::from_slice(&bytes[8..numbers]).unwrap(),
            bytes[numbers..end]
                .chunks_exact(4)
                .map(|four| f32::from_le_bytes(four.try_into().unwrap()))
                .collect(),
        ));
        bytes = &bytes[end..];
    }
    frames
}

fn last_frame(server: &Server, request: &Json) -> (Json, Vec<f32>) {
    let answer = server.send("POST", "projection", request, "");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        answer.header("content-type"),
        Some("application/x-glassboard-projection")
    );
    frames(&answer.body).pop().unwrap()
}

#[test]
fn the_embeddings_that_torch_logged() {
    let server = Server::over(&golden());
    assert_eq!(server.json("status")["projectors"], 1);
    assert_eq!(
        server.json("embeddings"),
        json!({
            "embeddings": [
                { "run": "embedding/log", "name": "feat:00007", "tag": "feat", "step": 7 },
                { "run": "embedding/log", "name": "plain:00000", "tag": "plain", "step": 0 },
            ],
            "notices": [],
        })
    );

    let feat = server.json("embedding?run=embedding/log&name=feat:00007");
    assert_eq!(
        (&feat["points"], &feat["dimensions"]),
        (&json!(20), &json!(5))
    );
    let labels: Vec<String> = (0..20).map(|i| format!("l{i}")).collect();
    assert_eq!(feat["columns"], json!([{ "name": "", "values": labels }]));
    assert_eq!(feat["notices"], json!([]));
    let sprite = &feat["sprite"];
    assert_eq!(
        ["width", "height", "image_width", "image_height"].map(|side| sprite[side].clone()),
        [json!(20), json!(20), json!(4), json!(4)]
    );
    let picture = server.get("embedding/sprite?run=embedding/log&name=feat:00007");
    assert_eq!(picture.header("content-type"), Some("image/png"));
    let file = golden().join("embedding/log/00007/feat/sprite.png");
    assert_eq!(picture.body, fs::read(file).unwrap());

    let plain = server.json("embedding?run=embedding/log&name=plain:00000");
    assert_eq!(plain["columns"][0]["name"], "name");
    assert_eq!(plain["columns"][1]["values"][19], "19");
    assert_eq!(plain.get("sprite"), None);
    let message = server
        .get("embedding/sprite?run=embedding/log&name=plain:00000")
        .error(404, "not_found", Some("name"));
    assert_eq!(message, "embedding \"plain:00000\" has no sprite");
    server
        .get("embedding?run=embedding/log&name=x")
        .error(404, "not_found", Some("name"));
    server
        .get("embedding?run=scalar/log&name=x")
        .error(404, "not_found", Some("run"));
}

#[test]
fn paths_that_leave_the_folder_are_refused() {
    let logs = tempfile::tempdir().unwrap();
    fs::write(logs.path().join("secret.tsv"), "1\t2\n").unwrap();
    fs::create_dir(logs.path().join("other")).unwrap();
    fs::write(logs.path().join("other/t.tsv"), "1\t2\n").unwrap();
    let run = logs.path().join("run");
    let whole = logs.path().join("secret.tsv");
    let paths = [
        "../secret.tsv".to_owned(),
        "a/../../secret.tsv".to_owned(),
        "..\\\\secret.tsv".to_owned(),
        whole.to_str().unwrap().replace('\\', "\\\\"),
        "link.tsv".to_owned(),
        "folder/t.tsv".to_owned(),
    ];
    let config: Vec<String> = paths
        .iter()
        .enumerate()
        .map(|(number, path)| {
            format!("embeddings {{ tensor_name: \"{number}\" tensor_path: \"{path}\" }}\n")
        })
        .collect();
    let within = run.join("a/../t.tsv");
    let within = within.to_str().unwrap().replace('\\', "\\\\");
    let config = config.concat()
        + "embeddings { tensor_name: \"in\" tensor_path: \"a/.././t.tsv\" }\n"
        + &format!("embeddings {{ tensor_name: \"whole\" tensor_path: \"{within}\" }}\n")
        + &entry(
            "rest",
            "sprite { image_path: \"../secret.tsv\" single_image_dim: 1 } bookmarks_path: \"../secret.tsv\"",
        );
    write(&run, &config, &[("t.tsv", b"1\t2\n3\t4\n"), ("a/x", b"")]);
    let links = cfg!(unix);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../secret.tsv", run.join("link.tsv")).unwrap();
        std::os::unix::fs::symlink("../other", run.join("folder")).unwrap();
    }
    let server = Server::over(logs.path());
    let outside = |name: &str| {
        let got = server.json(&format!("embedding?run=run&name={name}"));
        assert_eq!(got["points"], 0, "{got}");
        assert_eq!(got["notices"][0]["kind"], "outside", "{got}");
    };
    for number in 0..if links { 6 } else { 4 } {
        outside(&number.to_string());
    }
    for name in ["in", "whole"] {
        let got = server.json(&format!("embedding?run=run&name={name}"));
        assert_eq!((&got["points"], &got["notices"]), (&json!(2), &json!([])));
    }
    for what in ["sprite", "bookmarks"] {
        let message = server
            .get(&format!("embedding/{what}?run=run&name=rest"))
            .error(403, "forbidden", None);
        assert_eq!(
            message,
            "expected a path within the run's folder, got one that leaves it: ../secret.tsv (named in run/projector_config.pbtxt)"
        );
    }
}

#[test]
#[expect(clippy::too_many_lines)] // one log directory with all that can be wrong
fn what_is_wrong_is_told_and_the_rest_shows() {
    let logs = tempfile::tempdir().unwrap();
    let run = logs.path().join("run");
    let config = entry(
        "a",
        "metadata_path: \"m.tsv\" sprite { image_path: \"s.png\" single_image_dim: 2 }",
    ) + "embeddings { tensor_name: \"raw\" tensor_path: \"t.bytes\" tensor_shape: [2, 2] bookmarks_path: \"b.json\" }\n"
        + "embeddings { tensor_name: \"none\" tensor_path: \"none.tsv\" }\n"
        + "embeddings { tensor_name: \"checkpoint\" }\n"
        + "embeddings { tensor_name: }";
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    png.extend(9_000_u32.to_be_bytes());
    png.extend(2_u32.to_be_bytes());
    let raw: Vec<u8> = [1.0_f32, 2.0, 3.0, 4.0]
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    write(
        &run,
        &config,
        &[
            ("t.tsv", b"1\t2\nnan\t4\n5\t6\nbroken\t8\n"),
            ("m.tsv", b"one\n<b>two</b>\n"),
            ("s.png", &png),
            ("t.bytes", &raw),
            ("b.json", b"[{\"label\": \"here\"}]"),
        ],
    );
    let server = Server::over(logs.path());
    let list = server.json("embeddings");
    let names: Vec<&str> = list["embeddings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["a", "none", "raw"]);
    assert_eq!(
        list["notices"],
        json!([{
            "kind": "config",
            "path": "run/projector_config.pbtxt",
            "message": "line 5: expected a text in quotes, got }: run/projector_config.pbtxt",
        }])
    );
    let got = server.json("embedding?run=run&name=a");
    assert_eq!(
        (&got["points"], &got["dimensions"], &got["columns"]),
        (
            &json!(3),
            &json!(2),
            &json!([{ "name": "", "values": ["one", "<b>two</b>", ""] }])
        )
    );
    let notices: Vec<(&str, &str)> = got["notices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|notice| {
            let text = |field: &str| notice[field].as_str().unwrap();
            (text("kind"), text("message"))
        })
        .collect();
    assert_eq!(
        notices,
        [
            (
                "tensor",
                "line 4: expected a number, got \"broken\": run/t.tsv"
            ),
            (
                "metadata_length",
                "expected 3 lines of metadata, got 2: run/m.tsv"
            ),
            (
                "sprite",
                "expected a sprite of at most 8192 x 8192 pixels, got 9000 x 2: run/s.png"
            ),
            (
                "not_finite",
                "expected 0 points of values that are not finite, got 1: t.tsv"
            ),
        ]
    );
    // The point without a place has none in the projection, and is nobody's neighbour.
    let (header, numbers) = last_frame(
        &server,
        &json!({ "run": "run", "name": "a", "method": "pca" }),
    );
    assert_eq!(
        (&header["kind"], &header["width"]),
        (&json!("result"), &json!(2))
    );
    assert!(numbers[2].is_nan() && numbers[3].is_nan(), "{numbers:?}");
    assert!((numbers[0] + numbers[4]).abs() < 1e-6 && numbers[0] != 0.0);
    assert_eq!(
        server.json("embedding/neighbors?run=run&name=a&point=0&metric=euclidean")["points"],
        json!([2])
    );

    let raw = server.json("embedding?run=run&name=raw");
    assert_eq!(
        (&raw["points"], &raw["has_bookmarks"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(
        server.json("embedding/bookmarks?run=run&name=raw"),
        json!([{ "label": "here" }])
    );
    fs::write(run.join("b.json"), "{").unwrap();
    server
        .get("embedding/bookmarks?run=run&name=raw")
        .error(422, "unprocessable", None);
    let none = server.json("embedding?run=run&name=none");
    assert_eq!(none["notices"][0]["kind"], "unreadable");
    assert_eq!(none["points"], 0);
    let (failed, _) = last_frame(
        &server,
        &json!({ "run": "run", "name": "none", "method": "pca" }),
    );
    assert_eq!(
        failed,
        json!({ "kind": "failed", "message": "expected points of at least one dimension, got none" })
    );
}

#[test]
fn new_files_are_seen() {
    let logs = tempfile::tempdir().unwrap();
    let run = logs.path().join("run");
    write(&run, &entry("a:00001", ""), &[("t.tsv", b"1\t2\n3\t4\n")]);
    let server = Server::over(logs.path());
    assert_eq!(server.json("embedding?run=run&name=a:00001")["points"], 2);
    fs::write(run.join("t.tsv"), "1\t2\n3\t4\n5\t6\n").unwrap();
    assert_eq!(server.json("embedding?run=run&name=a:00001")["points"], 3);
    write(
        &run,
        &(entry("a:00001", "") + &entry("a:00012", "") + &entry("a:00002", "")),
        &[],
    );
    let steps = server.json("embeddings")["embeddings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["step"].as_i64().unwrap())
        .collect::<Vec<_>>();
    assert_eq!(steps, [1, 2, 12]);
    write(&logs.path().join("later"), &entry("b", ""), &[]);
    wait_until("the new configuration is listed", || {
        server.json("status")["projectors"] == 2
    });
}

#[test]
fn components_layouts_and_neighbors() {
    let logs = tempfile::tempdir().unwrap();
    let run = logs.path().join("run");
    write(&run, &entry("c", ""), &[("t.tsv", circle(60).as_bytes())]);
    let server = Server::over(logs.path());
    let request = |more: Json| {
        let mut request = json!({ "run": "run", "name": "c", "method": "pca" });
        for (key, value) in more.as_object().unwrap() {
            request[key] = value.clone();
        }
        request
    };
    let (header, numbers) = last_frame(&server, &request(json!({})));
    assert_eq!(
        (&header["kind"], &header["width"]),
        (&json!("result"), &json!(3))
    );
    let ratio: Vec<f64> =
        serde_json::from_value(header["explained_variance_ratio"].clone()).unwrap();
    assert!(
        (ratio[0] - 0.9).abs() < 1e-5 && (ratio[1] - 0.1).abs() < 1e-5,
        "{ratio:?}"
    );
    assert_eq!(numbers.len(), 180);
    assert!((numbers[0].abs() - 3.0).abs() < 1e-4, "{numbers:?}");

    for (method, dimensions) in [("tsne", 2), ("tsne", 3), ("umap", 2), ("umap", 3)] {
        let asked = request(json!({
            "method": method, "dimensions": dimensions, "iterations": 60, "seed": 4
        }));
        let (header, numbers) = last_frame(&server, &asked);
        assert_eq!(header["width"], dimensions, "{header}");
        assert_eq!(numbers.len(), 60 * dimensions);
        assert!(numbers.iter().all(|number| number.is_finite()));
        assert_eq!(header.get("kl_divergence").is_some(), method == "tsne");
        // A seed gives one layout.
        assert_eq!(last_frame(&server, &asked).1, numbers);
    }

    let near = server.json("embedding/neighbors?run=run&name=c&point=0&k=2&metric=euclidean");
    let mut points: Vec<u64> = serde_json::from_value(near["points"].clone()).unwrap();
    points.sort_unstable();
    assert_eq!(points, [1, 59]);
    let expected = ((3.0 - 3.0 * 6.0_f64.to_radians().cos()).powi(2)
        + 6.0_f64.to_radians().sin().powi(2))
    .sqrt();
    assert!((near["distances"][0].as_f64().unwrap() - expected).abs() < 1e-6);
    let all = server.json("embedding/neighbors?run=run&name=c&point=0&k=1000");
    assert_eq!(all["points"].as_array().unwrap().len(), 59);

    server
        .get("embedding/neighbors?run=run&name=c&point=60")
        .error(400, "bad_request", Some("point"));
    for (field, value) in [
        ("dimensions", json!(4)),
        ("iterations", json!(0)),
        ("iterations", json!(1_000_000)),
        ("neighbors", json!(1)),
        ("min_dist", json!(2.0)),
        ("perplexity", json!(0.5)),
        ("learning_rate", json!(0.0)),
    ] {
        let wrong = request(json!({ field: value }));
        server
            .send("POST", "projection", &wrong, "")
            .error(400, "bad_request", Some(field));
    }
    let unknown = request(json!({ "method": "mds" }));
    server
        .send("POST", "projection", &unknown, "")
        .error(400, "bad_request", Some("method"));
}

/// A run of six points in three dimensions with two columns of metadata; the last point has no place.
fn words(folder: &Path) -> Server {
    let run = folder.join("run");
    let points = "1\t0\t2\n3\t0\t2\n0\t4\t2\n0\t6\t2\n1\t1\t7\nnan\t0\t0\n";
    let labels = "word\tkind\nMan\tperson\nhuman\tperson\nqueen\truler\nQueens\truler\nrock\t\nking\truler\n";
    let files = [("t.tsv", points.as_bytes()), ("m.tsv", labels.as_bytes())];
    write(&run, &entry("w", "metadata_path: \"m.tsv\""), &files);
    Server::over(folder)
}

fn custom(axes: &Json) -> Json {
    json!({ "run": "run", "name": "w", "method": "custom", "axes": axes })
}

#[test]
fn custom_axes_lead_from_one_group_to_another() {
    let logs = tempfile::tempdir().unwrap();
    let server = words(logs.path());
    // By text, by pattern, and by position: the axis is (-2, 5, 0).
    let man = json!({ "by": "text", "text": "MAN" });
    let queen = json!({ "by": "pattern", "pattern": "^queens?$" });
    let chosen = json!({ "by": "points", "points": [4] });
    let axes =
        json!([{ "from": man, "to": queen }, { "to": chosen }, { "from": queen, "to": man }]);
    let (header, numbers) = last_frame(&server, &custom(&axes));
    assert_eq!(
        (&header["kind"], &header["width"]),
        (&json!("result"), &json!(3))
    );
    let counts = |axis: usize| {
        ["from", "to"].map(|end| header["axes"][axis][end]["points"].as_u64().unwrap())
    };
    // Five points have a place; all of them are an end that is not named.
    assert_eq!([counts(0), counts(1), counts(2)], [[2, 2], [5, 1], [2, 2]]);
    let along =
        |axis: usize| -> Vec<f32> { numbers.iter().skip(axis).step_by(3).copied().collect() };
    assert_eq!(along(0)[..5], [-2.0, -6.0, 20.0, 30.0, 3.0]);
    assert_eq!(along(2)[..5], [2.0, 6.0, -20.0, -30.0, -3.0]);
    // From the mean (1, 2.2, 3) to (1, 1, 7).
    let expected = [8.0, 8.0, 3.2, 0.8, 26.8];
    for (got, expected) in along(1).iter().zip(expected) {
        assert!((got - expected).abs() < 1e-5, "{numbers:?}");
    }
    assert!(numbers[15..].iter().all(|number| number.is_nan()));
    let length = header["axes"][0]["length"].as_f64().unwrap();
    assert!((length - 29.0_f64.sqrt()).abs() < 1e-9);

    // Another column; points around their centre.
    let mut other = custom(
        &json!([{ "from": { "by": "text", "text": "person" }, "to": { "by": "text", "text": "ruler" } }]),
    );
    other["column"] = json!("kind");
    let (header, numbers) = last_frame(&server, &other);
    assert_eq!(header["axes"][0]["to"], json!({ "points": 2 }));
    assert_eq!(numbers[..5], [-2.0, -6.0, 20.0, 30.0, 3.0]);
    other["spherize"] = json!(true);
    let (_, spherized) = last_frame(&server, &other);
    assert_ne!(spherized[0], numbers[0]);
}

#[test]
fn axes_that_lead_nowhere_are_flat_and_say_why() {
    let logs = tempfile::tempdir().unwrap();
    let server = words(logs.path());
    let man = json!({ "by": "text", "text": "man" });
    let axes = json!([
        { "from": man, "to": { "by": "text", "text": "nobody" } },
        { "from": man, "to": { "by": "pattern", "pattern": "a(" } },
        { "from": man, "to": { "by": "points", "points": [1, 0, 1] } },
    ]);
    let (header, numbers) = last_frame(&server, &custom(&axes));
    assert_eq!(
        header["axes"],
        json!([
            { "from": { "points": 2 }, "to": { "points": 0 }, "length": 0.0 },
            {
                "from": { "points": 2 },
                "to": {
                    "points": 0,
                    "problem": "expected a regular expression, got \"a(\": unclosed group",
                },
                "length": 0.0,
            },
            { "from": { "points": 2 }, "to": { "points": 2 }, "length": 0.0 },
        ])
    );
    assert_eq!(numbers[..15], [0.0; 15]);

    let refused = |request: &Json, parameter: &str, message: &str| {
        let answer = server.send("POST", "projection", request, "");
        assert_eq!(answer.error(400, "bad_request", Some(parameter)), message);
    };
    refused(
        &custom(&json!([])),
        "axes",
        "parameter axes: expected 1 to 3 axes, got 0",
    );
    refused(
        &custom(&json!([{}, {}, {}, {}])),
        "axes",
        "parameter axes: expected 1 to 3 axes, got 4",
    );
    refused(
        &custom(&json!([{}, { "to": { "by": "text", "text": " " } }])),
        "axes[1].to",
        "axes[1].to: expected a text to look for, got an empty one",
    );
    refused(
        &custom(&json!([{ "from": { "by": "pattern", "pattern": "x".repeat(1_001) } }])),
        "axes[0].from",
        "axes[0].from: expected at most 1000 characters, got 1001",
    );
    refused(
        &custom(&json!([{ "from": { "by": "points", "points": [] } }])),
        "axes[0].from",
        "axes[0].from: expected 1 to 30000 points, got 0",
    );
    refused(
        &custom(&json!([{ "from": { "by": "points", "points": vec![0; 30_001] } }])),
        "axes[0].from",
        "axes[0].from: expected 1 to 30000 points, got 30001",
    );
    refused(
        &custom(&json!([{ "to": { "by": "points", "points": [0, 6] } }])),
        "axes[0].to",
        "axes[0].to: expected points below 6, got 6",
    );
    let mut unknown = custom(&json!([{}]));
    unknown["column"] = json!("color");
    refused(
        &unknown,
        "column",
        "parameter column: expected one of [\"word\", \"kind\"], got \"color\"",
    );
}

/// Sends files of an embedding.
fn upload(server: &Server, query: &str, body: impl AsRef<[u8]>) -> Answer {
    let head = format!(
        "POST /api/v1/embedding/upload?{query} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"
    );
    server.request(&head, body.as_ref())
}

#[test]
fn embeddings_whose_files_were_sent() {
    let logs = tempfile::tempdir().unwrap();
    let server = Server::over(logs.path());
    let labels = "name\tkind\nant\tinsect\ncat\tpet\n";
    let vectors = "1\t2\t3\n4\t5\t6\n7\t8\t10\n";
    // The labels come first; the content says which file is which.
    let sent = upload(
        &server,
        &format!("name=m.tsv&bytes={}&other=v.tsv", labels.len()),
        format!("{labels}{vectors}"),
    );
    assert_eq!(sent.status, 200, "{}", sent.text());
    let sent = sent.json();
    assert_eq!(sent["file_name"], "v.tsv");
    let name = sent["name"].as_str().unwrap().to_owned();
    assert_eq!(name.len(), 32);
    let got = server.json(&format!("embedding?source=upload&name={name}"));
    assert_eq!(
        got,
        json!({
            "points": 3,
            "dimensions": 3,
            "columns": [
                { "name": "name", "values": ["ant", "cat", ""] },
                { "name": "kind", "values": ["insect", "pet", ""] },
            ],
            "has_bookmarks": false,
            "file_name": "v.tsv",
            "notices": [{
                "kind": "metadata_length",
                "path": "m.tsv",
                "expected": 3,
                "got": 2,
                "message": "expected 3 lines of metadata, got 2: m.tsv",
            }],
        })
    );
    // Everything that embeddings of runs have.
    let near =
        format!("embedding/neighbors?source=upload&name={name}&point=0&k=1&metric=euclidean");
    assert_eq!(server.json(&near)["points"], json!([1]));
    for method in ["pca", "tsne", "umap"] {
        let request =
            json!({ "source": "upload", "name": name, "method": method, "iterations": 5 });
        let (header, numbers) = last_frame(&server, &request);
        assert_eq!(header["kind"], "result", "{method}: {header}");
        assert!(numbers.len() >= 6, "{method}");
    }
    let pet = json!({ "to": { "by": "text", "text": "pet" }, "from": { "by": "text", "text": "insect" } });
    let request = json!({
        "source": "upload", "name": name, "method": "custom", "column": "kind", "axes": [pet]
    });
    assert_eq!(last_frame(&server, &request).1, [18.0, 45.0, 75.0]);
    // What NumPy saves beside labels that are numbers, too.
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }";
    let mut body = b"7\n9\n\x93NUMPY\x01\0".to_vec();
    body.extend((header.len() as u16).to_le_bytes());
    body.extend(header.as_bytes());
    body.extend([1.5_f64, -2.0].map(f64::to_le_bytes).concat());
    let sent = upload(&server, "name=m.tsv&bytes=4&other=v.npy", &body);
    assert_eq!(sent.status, 200, "{}", sent.text());
    let sent = sent.json();
    assert_eq!(sent["file_name"], "v.npy");
    let got = server.json(&format!(
        "embedding?source=upload&name={}",
        sent["name"].as_str().unwrap()
    ));
    assert_eq!((&got["points"], &got["dimensions"]), (&json!(2), &json!(1)));
    assert_eq!(got["columns"][0]["values"], json!(["7", "9"]));
    // They are in no list, and have no files beside them.
    assert_eq!(server.json("embeddings")["embeddings"], json!([]));
    for what in ["sprite", "bookmarks"] {
        server
            .get(&format!("embedding/{what}?source=upload&name={name}"))
            .error(400, "bad_request", Some("source"));
    }

    let gone =
        server
            .get("embedding?source=upload&name=none")
            .error(404, "not_found", Some("name"));
    assert_eq!(
        gone,
        "this embedding is not in memory any more; send its files again"
    );
    server
        .get("embedding?name=none")
        .error(404, "not_found", Some("run"));
}

#[test]
fn files_that_are_no_embedding_are_refused() {
    let logs = tempfile::tempdir().unwrap();
    let server = Server::over(logs.path());
    let message = upload(&server, "name=words.tsv", "1\t2\nking\tqueen\n");
    assert_eq!(message.status, 200);
    let message =
        upload(&server, "name=words.tsv", "king\nqueen\n").error(422, "unprocessable", None);
    assert_eq!(
        message,
        "expected a file of vectors; line 1: expected a number, got \"king\": words.tsv"
    );
    for bytes in ["", "&bytes=99"] {
        let query = format!("name=a&other=b{bytes}");
        let message = upload(&server, &query, "1\n").error(400, "bad_request", Some("bytes"));
        let got = if bytes.is_empty() { "none" } else { "99" };
        assert_eq!(
            message,
            format!("parameter bytes: expected 0 to 2 for the first of two files, got {got}")
        );
    }
    upload(&server, "", "1\n").error(400, "bad_request", Some("name"));
    // What a form of another site may send is refused.
    let head = "POST /api/v1/embedding/upload?name=a HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n";
    let message = server
        .request(head, b"1\n")
        .error(415, "unsupported_media_type", None);
    assert_eq!(
        message,
        "expected a body of content type application/octet-stream, got \"text/plain\""
    );
    // The oldest goes when there are too many.
    let names: Vec<String> = (0..17)
        .map(|number| {
            let sent = upload(&server, &format!("name={number}"), "1\t2\n3\t4\n").json();
            sent["name"].as_str().unwrap().to_owned()
        })
        .collect();
    let status = |name: &str| {
        server
            .get(&format!("embedding?source=upload&name={name}"))
            .status
    };
    assert_eq!(
        [status(&names[0]), status(&names[1]), status(&names[16])],
        [404, 200, 200]
    );
}

/// A projection whose answer is read by the caller.
fn begin(server: &Server, request: &Json) -> BufReader<TcpStream> {
    let head =
        "POST /api/v1/projection HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let mut answer = http::send(
        server.running.address(),
        head,
        request.to_string().as_bytes(),
    );
    assert_eq!(http::read_head(&mut answer).0, 200);
    answer
}

/// Reads until the text comes.
fn read_until(answer: &mut BufReader<TcpStream>, text: &str) {
    let mut seen = Vec::new();
    let mut byte = [0];
    while !seen.ends_with(text.as_bytes()) {
        assert_eq!(
            answer.read(&mut byte).unwrap(),
            1,
            "the answer ended before {text}"
        );
        seen.push(byte[0]);
    }
}

#[test]
fn who_goes_away_stops_the_work_and_makes_room() {
    let logs = tempfile::tempdir().unwrap();
    let run = logs.path().join("run");
    write(&run, &entry("c", ""), &[("t.tsv", circle(300).as_bytes())]);
    let server = Server::over(logs.path());
    let endless = json!({
        "run": "run", "name": "c", "method": "tsne", "iterations": 100_000
    });
    // Progress, with the layout so far.
    let mut running = [begin(&server, &endless), begin(&server, &endless)];
    for answer in &mut running {
        read_until(answer, "\"stage\":\"layout\"");
    }
    // There is room for two; the third waits until one goes away.
    let quick = json!({ "run": "run", "name": "c", "method": "pca" });
    let mut waiting = begin(&server, &quick);
    read_until(&mut waiting, "\"kind\":\"waiting\"");
    let [first, second] = running;
    drop(first);
    read_until(&mut waiting, "\"kind\":\"result\"");
    // The server ends although one is still at work.
    server.running.stop();
    drop(second);
}
