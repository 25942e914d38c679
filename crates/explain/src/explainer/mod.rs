//! Explains model files: the engine's runs put together with the formulas.
//!
//! An [`Explainer`] runs images in batches of a stated size, whatever a method asks for, so that the memory of every
//! method is bounded by it.

mod ascent;
mod batches;
mod cam;
mod reshape;
mod saliency;

use std::{ops::ControlFlow, sync::OnceLock};

use glassboard_model::ModelGraph;
use ndarray::{ArrayD, Axis, Slice};

use self::batches::Batches;
pub use self::{
    ascent::{Ascent, Goal},
    cam::{CamSettings, Explanation},
    reshape::Reshape,
    saliency::SaliencySettings,
};
use crate::{
    ExplainError, Result,
    engine::{Array, Engine, Keep, Layer, Options, Precision, Run},
    target::Target,
};

/// How many images are run at once unless something else is asked for. On a CPU more are no quicker: what the layers of a
/// network for 224 x 224 pixels put out for eight images still fits into the memory that the allocator keeps.
pub const DEFAULT_BATCH_SIZE: usize = 8;

/// Is told how many of how many steps are done, and may stop the work.
pub type Progress<'a> = &'a mut dyn FnMut(usize, usize) -> ControlFlow<()>;

/// A model whose decisions can be explained.
#[derive(Debug)]
pub struct Explainer {
    engine: Engine,
    options: Options,
    batches: Batches,
    /// The same model in double precision, for differences of gradients.
    double: OnceLock<Engine>,
}

impl Explainer {
    /// Plans a model.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn new(graph: ModelGraph, options: Options) -> Result<Self> {
        let engine = Engine::new(graph, options)?;
        let batches = Batches::new(engine.fixed_batch(), DEFAULT_BATCH_SIZE);
        Ok(Self {
            engine,
            options,
            batches,
            double: OnceLock::new(),
        })
    }

    /// Runs at most so many images at once. A model that was exported for a fixed batch keeps to that; one that was
    /// exported for a single image is given more where a trial before long work shows that it takes them.
    #[must_use]
    pub fn with_batch_size(mut self, batch_size: usize) -> Self {
        self.batches = Batches::new(self.engine.fixed_batch(), batch_size);
        self
    }

    /// What runs the model.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// How many images are run at once.
    pub fn batch_size(&self) -> usize {
        self.batches.size()
    }

    fn double(&self) -> Result<&Engine> {
        if let Some(engine) = self.double.get() {
            return Ok(engine);
        }
        let options = Options {
            precision: Precision::Double,
            ..self.options
        };
        let engine = Engine::new(self.engine.shared_graph(), options)?;
        Ok(self.double.get_or_init(|| engine))
    }

    /// What the model returns for images.
    ///
    /// # Shapes
    /// `images`: `[N, C, ...]` as the model takes them; the result: `[N, ...]`.
    ///
    /// # Errors
    /// When the images do not fit the model.
    pub fn outputs(&self, images: &ArrayD<f32>) -> Result<ArrayD<f32>> {
        let chunks = self.chunks(images)?.into_iter().map(|(_, chunk)| {
            let run = self
                .engine
                .run(&[self.engine.array(&chunk)], &Keep::default())?;
            output(&run, chunk.len_of(Axis(0)))
        });
        joined(chunks.collect::<Result<_>>()?)
    }

    /// What layers put out for images: the feature maps.
    ///
    /// # Shapes
    /// Each result: as its layer makes it, images first.
    ///
    /// # Errors
    /// When the images do not fit the model.
    pub fn activations(&self, layers: &[Layer], images: &ArrayD<f32>) -> Result<Vec<ArrayD<f32>>> {
        let values: Vec<_> = layers.iter().map(|layer| layer.value).collect();
        let mut found: Vec<Vec<ArrayD<f32>>> = vec![Vec::new(); layers.len()];
        for (_, chunk) in self.chunks(images)? {
            let keep = Keep {
                values: &values,
                // One layer needs nothing of what lies behind it.
                until: values.first().copied().filter(|_| values.len() == 1),
                ..Keep::default()
            };
            let run = self.engine.run(&[self.engine.array(&chunk)], &keep)?;
            for (found, value) in found.iter_mut().zip(&values) {
                found.push(run.value(*value)?.to_ndarray());
            }
        }
        found.into_iter().map(joined).collect()
    }

    /// The images in batches, each with the number of its first image.
    fn chunks(&self, images: &ArrayD<f32>) -> Result<Vec<(usize, ArrayD<f32>)>> {
        if images.ndim() < 2 || images.is_empty() {
            return Err(ExplainError::Shape {
                what: "images".to_owned(),
                expected: "[N, C, ...], none of them 0".to_owned(),
                got: images.shape().to_vec(),
            });
        }
        let (count, size) = (images.len_of(Axis(0)), self.batch_size());
        Ok((0..count)
            .step_by(size)
            .map(|start| {
                let end = (start + size).min(count);
                let part = images.slice_axis(Axis(0), Slice::from(start..end));
                (start, part.to_owned())
            })
            .collect())
    }
}

/// The output of a run, a row for each image.
fn output(run: &Run, images: usize) -> Result<ArrayD<f32>> {
    let output = run.output()?.to_ndarray();
    if output.shape().first() != Some(&images) {
        return Err(ExplainError::Shape {
            what: "output of the model".to_owned(),
            expected: format!("[{images}, ...]"),
            got: output.shape().to_vec(),
        });
    }
    Ok(output)
}

/// The target of each image: as given, or its top class.
fn targets(given: Option<&[Target]>, outputs: &ArrayD<f32>, start: usize) -> Result<Vec<Target>> {
    outputs
        .outer_iter()
        .enumerate()
        .map(|(at, output)| match given {
            None => Ok(Target::Class(Target::top_class(output))),
            // One target is for all images.
            Some([target]) => Ok(target.clone()),
            Some(targets) => targets
                .get(start + at)
                .cloned()
                .ok_or_else(|| ExplainError::Shape {
                    what: "targets".to_owned(),
                    expected: format!("[{}]", start + at + 1),
                    got: vec![targets.len()],
                }),
        })
        .collect()
}

/// The derivative of each image's score with respect to its output.
fn seed(targets: &[Target], outputs: &ArrayD<f32>) -> Result<ArrayD<f32>> {
    let mut seed = ArrayD::zeros(outputs.shape());
    for ((target, output), mut row) in targets
        .iter()
        .zip(outputs.outer_iter())
        .zip(seed.outer_iter_mut())
    {
        row.assign(&target.gradient(output)?);
    }
    Ok(seed)
}

/// Each image's score.
fn scores(targets: &[Target], outputs: &ArrayD<f32>) -> Result<Vec<f32>> {
    targets
        .iter()
        .zip(outputs.outer_iter())
        .map(|(target, output)| target.score(output))
        .collect()
}

/// Batches, one behind the other.
fn joined(parts: Vec<ArrayD<f32>>) -> Result<ArrayD<f32>> {
    let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
    ndarray::concatenate(Axis(0), &views).map_err(|_| ExplainError::Shape {
        what: "batches".to_owned(),
        expected: "batches of one shape".to_owned(),
        got: parts
            .first()
            .map(|part| part.shape().to_vec())
            .unwrap_or_default(),
    })
}

/// Goes on unless the one who waits has had enough.
fn step(progress: &mut Progress<'_>, done: usize, total: usize) -> Result<()> {
    match progress(done, total) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ExplainError::Cancelled),
    }
}

/// A layer's values, as the formulas take them.
fn spatial(array: &Array, reshape: Reshape) -> Result<ArrayD<f32>> {
    reshape.apply(array.to_ndarray())
}
