//! ONNX models.
//!
//! Which layer a node belongs to is known in three ways: PyTorch's exporter notes the layers' names and classes with
//! each node; its older exporter writes the names into the node's name (`/layer1/layer1.0/conv1/Conv`); in a file with
//! neither, every node counts as a layer of its own.

mod listing;
mod message;
mod text;
mod wire;

use std::{
    collections::{HashMap, HashSet},
    path::{Component, Path},
    sync::Arc,
};

pub use self::listing::{OnnxNode, OnnxNodeContent, list_onnx, list_onnx_bytes};
pub(crate) use self::message::element_type;
use self::{
    message::{Graph, Model, TensorMessage, ValueInfo},
    wire::Wire,
};
use super::layers::{Layers, MAX_DEPTH};
use crate::{
    Argument, Attribute, CallId, DType, ModelBuilder, ModelError, ModelGraph, ModuleId, Node,
    Result, Tensor, TensorRole, Value, ValueId, ValueKind, ValueSource,
    graph::{TensorData, contiguous_strides},
    source::{Region, Source},
};

/// Whether bytes begin as such a file does: with the version of the format.
pub(super) fn is_likely(start: &[u8]) -> bool {
    matches!(start, [0x08, 1..=64, ..])
}

pub(super) fn read(region: &Region) -> Result<ModelGraph> {
    let wire = Wire::new(region.clone());
    let model = Model::read(&wire)?;
    let graph = model.graph(region)?;
    Reader::new(&wire, graph).read(&model, graph)
}

struct Reader<'a> {
    wire: &'a Wire,
    builder: ModelBuilder,
    layers: Layers,
    values: HashMap<String, ValueId>,
    known: HashMap<&'a str, &'a ValueInfo>,
    has_hierarchy: bool,
    /// Runs of layers that the last node was in, by path.
    open: Vec<(String, CallId)>,
    external: HashMap<String, Option<Arc<Source>>>,
}

impl<'a> Reader<'a> {
    fn new(wire: &'a Wire, graph: &'a Graph) -> Self {
        let has_scopes = graph
            .nodes
            .iter()
            .any(|node| !node.scopes.is_empty() || node.name.starts_with('/'));
        let name = if has_scopes { "" } else { graph.name.as_str() };
        let mut builder = ModelBuilder::new(name);
        builder.root_call();
        let known = graph
            .value_info
            .iter()
            .chain(&graph.inputs)
            .chain(&graph.outputs)
            .map(|info| (info.name.as_str(), info))
            .collect();
        Self {
            wire,
            layers: Layers::new(&builder),
            builder,
            values: HashMap::new(),
            known,
            has_hierarchy: has_scopes,
            open: Vec::new(),
            external: HashMap::new(),
        }
    }

    fn read(mut self, model: &Model, graph: &Graph) -> Result<ModelGraph> {
        if self.has_hierarchy {
            self.add_layers(graph);
        }
        let initialized: HashSet<&str> = graph
            .initializers
            .iter()
            .map(|tensor| tensor.name.as_str())
            .collect();
        for input in &graph.inputs {
            // Before version 4 of the format, initializers are inputs, too.
            if !initialized.contains(input.name.as_str()) {
                let value = self.value(&input.name, ValueSource::Input);
                self.builder.graph().inputs.push(value);
            }
        }
        let holders = self.holders(graph);
        let statistics: HashSet<&str> = graph
            .nodes
            .iter()
            .filter(|node| node.op == "BatchNormalization")
            .flat_map(|node| node.inputs.iter().skip(3).map(String::as_str))
            .collect();
        for message in &graph.initializers {
            let role = initializer_role(message, &statistics);
            let module = match holders.get(message.name.as_str()) {
                Some(module) => *module,
                None => self.layers.holder(&mut self.builder, &message.name),
            };
            let tensor = self.tensor(message, message.name.clone(), module, role)?;
            let id = self.builder.push_tensor(tensor);
            let value = self.builder.tensor_value(&message.name, id);
            self.values.insert(message.name.clone(), value);
        }
        for (position, node) in graph.nodes.iter().enumerate() {
            self.add_node(position, node)?;
        }
        for output in &graph.outputs {
            let value = self.existing(&output.name);
            self.builder.output(value);
        }
        self.add_metadata(model);
        Ok(self.builder.build())
    }

    fn add_metadata(&mut self, model: &Model) {
        let producer = format!("{} {}", model.producer, model.producer_version);
        let mut metadata = vec![
            ("producer".to_owned(), producer.trim().to_owned()),
            ("ir_version".to_owned(), model.ir_version.to_string()),
        ];
        metadata.extend(model.opsets.iter().map(|(domain, version)| {
            let domain = if domain.is_empty() { "ai.onnx" } else { domain };
            (format!("opset {domain}"), version.to_string())
        }));
        metadata.extend(model.metadata.iter().cloned());
        self.builder.graph().metadata = metadata;
    }

    /// Adds every layer with its class, before tensors and nodes ask for them.
    fn add_layers(&mut self, graph: &Graph) {
        for node in &graph.nodes {
            for (path, class) in scopes(node) {
                let module = self.layers.get(&mut self.builder, &path);
                if let Some(class) = class
                    && self.builder.graph()[module].class_path.is_none()
                {
                    self.builder.set_class_path(module, &class);
                }
            }
        }
    }

    /// In a file without layers: the node's own layer for each tensor that only one node uses.
    fn holders<'g>(&mut self, graph: &'g Graph) -> HashMap<&'g str, ModuleId> {
        let mut users: HashMap<&str, Option<usize>> = HashMap::new();
        if !self.has_hierarchy {
            for (position, node) in graph.nodes.iter().enumerate() {
                for input in &node.inputs {
                    users
                        .entry(input)
                        .and_modify(|user| *user = user.filter(|user| *user == position))
                        .or_insert(Some(position));
                }
            }
        }
        let mut holders = HashMap::new();
        for message in &graph.initializers {
            if let Some(Some(position)) = users.get(message.name.as_str())
                && let Some(node) = graph.nodes.get(*position)
            {
                holders.insert(message.name.as_str(), self.own_layer(*position, node));
            }
        }
        holders
    }

    fn own_layer(&mut self, position: usize, node: &message::Node) -> ModuleId {
        let name = if node.name.is_empty() {
            format!("{}_{position}", node.op)
        } else {
            node.name.replace('.', "/")
        };
        let module = self.layers.get(&mut self.builder, &name);
        if self.builder.graph()[module].class_name.is_none() {
            self.builder.set_class_path(module, &node.op);
        }
        module
    }

    fn value(&mut self, name: &str, source: ValueSource) -> ValueId {
        let info = self.known.get(name);
        let is_tensor = info.is_none_or(|info| info.is_tensor);
        let id = self.builder.push_value(Value {
            name: name.to_owned(),
            dtype: info.and_then(|info| info.dtype),
            shape: info.and_then(|info| info.shape.clone()),
            kind: if is_tensor {
                ValueKind::Tensor
            } else {
                ValueKind::Other
            },
            source,
        });
        self.values.insert(name.to_owned(), id);
        id
    }

    fn existing(&mut self, name: &str) -> ValueId {
        match self.values.get(name) {
            Some(value) => *value,
            None => self.value(name, ValueSource::Nowhere),
        }
    }

    fn add_node(&mut self, position: usize, node: &message::Node) -> Result<()> {
        let call = self.call_of(position, node);
        let inputs = node
            .inputs
            .iter()
            .map(|input| Argument {
                name: String::new(),
                value: (!input.is_empty()).then(|| self.existing(input)),
            })
            .collect();
        let mut attributes = Vec::new();
        for attribute in &node.attributes {
            attributes.push((attribute.name.clone(), self.attribute(attribute, call)?));
        }
        let outputs = node
            .outputs
            .iter()
            .map(|output| self.value(output, ValueSource::Nowhere))
            .collect();
        let op = if node.domain.is_empty() || node.domain == "ai.onnx" {
            node.op.clone()
        } else {
            format!("{}::{}", node.domain, node.op)
        };
        self.builder.push_node(Node {
            name: node.name.clone(),
            op,
            inputs,
            outputs,
            attributes,
            call,
        });
        Ok(())
    }

    /// The run that a node belongs to: a layer that was left and is entered again runs again.
    fn call_of(&mut self, position: usize, node: &message::Node) -> CallId {
        let root = self.builder.root_call();
        if !self.has_hierarchy {
            let module = self.own_layer(position, node);
            return self.builder.call(module, root);
        }
        let scopes = scopes(node);
        if scopes.is_empty() {
            return root;
        }
        let inner: Vec<_> = scopes.iter().filter(|(path, _)| !path.is_empty()).collect();
        let same = self
            .open
            .iter()
            .zip(&inner)
            .take_while(|((open, _), (path, _))| open == path)
            .count();
        self.open.truncate(same);
        for (path, _) in inner.iter().skip(same) {
            let parent = self.open.last().map_or(root, |(_, call)| *call);
            let module = self.layers.get(&mut self.builder, path);
            let call = self.builder.call(module, parent);
            self.open.push((path.clone(), call));
        }
        self.open.last().map_or(root, |(_, call)| *call)
    }

    fn attribute(&mut self, attribute: &message::Attribute, call: CallId) -> Result<Attribute> {
        // AttributeProto.AttributeType.
        Ok(match attribute.kind {
            1 => Attribute::Float(attribute.float.into()),
            2 => Attribute::Int(attribute.int),
            3 => Attribute::Text(String::from_utf8_lossy(&attribute.text).into_owned()),
            4 => match &attribute.tensor {
                Some(message) => {
                    let module = self.builder.graph()[call].module;
                    let name = message.name.clone();
                    let tensor = self.tensor(message, name, module, TensorRole::Constant)?;
                    Attribute::Tensor(self.builder.push_tensor(tensor))
                }
                None => Attribute::None,
            },
            5 => {
                let (name, nodes) = attribute.graph.clone().unwrap_or_default();
                Attribute::Subgraph { name, nodes }
            }
            6 => Attribute::Floats(attribute.floats.clone()),
            7 => Attribute::Ints(attribute.ints.iter().map(|number| *number as i64).collect()),
            8 => Attribute::Texts(attribute.texts.clone()),
            kind => Attribute::Other(format!("attribute of type {kind}")),
        })
    }

    fn tensor(
        &mut self,
        message: &TensorMessage,
        name: String,
        module: ModuleId,
        role: TensorRole,
    ) -> Result<Tensor> {
        let region = self.wire.region();
        let dtype = element_type(message.dtype).ok_or_else(|| {
            region.malformed(
                format!("tensor {name}"),
                "a known element type",
                format!("type {}", message.dtype),
            )
        })?;
        let data = self.data(message, dtype)?;
        let tensor = Tensor {
            name,
            dtype,
            shape: message.dims.clone(),
            role,
            module,
            tied_to: None,
            data,
        };
        tensor.check()?;
        if let TensorData::Inline(bytes) = &tensor.data
            && bytes.len() as u64 != tensor.size_bytes()
        {
            return Err(self.wire.region().malformed(
                format!("tensor {}", tensor.name),
                format!("{} bytes", tensor.size_bytes()),
                bytes.len().to_string(),
            ));
        }
        Ok(tensor)
    }

    fn data(&mut self, message: &TensorMessage, dtype: DType) -> Result<TensorData> {
        let strides = contiguous_strides(&message.dims);
        let stored = |region| TensorData::Stored {
            region,
            offset: 0,
            strides: strides.clone(),
        };
        if dtype == DType::Text {
            return Ok(TensorData::Unknown("texts are not kept"));
        }
        if message.is_external {
            return Ok(self.external(message, dtype)?.map_or(
                TensorData::Unknown("its external file is not there"),
                stored,
            ));
        }
        if let Some(span) = message.raw.or(message.fixed) {
            let region = self.wire.region();
            return Ok(stored(region.named_part(
                &message.name,
                span.start,
                span.len(),
            )?));
        }
        Ok(TensorData::Inline(
            little_endian(&message.numbers, dtype).into(),
        ))
    }

    /// The part of another file that holds a tensor; `None` when that file is not there.
    fn external(&mut self, message: &TensorMessage, dtype: DType) -> Result<Option<Region>> {
        let model = self.wire.region().clone();
        let entry = |key: &str| {
            message
                .external
                .iter()
                .find(|(own, _)| own == key)
                .map(|(_, value)| value.as_str())
        };
        let malformed = |expected: &str, got: &str| {
            model.malformed(format!("tensor {}", message.name), expected, got)
        };
        let location = entry("location").unwrap_or_default();
        let is_beside = !location.is_empty()
            && Path::new(location)
                .components()
                .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !is_beside {
            return Err(malformed("external data beside the model", location));
        }
        let source = if let Some(known) = self.external.get(location) {
            known.clone()
        } else {
            let source = model.beside(location)?;
            self.external.insert(location.to_owned(), source.clone());
            source
        };
        let Some(source) = source else {
            return Ok(None);
        };
        let number = |key: &str| match entry(key) {
            Some(text) => text
                .parse::<u64>()
                .map(Some)
                .map_err(|_| malformed(&format!("a number as {key}"), text)),
            None => Ok(None),
        };
        let elements = message
            .dims
            .iter()
            .fold(1_u64, |product, size| product.saturating_mul(*size));
        let region = source.region();
        let start = number("offset")?.unwrap_or(0);
        let len = number("length")?
            .or_else(|| dtype.size_bytes(elements))
            .unwrap_or(u64::MAX);
        let found = region.part(start, len);
        found.map(Some).ok_or_else(|| ModelError::TensorExtent {
            tensor: message.name.clone(),
            start: start.into(),
            end: u128::from(start) + u128::from(len),
            available: region.len(),
            path: region.path().to_owned(),
        })
    }
}

/// Numbers of `int32_data`, `int64_data` or `uint64_data` as bytes of the element type. 16-bit floats are there as
/// their bits.
fn little_endian(numbers: &[u64], dtype: DType) -> Vec<u8> {
    let size = dtype.size_bytes(1).unwrap_or(8).min(8) as usize;
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes().into_iter().take(size))
        .collect()
}

/// Batch normalisation's statistics are buffers, whole numbers and single nameless floats are constants of the program.
fn initializer_role(tensor: &TensorMessage, statistics: &HashSet<&str>) -> TensorRole {
    let is_float = element_type(tensor.dtype).is_some_and(DType::is_float);
    let has_path = tensor.name.contains('.');
    let is_made_up = tensor.dims.is_empty() && !has_path;
    if !is_float || is_made_up {
        return TensorRole::Constant;
    }
    let is_statistic = statistics.contains(tensor.name.as_str());
    if is_statistic {
        TensorRole::Buffer
    } else {
        TensorRole::Parameter { trainable: None }
    }
}

/// The layers around a node from the model down: path, and class where known.
fn scopes(node: &message::Node) -> Vec<(String, Option<String>)> {
    if !node.scopes.is_empty() {
        let mut paths = quoted(&node.scopes);
        let mut classes = quoted(&node.classes);
        // The last of each is the operation.
        paths.pop();
        classes.pop();
        paths.truncate(MAX_DEPTH);
        let classes = classes.into_iter().map(Some).chain(std::iter::repeat(None));
        return paths.into_iter().zip(classes).collect();
    }
    let Some(name) = node.name.strip_prefix('/') else {
        return Vec::new();
    };
    let mut path = String::new();
    let mut scopes = vec![(String::new(), None)];
    let mut parts: Vec<&str> = name.split('/').collect();
    parts.pop();
    parts.truncate(MAX_DEPTH);
    for part in parts {
        let is_whole = !path.is_empty() && part.starts_with(&format!("{path}."));
        path = if path.is_empty() || is_whole {
            part.to_owned()
        } else {
            format!("{path}.{part}")
        };
        scopes.push((path.clone(), None));
    }
    scopes
}

/// The texts of a Python list of texts, as `repr` writes it.
fn quoted(list: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = list;
    while let Some(start) = rest.find(['\'', '"']) {
        let quote = if rest[start..].starts_with('"') {
            '"'
        } else {
            '\''
        };
        let Some((text, behind)) = rest[start + 1..].split_once(quote) else {
            break;
        };
        texts.push(text.to_owned());
        rest = behind;
    }
    texts
}
