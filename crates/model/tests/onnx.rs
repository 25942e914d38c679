//! ONNX models as PyTorch's exporter wrote them.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

#[allow(dead_code, unreachable_pub)] // each test file uses a part
mod common;

use common::{expected, golden, read, runs, sum, tensors};
use glassboard_model::{ModelError, OnnxNodeContent};

#[test]
fn layers_of_a_residual_network_are_in_the_metadata_of_its_nodes() {
    let text = runs(&read("cam/tiny_resnet/model.onnx"));
    let block = "
  Block layer2: [batch, 8, 32, 32] -> [batch, 16, 16, 16]
    BatchNorm2d layer2.bn1: [batch, 8, 32, 32] -> [batch, 16, 16, 16]
      = Conv
    ReLU layer2.relu: [batch, 16, 16, 16] -> [batch, 16, 16, 16]
      = Relu
    BatchNorm2d layer2.bn2: [batch, 16, 16, 16] -> [batch, 16, 16, 16]
      = Conv
    Sequential layer2.downsample: [batch, 8, 32, 32] -> [batch, 16, 16, 16]
      BatchNorm2d layer2.downsample.1: [batch, 8, 32, 32] -> [batch, 16, 16, 16]
        = Conv
    = Add
    ReLU layer2.relu: [batch, 16, 16, 16] -> [batch, 16, 16, 16]
      = Relu
";
    assert!(text.contains(block), "{text}");
    assert!(
        text.starts_with("TinyResNet : [batch, 3, 32, 32] -> [batch, 10]\n"),
        "{text}"
    );
}

#[test]
fn parameters_buffers_and_constants_are_told_apart() {
    assert_eq!(
        tensors(&read("models/convolutions.onnx")),
        "\
features.0.weight float32 [4, 3, 3, 3] parameter
up.weight float32 [4, 2, 2, 2] parameter
up.bias float32 [2] parameter
fc.weight float32 [5, 2] parameter
fc.bias float32 [5] parameter
val_17 int64 [2] constant
val_21 int64 [2] constant"
    );
}

#[test]
fn elements_are_as_many_as_onnx_counts() {
    for file in ["convolutions.onnx", "tied.onnx"] {
        let graph = read(&format!("models/{file}"));
        let elements: u64 = graph
            .tensors
            .iter()
            .map(glassboard_model::Tensor::element_count)
            .sum();
        assert_eq!(elements, expected(file)["elements"], "{file}");
    }
}

#[test]
fn weights_lie_in_the_model_or_in_a_file_beside_it() {
    let inside = read("models/convolutions.onnx");
    let beside = read("models/external.onnx");
    assert_eq!(inside.tensors.len(), beside.tensors.len());
    for (one, other) in inside.tensors.iter().zip(&beside.tensors) {
        assert_eq!(one.read().unwrap(), other.read().unwrap(), "{}", one.name);
    }
    let torch = read("models/state_dict.pth");
    assert_eq!(sum(&inside, "fc.weight"), sum(&torch, "fc.weight"));
}

#[test]
fn external_data_must_lie_within_its_file_and_beside_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("external.onnx");
    let bytes = std::fs::read(golden("models/external.onnx")).unwrap();
    std::fs::write(&model, &bytes).unwrap();
    // Without the file the graph is there, and only the values are not.
    let graph = glassboard_model::read(&model).unwrap();
    let error = graph.tensors[0].read().unwrap_err();
    assert_eq!(
        error.to_string(),
        "tensor features.0.weight: its values are not known: its external file is not there"
    );
    let data = std::fs::read(golden("models/external.bin")).unwrap();
    std::fs::write(folder.path().join("external.bin"), &data[..100]).unwrap();
    let error = glassboard_model::read(&model).unwrap_err();
    assert!(
        matches!(error, ModelError::TensorExtent { available: 100, .. }),
        "{error}"
    );

    let location = b"external.bin";
    let mut elsewhere = bytes;
    while let Some(at) = elsewhere
        .windows(location.len())
        .position(|window| window == location)
    {
        elsewhere[at..at + location.len()].copy_from_slice(b"../xxxxx.bin");
    }
    std::fs::write(&model, elsewhere).unwrap();
    let error = glassboard_model::read(&model).unwrap_err().to_string();
    assert!(
        error.contains("expected external data beside the model, got ../xxxxx.bin"),
        "{error}"
    );
}

#[test]
fn a_file_that_is_cut_off_says_so_at_every_length() {
    let whole = std::fs::read(golden("models/convolutions.onnx")).unwrap();
    for len in (0..whole.len()).step_by(97) {
        let error = glassboard_model::read_bytes("cut.onnx", whole[..len].to_vec()).unwrap_err();
        assert!(error.to_string().ends_with(": cut.onnx"), "{error}");
    }
}

/// A field of protobuf with a length.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2, u8::try_from(bytes.len()).unwrap()];
    field.extend_from_slice(bytes);
    field
}

fn node(op: &str, name: &str, inputs: &[&str], output: &str) -> Vec<u8> {
    let mut node: Vec<u8> = inputs
        .iter()
        .flat_map(|input| field(1, input.as_bytes()))
        .collect();
    node.extend(field(2, output.as_bytes()));
    node.extend(field(3, name.as_bytes()));
    node.extend(field(4, op.as_bytes()));
    field(1, &node)
}

fn model(nodes: &[Vec<u8>]) -> String {
    let mut graph = nodes.concat();
    graph.extend(field(2, b"main"));
    graph.extend(field(11, &field(1, b"x")));
    graph.extend(field(12, &field(1, b"z")));
    let mut model = vec![0x08, 8];
    model.extend(field(7, &graph));
    runs(&glassboard_model::read_bytes("x", model).unwrap())
}

#[test]
fn the_older_exporter_has_layers_in_the_names_of_nodes() {
    assert_eq!(
        model(&[
            node("Relu", "/block/block.0/Relu", &["x"], "y"),
            node("Relu", "/block/act/Relu", &["y"], "z"),
        ]),
        "\
? : ? -> ?
  ? block: ? -> ?
    ? block.0: ? -> ?
      = Relu
    ? block.act: ? -> ?
      = Relu"
    );
}

#[test]
fn without_any_layers_every_node_is_one() {
    assert_eq!(
        model(&[
            node("Relu", "", &["x"], "y"),
            node("Tanh", "last", &["y"], "z")
        ]),
        "\
main : ? -> ?
  Relu Relu_0: ? -> ?
    = Relu
  Tanh last: ? -> ?
    = Tanh"
    );
}

fn inputs(text: &str) -> Vec<glassboard_model::InputShape> {
    text.split_whitespace()
        .map(|shape| shape.parse().unwrap())
        .collect()
}

#[test]
fn shapes_are_inferred_as_onnx_infers_them() {
    let mut graph = read("models/convolutions_bare.onnx");
    assert_eq!(
        graph.set_inputs(&inputs("1x3x16x16")).unwrap(),
        Vec::<String>::new()
    );
    let expected = expected("convolutions.onnx");
    let values = expected["values"].as_object().unwrap();
    let mut compared = 0;
    for value in graph
        .values
        .iter()
        .filter(|value| values.contains_key(&value.name))
    {
        let shape: Option<Vec<u64>> = value
            .shape
            .as_ref()
            .unwrap()
            .iter()
            .map(glassboard_model::Dim::fixed)
            .collect();
        assert_eq!(
            serde_json::json!(shape.unwrap()),
            values[&value.name],
            "{}",
            value.name
        );
        compared += 1;
    }
    assert_eq!(compared, values.len());
}

#[test]
fn a_symbolic_batch_gets_its_number() {
    let mut graph = read("cam/tiny_resnet/model.onnx");
    assert_eq!(
        graph.set_inputs(&inputs("5x3x32x32")).unwrap(),
        Vec::<String>::new()
    );
    assert!(runs(&graph).starts_with("TinyResNet : [5, 3, 32, 32] -> [5, 10]\n"));
    assert!(!runs(&graph).contains("batch"));

    let mut graph = read("models/tied.pt2");
    graph.set_inputs(&inputs("3x6:int64")).unwrap();
    assert!(runs(&graph).starts_with("Tied : [3, 6] -> [3, 6, 10]\n"));
}

#[test]
fn inputs_that_do_not_fit() {
    let message = |file: &str, text: &str| {
        let mut graph = read(file);
        graph.set_inputs(&inputs(text)).unwrap_err().to_string()
    };
    assert_eq!(
        message("models/convolutions.pt2", "1x3x32x32"),
        "input x: expected float32 [1, 3, 16, 16], got float32 [1, 3, 32, 32]"
    );
    assert_eq!(
        message("models/tied.pt2", "3x6:float32"),
        "input tokens: expected int64 [s52, 6], got float32 [3, 6]"
    );
    assert_eq!(
        message("models/tied.pt2", "65x6"),
        "input size s52: expected 1..=64, got 65"
    );
    assert_eq!(
        message("summary/two_inputs.pt2", "2x7"),
        "expected 2 inputs (tokens, extra), got 1"
    );
    assert_eq!(
        message("models/convolutions_bare.onnx", "1x4x16x16"),
        "features.1 (BatchNorm2d): expected 3 channels, got [1, 4, 16, 16]"
    );
}

#[test]
fn a_shape_that_cannot_be_counted_is_refused() {
    let size = [0x80, 0x80, 0x80, 0x80, 0x80, 0x20];
    let mut tensor = field(1, &[size, size].concat());
    tensor.extend([0x10, 1]);
    tensor.extend(field(8, b"w"));
    tensor.extend([0x70, 1]);
    tensor.extend(field(
        13,
        &[field(1, b"location"), field(2, b"w.bin")].concat(),
    ));
    let mut model = vec![0x08, 8];
    model.extend(field(7, &field(5, &tensor)));
    let error = glassboard_model::read_bytes("x", model).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tensor w: its values are not known: its shape has more elements than can be counted"
    );
}

#[test]
fn nodes_are_listed_as_pytorch_lists_them() {
    let nodes = glassboard_model::list_onnx(golden("models/attributes.onnx")).unwrap();
    let expected = expected("attributes.onnx");
    let expected = expected.as_array().unwrap();
    assert_eq!(nodes.len(), expected.len());
    for (node, expected) in nodes.iter().zip(expected) {
        assert_eq!(
            (node.name.as_str(), node.op.as_str()),
            (
                expected["name"].as_str().unwrap(),
                expected["op"].as_str().unwrap()
            )
        );
        assert_eq!(serde_json::json!(node.inputs), expected["inputs"]);
        match &node.content {
            OnnxNodeContent::Variable {
                element_type,
                shape,
            } => {
                assert_eq!(serde_json::json!(element_type), expected["dtype"]);
                assert_eq!(serde_json::json!(shape), expected["shape"]);
            }
            OnnxNodeContent::Operation { parameters } => {
                let expected = expected["parameters"].as_str().unwrap();
                for (line, expected) in parameters.lines().zip(expected.lines()) {
                    assert_eq!(line, expected);
                }
                assert_eq!(parameters, expected);
            }
        }
    }
}

#[test]
fn a_list_of_what_is_no_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    let error = glassboard_model::list_onnx(&path).unwrap_err();
    assert!(matches!(error, ModelError::Io { .. }), "{error}");

    std::fs::write(&path, [0x08, 8]).unwrap();
    let error = glassboard_model::list_onnx(&path).unwrap_err().to_string();
    assert!(
        error.starts_with("onnx model: expected a graph, got none: "),
        "{error}"
    );

    // A node without outputs has no name to be shown by.
    let node = field(1, &field(4, b"Relu"));
    std::fs::write(&path, field(7, &node)).unwrap();
    let error = glassboard_model::list_onnx(&path).unwrap_err().to_string();
    assert!(
        error.starts_with("node Relu: expected an output, got none: "),
        "{error}"
    );
}

#[test]
fn a_constant_of_megabytes_is_cut_off_in_a_list() {
    let numbers = vec![0; 200_000];
    let long = |number: u8, bytes: &[u8]| {
        let mut field = vec![number << 3 | 2];
        let mut len = bytes.len();
        while len > 0x7f {
            field.push((len & 0x7f) as u8 | 0x80);
            len >>= 7;
        }
        field.push(len as u8);
        field.extend_from_slice(bytes);
        field
    };
    let tensor = long(5, &long(7, &numbers));
    let node = [field(2, b"c"), long(5, &tensor)].concat();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    std::fs::write(&path, long(7, &long(1, &node))).unwrap();
    let nodes = glassboard_model::list_onnx(&path).unwrap();
    let [node] = nodes.as_slice() else {
        panic!("{}", nodes.len());
    };
    let OnnxNodeContent::Operation { parameters } = &node.content else {
        panic!("{node:?}");
    };
    assert!(parameters.starts_with("int64_data: 0\nint64_data: 0\n"));
    assert!(parameters.ends_with("\n..."));
    assert!(parameters.len() < (1 << 20) + 32);
}
