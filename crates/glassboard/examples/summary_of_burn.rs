//! The layers of a Burn module: `cargo run --example summary_of_burn --features burn`.

#![allow(clippy::print_stdout)] // An example shows what it found.

use burn::{
    module::Module,
    nn::{
        Linear, LinearConfig, Relu,
        conv::{Conv2d, Conv2dConfig},
    },
    tensor::Device,
};
use glassboard::summary::{self, TextOptions};

#[derive(Module, Debug)]
struct Net {
    convolutions: Vec<Conv2d>,
    activation: Relu,
    head: Linear,
}

fn main() {
    let device = Device::default();
    let conv = |from, to| Conv2dConfig::new([from, to], [3, 3]).init(&device);
    let net = Net {
        convolutions: vec![conv(1, 8), conv(8, 16)],
        activation: Relu::new(),
        head: LinearConfig::new(16 * 24 * 24, 10).init(&device),
    };
    let options = TextOptions::default();
    println!("{}", summary::burn::summary(&net).text(&options));
}
