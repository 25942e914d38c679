//! The trained network as an ONNX file, so that the Model page, and any program that reads ONNX, can run it.
//!
//! The messages are the part of `onnx.proto3` that this network needs, by the public field numbers. Each node notes its
//! layer and the layer's class as PyTorch's exporter does, which is where readers look for them.

use crate::{
    digits::{CLASSES, SIDE},
    network::{Network, Weights},
};
use prost::Message;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Version of the format, and of the operations: those that ONNX 1.15 came with, which every runtime of today knows.
const IR_VERSION: i64 = 9;
const OPSET: i64 = 20;

/// `TensorProto.DataType.FLOAT`.
const FLOAT: i32 = 1;
/// `AttributeProto.AttributeType`.
const INT: i32 = 2;
const INTS: i32 = 7;

#[derive(Clone, PartialEq, Message)]
struct Model {
    #[prost(int64, tag = "1")]
    ir_version: i64,
    #[prost(string, tag = "2")]
    producer_name: String,
    #[prost(string, tag = "3")]
    producer_version: String,
    #[prost(message, optional, tag = "7")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "8")]
    opset_import: Vec<OperatorSet>,
    #[prost(message, repeated, tag = "14")]
    metadata: Vec<Entry>,
}

#[derive(Clone, PartialEq, Message)]
struct OperatorSet {
    #[prost(string, tag = "1")]
    domain: String,
    #[prost(int64, tag = "2")]
    version: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Entry {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct Graph {
    #[prost(message, repeated, tag = "1")]
    nodes: Vec<Node>,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(message, repeated, tag = "5")]
    initializers: Vec<Tensor>,
    #[prost(message, repeated, tag = "11")]
    inputs: Vec<ValueInfo>,
    #[prost(message, repeated, tag = "12")]
    outputs: Vec<ValueInfo>,
}

#[derive(Clone, PartialEq, Message)]
struct Node {
    #[prost(string, repeated, tag = "1")]
    inputs: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    outputs: Vec<String>,
    #[prost(string, tag = "3")]
    name: String,
    #[prost(string, tag = "4")]
    op_type: String,
    #[prost(message, repeated, tag = "5")]
    attributes: Vec<Attribute>,
    #[prost(message, repeated, tag = "9")]
    metadata: Vec<Entry>,
}

#[derive(Clone, PartialEq, Message)]
struct Attribute {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int64, tag = "3")]
    int: i64,
    #[prost(int64, repeated, tag = "8")]
    ints: Vec<i64>,
    #[prost(int32, tag = "20")]
    kind: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Tensor {
    #[prost(int64, repeated, tag = "1")]
    dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    data_type: i32,
    #[prost(string, tag = "8")]
    name: String,
    #[prost(bytes = "vec", tag = "9")]
    raw_data: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct ValueInfo {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    type_: Option<Type>,
}

#[derive(Clone, PartialEq, Message)]
struct Type {
    #[prost(message, optional, tag = "1")]
    tensor: Option<TensorType>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorType {
    #[prost(int32, tag = "1")]
    element: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<Shape>,
}

#[derive(Clone, PartialEq, Message)]
struct Shape {
    #[prost(message, repeated, tag = "1")]
    dims: Vec<Dim>,
}

#[derive(Clone, PartialEq, Message)]
struct Dim {
    #[prost(int64, optional, tag = "1")]
    size: Option<i64>,
    #[prost(string, optional, tag = "2")]
    name: Option<String>,
}

/// The file's bytes.
///
/// The input is a picture as the log shows digits, dark ink on white paper: `[N, 1, 8, 8]`, 0 to 1. The network knows
/// ink, `1 - picture`, which is the first operation.
pub(crate) fn encode(network: &Network) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.constant("white", 1.0);
    let mut x = writer.node(("", ""), "Sub", &["white", "picture"], Vec::new());
    for layer in ["conv1", "conv2"] {
        let attributes = vec![ints("kernel_shape", &[3, 3]), ints("pads", &[1, 1, 1, 1])];
        x = writer.layer(network, (layer, "Conv2d"), "Conv", &x, attributes);
        x = writer.node(("", ""), "Relu", &[&x], Vec::new());
    }
    let attributes = vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])];
    x = writer.node(("pool", "MaxPool2d"), "MaxPool", &[&x], attributes);
    x = writer.node(("", ""), "Flatten", &[&x], vec![int("axis", 1)]);
    x = writer.layer(network, ("hidden", "Linear"), "Gemm", &x, Vec::new());
    x = writer.node(("", ""), "Relu", &[&x], Vec::new());
    x = writer.layer(network, ("output", "Linear"), "Gemm", &x, Vec::new());
    let classes: Vec<String> = (0..CLASSES).map(|class| class.to_string()).collect();
    let model = Model {
        ir_version: IR_VERSION,
        producer_name: "glassboard demo".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(Graph {
            nodes: writer.nodes,
            name: "Network".to_owned(),
            initializers: writer.tensors,
            inputs: vec![value("picture", &[1, SIDE, SIDE])],
            outputs: vec![value(&x, &[CLASSES])],
        }),
        opset_import: vec![OperatorSet {
            domain: String::new(),
            version: OPSET,
        }],
        // How pictures become its input, and what its classes are called.
        metadata: vec![
            entry("glassboard.mean", "0"),
            entry("glassboard.std", "1"),
            entry("glassboard.classes", &classes.join("\n")),
        ],
    };
    model.encode_to_vec()
}

/// Writes the file: beside its place first, so that nobody reads half of it.
pub(crate) fn save(network: &Network, path: &Path) -> io::Result<()> {
    let beside = PathBuf::from(format!("{}.part", path.display()));
    fs::write(&beside, encode(network))?;
    fs::rename(&beside, path)
}

#[derive(Default)]
struct Writer {
    nodes: Vec<Node>,
    tensors: Vec<Tensor>,
}

impl Writer {
    /// A node of a layer (its path and class, empty for the network itself); what its result is called.
    fn node(
        &mut self,
        (layer, class): (&str, &str),
        op: &str,
        inputs: &[&str],
        attributes: Vec<Attribute>,
    ) -> String {
        let output = format!("{}_{}", op.to_lowercase(), self.nodes.len());
        let (scopes, classes) = if layer.is_empty() {
            (format!("['', '{output}']"), format!("['Network', '{op}']"))
        } else {
            (
                format!("['', '{layer}', '{output}']"),
                format!("['Network', '{class}', '{op}']"),
            )
        };
        self.nodes.push(Node {
            inputs: inputs.iter().map(|input| (*input).to_owned()).collect(),
            outputs: vec![output.clone()],
            name: output.clone(),
            op_type: op.to_owned(),
            attributes,
            metadata: vec![
                entry("pkg.torch.onnx.name_scopes", &scopes),
                entry("pkg.torch.onnx.class_hierarchy", &classes),
            ],
        });
        output
    }

    /// A layer with weight and bias.
    fn layer(
        &mut self,
        network: &Network,
        of: (&str, &str),
        op: &str,
        input: &str,
        attributes: Vec<Attribute>,
    ) -> String {
        let names = ["weight", "bias"].map(|kind| format!("{}.{kind}", of.0));
        for weights in network.weights() {
            if names.contains(&weights.name) {
                self.tensors.push(tensor(&weights));
            }
        }
        self.node(of, op, &[input, &names[0], &names[1]], attributes)
    }

    fn constant(&mut self, name: &str, value: f32) {
        self.tensors.push(tensor(&Weights {
            name: name.to_owned(),
            shape: Vec::new(),
            values: vec![value],
        }));
    }
}

fn tensor(weights: &Weights) -> Tensor {
    Tensor {
        dims: weights.shape.iter().map(|size| *size as i64).collect(),
        data_type: FLOAT,
        name: weights.name.clone(),
        raw_data: weights
            .values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect(),
    }
}

/// A batch of these shapes.
fn value(name: &str, shape: &[usize]) -> ValueInfo {
    let batch = Dim {
        size: None,
        name: Some("batch".to_owned()),
    };
    let sizes = shape.iter().map(|size| Dim {
        size: Some(*size as i64),
        name: None,
    });
    ValueInfo {
        name: name.to_owned(),
        type_: Some(Type {
            tensor: Some(TensorType {
                element: FLOAT,
                shape: Some(Shape {
                    dims: std::iter::once(batch).chain(sizes).collect(),
                }),
            }),
        }),
    }
}

fn int(name: &str, value: i64) -> Attribute {
    Attribute {
        name: name.to_owned(),
        int: value,
        kind: INT,
        ..Attribute::default()
    }
}

fn ints(name: &str, values: &[i64]) -> Attribute {
    Attribute {
        name: name.to_owned(),
        ints: values.to_vec(),
        kind: INTS,
        ..Attribute::default()
    }
}

fn entry(key: &str, value: &str) -> Entry {
    Entry {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use glassboard::{
        explain::{engine::Options, explainer::Explainer},
        model::{InputShape, read_bytes},
        summary::{Counting, Record, Row, Summary},
    };
    use ndarray::ArrayD;

    use super::{encode, save};
    use crate::{
        digits::{CLASSES, SIDE, Split},
        network::{Network, tensors, values},
    };

    #[test]
    fn the_file_answers_as_the_network_does() {
        let device = Device::flex();
        let network = Network::new(&device);
        let split = Split::new(&mut fastrand::Rng::with_seed(1));
        let digits = &split.validation[..50];
        let (ink, _) = tensors(digits, &device);
        let expected = values(network.forward(ink).0);

        let graph = read_bytes("network.onnx", encode(&network)).unwrap();
        let explainer = Explainer::new(graph, Options::default()).unwrap();
        let pictures: Vec<f32> = digits
            .iter()
            .flat_map(|digit| digit.ink.map(|ink| 1.0 - ink))
            .collect();
        let pictures = ArrayD::from_shape_vec(vec![50, 1, SIDE, SIDE], pictures).unwrap();
        let found = explainer.outputs(&pictures).unwrap();
        assert_eq!(found.shape(), [50, CLASSES]);
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
        }
    }

    #[test]
    fn the_file_has_the_layers_of_the_network() {
        let device = Device::flex();
        let network = Network::new(&device);
        let own = network.graph(&device);
        let mut graph = read_bytes("network.onnx", encode(&network)).unwrap();
        let shape: InputShape = "1x1x8x8".parse().unwrap();
        assert_eq!(graph.set_inputs(&[shape]).unwrap(), Vec::<String>::new());
        let rows = |graph| {
            let summary = Summary::new(Record::from_graph(graph), Counting::Current);
            let row = |row: &Row| {
                let lengths: Vec<u64> = row.output.lengths().collect();
                (
                    row.path.clone(),
                    row.class_name.clone(),
                    row.num_params,
                    lengths,
                )
            };
            let rows: Vec<_> = summary.rows().map(row).collect();
            (
                rows,
                summary.totals().params,
                summary.totals().operation_mult_adds,
            )
        };
        assert_eq!(rows(&graph), rows(&own));
    }

    #[test]
    fn a_file_that_cannot_be_written_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let network = Network::new(&Device::flex());
        assert!(save(&network, &dir.path().join("none").join("network.onnx")).is_err());
        let path = dir.path().join("network.onnx");
        save(&network, &path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), encode(&network));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
