//! Grids are those of torchvision, to the last bit; see `data/make_grids.py`.

#![allow(clippy::unwrap_used)] // Helpers of tests, which may panic.

use glassboard_media::{AsTensor, GridElement, GridOptions, MediaError, make_grid};
use half::{bf16, f16};
use ndarray::{Array4, ArrayD};
use serde_json::Value;

fn sizes(value: &Value) -> Vec<usize> {
    let list = value.as_array().unwrap().iter();
    list.map(|size| size.as_u64().unwrap() as usize).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap().iter();
    list.map(|number| match number {
        Value::String(infinity) => infinity.parse().unwrap(),
        number => number.as_f64().unwrap(),
    })
    .collect()
}

fn options(value: &Value) -> GridOptions {
    let mut options = GridOptions::default();
    for (name, value) in value.as_object().unwrap() {
        match name.as_str() {
            "nrow" => options.nrow = value.as_u64().unwrap() as usize,
            "padding" => options.padding = value.as_u64().unwrap() as usize,
            "normalize" => options.normalize = value.as_bool().unwrap(),
            "scale_each" => options.scale_each = value.as_bool().unwrap(),
            "pad_value" => options.pad_value = value.as_f64().unwrap(),
            "value_range" => {
                let range = numbers(value);
                options.value_range = Some((range[0], range[1]));
            }
            other => panic!("option {other}"),
        }
    }
    options
}

fn check<T: GridElement>(case: &Value, from: impl Fn(f64) -> T) {
    let values = numbers(&case["values"]).into_iter().map(from).collect();
    let tensor = ArrayD::from_shape_vec(sizes(&case["shape"]), values).unwrap();
    let grid = make_grid(&tensor, &options(&case["options"])).unwrap();
    let name = format!("{} {} {}", case["dtype"], case["shape"], case["options"]);
    assert_eq!(grid.shape(), sizes(&case["grid_shape"]), "{name}");
    let got: Vec<f64> = grid.iter().map(|value| value.to_f64()).collect();
    assert_eq!(got, numbers(&case["grid"]), "{name}");
}

#[test]
fn grids_are_those_of_torchvision() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("data/grids.json")).unwrap();
    assert_eq!(cases.len(), 59);
    for case in &cases {
        match case["dtype"].as_str().unwrap() {
            "f32" => check(case, |x| x as f32),
            "f64" => check(case, |x| x),
            "f16" => check(case, f16::from_f64),
            "bf16" => check(case, bf16::from_f64),
            "u8" => check(case, |x| x as u8),
            other => panic!("type {other}"),
        }
    }
}

#[test]
fn errors_say_what_was_expected() {
    fn check<V: AsTensor<Elem: GridElement>>(tensor: &V, options: GridOptions, expected: &str) {
        let error: MediaError = make_grid(tensor, &options).map(drop).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let batch = Array4::<u8>::zeros((2, 3, 4, 4));
    let default = GridOptions::default();
    check(
        &vec![0.0_f32],
        default,
        "wrong shape of pictures: expected [H, W], [C, H, W] or [N, C, H, W], got [1]",
    );
    check(
        &Array4::<f32>::zeros((0, 3, 4, 4)),
        default,
        "empty picture: expected every axis to be at least 1 long, got shape [0, 3, 4, 4]",
    );
    let nrow = GridOptions { nrow: 0, ..default };
    check(&batch, nrow, "option nrow: expected at least 1, got 0");
    let pad = GridOptions {
        pad_value: 300.0,
        ..default
    };
    check(
        &batch,
        pad,
        "option pad_value: expected a value of the tensor's type, got 300",
    );
    let normalize = GridOptions {
        normalize: true,
        ..default
    };
    check(
        &batch,
        normalize,
        "option normalize: expected false for integers, got true",
    );
}
