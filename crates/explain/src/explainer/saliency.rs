//! Which pixels a score depends on.

use ndarray::{Array2, Array3, ArrayD, Axis, Ix3, s};

use super::{CamSettings, Explainer, Progress, output, scores, seed, step, targets};
use crate::{
    ExplainError, Result,
    cam::Method,
    engine::{Keep, Layer, ReluRule},
    saliency::{
        Saliency, guided_grad_cam, integrated_gradients_points, occlusion_map, occlusion_windows,
        with_noise,
    },
    target::Target,
};

/// How pixels are looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SaliencySettings {
    /// `SmoothGrad`: noisy copies.
    pub samples: usize,
    /// `SmoothGrad`: deviation of the noise, as a share of the image's range.
    pub noise: f32,
    /// Integrated gradients: points on the way from a blank image.
    pub steps: usize,
    /// Occlusion: side of the covered window, in pixels.
    pub window: usize,
    /// Occlusion: from window to window, in pixels.
    pub stride: usize,
    /// Seed of the noise.
    pub seed: u64,
}

impl Default for SaliencySettings {
    fn default() -> Self {
        Self {
            samples: 50,
            noise: 0.15,
            steps: 50,
            window: 15,
            stride: 8,
            seed: 0,
        }
    }
}

impl Explainer {
    /// What the score of an image depends on, channel by channel; of occlusion, which covers all channels at once, the
    /// same in each.
    ///
    /// # Shapes
    /// `image`: `[C, H, W]`; the result: the same. Positive where more of it raises the score.
    ///
    /// # Errors
    /// When the image does not fit the model, a class is out of range, or `progress` says stop.
    pub fn saliency(
        &self,
        method: Saliency,
        image: &Array3<f32>,
        target: &Target,
        settings: &SaliencySettings,
        mut progress: Progress<'_>,
    ) -> Result<Array3<f32>> {
        let progress = &mut progress;
        let single = image.view().insert_axis(Axis(0)).into_owned().into_dyn();
        match method {
            Saliency::Gradient => self.mean_gradient(&[(single, 1.0)], target, progress),
            Saliency::GuidedBackprop => self
                .input_gradient(&single, target, ReluRule::Guided)
                .and_then(|gradient| first(&gradient)),
            Saliency::GuidedGradCam => {
                let layer = self.engine().last_convolution()?;
                self.guided_grad_cam(image, target, &layer)
            }
            Saliency::SmoothGrad => {
                let mut random = fastrand::Rng::with_seed(settings.seed);
                let count = settings.samples.max(1);
                let copies: Vec<(ArrayD<f32>, f64)> = (0..count)
                    .map(|_| {
                        let noisy = with_noise(single.view(), settings.noise, &mut random);
                        (noisy, 1.0 / count as f64)
                    })
                    .collect();
                self.mean_gradient(&copies, target, progress)
            }
            Saliency::IntegratedGradients => {
                let points = integrated_gradients_points(settings.steps.max(1));
                let copies: Vec<(ArrayD<f32>, f64)> = points
                    .into_iter()
                    .map(|(point, weight)| (&single * point as f32, weight))
                    .collect();
                Ok(self.mean_gradient(&copies, target, progress)? * image)
            }
            Saliency::Occlusion => {
                let map = self.occlusion(image, target, settings, progress)?;
                let mut all = Array3::zeros(image.raw_dim());
                all.outer_iter_mut()
                    .for_each(|mut channel| channel.assign(&map));
                Ok(all)
            }
        }
    }

    /// Guided backpropagation where the Grad-CAM map of a layer is.
    ///
    /// # Shapes
    /// As [`Self::saliency`].
    ///
    /// # Errors
    /// As [`Self::saliency`], and when the layer is not spatial.
    pub fn guided_grad_cam(
        &self,
        image: &Array3<f32>,
        target: &Target,
        layer: &Layer,
    ) -> Result<Array3<f32>> {
        let single = image.view().insert_axis(Axis(0)).into_owned().into_dyn();
        let settings = CamSettings {
            targets: Some(std::slice::from_ref(target)),
            ..CamSettings::default()
        };
        let layers = std::slice::from_ref(layer);
        let explained = self.cam(Method::GradCam, layers, &single, &settings, &mut |_, _| {
            std::ops::ControlFlow::Continue(())
        })?;
        let map = explained.maps.index_axis(Axis(0), 0).to_owned();
        let map =
            map.into_dimensionality::<ndarray::Ix2>()
                .map_err(|_| ExplainError::NotSpatial {
                    got: image.shape().to_vec(),
                })?;
        let gradient = self.input_gradient(&single, target, ReluRule::Guided)?;
        guided_grad_cam(first(&gradient)?.view(), map.view())
    }

    /// The gradient of the score with respect to images, each for itself.
    ///
    /// # Shapes
    /// `images` and the result: `[N, C, ...]`.
    ///
    /// # Errors
    /// When the images do not fit the model, or a class is out of range.
    pub fn input_gradient(
        &self,
        images: &ArrayD<f32>,
        target: &Target,
        rule: ReluRule,
    ) -> Result<ArrayD<f32>> {
        let engine = self.engine();
        let input = *engine
            .graph()
            .inputs
            .first()
            .ok_or(ExplainError::NoOutput)?;
        let mut found = Vec::new();
        for (start, chunk) in self.chunks(images)? {
            let keep = Keep {
                gradients: &[input],
                ..Keep::default()
            };
            let run = engine.run(&[engine.array(&chunk)], &keep)?;
            let outputs = output(&run, chunk.len_of(Axis(0)))?;
            let targets = targets(Some(std::slice::from_ref(target)), &outputs, start)?;
            let seed = engine.array(&seed(&targets, &outputs)?);
            let gradients = engine.gradients(&run, &seed, &[input], rule)?;
            found.extend(gradients.first().map(crate::engine::Array::to_ndarray));
        }
        super::joined(found)
    }

    /// The weighted sum of the gradients of copies.
    fn mean_gradient(
        &self,
        copies: &[(ArrayD<f32>, f64)],
        target: &Target,
        progress: &mut Progress<'_>,
    ) -> Result<Array3<f32>> {
        if let Some((image, _)) = copies.first() {
            self.try_batches(image, copies.len());
        }
        let mut sum: Option<ArrayD<f64>> = None;
        let mut done = 0;
        for part in copies.chunks(self.batch_size()) {
            let images = part.iter().map(|(image, _)| image.clone()).collect();
            let images = super::joined(images)?;
            let gradients = self.input_gradient(&images, target, ReluRule::Plain)?;
            for (gradient, (_, weight)) in gradients.outer_iter().zip(part) {
                let weighted = gradient.mapv(|value| f64::from(value) * weight);
                sum = Some(match sum {
                    Some(sum) => sum + weighted,
                    None => weighted,
                });
            }
            done += part.len();
            step(progress, done, copies.len())?;
        }
        let sum = sum.ok_or(ExplainError::NoOutput)?;
        let sum = sum.mapv(|value| value as f32);
        let got = sum.shape().to_vec();
        sum.into_dimensionality::<Ix3>()
            .map_err(|_| ExplainError::NotSpatial { got })
    }

    /// By how much the score drops where a window is covered with zeros: grey, for a normalised image.
    fn occlusion(
        &self,
        image: &Array3<f32>,
        target: &Target,
        settings: &SaliencySettings,
        progress: &mut Progress<'_>,
    ) -> Result<Array2<f32>> {
        let (_, height, width) = image.dim();
        let side = (settings.window.min(height), settings.window.min(width));
        let stride = (settings.stride.min(side.0), settings.stride.min(side.1));
        let windows = occlusion_windows((height, width), side, stride)?;
        let single = image.view().insert_axis(Axis(0)).into_owned().into_dyn();
        let original = self.scores_of(&single, target)?;
        self.try_batches(&single, windows.len());
        let mut found = Vec::with_capacity(windows.len());
        for part in windows.chunks(self.batch_size()) {
            let mut copies = ArrayD::zeros(vec![part.len(), image.dim().0, height, width]);
            for (mut copy, window) in copies.outer_iter_mut().zip(part) {
                copy.assign(image);
                copy.slice_mut(s![.., window.rows.clone(), window.columns.clone()])
                    .fill(0.0);
            }
            found.extend(self.scores_of(&copies, target)?);
            step(progress, found.len(), windows.len())?;
        }
        let original = original.first().copied().unwrap_or_default();
        occlusion_map((height, width), &windows, original, &found)
    }

    fn scores_of(&self, images: &ArrayD<f32>, target: &Target) -> Result<Vec<f32>> {
        let outputs = self.outputs(images)?;
        let targets = vec![target.clone(); outputs.len_of(Axis(0))];
        scores(&targets, &outputs)
    }
}

/// The only image of a batch.
fn first(images: &ArrayD<f32>) -> Result<Array3<f32>> {
    images
        .index_axis(Axis(0), 0)
        .to_owned()
        .into_dimensionality::<Ix3>()
        .map_err(|_| ExplainError::NotSpatial {
            got: images.shape().to_vec(),
        })
}
