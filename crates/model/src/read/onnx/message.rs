//! ONNX's messages, as far as they are needed. Field numbers: `onnx.proto3` of ONNX 1.23.

use super::wire::{Field, Span, Value, Wire};
use crate::{DType, Dim, Result, source::Region};

/// Deepest nesting of graphs within graphs.
const MAX_DEPTH: u32 = 32;

#[derive(Default)]
pub(super) struct Model {
    pub(super) ir_version: u64,
    pub(super) producer: String,
    pub(super) producer_version: String,
    pub(super) opsets: Vec<(String, u64)>,
    pub(super) graph: Option<Graph>,
    pub(super) metadata: Vec<(String, String)>,
}

#[derive(Default)]
pub(super) struct Graph {
    pub(super) name: String,
    pub(super) nodes: Vec<Node>,
    pub(super) initializers: Vec<TensorMessage>,
    pub(super) inputs: Vec<ValueInfo>,
    pub(super) outputs: Vec<ValueInfo>,
    pub(super) value_info: Vec<ValueInfo>,
}

#[derive(Default)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) op: String,
    pub(super) domain: String,
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<String>,
    pub(super) attributes: Vec<Attribute>,
    /// `pkg.torch.onnx.name_scopes` and `pkg.torch.onnx.class_hierarchy`.
    pub(super) scopes: String,
    pub(super) classes: String,
}

#[derive(Default)]
pub(super) struct Attribute {
    /// Where it lies.
    pub(super) span: Span,
    pub(super) name: String,
    pub(super) kind: u64,
    pub(super) float: f32,
    pub(super) int: i64,
    pub(super) text: Vec<u8>,
    pub(super) tensor: Option<TensorMessage>,
    pub(super) graph: Option<(String, usize)>,
    pub(super) floats: Vec<f64>,
    pub(super) ints: Vec<u64>,
    pub(super) texts: Vec<String>,
}

#[derive(Default)]
pub(super) struct TensorMessage {
    pub(super) name: String,
    pub(super) dims: Vec<u64>,
    pub(super) dtype: u64,
    pub(super) raw: Option<Span>,
    /// Elements in `float_data`, `double_data`: fixed widths, as they lie.
    pub(super) fixed: Option<Span>,
    /// Elements in `int32_data`, `int64_data`, `uint64_data`.
    pub(super) numbers: Vec<u64>,
    pub(super) is_external: bool,
    pub(super) external: Vec<(String, String)>,
}

#[derive(Default)]
pub(super) struct ValueInfo {
    pub(super) name: String,
    pub(super) dtype: Option<DType>,
    /// The element type's number as it is written; 0 where there is none.
    pub(super) element_type: u64,
    pub(super) shape: Option<Vec<Dim>>,
    /// The sizes as they are written; 0 for one that is not.
    pub(super) sizes: Vec<i64>,
    pub(super) is_tensor: bool,
}

impl Model {
    pub(super) fn read(wire: &Wire) -> Result<Self> {
        let mut model = Self::default();
        wire.fields(wire.all(), |field| {
            match (field.number, field.value) {
                (1, Value::Varint(version)) => model.ir_version = version,
                (2, Value::Bytes(span)) => model.producer = wire.text(span)?,
                (3, Value::Bytes(span)) => model.producer_version = wire.text(span)?,
                (7, Value::Bytes(span)) => model.graph = Some(Graph::read(wire, span)?),
                (8, Value::Bytes(span)) => {
                    let mut opset = (String::new(), 0);
                    wire.fields(span, |field| {
                        match (field.number, field.value) {
                            (1, Value::Bytes(span)) => opset.0 = wire.text(span)?,
                            (2, Value::Varint(version)) => opset.1 = version,
                            _ => {}
                        }
                        Ok(())
                    })?;
                    model.opsets.push(opset);
                }
                (14, Value::Bytes(span)) => model.metadata.push(pair(wire, span)?),
                _ => {}
            }
            Ok(())
        })?;
        Ok(model)
    }

    /// The graph, without which it is no model.
    pub(super) fn graph(&self, region: &Region) -> Result<&Graph> {
        self.graph
            .as_ref()
            .ok_or_else(|| region.malformed("onnx model", "a graph", "none"))
    }
}

/// A `StringStringEntryProto`.
fn pair(wire: &Wire, span: Span) -> Result<(String, String)> {
    let (key, value) = key_and_value(wire, span)?;
    Ok((key, wire.text(value)?))
}

/// The key of a `StringStringEntryProto`, and where its value lies: stack traces are long, and nobody asks for them.
fn key_and_value(wire: &Wire, span: Span) -> Result<(String, Span)> {
    let (mut key, mut value) = (String::new(), Span::default());
    wire.fields(span, |field| {
        match (field.number, field.value) {
            (1, Value::Bytes(span)) => key = wire.text(span)?,
            (2, Value::Bytes(span)) => value = span,
            _ => {}
        }
        Ok(())
    })?;
    Ok((key, value))
}

impl Graph {
    fn read(wire: &Wire, span: Span) -> Result<Self> {
        let mut graph = Self::default();
        wire.fields(span, |field| {
            let Value::Bytes(span) = field.value else {
                return Ok(());
            };
            match field.number {
                1 => graph.nodes.push(Node::read(wire, span)?),
                2 => graph.name = wire.text(span)?,
                5 => graph.initializers.push(TensorMessage::read(wire, span)?),
                11 => graph.inputs.push(ValueInfo::read(wire, span)?),
                12 => graph.outputs.push(ValueInfo::read(wire, span)?),
                13 => graph.value_info.push(ValueInfo::read(wire, span)?),
                _ => {}
            }
            Ok(())
        })?;
        Ok(graph)
    }
}

/// Name and number of nodes of a graph within a node, without keeping it.
fn subgraph(wire: &Wire, span: Span, depth: u32) -> Result<(String, usize)> {
    let mut name = String::new();
    let mut nodes = 0;
    wire.fields(span, |field| {
        match (field.number, field.value) {
            (1, Value::Bytes(node)) => {
                nodes += 1;
                wire.fields(node, |field| {
                    let (5, Value::Bytes(attribute)) = (field.number, field.value) else {
                        return Ok(());
                    };
                    wire.fields(attribute, |field| {
                        if let (6 | 11, Value::Bytes(inner)) = (field.number, field.value)
                            && depth < MAX_DEPTH
                        {
                            nodes += subgraph(wire, inner, depth + 1)?.1;
                        }
                        Ok(())
                    })
                })?;
            }
            (2, Value::Bytes(span)) => name = wire.text(span)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok((name, nodes))
}

impl Node {
    fn read(wire: &Wire, span: Span) -> Result<Self> {
        let mut node = Self::default();
        wire.fields(span, |field| {
            let Value::Bytes(span) = field.value else {
                return Ok(());
            };
            match field.number {
                1 => node.inputs.push(wire.text(span)?),
                2 => node.outputs.push(wire.text(span)?),
                3 => node.name = wire.text(span)?,
                4 => node.op = wire.text(span)?,
                5 => node.attributes.push(Attribute::read(wire, span)?),
                7 => node.domain = wire.text(span)?,
                9 => {
                    let (key, value) = key_and_value(wire, span)?;
                    match key.as_str() {
                        "pkg.torch.onnx.name_scopes" => node.scopes = wire.text(value)?,
                        "pkg.torch.onnx.class_hierarchy" => node.classes = wire.text(value)?,
                        _ => {}
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(node)
    }
}

impl Attribute {
    fn read(wire: &Wire, span: Span) -> Result<Self> {
        let mut attribute = Self {
            span,
            ..Self::default()
        };
        wire.fields(span, |Field { number, value }| {
            match (number, &value) {
                (1, Value::Bytes(span)) => attribute.name = wire.text(*span)?,
                (2, Value::Fixed32(bits)) => attribute.float = f32::from_bits(*bits),
                (3, Value::Varint(number)) => attribute.int = *number as i64,
                (4, Value::Bytes(span)) => attribute.text = wire.bytes(*span)?,
                (5, Value::Bytes(span)) => {
                    attribute.tensor = Some(TensorMessage::read(wire, *span)?);
                }
                (6, Value::Bytes(span)) => attribute.graph = Some(subgraph(wire, *span, 0)?),
                (7, value) => wire.floats(value, &mut attribute.floats)?,
                (8, value) => wire.varints(value, &mut attribute.ints)?,
                (9, Value::Bytes(span)) => attribute.texts.push(wire.text(*span)?),
                (20, Value::Varint(kind)) => attribute.kind = *kind,
                _ => {}
            }
            Ok(())
        })?;
        Ok(attribute)
    }
}

impl TensorMessage {
    fn read(wire: &Wire, span: Span) -> Result<Self> {
        let mut tensor = Self::default();
        let mut loose = Vec::new();
        wire.fields(span, |Field { number, value }| {
            match (number, &value) {
                (1, value) => wire.varints(value, &mut tensor.dims)?,
                (2, Value::Varint(dtype)) => tensor.dtype = *dtype,
                (4 | 10, Value::Bytes(span)) => tensor.fixed = Some(*span),
                (4, Value::Fixed32(bits)) => loose.extend(bits.to_le_bytes()),
                (10, Value::Fixed64(bits)) => loose.extend(bits.to_le_bytes()),
                (5 | 7 | 11, value) => wire.varints(value, &mut tensor.numbers)?,
                (8, Value::Bytes(span)) => tensor.name = wire.text(*span)?,
                (9, Value::Bytes(span)) => tensor.raw = Some(*span),
                (13, Value::Bytes(span)) => tensor.external.push(pair(wire, *span)?),
                (14, Value::Varint(location)) => tensor.is_external = *location == 1,
                _ => {}
            }
            Ok(())
        })?;
        // proto3 packs floats; a writer that does not is not known.
        if loose.is_empty() {
            return Ok(tensor);
        }
        Err(wire.region().malformed(
            format!("tensor {}", tensor.name),
            "packed elements",
            "elements one by one",
        ))
    }
}

impl ValueInfo {
    fn read(wire: &Wire, span: Span) -> Result<Self> {
        let mut info = Self::default();
        wire.fields(span, |field| {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => info.name = wire.text(span)?,
                (2, Value::Bytes(span)) => wire.fields(span, |field| {
                    // TypeProto: of tensors, sequences, maps and optionals only tensors have a shape.
                    if let (1, Value::Bytes(span)) = (field.number, field.value) {
                        info.is_tensor = true;
                        info.read_tensor_type(wire, span)?;
                    }
                    Ok(())
                })?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(info)
    }

    fn read_tensor_type(&mut self, wire: &Wire, span: Span) -> Result<()> {
        wire.fields(span, |field| {
            match (field.number, field.value) {
                (1, Value::Varint(number)) => {
                    self.element_type = number;
                    self.dtype = element_type(number);
                }
                (2, Value::Bytes(span)) => {
                    let (mut shape, mut sizes) = (Vec::new(), Vec::new());
                    wire.fields(span, |field| {
                        if let (1, Value::Bytes(span)) = (field.number, field.value) {
                            let (dim, size) = dim(wire, span)?;
                            shape.push(dim);
                            sizes.push(size);
                        }
                        Ok(())
                    })?;
                    (self.shape, self.sizes) = (Some(shape), sizes);
                }
                _ => {}
            }
            Ok(())
        })
    }
}

/// A dimension, and the number that is written for its size.
fn dim(wire: &Wire, span: Span) -> Result<(Dim, i64)> {
    let (mut dim, mut written) = (Dim::Unknown, 0);
    wire.fields(span, |field| {
        match (field.number, field.value) {
            (1, Value::Varint(size)) => {
                written = size as i64;
                // Some writers say -1 for a size that is not known.
                if written >= 0 {
                    dim = Dim::Fixed(size);
                }
            }
            (2, Value::Bytes(span)) => {
                let name = wire.text(span)?;
                if !name.is_empty() {
                    dim = Dim::from_formula(&name);
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok((dim, written))
}

/// Element types by their number in `TensorProto.DataType`.
pub(crate) fn element_type(number: u64) -> Option<DType> {
    Some(match number {
        1 => DType::F32,
        2 => DType::U8,
        3 => DType::I8,
        4 => DType::U16,
        5 => DType::I16,
        6 => DType::I32,
        7 => DType::I64,
        8 => DType::Text,
        9 => DType::Bool,
        10 => DType::F16,
        11 => DType::F64,
        12 => DType::U32,
        13 => DType::U64,
        14 => DType::Complex64,
        15 => DType::Complex128,
        16 => DType::BF16,
        17 => DType::F8E4M3FN,
        18 => DType::F8E4M3FNUZ,
        19 => DType::F8E5M2,
        20 => DType::F8E5M2FNUZ,
        21 => DType::U4,
        22 => DType::I4,
        23 => DType::F4E2M1,
        24 => DType::F8E8M0,
        25 => DType::U2,
        26 => DType::I2,
        _ => return None,
    })
}
