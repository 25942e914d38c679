//! Ablation-CAM (Desai and Ramaswamy 2020): the steps around the runs of the network.
//!
//! A run without a channel is one with that channel's activations set to 0, as the paper says. (pytorch-grad-cam sets
//! channels of layers with negative activations far below their minimum, and further with every one.)

use ndarray::{Array2, ArrayView1, ArrayView2, ArrayView3, Axis};

use super::projection;

/// How far above 0 a place's projection must be to count as part of an object, as a share of the largest.
const OBJECT_THRESHOLD: f32 = 0.01;

/// Weights of the channels: `(s - s_k) / s`, with s the score and `s_k` the score without channel k (eq. 4).
///
/// When s is 0, the difference itself: its scale does not show in the map.
///
/// # Shapes
/// - `scores`: `[N]`, f32
/// - `ablated`: `[N, C]`, f32; for a channel that was not run, the score itself
/// - result: `[N, C]`, f32
pub fn ablation_weights(scores: ArrayView1<'_, f32>, ablated: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut weights = ablated.to_owned();
    for (mut row, &score) in weights.outer_iter_mut().zip(scores) {
        let divisor = if score == 0.0 { 1.0 } else { score };
        row.mapv_inplace(|ablated| (score - ablated) / divisor);
    }
    weights
}

/// The channels that are worth a run, in ascending order: all for a ratio of 1.
///
/// Below 1, channels are ranked by which share of their activation lies where [Eigen-CAM](super::Method::EigenCam) sees
/// an object; this ratio of them from the top and as many from the bottom are taken.
///
/// # Shapes
/// `activations`: `[C, h, w]`, f32: one picture.
pub fn ablation_channels(activations: ArrayView3<'_, f32>, ratio: f32) -> Vec<usize> {
    let (channels, height, width) = activations.dim();
    if ratio >= 1.0 || channels == 0 {
        return (0..channels).collect();
    }
    let Ok(flat) = activations.to_shape((1, channels, height * width)) else {
        return Vec::new();
    };
    let object = projection::first_component(flat.view());
    let mut object = object.index_axis(Axis(0), 0).mapv(f32::abs);
    let (min, max) = super::scale::range(object.iter());
    object.mapv_inplace(|value| {
        let inside = max > min && (value - min) / (max - min) > OBJECT_THRESHOLD;
        f32::from(u8::from(inside))
    });
    let score = |channel: ArrayView1<'_, f32>| {
        let channel = channel.mapv(f32::abs);
        let (min, _) = super::scale::range(channel.iter());
        let channel = channel - min;
        let sum = channel.sum();
        if sum == 0.0 {
            0.0
        } else {
            channel.dot(&object) / sum
        }
    };
    let mut ranked: Vec<(f32, usize)> = flat
        .index_axis(Axis(0), 0)
        .outer_iter()
        .map(score)
        .zip(0..)
        .collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let count = (channels as f32 * ratio.max(0.0)) as usize;
    let ends = ranked
        .iter()
        .take(count)
        .chain(ranked.iter().rev().take(count));
    let mut chosen: Vec<usize> = ends.map(|&(_, channel)| channel).collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}
