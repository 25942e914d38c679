//! Histograms as the dashboards show them: normalised, on common bins, as percentiles.

use glassboard_events::{
    Tensor,
    proto::tensorboard::{HistogramProto, TensorProto, summary},
};

use crate::StoreError;

/// The hundredths of a percent at which [`Histogram::percentiles`] stand: the minimum, -1.5, -1, -0.5 standard
/// deviations of a normal distribution, the median, the same upwards, and the maximum.
///
/// Source: TensorBoard, `plugins/distribution/compressor.py`, `NORMAL_HISTOGRAM_BPS`.
pub const BASIS_POINTS: [u32; 9] = [0, 668, 1587, 3085, 5000, 6915, 8413, 9332, 10_000];

/// Bins that [`common_edges`] may be asked for at most.
const MAX_BINS: usize = 10_000;

/// By how much the range of histograms of one single value reaches beyond it: by this factor, and by 1.
const SINGLE_VALUE_FACTOR: f64 = 1.1;

/// An edge nearer to zero than this share of the range is zero.
const ZERO_EDGE: f64 = 1e-12;

/// One histogram with its buckets in increasing order.
///
/// Empty buckets at both ends are dropped; then the first bucket begins at the smallest value logged and the
/// last one ends at the largest, because writers put the outermost edges at ±1.8e308. This is TensorBoard's
/// rule (`data_compat.py`, `_migrate_histogram_value`), here in double precision and without its data server's
/// trap: dropping comes before moving edges, so no bucket ends left of where it begins.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Histogram {
    /// Left edge of each bucket.
    pub left: Vec<f64>,
    /// Right edge of each bucket.
    pub right: Vec<f64>,
    /// Number of values in each bucket; sums of weights where a writer logged such.
    pub counts: Vec<f64>,
    /// Smallest value logged.
    pub min: f64,
    /// Largest value logged.
    pub max: f64,
    /// Number of values logged.
    pub num: f64,
    /// Their sum; of a tensor without one the sum over the middles of the buckets.
    pub sum: f64,
    /// The sum of their squares; of a tensor without one as for [`Self::sum`].
    pub sum_squares: f64,
}

impl Histogram {
    /// The histogram of a summary's value: a histogram message, or a tensor of shape `[k, 3]`.
    ///
    /// # Errors
    /// [`StoreError::MalformedHistogram`] when the value is neither.
    pub fn from_value(value: &summary::Value) -> Result<Self, StoreError> {
        match &value.value {
            Some(summary::value::Value::Histo(proto)) => Self::from_proto(proto),
            Some(summary::value::Value::Tensor(proto)) => Self::from_tensor_proto(proto),
            _ => Err(malformed(
                "a histogram or a tensor",
                "another kind of value".into(),
            )),
        }
    }

    /// The histogram of a message.
    ///
    /// # Errors
    /// [`StoreError::MalformedHistogram`] when there are not as many limits as buckets.
    pub fn from_proto(proto: &HistogramProto) -> Result<Self, StoreError> {
        let HistogramProto {
            min,
            max,
            num,
            sum,
            sum_squares,
            bucket_limit,
            bucket,
        } = proto;
        if bucket.len() != bucket_limit.len() {
            let got = format!("{} limits of {} buckets", bucket_limit.len(), bucket.len());
            return Err(malformed("as many limits as buckets", got));
        }
        let figures = Self {
            min: *min,
            max: *max,
            num: *num,
            sum: *sum,
            sum_squares: *sum_squares,
            ..Self::default()
        };
        let occupied = |count: &f64| *count > 0.0;
        let (Some(first), Some(last)) = (
            bucket.iter().position(occupied),
            bucket.iter().rposition(occupied),
        ) else {
            return Ok(figures);
        };
        let inner_edges = &bucket_limit[first..last];
        let mut edges = vec![*min];
        edges.extend_from_slice(inner_edges);
        edges.push(*max);
        // Limits that do not increase, or values said to lie outside their bucket: keep edges in order.
        let mut reached = f64::NEG_INFINITY;
        for edge in &mut edges {
            reached = reached.max(*edge);
            *edge = reached;
        }
        Ok(Self {
            left: edges[..edges.len() - 1].to_vec(),
            right: edges[1..].to_vec(),
            counts: bucket[first..=last].to_vec(),
            ..figures
        })
    }

    /// The histogram of a tensor of shape `[k, 3]`: left edge, right edge and count of each bucket.
    ///
    /// # Errors
    /// [`StoreError::MalformedHistogram`] when the tensor has another shape or is not numeric.
    pub fn from_tensor(tensor: &Tensor) -> Result<Self, StoreError> {
        let rows = match tensor.shape.as_slice() {
            // TensorFlow writes a histogram of nothing in either form.
            [0] | [0, _] => Some(Vec::new()),
            [_, 3] => tensor.to_f64(),
            _ => None,
        };
        let Some(rows) = rows else {
            return Err(malformed(
                "a numeric tensor of shape [k, 3]",
                format!("shape {:?}", tensor.shape),
            ));
        };
        let (rows, _) = rows.as_chunks::<3>();
        let mut histogram = Self {
            left: rows.iter().map(|[left, ..]| *left).collect(),
            right: rows.iter().map(|[_, right, _]| *right).collect(),
            counts: rows.iter().map(|[.., count]| *count).collect(),
            ..Self::default()
        };
        let occupied = |[.., count]: &&[f64; 3]| *count > 0.0;
        histogram.min = rows.iter().find(occupied).map_or(0.0, |[left, ..]| *left);
        histogram.max = rows
            .iter()
            .rfind(occupied)
            .map_or(0.0, |[_, right, _]| *right);
        for [left, right, count] in rows {
            let middle = left + (right - left) / 2.0;
            histogram.num += count;
            histogram.sum += count * middle;
            histogram.sum_squares += count * middle * middle;
        }
        Ok(histogram)
    }

    fn from_tensor_proto(proto: &TensorProto) -> Result<Self, StoreError> {
        let tensor = Tensor::from_proto(proto)
            .map_err(|error| malformed("a tensor of shape [k, 3]", error.to_string()))?;
        Self::from_tensor(&tensor)
    }

    /// Values in no bucket: NaN, or outside of the outermost edges of the writer.
    pub fn uncounted(&self) -> f64 {
        let uncounted = self.num - self.counts.iter().sum::<f64>();
        // Counts that are sums of weights, and what rounding leaves of large numbers.
        if uncounted > self.num.abs() * 1e-9 {
            uncounted
        } else {
            0.0
        }
    }

    /// Values in the bucket that holds zero: the one that begins at or before it and ends after it, or the last
    /// one where that ends at zero.
    pub fn zero_bucket(&self) -> f64 {
        let mut buckets = self.left.iter().zip(&self.right).zip(&self.counts);
        let holding = |((left, right), _): &((&f64, &f64), &f64)| {
            **left <= 0.0 && (**right > 0.0 || (**left == 0.0 && **right == 0.0))
        };
        if let Some((_, count)) = buckets.clone().find(holding) {
            return *count;
        }
        buckets
            .next_back()
            .filter(|((_, right), _)| **right == 0.0)
            .map_or(0.0, |(_, count)| *count)
    }

    /// The values at [`BASIS_POINTS`], interpolated linearly within buckets.
    ///
    /// Within the bucket in which the cumulated share passes `p`, from `a` at its left edge to `b` at its right:
    /// `left + (p - a) / (b - a) (right - left)`. A histogram of nothing has zeros.
    ///
    /// Source: TensorBoard, `plugins/distribution/compressor.py`, `compress_histogram`.
    pub fn percentiles(&self) -> [f64; BASIS_POINTS.len()] {
        let (Some(&lowest), Some(&highest)) = (self.left.first(), self.right.last()) else {
            return [0.0; BASIS_POINTS.len()];
        };
        let whole = match self.counts.iter().sum::<f64>() {
            0.0 => 1.0,
            sum => sum,
        };
        let full = f64::from(BASIS_POINTS[BASIS_POINTS.len() - 1]);
        let mut cumulated = 0.0;
        let cumulated: Vec<f64> = self
            .counts
            .iter()
            .map(|count| {
                cumulated += count * full / whole;
                cumulated
            })
            .collect();
        BASIS_POINTS.map(|point| {
            let point = f64::from(point);
            let mut index = cumulated.partition_point(|share| *share <= point);
            loop {
                let Some(&share) = cumulated.get(index) else {
                    return highest;
                };
                let before = index.checked_sub(1).map_or(0.0, |before| cumulated[before]);
                if share == before {
                    index += 1;
                    continue;
                }
                let left = if before == 0.0 {
                    lowest
                } else {
                    self.right[index - 1].max(lowest)
                };
                let right = self.right[index].min(highest);
                return left + (point - before) / (share - before) * (right - left);
            }
        })
    }

    /// The counts on common bins, `edges.len() - 1` of them: each bucket is spread evenly over its width.
    ///
    /// A bucket without width belongs to the bin that holds its value, the last bin holding its right edge too.
    ///
    /// Source: TensorBoard, `plugins/histogram/tf_histogram_dashboard/histogramCore.ts`, `intermediateToD3`.
    pub fn rebin(&self, edges: &[f64]) -> Vec<f64> {
        let bins: Vec<(f64, f64)> = edges.windows(2).map(|pair| (pair[0], pair[1])).collect();
        let mut counts = vec![0.0; bins.len()];
        let Some(last) = bins.len().checked_sub(1) else {
            return counts;
        };
        for ((left, right), count) in self.left.iter().zip(&self.right).zip(&self.counts) {
            // The first bin that ends after the bucket begins.
            let first = bins.partition_point(|(_, bin_right)| bin_right <= left);
            if left >= right {
                let at_the_end = first > last && *left == bins[last].1;
                let index = if at_the_end { last } else { first };
                if index <= last && *left >= bins[index].0 {
                    counts[index] += count;
                }
                continue;
            }
            for (slot, (bin_left, bin_right)) in counts.iter_mut().zip(&bins).skip(first) {
                if bin_left >= right {
                    break;
                }
                let overlap = right.min(*bin_right) - left.max(*bin_left);
                *slot += count * (overlap / (right - left));
            }
        }
        counts
    }
}

/// `bins + 1` edges of equal distance over the range of all histograms; empty when there is none with values.
///
/// Histograms that all hold one and the same value `v` get the range from `v / 1.1 - 1` to `1.1 v + 1`, so that a
/// bar can be drawn; for negative values it is mirrored, where TensorBoard's would end before it begins.
///
/// Source: TensorBoard, `plugins/histogram/tf_histogram_dashboard/histogramCore.ts`, with 30 bins.
pub fn common_edges(histograms: &[&Histogram], bins: usize) -> Vec<f64> {
    let bins = bins.clamp(1, MAX_BINS);
    let finite = |edge: &&f64| edge.is_finite();
    let low = histograms
        .iter()
        .flat_map(|histogram| &histogram.left)
        .filter(finite)
        .copied()
        .reduce(f64::min);
    let high = histograms
        .iter()
        .flat_map(|histogram| &histogram.right)
        .filter(finite)
        .copied()
        .reduce(f64::max);
    let (Some(mut low), Some(mut high)) = (low, high) else {
        return Vec::new();
    };
    if low >= high {
        let (outwards, inwards) = (
            low.abs() * SINGLE_VALUE_FACTOR + 1.0,
            low.abs() / SINGLE_VALUE_FACTOR - 1.0,
        );
        (low, high) = if low < 0.0 {
            (-outwards, -inwards)
        } else {
            (inwards, outwards)
        };
    }
    let edge = |index: usize| {
        let share = index as f64 / bins as f64;
        // Not `low + share * (high - low)`: that overflows for ranges beyond the largest number.
        let edge = low * (1.0 - share) + high * share;
        // What rounding leaves of zero would be shown as 2.2e-16.
        if edge.abs() < (high / 2.0 - low / 2.0) * ZERO_EDGE {
            0.0
        } else {
            edge
        }
    };
    (0..=bins).map(edge).collect()
}

fn malformed(expected: &'static str, got: String) -> StoreError {
    StoreError::MalformedHistogram { expected, got }
}

#[cfg(test)]
mod tests;
