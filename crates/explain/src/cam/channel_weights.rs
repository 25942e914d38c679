//! Weights of channels: `[N, C]` of `[N, C, places]`. The formulas are at [`layer_map`](super::layer_map()).

use ndarray::{Array2, ArrayView1, Axis, Zip};

use super::layer_map::Flat;

/// What keeps Grad-CAM++ from dividing by 0.
const GRAD_CAM_PLUS_PLUS_EPSILON: f64 = 1e-6;
/// What keeps XGrad-CAM from dividing by 0.
const XGRAD_CAM_EPSILON: f64 = 1e-7;

/// One number for each channel of each picture.
fn per_channel(a: Flat<'_>, of: impl Fn(ArrayView1<'_, f32>) -> f64) -> Array2<f32> {
    a.map_axis(Axis(2), |places| of(places) as f32)
}

/// One number for each channel of each picture, of two arrays.
fn per_channel_of_both(
    a: Flat<'_>,
    g: Flat<'_>,
    of: impl Fn(ArrayView1<'_, f32>, ArrayView1<'_, f32>) -> f64,
) -> Array2<f32> {
    let mut weights = Array2::zeros((a.dim().0, a.dim().1));
    Zip::from(&mut weights)
        .and(a.lanes(Axis(2)))
        .and(g.lanes(Axis(2)))
        .for_each(|weight, a, g| *weight = of(a, g) as f32);
    weights
}

fn sum(places: ArrayView1<'_, f32>) -> f64 {
    places.iter().map(|&value| f64::from(value)).sum()
}

fn mean_of(places: ArrayView1<'_, f32>) -> f64 {
    sum(places) / places.len().max(1) as f64
}

pub(super) fn mean(g: Flat<'_>) -> Array2<f32> {
    per_channel(g, mean_of)
}

pub(super) fn grad_cam_plus_plus(a: Flat<'_>, g: Flat<'_>) -> Array2<f32> {
    per_channel_of_both(a, g, |a, g| {
        let activity = sum(a);
        g.iter()
            .filter(|&&g| g > 0.0)
            .map(|&g| {
                let g = f64::from(g);
                let squared = g * g;
                g * squared / (2.0 * squared + activity * squared * g + GRAD_CAM_PLUS_PLUS_EPSILON)
            })
            .sum()
    })
}

pub(super) fn xgrad_cam(a: Flat<'_>, g: Flat<'_>) -> Array2<f32> {
    per_channel_of_both(a, g, |a, g| {
        let products = a.iter().zip(g).map(|(&a, &g)| f64::from(a) * f64::from(g));
        products.sum::<f64>() / (sum(a) + XGRAD_CAM_EPSILON)
    })
}

pub(super) fn fem(a: Flat<'_>, deviations: f32) -> Array2<f32> {
    per_channel(a, |a| {
        let mean = mean_of(a);
        let squares = a.iter().map(|&value| (f64::from(value) - mean).powi(2));
        let deviation = (squares.sum::<f64>() / a.len().max(1) as f64).sqrt();
        let threshold = mean + f64::from(deviations) * deviation;
        let unusual = a.iter().filter(|&&value| f64::from(value) > threshold);
        unusual.count() as f64 / a.len().max(1) as f64
    })
}

pub(super) fn random(shape: (usize, usize), seed: u64) -> Array2<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    Array2::from_shape_simple_fn(shape, || random.f32() * 2.0 - 1.0)
}
