//! One network learning at one learning rate.

use crate::{
    digits::{CLASSES, Digit, redrawn},
    network::{HIDDEN, Network, Parameter, Weights, tensors, values},
    onnx,
    profile::{Phase, Profiler},
};
use burn::{
    module::Module,
    nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig},
    optim::{AdamConfig, GradientsParams, ModuleOptimizer},
    tensor::{Device, activation::log_softmax},
};
use glassboard::model::ModelGraph;
use ndarray::Array2;
use std::{io, path::Path};

/// A network, its optimizer, and the randomness of its batches.
pub(crate) struct Trainer {
    network: Network,
    optimizer: ModuleOptimizer,
    loss: CrossEntropyLoss,
    device: Device,
    rng: fastrand::Rng,
}

/// What one step of the optimizer saw.
pub(crate) struct Step {
    /// Mean cross-entropy of the batch before the step, in nats.
    pub(crate) loss: f64,
    /// The share of the batch that was read right before the step.
    pub(crate) accuracy: f64,
    /// Euclidean norm of the gradient of all parameters together.
    pub(crate) gradient_norm: f64,
    /// Every parameter as it was, with its gradient.
    pub(crate) parameters: Vec<Parameter>,
}

/// How well the network reads digits that it never learned from.
pub(crate) struct Judgement {
    /// Mean cross-entropy, in nats.
    pub(crate) loss: f64,
    /// The share that was read right.
    pub(crate) accuracy: f64,
    /// For each digit in order, what it was read as, and how sure the network was of that, 0 to 1.
    pub(crate) readings: Vec<Reading>,
    /// For each digit in order, the probability of each class, 0 to 1.
    pub(crate) probabilities: Vec<[f32; CLASSES]>,
    /// What the layer before the last makes of each digit: `[N, 64]`, 0 or more.
    pub(crate) features: Array2<f32>,
}

/// What one digit was read as.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) class: u8,
    pub(crate) probability: f32,
}

impl Trainer {
    /// A new network; the same seed gives the same one, and the same batches.
    pub(crate) fn new(seed: u64) -> Self {
        let device = Device::flex().autodiff();
        device.seed(seed);
        Self {
            network: Network::new(&device),
            optimizer: AdamConfig::new().init(),
            loss: CrossEntropyLossConfig::new().init(&device),
            device,
            rng: fastrand::Rng::with_seed(seed),
        }
    }

    /// The network as a graph.
    pub(crate) fn graph(&self) -> ModelGraph {
        self.network.graph(&self.device)
    }

    /// Saves the network as an ONNX file.
    pub(crate) fn save(&self, path: &Path) -> io::Result<()> {
        onnx::save(&self.network, path)
    }

    /// The weights and biases as they are.
    pub(crate) fn weights(&self) -> Vec<Weights> {
        self.network.weights()
    }

    /// The digits in a new order.
    pub(crate) fn shuffled<'a>(&mut self, digits: &'a [Digit]) -> Vec<&'a Digit> {
        let mut order: Vec<&Digit> = digits.iter().collect();
        self.rng.shuffle(&mut order);
        order
    }

    /// A batch to learn from: each digit redrawn a little.
    pub(crate) fn batch(&mut self, digits: &[&Digit]) -> Vec<Digit> {
        digits
            .iter()
            .map(|digit| redrawn(digit, &mut self.rng))
            .collect()
    }

    /// Learns from one batch; `profiler` is told when which part of it begins.
    pub(crate) fn step(
        &mut self,
        batch: &[Digit],
        learning_rate: f64,
        profiler: &mut Profiler,
    ) -> Step {
        let (ink, labels) = tensors(batch, &self.device);

        profiler.phase(Phase::Forward);
        let (logits, _) = self
            .network
            .forward_watched(ink, &mut |layer, op, made| profiler.lap(op, layer, made));
        let loss = self.loss.forward(logits.clone(), labels);
        profiler.lap("cross_entropy", "", &loss.dims());

        profiler.phase(Phase::Backward);
        let gradients = loss.backward();
        profiler.lap("backward", "", &[]);
        let gradients = GradientsParams::from_grads(gradients, &self.network);

        profiler.phase(Phase::Statistics);
        let read_right = readings(&values(logits.inner()))
            .zip(batch)
            .filter(|(reading, digit)| reading.class == digit.label)
            .count();
        let parameters = self.network.parameters(&gradients);
        let squares = parameters
            .iter()
            .flat_map(|parameter| &parameter.gradient)
            .map(|g| f64::from(*g).powi(2));
        let gradient_norm = squares.sum::<f64>().sqrt();

        profiler.phase(Phase::Optimizer);
        self.network = self
            .optimizer
            .step(learning_rate, self.network.clone(), gradients);
        profiler.lap("adam", "", &[]);

        Step {
            loss: loss.into_scalar(),
            accuracy: read_right as f64 / batch.len() as f64,
            gradient_norm,
            parameters,
        }
    }

    /// Reads digits without learning from them.
    pub(crate) fn judge(&self, digits: &[Digit]) -> Judgement {
        self.judge_with(&self.network.valid(), digits)
    }

    /// The mean cross-entropy that other values of the parameters would have, in nats.
    pub(crate) fn loss_with(&self, values: &[Vec<f32>], digits: &[Digit]) -> f64 {
        let network = self.network.valid().with_values(values);
        self.judge_with(&network, digits).loss
    }

    fn judge_with(&self, network: &Network, digits: &[Digit]) -> Judgement {
        let (ink, _) = tensors(digits, &self.device.clone().inner());
        let (logits, features) = network.forward(ink);
        let log_probabilities = values(log_softmax(logits, 1));
        let (rows, _) = log_probabilities.as_chunks::<CLASSES>();
        let loss: f64 = rows
            .iter()
            .zip(digits)
            .map(|(row, digit)| -f64::from(row[usize::from(digit.label)]))
            .sum();
        let readings: Vec<Reading> = readings(&log_probabilities).collect();
        let right = readings
            .iter()
            .zip(digits)
            .filter(|(reading, digit)| reading.class == digit.label)
            .count();
        let features = values(features);
        let count = digits.len() as f64;
        Judgement {
            loss: loss / count,
            accuracy: right as f64 / count,
            readings,
            probabilities: rows.iter().map(|row| row.map(f32::exp)).collect(),
            features: Array2::from_shape_fn((digits.len(), HIDDEN), |(digit, number)| {
                features[digit * HIDDEN + number]
            }),
        }
    }
}

/// The likeliest class of every row of ten logits or log-probabilities.
fn readings(scores: &[f32]) -> impl Iterator<Item = Reading> {
    let (rows, _) = scores.as_chunks::<CLASSES>();
    rows.iter().map(|row| {
        let best = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        best.map_or(
            Reading {
                class: 0,
                probability: 0.0,
            },
            |(class, score)| Reading {
                class: class as u8,
                probability: score.exp(),
            },
        )
    })
}

/// The learning rate at a step of a run: it rises evenly for the first twentieth, then falls as half a cosine to 0.
pub(crate) fn scheduled(peak: f64, step: usize, steps: usize) -> f64 {
    let done = step as f64 / steps as f64;
    let warm_up = ((step + 1) as f64 * 20.0 / steps as f64).min(1.0);
    peak * warm_up * 0.5 * (1.0 + (std::f64::consts::PI * done).cos())
}

#[cfg(test)]
mod tests {
    use super::{Trainer, scheduled};
    use crate::{digits::Split, profile::Profiler};

    #[test]
    fn the_learning_rate_rises_then_falls() {
        assert_eq!(scheduled(0.01, 0, 100), 0.002);
        assert!(scheduled(0.01, 4, 100) > 0.0099);
        assert!((scheduled(0.01, 50, 100) - 0.005).abs() < 1e-12);
        assert!(scheduled(0.01, 99, 100) < 1e-5);
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        let split = Split::new(&mut fastrand::Rng::with_seed(3));
        let batch = &split.training[..16];
        let mut trainer = Trainer::new(3);
        let mut profiler = Profiler::new(0..0);
        let before = trainer.step(batch, 1e-5, &mut profiler);
        let names: Vec<&str> = before
            .parameters
            .iter()
            .map(|parameter| parameter.name.as_str())
            .collect();
        assert_eq!(
            names,
            [
                "conv1.weight",
                "conv1.bias",
                "conv2.weight",
                "conv2.bias",
                "hidden.weight",
                "hidden.bias",
                "output.weight",
                "output.bias"
            ]
        );
        assert!(
            before
                .parameters
                .iter()
                .all(|parameter| parameter.gradient.len() == parameter.values.len())
        );
        // To first order, the loss changes by gradient times movement.
        let after = trainer.step(batch, 0.0, &mut profiler);
        let predicted: f64 = before
            .parameters
            .iter()
            .zip(&after.parameters)
            .flat_map(|(before, after)| {
                before
                    .gradient
                    .iter()
                    .zip(before.values.iter().zip(&after.values))
            })
            .map(|(gradient, (from, to))| f64::from(*gradient) * f64::from(to - from))
            .sum();
        let change = after.loss - before.loss;
        assert!(
            change < 0.0,
            "the loss went from {} to {}",
            before.loss,
            after.loss
        );
        assert!(
            (change / predicted - 1.0).abs() < 0.1,
            "predicted {predicted}, got {change}"
        );
    }
}
