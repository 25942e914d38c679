//! Pictures from files, as a model's input.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use glassboard_model::ModelGraph;
use image::imageops::FilterType;
use image::{DynamicImage, ImageReader, Limits};
use ndarray::{Array3, ArrayD, Axis, Ix3};

/// Longest side of a picture that is decoded.
const MAX_SIDE: u32 = 16_384;
/// Most memory that decoding may take: a picture that is small as a file can be huge.
const MAX_DECODED_BYTES: u64 = 512 << 20;
/// Side of the input where neither the model nor the user says it.
const DEFAULT_SIDE: usize = 224;
/// ImageNet's statistics, as torchvision's models were trained with.
const IMAGENET_MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const IMAGENET_STD: [f32; 3] = [0.229, 0.224, 0.225];

/// Reads `224` or `224x320`.
pub(super) fn size(text: &str) -> Result<(usize, usize), String> {
    let (height, width) = text.split_once('x').unwrap_or((text, text));
    let side = |text: &str| {
        text.parse()
            .ok()
            .filter(|side| (1..=MAX_SIDE as usize).contains(side))
            .ok_or_else(|| format!("expected a side from 1 to {MAX_SIDE}, got {text:?}"))
    };
    Ok((side(height)?, side(width)?))
}

/// How pictures become inputs of a model.
#[derive(Debug)]
pub(super) struct Preparation {
    pub(super) size: (usize, usize),
    pub(super) mean: Vec<f32>,
    pub(super) std: Vec<f32>,
}

/// A picture, and what the model is given of it.
#[derive(Debug)]
pub(super) struct Prepared {
    /// `[H, W, 3]`, 0 to 1: what is shown.
    pub(super) shown: Array3<f32>,
    /// `[C, H, W]`, normalised.
    pub(super) input: Array3<f32>,
}

impl Preparation {
    /// What a model takes; what is not given is ImageNet's.
    pub(super) fn new(
        graph: &ModelGraph,
        mean: &[f32],
        std: &[f32],
        size: Option<(usize, usize)>,
    ) -> Result<Self> {
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
            bail!(
                "expected a model that takes pictures of 1 or 3 channels, got one that takes {}",
                glassboard_model::graph::shape_text(shape)
            );
        }
        let exported = (
            side(2).unwrap_or(DEFAULT_SIDE),
            side(3).unwrap_or(DEFAULT_SIDE),
        );
        let each = |given: &[f32], default: [f32; 3], name: &str| match (given, channels) {
            ([], 3) => Ok(default.to_vec()),
            // Of one channel, the mean over colours.
            ([], _) => Ok(vec![default.iter().sum::<f32>() / 3.0; channels]),
            ([one], _) => Ok(vec![*one; channels]),
            (given, _) if given.len() == channels => Ok(given.to_vec()),
            (given, _) => bail!("--{name}: expected {channels} numbers, got {}", given.len()),
        };
        let std = each(std, IMAGENET_STD, "std")?;
        if std.iter().any(|std| !(std.is_finite() && *std > 0.0)) {
            bail!("--std: expected numbers above 0, got {std:?}");
        }
        Ok(Self {
            size: size.unwrap_or(exported),
            mean: each(mean, IMAGENET_MEAN, "mean")?,
            std,
        })
    }

    /// Reads a picture, or numbers that are an input already.
    pub(super) fn read(&self, path: &Path) -> Result<Prepared> {
        if path.extension().is_some_and(|extension| extension == "npy") {
            return self
                .read_numbers(path)
                .with_context(|| path.display().to_string());
        }
        self.read_picture(path)
    }

    /// `[C, H, W]` or `[1, C, H, W]`, as the model takes it.
    fn read_numbers(&self, path: &Path) -> Result<Prepared> {
        let mut input: ArrayD<f32> = ndarray_npy::read_npy(path)?;
        let channels = self.mean.len();
        if input.ndim() == 4 && input.len_of(Axis(0)) == 1 {
            input.index_axis_inplace(Axis(0), 0);
        }
        let input = match input.into_dimensionality::<Ix3>() {
            Ok(input) if input.dim().0 == channels && !input.is_empty() => input,
            _ => bail!("expected an array of shape [{channels}, H, W], float32"),
        };
        let shown = Array3::from_shape_fn((input.dim().1, input.dim().2, 3), |(y, x, channel)| {
            let channel = channel.min(channels - 1);
            let value = input[[channel, y, x]] * self.std[channel] + self.mean[channel];
            value.clamp(0.0, 1.0)
        });
        Ok(Prepared { shown, input })
    }

    /// Decodes a picture, scales it so that it covers the size, takes its middle, and normalises it.
    fn read_picture(&self, path: &Path) -> Result<Prepared> {
        let picture = decode(path).with_context(|| path.display().to_string())?;
        let (height, width) = self.size;
        let covered = picture.resize_to_fill(width as u32, height as u32, FilterType::Triangle);
        let colours = covered.to_rgb8();
        let shown = Array3::from_shape_fn((height, width, 3), |(y, x, channel)| {
            f32::from(colours.get_pixel(x as u32, y as u32).0[channel]) / 255.0
        });
        let one_channel = covered.to_luma8();
        let channels = self.mean.len();
        let raw = Array3::from_shape_fn((channels, height, width), |(channel, y, x)| {
            if channels == 1 {
                f32::from(one_channel.get_pixel(x as u32, y as u32).0[0]) / 255.0
            } else {
                shown[[y, x, channel]]
            }
        });
        Ok(Prepared {
            shown,
            input: self.normalised(raw),
        })
    }

    fn normalised(&self, mut raw: Array3<f32>) -> Array3<f32> {
        let statistics = self.mean.iter().zip(&self.std);
        for (mut channel, (mean, std)) in raw.axis_iter_mut(Axis(0)).zip(statistics) {
            channel.mapv_inplace(|value| (value - mean) / std);
        }
        raw
    }
}

/// Decodes within the limits above.
fn decode(path: &Path) -> Result<DynamicImage> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    let mut reader = ImageReader::open(path)?.with_guessed_format()?;
    reader.limits(limits);
    Ok(reader.decode()?)
}
