//! Which pixels a score depends on: the steps around the gradients or runs of a network.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use ndarray::{Array2, Array3, ArrayD, ArrayView2, ArrayView3, ArrayViewD, Axis, s};

use crate::{ExplainError, Result};

/// A way to find the pixels that a score depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Saliency {
    /// The gradient of the score (Simonyan et al. 2013, arXiv:1312.6034).
    Gradient,
    /// The gradient through positive paths only (Springenberg et al. 2014, arXiv:1412.6806): each `ReLU` lets pass the
    /// gradient where its input and the gradient are positive.
    GuidedBackprop,
    /// Guided backpropagation times the Grad-CAM map.
    GuidedGradCam,
    /// The mean gradient of noisy copies (Smilkov et al. 2017, arXiv:1706.03825).
    SmoothGrad,
    /// The mean gradient on the way from a blank picture, times the picture (Sundararajan et al. 2017,
    /// arXiv:1703.01365).
    IntegratedGradients,
    /// The drop of the score when a window is covered (Zeiler and Fergus 2013, arXiv:1311.2901).
    Occlusion,
}

impl Saliency {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Gradient,
        Self::GuidedBackprop,
        Self::GuidedGradCam,
        Self::SmoothGrad,
        Self::IntegratedGradients,
        Self::Occlusion,
    ];

    /// Its name, as [`FromStr`] reads it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gradient => "gradient",
            Self::GuidedBackprop => "guided-backprop",
            Self::GuidedGradCam => "guided-grad-cam",
            Self::SmoothGrad => "smooth-grad",
            Self::IntegratedGradients => "integrated-gradients",
            Self::Occlusion => "occlusion",
        }
    }
}

impl fmt::Display for Saliency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Saliency {
    type Err = ExplainError;

    /// Reads a name with or without its hyphens, in any case; `vanilla` is the gradient.
    fn from_str(text: &str) -> Result<Self> {
        let plain = |name: &str| name.replace(['-', '_', ' '], "").to_lowercase();
        let wanted = match plain(text).as_str() {
            "vanilla" => "gradient".to_owned(),
            other => other.to_owned(),
        };
        let found = Self::ALL.iter().find(|way| plain(way.name()) == wanted);
        found.copied().ok_or_else(|| {
            ExplainError::unknown_name("saliency", text, Self::ALL.iter().map(|way| way.name()))
        })
    }
}

/// Where on the way from the baseline (0) to the input (1) integrated gradients are taken, and the weights of their mean:
/// the points of Gauss and Legendre, as Captum's default.
///
/// `(x - baseline) sum_i weight_i dS/dx(baseline + point_i (x - baseline))`
pub fn integrated_gradients_points(steps: usize) -> Vec<(f64, f64)> {
    let n = steps as f64;
    let mut points: Vec<(f64, f64)> = (0..steps)
        .map(|i| {
            // Newton's method on the Legendre polynomial, from a close guess.
            let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..100 {
                let (value, previous) = legendre(steps, x);
                slope = n * (x * value - previous) / (x * x - 1.0);
                let step = value / slope;
                x -= step;
                if step.abs() < 1e-16 {
                    break;
                }
            }
            // From -1 ... 1 to 0 ... 1.
            let weight = 1.0 / ((1.0 - x * x) * slope * slope);
            ((1.0 - x) / 2.0, weight)
        })
        .collect();
    if steps == 1 {
        points = vec![(0.5, 1.0)];
    }
    points
}

/// The Legendre polynomials of a degree and of the one below at x.
fn legendre(degree: usize, x: f64) -> (f64, f64) {
    let (mut value, mut previous) = (1.0, 0.0);
    for k in 1..=degree {
        let k = k as f64;
        (value, previous) = (
            ((2.0 * k - 1.0) * x * value - (k - 1.0) * previous) / k,
            value,
        );
    }
    (value, previous)
}

/// A part of the picture that is covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// From row to row.
    pub rows: Range<usize>,
    /// From column to column.
    pub columns: Range<usize>,
}

/// All windows of a size that are covered one after the other, `stride` apart; those at the right and the bottom are cut off
/// at the edge.
///
/// # Errors
/// [`ExplainError::WrongOption`] for a window or stride of 0, or a stride that leaves pixels uncovered.
pub fn occlusion_windows(
    size: (usize, usize),
    window: (usize, usize),
    stride: (usize, usize),
) -> Result<Vec<Window>> {
    let ranges = |length: usize, window: usize, stride: usize| {
        if stride == 0 || window < stride {
            return Err(ExplainError::WrongOption {
                option: "stride",
                expected: "1 to the size of the window",
                got: stride.to_string(),
            });
        }
        let steps = length.saturating_sub(window).div_ceil(stride) + 1;
        let range = move |i: usize| i * stride..(i * stride + window).min(length);
        Ok((0..steps).map(range).collect::<Vec<_>>())
    };
    let rows = ranges(size.0, window.0, stride.0)?;
    let columns = ranges(size.1, window.1, stride.1)?;
    let pairs = rows.iter().flat_map(|rows| {
        columns.iter().map(|columns| Window {
            rows: rows.clone(),
            columns: columns.clone(),
        })
    });
    Ok(pairs.collect())
}

/// The map of occlusion: at each pixel, the mean drop of the score over the windows that covered it.
///
/// # Shapes
/// `scores`: one for each window; result: `[H, W]`, f32.
///
/// # Errors
/// [`ExplainError::Shape`] when there are more or fewer scores than windows, or a window lies beyond the picture.
pub fn occlusion_map(
    size: (usize, usize),
    windows: &[Window],
    score: f32,
    scores: &[f32],
) -> Result<Array2<f32>> {
    if windows.len() != scores.len() {
        return Err(ExplainError::Shape {
            what: "scores of covered pictures".to_owned(),
            expected: format!("[{}]", windows.len()),
            got: vec![scores.len()],
        });
    }
    if let Some(beyond) = windows
        .iter()
        .find(|window| window.rows.end > size.0 || window.columns.end > size.1)
    {
        return Err(ExplainError::Shape {
            what: "window that is covered".to_owned(),
            expected: format!("within [{}, {}]", size.0, size.1),
            got: vec![beyond.rows.end, beyond.columns.end],
        });
    }
    let mut sum = Array2::<f64>::zeros(size);
    let mut count = Array2::<f64>::zeros(size);
    for (window, covered) in windows.iter().zip(scores) {
        let part = s![window.rows.clone(), window.columns.clone()];
        sum.slice_mut(part)
            .mapv_inplace(|value| value + f64::from(score - covered));
        count.slice_mut(part).mapv_inplace(|value| value + 1.0);
    }
    sum.zip_mut_with(&count, |sum, &count| *sum /= count.max(1.0));
    Ok(sum.mapv(|value| value as f32))
}

/// A copy of the input with normal noise, for `SmoothGrad`: its deviation is a share of the input's range.
///
/// # Shapes
/// any, f32.
pub fn with_noise(
    input: ArrayViewD<'_, f32>,
    share: f32,
    random: &mut fastrand::Rng,
) -> ArrayD<f32> {
    let (min, max) = crate::cam::range(input.iter());
    let deviation = f64::from(share) * f64::from((max - min).max(0.0));
    input.mapv(|value| value + (deviation * normal(random)) as f32)
}

/// A number of the standard normal distribution (Box and Muller).
pub(crate) fn normal(random: &mut fastrand::Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.f64()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.f64()).cos()
}

/// Guided Grad-CAM: guided backpropagation where the Grad-CAM map is.
///
/// # Shapes
/// `guided` and result: `[C, H, W]`; `map`: `[H, W]`, 0 ... 1.
///
/// # Errors
/// [`ExplainError::Shape`].
pub fn guided_grad_cam(
    guided: ArrayView3<'_, f32>,
    map: ArrayView2<'_, f32>,
) -> Result<Array3<f32>> {
    let (_, height, width) = guided.dim();
    if map.dim() != (height, width) {
        return Err(ExplainError::Shape {
            what: "map".to_owned(),
            expected: format!("[{height}, {width}]"),
            got: map.shape().to_vec(),
        });
    }
    Ok(&guided * &map)
}

/// One number for each pixel: the largest absolute value of its channels.
///
/// # Shapes
/// `gradients`: `[C, H, W]`; result: `[H, W]`, f32, 0 or more.
pub fn strongest_channel(gradients: ArrayView3<'_, f32>) -> Array2<f32> {
    gradients.fold_axis(Axis(0), 0.0, |most: &f32, value| most.max(value.abs()))
}

/// A gradient as a picture: `(x - mean) / (std + 1e-5) * 0.1 + 0.5`, cut to 0 ... 1 (`deprocess_image`).
///
/// # Shapes
/// any, f32.
pub fn as_picture(gradients: ArrayViewD<'_, f32>) -> ArrayD<f32> {
    const EPSILON: f64 = 1e-5;
    let count = gradients.len().max(1) as f64;
    let mean = gradients.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
    let squares = gradients
        .iter()
        .map(|&value| (f64::from(value) - mean).powi(2));
    let deviation = (squares.sum::<f64>() / count).sqrt();
    gradients.mapv(|value| {
        let value = (f64::from(value) - mean) / (deviation + EPSILON) * 0.1 + 0.5;
        value.clamp(0.0, 1.0) as f32
    })
}
