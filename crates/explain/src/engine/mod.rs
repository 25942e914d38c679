//! Runs model files on [Burn](https://burn.dev): forwards, from the middle, and backwards.
//!
//! An [`Engine`] is a plan for one [`ModelGraph`]: every operation is known before anything runs. A [`Run`] keeps the
//! values that were asked for; everything else is dropped as soon as nothing needs it any more. Gradients go backwards
//! from node to node and stop at the earliest value that is asked for.

mod array;
mod gradient;
mod layers;
mod layout;
mod ops;
mod plan;
mod processor;
mod run;
mod weights;

use std::{collections::HashMap, sync::Arc};

use burn::tensor::DType;
use glassboard_model::{ModelGraph, TensorId, ValueId};

pub use self::{array::Array, gradient::ReluRule, layers::Layer, processor::Processor, run::Run};
use self::{array::Place, plan::Plan};
use crate::{ExplainError, Result};

/// How wide floats are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits, as models are trained.
    #[default]
    Single,
    /// 64 bits, for differences of gradients; twice as slow. CPU only.
    Double,
}

/// How a model is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// On what.
    pub processor: Processor,
    /// How exactly.
    pub precision: Precision,
}

/// A model that is ready to run.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/cam/tiny_resnet/model.pt2");
/// use glassboard_explain::engine::{Engine, Keep, Options};
///
/// let engine = Engine::new(glassboard_model::read(path)?, Options::default())?;
/// let layer = engine.layer("layer3")?;
/// let image = engine.array(&ndarray::ArrayD::zeros(vec![1, 3, 32, 32]));
/// let keep = Keep { gradients: &[layer.value], ..Keep::default() };
/// let run = engine.run(&[image], &keep)?;
/// assert_eq!(run.value(layer.value)?.shape(), [1, 16, 8, 8]);
///
/// // The gradient of class 3.
/// let mut seed = ndarray::ArrayD::zeros(vec![1, 10]);
/// seed[[0, 3]] = 1.0;
/// let gradients = engine.gradients(&run, &engine.array(&seed), &[layer.value], Default::default())?;
/// assert_eq!(gradients[0].shape(), [1, 16, 8, 8]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Engine {
    graph: Arc<ModelGraph>,
    plan: Plan,
    place: Place,
    /// Version of ONNX's operations; 0 for `ATen`.
    opset: u64,
    /// Parameters that were read, by the tensor that holds them.
    weights: parking_lot::Mutex<HashMap<TensorId, Array>>,
}

/// What a run keeps beside the outputs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keep<'a> {
    /// These values.
    pub values: &'a [ValueId],
    /// These values, and what their gradients need.
    pub gradients: &'a [ValueId],
    /// What is needed to run again from these values on.
    pub restart: &'a [ValueId],
    /// Where the run ends: this value takes the place of the model's outputs.
    pub until: Option<ValueId>,
}

impl Engine {
    /// Plans a model.
    ///
    /// # Errors
    /// When an operation is not known: all of them are named, with the layers that they are in.
    pub fn new(graph: impl Into<Arc<ModelGraph>>, options: Options) -> Result<Self> {
        let graph = graph.into();
        let opset = graph.metadata.iter().find_map(|(name, version)| {
            (name == "opset ai.onnx").then(|| version.parse().unwrap_or(13))
        });
        let device = options.processor.device();
        let dtype = match options.precision {
            Precision::Single => DType::F32,
            Precision::Double => DType::F64,
        };
        Ok(Self {
            plan: Plan::new(&graph)?,
            place: Place { device, dtype },
            opset: opset.unwrap_or(0),
            weights: parking_lot::Mutex::default(),
            graph,
        })
    }

    /// The model.
    pub fn graph(&self) -> &ModelGraph {
        &self.graph
    }

    /// The model, to be planned once more.
    pub(crate) fn shared_graph(&self) -> Arc<ModelGraph> {
        Arc::clone(&self.graph)
    }

    /// Floats to give to the model.
    pub fn array(&self, values: &ndarray::ArrayD<f32>) -> Array {
        self.place
            .floats32(values.iter().copied().collect(), values.shape())
    }

    /// Floats in double precision to give to the model.
    pub fn array64(&self, values: &ndarray::ArrayD<f64>) -> Array {
        self.place
            .floats(values.iter().copied().collect(), values.shape())
    }

    /// The elements of an array times a number, plus those of another of the same shape: `left * factor + right`.
    ///
    /// # Errors
    /// When the shapes differ.
    pub fn multiply_add(&self, left: &Array, factor: f64, right: &Array) -> Result<Array> {
        let fit = || {
            let right = right.shaped([left.len()])?;
            left.map(|left| left * factor + right)
        };
        fit().map_err(|misfit| self.misfit("multiply_add", "arithmetic", misfit))
    }

    /// An array of zeros.
    pub fn zeros(&self, shape: &[usize]) -> Array {
        self.place.full(0.0, shape)
    }

    /// These rows (images of a batch) of an array, in this order.
    ///
    /// # Errors
    /// When there is no such row.
    pub fn rows(&self, array: &Array, rows: &[usize]) -> Result<Array> {
        array
            .rows(rows)
            .map_err(|misfit| self.misfit("rows", "index", misfit))
    }

    /// Releases parameters that were read; they are read again when they are needed.
    pub fn forget_weights(&self) {
        self.weights.lock().clear();
    }

    #[expect(clippy::unused_self)] // as `step_misfit`, which names the layer
    fn misfit(&self, layer: &str, operation: &str, misfit: array::Misfit) -> ExplainError {
        ExplainError::DoesNotFit {
            layer: layer.to_owned(),
            operation: operation.to_owned(),
            expected: misfit.expected,
            got: misfit.got,
        }
    }

    /// A parameter, buffer or constant; read when it is first needed.
    fn weight(&self, tensor: TensorId) -> Result<Array> {
        let tensor = self.graph[tensor].tied_to.unwrap_or(tensor);
        if let Some(found) = self.weights.lock().get(&tensor) {
            return Ok(found.clone());
        }
        let read = weights::read(&self.graph[tensor], &self.place)?;
        self.weights.lock().insert(tensor, read.clone());
        Ok(read)
    }
}
