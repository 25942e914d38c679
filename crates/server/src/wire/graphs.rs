//! Graphs of models: `GET /api/v1/graphs`, `/graph`, `/graph/node`, `POST /api/v1/graph/upload`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a graph comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GraphSource {
    /// The graph of operations that a run has logged (`add_graph`).
    Run,
    /// A Keras model that a run has logged as JSON: its layers.
    Keras,
    /// The graphs of a traced function that a run has logged (`tf.summary.trace_export`).
    Trace,
    /// A model file of the log directory.
    File,
    /// A model file that was sent to the server.
    Upload,
}

/// `GET /api/v1/graphs`: every graph there is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GraphList {
    /// Those of runs, in the order of the runs, then model files by path.
    pub graphs: Vec<GraphEntry>,
}

/// One graph that can be asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GraphEntry {
    /// Where it comes from.
    pub source: GraphSource,
    /// The run's name, or the file's path below the log directory.
    pub name: String,
    /// The tag; empty for files.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tag: String,
    /// Tags of run metadata: memory and compute time of nodes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metadata_tags: Vec<String>,
    /// Size of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// When the file was last written, in seconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_secs: Option<f64>,
}

/// Answer to a model file that was sent: ask for its graph with `source=upload` and this name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GraphUpload {
    /// Names the graph. It is kept until several others have been sent.
    pub name: String,
}

/// What a graph's nodes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GraphKind {
    /// Operations.
    Operations,
    /// Layers.
    Layers,
    /// Tensors in the tree of layers: nothing is known about what runs.
    Weights,
}

/// `GET /api/v1/graph`: a whole graph, without what [`GraphNodeDetail`] adds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Graph {
    /// The model's name, where it is known.
    pub title: String,
    /// What the nodes are.
    pub kind: GraphKind,
    /// Groups and nodes; a group comes before what is in it.
    pub nodes: Vec<GraphNode>,
    /// From nodes to nodes, never to groups.
    pub edges: GraphEdges,
    /// The shapes that nodes and edges name by position, such as `1×64×56×56` and `batch×10`.
    pub shapes: Vec<String>,
    /// The devices that nodes name by position.
    pub devices: Vec<String>,
    /// What is known of the model as a whole, as name and text: program that wrote it, version and alike.
    pub metadata: Vec<GraphSetting>,
    /// What is wrong with the graph.
    pub notices: Vec<GraphNotice>,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GraphNodeKind {
    /// A layer or another group of nodes.
    Group,
    /// An operation, or a layer without parts.
    Operation,
    /// What the model is given.
    Input,
    /// What it returns.
    Output,
    /// A parameter.
    Parameter,
    /// A buffer, such as a running mean.
    Buffer,
    /// A constant.
    Constant,
}

/// A group or a node. Its number is its position.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GraphNode {
    /// The last part of its path.
    pub name: String,
    /// The group that it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u32>,
    /// What it is.
    pub kind: GraphNodeKind,
    /// The operation; of a group the layer's class, where that is known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub op: String,
    /// Position of its first result's shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<u32>,
    /// Number of parameters; of a group of all in it. Absent where nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<u64>,
    /// Mult-adds; of a group of all in it. Absent where nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mult_adds: Option<u64>,
    /// Position of the device; of a group, where all in it have the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<u32>,
    /// Microseconds that it took in the run whose metadata was asked for; of a group of all in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_micros: Option<u64>,
    /// Bytes that it allocated then; of a group of all in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
}

/// Edges as columns of equal length.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GraphEdges {
    /// The node that something comes from.
    pub from: Vec<u32>,
    /// The node that takes it.
    pub to: Vec<u32>,
    /// Position of its shape, -1 where that is not known.
    pub shape: Vec<i32>,
    /// Positions of the edges that only say what runs first.
    pub control: Vec<u32>,
}

/// What kind of thing is wrong with a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GraphNoticeKind {
    /// Nodes take what no node makes.
    MissingInputs,
    /// Several nodes have the same name.
    DuplicateNames,
    /// Nodes need their own result.
    Cycle,
    /// Only a part of the graph is shown.
    TooLarge,
    /// A part of the file could not be understood.
    Unreadable,
    /// Run metadata speaks of nodes that the graph does not have.
    UnknownNodes,
}

/// Something that is wrong with a graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GraphNotice {
    /// What kind of thing.
    pub kind: GraphNoticeKind,
    /// How often.
    pub count: u64,
    /// The whole sentence in English, with the first names.
    pub message: String,
}

/// `GET /api/v1/graph/node`: what the node's card shows beside what [`GraphNode`] says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GraphNodeDetail {
    /// Its whole path, `/` between parts.
    pub path: String,
    /// The layer's path in the model (`layer1.0.conv1`), where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// Settings.
    pub attributes: Vec<GraphSetting>,
    /// What it takes, in order; of a group, what it takes from outside.
    pub inputs: Vec<GraphInput>,
    /// What it makes; of a group, what is used outside of it.
    pub outputs: Vec<GraphOutput>,
}

/// A name and a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GraphSetting {
    /// The name.
    pub name: String,
    /// The text; what is very long is cut, which [`Self::size_bytes`] tells.
    pub text: String,
    /// Length of the whole text, when it was cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
}

/// What a node takes at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GraphInput {
    /// The place's name (`weight`), where places have names.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The node that makes it; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<u32>,
    /// What the file calls it, where no node makes it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub missing: String,
    /// Shape, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<String>,
    /// Type of its elements, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtype: Option<String>,
    /// Whether nothing is taken: it only runs after that node.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub control: bool,
}

/// A result of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GraphOutput {
    /// Shape, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<String>,
    /// Type of its elements, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtype: Option<String>,
    /// The nodes that take it.
    pub used_by: Vec<u32>,
}
