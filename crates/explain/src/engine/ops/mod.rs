//! What each operation of a model file does.
//!
//! A table for each kind of operation. A row names the operation as `ATen` (`.pt2`; without namespace, overload and the
//! underscore of operations that work in place) and as ONNX call it; the two differ in how they name their settings,
//! so a row may have one name only.

mod activation;
mod arithmetic;
mod attention;
mod compare;
mod convolution;
mod create;
mod einsum;
mod im2col;
mod interpolate;
mod layers;
mod layout;
mod max_pool;
mod pick;
mod pooling;
mod reduce;
mod winograd;

use std::collections::HashMap;

use burn::tensor::Tensor;
use glassboard_model::{Attribute, DType, Dim, Node};

pub(crate) use self::{
    convolution::{bias, conv_gradient, convolve_and},
    layers::affine_of_batch_norm,
};
use super::array::{Array, Fit, Misfit, Place};

/// An operation that the engine runs.
pub(crate) struct Operation {
    /// How `ATen` and ONNX call it.
    pub(crate) names: &'static [&'static str],
    /// Its results.
    pub(crate) run: fn(&Call<'_>) -> Fit<Vec<Array>>,
}

/// A row of a table: an operation with one result.
macro_rules! operations {
    ($($names:expr => $run:expr),* $(,)?) => {
        &[$(Operation { names: &$names, run: |call| {
            let run: fn(&Call<'_>) -> Fit<Array> = $run;
            Ok(vec![run(call)?])
        } }),*]
    };
}
use operations;

const TABLES: &[&[Operation]] = &[
    activation::OPERATIONS,
    arithmetic::OPERATIONS,
    attention::OPERATIONS,
    compare::OPERATIONS,
    convolution::OPERATIONS,
    create::OPERATIONS,
    einsum::OPERATIONS,
    interpolate::OPERATIONS,
    layers::OPERATIONS,
    layers::SEVERAL,
    layout::OPERATIONS,
    layout::SEVERAL,
    pick::OPERATIONS,
    pooling::OPERATIONS,
    pooling::SEVERAL,
    reduce::OPERATIONS,
];

/// All operations by name.
pub(crate) fn table() -> HashMap<&'static str, &'static Operation> {
    let mut table = HashMap::new();
    for operation in TABLES.iter().copied().flatten() {
        for name in operation.names {
            table.insert(*name, operation);
        }
    }
    table
}

/// The name of a node's operation in the table: of `aten.relu_.default` it is `relu`.
pub(crate) fn key(node: &Node) -> &str {
    match node.op.strip_prefix("aten.") {
        Some(_) => {
            let name = node.short_op();
            // `__and__` has its own underscores.
            match name.strip_suffix('_') {
                Some(plain) if !plain.ends_with('_') => plain,
                _ => name,
            }
        }
        None => &node.op,
    }
}

/// A running operation: its node, and what it is given.
pub(crate) struct Call<'a> {
    pub(crate) node: &'a Node,
    /// As the node's inputs, one by one.
    pub(crate) inputs: &'a [Option<Array>],
    /// What the names in sizes stand for.
    pub(crate) sizes: &'a HashMap<String, u64>,
    pub(crate) place: &'a Place,
    /// Version of ONNX's operations; 0 for `ATen`.
    pub(crate) opset: u64,
}

/// A tensor, or a number among the settings.
#[expect(clippy::large_enum_variant)] // lives for one operation
pub(crate) enum Operand {
    Array(Array),
    Int(i64),
    Float(f64),
}

impl Call<'_> {
    /// The input at a position; it must be there.
    pub(crate) fn input(&self, at: usize) -> Fit<&Array> {
        self.optional(at)
            .ok_or_else(|| Misfit::new(format!("an input {}", at + 1), "none"))
    }

    /// The input at a position, if it is given.
    pub(crate) fn optional(&self, at: usize) -> Option<&Array> {
        self.inputs.get(at)?.as_ref()
    }

    /// The input of a name, if it is given.
    pub(crate) fn named(&self, name: &str) -> Option<&Array> {
        let at = self
            .node
            .inputs
            .iter()
            .position(|input| input.name == name)?;
        self.optional(at)
    }

    /// The first input as floats.
    pub(crate) fn float(&self) -> Fit<Array> {
        Ok(self.place.float(self.input(0)?))
    }

    /// A list of tensors.
    pub(crate) fn list(&self) -> Fit<Vec<Array>> {
        let given: Vec<Array> = self.inputs.iter().flatten().cloned().collect();
        if given.is_empty() {
            return Err(Misfit::new("at least one input", "none"));
        }
        Ok(given)
    }

    /// The first input through what works on each element alone.
    pub(crate) fn map(&self, apply: impl FnOnce(Tensor<1>) -> Tensor<1>) -> Fit<Array> {
        self.float()?.map(apply)
    }

    /// Whether a setting is there and not `None`.
    pub(crate) fn has(&self, name: &str) -> bool {
        !matches!(self.node.attribute(name), None | Some(Attribute::None))
    }

    /// A whole number among the settings.
    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        match self.node.attribute(name)? {
            Attribute::Dims(dims) => match dims.as_slice() {
                [dim] => Some(self.size(dim)),
                _ => None,
            },
            other => other.as_int(),
        }
    }

    pub(crate) fn int_or(&self, name: &str, default: i64) -> i64 {
        self.int(name).unwrap_or(default)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.int(name).is_some_and(|flag| flag != 0)
    }

    /// A number among the settings.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        match self.node.attribute(name)? {
            Attribute::Float(number) => Some(*number),
            // Infinity is written as a word.
            Attribute::Text(text) | Attribute::Other(text) => text.parse().ok(),
            _ => self.int(name).map(|number| number as f64),
        }
    }

    pub(crate) fn number_or(&self, name: &str, default: f64) -> f64 {
        self.number(name).unwrap_or(default)
    }

    /// Whole numbers among the settings; a single one counts as a list.
    pub(crate) fn ints(&self, name: &str) -> Option<Vec<i64>> {
        match self.node.attribute(name)? {
            Attribute::Ints(numbers) => Some(numbers.clone()),
            Attribute::Dims(dims) => Some(dims.iter().map(|dim| self.size(dim)).collect()),
            other => other.as_int().map(|number| vec![number]),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.node.attribute(name)?.as_text()
    }

    /// Whether a type among the settings is one of floats.
    pub(crate) fn float_type(&self, name: &str) -> Option<bool> {
        match self.node.attribute(name)? {
            Attribute::DType(dtype) => Some(dtype.is_float()),
            _ => None,
        }
    }

    /// Whether the result is described as floats.
    pub(crate) fn dtype(&self, name: &str) -> Option<DType> {
        match self.node.attribute(name)? {
            Attribute::DType(dtype) => Some(*dtype),
            _ => None,
        }
    }

    /// Numbers that are settings in `ATen` and in older ONNX, and an input in newer ONNX.
    pub(crate) fn ints_at(&self, at: usize, name: &str) -> Fit<Option<Vec<i64>>> {
        match self.optional(at) {
            Some(array) => array.numbers().map(Some),
            None => Ok(self.ints(name)),
        }
    }

    /// A tensor or number of a name.
    pub(crate) fn operand(&self, name: &str) -> Option<Operand> {
        if let Some(array) = self.named(name) {
            return Some(Operand::Array(array.clone()));
        }
        match self.node.attribute(name)? {
            Attribute::Float(number) => Some(Operand::Float(*number)),
            Attribute::Text(_) | Attribute::Other(_) => self.number(name).map(Operand::Float),
            _ => self.int(name).map(Operand::Int),
        }
    }

    /// Each of so many numbers, where a list may have one for all.
    pub(crate) fn per_axis(&self, name: &str, axes: usize, default: i64) -> Fit<Vec<usize>> {
        let numbers = self.ints(name).filter(|numbers| !numbers.is_empty());
        let numbers = match numbers {
            None => vec![default; axes],
            Some(numbers) if numbers.len() == 1 => vec![numbers[0]; axes],
            Some(numbers) => numbers,
        };
        let sizes: Option<Vec<usize>> = numbers
            .iter()
            .map(|number| usize::try_from(*number).ok())
            .collect();
        sizes
            .filter(|sizes| sizes.len() == axes)
            .ok_or_else(|| Misfit::new(format!("{name} for {axes} axes"), format!("{numbers:?}")))
    }

    /// A size, with names as they are in this run; what is not known is -1, as in a shape to be found out.
    fn size(&self, dim: &Dim) -> i64 {
        match dim.with_sizes(self.sizes) {
            Dim::Fixed(size) => size as i64,
            Dim::Symbol(text) => text.parse().unwrap_or(-1),
            Dim::Unknown => -1,
        }
    }
}

/// A number that a setting or a file gives, as a size.
pub(crate) fn size(number: i64) -> Fit<usize> {
    usize::try_from(number).map_err(|_| Misfit::new("a size", number.to_string()))
}
