//! Fixtures, and models as text that is easy to compare.

use std::path::PathBuf;

use glassboard_model::{CallId, ModelGraph, Step, TensorRole, graph::shape_text};
use serde_json::Value;

pub fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden")
        .join(name)
}

pub fn read(name: &str) -> ModelGraph {
    glassboard_model::read(golden(name)).unwrap()
}

pub fn expected(name: &str) -> Value {
    let text = std::fs::read_to_string(golden("models/expected.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    all[name].clone()
}

/// Runs of layers with their operations, one a line.
pub fn runs(graph: &ModelGraph) -> String {
    let mut lines = Vec::new();
    if !graph.calls.is_empty() {
        describe(
            graph,
            graph[graph.modules[0].calls[0]].module.index(),
            &mut lines,
        );
    }
    lines.join("\n")
}

fn describe(graph: &ModelGraph, module: usize, lines: &mut Vec<String>) {
    let root = graph.modules[module].calls[0];
    describe_call(graph, root, lines);
}

fn describe_call(graph: &ModelGraph, id: CallId, lines: &mut Vec<String>) {
    let call = &graph[id];
    let module = &graph[call.module];
    let indent = "  ".repeat(call.depth as usize);
    let shapes = |values: &[glassboard_model::ValueId]| {
        let texts: Vec<String> = values
            .iter()
            .map(|value| shape_text(graph[*value].shape.as_deref()))
            .collect();
        texts.join(" ")
    };
    lines.push(format!(
        "{indent}{} {}: {} -> {}",
        module.class_name.as_deref().unwrap_or("?"),
        module.path,
        shapes(&call.inputs),
        shapes(&call.outputs),
    ));
    for step in &call.body {
        match step {
            Step::Node(node) => lines.push(format!("{indent}  = {}", graph[*node].op)),
            Step::Call(call) => describe_call(graph, *call, lines),
        }
    }
}

/// Tensors, one a line.
pub fn tensors(graph: &ModelGraph) -> String {
    let lines: Vec<String> = graph
        .tensors
        .iter()
        .map(|tensor| {
            let role = match tensor.role {
                TensorRole::Parameter { trainable } => match trainable {
                    Some(true) => "trainable",
                    Some(false) => "frozen",
                    None => "parameter",
                },
                TensorRole::Buffer => "buffer",
                TensorRole::Constant => "constant",
                _ => "other",
            };
            let tied = tensor
                .tied_to
                .map(|first| format!(" = {}", graph[first].name))
                .unwrap_or_default();
            format!(
                "{} {} {:?} {role}{tied}",
                tensor.name, tensor.dtype, tensor.shape
            )
        })
        .collect();
    lines.join("\n")
}

/// The sum of a tensor of numbers.
pub fn sum(graph: &ModelGraph, name: &str) -> f64 {
    let tensor = &graph[graph.tensor(name).unwrap()];
    let bytes = tensor.read().unwrap();
    assert_eq!(bytes.len() as u64, tensor.size_bytes());
    match tensor.dtype.name() {
        "float32" => bytes
            .chunks_exact(4)
            .map(|bytes| f64::from(f32::from_le_bytes(bytes.try_into().unwrap())))
            .sum(),
        "int64" => bytes
            .chunks_exact(8)
            .map(|bytes| i64::from_le_bytes(bytes.try_into().unwrap()) as f64)
            .sum(),
        other => panic!("no sum of {other}"),
    }
}
