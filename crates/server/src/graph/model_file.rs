//! A model file as a graph: each run of a layer is a group with its operations, parameters stand in their layer.

use std::collections::HashMap;

use glassboard_model::summary::node_mult_adds;
use glassboard_model::{
    CallId, Dim, ModelGraph, ModuleId, Tensor, TensorRole, ValueId, ValueKind, ValueSource,
};

use super::build::{Builder, input};
use super::{Graph, Output, setting};
use crate::wire::{GraphKind, GraphNodeKind};

/// The graph of a model.
pub(crate) fn of_model(model: &ModelGraph) -> Graph {
    let kind = if model.calls.is_empty() {
        GraphKind::Weights
    } else {
        GraphKind::Operations
    };
    let mut builder = Builder::new(kind);
    builder.set_title(model.name());
    for (name, text) in &model.metadata {
        builder.add_metadata(setting(name, text));
    }
    let mut walk = Walk {
        model,
        builder,
        calls: HashMap::new(),
        modules: HashMap::new(),
        values: vec![None; model.values.len()],
    };
    walk.inputs();
    walk.tensors();
    walk.operations();
    walk.outputs();
    walk.builder.finish()
}

struct Walk<'a> {
    model: &'a ModelGraph,
    builder: Builder,
    /// The group of each run.
    calls: HashMap<CallId, Option<u32>>,
    /// The group of each layer: of its first run, or one of its own.
    modules: HashMap<ModuleId, Option<u32>>,
    /// The node that makes each value, and which of its results it is.
    values: Vec<Option<(u32, u32)>>,
}

impl Walk<'_> {
    fn inputs(&mut self) {
        for value in &self.model.inputs {
            let name = &self.model[*value].name;
            let number = self.builder.add(None, name, GraphNodeKind::Input, "");
            self.make(number, &[*value]);
        }
    }

    fn outputs(&mut self) {
        for (at, value) in self.model.outputs.iter().enumerate() {
            let name = if self.model.outputs.len() == 1 {
                "output".to_owned()
            } else {
                format!("output {}", at + 1)
            };
            let number = self.builder.add(None, &name, GraphNodeKind::Output, "");
            let output = self.output(*value);
            let from = self.values[value.index()];
            if let Some(node) = number.and_then(|number| self.builder.node_mut(number)) {
                node.outputs = vec![output];
                node.inputs
                    .extend(from.map(|(from, port)| input("", from, port)));
            }
        }
    }

    /// Parameters, whether they are used or not, and what else is used.
    fn tensors(&mut self) {
        let mut value_of: HashMap<_, ValueId> = HashMap::new();
        let mut is_used = vec![false; self.model.values.len()];
        for argument in self.model.nodes.iter().flat_map(|node| &node.inputs) {
            if let Some(value) = argument.value {
                is_used[value.index()] = true;
                if let ValueSource::Tensor(tensor) = self.model[value].source {
                    value_of.insert(tensor.index(), value);
                }
            }
        }
        let has_program = !self.model.calls.is_empty();
        for (at, tensor) in self.model.tensors.iter().enumerate() {
            let value = value_of.get(&at).copied();
            if has_program && value.is_none() && !tensor.is_parameter() {
                continue;
            }
            let number = self.tensor(tensor);
            if let (Some(value), Some(number)) = (value, number) {
                self.values[value.index()] = Some((number, 0));
            }
        }
        // A tensor may be several values.
        for (at, value) in self.model.values.iter().enumerate() {
            if let (ValueSource::Tensor(tensor), true, None) =
                (value.source, is_used[at], self.values[at])
                && let Some(known) = value_of.get(&tensor.index())
            {
                self.values[at] = self.values[known.index()];
            }
        }
    }

    fn tensor(&mut self, tensor: &Tensor) -> Option<u32> {
        let group = self.module_group(tensor.module)?;
        let kind = match tensor.role {
            TensorRole::Parameter { .. } => GraphNodeKind::Parameter,
            TensorRole::Buffer => GraphNodeKind::Buffer,
            _ => GraphNodeKind::Constant,
        };
        let number = self
            .builder
            .add(Some(group), tensor.short_name(), kind, "")?;
        let shape = super::shape_text(tensor.shape.iter().map(ToString::to_string));
        let output = self
            .builder
            .output(Some(shape), Some(tensor.dtype.to_string()));
        let module = self.model[tensor.module].path.clone();
        let mut attributes = vec![setting("name", &tensor.name)];
        if let TensorRole::Parameter {
            trainable: Some(trainable),
        } = tensor.role
        {
            let text = if trainable { "True" } else { "False" };
            attributes.push(setting("trainable", text));
        }
        if let Some(first) = tensor.tied_to {
            attributes.push(setting("tied_to", &self.model[first].name));
        }
        let node = self.builder.node_mut(number)?;
        if kind == GraphNodeKind::Parameter {
            // Tied weights count once.
            let is_first = tensor.tied_to.is_none();
            node.parameters = Some(if is_first { tensor.element_count() } else { 0 });
        }
        node.outputs = vec![output];
        node.module = Some(module);
        node.attributes = attributes;
        Some(number)
    }

    fn operations(&mut self) {
        for at in 0..self.model.nodes.len() {
            self.operation(at);
        }
    }

    fn operation(&mut self, at: usize) {
        let model = self.model;
        let Some(node) = model.nodes.get(at) else {
            return;
        };
        let group = self.call_group(node.call);
        let last = node.name.trim_matches('/').rsplit('/').next();
        let name = last
            .filter(|last| !last.is_empty())
            .unwrap_or_else(|| node.short_op());
        let Some(number) = self
            .builder
            .add(group, name, GraphNodeKind::Operation, &node.op)
        else {
            return;
        };
        self.make(Some(number), &node.outputs);
        let inputs = node.inputs.iter().filter_map(|argument| {
            let (from, port) = self.values[argument.value?.index()]?;
            Some(input(&argument.name, from, port))
        });
        let inputs = inputs.collect();
        let attributes = node.attributes.iter();
        let attributes = attributes
            .map(|(name, value)| setting(name, &value.to_string()))
            .collect();
        let module = model[model[node.call].module].path.clone();
        if let Some(made) = self.builder.node_mut(number) {
            made.inputs = inputs;
            made.attributes = attributes;
            made.module = Some(module);
            // 0 may also mean that shapes are not known.
            made.mult_adds = Some(node_mult_adds(model, node)).filter(|number| *number > 0);
        }
    }

    /// Says that a node makes values.
    fn make(&mut self, number: Option<u32>, values: &[ValueId]) {
        let Some(number) = number else { return };
        let outputs: Vec<Output> = values.iter().map(|value| self.output(*value)).collect();
        for (port, value) in values.iter().enumerate() {
            self.values[value.index()] = Some((number, port as u32));
        }
        if let Some(node) = self.builder.node_mut(number) {
            node.outputs = outputs;
        }
    }

    fn output(&mut self, value: ValueId) -> Output {
        let value = &self.model[value];
        let shape = value
            .shape
            .as_ref()
            .filter(|_| value.kind != ValueKind::Scalar)
            .map(|shape| super::shape_text(shape.iter().map(Dim::to_string)));
        let dtype = value.dtype.map(|dtype| dtype.to_string());
        self.builder.output(shape, dtype)
    }

    /// The group of a run: within that of the run around it, and of the layers between the two that do not run.
    fn call_group(&mut self, call: CallId) -> Option<u32> {
        if let Some(known) = self.calls.get(&call) {
            return *known;
        }
        let model = self.model;
        let (module, parent) = (model[call].module, model[call].parent);
        let around = parent.and_then(|parent| self.call_group(parent));
        let mut between: Vec<ModuleId> = Vec::new();
        let mut next = model[module].parent;
        let end = parent.map(|parent| model[parent].module);
        while let Some(above) = next.filter(|above| Some(*above) != end) {
            between.push(above);
            next = model[above].parent;
        }
        // Where a layer of another branch calls it, its own name says enough.
        if next.is_none() && end.is_some() {
            between.clear();
        }
        let mut group = around;
        for above in between.into_iter().rev() {
            group = self.layer(group, above, 0);
            let first = self.modules.entry(above).or_insert(group);
            *first = first.or(group);
        }
        let run = model[module]
            .calls
            .iter()
            .position(|known| *known == call)
            .unwrap_or(0);
        let group = self.layer(group, module, run);
        self.calls.insert(call, group);
        self.modules.entry(module).or_insert(group);
        group
    }

    /// The group that shows a layer's parameters.
    fn module_group(&mut self, module: ModuleId) -> Option<u32> {
        if let Some(known) = self.modules.get(&module) {
            return *known;
        }
        let model = self.model;
        let first = model[module].calls.first().copied();
        let group = if let Some(call) = first {
            self.call_group(call)
        } else {
            let above = model[module].parent;
            let above = above.and_then(|above| self.module_group(above));
            self.layer(above, module, 0)
        };
        self.modules.insert(module, group);
        group
    }

    /// The group of one run of a layer.
    fn layer(&mut self, around: Option<u32>, module: ModuleId, run: usize) -> Option<u32> {
        if !self.builder.may_nest(around) {
            return around;
        }
        let layer = &self.model[module];
        let class_name = layer.class_name.as_deref().unwrap_or_default();
        let name = match (layer.name.as_str(), class_name) {
            ("", "") => "model",
            ("", class_name) => class_name,
            (name, _) => name,
        };
        let name = match run {
            0 => name.to_owned(),
            run => format!("{name} ({})", run + 1),
        };
        let key = format!("{} {run}", module.index());
        let group = self.builder.group(around, &key, &name, class_name)?;
        let attributes = layer.attributes.iter();
        let mut attributes: Vec<_> = attributes
            .map(|(name, value)| setting(name, &value.to_string()))
            .collect();
        if let Some(class_path) = &layer.class_path {
            attributes.insert(0, setting("class", class_path));
        }
        let path = layer.path.clone();
        let node = self.builder.node_mut(group)?;
        node.module = Some(path);
        node.attributes = attributes;
        Some(group)
    }
}
