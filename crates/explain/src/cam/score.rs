//! Score-CAM (Wang et al. 2020, arXiv:1910.01279): the steps around the runs of the network.

use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis};

/// What keeps a channel of equal values from being divided by 0.
const EPSILON: f32 = 1e-8;

/// What the picture is multiplied with, one mask for each channel (eq. 5 and 6).
///
/// Channels are enlarged bilinearly with their corners kept in place (`align_corners`), as the reference does, then
/// scaled: `(x - min) / (max - min + 1e-8)`. A channel of equal values gives a mask of 0. Give as many channels as are
/// run in one batch: that bounds the memory.
///
/// # Shapes
/// - `activations`: `[C, h, w]`, f32: some channels of one picture
/// - `size`: height and width of the picture
/// - result: `[C, H, W]`, f32 in 0 ... 1
pub fn score_masks(activations: ArrayView3<'_, f32>, size: (usize, usize)) -> Array3<f32> {
    let (channels, rows, columns) = activations.dim();
    let (height, width) = size;
    let mut masks = Array3::zeros((channels, height, width));
    if activations.is_empty() {
        return masks;
    }
    let down = corner_taps(rows, height);
    let across = corner_taps(columns, width);
    let mut wide = Array2::<f32>::zeros((rows, width));
    for (mut mask, channel) in masks.outer_iter_mut().zip(activations.outer_iter()) {
        for (row, mut wide) in channel.outer_iter().zip(wide.outer_iter_mut()) {
            for (value, &(left, right, share)) in wide.iter_mut().zip(&across) {
                *value = row[left] * (1.0 - share) + row[right] * share;
            }
        }
        for (mut line, &(above, below, share)) in mask.outer_iter_mut().zip(&down) {
            line.assign(&wide.index_axis(Axis(0), above));
            line.zip_mut_with(&wide.index_axis(Axis(0), below), |value, below| {
                *value = *value * (1.0 - share) + below * share;
            });
        }
        let (min, max) = super::scale::range(mask.iter());
        mask.mapv_inplace(|value| (value - min) / (max - min + EPSILON));
    }
    masks
}

/// Weights of the channels: softmax of the scores of the masked pictures.
///
/// # Shapes
/// `scores` and result: `[N, C]`, f32.
pub fn score_weights(scores: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut weights = scores.to_owned();
    for mut row in weights.outer_iter_mut() {
        let (_, max) = super::scale::range(row.iter());
        let sum: f64 = row.iter().map(|&score| f64::from(score - max).exp()).sum();
        row.mapv_inplace(|score| (f64::from(score - max).exp() / sum) as f32);
    }
    weights
}

/// The two neighbours of each target pixel and the share of the second, corners on corners.
fn corner_taps(from: usize, to: usize) -> Vec<(usize, usize, f32)> {
    let scale = if to > 1 {
        (from - 1) as f32 / (to - 1) as f32
    } else {
        0.0
    };
    (0..to)
        .map(|target| {
            let source = target as f32 * scale;
            let left = (source as usize).min(from - 1);
            (left, (left + 1).min(from - 1), source - left as f32)
        })
        .collect()
}
