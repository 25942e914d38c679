//! Every operation of the engine against PyTorch's, or ONNX's reference: `tests/golden/ops/cases.json`, and its
//! gradients against differences in double precision.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do
#![cfg(feature = "engine")]

use std::collections::BTreeSet;

use glassboard_explain::ExplainError;
use glassboard_explain::engine::{Array, Engine, Keep, Options, Precision, ReluRule};
use glassboard_model::{Attribute, DType, ModelBuilder, ModelGraph, ValueId};
use ndarray::ArrayD;
use serde_json::Value as Json;

/// Behind an operation's results.
const TOLERANCE: f64 = 2e-6;
/// How far an input is moved to see how the output changes.
const STEP: f64 = 1e-5;
/// Between a gradient and its difference, of values around 1.
const GRADIENT_TOLERANCE: f64 = 1e-5;

struct Case {
    name: String,
    engine: Engine,
    inputs: Vec<Array>,
    floats: Vec<(usize, ValueId, ArrayD<f64>)>,
    outputs: Vec<(Vec<usize>, Vec<f64>)>,
}

fn numbers(json: &Json) -> Vec<f64> {
    let number = |value: &Json| match value {
        Json::Bool(flag) => f64::from(u8::from(*flag)),
        value => value.as_f64().unwrap(),
    };
    json.as_array().unwrap().iter().map(number).collect()
}

fn shape(json: &Json) -> Vec<usize> {
    numbers(json)
        .into_iter()
        .map(|size| size as usize)
        .collect()
}

fn attribute(json: &Json) -> Attribute {
    let (kind, value) = json.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "int" => Attribute::Int(value.as_i64().unwrap()),
        "bool" => Attribute::Bool(value.as_bool().unwrap()),
        "float" => Attribute::Float(value.as_f64().unwrap()),
        "text" => Attribute::Text(value.as_str().unwrap().to_owned()),
        "dtype" => Attribute::DType(DType::F32),
        "ints" if value.as_array().unwrap().iter().any(Json::is_f64) => {
            Attribute::Floats(numbers(value))
        }
        _ => Attribute::Ints(
            value
                .as_array()
                .unwrap()
                .iter()
                .map(|n| n.as_i64().unwrap())
                .collect(),
        ),
    }
}

/// A model of the one operation, all of whose tensors are inputs.
fn graph(json: &Json) -> (ModelGraph, Vec<Option<ValueId>>) {
    let mut builder = ModelBuilder::new("Operation");
    let call = builder.root_call();
    let mut values = Vec::new();
    for (position, input) in json["inputs"].as_array().unwrap().iter().enumerate() {
        values.push((!input.is_null()).then(|| {
            let shape: Vec<u64> = shape(&input["shape"])
                .iter()
                .map(|size| *size as u64)
                .collect();
            builder.input(&format!("x{position}"), DType::F64, shape)
        }));
    }
    let given: Vec<ValueId> = values.iter().flatten().copied().collect();
    let made = builder.node(
        call,
        json["op"].as_str().unwrap(),
        &given,
        DType::F64,
        [1_u64],
    );
    builder.output(made);
    let mut graph = builder.build();
    let node = &mut graph.nodes[0];
    node.inputs = json["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .zip(&values)
        .map(|(input, value)| glassboard_model::graph::Argument {
            name: input["name"].as_str().unwrap_or_default().to_owned(),
            value: *value,
        })
        .collect();
    for (name, value) in json["attributes"].as_object().unwrap() {
        node.attributes.push((name.clone(), attribute(value)));
    }
    // Further results are values of their own.
    let count = json["outputs"].as_array().unwrap().len();
    for _ in 1..count {
        let mut value = graph[made].clone();
        value.name = format!("y{}", graph.values.len());
        graph.values.push(value);
    }
    if json["opset"].as_u64().unwrap() > 0 {
        let version = json["opset"].to_string();
        graph.metadata.push(("opset ai.onnx".to_owned(), version));
    }
    (graph, values)
}

fn cases() -> Vec<Case> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/golden/ops/cases.json"
    );
    let text = std::fs::read_to_string(path).unwrap();
    let json: Vec<Json> = serde_json::from_str(&text).unwrap();
    let mut cases = Vec::new();
    for (number, json) in json.iter().enumerate() {
        let (graph, values) = graph(json);
        let name = format!("{number} {} {}", json["op"], json["attributes"]);
        let options = Options {
            precision: Precision::Double,
            ..Options::default()
        };
        let engine = Engine::new(graph, options).unwrap();
        let mut inputs = Vec::new();
        let mut floats = Vec::new();
        for (input, value) in json["inputs"].as_array().unwrap().iter().zip(values) {
            let Some(value) = value else {
                continue;
            };
            let (shape, data) = (shape(&input["shape"]), numbers(&input["data"]));
            if input["dtype"] == "float" {
                let array = ArrayD::from_shape_vec(shape, data).unwrap();
                floats.push((inputs.len(), value, array.clone()));
                inputs.push(engine.array64(&array));
            } else {
                let whole: Vec<i64> = data.into_iter().map(|number| number as i64).collect();
                inputs.push(Array::whole(whole, &shape));
            }
        }
        let outputs = json["outputs"].as_array().unwrap().iter();
        cases.push(Case {
            name,
            engine,
            inputs,
            floats,
            outputs: outputs
                .map(|output| (shape(&output["shape"]), numbers(&output["data"])))
                .collect(),
        });
    }
    cases
}

#[test]
fn results_are_the_references() {
    let mut wrong = Vec::new();
    for case in cases() {
        let run = match case.engine.run(&case.inputs, &Keep::default()) {
            Ok(run) => run,
            Err(error) => {
                wrong.push(format!("{}: {error}", case.name));
                continue;
            }
        };
        let found = run.output().unwrap();
        let (shape, expected) = &case.outputs[0];
        let worst =
            found
                .to_vec64()
                .iter()
                .zip(expected)
                .fold(0.0_f64, |worst, (found, expected)| {
                    // Also right where both are infinite.
                    let apart = if found == expected {
                        0.0
                    } else {
                        (found - expected).abs()
                    };
                    worst.max(apart / expected.abs().max(1.0))
                });
        if found.shape() != shape || worst.is_nan() || worst > TOLERANCE {
            wrong.push(format!(
                "{}: {worst}, {:?} for {shape:?}",
                case.name,
                found.shape()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn gradients_are_differences() {
    let mut wrong = Vec::new();
    for case in cases() {
        let Ok(run) = case.engine.run(&case.inputs, &Keep::default()) else {
            continue; // Said by the test above.
        };
        let output = run.output().unwrap();
        if !output.is_float() || case.floats.is_empty() {
            continue;
        }
        // Different weights for all elements of the result.
        let weights: Vec<f64> = (0..output.len())
            .map(|at| 0.5 + ((at * 7) % 11) as f64 / 11.0)
            .collect();
        let seed = ArrayD::from_shape_vec(output.shape(), weights.clone()).unwrap();
        // ONNX gives settings as tensors, too: scales, limits, exponents, values to pad with.
        let has_settings = ["\"Resize", "\"Clip", "\"Pow", "\"Pad"]
            .iter()
            .any(|op| case.name.contains(op));
        let floats = if has_settings {
            &case.floats[..1]
        } else {
            &case.floats
        };
        let wanted: Vec<ValueId> = floats.iter().map(|(_, value, _)| *value).collect();
        let keep = Keep {
            gradients: &wanted,
            ..Keep::default()
        };
        let run = case.engine.run(&case.inputs, &keep).unwrap();
        let gradients = case
            .engine
            .gradients(&run, &case.engine.array64(&seed), &wanted, ReluRule::Plain)
            .unwrap();
        let score = |inputs: &[Array]| -> f64 {
            let run = case.engine.run(inputs, &Keep::default()).unwrap();
            let values = run.output().unwrap().to_vec64();
            values
                .iter()
                .zip(&weights)
                .map(|(value, weight)| value * weight)
                .sum()
        };
        for ((position, _, values), gradient) in floats.iter().zip(gradients) {
            assert_eq!(gradient.shape(), values.shape(), "{}", case.name);
            // A few elements of large inputs say enough.
            let stride = (values.len() / 12).max(1);
            for element in (0..values.len()).step_by(stride) {
                let moved = |by: f64| {
                    let mut values = values.clone();
                    *values.iter_mut().nth(element).unwrap() += by;
                    let mut inputs = case.inputs.clone();
                    inputs[*position] = case.engine.array64(&values);
                    score(&inputs)
                };
                let difference = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                let found = gradient.to_vec64()[element];
                if (found - difference).abs() > GRADIENT_TOLERANCE * difference.abs().max(1.0) {
                    wrong.push(format!(
                        "{}: input {position}, element {element}: {found}, difference {difference}",
                        case.name
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the cases are of; a new operation asks for a case.
#[test]
fn there_are_cases_of_all_kinds() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/golden/ops/cases.json"
    );
    let json: Vec<Json> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let names: BTreeSet<&str> = json
        .iter()
        .map(|case| case["op"].as_str().unwrap())
        .collect();
    let of_aten = names
        .iter()
        .filter(|name| name.starts_with("aten."))
        .count();
    assert!(
        of_aten >= 110 && names.len() - of_aten >= 70,
        "{of_aten} of {}",
        names.len()
    );
}

#[test]
fn unknown_operations_are_all_named() {
    let mut builder = ModelBuilder::new("Net");
    let root = builder.root_call();
    let x = builder.input("x", DType::F32, [1_u64, 4]);
    let mut value = x;
    for (layer, op) in [("first", "aten.fft_fft.default"), ("second", "Det")] {
        let module = builder.module(builder.root(), layer, "Odd");
        let call = builder.call(module, root);
        value = builder.node(call, op, &[value], DType::F32, [1_u64, 4]);
    }
    builder.output(value);
    let error = Engine::new(builder.build(), Options::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown operations: aten.fft_fft.default in first, Det in second"
    );
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/golden/cam/tiny_resnet/model.pt2"
    );
    let engine = Engine::new(glassboard_model::read(path).unwrap(), Options::default()).unwrap();
    let error = |shape: &[usize]| {
        let input = engine.zeros(shape);
        engine
            .run(&[input], &Keep::default())
            .unwrap_err()
            .to_string()
    };
    let text = error(&[1, 1, 32, 32]);
    assert!(
        text.contains("expected shape") && text.contains("got shape [1, 1, 32, 32]"),
        "{text}"
    );
    assert!(error(&[3, 32, 32]).contains("got shape [3, 32, 32]"));
    let none = engine.run(&[], &Keep::default()).unwrap_err();
    assert_eq!(none.to_string(), "expected 1 inputs, got 0");
    assert!(matches!(
        engine.layer("layr3"),
        Err(ExplainError::UnknownLayer { nearest, .. }) if nearest.contains(&"layer3".to_owned())
    ));
}

#[test]
fn a_layer_says_what_does_not_fit() {
    let mut builder = ModelBuilder::new("Net");
    let root = builder.root_call();
    let x = builder.input("x", DType::F32, [1_u64, 4]);
    let weight = builder.input("weight", DType::F32, [3_u64, 5]);
    let layer = builder.module(builder.root(), "fc", "Linear");
    let call = builder.call(layer, root);
    let made = builder.node(
        call,
        "aten.linear.default",
        &[x, weight],
        DType::F32,
        [1_u64, 3],
    );
    builder.output(made);
    let engine = Engine::new(builder.build(), Options::default()).unwrap();
    let given = [engine.zeros(&[1, 4]), engine.zeros(&[3, 5])];
    let error = engine.run(&given, &Keep::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "fc (aten.linear.default): expected 5 features, got 4 (shape [1, 4])"
    );
}

/// A file may say that a kernel has no height.
#[test]
fn a_kernel_without_elements_is_refused() {
    let mut builder = ModelBuilder::new("Net");
    let root = builder.root_call();
    let x = builder.input("x", DType::F32, [1_u64, 3, 4, 4]);
    let layer = builder.module(builder.root(), "stem", "Conv2d");
    let weight = builder.parameter(layer, "weight", DType::F32, [2_u64, 3, 0, 3]);
    builder.set_values(weight, Vec::new);
    let call = builder.call(layer, root);
    let inputs = [x, weight];
    let made = builder.node(
        call,
        "aten.conv2d.default",
        &inputs,
        DType::F32,
        [1_u64, 2, 4, 4],
    );
    builder.output(made);
    let engine = Engine::new(builder.build(), Options::default()).unwrap();
    let given = [engine.zeros(&[1, 3, 4, 4])];
    let error = engine.run(&given, &Keep::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "stem (aten.conv2d.default): expected a weight of 3 to 5 dimensions, none of them 0, got [2, 3, 0, 3]"
    );
}

/// A file may say anything.
#[test]
fn settings_of_zero_are_refused() {
    for (op, name, value) in [
        ("aten.conv2d.default", "stride", Attribute::Ints(vec![0, 0])),
        (
            "aten.conv2d.default",
            "dilation",
            Attribute::Ints(vec![0, 0]),
        ),
        ("aten.conv2d.default", "groups", Attribute::Int(0)),
        (
            "aten.max_pool2d.default",
            "stride",
            Attribute::Ints(vec![0, 0]),
        ),
        (
            "aten.avg_pool2d.default",
            "kernel_size",
            Attribute::Ints(vec![0, 0]),
        ),
        (
            "aten.adaptive_avg_pool2d.default",
            "output_size",
            Attribute::Ints(vec![0, 0]),
        ),
        (
            "aten.pixel_shuffle.default",
            "upscale_factor",
            Attribute::Int(0),
        ),
        (
            "aten.pixel_unshuffle.default",
            "downscale_factor",
            Attribute::Int(0),
        ),
        ("aten.group_norm.default", "num_groups", Attribute::Int(0)),
        ("aten.slice.Tensor", "step", Attribute::Int(0)),
    ] {
        let mut builder = ModelBuilder::new("Net");
        let root = builder.root_call();
        let x = builder.input("x", DType::F32, [1_u64, 2, 4, 4]);
        let layer = builder.module(builder.root(), "head", "Head");
        let call = builder.call(layer, root);
        let mut inputs = vec![x];
        if op.contains("conv") {
            let weight = builder.parameter(layer, "weight", DType::F32, [2_u64, 2, 3, 3]);
            builder.set_values(weight, || vec![0; 36 * 4]);
            inputs.push(weight);
        }
        let made = builder.node(call, op, &inputs, DType::F32, [1_u64, 2, 4, 4]);
        if op.contains("max_pool") {
            builder.set_node_attribute(made, "kernel_size", Attribute::Ints(vec![2, 2]));
        }
        builder.set_node_attribute(made, name, value);
        builder.output(made);
        let engine = Engine::new(builder.build(), Options::default()).unwrap();
        let given = [engine.zeros(&[1, 2, 4, 4])];
        let error = engine.run(&given, &Keep::default()).unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("head ({op}): expected")),
            "{text}"
        );
    }
}

/// A tensor that is changed in place, through a view: as masks of Swin transformers are made.
#[test]
fn changes_in_place_reach_what_they_are_a_view_of() {
    let mut builder = ModelBuilder::new("Net");
    let call = builder.root_call();
    let x = builder.input("x", DType::F32, [2_u64, 3]);
    let row = builder.node(call, "aten.select.int", &[x], DType::F32, [3_u64]);
    builder.set_node_attribute(row, "dim", Attribute::Int(0));
    builder.set_node_attribute(row, "index", Attribute::Int(1));
    let filled = builder.node(call, "aten.fill_.Scalar", &[row], DType::F32, [3_u64]);
    builder.set_node_attribute(filled, "value", Attribute::Float(7.0));
    let sum = builder.node(call, "aten.relu.default", &[x], DType::F32, [2_u64, 3]);
    builder.output(sum);
    let engine = Engine::new(builder.build(), Options::default()).unwrap();
    let run = engine
        .run(&[engine.zeros(&[2, 3])], &Keep::default())
        .unwrap();
    assert_eq!(
        run.output().unwrap().to_vec(),
        [0.0, 0.0, 0.0, 7.0, 7.0, 7.0]
    );
}
