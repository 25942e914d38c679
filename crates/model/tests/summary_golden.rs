//! The texts that torchinfo 1.8.0 printed, from records of the same models' calls (`tests/golden/make_summary.py`,
//! `make_summary_records.py`).
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod summary_records;

use glassboard_model::summary::{Column, Counting, RowSettings, Summary, TextOptions};
use serde_json::Value;
use summary_records::{golden, read_json, record};

/// The options of a case as torchinfo was called with them.
fn options(case: &Value) -> TextOptions {
    let mut options = TextOptions::default();
    for (name, value) in case["options"].as_object().unwrap() {
        let names = || {
            value
                .as_array()
                .unwrap()
                .iter()
                .map(|name| name.as_str().unwrap())
        };
        match name.as_str() {
            "col_names" => {
                options.columns = names()
                    .map(|name| name.parse::<Column>().unwrap())
                    .collect();
            }
            "col_width" => options.column_width = value.as_u64().unwrap() as usize,
            "depth" => options.depth = value.as_u64().unwrap() as usize,
            "row_settings" => {
                options.rows = RowSettings {
                    depth: names().any(|name| name == "depth"),
                    var_names: names().any(|name| name == "var_names"),
                    ascii_only: names().any(|name| name == "ascii_only"),
                    hide_recursive_layers: false,
                };
            }
            other => panic!("the case has an option that this test does not know: {other}"),
        }
    }
    options
}

#[test]
fn texts_are_torchinfos() {
    let cases = read_json("cases.json");
    let cases = cases.as_object().unwrap();
    assert_eq!(cases.len(), 55);
    for (name, case) in cases {
        let expected = std::fs::read_to_string(golden(&format!("{name}.txt"))).unwrap();
        for counting in [Counting::Current, Counting::Release] {
            let summary = Summary::new(record(case["model"].as_str().unwrap()), counting);
            assert_eq!(
                summary.text(&options(case)) + "\n",
                expected,
                "{name} {counting:?}"
            );
        }
    }
}

#[test]
fn sums_are_torchinfos() {
    let cases = read_json("cases.json");
    for (name, case) in cases.as_object().unwrap() {
        let summary = Summary::new(record(case["model"].as_str().unwrap()), Counting::Release);
        let totals = summary.totals();
        let sums = [
            ("total_params", totals.params),
            ("trainable_params", totals.trainable_params),
            ("total_mult_adds", totals.mult_adds),
            ("total_input", totals.input_bytes.unwrap()),
            ("total_output_bytes", totals.output_bytes),
            ("total_param_bytes", totals.param_bytes),
        ];
        for (sum, value) in sums {
            assert_eq!(case[sum].as_u64(), Some(value), "{name}: {sum}");
        }
    }
}

#[test]
fn bytes_of_parameters_outside_of_layers_are_counted_now() {
    // The release leaves out the three of `scale`, which the model itself holds.
    let release = Summary::new(record("shared"), Counting::Release);
    let current = Summary::new(record("shared"), Counting::Current);
    assert_eq!(release.totals().param_bytes, 576);
    assert_eq!(current.totals().param_bytes, 588);
}
