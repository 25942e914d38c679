//! Graphs of operations.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use glassboard_events::proto::tensorboard as proto;
use glassboard_events::proto::tensorboard::attr_value::{ListValue, Value};
use glassboard_model::{Dim, ModelGraph, NodeDefinition, OnnxNode, OnnxNodeContent, list_onnx};
use prost::Message;

use crate::{At, SummaryWriter, WriterError, tensor};

/// Version of the format that the reference writes.
const PRODUCER: i32 = 22;

/// The operations of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// In the order in which they run.
    pub nodes: Vec<GraphNode>,
    /// Where the model ran, such as `/device:CPU:0`.
    pub device: String,
    /// Tag of what is known of that run; empty if it did not run.
    pub run_tag: String,
}

impl Graph {
    /// A graph of these nodes, on the CPU.
    pub fn new(nodes: impl IntoIterator<Item = GraphNode>) -> Self {
        Self {
            nodes: nodes.into_iter().collect(),
            device: "/device:CPU:0".to_owned(),
            run_tag: "step1".to_owned(),
        }
    }
}

/// An operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GraphNode {
    /// Name, unique in the graph; slashes make a hierarchy.
    pub name: String,
    /// Kind of operation, such as `aten::relu`.
    pub op: String,
    /// Names of the nodes whose results it takes.
    pub inputs: Vec<String>,
    /// Where it runs; empty when that is not known.
    pub device: String,
    /// What else is known of it, by name; of two with one name the last counts.
    pub attributes: Vec<(String, GraphAttribute)>,
}

/// Something known of an operation.
#[derive(Clone, Debug, PartialEq)]
pub enum GraphAttribute {
    /// A text.
    Text(String),
    /// An integer.
    Integer(i64),
    /// A float.
    Float(f32),
    /// A truth value.
    Bool(bool),
    /// Number of an element type: TensorFlow's or ONNX's, whatever wrote the model.
    DataType(i32),
    /// A shape; -1 for a size that is not known.
    Shape(Vec<i64>),
    /// Several shapes: under the name `_output_shapes`, those of the results.
    Shapes(Vec<Vec<i64>>),
    /// Several shapes with sizes that may have a name, `None` for a shape of which nothing is known.
    ModelShapes(Vec<Option<Vec<Dim>>>),
}

impl GraphAttribute {
    fn to_proto(&self) -> proto::AttrValue {
        let shape = |sizes: &Vec<i64>| tensor::shape_proto(sizes.iter().copied());
        let value = match self {
            Self::Text(text) => Value::S(text.clone().into_bytes()),
            Self::Integer(value) => Value::I(*value),
            Self::Float(value) => Value::F(*value),
            Self::Bool(value) => Value::B(*value),
            Self::DataType(number) => Value::Type(*number),
            Self::Shape(sizes) => Value::Shape(shape(sizes)),
            Self::Shapes(shapes) => Value::List(ListValue {
                shape: shapes.iter().map(shape).collect(),
                ..ListValue::default()
            }),
            Self::ModelShapes(shapes) => Value::List(ListValue {
                shape: shapes
                    .iter()
                    .map(|shape| tensor::model_shape_proto(shape.as_deref()))
                    .collect(),
                ..ListValue::default()
            }),
        };
        proto::AttrValue { value: Some(value) }
    }
}

impl From<NodeDefinition> for GraphNode {
    /// The settings as texts, the shapes of the results as `_output_shapes`, and `mult_adds` where it has some.
    fn from(definition: NodeDefinition) -> Self {
        let texts = definition.attributes.into_iter();
        let mut attributes: Vec<_> = texts
            .map(|(name, text)| (name, GraphAttribute::Text(text)))
            .collect();
        if let mult_adds @ 1.. = i64::try_from(definition.mult_adds).unwrap_or(i64::MAX) {
            attributes.push(("mult_adds".to_owned(), GraphAttribute::Integer(mult_adds)));
        }
        if !definition.shapes.is_empty() {
            let shapes = GraphAttribute::ModelShapes(definition.shapes);
            attributes.push(("_output_shapes".to_owned(), shapes));
        }
        Self {
            name: definition.name,
            op: definition.op,
            inputs: definition.inputs,
            device: String::new(),
            attributes,
        }
    }
}

impl From<OnnxNode> for GraphNode {
    fn from(node: OnnxNode) -> Self {
        let attribute = |name: &str, attribute| (name.to_owned(), attribute);
        let attributes = match node.content {
            OnnxNodeContent::Variable {
                element_type,
                shape,
            } => vec![
                attribute("dtype", GraphAttribute::DataType(element_type)),
                attribute("shape", GraphAttribute::Shape(shape)),
            ],
            OnnxNodeContent::Operation { parameters } => {
                vec![attribute("parameters", GraphAttribute::Text(parameters))]
            }
        };
        Self {
            name: node.name,
            op: node.op,
            inputs: node.inputs,
            device: String::new(),
            attributes,
        }
    }
}

impl From<&ModelGraph> for Graph {
    /// The model's layers as boxes, with its inputs, tensors, operations and outputs in them.
    fn from(model: &ModelGraph) -> Self {
        Self::new(model.definitions().into_iter().map(GraphNode::from))
    }
}

impl GraphNode {
    fn to_proto(&self) -> proto::NodeDef {
        let attribute = |(name, value): &(String, GraphAttribute)| (name.clone(), value.to_proto());
        proto::NodeDef {
            name: self.name.clone(),
            op: self.op.clone(),
            input: self.inputs.clone(),
            device: self.device.clone(),
            attr: self
                .attributes
                .iter()
                .map(attribute)
                .collect::<BTreeMap<_, _>>(),
        }
    }
}

impl SummaryWriter {
    /// Logs the graph of a model, and where it ran, if it did. Dashboards show one graph for each run: the last.
    ///
    /// # Errors
    /// As [`Self::add_scalar`].
    pub fn add_graph(&self, graph: &Graph, at: impl Into<At>) -> Result<(), WriterError> {
        let at = at.into();
        self.put_graph(graph, at)?;
        if graph.run_tag.is_empty() {
            return Ok(());
        }
        let device = proto::DeviceStepStats {
            device: graph.device.clone(),
            ..proto::DeviceStepStats::default()
        };
        let run = proto::RunMetadata {
            step_stats: Some(proto::StepStats {
                dev_stats: vec![device],
            }),
            ..proto::RunMetadata::default()
        };
        let tagged = proto::TaggedRunMetadata {
            tag: graph.run_tag.clone(),
            run_metadata: run.encode_to_vec(),
        };
        self.put_what(proto::event::What::TaggedRunMetadata(tagged), at)
    }

    /// Logs the graph of a model that was read from a file or described with a
    /// [`ModelBuilder`](glassboard_model::ModelBuilder).
    ///
    /// ```
    /// use glassboard_writer::{SummaryWriter, model::{DType, ModelBuilder}};
    ///
    /// let mut net = ModelBuilder::new("Net");
    /// let x = net.input("x", DType::F32, [1, 8]);
    /// let linear = net.module(net.root(), "fc", "Linear");
    /// let weight = net.parameter(linear, "weight", DType::F32, [4, 8]);
    /// let root = net.root_call();
    /// let run = net.call(linear, root);
    /// let y = net.node(run, "linear", &[x, weight], DType::F32, [1, 4]);
    /// net.output(y);
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let folder = dir.path();
    /// let writer = SummaryWriter::new(folder)?;
    /// writer.add_model_graph(&net.build(), 0)?;
    /// writer.close()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::add_scalar`].
    pub fn add_model_graph(
        &self,
        model: &ModelGraph,
        at: impl Into<At>,
    ) -> Result<(), WriterError> {
        self.put_graph(&Graph::from(model), at.into())
    }

    /// Logs the graph of an ONNX file as PyTorch's `SummaryWriter` does: by the names of its values, with the texts of
    /// its attributes. [`Self::add_model_graph`] shows the layers.
    ///
    /// # Errors
    /// [`WriterError::Model`] when the file cannot be read or is no ONNX model; else as [`Self::add_scalar`].
    pub fn add_onnx_graph(
        &self,
        path: impl AsRef<Path>,
        at: impl Into<At>,
    ) -> Result<(), WriterError> {
        let nodes = list_onnx(path).map_err(Arc::new)?;
        self.put_graph(
            &Graph::new(nodes.into_iter().map(GraphNode::from)),
            at.into(),
        )
    }

    fn put_graph(&self, graph: &Graph, at: At) -> Result<(), WriterError> {
        let graph = proto::GraphDef {
            node: graph.nodes.iter().map(GraphNode::to_proto).collect(),
            versions: Some(proto::VersionDef {
                producer: PRODUCER,
                ..proto::VersionDef::default()
            }),
        };
        self.put_what(proto::event::What::GraphDef(graph.encode_to_vec()), at)
    }

    fn put_what(&self, what: proto::event::What, at: At) -> Result<(), WriterError> {
        self.put(&proto::Event {
            wall_time: at.wall_time_or_now(),
            step: at.step_or_zero(),
            what: Some(what),
            ..proto::Event::default()
        })
    }
}
