//! What a neural network is made of: model files as one graph, and the summary table.

mod definition;
mod error;
pub mod graph;
mod infer;
mod number;
mod read;
mod source;
pub mod summary;

pub use crate::{
    definition::NodeDefinition,
    error::{ModelError, Result},
    graph::{
        Argument, Attribute, Call, CallId, DType, Dim, IntoShape, ModelBuilder, ModelGraph, Module,
        ModuleId, Node, NodeId, SizeRange, Step, Tensor, TensorId, TensorRole, Value, ValueId,
        ValueKind, ValueSource,
    },
    infer::InputShape,
    read::{OnnxNode, OnnxNodeContent, list_onnx, list_onnx_bytes, read, read_bytes, read_from},
    source::ReadAt,
};
