//! From a layer's map to one of the picture's size, between 0 and 1.

use ndarray::{Array1, ArrayD, ArrayView1, ArrayViewD, ArrayViewMutD, Axis, IxDyn};

use crate::{ExplainError, Result};

/// What keeps a map of equal values from being divided by 0.
const EPSILON: f32 = 1e-7;

/// How maps of several layers become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Combine {
    /// Their mean.
    #[default]
    Mean,
    /// Their product: only what all layers see stays (`RefineCAM`).
    Product,
}

/// The map of a picture from those of its layers.
///
/// For each layer, what is below 0 becomes 0, then `x - min`, then `x / (max + 1e-7)`, then the map is brought to the
/// picture's size; the mean or product of all is scaled to 0 ... 1 once more. A map of equal values becomes 0.
///
/// # Shapes
/// - `layer_maps`: each `[N, h, w]` or `[N, d, h, w]`, the sizes may differ
/// - `size`: `[H, W]` or `[D, H, W]`
/// - result: `[N, H, W]` or `[N, D, H, W]`, f32 in 0 ... 1
///
/// # Errors
/// [`ExplainError::Shape`] when there is no map, or one does not fit the size or the others.
pub fn combine(layer_maps: &[ArrayD<f32>], size: &[usize], how: Combine) -> Result<ArrayD<f32>> {
    let mut combined: Option<ArrayD<f32>> = None;
    for map in layer_maps {
        let mut map = map.mapv(|value| value.max(0.0));
        scale_to_unit(&mut map.view_mut());
        let mut map = resize(map.view(), size)?;
        // Cubic splines overshoot.
        map.mapv_inplace(|value| value.max(0.0));
        if how == Combine::Product {
            scale_to_unit(&mut map.view_mut());
        }
        combined = Some(match combined {
            None => map,
            Some(before) if before.shape() != map.shape() => {
                return Err(ExplainError::Shape {
                    what: "map of a layer".to_owned(),
                    expected: format!("{:?}", before.shape()),
                    got: map.shape().to_vec(),
                });
            }
            Some(before) => match how {
                Combine::Mean => before + map,
                Combine::Product => before * map,
            },
        });
    }
    let mut combined = combined.ok_or_else(|| ExplainError::Shape {
        what: "maps of layers".to_owned(),
        expected: "at least one map".to_owned(),
        got: vec![0],
    })?;
    if how == Combine::Mean {
        combined /= layer_maps.len() as f32;
    }
    scale_to_unit(&mut combined.view_mut());
    Ok(combined)
}

/// Scales each map of a batch to 0 ... 1: `x - min`, then `x / (max + 1e-7)`.
///
/// # Shapes
/// `maps`: `[N, ...]`, f32, any range.
pub fn scale_to_unit(maps: &mut ArrayViewMutD<'_, f32>) {
    for mut map in maps.outer_iter_mut() {
        let (min, _) = range(map.iter());
        map.mapv_inplace(|value| value - min);
        let (_, max) = range(map.iter());
        map.mapv_inplace(|value| value / (EPSILON + max));
    }
}

/// The smallest and the largest value.
pub(crate) fn range<'a>(values: impl Iterator<Item = &'a f32>) -> (f32, f32) {
    values.fold((f32::INFINITY, f32::NEG_INFINITY), |(min, max), &value| {
        (min.min(value), max.max(value))
    })
}

/// Brings each map of a batch to a size.
///
/// Two axes: bilinear between the centres of pixels, edges repeated, without smoothing when it becomes smaller, as
/// `cv2.resize`. Three axes: cubic splines with the first and last values kept in place, as `scipy.ndimage.zoom` of
/// order 3.
///
/// # Shapes
/// - `maps`: `[N, h, w]` or `[N, d, h, w]`
/// - `size`: `[H, W]` or `[D, H, W]`
///
/// # Errors
/// [`ExplainError::Shape`] when the size has another number of axes or one of length 0.
pub fn resize(maps: ArrayViewD<'_, f32>, size: &[usize]) -> Result<ArrayD<f32>> {
    if maps.ndim() != size.len() + 1
        || !matches!(size.len(), 2 | 3)
        || size.contains(&0)
        || maps.shape().iter().skip(1).any(|&length| length == 0)
    {
        return Err(ExplainError::Shape {
            what: format!("maps to be brought to the size {size:?}"),
            expected: "[N, h, w] for two axes, [N, d, h, w] for three".to_owned(),
            got: maps.shape().to_vec(),
        });
    }
    let mut result = maps.to_owned();
    // Columns first, as OpenCV does.
    for (axis, &to) in size.iter().enumerate().rev() {
        let axis = Axis(axis + 1);
        result = if size.len() == 2 {
            if result.len_of(axis) == to {
                continue;
            }
            let taps = bilinear_taps(result.len_of(axis), to);
            along(&result, axis, to, |lane, out| {
                for (out, &(left, right, share)) in out.iter_mut().zip(&taps) {
                    *out = lane[left] * (1.0 - share) + lane[right] * share;
                }
            })
        } else {
            along(&result, axis, to, cubic)
        };
    }
    Ok(result)
}

/// Replaces each lane along an axis by one of another length.
fn along(
    array: &ArrayD<f32>,
    axis: Axis,
    to: usize,
    fill: impl Fn(ArrayView1<'_, f32>, &mut Array1<f32>),
) -> ArrayD<f32> {
    let mut shape = array.shape().to_vec();
    if let Some(length) = shape.get_mut(axis.index()) {
        *length = to;
    }
    let mut result = ArrayD::zeros(IxDyn(&shape));
    let mut filled = Array1::zeros(to);
    for (lane, mut out) in array.lanes(axis).into_iter().zip(result.lanes_mut(axis)) {
        fill(lane, &mut filled);
        out.assign(&filled);
    }
    result
}

/// The two neighbours of each target pixel and the share of the second.
fn bilinear_taps(from: usize, to: usize) -> Vec<(usize, usize, f32)> {
    let scale = from as f64 / to as f64;
    (0..to)
        .map(|target| {
            let source = ((target as f64 + 0.5) * scale - 0.5) as f32;
            if source <= 0.0 {
                return (0, 0, 0.0);
            }
            let left = source.floor() as usize;
            if left + 1 >= from {
                return (from - 1, from - 1, 0.0);
            }
            (left, left + 1, source - source.floor())
        })
        .collect()
}

/// Cubic B-spline through the values of a lane, mirrored at its ends, read at evenly spaced places from the first value
/// to the last.
fn cubic(lane: ArrayView1<'_, f32>, out: &mut Array1<f32>) {
    let coefficients = spline_coefficients(lane);
    let from = coefficients.len();
    let step = if out.len() > 1 {
        (from - 1) as f64 / (out.len() - 1) as f64
    } else {
        1.0
    };
    for (target, value) in out.iter_mut().enumerate() {
        let place = (target as f64 * step).min((from - 1) as f64);
        let left = place.floor();
        let t = place - left;
        let weights = [
            (1.0 - t).powi(3) / 6.0,
            (t * t * (t - 2.0) * 3.0 + 4.0) / 6.0,
            ((1.0 - t) * (1.0 - t) * (-1.0 - t) * 3.0 + 4.0) / 6.0,
            t.powi(3) / 6.0,
        ];
        let sum: f64 = weights
            .iter()
            .zip(-1_i64..)
            .map(|(weight, offset)| {
                let index = mirrored(left as i64 + offset, from as i64);
                weight * coefficients.get(index).copied().unwrap_or_default()
            })
            .sum();
        *value = sum as f32;
    }
}

/// Index of a sequence that is continued as its mirror image beyond both ends.
fn mirrored(index: i64, length: i64) -> usize {
    if length <= 1 {
        return 0;
    }
    let period = 2 * (length - 1);
    let index = index.rem_euclid(period);
    index.min(period - index) as usize
}

/// Coefficients of the cubic B-spline through the values (M. Unser, "Splines: a perfect fit", 1999, box 2), with the
/// exact sums for mirrored ends.
fn spline_coefficients(lane: ArrayView1<'_, f32>) -> Vec<f64> {
    let mut c: Vec<f64> = lane.iter().map(|&value| f64::from(value)).collect();
    let n = c.len();
    if n < 2 {
        return c;
    }
    let pole = 3.0_f64.sqrt() - 2.0;
    let gain = (1.0 - pole) * (1.0 - 1.0 / pole);
    for value in &mut c {
        *value *= gain;
    }
    // The sum over the mirrored sequence, which repeats after 2 (n - 1) values.
    let period = 2 * (n - 1);
    let first: f64 = (0..period)
        .map(|i| c[mirrored(i as i64, n as i64)] * pole.powi(i as i32))
        .sum();
    c[0] = first / (1.0 - pole.powi(period as i32));
    for i in 1..n {
        c[i] += pole * c[i - 1];
    }
    c[n - 1] = pole / (pole * pole - 1.0) * (c[n - 1] + pole * c[n - 2]);
    for i in (0..n - 1).rev() {
        c[i] = pole * (c[i + 1] - c[i]);
    }
    c
}
