//! Burn modules as models: layers, classes, parameters, and what `Display` alone shows.

#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use burn::{
    module::{Module, Param, ParamId},
    nn::{
        BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Gelu, Linear, LinearConfig, Relu,
        conv::{Conv2d, Conv2dConfig},
        pool::{MaxPool2d, MaxPool2dConfig},
        transformer::{TransformerEncoder, TransformerEncoderConfig},
    },
    tensor::{Device, Int, Tensor},
};
use glassboard::model::{Attribute, DType, ModelGraph, TensorRole};
use glassboard::summary::{TextOptions, burn as of_burn};

#[derive(Module, Debug)]
enum Activation {
    Relu(Relu),
    Gelu(Gelu),
}

#[derive(Module, Debug)]
struct Block {
    conv: Conv2d,
    norm: BatchNorm,
    act: Activation,
    drop: Dropout,
    down: Option<Conv2d>,
    scale: f64,
}

#[derive(Module, Debug)]
struct Net {
    blocks: Vec<Block>,
    pool: MaxPool2d,
    fc: Linear,
    pair: (Linear, Relu),
    table: Param<Tensor<2>>,
    indices: Param<Tensor<1, Int>>,
}

fn net(device: &Device) -> Net {
    let block = || Block {
        conv: Conv2dConfig::new([2, 2], [3, 5])
            .with_groups(2)
            .init(device),
        norm: BatchNormConfig::new(2).init(device),
        act: Activation::Gelu(Gelu::new()),
        drop: DropoutConfig::new(0.5).init(),
        down: None,
        scale: 0.5,
    };
    Net {
        blocks: vec![block()],
        pool: MaxPool2dConfig::new([2, 2]).init(),
        fc: LinearConfig::new(3, 4).with_bias(false).init(device),
        pair: (LinearConfig::new(3, 4).init(device).no_grad(), Relu::new()),
        table: Param::from_tensor(Tensor::from_data([[1.0, 2.0], [3.0, -4.0]], device)),
        indices: Param::initialized(ParamId::new(), Tensor::from_data([5, 6], device)),
    }
}

/// Layers with their tensors, one a line.
fn lines(graph: &ModelGraph) -> Vec<String> {
    let mut lines = Vec::new();
    for module in &graph.modules {
        let class = module.class_name.as_deref().unwrap_or("?");
        lines.push(format!("{}: {class}", module.path));
        for tensor in &module.tensors {
            let tensor = &graph[*tensor];
            let role = match tensor.role {
                TensorRole::Parameter { trainable } => format!("parameter {trainable:?}"),
                _ => "buffer".to_owned(),
            };
            lines.push(format!(
                "  {} {} {:?} {role}",
                tensor.name, tensor.dtype, tensor.shape
            ));
        }
    }
    lines
}

#[test]
fn layers_classes_and_parameters() {
    let net = net(&Device::flex().autodiff());
    let graph = of_burn::graph(&net);
    assert_eq!(
        lines(&graph),
        [
            ": Net",
            "  table float32 [2, 2] parameter Some(true)",
            "  indices int32 [2] buffer",
            "blocks: Vec",
            "blocks.0: Block",
            "blocks.0.conv: Conv2d",
            "  blocks.0.conv.weight float32 [2, 1, 3, 5] parameter Some(true)",
            "  blocks.0.conv.bias float32 [2] parameter Some(true)",
            "blocks.0.norm: BatchNorm",
            "  blocks.0.norm.gamma float32 [2] parameter Some(true)",
            "  blocks.0.norm.beta float32 [2] parameter Some(true)",
            "  blocks.0.norm.running_mean float32 [2] buffer",
            "  blocks.0.norm.running_var float32 [2] buffer",
            "blocks.0.act: Activation",
            "blocks.0.act.Gelu: Gelu",
            "blocks.0.drop: Dropout",
            "pool: MaxPool2d",
            "fc: Linear",
            "  fc.weight float32 [3, 4] parameter Some(true)",
            "pair: Tuple",
            "pair.0: Linear",
            "  pair.0.weight float32 [3, 4] parameter Some(false)",
            "  pair.0.bias float32 [4] parameter Some(false)",
            "pair.1: Relu",
        ]
    );
    // Burn counts running statistics, too.
    assert_eq!(graph.parameter_count(), net.num_params() as u64 - 4);
    let totals = *of_burn::summary(&net).totals();
    assert_eq!(totals.params, graph.parameter_count());
    assert_eq!(totals.params - totals.trainable_params, 3 * 4 + 4);
}

#[test]
fn settings_are_those_that_a_layer_shows() {
    let graph = of_burn::graph(&net(&Device::flex()));
    let setting = |path: &str, name: &str| {
        let module = graph.module(path).unwrap();
        graph[module].attribute(name).cloned()
    };
    assert_eq!(
        setting("blocks.0.conv", "kernel_size"),
        Some(Attribute::Ints(vec![3, 5]))
    );
    assert_eq!(setting("blocks.0.conv", "groups"), Some(Attribute::Int(2)));
    assert_eq!(setting("blocks.0", "scale"), Some(Attribute::Float(0.5)));
    assert_eq!(
        setting("blocks.0.drop", "prob"),
        Some(Attribute::Float(0.5))
    );
    assert_eq!(setting("fc", "params"), None);
}

#[test]
fn without_gradients_nobody_knows_what_is_trained() {
    let net = net(&Device::flex());
    let graph = of_burn::graph(&net);
    assert!(
        graph
            .parameters()
            .all(|parameter| matches!(parameter.role, TensorRole::Parameter { trainable: None }))
    );
}

#[test]
fn values_are_read_from_the_module() {
    let graph = of_burn::graph(&net(&Device::flex()));
    let read = |name: &str| graph[graph.tensor(name).unwrap()].read().unwrap();
    let floats: Vec<f32> = read("table")
        .chunks(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    assert_eq!(floats, [1.0, 2.0, 3.0, -4.0]);
    assert_eq!(read("indices"), [5, 0, 0, 0, 6, 0, 0, 0]);
    assert_eq!(read("blocks.0.norm.running_var").len(), 8);
}

#[test]
fn a_layer_in_two_places_counts_once() {
    #[derive(Module, Debug)]
    struct Twice {
        first: Linear,
        second: Linear,
    }
    let first = LinearConfig::new(3, 4).init(&Device::flex());
    let graph = of_burn::graph(&Twice {
        second: first.clone(),
        first,
    });
    assert_eq!(graph.tensors.len(), 4);
    assert_eq!(graph.parameter_count(), 16);
}

#[test]
fn layers_that_hide_what_they_hold_are_visited() {
    let encoder: TransformerEncoder =
        TransformerEncoderConfig::new(8, 16, 2, 1).init(&Device::flex());
    let graph = of_burn::graph(&encoder);
    assert_eq!(graph.parameter_count(), encoder.num_params() as u64);
    assert_eq!(graph.name(), "TransformerEncoder");
    let query = graph.module("layers.0.mha.query").unwrap();
    assert_eq!(graph[query].class_name.as_deref(), Some("Linear"));
    assert!(
        graph
            .tensors
            .iter()
            .all(|tensor| tensor.dtype == DType::F32)
    );
}

#[test]
fn the_table() {
    let text = of_burn::summary(&net(&Device::flex())).text(&TextOptions::default());
    let rows: Vec<String> = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    for row in [
        "Net -- 4",
        "│ │ └─Conv2d: 3-1 -- 32",
        "│ │ └─BatchNorm: 3-2 -- 4",
        "├─MaxPool2d: 1-2 -- --",
        "├─Linear: 1-3 -- 12",
        "Total params: 68",
    ] {
        assert!(rows.iter().any(|found| found == row), "{row} in\n{text}");
    }
}
