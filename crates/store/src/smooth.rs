//! Smoothing of scalar series, always computed over every live point, never over a reduced line.
//!
//! In the formulas `y_i` are the finite values in order and `x_i` their places on the horizontal axis.
//! A value that is not finite stays as it is and does not count, and a series whose values are all the same
//! stays as it is: both as in TensorBoard.

use crate::StoreError;

/// Weights of the past below this are possible; at 1 the past would never fade.
const MAX_WEIGHT: f64 = 1.0;
/// Largest standard deviation of the Gaussian kernel, in points.
pub const MAX_SIGMA: f64 = 10_000.0;
/// Half the width of the Gaussian kernel, in standard deviations; what lies beyond weighs less than 1 in 2,900.
const GAUSSIAN_REACH: f64 = 4.0;
/// Into so many parts the visible x range is divided for the unit of [`Smoothing::TimeWeighted`].
const X_UNITS: f64 = 1_000.0;

/// How a series is smoothed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Smoothing {
    /// See [`exponential`].
    Exponential {
        /// Weight of the past, from 0 to below 1.
        weight: f64,
    },
    /// See [`time_weighted`]; the x range is the visible one.
    TimeWeighted {
        /// Weight of the past over one thousandth of the x range, from 0 to below 1.
        weight: f64,
    },
    /// See [`gaussian`].
    Gaussian {
        /// Standard deviation in points, above 0 to [`MAX_SIGMA`].
        sigma: f64,
    },
    /// See [`running_mean`].
    RunningMean {
        /// Width of the window in points, at least 1.
        window: u32,
    },
}

impl Smoothing {
    /// Whether the parameter is possible.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`] when it is not.
    pub fn check(&self) -> Result<(), StoreError> {
        let (possible, parameter, expected, got) = match *self {
            Self::Exponential { weight } | Self::TimeWeighted { weight } => (
                (0.0..MAX_WEIGHT).contains(&weight),
                "smoothing.weight",
                "0 to below 1",
                weight,
            ),
            Self::Gaussian { sigma } => (
                sigma > 0.0 && sigma <= MAX_SIGMA,
                "smoothing.sigma",
                "above 0 to 10000",
                sigma,
            ),
            Self::RunningMean { window } => (
                window > 0,
                "smoothing.window",
                "1 or more",
                f64::from(window),
            ),
        };
        if possible {
            Ok(())
        } else {
            Err(StoreError::OutOfRange {
                parameter,
                expected,
                got: got.to_string(),
            })
        }
    }
}

/// Exponential moving average without the bias towards 0 at the start.
///
/// `s_i = w s_{i-1} + (1 - w) y_i` with `s_0 = 0`, shown as `s_i / (1 - w^i)`.
///
/// Source: TensorBoard, `webapp/widgets/line_chart_v2/data_transformer.ts`; the correction is that of Adam
/// (Kingma and Ba 2015, section 3).
pub fn exponential(values: &[f64], weight: f64) -> Vec<f64> {
    if is_constant(values) {
        return values.to_vec();
    }
    let mut average = Average::exponential(weight);
    values
        .iter()
        .map(|value| average.push(0.0, *value))
        .collect()
}

/// Exponential moving average whose past fades with the distance in x rather than with the number of points.
///
/// `s_i = s_{i-1} w^d_i + y_i` and `n_i = n_{i-1} w^d_i + 1`, shown as `s_i / n_i`, where
/// `d_i = 1000 |x_i - x_{i-1}| / x_range`.
///
/// Source: Weights & Biases, "Smooth line plots", time-weighted exponential moving average; there the weight is
/// the square root of what the user sets, here it is what the user sets.
///
/// # Shapes
/// `xs` and `values` are of the same length; what the longer one has more is left out.
pub fn time_weighted(xs: &[f64], values: &[f64], weight: f64, x_range: f64) -> Vec<f64> {
    if is_constant(values) {
        return values.to_vec();
    }
    let mut average = Average::time_weighted(weight, x_range);
    xs.iter()
        .zip(values)
        .map(|(x, value)| average.push(*x, *value))
        .collect()
}

/// Mean weighted by a Gaussian kernel over the sequence of points.
///
/// `Σ_k g_k y_{i+k} / Σ_k g_k` with `g_k = exp(-k² / 2σ²)` over `|k| ≤ 4σ` and the points there are.
pub fn gaussian(values: &[f64], sigma: f64) -> Vec<f64> {
    let kernel = Kernel::gaussian(sigma);
    (0..values.len())
        .map(|index| kernel.at(values, index))
        .collect()
}

/// Mean of the `window` points around each point: `(window - 1) / 2` before it and `window / 2` after it,
/// rounded down, and the points there are.
pub fn running_mean(values: &[f64], window: u32) -> Vec<f64> {
    let means = RunningMeans::new(values, window);
    (0..values.len()).map(|index| means.at(index)).collect()
}

/// Whether all values are the same; NaN is not the same as NaN.
fn is_constant(values: &[f64]) -> bool {
    values
        .first()
        .is_none_or(|first| values.iter().all(|value| value == first))
}

/// An average of the past: one of the two exponential methods, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Average {
    weight: f64,
    /// x units per unit of x, for the time-weighted method.
    x_scale: Option<f64>,
    /// Weighted sum of the values.
    sum: f64,
    /// What the sum is divided by: for the exponential method `1 - norm`.
    norm: f64,
    before: Option<f64>,
    /// The last distance in units and `weight` to its power: distances are mostly equal.
    faded: (f64, f64),
}

impl Average {
    pub(crate) fn exponential(weight: f64) -> Self {
        Self {
            weight,
            x_scale: None,
            sum: 0.0,
            norm: 1.0,
            before: None,
            faded: (0.0, 1.0),
        }
    }

    pub(crate) fn time_weighted(weight: f64, x_range: f64) -> Self {
        let x_scale = if x_range > 0.0 && x_range.is_finite() {
            X_UNITS / x_range
        } else {
            0.0
        };
        Self {
            x_scale: Some(x_scale),
            norm: 0.0,
            ..Self::exponential(weight)
        }
    }

    /// Takes the next point and gives its smoothed value.
    #[inline]
    pub(crate) fn push(&mut self, x: f64, value: f64) -> f64 {
        if !value.is_finite() {
            return value;
        }
        match self.x_scale {
            None => {
                self.sum = self.sum * self.weight + (1.0 - self.weight) * value;
                self.norm *= self.weight;
                self.sum / (1.0 - self.norm)
            }
            Some(x_scale) => {
                let distance = self
                    .before
                    .map_or(0.0, |before| (x - before).abs() * x_scale);
                if distance.is_finite() {
                    self.before = Some(x);
                    if distance != self.faded.0 {
                        self.faded = (distance, self.weight.powf(distance));
                    }
                    self.sum *= self.faded.1;
                    self.norm *= self.faded.1;
                }
                self.sum += value;
                self.norm += 1.0;
                self.sum / self.norm
            }
        }
    }
}

/// The right half of a Gaussian kernel, its middle first.
pub(crate) struct Kernel(Vec<f64>);

impl Kernel {
    pub(crate) fn gaussian(sigma: f64) -> Self {
        let reach = (sigma * GAUSSIAN_REACH).ceil() as usize;
        let weight = |distance: usize| (-(distance as f64).powi(2) / (2.0 * sigma * sigma)).exp();
        Self((0..=reach).map(weight).collect())
    }

    pub(crate) fn at(&self, values: &[f64], index: usize) -> f64 {
        let value = values[index];
        if !value.is_finite() {
            return value;
        }
        let (mut sum, mut norm) = (value * self.0[0], self.0[0]);
        let right = values[index + 1..].iter();
        let left = values[..index].iter().rev();
        for (neighbour, weight) in right.zip(&self.0[1..]).chain(left.zip(&self.0[1..])) {
            if neighbour.is_finite() {
                sum += neighbour * weight;
                norm += weight;
            }
        }
        sum / norm
    }
}

/// The running mean of one point, from its window alone.
pub(crate) fn running_mean_at(values: &[f64], window: u32, index: usize) -> f64 {
    let value = values[index];
    if !value.is_finite() {
        return value;
    }
    let (before, after) = reach(window);
    let end = (index + after + 1).min(values.len());
    let finite = values[index.saturating_sub(before)..end]
        .iter()
        .filter(|value| value.is_finite());
    let (sum, count) = finite.fold((0.0, 0_usize), |(sum, count), other| {
        (sum + (other - value), count + 1)
    });
    value + sum / count as f64
}

/// How many points before and after the middle one a window holds.
fn reach(window: u32) -> (usize, usize) {
    let window = window.max(1) as usize;
    ((window - 1) / 2, window / 2)
}

/// Running means of any point from sums of all before it.
pub(crate) struct RunningMeans<'a> {
    values: &'a [f64],
    before: usize,
    after: usize,
    /// Sum and number of the finite values before each point, and after the last.
    sums: Vec<(f64, usize)>,
    middle: f64,
}

impl<'a> RunningMeans<'a> {
    pub(crate) fn new(values: &'a [f64], window: u32) -> Self {
        let (before, after) = reach(window);
        // Sums of differences from a typical value lose less precision than sums of the values.
        let middle = values
            .iter()
            .copied()
            .find(|value| value.is_finite())
            .unwrap_or_default();
        let mut sums = Vec::with_capacity(values.len() + 1);
        let (mut sum, mut count) = (0.0, 0);
        sums.push((sum, count));
        for value in values {
            if value.is_finite() {
                sum += value - middle;
                count += 1;
            }
            sums.push((sum, count));
        }
        Self {
            values,
            before,
            after,
            sums,
            middle,
        }
    }

    pub(crate) fn at(&self, index: usize) -> f64 {
        let value = self.values[index];
        if !value.is_finite() {
            return value;
        }
        let start = self.sums[index.saturating_sub(self.before)];
        let end = self.sums[(index + self.after + 1).min(self.values.len())];
        self.middle + (end.0 - start.0) / (end.1 - start.1) as f64
    }
}
