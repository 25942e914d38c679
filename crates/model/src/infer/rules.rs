//! What each ONNX operation does to shapes. Semantics: the operator documentation of ONNX 1.23 (opset 13 and later;
//! where an older opset had an attribute in place of an input, both are looked at).

use std::collections::HashMap;

use super::dims::{Misfit, axis, broadcast, product_dim, quotient, sum};
use crate::{
    Attribute, DType, Dim, ModelError, ModelGraph, Node, NodeId, Result, TensorId, ValueId,
    ValueSource, graph::shape_text,
};

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

/// A constant's whole numbers, if it is short.
fn tensor_numbers(graph: &ModelGraph, id: TensorId) -> Option<Vec<Dim>> {
    let tensor = &graph[id];
    if tensor.shape.len() > 1 || tensor.element_count() > MAX_NUMBERS {
        return None;
    }
    let bytes = match tensor.dtype {
        DType::I64 | DType::I32 => tensor.read().ok()?,
        _ => return None,
    };
    Some(match tensor.dtype {
        DType::I64 => bytes
            .as_chunks()
            .0
            .iter()
            .map(|bytes| Dim::from_signed(i64::from_le_bytes(*bytes)))
            .collect(),
        _ => bytes
            .as_chunks()
            .0
            .iter()
            .map(|bytes| Dim::from_signed(i32::from_le_bytes(*bytes).into()))
            .collect(),
    })
}

/// A number that may be negative: those of constants are kept as [`Dim`]s, negative ones as their text.
fn signed(dim: &Dim) -> Option<i64> {
    match dim {
        Dim::Fixed(number) => i64::try_from(*number).ok(),
        Dim::Symbol(text) => text.parse().ok(),
        Dim::Unknown => None,
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

    /// Whole numbers of an input that is a constant.
    fn signed_numbers(&self, position: usize) -> Option<Vec<i64>> {
        self.numbers
            .get(&self.value(position)?)?
            .iter()
            .map(signed)
            .collect()
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

    /// The whole numbers that a node computes from known ones.
    fn numbers_made(&self) -> Option<Vec<Dim>> {
        let numbers = |position| self.numbers.get(&self.value(position)?);
        match self.node.op.as_str() {
            "Shape" => {
                let shape = self.shape(0)?;
                let start = axis_or_end(self.int("start", 0), shape.len());
                let end = axis_or_end(self.int("end", i64::MAX), shape.len());
                Some(shape.get(start..end)?.to_vec())
            }
            "Size" => Some(vec![product_dim(self.shape(0)?)]),
            "Constant" => match self.node.attributes.first()? {
                (_, Attribute::Tensor(tensor)) => tensor_numbers(self.graph, *tensor),
                (_, Attribute::Int(number)) => Some(vec![Dim::from_signed(*number)]),
                (_, Attribute::Ints(numbers)) => Some(
                    numbers
                        .iter()
                        .map(|number| Dim::from_signed(*number))
                        .collect(),
                ),
                _ => None,
            },
            "Identity" | "Cast" | "Squeeze" | "Unsqueeze" => numbers(0).cloned(),
            "Reshape" if self.shape(0).is_none_or(|shape| shape.len() <= 1) => numbers(0).cloned(),
            "Concat" => {
                let mut all = Vec::new();
                for position in 0..self.node.inputs.len() {
                    all.extend(numbers(position)?.iter().cloned());
                }
                Some(all)
            }
            "Gather" => {
                let from = numbers(0)?;
                let at = self.signed_numbers(1)?;
                at.into_iter()
                    .map(|at| from.get(axis(at, from.len())?).cloned())
                    .collect()
            }
            "Slice" => {
                let from = numbers(0)?;
                let (start, end) = (self.signed_numbers(1)?, self.signed_numbers(2)?);
                let step = self.signed_numbers(4).unwrap_or(vec![1]);
                if step != [1] {
                    return None;
                }
                let start = axis_or_end(*start.first()?, from.len());
                let end = axis_or_end(*end.first()?, from.len());
                Some(from.get(start..end).unwrap_or_default().to_vec())
            }
            "Mul" | "Add" | "Sub" | "Div" => {
                let (left, right) = (numbers(0)?, numbers(1)?);
                let len = left.len().max(right.len());
                (0..len)
                    .map(|position| {
                        let left = left.get(position.min(left.len().checked_sub(1)?))?;
                        let right = right.get(position.min(right.len().checked_sub(1)?))?;
                        Some(self.arithmetic(left, right))
                    })
                    .collect()
            }
            _ => None,
        }
    }

    fn arithmetic(&self, left: &Dim, right: &Dim) -> Dim {
        match self.node.op.as_str() {
            "Mul" => product_dim(&[left.clone(), right.clone()]),
            "Div" => match (left, right) {
                (Dim::Fixed(left), Dim::Fixed(right)) if *right > 0 => Dim::Fixed(left / right),
                _ => quotient(std::slice::from_ref(left), std::slice::from_ref(right)),
            },
            "Add" => sum([left, right]),
            _ => match (signed(left), signed(right)) {
                (Some(left), Some(right)) => left
                    .checked_sub(right)
                    .map_or(Dim::Unknown, Dim::from_signed),
                _ => Dim::Unknown,
            },
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

    fn normalization(&self) -> Outcome {
        let Some(shape) = self.shape(0) else {
            return Ok(None);
        };
        if self.node.op == "BatchNormalization"
            && let (Some(Dim::Fixed(channels)), Some([Dim::Fixed(scale)])) =
                (shape.get(1), self.shape(1))
            && channels != scale
        {
            return Err(misfit(format!("{scale} channels"), shape));
        }
        let mut shapes = vec![Some(shape.to_vec())];
        if self.node.op == "Dropout" {
            shapes.push(Some(shape.to_vec()));
        }
        Ok(Some(shapes))
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

    fn convolution(&self) -> Outcome {
        let (Some(input), Some(weight)) = (self.shape(0), self.shape(1)) else {
            return Ok(None);
        };
        check_rank(input, weight.len())?;
        let group = u64::try_from(self.int("group", 1)).unwrap_or(1);
        if let (Some(Dim::Fixed(channels)), Some(Dim::Fixed(per_group))) =
            (input.get(1), weight.get(1))
            && per_group.checked_mul(group) != Some(*channels)
        {
            return Err(misfit(
                format!("{} channels", per_group.saturating_mul(group)),
                input,
            ));
        }
        let mut shape = vec![
            input.first().cloned().unwrap_or(Dim::Unknown),
            weight.first().cloned().unwrap_or(Dim::Unknown),
        ];
        shape.extend(self.windows(input, &sides(weight))?);
        Ok(Some(vec![Some(shape)]))
    }

    fn pool(&self) -> Outcome {
        let (Some(input), Some(sides)) = (self.shape(0), self.ints("kernel_shape")) else {
            return Ok(None);
        };
        check_rank(input, sides.len() + 2)?;
        let sides: Vec<Option<u64>> = sides
            .into_iter()
            .map(|side| u64::try_from(side).ok())
            .collect();
        let mut shape = input.get(..2).unwrap_or_default().to_vec();
        shape.extend(self.windows(input, &sides)?);
        Ok(Some(vec![Some(shape.clone()), Some(shape)]))
    }

    /// How often a window fits along each axis behind the second:
    /// ⌊(size + padding − dilation·(side − 1) − 1) / stride⌋ + 1.
    fn windows(
        &self,
        input: &[Dim],
        sides: &[Option<u64>],
    ) -> std::result::Result<Vec<Dim>, Misfit> {
        let rank = sides.len();
        let strides = self.ints("strides").unwrap_or(vec![1; rank]);
        let dilations = self.ints("dilations").unwrap_or(vec![1; rank]);
        let pads = self.ints("pads").unwrap_or(vec![0; rank * 2]);
        let auto_pad = self
            .node
            .attribute("auto_pad")
            .and_then(Attribute::as_text)
            .unwrap_or("NOTSET");
        let is_ceil = self.int("ceil_mode", 0) != 0;
        let mut dims = Vec::new();
        for (position, side) in sides.iter().enumerate() {
            let at = |list: &[i64], position: usize| list.get(position).copied().unwrap_or(1);
            let (Some(Dim::Fixed(size)), Some(side)) = (input.get(position + 2), side) else {
                dims.push(Dim::Unknown);
                continue;
            };
            let size = i128::from(*size);
            let stride = i128::from(at(&strides, position)).max(1);
            if auto_pad.starts_with("SAME") {
                dims.push(Dim::Fixed((size + stride - 1).div_euclid(stride) as u64));
                continue;
            }
            let padding = if auto_pad == "VALID" {
                0
            } else {
                i128::from(pads.get(position).copied().unwrap_or(0))
                    + i128::from(pads.get(position + rank).copied().unwrap_or(0))
            };
            let reach = i128::from(at(&dilations, position)) * (i128::from(*side) - 1) + 1;
            let free = size + padding - reach;
            if free < 0 {
                return Err(misfit(
                    format!("at least {} along axis {}", reach - padding, position + 2),
                    input,
                ));
            }
            let mut count = free.div_euclid(stride) + 1;
            if is_ceil && free % stride != 0 {
                // The last window must begin within the input or the padding before it.
                let begin = i128::from(pads.get(position).copied().unwrap_or(0));
                count += i128::from(count * stride < size + begin);
            }
            dims.push(Dim::Fixed(count as u64));
        }
        Ok(dims)
    }

    fn transposed_convolution(&self) -> Outcome {
        let (Some(input), Some(weight)) = (self.shape(0), self.shape(1)) else {
            return Ok(None);
        };
        check_rank(input, weight.len())?;
        if let (Some(Dim::Fixed(channels)), Some(Dim::Fixed(expected))) =
            (input.get(1), weight.first())
            && channels != expected
        {
            return Err(misfit(format!("{expected} channels"), input));
        }
        let group = u64::try_from(self.int("group", 1)).unwrap_or(1);
        let channels = product_dim(&[
            weight.get(1).cloned().unwrap_or(Dim::Unknown),
            Dim::Fixed(group),
        ]);
        let mut shape = vec![input.first().cloned().unwrap_or(Dim::Unknown), channels];
        let rank = weight.len() - 2;
        let list = |name: &str, default: i64| self.ints(name).unwrap_or(vec![default; rank]);
        let (strides, dilations) = (list("strides", 1), list("dilations", 1));
        let extra = list("output_padding", 0);
        let pads = self.ints("pads").unwrap_or(vec![0; rank * 2]);
        let given = self.ints("output_shape");
        for (position, side) in sides(weight).into_iter().enumerate() {
            let at =
                |list: &[i64], position: usize| list.get(position).copied().map_or(0, i128::from);
            let size = input.get(position + 2).and_then(Dim::fixed);
            let found = match (&given, size, side) {
                (Some(given), ..) => at(given, position),
                (None, Some(size), Some(side)) => {
                    at(&strides, position) * (i128::from(size) - 1)
                        + at(&extra, position)
                        + (i128::from(side) - 1) * at(&dilations, position)
                        + 1
                        - at(&pads, position)
                        - at(&pads, position + rank)
                }
                _ => -1,
            };
            shape.push(u64::try_from(found).map_or(Dim::Unknown, Dim::Fixed));
        }
        Ok(Some(vec![Some(shape)]))
    }

    fn gemm(&self) -> Outcome {
        let (Some(left), Some(right)) = (self.shape(0), self.shape(1)) else {
            return Ok(None);
        };
        let pair = |shape: &[Dim], is_transposed: bool| match shape {
            [first, second] if is_transposed => Some([second.clone(), first.clone()]),
            [first, second] => Some([first.clone(), second.clone()]),
            _ => None,
        };
        let Some([inner, columns]) = pair(right, self.int("transB", 0) != 0) else {
            return Ok(None);
        };
        let Some([rows, features]) = pair(left, self.int("transA", 0) != 0) else {
            return Err(misfit(format!("[?, {inner}]"), left));
        };
        check_equal(&inner, &features, left)?;
        Ok(Some(vec![Some(vec![rows, columns])]))
    }

    fn matmul(&self) -> Outcome {
        let (Some(left), Some(right)) = (self.shape(0), self.shape(1)) else {
            return Ok(None);
        };
        let (Some(features), Some(_)) = (left.last(), right.last()) else {
            return Ok(None);
        };
        let inner = &right[right.len().saturating_sub(2)];
        check_equal(inner, features, left)?;
        let batch = |shape: &[Dim]| shape[..shape.len().saturating_sub(2)].to_vec();
        let mut shape = broadcast(&batch(left), &batch(right))?;
        if let [.., rows, _] = left {
            shape.push(rows.clone());
        }
        if let [.., _, columns] = right {
            shape.push(columns.clone());
        }
        Ok(Some(vec![Some(shape)]))
    }

    fn flatten(&self) -> Option<Shape> {
        let shape = self.shape(0)?;
        let at = match self.int("axis", 1) {
            at if at == shape.len() as i64 => shape.len(),
            at => axis(at, shape.len())?,
        };
        Some(vec![product_dim(&shape[..at]), product_dim(&shape[at..])])
    }

    fn reshape(&self) -> Outcome {
        let Some(target) = self.value(1).and_then(|value| self.numbers.get(&value)) else {
            // The length of the list of sizes is at least the rank.
            let rank = match self.shape(1) {
                Some([Dim::Fixed(rank)]) => {
                    usize::try_from(*rank).ok().filter(|rank| *rank <= MAX_RANK)
                }
                _ => None,
            };
            return Ok(rank.map(|rank| vec![Some(vec![Dim::Unknown; rank])]));
        };
        let Some(input) = self.shape(0) else {
            return Ok(None);
        };
        let keeps_zero = self.int("allowzero", 0) != 0;
        let mut open = None;
        let mut shape = Vec::new();
        for (position, size) in target.iter().enumerate() {
            shape.push(match (size, signed(size)) {
                (_, Some(0)) if !keeps_zero => input.get(position).cloned().unwrap_or(Dim::Unknown),
                (_, Some(-1)) => {
                    open = Some(position);
                    Dim::Fixed(1)
                }
                _ => size.clone(),
            });
        }
        if let Some(open) = open {
            shape[open] = quotient(input, &shape);
        }
        let (from, to) = (product_dim(input), product_dim(&shape));
        let is_wrong = match (&from, &to) {
            (Dim::Fixed(from), Dim::Fixed(to)) => from != to,
            // A whole number was asked for, and the sizes do not divide.
            (Dim::Fixed(_), Dim::Unknown) => open.is_some_and(|open| {
                shape
                    .iter()
                    .enumerate()
                    .all(|(position, dim)| position == open || dim.fixed().is_some())
            }),
            _ => false,
        };
        if is_wrong {
            let wanted: Vec<String> = target.iter().map(ToString::to_string).collect();
            return Err(misfit(
                format!("what reshapes to [{}]", wanted.join(", ")),
                input,
            ));
        }
        Ok(Some(vec![Some(shape)]))
    }

    fn transpose(&self) -> Option<Shape> {
        let shape = self.shape(0)?;
        match self.ints("perm") {
            Some(order) => order
                .into_iter()
                .map(|from| shape.get(axis(from, shape.len())?).cloned())
                .collect(),
            None => Some(shape.iter().rev().cloned().collect()),
        }
    }

    fn concat(&self) -> Outcome {
        let Some(shapes) = (0..self.node.inputs.len())
            .map(|position| self.shape(position))
            .collect::<Option<Vec<_>>>()
        else {
            return Ok(None);
        };
        let Some(first) = shapes.first() else {
            return Ok(None);
        };
        let Some(along) = axis(self.int("axis", 0), first.len()) else {
            return Ok(None);
        };
        let mut result = first.to_vec();
        for shape in &shapes {
            if shape.len() != first.len() {
                return Err(misfit(format!("{} dimensions", first.len()), shape));
            }
            for (position, (known, dim)) in result.iter_mut().zip(*shape).enumerate() {
                if position == along {
                    continue;
                }
                match (&*known, dim) {
                    (Dim::Fixed(left), Dim::Fixed(right)) if left != right => {
                        return Err(misfit(format!("{left} along axis {position}"), shape));
                    }
                    (Dim::Fixed(_), _) => {}
                    _ => *known = dim.clone(),
                }
            }
        }
        result[along] = sum(shapes.iter().filter_map(|shape| shape.get(along)));
        Ok(Some(vec![Some(result)]))
    }

    fn split(&self) -> Option<Vec<Option<Shape>>> {
        let shape = self.shape(0)?;
        let along = axis(self.int("axis", 0), shape.len())?;
        let count = self.node.outputs.len() as u64;
        let given = self.signed_numbers(1).or_else(|| self.ints("split"));
        let sizes: Vec<Dim> = match (given, &shape[along]) {
            (Some(sizes), _) => sizes.into_iter().map(Dim::from_signed).collect(),
            (None, Dim::Fixed(size)) => {
                let each = size.div_ceil(count.max(1));
                (0..count)
                    .map(|part| {
                        Dim::Fixed(each.min(size.saturating_sub(part.saturating_mul(each))))
                    })
                    .collect()
            }
            _ => vec![Dim::Unknown; count as usize],
        };
        Some(
            sizes
                .into_iter()
                .map(|size| {
                    let mut part = shape.to_vec();
                    part[along] = size;
                    Some(part)
                })
                .collect(),
        )
    }

    fn slice(&self) -> Option<Shape> {
        let mut shape = self.shape(0)?.to_vec();
        let starts = self.signed_numbers(1).or_else(|| self.ints("starts"));
        let ends = self.signed_numbers(2).or_else(|| self.ints("ends"));
        let axes = self.signed_numbers(3).or_else(|| self.ints("axes"));
        let (Some(starts), Some(ends)) = (starts, ends) else {
            return Some(vec![Dim::Unknown; shape.len()]);
        };
        let axes = axes.unwrap_or_else(|| (0..starts.len() as i64).collect());
        let steps = self.signed_numbers(4).unwrap_or(vec![1; starts.len()]);
        for (((at, start), end), step) in axes.iter().zip(starts).zip(ends).zip(steps) {
            let at = axis(*at, shape.len())?;
            let is_all = start == 0 && end >= i64::from(i32::MAX) && step == 1;
            if is_all {
                continue;
            }
            shape[at] = match shape[at].fixed().and_then(|size| i64::try_from(size).ok()) {
                Some(size) => Dim::Fixed(slice_len(size, start, end, step)),
                None => Dim::Unknown,
            };
        }
        Some(shape)
    }

    fn squeeze(&self) -> Option<Shape> {
        let shape = self.shape(0)?;
        let is_squeezed: Vec<bool> = match self.axes(1) {
            Some(axes) => {
                let axes: Option<Vec<usize>> =
                    axes.into_iter().map(|at| axis(at, shape.len())).collect();
                let axes = axes?;
                (0..shape.len())
                    .map(|position| axes.contains(&position))
                    .collect()
            }
            None => shape.iter().map(|dim| *dim == Dim::Fixed(1)).collect(),
        };
        let kept = shape
            .iter()
            .zip(is_squeezed)
            .filter(|(_, squeezed)| !squeezed);
        Some(kept.map(|(dim, _)| dim.clone()).collect())
    }

    fn unsqueeze(&self) -> Option<Shape> {
        let shape = self.shape(0)?;
        let axes = self.axes(1)?;
        let rank = shape.len() + axes.len();
        let axes: Option<Vec<usize>> = axes.into_iter().map(|at| axis(at, rank)).collect();
        let axes = axes?;
        let mut rest = shape.iter();
        (0..rank)
            .map(|position| {
                if axes.contains(&position) {
                    Some(Dim::Fixed(1))
                } else {
                    rest.next().cloned()
                }
            })
            .collect()
    }

    fn gather(&self) -> Option<Shape> {
        let (from, at) = (self.shape(0)?, self.shape(1)?);
        let along = axis(self.int("axis", 0), from.len())?;
        let mut shape = from[..along].to_vec();
        shape.extend_from_slice(at);
        shape.extend_from_slice(&from[along + 1..]);
        Some(shape)
    }

    fn constant(&self) -> Option<Shape> {
        match self.node.attributes.first()? {
            (_, Attribute::Tensor(tensor)) => Some(
                self.graph[*tensor]
                    .shape
                    .iter()
                    .copied()
                    .map(Dim::Fixed)
                    .collect(),
            ),
            (_, Attribute::Ints(numbers)) => Some(vec![Dim::Fixed(numbers.len() as u64)]),
            (_, Attribute::Floats(numbers)) => Some(vec![Dim::Fixed(numbers.len() as u64)]),
            (_, Attribute::Texts(texts)) => Some(vec![Dim::Fixed(texts.len() as u64)]),
            (_, Attribute::Int(_) | Attribute::Float(_) | Attribute::Text(_)) => Some(Vec::new()),
            _ => None,
        }
    }

    fn expand(&self) -> Outcome {
        let target = self.value(1).and_then(|value| self.numbers.get(&value));
        let (Some(shape), Some(target)) = (self.shape(0), target) else {
            return Ok(None);
        };
        Ok(Some(vec![Some(broadcast(shape, target)?)]))
    }

    fn tile(&self) -> Option<Shape> {
        let shape = self.shape(0)?;
        let times = self.numbers.get(&self.value(1)?)?;
        let tiled = shape.iter().zip(times);
        Some(
            tiled
                .map(|(dim, times)| product_dim(&[dim.clone(), times.clone()]))
                .collect(),
        )
    }

    fn pad(&self) -> Option<Shape> {
        let mut shape = self.shape(0)?.to_vec();
        let pads = self.signed_numbers(1).or_else(|| self.ints("pads"))?;
        let axes = self
            .signed_numbers(3)
            .unwrap_or_else(|| (0..shape.len() as i64).collect());
        for (position, at) in axes.iter().enumerate() {
            let at = axis(*at, shape.len())?;
            let both = pads
                .get(position)?
                .checked_add(*pads.get(position + axes.len())?)?;
            if both == 0 {
                continue;
            }
            shape[at] = match shape[at] {
                Dim::Fixed(size) => size
                    .checked_add_signed(both)
                    .map_or(Dim::Unknown, Dim::Fixed),
                _ => Dim::Unknown,
            };
        }
        Some(shape)
    }

    fn reduce(&self) -> Option<Shape> {
        let shape = self.shape(0)?;
        let given = if self.value(1).is_some() {
            Some(self.signed_numbers(1)?)
        } else {
            self.ints("axes")
        };
        let axes: Vec<i64> = match given {
            Some(axes) if !axes.is_empty() => axes,
            _ if self.int("noop_with_empty_axes", 0) != 0 => return Some(shape.to_vec()),
            _ => (0..shape.len() as i64).collect(),
        };
        self.reduced(shape, &axes)
    }

    fn arg_reduce(&self) -> Option<Shape> {
        self.reduced(self.shape(0)?, &[self.int("axis", 0)])
    }

    fn reduced(&self, shape: &[Dim], axes: &[i64]) -> Option<Shape> {
        let axes: Option<Vec<usize>> = axes.iter().map(|at| axis(*at, shape.len())).collect();
        let axes = axes?;
        let keeps = self.int("keepdims", 1) != 0;
        let kept = shape.iter().enumerate().filter_map(|(position, dim)| {
            match (axes.contains(&position), keeps) {
                (false, _) => Some(dim.clone()),
                (true, true) => Some(Dim::Fixed(1)),
                (true, false) => None,
            }
        });
        Some(kept.collect())
    }

    fn top_k(&self) -> Option<Vec<Option<Shape>>> {
        let mut shape = self.shape(0)?.to_vec();
        let along = axis(self.int("axis", -1), shape.len())?;
        shape[along] = self.numbers.get(&self.value(1)?)?.first()?.clone();
        Some(vec![Some(shape.clone()), Some(shape)])
    }

    fn resize(&self) -> Option<Shape> {
        let shape = self.shape(0)?;
        if let Some(sizes) = self.value(3).and_then(|value| self.numbers.get(&value))
            && sizes.len() == shape.len()
        {
            return Some(sizes.clone());
        }
        let scales = self.floats(2).or_else(|| self.floats(1))?;
        if scales.len() != shape.len() {
            return None;
        }
        let scaled = shape.iter().zip(scales).map(|(dim, scale)| match dim {
            dim if scale == 1.0 => dim.clone(),
            Dim::Fixed(size) => Dim::Fixed((*size as f64 * scale).floor().max(0.0) as u64),
            _ => Dim::Unknown,
        });
        Some(scaled.collect())
    }

    /// Floats of an input that is a short constant.
    fn floats(&self, position: usize) -> Option<Vec<f64>> {
        let tensor = &self.graph[self.graph.value_tensor(self.value(position)?)?];
        if tensor.dtype != DType::F32 || tensor.element_count() > MAX_NUMBERS {
            return None;
        }
        let bytes = tensor.read().ok()?;
        let floats = bytes
            .as_chunks()
            .0
            .iter()
            .map(|bytes| f64::from(f32::from_le_bytes(*bytes)));
        Some(floats.collect())
    }

    /// Y is [steps, directions, batch, hidden], or with `layout` 1 [batch, steps, directions, hidden]; `Y_h` and `Y_c` are
    /// [directions, batch, hidden], or [batch, directions, hidden].
    fn recurrent(&self) -> Option<Vec<Option<Shape>>> {
        let [first, second, _] = self.shape(0)? else {
            return None;
        };
        let hidden = self
            .node
            .attribute("hidden_size")
            .and_then(Attribute::as_int);
        let hidden = Dim::from_signed(hidden?);
        let is_both = self
            .node
            .attribute("direction")
            .and_then(Attribute::as_text)
            == Some("bidirectional");
        let directions = Dim::Fixed(1 + u64::from(is_both));
        let (all, last) = if self.int("layout", 0) == 0 {
            (
                vec![
                    first.clone(),
                    directions.clone(),
                    second.clone(),
                    hidden.clone(),
                ],
                vec![directions, second.clone(), hidden],
            )
        } else {
            (
                vec![
                    first.clone(),
                    second.clone(),
                    directions.clone(),
                    hidden.clone(),
                ],
                vec![first.clone(), directions, hidden],
            )
        };
        Some(vec![Some(all), Some(last.clone()), Some(last)])
    }

    fn blocks(&self, to_space: bool) -> Option<Shape> {
        let [batch, channels, height, width] = self.shape(0)? else {
            return None;
        };
        let side = Dim::from_signed(self.int("blocksize", 0));
        let times = |dim: &Dim, factors: &[&Dim]| {
            let mut factors: Vec<Dim> = factors.iter().map(|factor| (*factor).clone()).collect();
            factors.push(dim.clone());
            product_dim(&factors)
        };
        let over = |dim: &Dim, divisors: &[Dim]| quotient(std::slice::from_ref(dim), divisors);
        let square = [side.clone(), side.clone()];
        Some(if to_space {
            vec![
                batch.clone(),
                over(channels, &square),
                times(height, &[&side]),
                times(width, &[&side]),
            ]
        } else {
            let each = std::slice::from_ref(&side);
            vec![
                batch.clone(),
                times(channels, &[&side, &side]),
                over(height, each),
                over(width, each),
            ]
        })
    }
}

/// Sizes behind the first two.
fn sides(weight: &[Dim]) -> Vec<Option<u64>> {
    weight.iter().skip(2).map(Dim::fixed).collect()
}

fn misfit(expected: String, got: &[Dim]) -> Misfit {
    Misfit {
        expected,
        got: shape_text(Some(got)),
    }
}

fn check_rank(input: &[Dim], rank: usize) -> std::result::Result<(), Misfit> {
    if input.len() == rank && rank >= 2 {
        return Ok(());
    }
    Err(misfit(format!("{rank} dimensions"), input))
}

fn check_equal(inner: &Dim, features: &Dim, left: &[Dim]) -> std::result::Result<(), Misfit> {
    if let (Dim::Fixed(inner), Dim::Fixed(features)) = (inner, features)
        && inner != features
    {
        return Err(misfit(format!("{inner} features"), left));
    }
    Ok(())
}

/// A position in a list, where negative ones count from the end and those outside mean the next end.
fn axis_or_end(at: i64, len: usize) -> usize {
    let len = len as i64;
    let at = if at < 0 { at.saturating_add(len) } else { at };
    at.clamp(0, len) as usize
}

/// Number of elements of Python's `[start:end:step]`.
fn slice_len(size: i64, start: i64, end: i64, step: i64) -> u64 {
    if size == 0 {
        return 0;
    }
    let clamp = |at: i64, low: i64, high: i64| {
        let at = if at < 0 { at.saturating_add(size) } else { at };
        at.clamp(low, high)
    };
    let count = match step {
        1.. => {
            let (start, end) = (clamp(start, 0, size), clamp(end, 0, size));
            (end - start).max(0).div_euclid(step) + i64::from((end - start).max(0) % step != 0)
        }
        0 => 0,
        ..0 => {
            let (start, end) = (clamp(start, 0, size - 1), clamp(end, -1, size - 1));
            let span = (start - end).max(0);
            let step = step.saturating_neg();
            span.div_euclid(step) + i64::from(span % step != 0)
        }
    };
    count.max(0) as u64
}
