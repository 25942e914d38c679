//! The network, and what can be read off it: named weights and their gradients.

use crate::digits::{CLASSES, Digit, SIDE};
use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    nn::{
        Linear, LinearConfig, PaddingConfig2d,
        conv::{Conv2d, Conv2dConfig},
        pool::{MaxPool2d, MaxPool2dConfig},
    },
    optim::GradientsParams,
    tensor::{Device, Int, Tensor, TensorData, activation::relu},
};
use glassboard::{
    model::{DType, ModelGraph, ValueId},
    summary::burn as burn_model,
};

const CHANNELS: [usize; 2] = [12, 24];
/// Numbers that the layer before the last makes of a digit.
pub(crate) const HIDDEN: usize = 64;

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

    /// What each class scores, and what the layer before the last made of the digits.
    ///
    /// # Shapes
    /// `digits`: `[N, 1, 8, 8]`, ink 0 to 1; the result: `[N, 10]` logits, `[N, 64]` features, 0 or more.
    pub(crate) fn forward(&self, digits: Tensor<4>) -> (Tensor<2>, Tensor<2>) {
        self.forward_watched(digits, &mut |_, _, _| {})
    }

    /// As [`Self::forward`]; `watch` is told of each operation when it is done: the layer whose it is, empty for the
    /// network itself, what it does, and the shape of what it makes.
    pub(crate) fn forward_watched(
        &self,
        digits: Tensor<4>,
        watch: &mut dyn FnMut(&str, &str, &[usize]),
    ) -> (Tensor<2>, Tensor<2>) {
        let x = self.conv1.forward(digits);
        watch("conv1", "conv2d", &x.dims());
        let x = relu(x);
        watch("", "relu", &x.dims());
        let x = self.conv2.forward(x);
        watch("conv2", "conv2d", &x.dims());
        let x = relu(x);
        watch("", "relu", &x.dims());
        let x = self.pool.forward(x);
        watch("pool", "max_pool2d", &x.dims());
        let x = x.flatten::<2>(1, 3);
        watch("", "flatten", &x.dims());
        let x = self.hidden.forward(x);
        watch("hidden", "linear", &x.dims());
        let features = relu(x);
        watch("", "relu", &features.dims());
        let logits = self.output.forward(features.clone());
        watch("output", "linear", &logits.dims());
        (logits, features)
    }

    /// The network as a graph: layers and parameters as Burn shows them, and what [`Self::forward`] does to one digit.
    pub(crate) fn graph(&self, device: &Device) -> ModelGraph {
        let mut model = burn_model::builder(self);
        let root = model.root_call();
        let shape = [1, 1, SIDE, SIDE];
        let mut last = model.input("digits", DType::F32, sizes(&shape));
        self.forward_watched(Tensor::zeros(shape, device), &mut |layer, op, made| {
            // What the network itself does is no run of a layer.
            let module = model.find_module(layer).filter(|_| !layer.is_empty());
            let call = module.map_or(root, |module| model.call(module, root));
            let tensors =
                ["weight", "bias"].map(|name| model.find_tensor(&format!("{layer}.{name}")));
            let inputs: Vec<ValueId> = [last]
                .into_iter()
                .chain(tensors.into_iter().flatten())
                .collect();
            last = model.node(call, op, &inputs, DType::F32, sizes(made));
        });
        model.output(last);
        model.build()
    }

    /// Every parameter with its values: of convolutions `[out, in, height, width]`, of linear layers `[in, out]`.
    pub(crate) fn weights(&self) -> Vec<Weights> {
        let mut collector = WeightCollector::default();
        self.visit(&mut collector);
        collector.found
    }

    /// The same network with other values of its parameters, given as [`Self::weights`] gives them.
    pub(crate) fn with_values(self, values: &[Vec<f32>]) -> Self {
        self.map(&mut Replacer {
            values: values.iter(),
        })
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

/// The values of one parameter tensor.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    /// The layer and the kind, as in `conv1.weight`.
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    /// Row by row.
    pub(crate) values: Vec<f32>,
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

#[derive(Default)]
struct WeightCollector {
    path: Vec<String>,
    found: Vec<Weights>,
}

impl ModuleVisitor for WeightCollector {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        self.found.push(Weights {
            name: self.path.join("."),
            shape: tensor.dims().to_vec(),
            values: values(tensor),
        });
    }
}

struct Replacer<'a> {
    values: std::slice::Iter<'a, Vec<f32>>,
}

impl ModuleMapper for Replacer<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.values.next() {
            Some(values) => param.map(|tensor| {
                let data = TensorData::new(values.clone(), tensor.dims());
                Tensor::from_data(data, &tensor.device())
            }),
            None => param,
        }
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

fn sizes(shape: &[usize]) -> Vec<u64> {
    shape.iter().map(|size| *size as u64).collect()
}

/// The values of a tensor, row by row.
pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

#[cfg(test)]
mod tests {
    use burn::{module::Module, tensor::Device};
    use glassboard::summary::{Counting, Record, Summary};

    use super::Network;

    #[test]
    fn the_graph_is_the_network() {
        let device = Device::flex();
        let network = Network::new(&device);
        let graph = network.graph(&device);
        assert_eq!(graph.parameter_count(), network.num_params() as u64);
        // Weights and biases: 3x3 from 1 to 12 and from 12 to 24 channels, 384 to 64 and 64 to 10 numbers.
        assert_eq!(
            graph.parameter_count(),
            (9 * 12 + 12) + (9 * 12 * 24 + 24) + (384 * 64 + 64) + (64 * 10 + 10)
        );
        let summary = Summary::new(Record::from_graph(&graph), Counting::Current);
        // Each of 8x8 places meets the kernels; each number of a layer meets the weights.
        assert_eq!(
            summary.totals().operation_mult_adds,
            Some(64 * 9 * 12 + 64 * 9 * 12 * 24 + 384 * 64 + 64 * 10)
        );
        let classes: Vec<&str> = graph
            .calls
            .iter()
            .filter_map(|call| graph[call.module].class_name.as_deref())
            .collect();
        assert_eq!(
            classes,
            [
                "Network",
                "Conv2d",
                "Conv2d",
                "MaxPool2d",
                "Linear",
                "Linear"
            ]
        );
    }
}
