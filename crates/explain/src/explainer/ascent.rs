//! Images that excite a filter or a class most, and dreams.

use glassboard_model::ValueId;
use ndarray::{Array3, ArrayD, Axis, Ix3};

use super::{Explainer, Progress, step};
use crate::{
    ExplainError, Result,
    ascent::{blur, roll, step as ascend},
    engine::{Keep, Layer, ReluRule},
};

/// What is to be made large.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The mean output of a filter: a channel of a layer.
    Filter(Layer, usize),
    /// The mean square of everything that a layer puts out: `DeepDream` (Mordvintsev et al. 2015).
    Layer(Layer),
    /// The logit of a class (Simonyan et al. 2013).
    Class(usize),
}

/// How an image is changed from step to step.
///
/// The default is `FlashTorch`'s `GradientAscent`: `x += rate g / (sqrt(mean(g^2)) + 1e-5)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ascent {
    /// Number of steps.
    pub steps: usize,
    /// How far a step goes.
    pub rate: f32,
    /// At each step, the image is moved by up to so many pixels, and back behind it.
    pub jitter: usize,
    /// Behind each step, the image goes through a Gaussian filter of this deviation in pixels; 0 for none.
    pub blur: f64,
    /// Behind each step, the image becomes smaller by this share.
    pub decay: f32,
    /// Seed of the jitter.
    pub seed: u64,
}

impl Default for Ascent {
    fn default() -> Self {
        Self {
            steps: 30,
            rate: 1.0,
            jitter: 0,
            blur: 0.0,
            decay: 0.0,
            seed: 0,
        }
    }
}

impl Explainer {
    /// Changes an image step by step so that the goal grows.
    ///
    /// # Shapes
    /// `start` and the result: `[C, H, W]`, as the model takes it.
    ///
    /// # Errors
    /// When the image does not fit the model, there is no such filter or class, or `progress` says stop.
    pub fn maximize(
        &self,
        goal: &Goal,
        start: &Array3<f32>,
        settings: &Ascent,
        mut progress: Progress<'_>,
    ) -> Result<Array3<f32>> {
        let mut random = fastrand::Rng::with_seed(settings.seed);
        let mut image = start.view().insert_axis(Axis(0)).into_owned().into_dyn();
        for done in 0..settings.steps {
            let reach = settings.jitter as isize;
            let (down, right) = match reach {
                0 => (0, 0),
                reach => (random.isize(-reach..=reach), random.isize(-reach..=reach)),
            };
            if reach > 0 {
                image = roll(image.view(), down, right);
            }
            let gradient = self.goal_gradient(goal, &image)?;
            ascend(&mut image.view_mut(), gradient.view(), settings.rate);
            if reach > 0 {
                image = roll(image.view(), -down, -right);
            }
            if settings.blur > 0.0 {
                image = blur(image.view(), settings.blur);
            }
            if settings.decay > 0.0 {
                image.mapv_inplace(|value| value * (1.0 - settings.decay));
            }
            step(&mut progress, done + 1, settings.steps)?;
        }
        image
            .index_axis_move(Axis(0), 0)
            .into_dimensionality::<Ix3>()
            .map_err(|_| ExplainError::NotSpatial {
                got: start.shape().to_vec(),
            })
    }

    /// How much of the goal there is in an image.
    ///
    /// # Errors
    /// As [`Self::maximize`].
    pub fn goal(&self, goal: &Goal, image: &Array3<f32>) -> Result<f32> {
        let image = image.view().insert_axis(Axis(0)).into_owned().into_dyn();
        let (_, values) = self.goal_run(goal, &image)?;
        if matches!(goal, Goal::Layer(_)) {
            let squares = values.iter().map(|value| value * value);
            return Ok(squares.sum::<f32>() / values.len() as f32);
        }
        let seed = goal_seed(goal, &values)?;
        Ok((&values * &seed).sum())
    }

    fn goal_run(
        &self,
        goal: &Goal,
        image: &ArrayD<f32>,
    ) -> Result<(crate::engine::Run, ArrayD<f32>)> {
        let engine = self.engine();
        let input = self.input()?;
        let keep = Keep {
            gradients: &[input],
            until: match goal {
                Goal::Filter(layer, _) | Goal::Layer(layer) => Some(layer.value),
                Goal::Class(_) => None,
            },
            ..Keep::default()
        };
        let run = engine.run(&[engine.array(image)], &keep)?;
        let values = run.output()?.to_ndarray();
        Ok((run, values))
    }

    fn goal_gradient(&self, goal: &Goal, image: &ArrayD<f32>) -> Result<ArrayD<f32>> {
        let engine = self.engine();
        let (run, values) = self.goal_run(goal, image)?;
        let seed = engine.array(&goal_seed(goal, &values)?);
        let gradients = engine.gradients(&run, &seed, &[self.input()?], ReluRule::Plain)?;
        gradients
            .first()
            .map(crate::engine::Array::to_ndarray)
            .ok_or(ExplainError::NoOutput)
    }

    fn input(&self) -> Result<ValueId> {
        let inputs = &self.engine().graph().inputs;
        inputs.first().copied().ok_or(ExplainError::NoOutput)
    }
}

/// The derivative of the goal with respect to what it is made of.
fn goal_seed(goal: &Goal, values: &ArrayD<f32>) -> Result<ArrayD<f32>> {
    let mut seed = ArrayD::zeros(values.shape());
    let channel = match goal {
        Goal::Layer(_) => return Ok(values * (2.0 / values.len().max(1) as f32)),
        Goal::Filter(_, channel) | Goal::Class(channel) => *channel,
    };
    let channels = values.shape().get(1).copied().unwrap_or(0);
    if channel >= channels {
        return Err(match goal {
            Goal::Class(_) => ExplainError::ClassOutOfRange {
                got: channel,
                classes: channels,
            },
            _ => ExplainError::FilterOutOfRange {
                got: channel,
                filters: channels,
            },
        });
    }
    let places = values.len() / (values.len_of(Axis(0)) * channels).max(1);
    seed.index_axis_mut(Axis(1), channel)
        .fill(1.0 / places.max(1) as f32);
    Ok(seed)
}
