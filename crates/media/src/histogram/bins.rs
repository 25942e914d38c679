//! `NumPy`'s rules for choosing bins (`numpy.histogram_bin_edges` of `NumPy` 2).

use std::borrow::Cow;
use std::f64::consts::PI;
use std::str::FromStr;

use super::{Binned, summation};
use crate::MediaError;

/// Most bins that a rule may ask for: 128 MB of edges.
const MAX_BINS: f64 = 16_777_216.0;

/// How to choose the bins of a histogram. n is the number of values; the rules from [`Bins::Auto`] to
/// [`Bins::Sqrt`] give the width of equal bins over the range of the values, which must be finite.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Bins {
    /// TensorFlow's 1,549 fixed edges: 0, and plus and minus 1e-12 times powers of 1.1 up to 9.9e19.
    #[default]
    TensorFlow,
    /// The narrower of [`Bins::Sturges`] and [`Bins::FreedmanDiaconis`], the latter at least half of
    /// [`Bins::Sqrt`].
    Auto,
    /// Width `2 IQR / n^(1/3)`, with the interquartile range IQR.
    FreedmanDiaconis,
    /// Width `range / (1 + log2 n + log2(1 + |g1| / sigma_g1))`, with the skewness g1 and
    /// `sigma_g1 = sqrt(6 (n - 2) / ((n + 1) (n + 3)))`.
    Doane,
    /// Width `(24 sqrt(pi) / n)^(1/3) sigma`, with the standard deviation sigma.
    Scott,
    /// The number of bins, up to the larger of 100 and `sqrt n`, with the smallest estimated integrated squared
    /// error `(2 - (n + 1) sum p_k^2) / width`, where `p_k` is the share of values in bin k.
    Stone,
    /// Width `range / (2 n^(1/3))`.
    Rice,
    /// Width `range / (log2 n + 1)`.
    Sturges,
    /// Width `range / sqrt n`.
    Sqrt,
    /// This many equal bins over the range of the values.
    Count(usize),
    /// Explicit edges, non-decreasing; the last bin holds its right edge too.
    Edges(Vec<f64>),
}

impl FromStr for Bins {
    type Err = MediaError;

    /// Reads the name of a rule as the reference spells it.
    fn from_str(name: &str) -> Result<Self, MediaError> {
        Ok(match name {
            "tensorflow" => Self::TensorFlow,
            "auto" => Self::Auto,
            "fd" => Self::FreedmanDiaconis,
            "doane" => Self::Doane,
            "scott" => Self::Scott,
            "stone" => Self::Stone,
            "rice" => Self::Rice,
            "sturges" => Self::Sturges,
            "sqrt" => Self::Sqrt,
            _ => {
                return Err(MediaError::UnknownBinRule {
                    got: name.to_owned(),
                });
            }
        })
    }
}

/// Counts values into bins chosen by `bins`; `min` and `max` are those of the values.
pub(super) fn count<'a>(
    values: &[f64],
    bins: &'a Bins,
    min: f64,
    max: f64,
) -> Result<Binned<'a>, MediaError> {
    let data = Data {
        values,
        n: values.len() as f64,
        min,
        max,
        range: max - min,
    };
    let width = match bins {
        Bins::TensorFlow => return Ok(super::tensorflow::count(values)),
        Bins::Edges(edges) => return count_in_edges(values, edges),
        Bins::Count(0) => {
            return Err(MediaError::ZeroBins {
                what: "number of bins",
            });
        }
        Bins::Count(count) => return data.count_in_equal_bins(*count as f64),
        _ if !data.range.is_finite() => return Err(MediaError::RangeNotFinite { min, max }),
        Bins::Auto => data.auto(),
        Bins::FreedmanDiaconis => data.freedman_diaconis(),
        Bins::Doane => data.doane(),
        Bins::Scott => data.scott(),
        Bins::Stone => data.stone(),
        Bins::Rice => data.range / (2.0 * data.n.powf(1.0 / 3.0)),
        Bins::Sturges => data.sturges(),
        Bins::Sqrt => data.sqrt(),
    };
    // Some rules give no width, such as Freedman and Diaconis' when half of the values are equal.
    if width == 0.0 {
        return data.count_in_equal_bins(1.0);
    }
    let (first, last) = data.outer_edges();
    // A width that overflowed gives one bin.
    data.count_in_equal_bins(((last - first) / width).ceil().max(1.0))
}

struct Data<'a> {
    values: &'a [f64],
    /// Number of values.
    n: f64,
    min: f64,
    max: f64,
    /// Largest minus smallest value.
    range: f64,
}

impl Data<'_> {
    /// The range of the values; half a unit around them when they are all equal.
    fn outer_edges(&self) -> (f64, f64) {
        if self.min == self.max {
            (self.min - 0.5, self.max + 0.5)
        } else {
            (self.min, self.max)
        }
    }

    fn sqrt(&self) -> f64 {
        self.range / self.n.sqrt()
    }

    fn sturges(&self) -> f64 {
        self.range / (self.n.log2() + 1.0)
    }

    fn auto(&self) -> f64 {
        let relaxed = self.freedman_diaconis().max(self.sqrt() / 2.0);
        relaxed.min(self.sturges())
    }

    fn freedman_diaconis(&self) -> f64 {
        let mut values = self.values.to_vec();
        let upper = quantile(&mut values, 0.75);
        let lower = quantile(&mut values, 0.25);
        2.0 * (upper - lower) * self.n.powf(-1.0 / 3.0)
    }

    fn scott(&self) -> f64 {
        let mean = summation::mean(self.values);
        let sigma = summation::standard_deviation(self.values, mean);
        (24.0 * PI.sqrt() / self.n).powf(1.0 / 3.0) * sigma
    }

    fn doane(&self) -> f64 {
        if self.values.len() <= 2 {
            return 0.0;
        }
        let n = self.n;
        let mean = summation::mean(self.values);
        let sigma = summation::standard_deviation(self.values, mean);
        if sigma <= 0.0 {
            return 0.0;
        }
        let skewness =
            summation::sum_of(self.values, |value| ((value - mean) / sigma).powf(3.0)) / n;
        let sigma_g1 = (6.0 * (n - 2.0) / ((n + 1.0) * (n + 3.0))).sqrt();
        self.range / (1.0 + n.log2() + (1.0 + skewness.abs() / sigma_g1).log2())
    }

    fn stone(&self) -> f64 {
        if self.values.len() <= 1 || self.range == 0.0 {
            return 0.0;
        }
        let mut sorted = self.values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let most = 100.max(self.n.sqrt() as usize);
        let error = |bins: usize| {
            let edges = equal_edges(self.min, self.max, bins);
            let starts = edges
                .iter()
                .map(|edge| sorted.partition_point(|value| value < edge));
            // The last bin holds its right edge too.
            let ends: Vec<usize> = starts.take(bins).chain([sorted.len()]).collect();
            let shares = ends.windows(2).map(|ends| match ends {
                [start, end] => (end - start) as f64 / self.n,
                _ => 0.0,
            });
            let squares: f64 = shares.map(|share| share * share).sum();
            (2.0 - (self.n + 1.0) * squares) / (self.range / bins as f64)
        };
        let mut best = (1, error(1));
        for bins in 2..=most {
            let error = error(bins);
            if error < best.1 {
                best = (bins, error);
            }
        }
        self.range / best.0 as f64
    }

    fn count_in_equal_bins(&self, wanted: f64) -> Result<Binned<'static>, MediaError> {
        let (min, max) = (self.min, self.max);
        if !self.range.is_finite() {
            return Err(MediaError::RangeNotFinite { min, max });
        }
        let too_many = MediaError::TooManyBins { wanted, min, max };
        // False for NaN too.
        if !(1.0..=MAX_BINS).contains(&wanted) {
            return Err(too_many);
        }
        let bins = wanted as usize;
        let (first, last) = self.outer_edges();
        let edges = equal_edges(first, last, bins);
        if edges.windows(2).any(|pair| pair.first() >= pair.last()) {
            return Err(too_many);
        }
        let scale = last - first;
        let mut counts = vec![0_u64; bins];
        for &value in self.values {
            let mut bin = (((value - first) / scale * wanted) as usize).min(bins - 1);
            // The quotient may be off by one unit in the last place near an edge: the edges decide.
            if edges.get(bin).is_some_and(|left| value < *left) {
                bin = bin.saturating_sub(1);
            } else if bin + 1 < bins && edges.get(bin + 1).is_some_and(|right| value >= *right) {
                bin += 1;
            }
            if let Some(count) = counts.get_mut(bin) {
                *count += 1;
            }
        }
        Ok(Binned {
            edges: Cow::Owned(edges),
            counts,
        })
    }
}

/// `bins + 1` equally spaced numbers from `first` to `last`, rounded as `numpy.linspace` rounds them.
fn equal_edges(first: f64, last: f64, bins: usize) -> Vec<f64> {
    let delta = last - first;
    let step = delta / bins as f64;
    let at = |i: usize| {
        // A step too small for a float is spread the other way round.
        let offset = if step == 0.0 {
            i as f64 / bins as f64 * delta
        } else {
            i as f64 * step
        };
        offset + first
    };
    (0..bins).map(at).chain([last]).collect()
}

/// Quantile with linear interpolation between neighbours; reorders the values, none of which is NaN.
fn quantile(values: &mut [f64], share: f64) -> f64 {
    let place = values.len().saturating_sub(1) as f64 * share;
    let below = place.floor();
    let t = place - below;
    if values.is_empty() {
        return f64::NAN;
    }
    let (_, &mut a, above) = values.select_nth_unstable_by(below as usize, f64::total_cmp);
    let b = above.iter().copied().min_by(f64::total_cmp).unwrap_or(a);
    // Computed from the nearer neighbour, as `NumPy` does.
    if t >= 0.5 {
        b - (b - a) * (1.0 - t)
    } else {
        a + (b - a) * t
    }
}

fn count_in_edges<'a>(values: &[f64], edges: &'a [f64]) -> Result<Binned<'a>, MediaError> {
    let wrong = |reason: String| Err(MediaError::Edges { reason });
    let (Some(&first), Some(&last), true) = (edges.first(), edges.last(), edges.len() >= 2) else {
        return wrong(format!("{} of them", edges.len()));
    };
    if let Some(pair) = edges.windows(2).find(|pair| !pair.is_sorted()) {
        return wrong(format!("{pair:?}"));
    }
    let mut counts = vec![0_u64; edges.len() - 1];
    for value in values {
        if (first..=last).contains(value) {
            // The last bin holds its right edge too.
            let bin = edges
                .partition_point(|edge| edge <= value)
                .saturating_sub(1)
                .min(counts.len() - 1);
            if let Some(count) = counts.get_mut(bin) {
                *count += 1;
            }
        }
    }
    Ok(Binned {
        edges: Cow::Borrowed(edges),
        counts,
    })
}
