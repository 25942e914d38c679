//! What holds for every model: described ones of any form, and files with any damage.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

#[allow(dead_code, unreachable_pub)] // each test file uses a part
mod common;

use std::collections::HashSet;

use common::{golden, read};
use glassboard_model::{
    CallId, DType, ModelBuilder, ModelGraph, ValueId, ValueKind, ValueSource,
    graph::shape_text,
    summary::{Counting, Record, Summary, TextOptions, describe, node_mult_adds},
};
use proptest::prelude::*;

/// A step in the description of a model; numbers choose among what is there.
#[derive(Clone, Debug)]
enum Piece {
    Module {
        parent: usize,
        name: u8,
    },
    Parameter {
        module: usize,
        sizes: Vec<u64>,
    },
    Tie {
        tensor: usize,
        original: usize,
    },
    Input {
        name: u8,
        sizes: Vec<u64>,
    },
    Call {
        module: usize,
        parent: usize,
    },
    Node {
        call: usize,
        inputs: Vec<usize>,
        sizes: Vec<u64>,
    },
    Output {
        value: usize,
    },
}

fn piece() -> impl Strategy<Value = Piece> {
    let any = || 0..1000_usize;
    let sizes = || prop::collection::vec(0..5_u64, 0..4);
    prop_oneof![
        2 => (any(), 0..4_u8).prop_map(|(parent, name)| Piece::Module { parent, name }),
        2 => (any(), sizes()).prop_map(|(module, sizes)| Piece::Parameter { module, sizes }),
        1 => (any(), any()).prop_map(|(tensor, original)| Piece::Tie { tensor, original }),
        1 => (0..4_u8, sizes()).prop_map(|(name, sizes)| Piece::Input { name, sizes }),
        2 => (any(), any()).prop_map(|(module, parent)| Piece::Call { module, parent }),
        4 => (any(), prop::collection::vec(any(), 0..4), sizes())
            .prop_map(|(call, inputs, sizes)| Piece::Node { call, inputs, sizes }),
        1 => any().prop_map(|value| Piece::Output { value }),
    ]
}

/// Names that collide, hold what separates names elsewhere, or are empty.
const NAMES: [&str; 4] = ["conv", "a/b", "x:1", ""];

fn build(pieces: &[Piece]) -> ModelGraph {
    let mut model = ModelBuilder::new("Net");
    let mut modules = vec![model.root()];
    let mut calls = vec![model.root_call()];
    let (mut values, mut tensors) = (Vec::new(), Vec::new());
    for piece in pieces {
        match piece {
            Piece::Module { parent, name } => {
                let parent = modules[parent % modules.len()];
                modules.push(model.module(parent, NAMES[usize::from(*name)], "Layer"));
            }
            Piece::Parameter { module, sizes } => {
                let module = modules[module % modules.len()];
                let value = model.parameter(module, "weight", DType::F32, sizes.clone());
                tensors.push(value);
                values.push(value);
            }
            Piece::Tie { tensor, original } if !tensors.is_empty() => {
                let [later, earlier] = [tensor, original].map(|index| index % tensors.len());
                if later > earlier {
                    model.tie(tensors[later], tensors[earlier]);
                }
            }
            Piece::Input { name, sizes } => {
                values.push(model.input(NAMES[usize::from(*name)], DType::F32, sizes.clone()));
            }
            Piece::Call { module, parent } => {
                let module = modules[module % modules.len()];
                calls.push(model.call(module, calls[parent % calls.len()]));
            }
            Piece::Node {
                call,
                inputs,
                sizes,
            } => {
                let inputs: Vec<ValueId> = match values.len() {
                    0 => Vec::new(),
                    len => inputs.iter().map(|index| values[index % len]).collect(),
                };
                let call = calls[call % calls.len()];
                values.push(model.node(call, "matmul", &inputs, DType::F32, sizes.clone()));
            }
            Piece::Output { value } if !values.is_empty() => {
                model.output(values[value % values.len()]);
            }
            Piece::Tie { .. } | Piece::Output { .. } => {}
        }
    }
    model.build()
}

/// The call and those around it.
fn around(graph: &ModelGraph, call: CallId) -> Vec<CallId> {
    std::iter::successors(Some(call), |call| graph[*call].parent).collect()
}

/// Everything that must hold for a graph, whatever it comes from.
fn check(graph: &ModelGraph) {
    let definitions = graph.definitions();
    let mut names = HashSet::new();
    for definition in &definitions {
        assert!(!definition.name.contains([':', '^']), "{definition:?}");
        for input in &definition.inputs {
            let maker = input.split(':').next().unwrap();
            // Nodes run in their order; a file may say otherwise.
            assert!(names.contains(maker), "{input} of {definition:?}");
        }
        assert!(names.insert(definition.name.as_str()), "{definition:?}");
    }
    let operations: u64 = graph
        .nodes
        .iter()
        .map(|node| node_mult_adds(graph, node))
        .fold(0, u64::saturating_add);
    let defined = definitions.iter().map(|definition| definition.mult_adds);
    if !graph.calls.is_empty() {
        assert_eq!(defined.fold(0, u64::saturating_add), operations);
    }

    for (position, call) in graph.calls.iter().enumerate().skip(1) {
        let is_inside = |value: &ValueId| match graph[*value].source {
            ValueSource::Node(node) => around(graph, graph[node].call)
                .iter()
                .any(|around| around.index() == position),
            _ => false,
        };
        assert!(
            !call.inputs.iter().any(is_inside),
            "inputs of call {position}"
        );
        assert!(
            call.outputs.iter().all(is_inside),
            "outputs of call {position}"
        );
    }
    describe(graph);
}

proptest! {
    #[test]
    fn described_models(pieces in prop::collection::vec(piece(), 0..60)) {
        let graph = build(&pieces);
        check(&graph);

        let summary = Summary::new(Record::from_graph(&graph), Counting::Current);
        let totals = summary.totals();
        let parameters: u64 = graph
            .tensors
            .iter()
            .filter(|tensor| tensor.tied_to.is_none())
            .map(|tensor| tensor.shape.iter().product::<u64>())
            .sum();
        prop_assert_eq!(graph.parameter_count(), parameters);
        prop_assert_eq!(totals.params, parameters);
        prop_assert_eq!(totals.trainable_params, parameters);
        prop_assert_eq!(totals.param_bytes, 4 * parameters);
        let operations = graph.nodes.iter().map(|node| node_mult_adds(&graph, node));
        prop_assert_eq!(totals.operation_mult_adds, Some(operations.sum()));
        summary.text(&TextOptions::default());
    }

    #[test]
    fn damaged_files(
        file in prop::sample::select(vec![
            "models/tied.pt2",
            "models/tied_legacy.pt2",
            "models/convolutions.onnx",
            "models/attributes.onnx",
            "models/state_dict.safetensors",
            "models/strided.pth",
            "models/checkpoint.pth",
        ]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        keep in 0.0..2.0_f64,
    ) {
        let mut bytes = std::fs::read(golden(file)).unwrap();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes.truncate((bytes.len() as f64 * keep.min(1.0)) as usize);
        match glassboard_model::read_bytes("damaged", bytes) {
            Ok(mut graph) => {
                // What is wrong with the shapes is said, not what becomes of them.
                let _ = graph.infer_shapes();
                graph.definitions();
                describe(&graph);
                let summary = Summary::new(Record::from_graph(&graph), Counting::Current);
                summary.text(&TextOptions::default());
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}

#[test]
fn exported_models() {
    for file in EXPORTED
        .iter()
        .chain(&["models/attributes.onnx", "models/state_dict.pth"])
    {
        check(&read(file));
    }
}

const EXPORTED: [&str; 13] = [
    "cam/tiny_resnet/model.onnx",
    "cam/tiny_resnet/model.pt2",
    "cam/tiny_vgg/model.onnx",
    "cam/tiny_vgg/model.pt2",
    "models/convolutions.onnx",
    "models/convolutions.pt2",
    "models/tied.onnx",
    "models/tied.pt2",
    "summary/frozen.pt2",
    "summary/net.pt2",
    "summary/sequential.pt2",
    "summary/shared.pt2",
    "summary/two_inputs.pt2",
];

#[test]
fn shapes_that_a_file_carries_are_inferred_without_them() {
    let mut found = 0;
    // An exported program always carries its shapes.
    for file in EXPORTED.iter().filter(|file| file.contains(".onnx")) {
        let carried = read(file);
        let mut bare = carried.clone();
        for value in &mut bare.values {
            if matches!(value.source, ValueSource::Node(_)) && value.kind == ValueKind::Tensor {
                value.shape = None;
                value.dtype = None;
            }
        }
        let unknown = bare.infer_shapes().unwrap();
        assert_eq!(unknown, Vec::<String>::new(), "{file}");
        for (inferred, carried) in bare.values.iter().zip(&carried.values) {
            assert_eq!(
                shape_text(inferred.shape.as_deref()),
                shape_text(carried.shape.as_deref()),
                "{file}: {}",
                carried.name
            );
            found += 1;
        }
    }
    assert!(found > 100, "{found}");
}
