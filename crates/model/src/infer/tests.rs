use super::*;
use crate::ModelBuilder;

fn shape(text: &str) -> Vec<Dim> {
    text.split_whitespace()
        .map(|size| match size {
            "?" => Dim::Unknown,
            size => size.parse().map_or_else(|_| Dim::from(size), Dim::Fixed),
        })
        .collect()
}

/// What one operation with these attributes makes of inputs of these shapes.
fn check(op: &str, inputs: &[&str], attributes: &[(&str, Attribute)], expected: &str) {
    assert_eq!(
        infer(op, inputs, attributes).unwrap(),
        expected,
        "{op} {inputs:?}"
    );
}

fn infer(op: &str, inputs: &[&str], attributes: &[(&str, Attribute)]) -> Result<String, String> {
    let mut model = ModelBuilder::new("Net");
    let root = model.root_call();
    let inputs: Vec<_> = inputs
        .iter()
        .map(|text| model.input("x", DType::F32, shape(text)))
        .collect();
    let made = model.node(root, op, &inputs, DType::F32, Vec::<Dim>::new());
    for (name, value) in attributes {
        model.set_node_attribute(made, name, value.clone());
    }
    let mut graph = model.build();
    graph[made].shape = None;
    match graph.infer_shapes() {
        Ok(unknown) if unknown.is_empty() => Ok(shape_text(graph[made].shape.as_deref())),
        Ok(unknown) => Ok(format!("unknown {}", unknown.join(" "))),
        Err(error) => Err(error.to_string()),
    }
}

fn ints(numbers: &[i64]) -> Attribute {
    Attribute::Ints(numbers.to_vec())
}

#[test]
#[allow(clippy::too_many_lines)] // A table of operations.
fn operations_of_networks() {
    check("Relu", &["n 3 8"], &[], "[n, 3, 8]");
    check("Add", &["n 3 8", "8"], &[], "[n, 3, 8]");
    check("Mul", &["4 1 8", "3 1"], &[], "[4, 3, 8]");
    check("Where", &["1", "2 3", "3"], &[], "[2, 3]");
    check(
        "Conv",
        &["n 3 224 224", "64 3 7 7"],
        &[("strides", ints(&[2, 2])), ("pads", ints(&[3, 3, 3, 3]))],
        "[n, 64, 112, 112]",
    );
    check(
        "Conv",
        &["1 8 9 9", "8 2 3 3"],
        &[("group", Attribute::Int(4)), ("dilations", ints(&[2, 2]))],
        "[1, 8, 5, 5]",
    );
    check("Conv", &["1 3 h w", "8 3 3 3"], &[], "[1, 8, ?, ?]");
    check(
        "Conv",
        &["1 3 9 10", "8 3 3 3"],
        &[
            ("auto_pad", Attribute::Text("SAME_UPPER".into())),
            ("strides", ints(&[2, 2])),
        ],
        "[1, 8, 5, 5]",
    );
    check(
        "ConvTranspose",
        &["1 4 4 4", "4 2 2 2"],
        &[("strides", ints(&[2, 2]))],
        "[1, 2, 8, 8]",
    );
    check(
        "MaxPool",
        &["1 3 7 7"],
        &[("kernel_shape", ints(&[2, 2])), ("strides", ints(&[2, 2]))],
        "[1, 3, 3, 3]",
    );
    check(
        "MaxPool",
        &["1 3 7 7"],
        &[
            ("kernel_shape", ints(&[2, 2])),
            ("strides", ints(&[2, 2])),
            ("ceil_mode", Attribute::Int(1)),
        ],
        "[1, 3, 4, 4]",
    );
    check("GlobalAveragePool", &["n 3 h w"], &[], "[n, 3, 1, 1]");
    check(
        "Gemm",
        &["n 16", "10 16", "10"],
        &[("transB", Attribute::Int(1))],
        "[n, 10]",
    );
    check("MatMul", &["n 8 6 64", "n 8 64 6"], &[], "[n, 8, 6, 6]");
    check("MatMul", &["n 6 4", "4 10"], &[], "[n, 6, 10]");
    check("MatMul", &["4", "4 10"], &[], "[10]");
    check("Flatten", &["n 3 4 5"], &[], "[n, 60]");
    check(
        "Transpose",
        &["n 3 8"],
        &[("perm", ints(&[0, 2, 1]))],
        "[n, 8, 3]",
    );
    check(
        "Concat",
        &["n 3 8", "n 5 8"],
        &[("axis", Attribute::Int(1))],
        "[n, 8, 8]",
    );
    check("Gather", &["100 16", "n 7"], &[], "[n, 7, 16]");
    check(
        "ReduceMean",
        &["n 3 8 8"],
        &[("axes", ints(&[2, -1]))],
        "[n, 3, 1, 1]",
    );
    check(
        "ReduceMean",
        &["n 3"],
        &[("axes", ints(&[1])), ("keepdims", Attribute::Int(0))],
        "[n]",
    );
    check(
        "Unsqueeze",
        &["n 3"],
        &[("axes", ints(&[0, -1]))],
        "[1, n, 3, 1]",
    );
    check("Squeeze", &["n 1 3"], &[("axes", ints(&[1]))], "[n, 3]");
    check(
        "Slice",
        &["n 10"],
        &[
            ("starts", ints(&[1])),
            ("ends", ints(&[-2])),
            ("axes", ints(&[1])),
        ],
        "[n, 7]",
    );
    check("Shape", &["n 10"], &[], "[2]");
    check(
        "DepthToSpace",
        &["1 8 4 4"],
        &[("blocksize", Attribute::Int(2))],
        "[1, 2, 8, 8]",
    );
    check(
        "LSTM",
        &["7 n 16"],
        &[("hidden_size", Attribute::Int(20))],
        "[7, 1, n, 20]",
    );
    check("Mystery", &["n 3"], &[], "unknown Mystery");
}

#[test]
fn what_does_not_fit_names_the_layer() {
    let message = |op, inputs: &[&str], attributes: &[(&str, Attribute)]| {
        infer(op, inputs, attributes).unwrap_err()
    };
    assert_eq!(
        message("Conv", &["1 4 8 8", "8 3 3 3"], &[]),
        "Conv_0 (Conv): expected 3 channels, got [1, 4, 8, 8]"
    );
    assert_eq!(
        message("Conv", &["3 8 8", "8 3 3 3"], &[]),
        "Conv_0 (Conv): expected 4 dimensions, got [3, 8, 8]"
    );
    assert_eq!(
        message("Conv", &["1 3 2 8", "8 3 3 3"], &[]),
        "Conv_0 (Conv): expected at least 3 along axis 2, got [1, 3, 2, 8]"
    );
    assert_eq!(
        message("MatMul", &["2 5", "4 10"], &[]),
        "MatMul_0 (MatMul): expected 4 features, got [2, 5]"
    );
    assert_eq!(
        message("Add", &["2 5", "2 4"], &[]),
        "Add_0 (Add): expected shapes that broadcast to one another, as with [2, 5], got [2, 4]"
    );
}

#[test]
fn shapes_as_text() {
    let parsed = |text: &str| {
        text.parse::<InputShape>()
            .map_err(|error| error.to_string())
    };
    assert_eq!(
        parsed("1x3x224x224"),
        Ok(InputShape {
            shape: vec![1, 3, 224, 224],
            dtype: None
        })
    );
    assert_eq!(
        parsed("2x7:int64"),
        Ok(InputShape {
            shape: vec![2, 7],
            dtype: Some(DType::I64)
        })
    );
    assert_eq!(
        parsed(":float"),
        Ok(InputShape {
            shape: vec![],
            dtype: Some(DType::F32)
        })
    );
    for text in ["", "1x", "1x-3", "axb", "1x3:", "1x3:floaty"] {
        assert_eq!(
            parsed(text).unwrap_err(),
            format!("expected a shape such as 1x3x224x224 or 2x7:int64, got {text:?}")
        );
    }
}
