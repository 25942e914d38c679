//! Pictures that excite a filter or a class most: the steps around the gradients of a network.

use ndarray::{Array1, ArrayD, ArrayView1, ArrayViewD, ArrayViewMutD, Axis, Slice};

/// What keeps a gradient of 0 from being divided by 0.
const EPSILON: f64 = 1e-5;

/// Noise to begin with: brightness between 150 and 180 of 255, normalised as the network's input.
///
/// # Shapes
/// result: `[1, C, H, W]`, f32; `mean` and `std`: `[C]`.
pub fn noise(
    size: (usize, usize),
    mean: ArrayView1<'_, f32>,
    std: ArrayView1<'_, f32>,
    random: &mut fastrand::Rng,
) -> ArrayD<f32> {
    let shape = vec![1, mean.len(), size.0, size.1];
    let mut noise = ArrayD::from_shape_simple_fn(shape, || f32::from(random.u8(150..180)) / 255.0);
    for (mut channel, (mean, std)) in noise.axis_iter_mut(Axis(1)).zip(mean.iter().zip(std)) {
        channel.mapv_inplace(|value| (value - mean) / std);
    }
    noise
}

/// `FlashTorch`'s step: `x += rate g / (sqrt(mean(g^2)) + 1e-5)`.
///
/// # Shapes
/// any, the same, f32.
pub fn step(image: &mut ArrayViewMutD<'_, f32>, gradient: ArrayViewD<'_, f32>, rate: f32) {
    let squares = gradient.iter().map(|&value| f64::from(value).powi(2));
    let size = (squares.sum::<f64>() / gradient.len().max(1) as f64).sqrt();
    let factor = (f64::from(rate) / (size + EPSILON)) as f32;
    image.zip_mut_with(&gradient, |value, gradient| *value += factor * gradient);
}

/// The image moved down and to the right, what leaves it coming in again on the other side: jitter, undone by negative
/// numbers.
///
/// # Shapes
/// `[..., H, W]`, f32.
pub fn roll(image: ArrayViewD<'_, f32>, down: isize, right: isize) -> ArrayD<f32> {
    let mut rolled = image.to_owned();
    for (from_end, by) in [(2, down), (1, right)] {
        let Some(axis) = image.ndim().checked_sub(from_end).map(Axis) else {
            continue;
        };
        let length = rolled.len_of(axis);
        if length == 0 {
            continue;
        }
        let split = by.rem_euclid(length as isize);
        let (first, last) = (Slice::new(0, Some(-split), 1), Slice::new(-split, None, 1));
        if split != 0 {
            let parts = [
                rolled.slice_axis(axis, last),
                rolled.slice_axis(axis, first),
            ];
            if let Ok(joined) = ndarray::concatenate(axis, &parts) {
                rolled = joined;
            }
        }
    }
    rolled
}

/// The image through a Gaussian filter, edges repeated; unchanged for a deviation of 0.
///
/// # Shapes
/// `[..., H, W]`, f32; `deviation` in pixels.
pub fn blur(image: ArrayViewD<'_, f32>, deviation: f64) -> ArrayD<f32> {
    let mut blurred = image.to_owned();
    if deviation <= 0.0 || image.ndim() < 2 {
        return blurred;
    }
    // What is further away than this weighs less than a hundredth of a percent.
    let reach = (4.0 * deviation).ceil() as i64;
    let weights: Vec<f64> = (-reach..=reach)
        .map(|x| (-0.5 * (x as f64 / deviation).powi(2)).exp())
        .collect();
    let sum: f64 = weights.iter().sum();
    for axis in [image.ndim() - 2, image.ndim() - 1].map(Axis) {
        for mut lane in blurred.lanes_mut(axis) {
            let values: Array1<f64> = lane.iter().map(|&value| f64::from(value)).collect();
            let last = values.len() as i64 - 1;
            for (place, value) in (0_i64..).zip(&mut lane) {
                let around = weights.iter().zip(-reach..);
                let total: f64 = around
                    .map(|(weight, offset)| {
                        weight * values[(place + offset).clamp(0, last) as usize]
                    })
                    .sum();
                *value = (total / sum) as f32;
            }
        }
    }
    blurred
}

/// An input as a picture: `clip((x - mean) / (std + 1e-7) saturation + brightness, 0, 1)`, `FlashTorch`'s
/// `standardize_and_clip`.
///
/// # Shapes
/// any, f32.
pub fn standardize(image: ArrayViewD<'_, f32>, saturation: f32, brightness: f32) -> ArrayD<f32> {
    /// `FlashTorch`'s, for images of equal values.
    const NO_DEVIATION: f64 = 1e-7;
    let count = image.len().max(1) as f64;
    let mean = image.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
    let squares = image.iter().map(|&value| (f64::from(value) - mean).powi(2));
    // torch's deviation, of a sample.
    let deviation = (squares.sum::<f64>() / (count - 1.0).max(1.0)).sqrt();
    image.mapv(|value| {
        let value = (f64::from(value) - mean) / (deviation + NO_DEVIATION) * f64::from(saturation);
        (value + f64::from(brightness)).clamp(0.0, 1.0) as f32
    })
}
