//! The network, and what can be read off it: named weights and their gradients.

use crate::digits::{CLASSES, Digit, SIDE};
use burn::{
    module::{Module, ModuleVisitor, Param},
    nn::{
        Linear, LinearConfig, PaddingConfig2d,
        conv::{Conv2d, Conv2dConfig},
        pool::{MaxPool2d, MaxPool2dConfig},
    },
    optim::GradientsParams,
    tensor::{Device, Int, Tensor, TensorData, activation::relu},
};

const CHANNELS: [usize; 2] = [12, 24];
const HIDDEN: usize = 64;

/// Two convolutions, one pooling and two fully connected layers.
#[derive(Module, Debug)]
pub(crate) struct Network {
    conv1: Conv2d,
    conv2: Conv2d,
    pool: MaxPool2d,
    hidden: Linear,
    output: Linear,
}

impl Network {
    pub(crate) fn new(device: &Device) -> Self {
        let conv = |from, to| {
            Conv2dConfig::new([from, to], [3, 3])
                .with_padding(PaddingConfig2d::Same)
                .init(device)
        };
        Self {
            conv1: conv(1, CHANNELS[0]),
            conv2: conv(CHANNELS[0], CHANNELS[1]),
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            hidden: LinearConfig::new(CHANNELS[1] * SIDE * SIDE / 4, HIDDEN).init(device),
            output: LinearConfig::new(HIDDEN, CLASSES).init(device),
        }
    }

    /// What each class scores.
    ///
    /// # Shapes
    /// `digits`: `[N, 1, 8, 8]`, ink 0 to 1; the result: `[N, 10]` logits.
    pub(crate) fn forward(&self, digits: Tensor<4>) -> Tensor<2> {
        let x = relu(self.conv1.forward(digits));
        let x = self.pool.forward(relu(self.conv2.forward(x)));
        let x = relu(self.hidden.forward(x.flatten::<2>(1, 3)));
        self.output.forward(x)
    }

    /// Every parameter with its values and, where `gradients` has one, its gradient.
    pub(crate) fn parameters(&self, gradients: &GradientsParams) -> Vec<Parameter> {
        let mut collector = Collector {
            path: Vec::new(),
            gradients,
            found: Vec::new(),
        };
        self.visit(&mut collector);
        collector.found
    }
}

/// One parameter tensor of the network, flattened.
pub(crate) struct Parameter {
    /// The layer and the kind, as in `conv1.weight`.
    pub(crate) name: String,
    pub(crate) values: Vec<f32>,
    pub(crate) gradient: Vec<f32>,
}

struct Collector<'a> {
    path: Vec<String>,
    gradients: &'a GradientsParams,
    found: Vec<Parameter>,
}

impl ModuleVisitor for Collector<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.found.push(Parameter {
            name: self.path.join("."),
            values: values(param.val()),
            gradient: self
                .gradients
                .get::<D>(param.id)
                .map(values)
                .unwrap_or_default(),
        });
    }
}

/// The digits and their labels as tensors: `[N, 1, 8, 8]` and `[N]`.
pub(crate) fn tensors<'a>(
    digits: impl IntoIterator<Item = &'a Digit>,
    device: &Device,
) -> (Tensor<4>, Tensor<1, Int>) {
    let (mut ink, mut labels) = (Vec::new(), Vec::new());
    for digit in digits {
        ink.extend_from_slice(&digit.ink);
        labels.push(i32::from(digit.label));
    }
    let count = labels.len();
    let ink = Tensor::from_data(TensorData::new(ink, [count, 1, SIDE, SIDE]), device);
    (
        ink,
        Tensor::from_data(TensorData::new(labels, [count]), device),
    )
}

/// The values of a tensor, row by row.
pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}
