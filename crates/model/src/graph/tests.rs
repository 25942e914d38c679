use super::*;

fn names(graph: &ModelGraph, values: &[ValueId]) -> Vec<String> {
    values
        .iter()
        .map(|value| graph[*value].name.clone())
        .collect()
}

/// A block of two layers that runs twice, and a sum over the border.
fn twice() -> ModelGraph {
    let mut model = ModelBuilder::new("Twice");
    let root = model.root_call();
    let x = model.input("x", DType::F32, [2, 8]);
    let block = model.module(model.root(), "block", "Sequential");
    let linear = model.module(block, "0", "Linear");
    let weight = model.parameter(linear, "weight", DType::F32, [8, 8]);
    let mut value = x;
    for _ in 0..2 {
        let run = model.call(block, root);
        let inner = model.call(linear, run);
        value = model.node(inner, "linear", &[value, weight], DType::F32, [2, 8]);
        value = model.node(run, "tanh", &[value], DType::F32, [2, 8]);
    }
    let sum = model.node(root, "add", &[value, x], DType::F32, [2, 8]);
    model.output(sum);
    model.build()
}

#[test]
fn runs_know_what_crosses_their_border() {
    let graph = twice();
    assert_eq!(graph.calls.len(), 5);
    let borders: Vec<_> = graph
        .calls
        .iter()
        .map(|call| {
            (
                graph[call.module].path.as_str(),
                call.depth,
                names(&graph, &call.inputs),
                names(&graph, &call.outputs),
            )
        })
        .collect();
    let text = |name: &str| vec![name.to_owned()];
    assert_eq!(
        borders,
        [
            ("", 0, text("x"), text("add_4")),
            ("block", 1, text("x"), text("tanh_1")),
            ("block.0", 2, text("x"), text("linear_0")),
            ("block", 1, text("tanh_1"), text("tanh_3")),
            ("block.0", 2, text("tanh_1"), text("linear_2")),
        ]
    );
    assert_eq!(graph.parameter_count(), 64);
    let block = graph.module("block").unwrap();
    assert_eq!(graph[block].calls.len(), 2);
}

#[test]
fn what_is_used_outside_at_last_comes_out_although_nothing_uses_it_before() {
    let mut model = ModelBuilder::new("Unused");
    let root = model.root_call();
    let x = model.input("x", DType::F32, [1]);
    let layer = model.module(model.root(), "layer", "Layer");
    let run = model.call(layer, root);
    model.node(run, "first", &[x], DType::F32, [1]);
    model.node(run, "second", &[x], DType::F32, [1]);
    let graph = model.build();
    assert_eq!(names(&graph, &graph.calls[1].outputs), ["second_1"]);
}

#[test]
fn tied_tensors_count_once() {
    let mut model = ModelBuilder::new("Tied");
    let embedding = model.module(model.root(), "embedding", "Embedding");
    let head = model.module(model.root(), "head", "Linear");
    let first = model.parameter(embedding, "weight", DType::F32, [100, 16]);
    let second = model.parameter(head, "weight", DType::F32, [100, 16]);
    model.tie(second, first);
    let graph = model.build();
    assert_eq!(graph.parameter_count(), 1600);
    assert_eq!(graph.tensors.len(), 2);
    assert_eq!(graph.tensor("head.weight"), Some(TensorId(1)));
}

#[test]
fn settings_come_from_operations_where_they_are_not_declared() {
    let mut model = ModelBuilder::new("Settings");
    let root = model.root_call();
    let x = model.input("x", DType::F32, [1, 4, 8, 8]);
    let conv = model.module(model.root(), "conv", "Conv2d");
    let weight = model.parameter(conv, "weight", DType::F32, [8, 2, 3, 5]);
    let conv_run = model.call(conv, root);
    let y = model.node(
        conv_run,
        "aten.conv2d.default",
        &[x, weight],
        DType::F32,
        [1, 8, 6, 4],
    );
    model.set_node_attribute(y, "groups", Attribute::Int(2));
    let pool = model.module(model.root(), "pool", "MaxPool2d");
    let pool_run = model.call(pool, root);
    let z = model.node(
        pool_run,
        "aten.max_pool2d.default",
        &[y],
        DType::F32,
        [1, 8, 3, 2],
    );
    model.set_node_attribute(z, "kernel_size", Attribute::Ints(vec![2, 2]));
    let graph = model.build();
    assert_eq!(
        graph.call_attribute(conv_run, "kernel_size"),
        Some(Attribute::Ints(vec![3, 5]))
    );
    assert_eq!(
        graph.call_attribute(conv_run, "groups"),
        Some(Attribute::Int(2))
    );
    assert_eq!(
        graph.call_attribute(pool_run, "kernel_size"),
        Some(Attribute::Int(2))
    );
    assert_eq!(graph.call_attribute(pool_run, "groups"), None);
}

#[test]
fn names_of_types_are_read_back() {
    for name in [
        "bool",
        "int64",
        "float32",
        "bfloat16",
        "float8_e4m3fn",
        "complex64",
    ] {
        assert_eq!(DType::from_name(name).unwrap().name(), name);
    }
    assert_eq!(DType::from_name("long"), Some(DType::I64));
    assert_eq!(DType::I4.size_bytes(3), Some(2));
    assert_eq!(DType::F64.size_bytes(u64::MAX), None);
}

#[test]
fn values_of_a_described_tensor_are_read_when_asked_for() {
    let mut model = ModelBuilder::new("Net");
    let scale = model.parameter(model.root(), "scale", DType::F32, [2]);
    model.set_values(scale, || {
        [1.0_f32, -2.0]
            .iter()
            .flat_map(|x| x.to_le_bytes())
            .collect()
    });
    let short = model.parameter(model.root(), "short", DType::F32, [2]);
    model.set_values(short, || vec![0; 3]);
    model.parameter(model.root(), "none", DType::F32, [2]);
    assert_eq!(model.find_tensor("short"), Some(short));
    assert_eq!(model.find_tensor("other"), None);
    let graph = model.build();
    let read: Vec<Result<Vec<u8>, String>> = graph
        .tensors
        .iter()
        .map(|tensor| tensor.read().map_err(|error| error.to_string()))
        .collect();
    assert_eq!(
        read,
        [
            Ok(vec![0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]),
            Err(
                "tensor short: its values are not known: what was given is of another length than its shape asks for"
                    .to_owned()
            ),
            Err(
                "tensor none: its values are not known: the model was described without them"
                    .to_owned()
            ),
        ]
    );
}

#[test]
fn layers_are_found_by_their_path() {
    let mut model = ModelBuilder::new("Net");
    let block = model.module(model.root(), "block", "Sequential");
    let linear = model.module(block, "0", "Linear");
    assert_eq!(model.find_module("block.0"), Some(linear));
    assert_eq!(model.find_module(""), Some(model.root()));
    assert_eq!(model.find_module("block.1"), None);
}
