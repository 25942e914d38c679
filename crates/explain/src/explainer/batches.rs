//! How many images are run at once.
//!
//! Most model files are exported with an example of one image, and say nothing of others. Nearly all of them take more
//! all the same, and a batch is quicker than its images one by one; but a size that was written into a reshaping, or a
//! normalisation over the batch, would make other results or none. So it is tried, before work that is long enough to
//! pay for the trial.

use std::sync::OnceLock;

use ndarray::{ArrayD, Axis, Slice};

use super::{Explainer, output};
use crate::{
    Result,
    engine::{Engine, Keep},
};

/// Fewer passes than these are not worth a trial, which takes four.
const WORTH_A_TRIAL: usize = 16;

/// How far results of an image alone and in company may be apart, as a share of the largest.
const TOLERANCE: f32 = 1e-4;

/// How many images are wanted, and how many the model takes.
#[derive(Debug)]
pub(super) struct Batches {
    wanted: usize,
    /// The batch that the model was exported for.
    fixed: Option<usize>,
    /// Whether a model that was exported for one image takes several: not known before it was tried.
    takes_several: OnceLock<bool>,
}

impl Batches {
    pub(super) fn new(fixed: Option<usize>, wanted: usize) -> Self {
        Self {
            wanted: wanted.max(1),
            fixed,
            takes_several: OnceLock::new(),
        }
    }

    pub(super) fn size(&self) -> usize {
        match self.fixed {
            Some(fixed) if self.takes_several.get() != Some(&true) => fixed.clamp(1, self.wanted),
            _ => self.wanted,
        }
    }
}

impl Explainer {
    /// Before work of so many passes: tries whether a model that was exported for one image takes several.
    ///
    /// # Shapes
    /// `images`: `[N, C, ...]`; the first is used.
    pub(super) fn try_batches(&self, images: &ArrayD<f32>, passes: usize) {
        let batches = &self.batches;
        let is_open = batches.fixed == Some(1) && batches.wanted > 1;
        if is_open && passes >= WORTH_A_TRIAL {
            batches.takes_several.get_or_init(|| {
                // A model that fails is one that takes one image.
                takes_pairs(self.engine(), images).unwrap_or(false)
            });
        }
    }
}

/// Whether two images together come out as each does alone.
fn takes_pairs(engine: &Engine, images: &ArrayD<f32>) -> Result<bool> {
    let image = images.slice_axis(Axis(0), Slice::from(..1)).to_owned();
    // Another image: mirrored, and paler.
    let mut other = image.mapv(|value| value * 0.5);
    let last = Axis(other.ndim().saturating_sub(1));
    other.invert_axis(last);
    let outputs = |images: &ArrayD<f32>| {
        let run = engine.run(&[engine.array(images)], &Keep::default())?;
        output(&run, images.len_of(Axis(0)))
    };
    let together = outputs(&super::joined(vec![image.clone(), other.clone()])?)?;
    for (together, image) in together.outer_iter().zip([image, other]) {
        let alone = outputs(&image)?;
        let alone = alone.index_axis(Axis(0), 0);
        let most = alone
            .iter()
            .fold(0.0f32, |most, value| most.max(value.abs()));
        let is_same = together.shape() == alone.shape()
            && together
                .iter()
                .zip(&alone)
                .all(|(a, b)| (a - b).abs() <= TOLERANCE * most);
        if !is_same {
            return Ok(false);
        }
    }
    Ok(true)
}
