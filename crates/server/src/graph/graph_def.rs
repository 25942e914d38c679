//! `GraphDef`: flat nodes whose names have slashes.
//!
//! Written by PyTorch, tensorboardX, TensorFlow and Glassboard. Ours also tells settings of its own: `dtype`,
//! `trainable`, `mult_adds`.

use std::collections::{HashMap, HashSet};

use glassboard_events::proto::tensorboard::{
    AttrValue, DataType, TensorShapeProto, attr_value::Value,
};
use glassboard_model::summary::mult_adds_of_operation;
use prost::Message as _;

use super::build::{Builder, MAX_DEPTH, MAX_NODES};
use super::fields::{Field, Fields, text};
use super::{From, Graph, Input, setting};
use crate::wire::{GraphKind, GraphNodeKind, GraphNoticeKind, GraphSetting};

/// Largest setting that is decoded; of a larger one only its size is told.
const MAX_ATTRIBUTE_BYTES: usize = 64 << 10;

/// The setting that holds the shapes of the results.
const OUTPUT_SHAPES: &str = "_output_shapes";

/// One node as it is in the file.
#[derive(Debug, Default)]
struct Definition {
    name: String,
    op: String,
    inputs: Vec<String>,
    device: String,
    attributes: Vec<GraphSetting>,
    shapes: Vec<Option<Shape>>,
    dtype: Option<String>,
    mult_adds: Option<u64>,
    /// The shape of a variable.
    shape: Option<Shape>,
}

/// A shape as the file tells it.
#[derive(Debug)]
struct Shape {
    text: String,
    /// Where all are numbers.
    sizes: Option<Vec<u64>>,
}

/// Reads a `GraphDef`. What cannot be read is told by a notice.
pub(crate) fn read(bytes: &[u8]) -> Graph {
    read_all([bytes])
}

/// Reads several as one.
pub(super) fn read_all<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Graph {
    let mut builder = Builder::new(GraphKind::Operations);
    let mut definitions = Vec::new();
    let mut unreadable = Vec::new();
    for bytes in parts {
        for field in Fields::of(bytes) {
            match field {
                Ok((1, Field::Bytes(node))) if definitions.len() < MAX_NODES => {
                    match Definition::read(node) {
                        Ok(definition) => definitions.push(definition),
                        Err(error) => unreadable.push(error.to_string()),
                    }
                }
                Ok((1, _)) => builder.leave_out(1),
                Ok(_) => {}
                Err(error) => unreadable.push(error.to_string()),
            }
        }
    }
    if !unreadable.is_empty() {
        let what = "parts of the graph that cannot be decoded:";
        let count = unreadable.len() as u64;
        builder.notice(GraphNoticeKind::Unreadable, count, what, unreadable);
    }
    Assembly::new(builder, &definitions).finish()
}

impl Definition {
    fn read(bytes: &[u8]) -> Result<Self, prost::DecodeError> {
        let mut definition = Self::default();
        for field in Fields::of(bytes) {
            let (tag, field) = field?;
            let Field::Bytes(bytes) = field else { continue };
            match tag {
                1 => definition.name = text(bytes),
                2 => definition.op = text(bytes),
                3 => definition.inputs.push(text(bytes)),
                4 => definition.device = text(bytes),
                5 => definition.read_attribute(bytes)?,
                _ => {}
            }
        }
        Ok(definition)
    }

    fn read_attribute(&mut self, entry: &[u8]) -> Result<(), prost::DecodeError> {
        let (mut name, mut value) = (String::new(), &[][..]);
        for field in Fields::of(entry) {
            match field? {
                (1, Field::Bytes(bytes)) => name = text(bytes),
                (2, Field::Bytes(bytes)) => value = bytes,
                _ => {}
            }
        }
        if value.len() > MAX_ATTRIBUTE_BYTES {
            self.attributes.push(GraphSetting {
                name,
                text: String::new(),
                size_bytes: Some(value.len() as u64),
            });
            return Ok(());
        }
        let Some(value) = AttrValue::decode(value)?.value else {
            return Ok(());
        };
        match (name.as_str(), &value) {
            (OUTPUT_SHAPES, Value::List(list)) => {
                self.shapes = list.shape.iter().map(Shape::of).collect();
                return Ok(());
            }
            ("shape", Value::Shape(given)) => self.shape = Shape::of(given),
            ("mult_adds", Value::I(number)) => self.mult_adds = u64::try_from(*number).ok(),
            ("dtype", Value::S(name)) => self.dtype = Some(text(name)),
            ("dtype" | "T", Value::Type(number)) => {
                self.dtype.get_or_insert_with(|| type_name(*number));
            }
            _ => {}
        }
        let text = value_text(&value);
        if !text.is_empty() {
            self.attributes.push(setting(name, &text));
        }
        Ok(())
    }

    fn kind(&self) -> GraphNodeKind {
        match self.op.as_str() {
            "IO Node" if self.name.starts_with("output/") => GraphNodeKind::Output,
            "IO Node" | "Placeholder" | "PlaceholderWithDefault" | "Variable" | "_Arg" => {
                GraphNodeKind::Input
            }
            "_Retval" => GraphNodeKind::Output,
            "Parameter" | "prim::GetAttr" | "VariableV2" | "VarHandleOp" => {
                GraphNodeKind::Parameter
            }
            "Buffer" => GraphNodeKind::Buffer,
            "Constant" | "Const" | "prim::Constant" => GraphNodeKind::Constant,
            _ => GraphNodeKind::Operation,
        }
    }

    /// Number of elements, of a parameter whose shape is told.
    fn parameters(&self) -> Option<u64> {
        if self.kind() != GraphNodeKind::Parameter {
            return None;
        }
        let shape = self.shape.as_ref().or(self.shapes.first()?.as_ref())?;
        let sizes = shape.sizes.as_ref()?.iter();
        Some(sizes.fold(1, |product: u64, size| product.saturating_mul(*size)))
    }
}

/// Puts definitions in their groups and connects them.
struct Assembly<'a> {
    builder: Builder,
    definitions: &'a [Definition],
    /// The node of each definition.
    numbers: Vec<Option<u32>>,
    by_name: HashMap<&'a str, usize>,
}

impl<'a> Assembly<'a> {
    fn new(builder: Builder, definitions: &'a [Definition]) -> Self {
        let mut assembly = Self {
            builder,
            definitions,
            numbers: Vec::with_capacity(definitions.len()),
            by_name: HashMap::with_capacity(definitions.len()),
        };
        assembly.place();
        assembly
    }

    /// Gives every definition a place, the first of a name that name.
    fn place(&mut self) {
        let scopes = self.scopes();
        let mut repeated: Vec<&str> = Vec::new();
        for (at, definition) in self.definitions.iter().enumerate() {
            let name = definition.name.as_str();
            let is_new = !self.by_name.contains_key(name);
            if is_new {
                self.by_name.insert(name, at);
            } else {
                repeated.push(name);
            }
            let number = self.place_one(definition, scopes.contains(name));
            self.numbers.push(number);
        }
        if !repeated.is_empty() {
            let count = repeated.len() as u64;
            let what = "nodes whose name another node has already:";
            self.builder
                .notice(GraphNoticeKind::DuplicateNames, count, what, repeated);
        }
    }

    /// Every name that is a group's, since others lie below it.
    fn scopes(&self) -> HashSet<&'a str> {
        let mut scopes = HashSet::new();
        for definition in self.definitions {
            let name = definition.name.as_str();
            let slashes = name.match_indices('/').take(MAX_DEPTH);
            scopes.extend(slashes.filter_map(|(at, _)| name.get(..at)));
        }
        scopes
    }

    fn place_one(&mut self, definition: &Definition, is_scope: bool) -> Option<u32> {
        let mut group = None;
        let mut rest = definition.name.as_str();
        while let Some((part, below)) = rest.split_once('/') {
            if !self.builder.may_nest(group) {
                break;
            }
            group = Some(self.group(group, part)?);
            rest = below;
        }
        // A node with the name of a group stands in it, as in TensorBoard.
        let inner = format!("({rest})");
        if is_scope && self.builder.may_nest(group) {
            group = Some(self.group(group, rest)?);
            rest = &inner;
        }
        let number = self
            .builder
            .add(group, rest, definition.kind(), &definition.op)?;
        let module = group.and_then(|group| self.builder.node(group)?.module.clone());
        let device = self.builder.device(&definition.device);
        let shapes = definition.shapes.iter();
        let outputs = shapes.map(|shape| {
            let shape = shape.as_ref().map(|shape| shape.text.clone());
            self.builder.output(shape, definition.dtype.clone())
        });
        let outputs = outputs.collect();
        let node = self.builder.node_mut(number)?;
        node.parameters = definition.parameters();
        node.mult_adds = definition.mult_adds;
        node.device = device;
        node.module = module;
        node.attributes.clone_from(&definition.attributes);
        node.outputs = outputs;
        Some(number)
    }

    /// The group of a part of a name; of `Linear[fc]` the class is known.
    fn group(&mut self, parent: Option<u32>, part: &str) -> Option<u32> {
        let layer = part
            .strip_suffix(']')
            .and_then(|part| part.split_once('['))
            .filter(|(class_name, name)| !class_name.is_empty() && !name.is_empty());
        let (class_name, name) = layer.unwrap_or(("", part));
        let group = self.builder.group(parent, part, name, class_name)?;
        let above = match parent {
            // The model itself.
            Some(parent) => {
                let parent = self.builder.node(parent)?;
                let is_root = parent.parent.is_none() && parent.op.is_empty();
                parent.module.clone().or(is_root.then(String::new))
            }
            None => None,
        };
        if let (Some(above), Some(_)) = (above, layer) {
            let path = if above.is_empty() {
                name.to_owned()
            } else {
                format!("{above}.{name}")
            };
            self.builder.node_mut(group)?.module = Some(path);
        }
        Some(group)
    }

    fn finish(mut self) -> Graph {
        for (at, definition) in self.definitions.iter().enumerate() {
            let Some(number) = self.numbers.get(at).copied().flatten() else {
                continue;
            };
            let inputs = definition.inputs.iter().map(|name| self.input(name));
            // torch leaves out the modules whose attributes it gets, and names them all the same.
            let is_attribute = definition.op == "prim::GetAttr";
            let inputs: Vec<Input> = inputs
                .filter(|input| !is_attribute || matches!(input.from, From::Node(_)))
                .collect();
            let mult_adds = definition.mult_adds.or_else(|| self.mult_adds(definition));
            if let Some(node) = self.builder.node_mut(number) {
                node.inputs = inputs;
                node.mult_adds = mult_adds;
            }
        }
        // torch's graphs have one group of this model beside `input` and `output`.
        if let Some(title) = self.title() {
            self.builder.set_title(title);
        }
        self.builder.finish()
    }

    fn title(&self) -> Option<String> {
        let scopes = self.definitions.iter();
        let mut scopes = scopes
            .filter_map(|definition| definition.name.split_once('/'))
            .map(|(scope, _)| scope)
            .filter(|scope| !matches!(*scope, "input" | "output"));
        let first = scopes.next()?;
        scopes.all(|scope| scope == first).then(|| first.to_owned())
    }

    /// The definition that `name`, `name:1` or `^name` means, and which of its results.
    fn find(&self, reference: &str) -> Option<(usize, u32)> {
        let name = reference.strip_prefix('^').unwrap_or(reference);
        if let Some(at) = self.by_name.get(name) {
            return Some((*at, 0));
        }
        let (name, port) = name.rsplit_once(':')?;
        Some((*self.by_name.get(name)?, port.parse().ok()?))
    }

    fn input(&self, reference: &str) -> Input {
        let found = self
            .find(reference)
            .and_then(|(at, port)| Some((self.numbers.get(at).copied().flatten()?, port)));
        let (from, port) = match found {
            Some((number, port)) => (From::Node(number), port),
            None => (From::Nothing(setting("", reference).text), 0),
        };
        Input {
            name: String::new(),
            from,
            port,
            control: reference.starts_with('^'),
        }
    }

    /// By the shapes of what goes in and comes out, for operations of PyTorch.
    fn mult_adds(&self, definition: &Definition) -> Option<u64> {
        if !definition.op.starts_with("aten") {
            return None;
        }
        let known = |shape: &Option<Shape>| shape.as_ref()?.sizes.clone();
        let inputs = definition.inputs.iter();
        let inputs: Vec<Vec<u64>> = inputs
            .filter_map(|reference| {
                let (at, port) = self.find(reference)?;
                let made = self.definitions.get(at)?;
                // Lists and numbers are nodes of their own without a shape.
                made.shapes.get(port as usize).and_then(known)
            })
            .collect();
        let outputs: Option<Vec<Vec<u64>>> = definition.shapes.iter().map(known).collect();
        // Weights whose shapes are not told make the first shapes those of something else.
        let weights = definition.inputs.iter().filter_map(|name| self.find(name));
        let all_known = weights.into_iter().all(|(at, _)| {
            let made = self.definitions.get(at);
            made.is_some_and(|made| {
                made.kind() != GraphNodeKind::Parameter
                    || made.shapes.iter().any(|s| known(s).is_some())
            })
        });
        if !all_known {
            return None;
        }
        mult_adds_of_operation(&definition.op, &inputs, &outputs?)
    }
}

impl Shape {
    /// `None`: not even the number of axes is known.
    fn of(shape: &TensorShapeProto) -> Option<Self> {
        if shape.unknown_rank {
            return None;
        }
        let sizes = shape.dim.iter().map(|dim| u64::try_from(dim.size).ok());
        let texts = shape.dim.iter().map(|dim| match dim.size {
            0.. => dim.size.to_string(),
            // An open size may have a name.
            _ if dim.name.is_empty() => "?".to_owned(),
            _ => dim.name.clone(),
        });
        Some(Self {
            text: super::shape_text(texts),
            sizes: sizes.collect(),
        })
    }
}

/// `float32` for `DT_FLOAT`.
fn type_name(number: i32) -> String {
    match DataType::try_from(number) {
        Ok(DataType::DtFloat) => "float32".to_owned(),
        Ok(DataType::DtDouble) => "float64".to_owned(),
        Ok(DataType::DtHalf) => "float16".to_owned(),
        Ok(known) => {
            let name = known.as_str_name().trim_start_matches("DT_");
            name.to_ascii_lowercase()
        }
        Err(_) => number.to_string(),
    }
}

/// A setting as a person reads it.
fn value_text(value: &Value) -> String {
    fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
        let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
        format!("[{}]", items.join(", "))
    }
    fn shape_or_unknown(given: &TensorShapeProto) -> String {
        Shape::of(given).map_or_else(|| "?".to_owned(), |shape| shape.text)
    }
    match value {
        Value::S(bytes) => text(bytes),
        Value::I(number) => number.to_string(),
        Value::F(number) => number.to_string(),
        Value::B(flag) => if *flag { "True" } else { "False" }.to_owned(),
        Value::Type(number) => type_name(*number),
        Value::Shape(given) => shape_or_unknown(given),
        Value::Tensor(tensor) => {
            let shape = tensor.tensor_shape.as_ref().map(shape_or_unknown);
            let dtype = type_name(tensor.dtype);
            format!("{dtype} {}", shape.unwrap_or_default())
        }
        Value::List(given) => {
            if !given.s.is_empty() {
                list(given.s.iter().map(|bytes| text(bytes)))
            } else if !given.i.is_empty() {
                list(&given.i)
            } else if !given.f.is_empty() {
                list(&given.f)
            } else if !given.b.is_empty() {
                list(
                    given
                        .b
                        .iter()
                        .map(|flag| if *flag { "True" } else { "False" }),
                )
            } else if !given.r#type.is_empty() {
                list(given.r#type.iter().map(|number| type_name(*number)))
            } else if !given.shape.is_empty() {
                list(given.shape.iter().map(shape_or_unknown))
            } else {
                String::new()
            }
        }
    }
}
