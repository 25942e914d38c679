//! Graphs of operations.

use std::collections::BTreeMap;

use glassboard_events::proto::tensorboard as proto;
use glassboard_events::proto::tensorboard::attr_value::{ListValue, Value};
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
    /// Tag of what is known of that run.
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
        };
        proto::AttrValue { value: Some(value) }
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
    /// Logs the graph of a model that was run, and where it ran. Dashboards show one graph for each run: the last.
    ///
    /// # Errors
    /// As [`Self::add_scalar`].
    pub fn add_graph(&self, graph: &Graph, at: impl Into<At>) -> Result<(), WriterError> {
        let at = at.into();
        self.put_graph(graph, at)?;
        let device = proto::DeviceStepStats {
            device: graph.device.clone(),
        };
        let run = proto::RunMetadata {
            step_stats: Some(proto::StepStats {
                dev_stats: vec![device],
            }),
        };
        let tagged = proto::TaggedRunMetadata {
            tag: graph.run_tag.clone(),
            run_metadata: run.encode_to_vec(),
        };
        self.put_what(proto::event::What::TaggedRunMetadata(tagged), at)
    }

    /// Logs the graph of a model file, of which no run is known.
    ///
    /// # Errors
    /// As [`Self::add_scalar`].
    pub fn add_onnx_graph(&self, graph: &Graph, at: impl Into<At>) -> Result<(), WriterError> {
        self.put_graph(graph, at.into())
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
