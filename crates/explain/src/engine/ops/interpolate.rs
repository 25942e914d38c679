//! Changes of an image's size.
//!
//! Each axis on its own is a product with a matrix whose rows say which elements, by which weights, make a new one.
//! This holds for every mode and has an exact gradient.

use super::{Call, Operation, layers::matmul, operations};
use crate::engine::array::{Array, Fit, Misfit, count};

pub(super) const OPERATIONS: &[Operation] = operations! {
    ["upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d"] => |call| {
        upsample(call, Mode::Nearest(Rounding::Floor), Place::Asymmetric)
    },
    ["_upsample_nearest_exact1d", "_upsample_nearest_exact2d"] => |call| {
        upsample(call, Mode::Nearest(Rounding::Floor), Place::HalfPixel)
    },
    ["upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d"] => |call| {
        upsample(call, Mode::Linear, aligned(call))
    },
    // PyTorch takes a = -0.75.
    ["upsample_bicubic2d"] => |call| upsample(call, Mode::Cubic(-0.75), aligned(call)),
    ["Resize", "Upsample"] => resize,
};

#[derive(Clone, Copy)]
enum Rounding {
    Floor,
    Ceil,
    HalfDown,
    HalfUp,
}

#[derive(Clone, Copy)]
enum Mode {
    Nearest(Rounding),
    Linear,
    /// With its coefficient (Keys 1981).
    Cubic(f64),
}

/// Where a new element lies among the old ones.
#[derive(Clone, Copy)]
enum Place {
    HalfPixel,
    AlignCorners,
    Asymmetric,
    PytorchHalfPixel,
}

fn aligned(call: &Call<'_>) -> Place {
    if call.flag("align_corners") {
        Place::AlignCorners
    } else {
        Place::HalfPixel
    }
}

fn upsample(call: &Call<'_>, mode: Mode, place: Place) -> Fit<Array> {
    let x = call.float()?;
    let axes = x.shape().len().saturating_sub(2);
    let space: Vec<usize> = x.shape().get(2..).unwrap_or_default().to_vec();
    let factors = match call.node.attribute("scale_factors") {
        Some(glassboard_model::Attribute::Floats(factors)) => Some(factors.clone()),
        _ => call
            .ints("scale_factors")
            .map(|factors| factors.iter().map(|factor| *factor as f64).collect()),
    };
    let sizes = match (call.ints("output_size"), &factors) {
        (Some(sizes), _) => sizes
            .into_iter()
            .map(super::size)
            .collect::<Fit<Vec<_>>>()?,
        (None, Some(factors)) => space
            .iter()
            .zip(factors)
            .map(|(size, factor)| (*size as f64 * factor).floor() as usize)
            .collect(),
        _ => return Err(Misfit::new("a size", "none")),
    };
    if sizes.len() != axes {
        return Err(Misfit::new(
            format!("sizes for {axes} axes"),
            format!("{sizes:?}"),
        ));
    }
    let mut result = x;
    for (at, size) in sizes.into_iter().enumerate() {
        let factor = factors
            .as_ref()
            .and_then(|factors| factors.get(at).copied());
        result = along(call, &result, at + 2, size, factor, mode, place)?;
    }
    Ok(result)
}

fn resize(call: &Call<'_>) -> Fit<Array> {
    let x = call.float()?;
    let rank = x.shape().len();
    // Inputs: x, region, scales, sizes; before version 11 x and scales.
    let (scales, sizes) = if call.opset < 11 {
        (call.optional(1), None)
    } else {
        (
            call.optional(2).filter(|scales| !scales.is_empty()),
            call.optional(3),
        )
    };
    let scales = scales.map(Array::to_vec64);
    let sizes = match (&scales, sizes) {
        (_, Some(sizes)) => sizes
            .numbers()?
            .into_iter()
            .map(super::size)
            .collect::<Fit<Vec<_>>>()?,
        (Some(scales), None) => x
            .shape()
            .iter()
            .zip(scales)
            .map(|(size, scale)| (*size as f64 * scale).floor() as usize)
            .collect(),
        (None, None) => return Err(Misfit::new("scales or sizes", "none")),
    };
    if sizes.len() != rank || call.has("axes") || call.flag("antialias") {
        return Err(Misfit::new(
            format!("sizes for {rank} axes, without antialiasing"),
            format!("{sizes:?}"),
        ));
    }
    let rounding = match call.text("nearest_mode").unwrap_or("round_prefer_floor") {
        "floor" => Rounding::Floor,
        "ceil" => Rounding::Ceil,
        "round_prefer_ceil" => Rounding::HalfUp,
        _ => Rounding::HalfDown,
    };
    let mode = match call.text("mode").unwrap_or("nearest") {
        "linear" => Mode::Linear,
        "cubic" => Mode::Cubic(call.number_or("cubic_coeff_a", -0.75)),
        _ => Mode::Nearest(rounding),
    };
    let place = match call
        .text("coordinate_transformation_mode")
        .unwrap_or("half_pixel")
    {
        "half_pixel" if call.opset >= 11 => Place::HalfPixel,
        "align_corners" => Place::AlignCorners,
        "pytorch_half_pixel" => Place::PytorchHalfPixel,
        "asymmetric" | "half_pixel" => Place::Asymmetric,
        other => return Err(Misfit::new("a place that is known", other)),
    };
    let mut result = x;
    for (at, size) in sizes.into_iter().enumerate() {
        let factor = scales.as_ref().and_then(|scales| scales.get(at).copied());
        result = along(call, &result, at, size, factor, mode, place)?;
    }
    Ok(result)
}

/// Changes the size of one axis.
fn along(
    call: &Call<'_>,
    x: &Array,
    at: usize,
    size: usize,
    factor: Option<f64>,
    mode: Mode,
    place: Place,
) -> Fit<Array> {
    let old = x.shape()[at];
    if old == size && factor.is_none_or(|factor| factor == 1.0) {
        return Ok(x.clone());
    }
    if size == 0 || old == 0 {
        return Err(Misfit::new("a size", format!("{size} from {old}")));
    }
    let matrix = weights(old, size, factor, mode, place);
    let matrix = call.place.floats(matrix, &[size, old]);
    let [before, behind] = [count(&x.shape()[..at]), count(&x.shape()[at + 1..])];
    let product = matmul(
        &matrix.with_shape(&[1, size, old])?,
        &x.with_shape(&[before, old, behind])?,
    )?;
    let mut shape = x.shape().to_vec();
    shape[at] = size;
    product.with_shape(&shape)
}

/// The matrix, row by row.
fn weights(old: usize, size: usize, factor: Option<f64>, mode: Mode, place: Place) -> Vec<f64> {
    let step = factor.map_or(old as f64 / size as f64, |factor| 1.0 / factor);
    let mut matrix = vec![0.0; size * old];
    for (at, row) in matrix.chunks_mut(old).enumerate() {
        let at = at as f64;
        let source = match place {
            Place::PytorchHalfPixel | Place::AlignCorners if size == 1 => 0.0,
            Place::HalfPixel | Place::PytorchHalfPixel => (at + 0.5) * step - 0.5,
            Place::AlignCorners => at * (old - 1) as f64 / (size - 1) as f64,
            Place::Asymmetric => at * step,
        };
        let mut add = |place: f64, weight: f64| {
            row[place.clamp(0.0, (old - 1) as f64) as usize] += weight;
        };
        match mode {
            Mode::Nearest(rounding) => {
                // Of half pixels, PyTorch takes the one that the middle lies in.
                let source = if matches!((place, rounding), (Place::HalfPixel, Rounding::Floor)) {
                    source + 0.5
                } else {
                    source
                };
                add(
                    match rounding {
                        Rounding::Floor => source.floor(),
                        Rounding::Ceil => source.ceil(),
                        Rounding::HalfDown => (source - 0.5).ceil(),
                        Rounding::HalfUp => (source + 0.5).floor(),
                    },
                    1.0,
                );
            }
            Mode::Linear => {
                let source = source.clamp(0.0, (old - 1) as f64);
                let part = source.fract();
                add(source.floor(), 1.0 - part);
                add(source.floor() + 1.0, part);
            }
            Mode::Cubic(a) => {
                let part = source - source.floor();
                for (offset, distance) in [
                    (-1.0, 1.0 + part),
                    (0.0, part),
                    (1.0, 1.0 - part),
                    (2.0, 2.0 - part),
                ] {
                    add(source.floor() + offset, cubic(distance, a));
                }
            }
        }
    }
    matrix
}

/// Keys' kernel, for distances of up to 2.
fn cubic(distance: f64, a: f64) -> f64 {
    let d = distance;
    if d <= 1.0 {
        ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0
    } else {
        ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a
    }
}
