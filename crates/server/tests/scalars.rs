//! Scalars over HTTP: exact numbers in every form of answer.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use common::events::START;
use common::{Log, Server, golden};
use serde_json::{Value as Json, json};

/// A run `a` with 1,000 points of `loss` (value = step / 2), and a run `b,"x"` with 3.
fn two_runs() -> (tempfile::TempDir, Server) {
    let dir = tempfile::tempdir().unwrap();
    let mut a = Log::create(&dir.path().join("a"));
    for step in 0..1000 {
        a.scalar("loss", step, step as f32 / 2.0);
    }
    a.scalar("epoch", 0, 0.0);
    a.scalar("epoch", 500, 1.0);
    a.flush();
    let mut b = Log::create(&dir.path().join("b,\"x\""));
    for (step, value) in [(10, f32::NAN), (20, f32::NEG_INFINITY), (30, 0.1)] {
        b.scalar("loss", step, value);
    }
    b.flush();
    let server = Server::over(dir.path());
    (dir, server)
}

/// The header and the binary part of a columns answer.
fn columns(bytes: &[u8]) -> (Json, &[u8]) {
    assert_eq!(&bytes[..4], b"GBC1");
    let length = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
    assert_eq!((8 + length) % 8, 0);
    (
        serde_json::from_slice(&bytes[8..8 + length]).unwrap(),
        &bytes[8 + length..],
    )
}

fn column(set: &Json, name: &str, binary: &[u8]) -> Vec<f64> {
    let column = &set["columns"][name];
    let offset = column["offset"].as_u64().unwrap() as usize;
    assert_eq!(offset % 8, 0);
    let count = set["count"].as_u64().unwrap() as usize;
    match column["dtype"].as_str() {
        Some("f32") => binary[offset..offset + 4 * count]
            .chunks(4)
            .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()).into())
            .collect(),
        Some("f64") => binary[offset..offset + 8 * count]
            .chunks(8)
            .map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap()))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn columns_hold_every_point() {
    let (_dir, server) = two_runs();
    let (a, b) = (server.run_id("a"), server.run_id("b,\"x\""));
    let query = json!({"series": [
        {"run": a, "tag": "loss"}, {"run": 999, "tag": "loss"}, {"run": b, "tag": "loss"}, {"run": b, "tag": "none"}
    ]});
    let answer = server.send("POST", "scalars", &query, "");
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/x-glassboard-columns")
    );
    let (header, binary) = columns(&answer.body);
    let series = header["series"].as_array().unwrap();
    assert_eq!(series.len(), 2, "series that do not exist are left out");
    assert_eq!(series[0]["run"], a);
    assert_eq!(series[0]["points_total"], 1000);
    assert_eq!(series[0]["points_in_range"], 1000);
    assert_eq!(series[0]["reduced"], false);
    assert_eq!(series[0]["x_first"], 0.0);
    assert_eq!(series[0]["x_last"], 999.0);
    let live = &series[0]["live"];
    let steps: Vec<f64> = (0..1000).map(f64::from).collect();
    let place = |name: &str| live["columns"][name].clone();
    assert_eq!(place("x"), place("step"), "written once");
    let types = ["step", "wall", "value"].map(|name| place(name)["dtype"].clone());
    // Half steps and small steps are exact in single precision, seconds since 1970 are not.
    assert_eq!(types, ["f32", "f64", "f32"]);
    assert_eq!(column(live, "x", binary), steps);
    assert_eq!(column(live, "step", binary), steps);
    assert_eq!(
        column(live, "wall", binary),
        steps.iter().map(|step| START + step).collect::<Vec<_>>()
    );
    assert_eq!(
        column(live, "value", binary),
        steps.iter().map(|step| step / 2.0).collect::<Vec<_>>()
    );
    assert!(live["columns"].get("smooth").is_none());
    assert_eq!(
        (
            &series[1]["nan"],
            &series[1]["pos_inf"],
            &series[1]["neg_inf"]
        ),
        (&json!(1), &json!(0), &json!(1))
    );
    let values = column(&series[1]["live"], "value", binary);
    assert!(values[0].is_nan());
    assert_eq!(values[1..], [f64::NEG_INFINITY, f64::from(0.1_f32)]);
}

#[test]
fn pixels_reduce_and_smoothing_is_that_of_tensorboard() {
    let (_dir, server) = two_runs();
    let a = server.run_id("a");
    let query = json!({
        "series": [{"run": a, "tag": "loss"}],
        "x": {"kind": "relative"},
        "pixels": 10,
        "smoothing": {"method": "exponential", "weight": 0.6}
    });
    let answer = server.send("POST", "scalars", &query, "");
    let (header, binary) = columns(&answer.body);
    let series = &header["series"][0];
    assert_eq!(series["reduced"], true);
    assert_eq!(series["points_in_range"], 1000);
    let live = &series["live"];
    let (x, value, smooth) = (
        column(live, "x", binary),
        column(live, "value", binary),
        column(live, "smooth", binary),
    );
    assert!(
        x.len() >= 20 && x.len() <= 40,
        "{} points for 10 pixels",
        x.len()
    );
    assert_eq!((x[0], x[x.len() - 1]), (0.0, 999.0));
    // Debiased exponential mean of all values up to the point, whatever is drawn.
    for (&x, (&value, &smooth)) in x.iter().zip(value.iter().zip(&smooth)) {
        assert_eq!(value, x / 2.0);
        let (mut last, mut weight) = (0.0, 0.0);
        for step in 0..=x as u32 {
            last = last * 0.6 + f64::from(step) / 2.0 * 0.4;
            weight = weight * 0.6 + 0.4;
        }
        let expected: f64 = last / weight;
        assert!(
            (smooth - expected).abs() < 1e-9,
            "{smooth} {expected} at {x}"
        );
    }
}

#[test]
fn ranges_and_another_scalar_as_axis() {
    let (_dir, server) = two_runs();
    let a = server.run_id("a");
    let series = json!([{"run": a, "tag": "loss"}]);
    let query = json!({"series": series, "x_min": 100.0, "x_max": 102.0});
    let (header, _) = columns(&server.send("POST", "scalars", &query, "").body);
    assert_eq!(header["series"][0]["points_in_range"], 3);
    assert_eq!(header["series"][0]["points_total"], 1000);
    let query = json!({"series": series, "x": {"kind": "tag", "tag": "epoch"}});
    let answer = server.send("POST", "scalars", &query, "");
    let (header, binary) = columns(&answer.body);
    let x = column(&header["series"][0]["live"], "x", binary);
    assert_eq!((x[0], x[499], x[500], x[999]), (0.0, 0.0, 1.0, 1.0));
}

#[test]
fn json_and_csv_on_request() {
    let (_dir, server) = two_runs();
    let b = server.run_id("b,\"x\"");
    let query = json!({"series": [{"run": b, "tag": "loss"}]});
    let answer = server.send("POST", "scalars", &query, "Accept: application/json\r\n");
    let series = &answer.json()["series"][0];
    assert_eq!(series["run_name"], "b,\"x\"");
    assert_eq!(series["step"], json!([10, 20, 30]));
    assert_eq!(
        series["wall_time_secs"],
        json!([START + 10.0, START + 20.0, START + 30.0])
    );
    assert_eq!(
        series["value"],
        json!(["NaN", "-Infinity", f64::from(0.1_f32)])
    );

    let answer = server.send("POST", "scalars", &query, "Accept: text/csv\r\n");
    assert_eq!(
        answer.header("content-type"),
        Some("text/csv; charset=utf-8")
    );
    assert_eq!(
        answer.text(),
        "Run,Tag,Wall time,Step,Value\r\n\
         \"b,\"\"x\"\"\",loss,1700000010.0,10,NaN\r\n\
         \"b,\"\"x\"\"\",loss,1700000020.0,20,-Infinity\r\n\
         \"b,\"\"x\"\"\",loss,1700000030.0,30,0.10000000149011612\r\n"
    );
    let query = json!({"series": [{"run": server.run_id("a"), "tag": "epoch"}], "smoothing": {"method": "running_mean", "window": 3}});
    let text = server
        .send("POST", "scalars", &query, "Accept: text/csv\r\n")
        .text();
    assert!(
        text.starts_with("Run,Tag,Wall time,Step,Value,Smoothed\r\n"),
        "{text}"
    );
}

#[test]
fn one_series_by_name() {
    let (_dir, server) = two_runs();
    let run = "b%2C%22x%22";
    let body = server.json(&format!("scalars?run={run}&tag=loss"));
    assert_eq!(body["series"][0]["step"], json!([10, 20, 30]));
    let csv = server.get(&format!("scalars?run={run}&tag=loss&format=csv"));
    assert_eq!(
        csv.text(),
        "Wall time,Step,Value\r\n1700000010.0,10,NaN\r\n1700000020.0,20,-Infinity\r\n1700000030.0,30,0.10000000149011612\r\n"
    );
    let reduced = server.json("scalars?run=a&tag=loss&pixels=10");
    assert_eq!(reduced["series"][0]["reduced"], true);
}

#[test]
fn torchs_awkward_values() {
    let server = Server::over(&golden());
    let body = server.json("scalars?run=scalar/log&tag=loss/train");
    let series = &body["series"][0];
    let values = series["value"].as_array().unwrap();
    assert_eq!(
        values[..5],
        [
            json!(0.100_000_001_490_116_12),
            json!(-2.5),
            json!(3.0),
            json!("NaN"),
            json!("Infinity")
        ]
    );
    assert_eq!(series["step"][4], 4);
    assert_eq!(series["wall_time_secs"][4], 1_700_000_004.25);
}

#[test]
fn stats_are_exact() {
    let (_dir, server) = two_runs();
    let (a, b) = (server.run_id("a"), server.run_id("b,\"x\""));
    let query = json!({"series": [{"run": a, "tag": "loss"}, {"run": b, "tag": "loss"}], "step_min": 10, "step_max": 20,
        "smoothing": {"method": "exponential", "weight": 0.0}});
    let answer = server.send("POST", "scalars/stats", &query, "");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    let point = |step: i64, value: Json| json!({"step": step, "wall_time_secs": START + step as f64, "value": value});
    assert_eq!(
        body["series"][0],
        json!({
            "run": a, "tag": "loss", "count": 11, "non_finite": 0,
            "min": point(10, json!(5.0)), "max": point(20, json!(10.0)), "mean": 7.5,
            "first": point(10, json!(5.0)), "last": point(20, json!(10.0)),
            "first_smoothed": 5.0, "last_smoothed": 10.0
        })
    );
    let series = &body["series"][1];
    assert_eq!(
        (&series["count"], &series["non_finite"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(series["min"], Json::Null);
    assert_eq!(series["mean"], Json::Null);
    assert_eq!(series["first"], point(10, json!("NaN")));
    assert_eq!(series["last"], point(20, json!("-Infinity")));
}
