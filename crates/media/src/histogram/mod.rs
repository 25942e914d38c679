//! Values counted into bins, as `torch.utils.tensorboard` and `NumPy` do it.

mod bins;
mod parallel;
mod single;
mod summation;
mod tensorflow;

use std::borrow::Cow;

use crate::MediaError;
use crate::element::{AsTensor, Element};

pub use bins::Bins;

/// Smallest and largest values that are looked for at the same time.
const LANES: usize = 8;

/// Values counted into bins, in the form event files hold it.
///
/// # Shapes
/// `bucket_limits` and `bucket_counts` have the same length. A bucket reaches from the limit before it (or `min`)
/// up to its own limit. [`Histogram::count`] leaves the first bucket empty: its limit is the left edge of the first bin
/// with values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// Smallest value; NaN when any value is NaN.
    pub min: f64,
    /// Largest value; NaN when any value is NaN.
    pub max: f64,
    /// How many values there are, counted into a bin or not.
    pub num: f64,
    /// Sum of all values.
    pub sum: f64,
    /// Sum of the squares of all values.
    pub sum_squares: f64,
    /// Right edge of each bucket, increasing.
    pub bucket_limits: Vec<f64>,
    /// How many values lie in each bucket.
    pub bucket_counts: Vec<f64>,
}

impl Histogram {
    /// Counts the values of a tensor of any shape.
    ///
    /// Values become 64-bit floats first, so integers are binned by the rules for floats, as the reference does.
    /// With `max_bins`, neighbouring bins are joined, `bins / max_bins` at a time. Empty bins at both ends are cut
    /// off. NaN and values beyond the outer edges are in the statistics and in no bin.
    ///
    /// # Errors
    /// [`MediaError::NoValues`], [`MediaError::NothingCounted`], [`MediaError::RangeNotFinite`] (rules that look at
    /// the range), [`MediaError::TooManyBins`], [`MediaError::ZeroBins`], [`MediaError::Edges`].
    pub fn count<V>(values: &V, bins: &Bins, max_bins: Option<usize>) -> Result<Self, MediaError>
    where
        V: AsTensor<Elem: Element> + ?Sized,
    {
        let tensor = values.as_tensor();
        let values = tensor.as_standard_layout();
        let values = values.as_slice().unwrap_or_default();
        if values.is_empty() {
            return Err(MediaError::NoValues);
        }
        let statistics = Statistics::of(values);
        let mut binned = match bins {
            Bins::TensorFlow => tensorflow::count(values),
            bins => {
                let values: Vec<f64> = values.iter().map(|value| value.to_f64()).collect();
                bins::count(&values, bins, statistics.min, statistics.max)?
            }
        };
        if let Some(max_bins) = max_bins {
            binned = binned.joined(max_bins)?;
        }
        let (bucket_limits, bucket_counts) =
            binned.trimmed().ok_or(MediaError::NothingCounted {
                values: values.len(),
            })?;
        let Statistics {
            min,
            max,
            sum,
            sum_squares,
        } = statistics;
        Ok(Self {
            min,
            max,
            num: values.len() as f64,
            sum,
            sum_squares,
            bucket_limits,
            bucket_counts,
        })
    }
}

/// What is known of the values whatever the bins are.
#[derive(Clone, Copy)]
struct Statistics {
    /// Smallest value; NaN when any value is NaN.
    min: f64,
    /// Largest value; NaN when any value is NaN.
    max: f64,
    sum: f64,
    sum_squares: f64,
}

impl Statistics {
    fn of<T: Element>(values: &[T]) -> Self {
        let threads = parallel::threads(values.len());
        let all = summation::pairwise(values, threads, &Self::of_block, &Self::combined);
        // Comparisons with NaN are false; it shows in the sum of squares, which nothing else makes NaN.
        if all.sum_squares.is_nan() {
            return Self {
                min: f64::NAN,
                max: f64::NAN,
                ..all
            };
        }
        all
    }

    fn of_block<T: Element>(values: &[T]) -> Self {
        let sum = summation::sum_of_block(values, Element::to_f64);
        let sum_squares = summation::sum_of_block(values, |value| {
            let value = value.to_f64();
            value * value
        });
        let mut lows = [f64::INFINITY; LANES];
        let mut highs = [f64::NEG_INFINITY; LANES];
        let (chunks, rest) = values.as_chunks::<LANES>();
        let mut look_at = |lane: usize, value: f64| {
            lows[lane] = lesser(value, lows[lane]);
            highs[lane] = -lesser(-value, -highs[lane]);
        };
        for chunk in chunks {
            for (lane, value) in chunk.iter().enumerate() {
                look_at(lane, value.to_f64());
            }
        }
        for (lane, value) in rest.iter().enumerate() {
            look_at(lane, value.to_f64());
        }
        Self {
            min: lows.into_iter().fold(f64::INFINITY, lesser),
            max: -highs
                .into_iter()
                .map(|high| -high)
                .fold(f64::INFINITY, lesser),
            sum,
            sum_squares,
        }
    }

    fn combined(left: Self, right: Self) -> Self {
        Self {
            min: lesser(right.min, left.min),
            max: -lesser(-right.max, -left.max),
            sum: left.sum + right.sum,
            sum_squares: left.sum_squares + right.sum_squares,
        }
    }
}

/// The lesser of two numbers, in one instruction: the second when either is NaN.
fn lesser(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// The right edge of bin i is the left edge of bin i + 1: one more edge than counts.
#[derive(Clone, Debug, PartialEq)]
struct Binned<'a> {
    edges: Cow<'a, [f64]>,
    counts: Vec<u64>,
}

impl Binned<'_> {
    /// Joins neighbouring bins when there are more than `max_bins`.
    fn joined(self, max_bins: usize) -> Result<Self, MediaError> {
        if max_bins == 0 {
            return Err(MediaError::ZeroBins { what: "max_bins" });
        }
        if self.counts.len() <= max_bins {
            return Ok(self);
        }
        let together = self.counts.len() / max_bins;
        let counts: Vec<u64> = self
            .counts
            .chunks(together)
            .map(|bins| bins.iter().sum())
            .collect();
        // The last block may be shorter than the others; its right edge is the last one all the same.
        let left = self.edges.iter().step_by(together).take(counts.len());
        let edges = left.chain(self.edges.last()).copied().collect();
        Ok(Self {
            edges: Cow::Owned(edges),
            counts,
        })
    }

    /// Limits and counts from the first to the last bin with values, with one empty bucket to the left;
    /// nothing when no bin has any.
    fn trimmed(&self) -> Option<(Vec<f64>, Vec<f64>)> {
        let first = self.counts.iter().position(|&count| count > 0)?;
        let last = self.counts.iter().rposition(|&count| count > 0)?;
        let limits = self.edges.get(first..last + 2)?.to_vec();
        let counts = self
            .counts
            .get(first..=last)?
            .iter()
            .map(|&count| count as f64);
        Some((limits, std::iter::once(0.0).chain(counts).collect()))
    }
}

#[cfg(test)]
mod tests;
