//! Exported programs as PyTorch wrote them.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

#[allow(dead_code, unreachable_pub)] // each test file uses a part
mod common;

use common::{expected, golden, read, runs, sum, tensors};
use glassboard_model::{Dim, ModelError, graph::shape_text};
use serde_json::Value;

#[test]
fn layers_runs_and_shapes_of_a_network() {
    assert_eq!(
        runs(&read("summary/shared.pt2")),
        "\
Shared : [2, 8] -> [2, 8]
  Sequential block: [2, 8] -> [2, 8]
    Linear block.0: [2, 8] -> [2, 8]
      = aten.linear.default
    Tanh block.1: [2, 8] -> [2, 8]
      = aten.tanh.default
  Linear a: [2, 8] -> [2, 8]
    = aten.linear.default
  Sequential block: [2, 8] -> [2, 8]
    Linear block.0: [2, 8] -> [2, 8]
      = aten.linear.default
    Tanh block.1: [2, 8] -> [2, 8]
      = aten.tanh.default
  Linear a: [2, 8] -> [2, 8]
    = aten.linear.default
  = aten.sum.default
  = aten.mul.Tensor"
    );
}

#[test]
fn several_inputs_and_outputs() {
    let graph = read("summary/two_inputs.pt2");
    let inputs: Vec<String> = graph
        .inputs
        .iter()
        .map(|input| {
            let value = &graph[*input];
            format!(
                "{} {} {}",
                value.name,
                value.dtype.unwrap(),
                shape_text(value.shape.as_deref())
            )
        })
        .collect();
    assert_eq!(inputs, ["tokens int64 [2, 7]", "extra float32 [2, 4]"]);
    let lstm = graph.module("lstm").unwrap();
    let run = &graph[graph[lstm].calls[0]];
    assert_eq!(graph[lstm].tensors.len(), 8);
    assert_eq!(
        shape_text(graph[run.inputs[0]].shape.as_deref()),
        "[2, 7, 16]"
    );
    assert_eq!(
        shape_text(graph[run.outputs[0]].shape.as_deref()),
        "[2, 7, 20]"
    );
}

const TIED_RUNS: &str = "\
Tied : [s52, 6] -> [s52, 6, 10]
  = aten.sym_size.int
  Embedding embedding: [s52, 6] -> [s52, 6, 4]
    = aten.embedding.default
  Linear frozen: [s52, 6, 4] -> [s52, 6, 4]
    = aten.linear.default
  LayerNorm norm: [s52, 6, 4] -> [s52, 6, 4]
    = aten.layer_norm.default
  = aten.reshape.default
  Dropout drop: [s52, 6, 4] -> [s52, 6, 4]
    = aten.dropout.default
  = aten.mul.Tensor
  Linear head: [s52, 6, 4] -> [s52, 6, 10]
    = aten.linear.default";

const TIED_TENSORS: &str = "\
embedding.weight float32 [10, 4] trainable
frozen.weight float32 [4, 4] trainable
frozen.bias float32 [4] trainable
norm.weight float32 [4] trainable
norm.bias float32 [4] trainable
unused.weight float32 [3, 3] trainable
unused.bias float32 [3] trainable
head.weight float32 [10, 4] trainable = embedding.weight
scale float32 [] buffer";

#[test]
fn a_part_without_gradients_a_symbolic_batch_and_tied_weights() {
    let graph = read("models/tied.pt2");
    assert_eq!(runs(&graph), TIED_RUNS);
    assert_eq!(tensors(&graph), TIED_TENSORS);
    assert_eq!(graph.parameter_count(), expected("tied.pt2")["parameters"]);
    let unused = &graph[graph.module("unused").unwrap()];
    assert_eq!(
        (unused.class_name.as_deref(), unused.calls.len()),
        (None, 0)
    );
    let range = &graph.size_ranges[0];
    assert_eq!(
        (range.name.as_str(), range.min, range.max),
        ("s52", Some(1), Some(64))
    );
}

#[test]
fn the_layout_before_pytorch_2_7_says_the_same() {
    let graph = read("models/tied_legacy.pt2");
    assert_eq!(runs(&graph), TIED_RUNS);
    assert_eq!(tensors(&graph), TIED_TENSORS);
    let current = read("models/tied.pt2");
    for (old, new) in graph.tensors.iter().zip(&current.tensors) {
        assert_eq!(old.read().unwrap(), new.read().unwrap(), "{}", old.name);
    }
}

#[test]
fn every_value_has_the_shape_that_pytorch_gives_it() {
    // Of what runs without gradients PyTorch names only the end.
    for (file, count) in [("tied.pt2", 5), ("convolutions.pt2", 10)] {
        let graph = read(&format!("models/{file}"));
        let expected = expected(file);
        assert_eq!(graph.parameter_count(), expected["parameters"]);
        let mut compared = 0;
        for value in &graph.values {
            let Some(Value::Array(facts)) = expected["shapes"].get(&value.name) else {
                continue;
            };
            let shape: Vec<String> = value.shape.iter().flatten().map(Dim::to_string).collect();
            assert_eq!(value.dtype.unwrap().name(), facts[0], "{}", value.name);
            assert_eq!(Value::from(shape), facts[1], "{}", value.name);
            compared += 1;
        }
        assert_eq!(compared, count, "values of {file}");
    }
}

#[test]
fn weights_are_read_from_where_they_lie() {
    let graph = read("models/convolutions.pt2");
    let expected = expected("state_dict");
    for (name, facts) in expected.as_object().unwrap() {
        assert_eq!(sum(&graph, name), facts["sum"].as_f64().unwrap(), "{name}");
    }
}

#[test]
fn frozen_parameters_are_known() {
    assert_eq!(
        tensors(&read("summary/frozen.pt2")),
        "\
0.weight float32 [4, 3, 3, 3] frozen
0.bias float32 [4] frozen
1.weight float32 [4] trainable
1.bias float32 [4] trainable
3.weight float32 [8, 2, 3, 3] trainable
3.bias float32 [8] trainable
1.running_mean float32 [4] buffer
1.running_var float32 [4] buffer
1.num_batches_tracked int64 [] buffer"
    );
}

#[test]
fn an_archive_that_is_cut_off_says_so_at_every_length() {
    let whole = std::fs::read(golden("models/convolutions.pt2")).unwrap();
    for len in (0..whole.len()).step_by(97) {
        let error = glassboard_model::read_bytes("cut.pt2", whole[..len].to_vec()).unwrap_err();
        assert!(error.to_string().ends_with(": cut.pt2"), "{error}");
    }
}

/// The fixture with a text in its program replaced by one of the same length.
fn altered(from: &str, to: &str) -> ModelError {
    let mut archive = std::fs::read(golden("models/convolutions.pt2")).unwrap();
    assert_eq!(from.len(), to.len());
    let at =
        |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).position(|window| window == text);
    let position = at(&archive, from.as_bytes()).unwrap();
    archive[position..position + to.len()].copy_from_slice(to.as_bytes());
    // The checksum of the entry would notice first: mend it in the directory.
    let entry = b"models/model.json";
    let start = at(&archive, entry).unwrap() + entry.len();
    let directory = start + at(&archive[start..], entry).unwrap() - 46 - "convolutions/".len();
    let len = u32::from_le_bytes(archive[directory + 24..][..4].try_into().unwrap()) as usize;
    let mut checksum = flate2::Crc::new();
    checksum.update(&archive[start..start + len]);
    archive[directory + 16..][..4].copy_from_slice(&checksum.sum().to_le_bytes());
    glassboard_model::read_bytes("altered.pt2", archive).unwrap_err()
}

#[test]
fn another_schema_version_is_named() {
    let error = altered(
        "\"schema_version\": {\"major\": 8",
        "\"schema_version\": {\"major\": 9",
    );
    assert_eq!(
        error.to_string(),
        "exported program: expected version 7 or 8, got 9.20: altered.pt2"
    );
}

#[test]
fn damaged_json_is_named_with_its_place() {
    let error = altered("\"graph_module\"", "\"graph_muddle\"");
    assert!(matches!(error, ModelError::Json { .. }), "{error}");
    assert!(
        error.to_string().contains("missing field `graph_module`"),
        "{error}"
    );
}

#[test]
fn a_damaged_entry_fails_its_checksum() {
    let mut archive = std::fs::read(golden("models/convolutions.pt2")).unwrap();
    let text = b"graph_module";
    let position = archive
        .windows(text.len())
        .position(|window| window == text)
        .unwrap();
    archive[position] = b'G';
    let error = glassboard_model::read_bytes("damaged.pt2", archive).unwrap_err();
    assert_eq!(
        error.to_string(),
        "entry convolutions/models/model.json: expected bytes that match their checksum, got others: damaged.pt2"
    );
}
