//! Profiler traces over HTTP.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Server, wait_until};
use serde_json::{Value as Json, json};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/trace/worker.pt.trace.json.gz")
}

const SMALL: &str = r#"{"traceEvents": [
  {"ph":"M","name":"process_name","pid":9,"tid":0,"args":{"name":"python"}},
  {"ph":"X","cat":"user_annotation","name":"ProfilerStep#0","pid":9,"tid":9,"ts":0,"dur":100},
  {"ph":"X","cat":"cpu_op","name":"aten::linear","pid":9,"tid":9,"ts":10,"dur":30,"args":{"External id":3,"Input Dims":[[2, 8]],"note":"<b>"}},
  {"ph":"X","cat":"cpu_op","name":"aten::addmm","pid":9,"tid":9,"ts":12,"dur":20,"args":{"External id":4}},
  {"ph":"X","cat":"cpu_op","name":"aten::relu","pid":9,"tid":9,"ts":120,"dur":5},
  {"ph":"X","cat":"kernel","name":"sgemm","pid":0,"tid":7,"ts":30,"dur":40,"args":{"External id":4,"est. achieved occupancy %":40}}
]}"#;

/// A server over a folder with this trace, read.
fn small() -> (tempfile::TempDir, Server) {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("run")).unwrap();
    fs::write(dir.path().join("run/small.pt.trace.json"), SMALL).unwrap();
    let server = Server::over(dir.path());
    read(&server, "run/small.pt.trace.json");
    (dir, server)
}

/// Asks until the trace is read.
fn read(server: &Server, path: &str) -> Json {
    let mut state = Json::Null;
    wait_until("the trace is read", || {
        state = server.json(&format!("trace?path={path}"));
        state["phase"] == "done"
    });
    state["overview"].clone()
}

/// A column of a timeline's answer.
fn column(bytes: &[u8], name: &str) -> Vec<f64> {
    let header_len = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
    let header: Json = serde_json::from_slice(&bytes[8..8 + header_len]).unwrap();
    let count = header["count"].as_u64().unwrap() as usize;
    let place = &header["columns"][name];
    let start = 8 + header_len + place["offset"].as_u64().unwrap() as usize;
    (0..count)
        .map(|i| {
            if place["dtype"] == "f32" {
                let bytes = bytes[start + 4 * i..][..4].try_into().unwrap();
                f64::from(f32::from_le_bytes(bytes))
            } else {
                f64::from_le_bytes(bytes[start + 8 * i..][..8].try_into().unwrap())
            }
        })
        .collect()
}

#[test]
fn the_trace_that_torch_wrote() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("a")).unwrap();
    fs::copy(golden(), dir.path().join("a/worker.pt.trace.json.gz")).unwrap();
    fs::write(dir.path().join("a/other.json"), "{}").unwrap();
    let server = Server::over(dir.path());
    let list = server.json("traces");
    let size = fs::metadata(golden()).unwrap().len();
    assert_eq!(list["traces"].as_array().unwrap().len(), 1);
    assert_eq!(list["traces"][0]["path"], "a/worker.pt.trace.json.gz");
    assert_eq!(list["traces"][0]["run"], "a");
    assert_eq!(list["traces"][0]["size_bytes"], size);
    assert_eq!(server.json("status")["traces"], 1);
    // It makes no run.
    assert_eq!(server.json("status")["runs"], 0);
    let overview = read(&server, "a/worker.pt.trace.json.gz");
    assert_eq!(overview["events"], 319);
    assert_eq!(overview["steps"].as_array().unwrap().len(), 3);
    assert_eq!(overview["notices"], json!([]));
    let found = server.json("trace/search?path=a/worker.pt.trace.json.gz&find=aten::conv2d");
    assert_eq!(found["count"], 3);
    let event = &found["hits"][0]["event"];
    let detail = server.json(&format!(
        "trace/event?path=a/worker.pt.trace.json.gz&event={event}"
    ));
    assert_eq!(detail["name"], "aten::conv2d");
    assert!(
        detail["arguments"]
            .as_array()
            .unwrap()
            .contains(&json!({ "name": "External id", "text": "4" }))
    );
    let file = server.get("trace/file?path=a/worker.pt.trace.json.gz");
    assert_eq!(file.status, 200);
    assert_eq!(file.header("content-disposition"), Some("attachment"));
    assert_eq!(file.body, fs::read(golden()).unwrap());
}

#[test]
fn tables_are_sorted_filtered_and_paged() {
    let (_dir, server) = small();
    let rows = |query: &str| -> Json {
        server.json(&format!(
            "trace/operators?path=run/small.pt.trace.json&{query}"
        ))
    };
    let names = |answer: &Json| -> Vec<String> {
        let rows = answer["rows"].as_array().unwrap();
        rows.iter()
            .map(|row| row["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = rows("");
    assert_eq!(
        names(&all),
        [
            "ProfilerStep#0",
            "aten::addmm",
            "aten::linear",
            "aten::relu"
        ]
    );
    assert_eq!(
        (&all["total"], &all["self_ns"], &all["device_self_ns"]),
        (&json!(4), &json!(105_000), &json!(40_000))
    );
    assert_eq!(
        rows("category=cpu_op")["rows"][1],
        json!({
            "name": "aten::linear", "category": "cpu_op", "calls": 1, "total_ns": 30_000, "self_ns": 10_000,
            "min_ns": 30_000, "max_ns": 30_000, "device_total_ns": 40_000, "device_self_ns": 0
        })
    );
    assert_eq!(
        names(&rows("sort=name&ascending=true&category=cpu_op")),
        ["aten::addmm", "aten::linear", "aten::relu"]
    );
    assert_eq!(
        names(&rows("sort=mean&ascending=true&limit=2")),
        ["aten::relu", "aten::addmm"]
    );
    let second = rows("sort=mean&ascending=true&limit=2&offset=2");
    assert_eq!(names(&second), ["aten::linear", "ProfilerStep#0"]);
    assert_eq!(second["total"], 4);
    let found = rows("find=RELU");
    assert_eq!(
        (names(&found), &found["total"]),
        (vec!["aten::relu".to_owned()], &json!(1))
    );
    assert_eq!(
        names(&rows("step=0&category=cpu_op")),
        ["aten::addmm", "aten::linear"]
    );
    assert_eq!(
        names(&rows("sort=device_total&limit=1&category=cpu_op")).len(),
        1
    );
    let kernels = server.json("trace/kernels?path=run/small.pt.trace.json");
    assert_eq!(
        kernels,
        json!({ "total": 1, "total_ns": 40_000, "rows": [{
            "name": "sgemm", "category": "kernel", "calls": 1, "total_ns": 40_000, "min_ns": 40_000, "max_ns": 40_000,
            "occupancy_percent": 40.0
        }] })
    );
    let categories = server.json("trace/categories?path=run/small.pt.trace.json&step=0");
    let cpu = categories
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["category"] == "cpu_op")
        .unwrap();
    assert_eq!(
        (&cpu["calls"], &cpu["self_ns"]),
        (&json!(2), &json!(30_000))
    );
}

#[test]
fn windows_of_the_timeline() {
    let (_dir, server) = small();
    let answer = server.get(
        "trace/timeline?path=run/small.pt.trace.json&from=0&to=125000&width=1000&find=aten::a",
    );
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/x-glassboard-columns")
    );
    assert_eq!(&answer.body[..4], b"GBC1");
    // The process without a name has the smaller number.
    assert_eq!(column(&answer.body, "lane"), [0.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(column(&answer.body, "row"), [0.0, 0.0, 0.0, 1.0, 2.0]);
    assert_eq!(
        column(&answer.body, "start"),
        [30_000.0, 0.0, 120_000.0, 10_000.0, 12_000.0]
    );
    assert_eq!(
        column(&answer.body, "end"),
        [70_000.0, 100_000.0, 125_000.0, 40_000.0, 32_000.0]
    );
    assert_eq!(column(&answer.body, "events"), [1.0; 5]);
    assert_eq!(column(&answer.body, "hit"), [0.0, 0.0, 0.0, 0.0, 1.0]);
    let event = column(&answer.body, "event")[3];
    let detail = server.json(&format!(
        "trace/event?path=run/small.pt.trace.json&event={event}"
    ));
    assert_eq!(
        detail,
        json!({
            "name": "aten::linear", "category": "cpu_op", "start_ns": 10_000, "duration_ns": 30_000, "self_ns": 10_000,
            "device_total_ns": 40_000, "lane": 1, "row": 1,
            "arguments": [
                { "name": "External id", "text": "3" }, { "name": "Input Dims", "text": "[[2, 8]]" }, { "name": "note", "text": "<b>" }
            ]
        })
    );
    let one =
        server.get("trace/timeline?path=run/small.pt.trace.json&from=0&to=125000&width=1&lanes=1");
    assert_eq!(column(&one.body, "events"), [2.0, 1.0, 1.0]);
}

#[test]
fn what_is_not_there_is_said() {
    let (_dir, server) = small();
    let path = "path=run/small.pt.trace.json";
    let failed = |route: &str, status: u16, kind: &str, parameter: Option<&str>| {
        server.get(route).error(status, kind, parameter)
    };
    failed("trace?path=../small.pt.trace.json", 404, "not_found", None);
    failed("trace/file?path=run", 404, "not_found", None);
    failed("trace/operators?path=other", 404, "not_found", Some("path"));
    failed(
        &format!("trace/operators?{path}&step=1"),
        404,
        "not_found",
        Some("step"),
    );
    failed(
        &format!("trace/operators?{path}&sort=color"),
        400,
        "bad_request",
        Some("sort"),
    );
    failed(
        &format!("trace/event?{path}&event=6"),
        404,
        "not_found",
        Some("event"),
    );
    failed(
        &format!("trace/timeline?{path}&from=5&to=5&width=9"),
        400,
        "bad_request",
        Some("to"),
    );
    failed(
        &format!("trace/timeline?{path}&from=0&to=5&width=0"),
        400,
        "bad_request",
        Some("width"),
    );
    failed(
        &format!("trace/timeline?{path}&from=0&to=5&width=9&lanes=a"),
        400,
        "bad_request",
        Some("lanes"),
    );
}

#[test]
fn a_trace_that_is_being_written_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("t.pt.trace.json");
    let cut = &SMALL[..SMALL.find("\n  {\"ph\":\"X\",\"cat\":\"kernel\"").unwrap()];
    fs::write(&file, cut).unwrap();
    let server = Server::over(dir.path());
    let overview = read(&server, "t.pt.trace.json");
    assert_eq!(overview["events"], 4);
    assert_eq!(overview["notices"][0]["kind"], "cut");
    let message = overview["notices"][0]["message"].as_str().unwrap();
    assert_eq!(
        message,
        format!(
            "expected an event, got the end of the file at byte {}: the file is cut off; what is before is shown (the file was written just now and may not be complete): t.pt.trace.json",
            cut.len()
        )
    );
    fs::write(&file, SMALL).unwrap();
    wait_until("the whole trace is read", || {
        let state = server.json("trace?path=t.pt.trace.json");
        state["overview"]["events"] == 5
    });
    assert_eq!(read(&server, "t.pt.trace.json")["notices"], json!([]));
}

#[test]
fn nothing_is_stopped_where_nothing_is_read() {
    let (_dir, server) = small();
    server
        .send(
            "POST",
            "trace/cancel?path=run/small.pt.trace.json",
            &Json::Null,
            "",
        )
        .error(404, "not_found", Some("path"));
}
