//! Files of weights only.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

#[allow(dead_code, unreachable_pub)] // each test file uses a part
mod common;

use common::{expected, golden, read, sum, tensors};
use glassboard_model::ModelError;

const STATE: [&str; 4] = [
    "models/state_dict.pth",
    "models/checkpoint.pth",
    "models/state_dict.safetensors",
    "models/convolutions.pt2",
];

#[test]
fn all_formats_hold_the_same_weights() {
    let expected = expected("state_dict");
    let expected = expected.as_object().unwrap();
    for file in STATE {
        let graph = read(file);
        assert_eq!(graph.tensors.len(), expected.len(), "{file}");
        for (name, facts) in expected {
            let tensor = &graph[graph.tensor(name).unwrap()];
            assert_eq!(tensor.dtype.name(), facts["dtype"], "{file}: {name}");
            assert_eq!(
                serde_json::json!(tensor.shape),
                facts["shape"],
                "{file}: {name}"
            );
            assert_eq!(
                sum(&graph, name),
                facts["sum"].as_f64().unwrap(),
                "{file}: {name}"
            );
        }
        assert_eq!(graph.parameter_count(), 165, "{file}");
    }
}

#[test]
fn a_state_dict_shows_layers_without_tensors_too() {
    let graph = read("models/state_dict.pth");
    let paths: Vec<&str> = graph
        .modules
        .iter()
        .map(|module| module.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "",
            "features",
            "features.0",
            "features.1",
            "features.2",
            "features.3",
            "up",
            "pool",
            "fc"
        ]
    );
    assert!(graph.calls.is_empty());
    assert_eq!(
        tensors(&graph).lines().nth(1).unwrap(),
        "features.1.weight float32 [4] parameter"
    );
    assert_eq!(
        tensors(&graph).lines().nth(3).unwrap(),
        "features.1.running_mean float32 [4] buffer"
    );
}

#[test]
fn tied_weights_are_seen_in_a_state_dict() {
    let graph = read("models/tied.pth");
    assert_eq!(
        tensors(&graph).lines().last().unwrap(),
        "head.weight float32 [10, 4] parameter = embedding.weight"
    );
}

#[test]
fn a_transposed_tensor_is_read_row_by_row() {
    let graph = read("models/strided.pth");
    assert_eq!(
        tensors(&graph),
        "half float16 [3, 2] parameter\nsmall uint16 [2] buffer"
    );
    // arange(6).reshape(2, 3).T is [[0, 3], [1, 4], [2, 5]].
    let half = |bits: u16| bits.to_le_bytes();
    let expected: Vec<u8> = [0x0000, 0x4200, 0x3c00, 0x4400, 0x4000, 0x4500]
        .into_iter()
        .flat_map(half)
        .collect();
    assert_eq!(graph.tensors[0].read().unwrap(), expected);
    assert_eq!(graph.tensors[1].read().unwrap(), [1, 0, 2, 0]);
}

#[test]
fn a_pickle_that_names_code_is_refused_with_that_name() {
    let error = glassboard_model::read(golden("models/whole_module.pth")).unwrap_err();
    let ModelError::ForbiddenGlobal { global, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(global, "__main__.Convolutions");
}

#[test]
fn a_tensor_outside_of_its_file_is_named() {
    let whole = std::fs::read(golden("models/state_dict.safetensors")).unwrap();
    let len = whole.len();
    let error =
        glassboard_model::read_bytes("cut.safetensors", whole[..len - 4].to_vec()).unwrap_err();
    assert!(matches!(error, ModelError::TensorExtent { .. }), "{error}");
    let mut longer = whole;
    longer.extend_from_slice(b"four");
    let error = glassboard_model::read_bytes("long.safetensors", longer).unwrap_err();
    assert!(
        error.to_string().starts_with("safetensors data: expected"),
        "{error}"
    );
}

fn safetensors(header: &str, data: &[u8]) -> Result<String, String> {
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    file.extend_from_slice(data);
    glassboard_model::read_bytes("x", file)
        .map(|graph| tensors(&graph))
        .map_err(|error| error.to_string())
}

#[test]
fn headers_of_safetensors_are_checked() {
    let one = |dtype: &str, shape: &str, offsets: &str| {
        format!("{{\"a\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":{offsets}}}}}")
    };
    assert_eq!(
        safetensors(&one("F32", "[2]", "[0,8]"), &[0; 8]).unwrap(),
        "a float32 [2] parameter"
    );
    let cases = [
        (
            one("F32", "[2]", "[0,4]"),
            "tensor a: expected bytes 0..8 to lie within the 4 bytes there are: x",
        ),
        (
            one("F32", "[1]", "[0,8]"),
            "tensor a: expected 4 bytes for float32 [1], got 8: x",
        ),
        (
            one("F32", "[1]", "[4,8]"),
            "tensor a: expected bytes from 0 on, got 4..8: x",
        ),
        (
            one("F33", "[2]", "[0,8]"),
            "tensor a: expected a known element type, got \"F33\": x",
        ),
        (
            one(
                "F32",
                "[0,18446744073709551615,18446744073709551615]",
                "[0,8]",
            ),
            "tensor a: expected 0 bytes for float32 [0, 18446744073709551615, 18446744073709551615], got 8: x",
        ),
    ];
    for (header, message) in cases {
        let len = if header.contains("[0,4]") { 4 } else { 8 };
        assert_eq!(safetensors(&header, &vec![0; len]).unwrap_err(), message);
    }
    let twice = "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\
                 \"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}";
    assert!(
        safetensors(twice, &[0; 2])
            .unwrap_err()
            .contains("\"a\" is there twice")
    );
}

#[test]
fn other_files_are_told_apart() {
    for (bytes, got) in [
        (&b""[..], "an empty file"),
        (
            b"\x80\x02}q\0.",
            "a bare pickle (written by a PyTorch before 1.6, or by another program)",
        ),
        (b"#!/bin/sh\necho", "something else"),
    ] {
        let error = glassboard_model::read_bytes("x", bytes.to_vec()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "expected a model (.pt2, .onnx) or weights (.safetensors, .pth, .pt), got {got}: x"
            )
        );
    }
}

#[test]
fn files_that_are_cut_off_say_so_at_every_length() {
    for (file, step) in [("state_dict.safetensors", 13), ("state_dict.pth", 41)] {
        let whole = std::fs::read(golden(&format!("models/{file}"))).unwrap();
        for len in (0..whole.len()).step_by(step) {
            let error = glassboard_model::read_bytes("cut", whole[..len].to_vec()).unwrap_err();
            assert!(error.to_string().ends_with(": cut"), "{error}");
        }
    }
}
