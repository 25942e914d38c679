//! Graphs of models: what is read from a file or described piece by piece, as TensorBoard's nodes.

#![allow(clippy::unwrap_used)] // Helpers of tests, which may panic.

mod support;

use std::collections::{BTreeMap, HashSet};

use glassboard_events::proto::tensorboard::attr_value::Value;
use glassboard_events::proto::tensorboard::tensor_shape_proto::Dim;
use glassboard_events::proto::tensorboard::{GraphDef, NodeDef, event};
use glassboard_writer::model::{Attribute, DType, ModelBuilder, ModelGraph};
use glassboard_writer::{Graph, GraphNode, SummaryWriter, WriterError};
use prost::Message;
use support::event_files;

/// The graph that is written for a model.
fn written(model: &ModelGraph, step: i64) -> GraphDef {
    logged(step, |writer| {
        writer.add_model_graph(model, step).unwrap();
    })
}

/// The graph that is written, at this step, as the only event.
fn logged(step: i64, log: impl FnOnce(&SummaryWriter)) -> GraphDef {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::new(dir.path()).unwrap();
    log(&writer);
    writer.close().unwrap();
    let events: Vec<_> = event_files(dir.path()).into_values().flatten().collect();
    let [version, graph] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert!(matches!(version.what, Some(event::What::FileVersion(_))));
    assert_eq!(graph.step, step);
    let Some(event::What::GraphDef(graph)) = &graph.what else {
        panic!("{graph:?}");
    };
    GraphDef::decode(graph.as_slice()).unwrap()
}

fn golden(file: &str) -> String {
    format!("{}/../../tests/golden/{file}", env!("CARGO_MANIFEST_DIR"))
}

fn values(node: &NodeDef) -> BTreeMap<&str, &Value> {
    node.attr
        .iter()
        .map(|(name, value)| (name.as_str(), value.value.as_ref().unwrap()))
        .collect()
}

#[test]
fn a_described_model() {
    let mut net = ModelBuilder::new("Net");
    let batch = || glassboard_writer::model::Dim::from("batch");
    let x = net.input("x", DType::F32, [batch(), 8.into()]);
    let linear = net.module(net.root(), "fc", "Linear");
    let weight = net.parameter(linear, "weight", DType::F32, [4, 8]);
    let root = net.root_call();
    let run = net.call(linear, root);
    let y = net.node(run, "linear", &[x, weight], DType::F32, [batch(), 4.into()]);
    net.set_node_attribute(y, "fused", Attribute::Bool(true));
    net.output(y);
    let graph = written(&net.build(), 7);

    let nodes: Vec<(&str, &str, Vec<&str>)> = graph
        .node
        .iter()
        .map(|node| {
            let inputs = node.input.iter().map(String::as_str).collect();
            (node.name.as_str(), node.op.as_str(), inputs)
        })
        .collect();
    assert_eq!(
        nodes,
        [
            ("input/x", "IO Node", vec![]),
            ("Net/Linear[fc]/weight", "Parameter", vec![]),
            (
                "Net/Linear[fc]/linear_0",
                "linear",
                vec!["input/x", "Net/Linear[fc]/weight"]
            ),
            (
                "output/output.1",
                "IO Node",
                vec!["Net/Linear[fc]/linear_0"]
            ),
        ]
    );
    let attributes = values(&graph.node[2]);
    let names: Vec<&str> = attributes.keys().copied().collect();
    assert_eq!(names, ["_output_shapes", "fused", "mult_adds"]);
    assert_eq!(attributes["fused"], &Value::S(b"True".to_vec()));
    assert_eq!(attributes["mult_adds"], &Value::I(32));
    let Value::List(shapes) = attributes["_output_shapes"] else {
        panic!("{attributes:?}");
    };
    let dim = |size, name: &str| Dim {
        size,
        name: name.to_owned(),
    };
    assert_eq!(shapes.shape.len(), 1);
    assert_eq!(shapes.shape[0].dim, [dim(-1, "batch"), dim(4, "")]);
    assert!(!shapes.shape[0].unknown_rank);
}

#[test]
fn a_shape_that_nobody_knows() {
    let mut net = ModelBuilder::new("Net");
    let x = net.input("x", DType::F32, [1]);
    let mut net = net.build();
    net[x].shape = None;
    let graph = written(&net, 0);
    // Nothing runs in it: only layers and tensors would be shown, and it has none but itself.
    assert_eq!(graph.node.len(), 1);

    let mut net = ModelBuilder::new("Net");
    let root = net.root_call();
    let x = net.input("x", DType::F32, [1]);
    let y = net.node(root, "odd", &[x], DType::F32, [1]);
    let mut net = net.build();
    net[y].shape = None;
    let graph = written(&net, 0);
    let attributes = values(&graph.node[1]);
    let Value::List(shapes) = attributes["_output_shapes"] else {
        panic!("{attributes:?}");
    };
    assert!(shapes.shape[0].unknown_rank);
}

#[test]
fn every_input_of_a_model_file_s_nodes_is_a_node() {
    for file in [
        "cam/tiny_resnet/model.onnx",
        "cam/tiny_resnet/model.pt2",
        "cam/tiny_resnet/model.safetensors",
        "models/convolutions_bare.onnx",
        "models/state_dict.pth",
        "models/tied_legacy.pt2",
        "summary/two_inputs.pt2",
    ] {
        let graph = written(&glassboard_writer::model::read(golden(file)).unwrap(), 0);
        let names: HashSet<&str> = graph.node.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names.len(), graph.node.len(), "{file}");
        assert!(names.len() > 4, "{file}");
        for input in graph.node.iter().flat_map(|node| &node.input) {
            let maker = input.split(':').next().unwrap();
            assert!(names.contains(maker), "{file}: {input}");
        }
    }
}

#[test]
fn an_onnx_file_as_pytorch_logs_it() {
    let graph = logged(5, |writer| {
        let path = golden("models/attributes.onnx");
        writer.add_onnx_graph(path, 5).unwrap();
    });
    let expected = std::fs::read_to_string(golden("models/expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
    let expected = expected["attributes.onnx"].as_array().unwrap();
    assert_eq!(graph.versions.unwrap().producer, 22);
    assert_eq!(graph.node.len(), expected.len());
    for (node, expected) in graph.node.iter().zip(expected) {
        assert_eq!(serde_json::json!(node.name), expected["name"]);
        assert_eq!(serde_json::json!(node.op), expected["op"]);
        assert_eq!(serde_json::json!(node.input), expected["inputs"]);
        let attributes = values(node);
        if let Some(Value::S(text)) = attributes.get("parameters") {
            let text = String::from_utf8(text.clone()).unwrap();
            assert_eq!(serde_json::json!(text), expected["parameters"]);
            assert_eq!(attributes.len(), 1);
        } else {
            assert_eq!(
                attributes["dtype"],
                &Value::Type(expected["dtype"].as_i64().unwrap() as i32)
            );
            let Value::Shape(shape) = attributes["shape"] else {
                panic!("{attributes:?}");
            };
            let sizes: Vec<i64> = shape.dim.iter().map(|dim| dim.size).collect();
            assert_eq!(serde_json::json!(sizes), expected["shape"]);
            assert_eq!(attributes.len(), 2);
        }
    }
}

#[test]
fn an_onnx_file_that_is_not_there_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::new(dir.path()).unwrap();
    let error = writer.add_onnx_graph("no-such.onnx", 0).unwrap_err();
    assert!(matches!(error, WriterError::Model(_)), "{error:?}");
    assert!(error.to_string().ends_with(": no-such.onnx"), "{error}");
}

#[test]
fn a_graph_that_did_not_run_has_no_metadata() {
    let node = GraphNode {
        name: "a".to_owned(),
        op: "Relu".to_owned(),
        ..GraphNode::default()
    };
    let graph = Graph {
        run_tag: String::new(),
        ..Graph::new([node])
    };
    let graph = logged(0, |writer| writer.add_graph(&graph, 0).unwrap());
    assert_eq!(graph.node[0].op, "Relu");
}
