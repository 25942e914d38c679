//! Pictures and arrays as people have them, made a model's input; names of classes.

mod labels;
mod source;

use glassboard_model::ModelGraph;
use image::imageops::FilterType;
use ndarray::{Array1, Array3, ArrayD, Axis, Ix3};

pub use self::{
    labels::Labels,
    source::{MAX_SIDE, Source},
};
use crate::{ExplainError, Result, ascent};

/// Metadata of a model file: the mean of each channel that its network was trained with, as `0.5,0.5,0.5`.
pub const MEAN_KEY: &str = "glassboard.mean";
/// Metadata of a model file: the standard deviation of each channel.
pub const STD_KEY: &str = "glassboard.std";
/// Metadata of a model file: names of its classes, a line each.
pub const CLASSES_KEY: &str = "glassboard.classes";

/// Side of the input where neither the model nor the user says it.
const DEFAULT_SIDE: usize = 224;
/// `ImageNet`'s statistics, as torchvision's models were trained with.
const IMAGENET_MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const IMAGENET_STD: [f32; 3] = [0.229, 0.224, 0.225];

/// What a user wants of the input; what is empty is the model's, or `ImageNet`'s.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wishes {
    /// Mean of each channel, subtracted from values of 0 to 1; one number stands for all.
    pub mean: Vec<f32>,
    /// Standard deviation of each channel, divided by.
    pub std: Vec<f32>,
    /// Height and width.
    pub size: Option<(usize, usize)>,
}

/// How pictures become inputs of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Preparation {
    /// Height and width: a picture is scaled so that it covers them, and its middle is taken.
    pub size: (usize, usize),
    /// Mean of each channel.
    pub mean: Vec<f32>,
    /// Standard deviation of each channel.
    pub std: Vec<f32>,
}

/// A picture, and what the model is given of it.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// `[H, W, 3]`, 0 to 1: what is shown.
    pub shown: Array3<f32>,
    /// `[C, H, W]`, normalised.
    pub input: Array3<f32>,
}

impl Preparation {
    /// What a model takes: what is wished for, else what its file says ([`MEAN_KEY`], [`STD_KEY`], the size that it was
    /// exported with), else `ImageNet`'s; of one channel the mean over colours.
    ///
    /// # Errors
    /// When the model takes no pictures of 1 or 3 channels, or a wish does not fit.
    pub fn new(graph: &ModelGraph, wishes: &Wishes) -> Result<Self> {
        let shape = graph
            .inputs
            .first()
            .and_then(|input| graph[*input].shape.as_deref());
        let side = |axis: usize| {
            let dim = shape.and_then(|shape| shape.get(axis))?.fixed()?;
            usize::try_from(dim).ok()
        };
        let channels = side(1).unwrap_or(3);
        if !matches!(channels, 1 | 3) || shape.is_some_and(|shape| shape.len() != 4) {
            return Err(ExplainError::NotPictures {
                got: glassboard_model::graph::shape_text(shape),
            });
        }
        let size = wishes.size.unwrap_or((
            side(2).unwrap_or(DEFAULT_SIDE),
            side(3).unwrap_or(DEFAULT_SIDE),
        ));
        if [size.0, size.1]
            .iter()
            .any(|side| !(1..=MAX_SIDE as usize).contains(side))
        {
            return Err(ExplainError::WrongOption {
                option: "size",
                expected: "sides from 1 to 16384",
                got: format!("{}x{}", size.0, size.1),
            });
        }
        let each = |wish: &[f32], key: &str, default: [f32; 3], option: &'static str| {
            let written = numbers(graph, key);
            let given = if wish.is_empty() { &written } else { wish };
            match given {
                [] if channels == 3 => Ok(default.to_vec()),
                [] => Ok(vec![default.iter().sum::<f32>() / 3.0; channels]),
                [one] => Ok(vec![*one; channels]),
                given if given.len() == channels => Ok(given.to_vec()),
                given => Err(ExplainError::WrongOption {
                    option,
                    expected: "one number, or one for each channel",
                    got: format!("{} numbers for {channels} channels", given.len()),
                }),
            }
        };
        let mean = each(&wishes.mean, MEAN_KEY, IMAGENET_MEAN, "mean")?;
        let std = each(&wishes.std, STD_KEY, IMAGENET_STD, "std")?;
        if mean.iter().any(|mean| !mean.is_finite()) {
            return Err(ExplainError::NotFinite { what: "mean" });
        }
        if std.iter().any(|std| !(std.is_finite() && *std > 0.0)) {
            return Err(ExplainError::WrongOption {
                option: "std",
                expected: "numbers above 0",
                got: format!("{std:?}"),
            });
        }
        Ok(Self { size, mean, std })
    }

    /// Makes an input of a picture, or takes numbers as they are.
    ///
    /// # Errors
    /// When numbers have another shape than `[C, H, W]` or `[1, C, H, W]`.
    pub fn prepare(&self, source: &Source) -> Result<Prepared> {
        match source {
            Source::Numbers(numbers) => self.of_numbers(numbers.clone()),
            Source::Picture(picture) => Ok(self.of_picture(picture)),
        }
    }

    /// Noise to begin an ascent with.
    ///
    /// # Shapes
    /// `[C, H, W]`, normalised.
    pub fn noise(&self, seed: u64) -> Array3<f32> {
        let mut random = fastrand::Rng::with_seed(seed);
        let (mean, std) = (
            Array1::from(self.mean.clone()),
            Array1::from(self.std.clone()),
        );
        let noise = ascent::noise(self.size, mean.view(), std.view(), &mut random);
        let channels = self.mean.len();
        noise
            .index_axis_move(Axis(0), 0)
            .into_dimensionality::<Ix3>()
            .unwrap_or_else(|_| Array3::zeros((channels, self.size.0, self.size.1)))
    }

    fn of_numbers(&self, mut input: ArrayD<f32>) -> Result<Prepared> {
        let channels = self.mean.len();
        if input.ndim() == 4 && input.len_of(Axis(0)) == 1 {
            input.index_axis_inplace(Axis(0), 0);
        }
        let got = input.shape().to_vec();
        let input = match input.into_dimensionality::<Ix3>() {
            Ok(input) if input.dim().0 == channels && !input.is_empty() => input,
            _ => {
                return Err(ExplainError::Shape {
                    what: "array".to_owned(),
                    expected: format!("[{channels}, H, W]"),
                    got,
                });
            }
        };
        if input.iter().any(|value| !value.is_finite()) {
            return Err(ExplainError::NotFinite { what: "array" });
        }
        let shown = Array3::from_shape_fn((input.dim().1, input.dim().2, 3), |(y, x, channel)| {
            let channel = channel.min(channels - 1);
            let value = input[[channel, y, x]] * self.std[channel] + self.mean[channel];
            value.clamp(0.0, 1.0)
        });
        Ok(Prepared { shown, input })
    }

    fn of_picture(&self, picture: &image::DynamicImage) -> Prepared {
        let (height, width) = self.size;
        let covered = picture.resize_to_fill(width as u32, height as u32, FilterType::Triangle);
        let channels = self.mean.len();
        let (colours, gray) = (covered.to_rgb8(), covered.to_luma8());
        let shown = Array3::from_shape_fn((height, width, 3), |(y, x, channel)| {
            let (x, y) = (x as u32, y as u32);
            // What is shown is what the model sees.
            let level = if channels == 1 {
                gray.get_pixel(x, y).0[0]
            } else {
                colours.get_pixel(x, y).0[channel]
            };
            f32::from(level) / 255.0
        });
        let input = Array3::from_shape_fn((channels, height, width), |(channel, y, x)| {
            (shown[[y, x, channel]] - self.mean[channel]) / self.std[channel]
        });
        Prepared { shown, input }
    }
}

/// Numbers with commas between them, of the model's metadata.
fn numbers(graph: &ModelGraph, key: &str) -> Vec<f32> {
    let text = graph.metadata.iter().find(|(name, _)| name == key);
    let parsed = text.map(|(_, text)| text.split(',').map(|part| part.trim().parse()).collect());
    parsed.and_then(Result::<_, _>::ok).unwrap_or_default()
}
