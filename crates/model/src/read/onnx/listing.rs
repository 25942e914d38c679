//! The nodes of an ONNX model as `torch.utils.tensorboard` lists them.

use std::path::Path;

use super::{
    message::{Model, ValueInfo},
    text,
    wire::Wire,
};
use crate::{
    Result,
    source::{Region, Source},
};

/// An input, an output or an operation of an ONNX model, as `SummaryWriter.add_onnx_graph` of PyTorch logs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnnxNode {
    /// Name of the value; of an operation that of its first result.
    pub name: String,
    /// The operation, or `Variable`.
    pub op: String,
    /// Names of the values it takes.
    pub inputs: Vec<String>,
    /// What else is shown of it.
    pub content: OnnxNodeContent,
}

/// What is shown of a node beside its name, operation and inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnnxNodeContent {
    /// Of an input or output of the model.
    Variable {
        /// Number of the element type in ONNX's `TensorProto.DataType`; 0 where it is not known.
        element_type: i32,
        /// Shape; 0 for a size that is not known.
        shape: Vec<i64>,
    },
    /// Of an operation: the fields of its attributes as protobuf's Python package shows them.
    Operation {
        /// The attributes, with commas between them.
        parameters: String,
    },
}

/// Lists the nodes of an ONNX file: inputs, outputs, then operations in their order.
///
/// An attribute's text is cut off after a mebibyte, and ends with `...` then.
///
/// # Errors
/// When the file cannot be read, is no ONNX model, or has an operation without a result.
pub fn list_onnx(path: impl AsRef<Path>) -> Result<Vec<OnnxNode>> {
    list(&Source::open(path.as_ref())?.region())
}

/// Lists the nodes of an ONNX model in memory. `name` is what messages call it.
///
/// # Errors
/// As [`list_onnx`].
pub fn list_onnx_bytes(name: impl AsRef<Path>, bytes: Vec<u8>) -> Result<Vec<OnnxNode>> {
    list(&Source::memory(name.as_ref().to_owned(), bytes).region())
}

fn list(region: &Region) -> Result<Vec<OnnxNode>> {
    let wire = Wire::new(region.clone());
    let model = Model::read(&wire)?;
    let graph = model.graph(region)?;
    let variables = graph.inputs.iter().chain(&graph.outputs);
    let mut nodes: Vec<OnnxNode> = variables.map(variable).collect();
    for node in &graph.nodes {
        let Some(name) = node.outputs.first() else {
            return Err(region.malformed(format!("node {}", node.op), "an output", "none"));
        };
        let attributes: Result<Vec<String>> = node
            .attributes
            .iter()
            .map(|attribute| text::attribute(&wire, attribute.span))
            .collect();
        nodes.push(OnnxNode {
            name: name.clone(),
            op: node.op.clone(),
            inputs: node.inputs.clone(),
            content: OnnxNodeContent::Operation {
                parameters: attributes?.join(", "),
            },
        });
    }
    Ok(nodes)
}

fn variable(info: &ValueInfo) -> OnnxNode {
    OnnxNode {
        name: info.name.clone(),
        op: "Variable".to_owned(),
        inputs: Vec::new(),
        content: OnnxNodeContent::Variable {
            element_type: info.element_type as i32,
            shape: info.sizes.clone(),
        },
    }
}
