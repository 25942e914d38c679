//! A model described piece by piece, its summary, and its graph in a log: `cargo run --example model_graph [LOGDIR]`.
//!
//! Any program can describe its model so, whatever library it computes with: the names of its operations are free, and
//! mult-adds are known for those that PyTorch and ONNX have.

#![allow(clippy::print_stdout)] // An example shows what it found.

use glassboard::SummaryWriter;
use glassboard::model::{Attribute, DType, Dim, ModelBuilder, ModelGraph};
use glassboard::summary::{Counting, Record, Summary, TextOptions};

/// Two layers with an activation between them.
fn describe() -> ModelGraph {
    let mut net = ModelBuilder::new("Mlp");
    let batch = || Dim::from("batch");
    let x = net.input("x", DType::F32, [batch(), 784.into()]);
    let root = net.root_call();
    let mut last = x;
    for (name, [from, to]) in [("hidden", [784, 128]), ("output", [128, 10])] {
        let layer = net.module(net.root(), name, "Linear");
        net.set_attribute(layer, "in_features", Attribute::Int(from));
        net.set_attribute(layer, "out_features", Attribute::Int(to));
        let shape = [to as u64, from as u64];
        let weight = net.parameter(layer, "weight", DType::F32, shape);
        let bias = net.parameter(layer, "bias", DType::F32, [to as u64]);
        let run = net.call(layer, root);
        let inputs = [last, weight, bias];
        let made = [batch(), (to as u64).into()];
        last = net.node(run, "linear", &inputs, DType::F32, made);
        if name == "hidden" {
            let made = [batch(), (to as u64).into()];
            last = net.node(root, "relu", &[last], DType::F32, made);
        }
    }
    net.output(last);
    net.build()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let graph = describe();
    let summary = Summary::new(Record::from_graph(&graph), Counting::Current);
    println!("{}", summary.text(&TextOptions::default()));

    let logdir = std::env::args().nth(1).unwrap_or("runs/mlp".to_owned());
    let writer = SummaryWriter::new(&logdir)?;
    writer.add_model_graph(&graph, 0)?;
    writer.close()?;
    println!("Logged to {logdir}: look at it with glassboard --logdir {logdir}");
    Ok(())
}
