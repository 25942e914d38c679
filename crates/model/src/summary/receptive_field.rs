//! How much of the input a value can see.

use std::collections::HashMap;

use crate::graph::{Attribute, ModelGraph, Node, ValueId};

/// The receptive field of each value that has one.
///
/// Along an axis, an element of the result of a window of `k` elements, `d` apart and moved by `s`, sees
/// `r + (k - 1) · d · j` elements of the model's input, and its neighbours lie `j · s` elements apart there, where `r`
/// and `j` are those of what the window moves over, and both 1 for the input. Where branches meet, the greater counts.
///
/// Source: Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019, in the
/// direction from the input to the output. Values behind an operation that mixes all positions (a linear layer,
/// attention, a mean) or moves positions otherwise have none, nor have those behind transposed convolutions.
#[derive(Clone, Debug)]
pub struct ReceptiveFields(HashMap<ValueId, Vec<Field>>);

/// Along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Field {
    size: u64,
    step: u64,
}

/// No convolution has more axes.
const MOST_AXES: usize = 3;

impl ReceptiveFields {
    /// Follows the graph from its inputs on.
    pub fn of(graph: &ModelGraph) -> Self {
        let mut fields = ReceptiveFields(HashMap::new());
        for &input in &graph.inputs {
            // The batch and the channels are no axes of positions.
            let axes = graph[input]
                .shape
                .as_ref()
                .map_or(0, |shape| shape.len().saturating_sub(2));
            if (1..=MOST_AXES).contains(&axes) {
                fields
                    .0
                    .insert(input, vec![Field { size: 1, step: 1 }; axes]);
            }
        }
        for node in &graph.nodes {
            if let Some(field) = fields.behind(graph, node) {
                fields
                    .0
                    .extend(node.outputs.iter().map(|&output| (output, field.clone())));
            }
        }
        fields
    }

    /// The greatest along any axis.
    pub fn of_value(&self, value: ValueId) -> Option<u64> {
        self.0.get(&value)?.iter().map(|field| field.size).max()
    }

    fn behind(&self, graph: &ModelGraph, node: &Node) -> Option<Vec<Field>> {
        let known = node
            .inputs
            .iter()
            .filter_map(|input| self.0.get(&input.value?));
        let before = known.cloned().reduce(|one, other| {
            let pairs = one.iter().zip(&other);
            pairs
                .map(|(one, other)| Field {
                    size: one.size.max(other.size),
                    step: one.step.max(other.step),
                })
                .collect()
        })?;
        if keeps_positions(node.short_op()) {
            return Some(before);
        }
        let window = Window::of(graph, node, before.len())?;
        let axes = before.iter().enumerate().map(|(axis, field)| {
            let reach = window.size[axis]
                .saturating_sub(1)
                .saturating_mul(window.dilation[axis]);
            Field {
                size: field.size.saturating_add(reach.saturating_mul(field.step)),
                step: field.step.saturating_mul(window.stride[axis]),
            }
        });
        Some(axes.collect())
    }
}

/// What a convolution or pooling moves over its input.
struct Window {
    size: Vec<u64>,
    stride: Vec<u64>,
    dilation: Vec<u64>,
}

impl Window {
    fn of(graph: &ModelGraph, node: &Node, axes: usize) -> Option<Window> {
        let op = node.short_op().trim_start_matches('_');
        let lower = op.to_ascii_lowercase();
        let is_transposed = lower.contains("transpose")
            || node.attribute("transposed") == Some(&Attribute::Bool(true));
        let is_convolution = lower.starts_with("conv") && !is_transposed;
        let is_pool =
            (lower.contains("max_pool") || lower.contains("avg_pool") || lower.contains("pool"))
                && !lower.contains("adaptive")
                && !lower.contains("global");
        if !is_convolution && !is_pool {
            return None;
        }
        let setting = |names: [&str; 2]| names.into_iter().find_map(|name| node.attribute(name));
        let size = if is_convolution {
            let weight = node.input("weight").or_else(|| node.inputs.get(1)?.value)?;
            let shape = graph[weight].shape.as_ref()?.get(2..)?;
            shape
                .iter()
                .map(crate::Dim::fixed)
                .collect::<Option<Vec<u64>>>()?
        } else {
            per_axis(setting(["kernel_size", "kernel_shape"])?, axes)?
        };
        if size.len() != axes {
            return None;
        }
        let ones = vec![1; axes];
        // PyTorch's pooling moves by its own size unless it is told otherwise, ONNX's by 1.
        let still = if is_pool && node.attribute("kernel_size").is_some() {
            size.clone()
        } else {
            ones.clone()
        };
        let or = |attribute: Option<&Attribute>, default: Vec<u64>| {
            attribute
                .and_then(|attribute| per_axis(attribute, axes))
                .unwrap_or(default)
        };
        Some(Window {
            stride: or(setting(["stride", "strides"]), still),
            dilation: or(setting(["dilation", "dilations"]), ones),
            size,
        })
    }
}

/// A number for each axis, of a setting that may be one for all.
fn per_axis(attribute: &Attribute, axes: usize) -> Option<Vec<u64>> {
    let one = |number: i64| u64::try_from(number).ok();
    if let Some(number) = attribute.as_int() {
        return Some(vec![one(number)?; axes]);
    }
    match attribute.as_ints()? {
        [number] => Some(vec![one(*number)?; axes]),
        numbers if numbers.len() == axes => numbers.iter().map(|&number| one(number)).collect(),
        _ => None,
    }
}

/// Whether an operation works on each position by itself, or on channels.
fn keeps_positions(op: &str) -> bool {
    const POINTWISE: [&str; 66] = [
        "relu",
        "relu6",
        "leaky_relu",
        "prelu",
        "elu",
        "selu",
        "celu",
        "gelu",
        "silu",
        "mish",
        "sigmoid",
        "tanh",
        "hardtanh",
        "hardswish",
        "hardsigmoid",
        "softplus",
        "add",
        "sub",
        "mul",
        "div",
        "neg",
        "abs",
        "exp",
        "sqrt",
        "pow",
        "clamp",
        "clone",
        "contiguous",
        "detach",
        "to",
        "_to_copy",
        "alias",
        "cat",
        "batch_norm",
        "_native_batch_norm_legit_no_training",
        "_native_batch_norm_legit",
        "native_batch_norm",
        "cudnn_batch_norm",
        "miopen_batch_norm",
        "dropout",
        "dropout2d",
        "feature_dropout",
        "alpha_dropout",
        "channel_shuffle",
        "constant_pad_nd",
        "pad",
        "zeros_like",
        "ones_like",
        "Relu",
        "LeakyRelu",
        "PRelu",
        "Elu",
        "Selu",
        "Gelu",
        "Sigmoid",
        "Tanh",
        "HardSwish",
        "HardSigmoid",
        "Clip",
        "Add",
        "Sub",
        "Mul",
        "Div",
        "Concat",
        "BatchNormalization",
        "Identity",
    ];
    POINTWISE.contains(&op.trim_end_matches('_'))
}
