//! Summaries of model files beside the texts that torchinfo printed of the live models.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use std::path::PathBuf;

use glassboard_model::summary::{
    Column, Counting, Record, RowSettings, Summary, TextOptions, describe,
};
use glassboard_model::{ModelGraph, read};

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden/summary")
        .join(name)
}

fn graph(name: &str) -> ModelGraph {
    read(golden(&format!("{name}.pt2"))).unwrap()
}

fn summary(name: &str) -> Summary {
    Summary::new(Record::from_graph(&graph(name)), Counting::Current)
}

fn options(case: &str) -> TextOptions {
    let mut options = TextOptions::default();
    match case {
        "default" => {}
        "all_columns" => {
            let columns =
                "input_size output_size num_params params_percent kernel_size mult_adds trainable";
            options.columns = columns
                .split(' ')
                .map(|name| name.parse::<Column>().unwrap())
                .collect();
            options.column_width = 18;
        }
        "depth1" => options.depth = 1,
        "depth5_var_names" => {
            options.depth = 5;
            options.rows = RowSettings {
                var_names: true,
                ..RowSettings::default()
            };
        }
        "ascii" => {
            options.rows = RowSettings {
                var_names: true,
                ascii_only: true,
                ..RowSettings::default()
            };
        }
        other => panic!("no case is called {other}"),
    }
    options
}

/// All texts of an exported program are those of the live model.
fn check(name: &str) {
    for case in [
        "default",
        "all_columns",
        "depth1",
        "depth5_var_names",
        "ascii",
    ] {
        let expected = std::fs::read_to_string(golden(&format!("{name}__{case}.txt"))).unwrap();
        assert_eq!(
            summary(name).text(&options(case)) + "\n",
            expected,
            "{name} {case}"
        );
    }
}

#[test]
fn an_exported_sequential_is_as_the_live_one() {
    check("sequential");
}

#[test]
fn an_exported_network_is_as_the_live_one() {
    check("net");
}

#[test]
fn an_exported_model_with_shared_modules_is_as_the_live_one() {
    check("shared");
}

#[test]
fn an_exported_model_with_two_inputs_is_as_the_live_one() {
    check("two_inputs");
}

#[test]
fn an_exported_model_with_frozen_parts_is_as_the_live_one() {
    check("frozen");
}

#[test]
fn models_are_described_as_pytorch_prints_them() {
    let expected = "\
Net(
  (conv1): Conv2d(3, 32, kernel_size=(3, 3), stride=(1, 1))
  (pool): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  (conv2): Conv2d(32, 64, kernel_size=(5, 5), stride=(1, 1))
  (adaptive_pool): AdaptiveMaxPool2d(output_size=(1, 1))
  (flatten): Flatten(start_dim=1, end_dim=-1)
  (linear1): Linear(in_features=64, out_features=32, bias=True)
  (relu): ReLU()
  (linear2): Linear(in_features=32, out_features=1, bias=True)
  (sigmoid): Sigmoid()
)";
    assert_eq!(describe(&graph("net")), expected);
}
