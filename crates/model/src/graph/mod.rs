//! A model as one graph, whatever file or program it comes from.
//!
//! A [`ModelGraph`] holds five tables, and an id of each kind indexes it (`graph[value]`):
//!
//! - *values* flow between nodes, and have a type and a shape where these are known;
//! - *nodes* are operations with named inputs and typed attributes;
//! - *modules* are the tree of layers: one entry per object, however often it is called;
//! - *calls* are the runs of modules in the order in which they began, each with the nodes and calls in it;
//! - *tensors* are parameters, buffers and constants; their bytes stay where they lie until asked for.
//!
//! A file of weights only has modules and tensors, and no calls.

mod builder;
mod dtype;
mod formula;
mod tensor;

use std::{
    collections::HashMap,
    fmt,
    ops::{Index, IndexMut},
};

use crate::number::python_float;

pub(crate) use self::formula::Formula;
pub(crate) use self::tensor::{TensorData, contiguous_strides};
pub use self::{
    builder::{IntoShape, ModelBuilder},
    dtype::DType,
    tensor::{Tensor, TensorRole},
};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $table:ident, $item:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub(crate) u32);

        impl $name {
            /// Position in [`ModelGraph`]'s table.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl Index<$name> for ModelGraph {
            type Output = $item;

            fn index(&self, id: $name) -> &$item {
                &self.$table[id.index()]
            }
        }

        impl IndexMut<$name> for ModelGraph {
            fn index_mut(&mut self, id: $name) -> &mut $item {
                &mut self.$table[id.index()]
            }
        }
    };
}

id!(
    /// Names a [`Value`] of one graph.
    ValueId, values, Value
);
id!(
    /// Names a [`Node`] of one graph.
    NodeId, nodes, Node
);
id!(
    /// Names a [`Module`] of one graph.
    ModuleId, modules, Module
);
id!(
    /// Names a [`Call`] of one graph.
    CallId, calls, Call
);
id!(
    /// Names a [`Tensor`] of one graph.
    TensorId, tensors, Tensor
);

/// A model: what flows through it, what it does, how it is divided into layers, and what it has learned.
#[derive(Clone, Debug, Default)]
pub struct ModelGraph {
    /// Everything that flows.
    pub values: Vec<Value>,
    /// Operations in the order of execution.
    pub nodes: Vec<Node>,
    /// Layers; the first is the model itself, parents come before their children.
    pub modules: Vec<Module>,
    /// Runs of layers in the order in which they began; the first is the model's own. Empty where only weights are
    /// known.
    pub calls: Vec<Call>,
    /// Parameters, buffers and constants.
    pub tensors: Vec<Tensor>,
    /// What the model is given.
    pub inputs: Vec<ValueId>,
    /// What it returns.
    pub outputs: Vec<ValueId>,
    /// Within which bounds symbolic sizes may be chosen.
    pub size_ranges: Vec<SizeRange>,
    /// What is known about the file: writer, version and alike, as name and text.
    pub metadata: Vec<(String, String)>,
}

/// What a symbolic size may be, bounds included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizeRange {
    /// The size's name.
    pub name: String,
    /// At least this.
    pub min: Option<u64>,
    /// At most this.
    pub max: Option<u64>,
}

/// Something that flows between nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Name, unique in a file.
    pub name: String,
    /// Type of its elements, where known.
    pub dtype: Option<DType>,
    /// Shape, where at least the number of dimensions is known.
    pub shape: Option<Vec<Dim>>,
    /// Tensor or a number that is part of a shape.
    pub kind: ValueKind,
    /// Where it comes from.
    pub source: ValueSource,
}

/// What kind of thing flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueKind {
    /// A tensor.
    Tensor,
    /// A number computed while the model runs, such as a size.
    Scalar,
    /// Something else, such as a sequence of tensors.
    Other,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueSource {
    /// The model is given it.
    Input,
    /// It is a parameter, buffer or constant.
    Tensor(TensorId),
    /// A node computes it.
    Node(NodeId),
    /// Nothing in this graph makes it.
    Nowhere,
}

/// Longest formula of a size that is kept.
const MAX_FORMULA_BYTES: usize = 1024;

/// One dimension of a shape.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Dim {
    /// So many.
    Fixed(u64),
    /// Named, or a formula of names, such as `batch` or `2*s0 + 1`.
    Symbol(String),
    /// Not known.
    Unknown,
}

impl Dim {
    /// A size that a file gives as a formula, in its plain form.
    pub(crate) fn from_formula(text: &str) -> Self {
        // Formulas of formulas could double at every node.
        if text.len() > MAX_FORMULA_BYTES {
            return Self::Unknown;
        }
        match Formula::parse(text) {
            Some(Formula::Number(number)) => {
                u64::try_from(number).map_or(Self::Unknown, Self::Fixed)
            }
            Some(formula) => Self::Symbol(formula.to_string()),
            None => Self::Symbol(text.to_owned()),
        }
    }

    /// A number on the way to a size, which may be negative and is a formula then.
    pub(crate) fn from_signed(number: i64) -> Self {
        u64::try_from(number).map_or_else(|_| Self::Symbol(number.to_string()), Self::Fixed)
    }

    /// The size where names have these sizes; unchanged where one is missing.
    #[must_use]
    pub fn with_sizes(&self, sizes: &HashMap<String, u64>) -> Self {
        let Self::Symbol(text) = self else {
            return self.clone();
        };
        if let Some(size) = sizes.get(text) {
            return Self::Fixed(*size);
        }
        let value = Formula::parse(text).and_then(|formula| formula.value(sizes));
        value
            .and_then(|value| u64::try_from(value).ok())
            .map_or_else(|| self.clone(), Self::Fixed)
    }

    /// The number, where it is fixed.
    pub fn fixed(&self) -> Option<u64> {
        match self {
            Self::Fixed(size) => Some(*size),
            Self::Symbol(_) | Self::Unknown => None,
        }
    }
}

impl From<u64> for Dim {
    fn from(size: u64) -> Self {
        Self::Fixed(size)
    }
}

impl From<&str> for Dim {
    fn from(symbol: &str) -> Self {
        Self::Symbol(symbol.to_owned())
    }
}

impl fmt::Display for Dim {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(size) => size.fmt(formatter),
            Self::Symbol(symbol) => formatter.write_str(symbol),
            Self::Unknown => formatter.write_str("?"),
        }
    }
}

/// A shape as it is written: `[1, 3, 224, 224]`, `[batch, 10]`, or `?` where nothing is known.
pub fn shape_text(shape: Option<&[Dim]>) -> String {
    let Some(shape) = shape else {
        return "?".to_owned();
    };
    let dims: Vec<String> = shape.iter().map(ToString::to_string).collect();
    format!("[{}]", dims.join(", "))
}

/// An operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Name, as the file says it.
    pub name: String,
    /// What it does: `aten.conv2d.default`, `Conv`; with a domain in front when that is not the format's own.
    pub op: String,
    /// What it takes, in order. A list of tensors is several inputs of one name.
    pub inputs: Vec<Argument>,
    /// What it makes.
    pub outputs: Vec<ValueId>,
    /// Its settings.
    pub attributes: Vec<(String, Attribute)>,
    /// The run of a layer that it belongs to.
    pub call: CallId,
}

impl Node {
    /// A setting by name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        find(&self.attributes, name)
    }

    /// The first input of this name.
    pub fn input(&self, name: &str) -> Option<ValueId> {
        self.inputs
            .iter()
            .find(|input| input.name == name)
            .and_then(|input| input.value)
    }

    /// The name without namespace and overload: `conv2d` for `aten.conv2d.default`, `Conv` for `Conv` and
    /// `com.microsoft::Conv`.
    pub fn short_op(&self) -> &str {
        if let Some((_, name)) = self.op.rsplit_once("::") {
            return name;
        }
        let mut parts = self.op.split('.');
        let first = parts.next().unwrap_or_default();
        parts.next().unwrap_or(first)
    }
}

fn find<'a>(attributes: &'a [(String, Attribute)], name: &str) -> Option<&'a Attribute> {
    attributes
        .iter()
        .find(|(own, _)| own == name)
        .map(|(_, attribute)| attribute)
}

/// What a node takes at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The parameter's name where the format has names (`weight`), else empty.
    pub name: String,
    /// What is given; `None` where it is left out.
    pub value: Option<ValueId>,
}

/// A setting of a node or of a module.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Attribute {
    /// Python's `None`.
    None,
    /// Truth value.
    Bool(bool),
    /// Truth values.
    Bools(Vec<bool>),
    /// Whole number.
    Int(i64),
    /// Whole numbers.
    Ints(Vec<i64>),
    /// Number.
    Float(f64),
    /// Numbers.
    Floats(Vec<f64>),
    /// Text.
    Text(String),
    /// Texts.
    Texts(Vec<String>),
    /// Type of elements.
    DType(DType),
    /// A constant.
    Tensor(TensorId),
    /// Numbers of which some are computed while the model runs.
    Dims(Vec<Dim>),
    /// A graph within the graph, such as a branch, of which only the size is kept.
    Subgraph {
        /// Its name.
        name: String,
        /// How many nodes it has, those of its own subgraphs included.
        nodes: usize,
    },
    /// Anything else, as the file writes it.
    Other(String),
}

impl Attribute {
    /// The number, of [`Self::Int`] and [`Self::Bool`].
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Bool(flag) => Some(i64::from(*flag)),
            _ => None,
        }
    }

    /// The numbers, of [`Self::Ints`].
    pub fn as_ints(&self) -> Option<&[i64]> {
        match self {
            Self::Ints(numbers) => Some(numbers),
            _ => None,
        }
    }

    /// The text, of [`Self::Text`].
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for Attribute {
    /// As Python writes it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn list<T: fmt::Display>(
            formatter: &mut fmt::Formatter<'_>,
            items: impl IntoIterator<Item = T>,
        ) -> fmt::Result {
            formatter.write_str("[")?;
            for (position, item) in items.into_iter().enumerate() {
                let comma = if position > 0 { ", " } else { "" };
                write!(formatter, "{comma}{item}")?;
            }
            formatter.write_str("]")
        }
        let truth = |flag: &bool| if *flag { "True" } else { "False" };
        match self {
            Self::None => formatter.write_str("None"),
            Self::Bool(flag) => formatter.write_str(truth(flag)),
            Self::Bools(flags) => list(formatter, flags.iter().map(truth)),
            Self::Int(number) => number.fmt(formatter),
            Self::Ints(numbers) => list(formatter, numbers),
            Self::Float(number) => formatter.write_str(&python_float(*number)),
            Self::Floats(numbers) => list(
                formatter,
                numbers.iter().map(|number| python_float(*number)),
            ),
            Self::Text(text) | Self::Other(text) => formatter.write_str(text),
            Self::Texts(texts) => list(formatter, texts),
            Self::DType(dtype) => write!(formatter, "torch.{dtype}"),
            Self::Tensor(tensor) => write!(formatter, "tensor {}", tensor.index()),
            Self::Dims(dims) => list(formatter, dims),
            Self::Subgraph { name, nodes } => write!(formatter, "graph {name} of {nodes} nodes"),
        }
    }
}

/// A layer: one object of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// Names from the model down, with dots: `layer1.0.conv1`; empty for the model itself.
    pub path: String,
    /// The last of these names.
    pub name: String,
    /// Class without its Python module (`Conv2d`); `None` where the file does not say it: a file of weights, or a
    /// layer of an exported program that ran no operation.
    pub class_name: Option<String>,
    /// Class with its Python module (`torch.nn.modules.conv.Conv2d`), where known.
    pub class_path: Option<String>,
    /// The layer that holds it.
    pub parent: Option<ModuleId>,
    /// The layers it holds, in their order.
    pub children: Vec<ModuleId>,
    /// Its own tensors, without those of its children.
    pub tensors: Vec<TensorId>,
    /// Its settings, where they are known without looking at nodes.
    pub attributes: Vec<(String, Attribute)>,
    /// Its runs.
    pub calls: Vec<CallId>,
}

impl Module {
    /// A setting by name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        find(&self.attributes, name)
    }
}

/// One run of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The layer.
    pub module: ModuleId,
    /// The run within which it happens.
    pub parent: Option<CallId>,
    /// How many runs it is within: 0 for the model's own.
    pub depth: u32,
    /// What happens in it, in order.
    pub body: Vec<Step>,
    /// What it takes from outside, parameters apart, in the order of first use.
    pub inputs: Vec<ValueId>,
    /// What it makes that is used outside, in the order of making; if none is used, its last value.
    pub outputs: Vec<ValueId>,
}

/// A part of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An operation of the layer itself.
    Node(NodeId),
    /// A run of a layer within it.
    Call(CallId),
}

impl ModelGraph {
    /// The model's class, or its name in the file.
    pub fn name(&self) -> &str {
        self.modules
            .first()
            .and_then(|root| root.class_name.as_deref())
            .unwrap_or_default()
    }

    /// The layer with this path.
    pub fn module(&self, path: &str) -> Option<ModuleId> {
        let position = self.modules.iter().position(|module| module.path == path)?;
        Some(ModuleId(position as u32))
    }

    /// The tensor with this name.
    pub fn tensor(&self, name: &str) -> Option<TensorId> {
        let position = self.tensors.iter().position(|tensor| tensor.name == name)?;
        Some(TensorId(position as u32))
    }

    /// The parameter, buffer or constant that a value is.
    pub fn value_tensor(&self, value: ValueId) -> Option<TensorId> {
        match self[value].source {
            ValueSource::Tensor(tensor) => Some(tensor),
            _ => None,
        }
    }

    /// The parameters, each tensor once however many names it has.
    pub fn parameters(&self) -> impl Iterator<Item = &Tensor> {
        self.tensors
            .iter()
            .filter(|tensor| tensor.is_parameter() && tensor.tied_to.is_none())
    }

    /// Number of elements of all parameters, tied ones counted once.
    pub fn parameter_count(&self) -> u64 {
        self.parameters()
            .map(Tensor::element_count)
            .fold(0, u64::saturating_add)
    }

    /// The operations of a call, those of the calls within it included, in order.
    pub fn nodes_of(&self, call: CallId) -> Vec<NodeId> {
        let mut nodes = Vec::new();
        let mut open = vec![self[call].body.iter()];
        while let Some(steps) = open.last_mut() {
            match steps.next() {
                Some(Step::Node(node)) => nodes.push(*node),
                Some(Step::Call(call)) => open.push(self[*call].body.iter()),
                None => {
                    open.pop();
                }
            }
        }
        nodes
    }

    /// A setting of a layer (`kernel_size`, `groups`, `stride`, …): as declared, or as the operations of this call
    /// show it.
    ///
    /// An exported program does not keep a layer's settings but the operation's arguments. A convolution has
    /// `kernel_size` as numbers for each axis, taken from its weight; a pooling layer, of which PyTorch keeps what the
    /// programmer wrote, has one number where all axes are equal.
    pub fn call_attribute(&self, call: CallId, name: &str) -> Option<Attribute> {
        let call = &self[call];
        if let Some(declared) = self[call.module].attribute(name) {
            return Some(declared.clone());
        }
        let mut nodes = call.body.iter().filter_map(|step| match step {
            Step::Node(node) => Some(&self[*node]),
            Step::Call(_) => None,
        });
        nodes.find_map(|node| self.node_setting(node, name))
    }

    fn node_setting(&self, node: &Node, name: &str) -> Option<Attribute> {
        let op = node.short_op().to_ascii_lowercase();
        // `conv_transpose2d.input`, `_convolution`, `Conv`, `ConvTranspose`.
        let is_convolution = op.trim_start_matches('_').starts_with("conv");
        let is_pool = op.contains("pool");
        match name {
            "kernel_size" if is_convolution => {
                let weight = node
                    .input("weight")
                    .or_else(|| node.inputs.get(1).and_then(|input| input.value))?;
                let shape = self[weight].shape.as_deref()?;
                let sides: Option<Vec<i64>> = shape
                    .get(2..)?
                    .iter()
                    .map(|dim| i64::try_from(dim.fixed()?).ok())
                    .collect();
                Some(Attribute::Ints(sides?))
            }
            "kernel_size" if is_pool => {
                let sides = node
                    .attribute("kernel_size")
                    .or_else(|| node.attribute("kernel_shape"))?;
                match sides.as_ints() {
                    Some([first, rest @ ..]) if rest.iter().all(|side| side == first) => {
                        Some(Attribute::Int(*first))
                    }
                    _ => Some(sides.clone()),
                }
            }
            "groups" if is_convolution => Some(
                node.attribute("groups")
                    .or_else(|| node.attribute("group"))
                    .cloned()
                    .unwrap_or(Attribute::Int(1)),
            ),
            _ => node.attribute(name).cloned(),
        }
    }
}

#[cfg(test)]
mod tests;
