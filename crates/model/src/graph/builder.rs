use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{
    Argument, Attribute, Call, CallId, DType, Dim, ModelGraph, Module, ModuleId, Node, NodeId,
    Step, Tensor, TensorData, TensorId, TensorRole, Value, ValueId, ValueKind, ValueSource,
    tensor::Values,
};
use crate::source::Region;

/// Describes a model piece by piece, in the order in which it runs: for programs whose library this crate does not
/// know, such as Candle or tch.
///
/// Layers may have any class and operations any name. Mult-adds are counted for the operations that PyTorch and ONNX
/// have ([`mult_adds_of_operation`](crate::summary::mult_adds_of_operation)), kernel sizes and groups are shown where
/// they are set as attributes. [`Self::set_values`] says how a parameter's elements are read.
///
/// The ids that its methods return are valid for this model only; giving one to another model's builder panics or
/// names something else.
///
/// ```
/// use glassboard_model::{Attribute, DType, Dim, ModelBuilder};
///
/// let mut model = ModelBuilder::new("Net");
/// let x = model.input("x", DType::F32, [1, 3, 32, 32]);
///
/// let conv = model.module(model.root(), "conv", "Conv2d");
/// model.set_attribute(conv, "kernel_size", Attribute::Ints(vec![3, 3]));
/// let weight = model.parameter(conv, "weight", DType::F32, [16, 3, 3, 3]);
/// let bias = model.parameter(conv, "bias", DType::F32, [16]);
///
/// // The layer's run, and the operation in it.
/// let root = model.root_call();
/// let run = model.call(conv, root);
/// let y = model.node(run, "conv2d", &[x, weight, bias], DType::F32, [1, 16, 30, 30]);
///
/// model.output(y);
/// let graph = model.build();
/// assert_eq!(graph.parameter_count(), 448);
/// assert_eq!(graph[graph.calls[1].outputs[0]].shape, Some([1, 16, 30, 30].map(Dim::Fixed).to_vec()));
/// ```
#[derive(Debug)]
pub struct ModelBuilder {
    graph: ModelGraph,
}

impl ModelBuilder {
    /// A model of this class, with nothing in it.
    pub fn new(class_name: &str) -> Self {
        let mut builder = Self {
            graph: ModelGraph::default(),
        };
        builder.graph.modules.push(Module {
            path: String::new(),
            name: String::new(),
            class_name: Some(class_name.to_owned()).filter(|name| !name.is_empty()),
            class_path: None,
            parent: None,
            children: Vec::new(),
            tensors: Vec::new(),
            attributes: Vec::new(),
            calls: Vec::new(),
        });
        builder
    }

    /// The model itself.
    pub fn root(&self) -> ModuleId {
        ModuleId(0)
    }

    /// The model's own run, which everything else happens in.
    pub fn root_call(&mut self) -> CallId {
        if self.graph.calls.is_empty() {
            self.push_call(ModuleId(0), None);
        }
        CallId(0)
    }

    /// Adds a layer.
    pub fn module(&mut self, parent: ModuleId, name: &str, class_name: &str) -> ModuleId {
        let id = self.untyped_module(parent, name);
        self.graph[id].class_name = Some(class_name.to_owned());
        id
    }

    /// Adds a layer whose class is not known.
    pub fn untyped_module(&mut self, parent: ModuleId, name: &str) -> ModuleId {
        let id = ModuleId(self.graph.modules.len() as u32);
        let path = joined(&self.graph[parent].path, name);
        self.graph[parent].children.push(id);
        self.graph.modules.push(Module {
            path,
            name: name.to_owned(),
            class_name: None,
            class_path: None,
            parent: Some(parent),
            children: Vec::new(),
            tensors: Vec::new(),
            attributes: Vec::new(),
            calls: Vec::new(),
        });
        id
    }

    /// Sets a layer's class with its module, such as `torch.nn.modules.conv.Conv2d`.
    pub fn set_class_path(&mut self, module: ModuleId, class_path: &str) {
        let module = &mut self.graph[module];
        let class_name = class_path.rsplit('.').next().unwrap_or(class_path);
        module.class_name = Some(class_name.to_owned());
        module.class_path = Some(class_path.to_owned());
    }

    /// Sets something that is to be known of a layer, such as `kernel_size` or `groups`.
    pub fn set_attribute(&mut self, module: ModuleId, name: &str, value: Attribute) {
        let attributes = &mut self.graph[module].attributes;
        match attributes.iter_mut().find(|(own, _)| own == name) {
            Some((_, found)) => *found = value,
            None => attributes.push((name.to_owned(), value)),
        }
    }

    /// Adds a parameter that training changes.
    pub fn parameter(
        &mut self,
        module: ModuleId,
        name: &str,
        dtype: DType,
        shape: impl Into<Vec<u64>>,
    ) -> ValueId {
        let trainable = Some(true);
        self.tensor(
            module,
            name,
            TensorRole::Parameter { trainable },
            dtype,
            shape,
        )
    }

    /// Adds a parameter, buffer or constant of a layer.
    pub fn tensor(
        &mut self,
        module: ModuleId,
        name: &str,
        role: TensorRole,
        dtype: DType,
        shape: impl Into<Vec<u64>>,
    ) -> ValueId {
        let name = joined(&self.graph[module].path, name);
        let tensor = Tensor {
            name: name.clone(),
            dtype,
            shape: shape.into(),
            role,
            module,
            tied_to: None,
            data: TensorData::Unknown("the model was described without them"),
        };
        let id = self.push_tensor(tensor);
        self.tensor_value(&name, id)
    }

    /// Says how a tensor's elements are read: as little-endian bytes, row by row. Nothing is read until
    /// [`Tensor::read`] asks for it, each time anew.
    pub fn set_values(
        &mut self,
        tensor: ValueId,
        read: impl Fn() -> Vec<u8> + Send + Sync + 'static,
    ) {
        if let Some(tensor) = self.graph.value_tensor(tensor) {
            self.graph[tensor].data = TensorData::Computed(Values(Arc::new(read)));
        }
    }

    /// The layer with this path, such as `layer1.0.conv1`; empty for the model itself.
    pub fn find_module(&self, path: &str) -> Option<ModuleId> {
        self.graph.module(path)
    }

    /// The parameter, buffer or constant with this name, such as `layer1.0.conv1.weight`.
    pub fn find_tensor(&self, name: &str) -> Option<ValueId> {
        let tensor = self.graph.tensor(name)?;
        let is_it = |value: &Value| value.source == ValueSource::Tensor(tensor);
        let position = self.graph.values.iter().position(is_it)?;
        Some(ValueId(position as u32))
    }

    /// Says that a tensor is the same memory as an earlier one: it is shown at both places and counted once.
    pub fn tie(&mut self, tensor: ValueId, original: ValueId) {
        let (Some(tensor), Some(original)) = (
            self.graph.value_tensor(tensor),
            self.graph.value_tensor(original),
        ) else {
            return;
        };
        let first = self.graph[original].tied_to.unwrap_or(original);
        if first != tensor {
            self.graph[tensor].tied_to = Some(first);
        }
    }

    /// Adds something that the model is given.
    pub fn input(&mut self, name: &str, dtype: DType, shape: impl IntoShape) -> ValueId {
        let id = self.push_value(Value {
            name: name.to_owned(),
            dtype: Some(dtype),
            shape: Some(shape.into_shape()),
            kind: ValueKind::Tensor,
            source: ValueSource::Input,
        });
        self.graph.inputs.push(id);
        id
    }

    /// Says that the model returns a value.
    pub fn output(&mut self, value: ValueId) {
        self.graph.outputs.push(value);
    }

    /// Begins a run of a layer within another run.
    pub fn call(&mut self, module: ModuleId, parent: CallId) -> CallId {
        self.root_call();
        self.push_call(module, Some(parent))
    }

    /// Adds an operation with one result, and returns the result.
    pub fn node(
        &mut self,
        call: CallId,
        op: &str,
        inputs: &[ValueId],
        dtype: DType,
        shape: impl IntoShape,
    ) -> ValueId {
        let name = format!("{op}_{}", self.graph.nodes.len());
        let output = self.push_value(Value {
            name: name.clone(),
            dtype: Some(dtype),
            shape: Some(shape.into_shape()),
            kind: ValueKind::Tensor,
            source: ValueSource::Nowhere,
        });
        let inputs = inputs.iter().map(|value| Argument {
            name: String::new(),
            value: Some(*value),
        });
        self.push_node(Node {
            name,
            op: op.to_owned(),
            inputs: inputs.collect(),
            outputs: vec![output],
            attributes: Vec::new(),
            call,
        });
        output
    }

    /// Sets something that is to be known of the operation that makes a value.
    pub fn set_node_attribute(&mut self, made: ValueId, name: &str, value: Attribute) {
        if let ValueSource::Node(node) = self.graph[made].source {
            self.graph[node].attributes.push((name.to_owned(), value));
        }
    }

    /// The model as described.
    pub fn build(mut self) -> ModelGraph {
        self.tie_same_memory();
        self.find_borders();
        self.graph
    }

    pub(crate) fn graph(&mut self) -> &mut ModelGraph {
        &mut self.graph
    }

    pub(crate) fn push_value(&mut self, value: Value) -> ValueId {
        let id = ValueId(self.graph.values.len() as u32);
        self.graph.values.push(value);
        id
    }

    pub(crate) fn push_tensor(&mut self, tensor: Tensor) -> TensorId {
        let id = TensorId(self.graph.tensors.len() as u32);
        self.graph[tensor.module].tensors.push(id);
        self.graph.tensors.push(tensor);
        id
    }

    /// Makes a tensor usable by nodes.
    pub(crate) fn tensor_value(&mut self, name: &str, id: TensorId) -> ValueId {
        let tensor = &self.graph[id];
        let value = Value {
            name: name.to_owned(),
            dtype: Some(tensor.dtype),
            shape: Some(tensor.shape.iter().copied().map(Dim::Fixed).collect()),
            kind: ValueKind::Tensor,
            source: ValueSource::Tensor(id),
        };
        self.push_value(value)
    }

    pub(crate) fn push_node(&mut self, node: Node) -> NodeId {
        let id = NodeId(self.graph.nodes.len() as u32);
        for output in &node.outputs {
            self.graph[*output].source = ValueSource::Node(id);
        }
        self.graph[node.call].body.push(Step::Node(id));
        self.graph.nodes.push(node);
        id
    }

    fn push_call(&mut self, module: ModuleId, parent: Option<CallId>) -> CallId {
        let id = CallId(self.graph.calls.len() as u32);
        let mut depth = 0;
        if let Some(parent) = parent {
            let parent = &mut self.graph[parent];
            parent.body.push(Step::Call(id));
            depth = parent.depth + 1;
        }
        self.graph[module].calls.push(id);
        self.graph.calls.push(Call {
            module,
            parent,
            depth,
            body: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
        });
        id
    }

    /// Ties tensors that are the same elements of the same bytes.
    fn tie_same_memory(&mut self) {
        type Key = ((usize, u64, u64), u64, Vec<u64>, Vec<u64>, DType);
        let key = |region: &Region, offset: u64, strides: &[u64], tensor: &Tensor| -> Key {
            (
                region.key(),
                offset,
                strides.to_vec(),
                tensor.shape.clone(),
                tensor.dtype,
            )
        };
        let mut firsts: HashMap<Key, TensorId> = HashMap::new();
        for position in 0..self.graph.tensors.len() {
            let id = TensorId(position as u32);
            let tensor = &self.graph[id];
            if let TensorData::Stored {
                region,
                offset,
                strides,
            } = &tensor.data
                && region.len() > 0
            {
                let first = *firsts
                    .entry(key(region, *offset, strides, tensor))
                    .or_insert(id);
                if first != id {
                    self.graph[id].tied_to = Some(first);
                }
            }
        }
    }

    /// Finds what each run takes from outside and what it gives.
    fn find_borders(&mut self) {
        let Some(root) = self.graph.calls.first_mut() else {
            return;
        };
        root.inputs.clone_from(&self.graph.inputs);
        root.outputs.clone_from(&self.graph.outputs);

        let mut seen_inputs: HashSet<(CallId, ValueId)> = HashSet::new();
        let mut seen_outputs: HashSet<(CallId, ValueId)> = HashSet::new();
        for position in 0..self.graph.nodes.len() {
            let user = self.graph.nodes[position].call;
            for argument in 0..self.graph.nodes[position].inputs.len() {
                let Some(value) = self.graph.nodes[position].inputs[argument].value else {
                    continue;
                };
                if self.graph[value].kind == ValueKind::Scalar {
                    continue;
                }
                match self.graph[value].source {
                    ValueSource::Tensor(_) => {}
                    ValueSource::Input | ValueSource::Nowhere => {
                        self.cross(Side::In, user, CallId(0), value, &mut seen_inputs);
                    }
                    ValueSource::Node(maker) => {
                        let maker = self.graph[maker].call;
                        let common = self.common_call(user, maker);
                        self.cross(Side::In, user, common, value, &mut seen_inputs);
                        self.cross(Side::Out, maker, common, value, &mut seen_outputs);
                    }
                }
            }
        }
        for position in 0..self.graph.outputs.len() {
            let value = self.graph.outputs[position];
            if let ValueSource::Node(maker) = self.graph[value].source {
                let maker = self.graph[maker].call;
                self.cross(Side::Out, maker, CallId(0), value, &mut seen_outputs);
            }
        }
        self.finish_outputs();
    }

    /// Notes that a value crosses the border of every run from `call` up to, but without, `common`.
    fn cross(
        &mut self,
        side: Side,
        mut call: CallId,
        common: CallId,
        value: ValueId,
        seen: &mut HashSet<(CallId, ValueId)>,
    ) {
        while call != common {
            let found = &mut self.graph[call];
            if seen.insert((call, value)) {
                match side {
                    Side::In => found.inputs.push(value),
                    Side::Out => found.outputs.push(value),
                }
            } else if side == Side::In {
                // It came in here before, and so it did above.
                return;
            }
            match found.parent {
                Some(parent) => call = parent,
                None => return,
            }
        }
    }

    fn common_call(&self, mut left: CallId, mut right: CallId) -> CallId {
        while left != right {
            let deeper = if self.graph[left].depth >= self.graph[right].depth {
                &mut left
            } else {
                &mut right
            };
            match self.graph[*deeper].parent {
                Some(parent) => *deeper = parent,
                None => return *deeper,
            }
        }
        left
    }

    /// Sorts outputs by the order of making; a run of which nothing is used gives its last value.
    fn finish_outputs(&mut self) {
        let made_at = |graph: &ModelGraph, value: &ValueId| match graph[*value].source {
            ValueSource::Node(node) => (node.0, value.0),
            _ => (0, value.0),
        };
        for position in (1..self.graph.calls.len()).rev() {
            let id = CallId(position as u32);
            let mut outputs = std::mem::take(&mut self.graph[id].outputs);
            outputs.sort_by_key(|value| made_at(&self.graph, value));
            if outputs.is_empty() {
                // Runs within this one come later in the table and are finished.
                let last = self.graph[id].body.last();
                outputs.extend(last.and_then(|step| match step {
                    Step::Node(node) => self.graph[*node].outputs.first().copied(),
                    Step::Call(call) => self.graph[*call].outputs.last().copied(),
                }));
            }
            self.graph[id].outputs = outputs;
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    In,
    Out,
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// What can be given as a shape: numbers, or [`Dim`]s where some are symbolic.
pub trait IntoShape {
    /// The shape.
    fn into_shape(self) -> Vec<Dim>;
}

impl<const N: usize> IntoShape for [u64; N] {
    fn into_shape(self) -> Vec<Dim> {
        self.into_iter().map(Dim::Fixed).collect()
    }
}

impl IntoShape for Vec<u64> {
    fn into_shape(self) -> Vec<Dim> {
        self.into_iter().map(Dim::Fixed).collect()
    }
}

impl IntoShape for Vec<Dim> {
    fn into_shape(self) -> Vec<Dim> {
        self
    }
}

impl<const N: usize> IntoShape for [Dim; N] {
    fn into_shape(self) -> Vec<Dim> {
        self.into()
    }
}
