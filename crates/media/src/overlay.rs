//! A heat map over a picture.

use ndarray::{Array3, ArrayView2, ArrayView3, NdFloat};

use crate::{Colormap, MediaError};

/// Lays a map over a picture, as `show_cam_on_image` of pytorch-grad-cam does, to the last bit.
///
/// `x = (1 - w) heat + w picture`, `255 x / max(x)` truncated; `heat` is the colour of `255 map`, truncated, between 0
/// and 1. Every operation is rounded to the picture's type. A picture that is all black under a colour that is, too,
/// stays black.
///
/// # Shapes
/// - `picture`: `[H, W, 3]`, red, green, blue, at most 1
/// - `map`: `[H, W]`, 0 ... 1
/// - result: `[H, W, 3]`, u8
///
/// # Errors
/// [`MediaError::OverlayPicture`], [`MediaError::OverlayShape`], [`MediaError::ImageWeight`].
#[allow(clippy::needless_pass_by_value)] // views are handed over by value, as ndarray's own functions take them
pub fn overlay<F: NdFloat>(
    picture: ArrayView3<'_, F>,
    map: ArrayView2<'_, f32>,
    colormap: Colormap,
    image_weight: f64,
) -> Result<Array3<u8>, MediaError> {
    let (height, width, channels) = picture.dim();
    if channels != 3 || picture.is_empty() {
        let got = format!("shape {:?}", picture.shape());
        return Err(MediaError::OverlayPicture { got });
    }
    if let Some(high) = picture.iter().find(|value| **value > F::one()) {
        let got = format!("a value of {high}");
        return Err(MediaError::OverlayPicture { got });
    }
    if map.dim() != (height, width) {
        return Err(MediaError::OverlayShape {
            picture: [height, width],
            got: map.shape().to_vec(),
        });
    }
    if !(0.0..=1.0).contains(&image_weight) {
        return Err(MediaError::ImageWeight { got: image_weight });
    }
    let number = |value: f64| F::from(value).unwrap_or_else(F::zero);
    let (of_picture, of_heat) = (number(image_weight), number(1.0 - image_weight));
    let full = number(255.0);
    let mut mixed = picture.to_owned();
    for ((y, x), &value) in map.indexed_iter() {
        for (channel, level) in colormap.of_unit(value).into_iter().enumerate() {
            let heat = number(f64::from(level)) / full;
            let pixel = &mut mixed[[y, x, channel]];
            *pixel = of_heat * heat + of_picture * *pixel;
        }
    }
    let brightest = mixed.fold(F::neg_infinity(), |most, &value| most.max(value));
    Ok(mixed.mapv(|value| (full * (value / brightest)).to_u8().unwrap_or_default()))
}
