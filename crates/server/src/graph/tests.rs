use glassboard_events::proto::tensorboard::{
    AllocatorMemoryUsed, AttrValue, DataType, DeviceStepStats, GraphDef, NodeDef, NodeExecStats,
    RunMetadata, StepStats, TensorShapeProto,
    attr_value::{ListValue, Value},
    tensor_shape_proto::Dim,
};
use glassboard_model::{DType, ModelBuilder};
use prost::Message as _;

use super::{Graph, Stats, graph_def, keras, model_file};
use crate::wire;

fn node(name: &str, op: &str, inputs: &[&str]) -> NodeDef {
    NodeDef {
        name: name.to_owned(),
        op: op.to_owned(),
        input: inputs.iter().map(ToString::to_string).collect(),
        ..NodeDef::default()
    }
}

fn shapes(mut node: NodeDef, shapes: &[&[i64]]) -> NodeDef {
    let shape = |sizes: &&[i64]| TensorShapeProto {
        dim: sizes
            .iter()
            .map(|&size| Dim {
                size,
                name: if size < 0 {
                    "batch".to_owned()
                } else {
                    String::new()
                },
            })
            .collect(),
        ..TensorShapeProto::default()
    };
    let list = ListValue {
        shape: shapes.iter().map(shape).collect(),
        ..ListValue::default()
    };
    let value = Some(Value::List(list));
    node.attr
        .insert("_output_shapes".to_owned(), AttrValue { value });
    node
}

fn bytes(nodes: Vec<NodeDef>) -> Vec<u8> {
    GraphDef {
        node: nodes,
        ..GraphDef::default()
    }
    .encode_to_vec()
}

fn graph(nodes: Vec<NodeDef>) -> Graph {
    graph_def::read(&bytes(nodes))
}

/// A line for each node: number, parent, name, kind, op.
fn lines(graph: &wire::Graph) -> Vec<String> {
    let nodes = graph.nodes.iter().enumerate();
    nodes
        .map(|(number, node)| {
            let parent = node
                .parent
                .map_or_else(|| "-".to_owned(), |p| p.to_string());
            format!(
                "{number} in {parent}: {} {:?} {}",
                node.name, node.kind, node.op
            )
        })
        .collect()
}

fn edges(graph: &wire::Graph) -> Vec<(u32, u32)> {
    let pairs = graph.edges.from.iter().zip(&graph.edges.to);
    pairs.map(|(from, to)| (*from, *to)).collect()
}

fn notices(graph: &wire::Graph) -> Vec<&str> {
    graph
        .notices
        .iter()
        .map(|notice| notice.message.as_str())
        .collect()
}

#[test]
fn names_with_slashes_are_groups() {
    let made = graph(vec![
        shapes(node("input/x", "IO Node", &[]), &[&[-1, 8]]),
        shapes(node("Net/Linear[fc]/weight", "Parameter", &[]), &[&[4, 8]]),
        shapes(
            node(
                "Net/Linear[fc]/linear",
                "aten.linear.default",
                &["input/x", "Net/Linear[fc]/weight"],
            ),
            &[&[-1, 4]],
        ),
        node("output/output.1", "IO Node", &["Net/Linear[fc]/linear"]),
    ]);
    let wire = made.to_wire(None);
    assert_eq!(
        lines(&wire),
        [
            "0 in -: input Group ",
            "1 in 0: x Input IO Node",
            "2 in -: Net Group ",
            "3 in 2: fc Group Linear",
            "4 in 3: weight Parameter Parameter",
            "5 in 3: linear Operation aten.linear.default",
            "6 in -: output Group ",
            "7 in 6: output.1 Output IO Node",
        ]
    );
    assert_eq!(wire.title, "Net");
    assert_eq!(edges(&wire), [(1, 5), (4, 5), (5, 7)]);
    assert_eq!(wire.shapes, ["batch×8", "4×8", "batch×4"]);
    assert_eq!(wire.edges.shape, [0, 1, 2]);
    let parameters: Vec<_> = wire.nodes.iter().map(|node| node.parameters).collect();
    let known = Some(32);
    assert_eq!(
        parameters,
        [None, None, known, known, known, None, None, None]
    );
    assert_eq!(notices(&wire), [""; 0]);
    let detail = made.detail(5).unwrap();
    assert_eq!(detail.path, "Net/fc/linear");
    assert_eq!(detail.module.as_deref(), Some("fc"));
    assert_eq!(detail.inputs[1].node, Some(4));
    assert_eq!(detail.inputs[1].shape.as_deref(), Some("4×8"));
    assert_eq!(detail.outputs[0].used_by, [7]);
    // What crosses the border of the layer.
    let detail = made.detail(3).unwrap();
    let makers: Vec<_> = detail.inputs.iter().map(|input| input.node).collect();
    assert_eq!(makers, [Some(1)]);
    assert_eq!(detail.outputs[0].used_by, [7]);
    assert_eq!(detail.outputs[0].shape.as_deref(), Some("batch×4"));
    assert!(made.detail(8).is_none());
}

#[test]
fn mult_adds_are_those_told_or_of_known_shapes() {
    let told = AttrValue {
        value: Some(Value::I(7)),
    };
    let mut custom = node("Net/custom", "custom", &[]);
    custom.attr.insert("mult_adds".to_owned(), told);
    let wire = graph(vec![
        shapes(node("Net/x", "IO Node", &[]), &[&[2, 8]]),
        shapes(node("Net/w", "prim::GetAttr", &[]), &[&[4, 8]]),
        shapes(
            node("Net/known", "aten::linear", &["Net/x", "Net/w"]),
            &[&[2, 4]],
        ),
        node("Net/v", "prim::GetAttr", &[]),
        shapes(
            node("Net/unknown", "aten::linear", &["Net/x", "Net/v"]),
            &[&[2, 4]],
        ),
        custom,
    ])
    .to_wire(None);
    let mult_adds = |name: &str| {
        wire.nodes
            .iter()
            .find(|node| node.name == name)
            .unwrap()
            .mult_adds
    };
    assert_eq!(mult_adds("known"), Some(64));
    assert_eq!(mult_adds("unknown"), None);
    assert_eq!(mult_adds("custom"), Some(7));
    assert_eq!(mult_adds("Net"), Some(71));
}

#[test]
fn what_is_wrong_is_shown_with_a_notice() {
    let made = graph(vec![
        node("a", "A", &["b:1", "nowhere", "nowhere", "^b"]),
        node("b", "B", &["a"]),
        node("a", "A", &["b"]),
        node("c", "C", &["a"]),
        node("a/below", "D", &[]),
        node("", "", &["", "a:x"]),
    ]);
    let wire = made.to_wire(None);
    assert_eq!(
        lines(&wire),
        [
            "0 in -: a Group ",
            "1 in 0: (a) Operation A",
            "2 in -: b Operation B",
            "3 in 0: (a) Operation A",
            "4 in -: c Operation C",
            "5 in 0: below Operation D",
            "6 in -:  Operation ",
        ]
    );
    assert_eq!(
        notices(&wire),
        [
            "nodes whose name another node has already: 1 (a)",
            "nodes that are taken as input, but are not in the graph: 2 (nowhere, a:x)",
            "nodes that need their own result, or lie between such nodes: 3 (a/(a), b, )",
        ]
    );
    assert_eq!(wire.edges.control, [1]);
    let inputs = made.detail(1).unwrap().inputs;
    assert_eq!(inputs[1].missing, "nowhere");
    assert!(inputs[3].control);
    // It says nothing of its results: what is used is one.
    assert_eq!(made.detail(2).unwrap().outputs[0].used_by, [1, 3]);
}

#[test]
fn loops_of_tensorflow_are_no_mistake() {
    let wire = graph(vec![
        node("enter", "Enter", &[]),
        node("merge", "Merge", &["enter", "next"]),
        node("next", "NextIteration", &["merge"]),
    ])
    .to_wire(None);
    assert_eq!(notices(&wire), [""; 0]);
}

#[test]
fn hostile_graphs_stay_within_bounds() {
    // Names that would be a hundred thousand groups deep.
    let deep = format!("{}x", "a/".repeat(100_000));
    let wire = graph(vec![node(&deep, "A", &[])]).to_wire(None);
    assert_eq!(wire.nodes.len(), 65);
    assert_eq!(wire.nodes[63].kind, wire::GraphNodeKind::Group);
    assert_eq!(wire.nodes[64].kind, wire::GraphNodeKind::Operation);
    // An empty node is two bytes.
    let wire = graph_def::read(&[10, 0].repeat(300_000)).to_wire(None);
    assert_eq!(wire.nodes.len(), 200_000);
    assert_eq!(
        wire.notices.last().unwrap().message,
        "expected at most 200000 nodes and groups; nodes that are not shown: 100000"
    );
    // Absurd sizes.
    let wire = graph(vec![shapes(
        node("w", "Parameter", &[]),
        &[&[i64::MAX, i64::MAX]],
    )])
    .to_wire(None);
    assert_eq!(wire.nodes[0].parameters, Some(u64::MAX));
    // A long setting is cut, a very long one only counted.
    let mut long = node("long", "A", &[]);
    for (name, len) in [("cut", 5_000), ("counted", 70_000)] {
        let value = Some(Value::S("ä".repeat(len / 2).into_bytes()));
        long.attr.insert(name.to_owned(), AttrValue { value });
    }
    let attributes = graph(vec![long]).detail(0).unwrap().attributes;
    assert_eq!(
        (attributes[0].name.as_str(), attributes[0].text.len()),
        ("counted", 0)
    );
    assert_eq!(
        (attributes[1].text.len(), attributes[1].size_bytes),
        (2_000, Some(5_000))
    );
    assert!(attributes[0].size_bytes.unwrap() >= 70_000);
    // No message at all, and one that is cut off.
    for bad in [&[0xff; 9][..], &[10, 200, 1][..], &[10, 3, 10, 9, b'x'][..]] {
        let wire = graph_def::read(bad).to_wire(None);
        assert_eq!(wire.nodes.len(), 0);
        assert_eq!(wire.notices[0].kind, wire::GraphNoticeKind::Unreadable);
    }
}

#[test]
fn settings_are_readable() {
    let mut one = node("n", "Conv2D", &[]);
    let list = |list| Some(Value::List(list));
    for (name, value) in [
        (
            "strides",
            list(ListValue {
                i: vec![1, 2],
                ..ListValue::default()
            }),
        ),
        ("T", Some(Value::Type(DataType::DtFloat.into()))),
        ("flag", Some(Value::B(true))),
        ("text", Some(Value::S(b"{}".to_vec()))),
    ] {
        one.attr.insert(name.to_owned(), AttrValue { value });
    }
    let attributes = graph(vec![one]).detail(0).unwrap().attributes;
    let texts: Vec<_> = attributes
        .iter()
        .map(|setting| format!("{}={}", setting.name, setting.text))
        .collect();
    assert_eq!(
        texts,
        ["T=float32", "flag=True", "strides=[1, 2]", "text={}"]
    );
}

#[test]
fn run_metadata_tells_time_and_memory() {
    let measured = |name: &str, micros: i64, bytes: i64| NodeExecStats {
        node_name: name.to_owned(),
        all_end_rel_micros: micros,
        memory: vec![AllocatorMemoryUsed {
            total_bytes: bytes,
            ..AllocatorMemoryUsed::default()
        }],
        ..NodeExecStats::default()
    };
    let device = |name: &str, node_stats: Vec<NodeExecStats>| DeviceStepStats {
        device: name.to_owned(),
        node_stats,
    };
    let metadata = RunMetadata {
        step_stats: Some(StepStats {
            dev_stats: vec![
                device(
                    "/gpu:0",
                    vec![measured("g/Linear[a]/x", 30, 100), measured("gone", 1, -5)],
                ),
                device(
                    "/gpu:0/stream:all",
                    vec![measured("g/Linear[a]/x", 999, 999)],
                ),
                device("/cpu:0", vec![measured("g/y", 12, 0)]),
            ],
        }),
        ..RunMetadata::default()
    };
    let stats = Stats::read(&metadata.encode_to_vec()).unwrap();
    let made = graph(vec![node("g/Linear[a]/x", "A", &[]), node("g/y", "A", &[])]);
    let wire = made.to_wire(Some(&stats));
    let taken: Vec<_> = wire
        .nodes
        .iter()
        .map(|node| {
            (
                node.name.as_str(),
                node.time_micros,
                node.memory_bytes,
                node.device,
            )
        })
        .collect();
    assert_eq!(
        taken,
        [
            ("g", Some(42), Some(100), None),
            ("a", Some(30), Some(100), None),
            ("x", Some(30), Some(100), Some(0)),
            ("y", Some(12), Some(0), Some(1)),
        ]
    );
    assert_eq!(wire.devices, ["/gpu:0", "/cpu:0"]);
    assert_eq!(
        notices(&wire),
        ["nodes with run metadata that are not in the graph: 1 (gone)"]
    );
    assert!(Stats::read(&[10, 9]).is_err());
}

#[test]
fn a_layer_that_runs_twice_is_two_groups_with_its_weights_once() {
    let mut net = ModelBuilder::new("Net");
    let x = net.input("x", DType::F32, [1, 8]);
    let root = net.root_call();
    let layers = net.module(net.root(), "layers", "ModuleList");
    let linear = net.module(layers, "0", "Linear");
    let weight = net.parameter(linear, "weight", DType::F32, [8, 8]);
    let mut value = x;
    for _ in 0..2 {
        let run = net.call(linear, root);
        value = net.node(run, "linear", &[value, weight], DType::F32, [1, 8]);
    }
    net.output(value);
    let unused = net.module(net.root(), "unused", "Linear");
    net.parameter(unused, "bias", DType::F32, [3]);
    let wire = model_file::of_model(&net.build()).to_wire(None);
    assert_eq!(
        lines(&wire),
        [
            "0 in -: x Input ",
            "1 in -: Net Group Net",
            "2 in 1: layers Group ModuleList",
            "3 in 2: 0 Group Linear",
            "4 in 3: weight Parameter ",
            "5 in 1: unused Group Linear",
            "6 in 5: bias Parameter ",
            "7 in 3: linear_0 Operation linear",
            "8 in 2: 0 (2) Group Linear",
            "9 in 8: linear_1 Operation linear",
            "10 in -: output Output ",
        ]
    );
    assert_eq!(edges(&wire), [(0, 7), (4, 7), (7, 9), (4, 9), (9, 10)]);
    assert_eq!(wire.nodes[1].parameters, Some(67));
    assert_eq!(wire.nodes[1].mult_adds, Some(128));
    assert_eq!(wire.nodes[8].parameters, None);
}

#[test]
fn keras_models_of_both_forms() {
    let keras2 = r#"{"class_name": "Functional", "keras_version": "2.9.0", "config": {"name": "net",
        "layers": [
            {"class_name": "InputLayer", "name": "in", "config": {"batch_input_shape": [null, 8], "dtype": "float32"}, "inbound_nodes": []},
            {"class_name": "Sequential", "name": "seq", "config": {"layers": [
                {"class_name": "Dense", "config": {"name": "d1", "units": 4}},
                {"class_name": "Dense", "config": {"name": "d2"}}]},
             "inbound_nodes": [[["in", 0, 0, {}]]]},
            {"class_name": "Add", "name": "add", "config": {}, "inbound_nodes": [[["seq", 1, 0, {}], ["in", 0, 0, {}], ["gone", 0, 0, {}]]]}
        ], "input_layers": [["in", 0, 0]], "output_layers": [["add", 0, 0]]}}"#;
    let made = keras::read(keras2.as_bytes()).unwrap();
    let wire = made.to_wire(None);
    assert_eq!(
        lines(&wire),
        [
            "0 in -: in Input InputLayer",
            "1 in -: seq Group Sequential",
            "2 in 1: d1 Operation Dense",
            "3 in 1: d2 Operation Dense",
            "4 in -: add Operation Add",
        ]
    );
    assert_eq!(edges(&wire), [(0, 2), (2, 3), (3, 4), (0, 4)]);
    assert_eq!(
        (wire.title.as_str(), &wire.shapes),
        ("net", &vec!["?×8".to_owned()])
    );
    assert_eq!(
        notices(&wire),
        ["nodes that are taken as input, but are not in the graph: 1 (gone)"]
    );
    assert_eq!(made.detail(2).unwrap().attributes[0].text, "4");

    let tensor = |name: &str| {
        format!(
            r#"{{"class_name": "__keras_tensor__", "config": {{"shape": [null], "keras_history": ["{name}", 0, 0]}}}}"#
        )
    };
    let keras3 = format!(
        r#"{{"class_name": "Functional", "config": {{"layers": [
            {{"class_name": "InputLayer", "name": "in", "config": {{}}, "inbound_nodes": []}},
            {{"class_name": "Dense", "name": "d", "config": {{"dtype": {{"class_name": "DTypePolicy", "config": {{"name": "float16"}}}}}},
              "inbound_nodes": [{{"args": [{}], "kwargs": {{}}}}]}},
            {{"config": {{}}}}]}}}}"#,
        tensor("in")
    );
    let made = keras::read(keras3.as_bytes()).unwrap();
    assert_eq!(edges(&made.to_wire(None)), [(0, 1)]);
    assert_eq!(
        made.detail(1).unwrap().outputs[0].dtype.as_deref(),
        Some("float16")
    );
    assert_eq!(
        made.to_wire(None).notices[0].kind,
        wire::GraphNoticeKind::Unreadable
    );

    for (bad, message) in [
        (
            "[1]",
            "expected the JSON of a Keras model with a `config`, got none",
        ),
        ("{", "EOF while parsing an object at line 1 column 1"),
    ] {
        assert_eq!(keras::read(bad.as_bytes()).unwrap_err(), message);
    }
}
