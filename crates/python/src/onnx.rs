//! The nodes of an ONNX model, as `torch.utils.tensorboard` shows them.
//!
//! Only the fields that are shown are declared; see the ONNX project's `onnx.proto3` for the others.

use std::fmt::Write;
use std::path::PathBuf;

use prost::Message;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::error::{file_error, invalid_input};

#[derive(Clone, PartialEq, Message)]
struct ModelProto {
    #[prost(message, optional, tag = "7")]
    graph: Option<GraphProto>,
}

#[derive(Clone, PartialEq, Message)]
struct GraphProto {
    #[prost(message, repeated, tag = "1")]
    node: Vec<NodeProto>,
    #[prost(message, repeated, tag = "11")]
    input: Vec<ValueInfoProto>,
    #[prost(message, repeated, tag = "12")]
    output: Vec<ValueInfoProto>,
}

#[derive(Clone, PartialEq, Message)]
struct NodeProto {
    #[prost(string, repeated, tag = "1")]
    input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    output: Vec<String>,
    #[prost(string, tag = "4")]
    op_type: String,
    #[prost(message, repeated, tag = "5")]
    attribute: Vec<AttributeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct AttributeProto {
    #[prost(string, optional, tag = "1")]
    name: Option<String>,
    #[prost(float, optional, tag = "2")]
    f: Option<f32>,
    #[prost(int64, optional, tag = "3")]
    i: Option<i64>,
    #[prost(bytes, optional, tag = "4")]
    s: Option<Vec<u8>>,
    #[prost(message, optional, tag = "5")]
    t: Option<TensorProto>,
    #[prost(float, repeated, tag = "7")]
    floats: Vec<f32>,
    #[prost(int64, repeated, tag = "8")]
    ints: Vec<i64>,
    #[prost(bytes, repeated, tag = "9")]
    strings: Vec<Vec<u8>>,
    #[prost(int32, optional, tag = "20")]
    r#type: Option<i32>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorProto {
    #[prost(int64, repeated, tag = "1")]
    dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    data_type: i32,
}

#[derive(Clone, PartialEq, Message)]
struct ValueInfoProto {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    r#type: Option<TypeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct TypeProto {
    #[prost(message, optional, tag = "1")]
    tensor_type: Option<TensorType>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorType {
    #[prost(int32, tag = "1")]
    elem_type: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<ShapeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct ShapeProto {
    #[prost(message, repeated, tag = "1")]
    dim: Vec<Dimension>,
}

#[derive(Clone, PartialEq, Message)]
struct Dimension {
    #[prost(int64, tag = "1")]
    dim_value: i64,
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(onnx_nodes, module)?)
}

/// All nodes of the model in a file: inputs and outputs first, each as `(name, op, inputs, attributes)`.
#[pyfunction]
fn onnx_nodes(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyList>> {
    let bytes = std::fs::read(&path).map_err(|error| {
        file_error(
            py,
            format!("cannot read the model: {error}: {}", path.display()),
        )
    })?;
    let no_model = |reason: &str| {
        let message = format!("expected an ONNX model, got {reason}: {}", path.display());
        invalid_input(py, message)
    };
    let model = ModelProto::decode(bytes.as_slice())
        .map_err(|error| no_model(&format!("what is none ({error})")))?;
    let graph = model.graph.ok_or_else(|| no_model("one without a graph"))?;
    let nodes = PyList::empty(py);
    for value in graph.input.iter().chain(&graph.output) {
        let tensor = value
            .r#type
            .clone()
            .unwrap_or_default()
            .tensor_type
            .unwrap_or_default();
        let shape = tensor.shape.unwrap_or_default().dim;
        let shape: Vec<i64> = shape.iter().map(|dim| dim.dim_value).collect();
        let attributes = PyList::empty(py);
        attributes.append(("dtype", tensor.elem_type))?;
        attributes.append(("shape", shape))?;
        nodes.append((&value.name, "Variable", PyList::empty(py), attributes))?;
    }
    for node in &graph.node {
        let Some(name) = node.output.first() else {
            return Err(no_model("one with a node that has no output"));
        };
        let parameters = node
            .attribute
            .iter()
            .map(|attribute| shown(py, attribute))
            .collect::<PyResult<Vec<_>>>()?
            .join(", ");
        let attributes = PyList::new(py, [("parameters", parameters)])?;
        nodes.append((name, &node.op_type, &node.input, attributes))?;
    }
    Ok(nodes)
}

/// An attribute as `" = ".join(str(value) for …)` over its fields.
fn shown(py: Python<'_>, attribute: &AttributeProto) -> PyResult<String> {
    let python = |value: Bound<'_, PyAny>| -> PyResult<String> { value.str()?.extract() };
    let mut parts = Vec::new();
    parts.extend(attribute.name.clone());
    if let Some(f) = attribute.f {
        parts.push(python(f64::from(f).into_pyobject(py)?.into_any())?);
    }
    parts.extend(attribute.i.map(|i| i.to_string()));
    if let Some(s) = &attribute.s {
        parts.push(python(PyBytes::new(py, s).into_any())?);
    }
    if let Some(tensor) = &attribute.t {
        // The reference writes all its numbers here.
        let mut text = String::new();
        for dim in &tensor.dims {
            let _ = writeln!(text, "dims: {dim}");
        }
        let _ = writeln!(text, "data_type: {}", tensor.data_type);
        parts.push(text);
    }
    if !attribute.floats.is_empty() {
        let floats: Vec<f64> = attribute.floats.iter().copied().map(f64::from).collect();
        parts.push(python(PyList::new(py, floats)?.into_any())?);
    }
    if !attribute.ints.is_empty() {
        parts.push(format!("{:?}", attribute.ints));
    }
    if !attribute.strings.is_empty() {
        let strings = attribute.strings.iter().map(|s| PyBytes::new(py, s));
        let strings = PyList::new(py, strings.collect::<Vec<_>>())?;
        parts.push(python(strings.into_any())?);
    }
    parts.extend(attribute.r#type.map(|number| number.to_string()));
    Ok(parts.join(" = "))
}
