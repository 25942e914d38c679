//! How much memory the values between operations need.

use std::collections::HashMap;

use super::graph::value_tensor;
use crate::graph::{ModelGraph, Node, ValueId, ValueSource};

/// The largest sum, over the steps of a graph, of the bytes of all values that are alive there.
///
/// A value is alive from the node that makes it to the last one that takes it; inputs are from the beginning and
/// outputs to the end. Views share the memory of what they look at. Parameters do not count, nor do gradients and what
/// a kernel allocates within an operation: this is the least that an inference in the graph's order needs.
pub fn peak_activation_bytes(graph: &ModelGraph) -> u64 {
    // What a value is a view of, itself if it has memory of its own. Nodes are in the order of execution, so that
    // what a view looks at is known before it.
    let mut root: HashMap<ValueId, ValueId> = HashMap::new();
    for node in &graph.nodes {
        let looked_at = node
            .inputs
            .first()
            .and_then(|input| input.value)
            .filter(|_| is_view(node));
        for &output in &node.outputs {
            let own = looked_at.map_or(output, |value| *root.get(&value).unwrap_or(&value));
            root.insert(output, own);
        }
    }
    let root_of = |value: ValueId| root.get(&value).copied().unwrap_or(value);
    let is_activation = |value: ValueId| !matches!(graph[value].source, ValueSource::Tensor(_));

    let mut last_use: HashMap<ValueId, usize> = HashMap::new();
    for (step, node) in graph.nodes.iter().enumerate() {
        let used = node
            .inputs
            .iter()
            .filter_map(|input| input.value)
            .chain(node.outputs.iter().copied());
        for value in used {
            last_use.insert(root_of(value), step);
        }
    }
    for &output in graph.outputs.iter().chain(&graph.inputs) {
        last_use.insert(root_of(output), usize::MAX);
    }

    let bytes = |value: ValueId| value_tensor(graph, value).bytes();
    let inputs = graph.inputs.iter().map(|&input| bytes(input));
    let mut alive = inputs.fold(0, u64::saturating_add);
    let mut peak = alive;
    // Bytes that are free after each step.
    let mut freed: Vec<u64> = vec![0; graph.nodes.len()];
    for (step, node) in graph.nodes.iter().enumerate() {
        for &output in &node.outputs {
            if root_of(output) == output && is_activation(output) {
                alive = alive.saturating_add(bytes(output));
                let last = last_use.get(&output).copied().unwrap_or(step);
                if let Some(freed) = freed.get_mut(last) {
                    *freed = freed.saturating_add(bytes(output));
                }
            }
        }
        peak = peak.max(alive);
        alive = alive.saturating_sub(freed[step]);
    }
    peak
}

/// Whether an operation's result shares the memory of its first input.
fn is_view(node: &Node) -> bool {
    const VIEWS: [&str; 30] = [
        "view",
        "_unsafe_view",
        "reshape",
        "flatten",
        "unflatten",
        "permute",
        "transpose",
        "t",
        "numpy_T",
        "expand",
        "expand_as",
        "squeeze",
        "unsqueeze",
        "slice",
        "select",
        "narrow",
        "split",
        "split_with_sizes",
        "chunk",
        "unbind",
        "detach",
        "alias",
        "contiguous",
        "dropout",
        "Reshape",
        "Flatten",
        "Squeeze",
        "Unsqueeze",
        "Identity",
        "Dropout",
    ];
    let op = node.short_op();
    // A name that ends in `_` works in place.
    VIEWS.contains(&op) || (op.ends_with('_') && !op.starts_with('_'))
}
