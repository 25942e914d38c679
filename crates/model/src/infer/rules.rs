//! What each ONNX operation does to shapes. Semantics: the operator documentation of ONNX 1.23 (opset 13 and later;
//! where an older opset had an attribute in place of an input, both are looked at).

mod layers;
mod layout;
mod numbers;

use std::collections::HashMap;

use super::dims::{Misfit, broadcast};
use crate::{
    Attribute, DType, Dim, ModelError, ModelGraph, Node, NodeId, Result, ValueId, ValueSource,
    graph::shape_text,
};
use numbers::tensor_numbers;

type Shape = Vec<Dim>;

/// Longest list of numbers that is followed from node to node: shapes and axes are short.
const MAX_NUMBERS: u64 = 64;

/// Most dimensions of a tensor.
const MAX_RANK: usize = 64;

/// Shapes of results; `None` where one cannot be known.
type Outcome = std::result::Result<Option<Vec<Option<Shape>>>, Misfit>;

/// Inference, with the lists of sizes that are known on the way.
pub(super) struct Rules {
    numbers: HashMap<ValueId, Vec<Dim>>,
}

impl Rules {
    pub(super) fn new(graph: &ModelGraph) -> Self {
        let mut rules = Self {
            numbers: HashMap::new(),
        };
        for (position, value) in graph.values.iter().enumerate() {
            if let ValueSource::Tensor(tensor) = value.source
                && let Some(numbers) = tensor_numbers(graph, tensor)
            {
                rules.numbers.insert(ValueId(position as u32), numbers);
            }
        }
        rules
    }

    /// Gives a node's results their shapes and types. False if one of the shapes stays unknown though all inputs are
    /// known: the operation is not among the rules, or depends on more than shapes.
    pub(super) fn infer(&mut self, graph: &mut ModelGraph, id: NodeId) -> Result<bool> {
        self.follow_numbers(graph, id);
        let node = &graph[id];
        let is_known = |value: &ValueId| {
            let value = &graph[*value];
            value.dtype.is_some()
                && value
                    .shape
                    .as_ref()
                    .is_some_and(|shape| !shape.contains(&Dim::Unknown))
        };
        if node.outputs.iter().all(is_known) {
            return Ok(true);
        }
        let step = Step {
            graph,
            node,
            numbers: &self.numbers,
        };
        let shapes = step
            .shapes()
            .map_err(|misfit| ModelError::InputDoesNotFit {
                layer: graph.place(id),
                expected: misfit.expected,
                got: misfit.got,
            })?;
        let dtype = step.dtype();
        let inputs_known = step.inputs_known();
        let shapes = shapes.unwrap_or_default();
        let outputs = node.outputs.clone();
        let mut is_complete = true;
        for (position, output) in outputs.into_iter().enumerate() {
            let value = &mut graph[output];
            if value.dtype.is_none() {
                value.dtype = dtype;
            }
            match shapes.get(position).cloned().flatten() {
                Some(shape) => merge(&mut value.shape, shape),
                // A second result that nobody asked for is often left out by name.
                None => is_complete &= value.shape.is_some() || value.name.is_empty(),
            }
        }
        Ok(is_complete || !inputs_known)
    }

    /// Follows sizes through the operations that compute shapes.
    fn follow_numbers(&mut self, graph: &ModelGraph, id: NodeId) {
        let node = &graph[id];
        let Some(output) = node.outputs.first() else {
            return;
        };
        let step = Step {
            graph,
            node,
            numbers: &self.numbers,
        };
        if let Some(numbers) = step.numbers_made()
            && numbers.len() as u64 <= MAX_NUMBERS
        {
            self.numbers.insert(*output, numbers);
        }
    }
}

/// Keeps what is known and adds what is new.
fn merge(known: &mut Option<Shape>, mut new: Shape) {
    if new.len() > MAX_RANK {
        return;
    }
    for dim in &mut new {
        // A negative number on the way is no size.
        if signed(dim).is_some_and(|size| size < 0) {
            *dim = Dim::Unknown;
        }
    }
    match known {
        Some(known) if known.len() == new.len() => {
            for (known, new) in known.iter_mut().zip(new) {
                if *known == Dim::Unknown {
                    *known = new;
                }
            }
        }
        Some(_) => {}
        None => *known = Some(new),
    }
}

/// One node, with what is known of its inputs.
struct Step<'a> {
    graph: &'a ModelGraph,
    node: &'a Node,
    numbers: &'a HashMap<ValueId, Vec<Dim>>,
}

impl<'a> Step<'a> {
    fn value(&self, position: usize) -> Option<ValueId> {
        self.node.inputs.get(position)?.value
    }

    fn shape(&self, position: usize) -> Option<&'a [Dim]> {
        self.graph[self.value(position)?].shape.as_deref()
    }

    fn inputs_known(&self) -> bool {
        self.node
            .inputs
            .iter()
            .filter_map(|input| input.value)
            .all(|value| self.graph[value].shape.is_some())
    }

    fn int(&self, name: &str, default: i64) -> i64 {
        self.node
            .attribute(name)
            .and_then(Attribute::as_int)
            .unwrap_or(default)
    }

    fn ints(&self, name: &str) -> Option<Vec<i64>> {
        let numbers = self.node.attribute(name)?.as_ints()?;
        (numbers.len() <= 2 * MAX_RANK).then(|| numbers.to_vec())
    }

    /// Axes from an input, or from the attribute of older opsets.
    fn axes(&self, position: usize) -> Option<Vec<i64>> {
        self.signed_numbers(position).or_else(|| self.ints("axes"))
    }

    fn dtype(&self) -> Option<DType> {
        let input = |position| {
            self.value(position)
                .and_then(|value| self.graph[value].dtype)
        };
        match self.node.op.as_str() {
            "Shape" | "Size" | "ArgMax" | "ArgMin" | "NonZero" => Some(DType::I64),
            "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "And" | "Or"
            | "Xor" | "Not" | "IsNaN" | "IsInf" => Some(DType::Bool),
            "Where" => input(1),
            "Cast" => match self.node.attribute("to") {
                Some(Attribute::Int(number)) => u64::try_from(*number)
                    .ok()
                    .and_then(crate::read::onnx_element_type),
                _ => None,
            },
            "Constant" | "ConstantOfShape" => match self.node.attribute("value") {
                Some(Attribute::Tensor(tensor)) => Some(self.graph[*tensor].dtype),
                _ if self.node.op == "ConstantOfShape" => Some(DType::F32),
                _ => match self.node.attributes.first() {
                    Some((_, Attribute::Int(_) | Attribute::Ints(_))) => Some(DType::I64),
                    Some((_, Attribute::Float(_) | Attribute::Floats(_))) => Some(DType::F32),
                    _ => None,
                },
            },
            _ => input(0),
        }
    }

    #[allow(clippy::too_many_lines)] // A table of operations, of a line or a call each.
    fn shapes(&self) -> Outcome {
        let one = |shape: Option<Shape>| Ok(Some(vec![shape]));
        match self.node.op.as_str() {
            // One result of the first input's shape.
            "Abs"
            | "Acos"
            | "Acosh"
            | "Asin"
            | "Asinh"
            | "Atan"
            | "Atanh"
            | "Bernoulli"
            | "BitwiseNot"
            | "Cast"
            | "CastLike"
            | "Ceil"
            | "Celu"
            | "Clip"
            | "Cos"
            | "Cosh"
            | "CumSum"
            | "DequantizeLinear"
            | "Elu"
            | "Erf"
            | "Exp"
            | "FastGelu"
            | "Floor"
            | "Gelu"
            | "GroupNormalization"
            | "HardSigmoid"
            | "HardSwish"
            | "Hardmax"
            | "Identity"
            | "InstanceNormalization"
            | "IsInf"
            | "IsNaN"
            | "LRN"
            | "LeakyRelu"
            | "Log"
            | "LogSoftmax"
            | "LpNormalization"
            | "MeanVarianceNormalization"
            | "Mish"
            | "Neg"
            | "Not"
            | "PRelu"
            | "QuantizeLinear"
            | "RMSNormalization"
            | "RandomNormalLike"
            | "RandomUniformLike"
            | "Reciprocal"
            | "Relu"
            | "Round"
            | "ScatterElements"
            | "ScatterND"
            | "Selu"
            | "Shrink"
            | "Sigmoid"
            | "Sign"
            | "Sin"
            | "Sinh"
            | "Softmax"
            | "Softplus"
            | "Softsign"
            | "Sqrt"
            | "Swish"
            | "Tan"
            | "Tanh"
            | "ThresholdedRelu"
            | "Trilu" => one(self.shape(0).map(<[Dim]>::to_vec)),
            "Dropout" | "BatchNormalization" | "LayerNormalization" => self.normalization(),
            "Add" | "And" | "BitwiseAnd" | "BitwiseOr" | "BitwiseXor" | "Div" | "Equal"
            | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Max" | "Mean" | "Min"
            | "Mod" | "Mul" | "Or" | "Pow" | "Sub" | "Sum" | "Where" | "Xor" => self.elementwise(),
            "Conv" => self.convolution(),
            "ConvTranspose" => self.transposed_convolution(),
            "MaxPool" | "AveragePool" | "LpPool" => self.pool(),
            "GlobalAveragePool" | "GlobalMaxPool" | "GlobalLpPool" => {
                one(self.shape(0).map(|shape| {
                    let mut shape = shape.to_vec();
                    shape
                        .iter_mut()
                        .skip(2)
                        .for_each(|dim| *dim = Dim::Fixed(1));
                    shape
                }))
            }
            "Gemm" => self.gemm(),
            "MatMul" => self.matmul(),
            "Flatten" => one(self.flatten()),
            "Reshape" => self.reshape(),
            "Transpose" => one(self.transpose()),
            "Concat" => self.concat(),
            "Split" => Ok(self.split()),
            "Slice" => one(self.slice()),
            "Squeeze" => one(self.squeeze()),
            "Unsqueeze" => one(self.unsqueeze()),
            "Gather" => one(self.gather()),
            "GatherElements" => one(self.shape(1).map(<[Dim]>::to_vec)),
            "Shape" => one(self
                .numbers_made()
                .map(|numbers| vec![Dim::Fixed(numbers.len() as u64)])),
            "Size" => one(Some(Vec::new())),
            "Constant" => one(self.constant()),
            "ConstantOfShape" => one(self
                .value(0)
                .and_then(|value| self.numbers.get(&value))
                .cloned()),
            "Expand" => self.expand(),
            "Tile" => one(self.tile()),
            "Pad" => one(self.pad()),
            "ReduceMean" | "ReduceSum" | "ReduceMax" | "ReduceMin" | "ReduceProd" | "ReduceL1"
            | "ReduceL2" | "ReduceLogSum" | "ReduceLogSumExp" | "ReduceSumSquare" => {
                one(self.reduce())
            }
            "ArgMax" | "ArgMin" => one(self.arg_reduce()),
            "TopK" => Ok(self.top_k()),
            "Resize" | "Upsample" => one(self.resize()),
            "LSTM" | "GRU" | "RNN" => Ok(self.recurrent()),
            "DepthToSpace" => one(self.blocks(true)),
            "SpaceToDepth" => one(self.blocks(false)),
            _ => Ok(None),
        }
    }

    fn elementwise(&self) -> Outcome {
        let mut result: Option<Shape> = None;
        for position in 0..self.node.inputs.len() {
            let Some(shape) = self.shape(position) else {
                return Ok(None);
            };
            result = Some(match result {
                Some(so_far) => broadcast(&so_far, shape)?,
                None => shape.to_vec(),
            });
        }
        Ok(result.map(|shape| vec![Some(shape)]))
    }
}

fn misfit(expected: String, got: &[Dim]) -> Misfit {
    Misfit {
        expected,
        got: shape_text(Some(got)),
    }
}

/// A number that may be negative: those of constants are kept as [`Dim`]s, negative ones as their text.
fn signed(dim: &Dim) -> Option<i64> {
    match dim {
        Dim::Fixed(number) => i64::try_from(*number).ok(),
        Dim::Symbol(text) => text.parse().ok(),
        Dim::Unknown => None,
    }
}

/// A position in a list, where negative ones count from the end and those outside mean the next end.
fn axis_or_end(at: i64, len: usize) -> usize {
    let len = len as i64;
    let at = if at < 0 { at.saturating_add(len) } else { at };
    at.clamp(0, len) as usize
}
