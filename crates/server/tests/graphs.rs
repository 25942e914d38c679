//! Graphs of runs and of model files over HTTP.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Log, Server, golden, wait_until};
use serde_json::{Value as Json, json};

fn golden_models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/cam/tiny_resnet")
}

/// The group or node with this path, `/` between names.
fn find<'a>(graph: &'a Json, path: &str) -> (usize, &'a Json) {
    let nodes = graph["nodes"].as_array().unwrap();
    let path_of = |mut number: usize| {
        let mut parts = Vec::new();
        loop {
            parts.push(nodes[number]["name"].as_str().unwrap());
            match nodes[number].get("parent") {
                Some(parent) => number = parent.as_u64().unwrap() as usize,
                None => break,
            }
        }
        parts.reverse();
        parts.join("/")
    };
    match (0..nodes.len()).find(|number| path_of(*number) == path) {
        Some(number) => (number, &nodes[number]),
        None => panic!("no {path} in {graph}"),
    }
}

#[test]
fn the_graph_that_torch_logged() {
    let server = Server::over(&golden());
    let list = server.json("graphs");
    let entry = list["graphs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|graph| graph["name"] == "graph/log")
        .unwrap();
    assert_eq!(
        *entry,
        json!({ "source": "run", "name": "graph/log", "tag": "__run_graph__", "metadata_tags": ["step1"] })
    );
    let graph = server.json("graph?source=run&name=graph/log&metadata=step1");
    assert_eq!(graph["title"], "Net");
    assert_eq!(graph["kind"], "operations");
    assert_eq!(graph["notices"], json!([]));
    let (_, layer) = find(&graph, "Net/fc");
    assert_eq!(
        (&layer["op"], &layer["kind"]),
        (&json!("Linear"), &json!("group"))
    );
    let (number, linear) = find(&graph, "Net/fc/66");
    assert_eq!(linear["op"], "aten::linear");
    let shape = linear["shape"].as_u64().unwrap() as usize;
    assert_eq!(graph["shapes"][shape], "1×2");
    let detail = server.json(&format!(
        "graph/node?source=run&name=graph/log&node={number}"
    ));
    assert_eq!(detail["path"], "Net/fc/66");
    assert_eq!(detail["module"], "fc");
    assert_eq!(
        detail["attributes"],
        json!([{ "name": "attr", "text": "{}" }])
    );
    let (mean, _) = find(&graph, "Net/input");
    assert_eq!(detail["inputs"][0], json!({ "node": mean, "shape": "1×4" }));
    let (output, _) = find(&graph, "output/output.1");
    assert_eq!(
        detail["outputs"],
        json!([{ "shape": "1×2", "used_by": [output] }])
    );
}

#[test]
fn model_files_of_the_log_directory() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("run")).unwrap();
    for name in ["model.pt2", "model.onnx", "model.safetensors"] {
        fs::copy(
            golden_models().join(name),
            dir.path().join("run").join(name),
        )
        .unwrap();
    }
    fs::write(dir.path().join("notes.txt"), "no model").unwrap();
    let server = Server::over(dir.path());
    let list = server.json("graphs")["graphs"].clone();
    let names: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|g| g["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["run/model.onnx", "run/model.pt2", "run/model.safetensors"]
    );
    assert_eq!(list[0]["source"], "file");
    let size = fs::metadata(golden_models().join("model.onnx"))
        .unwrap()
        .len();
    assert_eq!(list[0]["size_bytes"], size);
    assert_eq!(server.json("status")["models"], 3);

    let pt2 = server.json("graph?source=file&name=run/model.pt2");
    let onnx = server.json("graph?source=file&name=run/model.onnx");
    let weights = server.json("graph?source=file&name=run/model.safetensors");
    let model = glassboard_model::read(golden_models().join("model.pt2")).unwrap();
    for (graph, kind) in [
        (&pt2, "operations"),
        (&onnx, "operations"),
        (&weights, "weights"),
    ] {
        assert_eq!(graph["kind"], kind);
        let nodes = graph["nodes"].as_array().unwrap();
        let parameters: u64 = nodes
            .iter()
            .filter(|node| node.get("parent").is_none())
            .filter_map(|node| node["parameters"].as_u64())
            .sum();
        assert!(parameters > 0, "{graph}");
        assert_eq!(graph["notices"], json!([]));
    }
    let (_, root) = find(&pt2, model.name());
    assert_eq!(root["parameters"], model.parameter_count());
    let mult_adds: u64 = model
        .nodes
        .iter()
        .map(|node| glassboard_model::summary::node_mult_adds(&model, node))
        .sum();
    assert_eq!(root["mult_adds"], mult_adds);
    assert!(mult_adds > 0);
}

#[test]
fn model_files_come_change_and_go() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::over(dir.path());
    let listed = || server.json("graphs")["graphs"].as_array().unwrap().len();
    assert_eq!(listed(), 0);
    let path = dir.path().join("net.pt2");
    let whole = fs::read(golden_models().join("model.pt2")).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    wait_until("the file is listed", || listed() == 1);
    let answer = server.get("graph?source=file&name=net.pt2");
    let message = answer.error(422, "unprocessable", None);
    assert!(message.contains("net.pt2"), "{message}");
    assert!(message.contains("written just now"), "{message}");
    fs::write(&path, &whole).unwrap();
    wait_until("the whole file is read", || {
        server.get("graph?source=file&name=net.pt2").status == 200
    });
    fs::remove_file(&path).unwrap();
    wait_until("the file is gone", || listed() == 0);
    let message = server
        .get("graph?source=file&name=net.pt2")
        .error(404, "not_found", None);
    assert_eq!(
        message,
        "no model file at this path in the log directory: net.pt2"
    );
}

#[test]
fn nothing_else_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    fs::create_dir(&logs).unwrap();
    fs::copy(
        golden_models().join("model.pt2"),
        dir.path().join("outside.pt2"),
    )
    .unwrap();
    fs::write(logs.join("secret.txt"), "secret").unwrap();
    let server = Server::over(&logs);
    let outside = dir.path().join("outside.pt2");
    for name in [
        "../outside.pt2",
        "secret.txt",
        "",
        ".",
        outside.to_str().unwrap(),
    ] {
        let answer = server.get(&format!("graph?source=file&name={name}"));
        answer.error(404, "not_found", None);
    }
    let message = server
        .get("graph?source=upload&name=x")
        .error(404, "not_found", Some("name"));
    assert_eq!(
        message,
        "this model is not in memory any more; send the file again"
    );
    server
        .get("graph?source=run&name=x")
        .error(404, "not_found", Some("run"));
    server
        .get("graph?source=disk&name=x")
        .error(400, "bad_request", Some("source"));
}

#[test]
fn a_model_that_is_sent() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::over(dir.path());
    let send = |name: &str, bytes: &[u8]| {
        let head = format!(
            "POST /api/v1/graph/upload?name={name} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"
        );
        server.request(&head, bytes)
    };
    let bytes = fs::read(golden_models().join("model.onnx")).unwrap();
    let answer = send("net.onnx", &bytes);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let name = answer.json()["name"].as_str().unwrap().to_owned();
    let graph = server.json(&format!("graph?source=upload&name={name}"));
    assert!(graph["nodes"].as_array().unwrap().len() > 10);
    let detail = server.json(&format!("graph/node?source=upload&name={name}&node=0"));
    assert!(detail["path"].is_string());
    server
        .get(&format!("graph/node?source=upload&name={name}&node=99999"))
        .error(404, "not_found", Some("node"));
    // It is not among what the log directory holds, and nothing was written there.
    assert_eq!(server.json("graphs"), json!({ "graphs": [] }));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    let message = send("text.onnx", b"no model").error(422, "unprocessable", None);
    assert!(message.contains("text.onnx"), "{message}");
}

#[test]
fn keras_models_of_a_run() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(&dir.path().join("run"));
    let model = br#"{"class_name": "Sequential", "config": {"name": "net", "layers": [
        {"class_name": "Dense", "config": {"name": "a"}}, {"class_name": "Dense", "config": {"name": "b"}}]}}"#;
    log.strings("graph_keras_model", "keras", 0, &[], &[model]);
    log.strings("graph_keras_model", "broken", 0, &[], &[b"{"]);
    log.flush();
    let file = log.path().file_name().unwrap().to_str().unwrap().to_owned();
    let server = Server::over(dir.path());
    let list = server.json("graphs");
    assert_eq!(
        list["graphs"][1],
        json!({ "source": "keras", "name": "run", "tag": "keras" })
    );
    let graph = server.json("graph?source=keras&name=run&tag=keras");
    assert_eq!(
        (&graph["title"], &graph["kind"]),
        (&json!("net"), &json!("layers"))
    );
    assert_eq!(
        graph["edges"],
        json!({ "from": [0], "to": [1], "shape": [-1], "control": [] })
    );
    let message =
        server
            .get("graph?source=keras&name=run&tag=broken")
            .error(422, "unprocessable", None);
    assert_eq!(
        message,
        format!("EOF while parsing an object at line 1 column 1: run/{file}")
    );
    server
        .get("graph?source=run&name=run")
        .error(404, "not_found", Some("tag"));
}
