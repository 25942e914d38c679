//! Class activation maps of a model file.

use glassboard_model::ValueId;
use ndarray::{Array1, Array2, ArrayD, Axis, Ix1, Ix4};
use rayon::prelude::*;

use super::{Explainer, Progress, Reshape, joined, output, scores, seed, spatial, step, targets};
use crate::{
    ExplainError, Result,
    cam::{
        self, AUGMENTATIONS, Combine, FullGrad, MapOptions, Method, ablation_channels,
        ablation_weights, combine, layer_map, mean_of_augmented, score_masks, score_weights,
    },
    engine::{Array, Engine, Keep, Layer, ReluRule, Run},
    target::{Target, similar_classes},
};

/// By how much activations are changed, up and down, to see how gradients change with them (`ShapleyCAM`).
///
/// In double precision the result is right to about `1e-8` of its size: the square of this, and the rounding of the
/// difference divided by it.
const DIFFERENCE: f64 = 1e-4;

/// Ranks of the similar classes that Finer-CAM tells a class from.
const FINER_RANKS: [usize; 3] = [1, 2, 3];

/// How a class activation map is made.
#[derive(Clone, Copy, Debug)]
pub struct CamSettings<'a> {
    /// What is explained: one for all images, or one for each; the top class of each if not given.
    pub targets: Option<&'a [Target]>,
    /// How a layer's output becomes an image.
    pub reshape: Reshape,
    /// Options of the formulas.
    pub map: MapOptions,
    /// How maps of several layers become one.
    pub combine: Combine,
    /// Mean over slightly changed images.
    pub aug_smooth: bool,
    /// Ablation-CAM: the share of channels at both ends that is left out; 1 for all.
    pub ablation_ratio: f32,
}

impl Default for CamSettings<'_> {
    fn default() -> Self {
        Self {
            targets: None,
            reshape: Reshape::None,
            map: MapOptions::default(),
            combine: Combine::Mean,
            aug_smooth: false,
            ablation_ratio: 1.0,
        }
    }
}

/// Maps, and what the model said.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// `[N, H, W]` or `[N, D, H, W]`, 0 to 1, of the input's size.
    pub maps: ArrayD<f32>,
    /// `[N, classes]`: the model's first output.
    pub outputs: ArrayD<f32>,
}

/// One batch.
struct Batch<'a> {
    images: &'a ArrayD<f32>,
    run: &'a Run,
    outputs: &'a ArrayD<f32>,
    targets: &'a [Target],
}

impl Explainer {
    /// Where layers see what speaks for the targets.
    ///
    /// # Shapes
    /// `images`: `[N, C, H, W]` or `[N, C, D, H, W]`.
    ///
    /// # Errors
    /// When images do not fit the model, a class is out of range, a layer is not spatial, or `progress` says stop.
    pub fn cam(
        &self,
        method: Method,
        layers: &[Layer],
        images: &ArrayD<f32>,
        settings: &CamSettings<'_>,
        mut progress: Progress<'_>,
    ) -> Result<Explanation> {
        if !settings.aug_smooth {
            return self.plain_cam(method, layers, images, settings, &mut progress);
        }
        let outputs = self.outputs(images)?;
        // The targets are those of the unchanged images.
        let targets = targets(settings.targets, &outputs, 0)?;
        let settings = CamSettings {
            targets: Some(&targets),
            ..*settings
        };
        let mut maps = Vec::new();
        for (at, augmentation) in AUGMENTATIONS.iter().enumerate() {
            let changed = augmentation.apply(images.view());
            let mut part: Progress<'_> =
                &mut |done, total| progress(at * total + done, AUGMENTATIONS.len() * total);
            let explained = self.plain_cam(method, layers, &changed, &settings, &mut part)?;
            maps.push(explained.maps);
        }
        Ok(Explanation {
            maps: mean_of_augmented(&maps)?,
            outputs,
        })
    }

    fn plain_cam(
        &self,
        method: Method,
        layers: &[Layer],
        images: &ArrayD<f32>,
        settings: &CamSettings<'_>,
        progress: &mut Progress<'_>,
    ) -> Result<Explanation> {
        let chunks = self.chunks(images)?;
        let count = chunks.len();
        let (mut maps, mut outputs) = (Vec::new(), Vec::new());
        for (number, (start, chunk)) in chunks.into_iter().enumerate() {
            let mut part: Progress<'_> =
                &mut |done, total| progress(number * total + done, count * total);
            let explained = if method == Method::FullGrad {
                self.full_grad(&chunk, start, settings)?
            } else {
                self.layer_cam(method, layers, &chunk, start, settings, &mut part)?
            };
            step(&mut part, 1, 1)?;
            maps.push(explained.maps);
            outputs.push(explained.outputs);
        }
        Ok(Explanation {
            maps: joined(maps)?,
            outputs: joined(outputs)?,
        })
    }

    fn layer_cam(
        &self,
        method: Method,
        layers: &[Layer],
        images: &ArrayD<f32>,
        start: usize,
        settings: &CamSettings<'_>,
        progress: &mut Progress<'_>,
    ) -> Result<Explanation> {
        let engine = self.engine();
        let needs = method.needs();
        let values: Vec<ValueId> = layers.iter().map(|layer| layer.value).collect();
        let keep = Keep {
            values: &values,
            gradients: if needs.gradients { &values } else { &[] },
            restart: if method == Method::AblationCam {
                &values
            } else {
                &[]
            },
            until: None,
        };
        let run = engine.run(&[engine.array(images)], &keep)?;
        let outputs = output(&run, images.len_of(Axis(0)))?;
        let mut targets = targets(settings.targets, &outputs, start)?;
        if method == Method::FinerCam {
            targets = finer(&targets, &outputs)?;
        }
        let batch = Batch {
            images,
            run: &run,
            outputs: &outputs,
            targets: &targets,
        };
        let gradients = if needs.gradients {
            let seed = engine.array(&seed(&targets, &outputs)?);
            engine.gradients(&run, &seed, &values, ReluRule::Plain)?
        } else {
            Vec::new()
        };
        let mut maps = Vec::new();
        for (at, layer) in layers.iter().enumerate() {
            let activations = spatial(run.value(layer.value)?, settings.reshape)?;
            let gradients = gradients
                .get(at)
                .map(|gradient| spatial(gradient, settings.reshape))
                .transpose()?;
            let products = if needs.hessian_products {
                let products = self.hessian_products(images, layer.value, &targets)?;
                Some(spatial(&products, settings.reshape)?)
            } else {
                None
            };
            let mut part: Progress<'_> =
                &mut |done, total| progress(at * total + done, layers.len() * total);
            let weights = match method {
                Method::ScoreCam => Some(self.score_weights(&batch, &activations, &mut part)?),
                Method::AblationCam => Some(self.ablation_weights(
                    &batch,
                    layer.value,
                    &activations,
                    settings,
                    &mut part,
                )?),
                _ => None,
            };
            let known = cam::Layer {
                activations: activations.view(),
                gradients: gradients.as_ref().map(|array| array.view()),
                hessian_products: products.as_ref().map(|array| array.view()),
                weights: weights.as_ref().map(|array| array.view()),
            };
            maps.push(layer_map(method, &known, &settings.map)?);
        }
        let size = &images.shape()[2..];
        Ok(Explanation {
            maps: combine(&maps, size, settings.combine)?,
            outputs,
        })
    }

    /// What the image scores seen through each channel.
    fn score_weights(
        &self,
        batch: &Batch<'_>,
        activations: &ArrayD<f32>,
        progress: &mut Progress<'_>,
    ) -> Result<Array2<f32>> {
        let activations = images_of(activations)?;
        let (count, channels, _, _) = activations.dim();
        let images = images_of(batch.images)?;
        let size = (images.len_of(Axis(2)), images.len_of(Axis(3)));
        let mut result = Array2::zeros((count, channels));
        self.try_batches(batch.images, count * channels);
        for image in 0..count {
            let pixels = images.index_axis(Axis(0), image);
            let target = &batch.targets[image..=image];
            let layer = activations.index_axis(Axis(0), image);
            for first in (0..channels).step_by(self.batch_size()) {
                let end = (first + self.batch_size()).min(channels);
                let masked = (first..end).into_par_iter().map(|channel| {
                    let channel = ndarray::Slice::from(channel..=channel);
                    let mask = score_masks(layer.slice_axis(Axis(0), channel), size);
                    (mask.insert_axis(Axis(1)) * pixels.view().insert_axis(Axis(0))).into_dyn()
                });
                let found = self.scores(&joined(masked.collect())?, &target[0])?;
                for (channel, score) in (first..end).zip(found) {
                    result[[image, channel]] = score;
                }
                step(progress, image * channels + end, count * channels)?;
            }
        }
        Ok(score_weights(result.view()))
    }

    /// The score of each image of one batch.
    fn scores(&self, images: &ArrayD<f32>, target: &Target) -> Result<Vec<f32>> {
        let engine = self.engine();
        let run = engine.run(&[engine.array(images)], &Keep::default())?;
        let count = images.len_of(Axis(0));
        scores(&vec![target.clone(); count], &output(&run, count)?)
    }

    /// By how much the score drops without each channel. Only what lies behind the layer runs again.
    fn ablation_weights(
        &self,
        batch: &Batch<'_>,
        value: ValueId,
        activations: &ArrayD<f32>,
        settings: &CamSettings<'_>,
        progress: &mut Progress<'_>,
    ) -> Result<Array2<f32>> {
        let engine = self.engine();
        let activations = images_of(activations)?;
        let (count, channels, _, _) = activations.dim();
        let raw = batch.run.value(value)?.to_ndarray();
        let axis = settings.reshape.channel_axis(raw.ndim());
        let original = Array1::from(scores(batch.targets, batch.outputs)?);
        let mut ablated = Array2::from_shape_fn((count, channels), |(image, _)| original[image]);
        for image in 0..count {
            let layer = activations.index_axis(Axis(0), image);
            let chosen = ablation_channels(layer, settings.ablation_ratio);
            let kept = engine.image_of(batch.run, image, count)?;
            let row = raw.index_axis(Axis(0), image);
            for (number, part) in chosen.chunks(self.batch_size()).enumerate() {
                let mut shape = raw.shape().to_vec();
                shape[0] = part.len();
                let mut without = ArrayD::zeros(shape);
                for (mut copy, channel) in without.outer_iter_mut().zip(part) {
                    copy.assign(&row);
                    copy.index_axis_mut(Axis(axis - 1), *channel).fill(0.0);
                }
                let given = [(value, engine.array(&without))];
                let run = engine.restart(&kept, &given, &Keep::default())?;
                let targets = vec![batch.targets[image].clone(); part.len()];
                let found = scores(&targets, &output(&run, part.len())?)?;
                for (channel, score) in part.iter().zip(found) {
                    ablated[[image, *channel]] = score;
                }
                let done = (number * self.batch_size() + part.len()).min(chosen.len());
                step(progress, image * chosen.len() + done, count * chosen.len())?;
            }
        }
        Ok(ablation_weights(original.view(), ablated.view()))
    }

    /// The Hessian of the score with respect to a layer's output, times that output: how the gradient changes where
    /// the output grows in proportion, by a central difference in double precision.
    fn hessian_products(
        &self,
        images: &ArrayD<f32>,
        value: ValueId,
        targets: &[Target],
    ) -> Result<Array> {
        let engine = self.double()?;
        let values = [value];
        let keep = Keep {
            gradients: &values,
            restart: &values,
            ..Keep::default()
        };
        let run = engine.run(&[engine.array(images)], &keep)?;
        let activations = run.value(value)?;
        let gradient = |factor: f64| {
            let zeros = engine.zeros(activations.shape());
            let changed = engine.multiply_add(activations, factor, &zeros)?;
            let keep = Keep {
                gradients: &values,
                ..Keep::default()
            };
            let run = engine.restart(&run, &[(value, changed)], &keep)?;
            gradient_of(engine, &run, targets, value, images.len_of(Axis(0)))
        };
        let (up, down) = (gradient(1.0 + DIFFERENCE)?, gradient(1.0 - DIFFERENCE)?);
        let difference = engine.multiply_add(&down, -1.0, &up)?;
        let zeros = engine.zeros(difference.shape());
        engine.multiply_add(&difference, 0.5 / DIFFERENCE, &zeros)
    }

    fn full_grad(
        &self,
        images: &ArrayD<f32>,
        start: usize,
        settings: &CamSettings<'_>,
    ) -> Result<Explanation> {
        let engine = self.engine();
        let biases = engine.biases()?;
        let input = *engine
            .graph()
            .inputs
            .first()
            .ok_or(ExplainError::NoOutput)?;
        let mut values = vec![input];
        values.extend(biases.iter().map(|(value, _)| *value));
        let keep = Keep {
            gradients: &values,
            ..Keep::default()
        };
        let run = engine.run(&[engine.array(images)], &keep)?;
        let outputs = output(&run, images.len_of(Axis(0)))?;
        let targets = targets(settings.targets, &outputs, start)?;
        let seed = engine.array(&seed(&targets, &outputs)?);
        let gradients = engine.gradients(&run, &seed, &values, ReluRule::Plain)?;
        let mut gradients = gradients.iter().map(Array::to_ndarray);
        let at_input = gradients.next().unwrap_or_default();
        let mut sum = FullGrad::new(
            images_of(images)?,
            images_of(&at_input)?,
            settings.map.eigen_smooth,
        )?;
        for ((_, bias), gradient) in biases.iter().zip(gradients) {
            let bias = bias.to_ndarray();
            let bias = bias.view().into_dimensionality::<Ix1>();
            let bias = bias.map_err(|_| ExplainError::NoConvolution)?;
            sum.add_layer(bias, images_of(&gradient)?)?;
        }
        Ok(Explanation {
            maps: sum.finish()?,
            outputs,
        })
    }
}

fn gradient_of(
    engine: &Engine,
    run: &Run,
    targets: &[Target],
    value: ValueId,
    images: usize,
) -> Result<Array> {
    let seed = seed(targets, &output(run, images)?)?;
    let gradients = engine.gradients(run, &engine.array(&seed), &[value], ReluRule::Plain)?;
    gradients.into_iter().next().ok_or(ExplainError::NoOutput)
}

/// Each class against those that are most like it.
fn finer(targets: &[Target], outputs: &ArrayD<f32>) -> Result<Vec<Target>> {
    targets
        .iter()
        .zip(outputs.outer_iter())
        .map(|(target, output)| match target {
            Target::Class(class) => Ok(Target::Finer {
                class: *class,
                others: similar_classes(output, *class, &FINER_RANKS)?,
                alpha: 1.0,
            }),
            other => Ok(other.clone()),
        })
        .collect()
}

fn images_of(array: &ArrayD<f32>) -> Result<ndarray::ArrayView4<'_, f32>> {
    array
        .view()
        .into_dimensionality::<Ix4>()
        .map_err(|_| ExplainError::NotSpatial {
            got: array.shape().to_vec(),
        })
}
