//! Convolutions of one to three dimensions, forwards and transposed, and the gradient of the forward ones.

use burn::tensor::{
    module::{conv_transpose1d, conv_transpose2d, conv_transpose3d, conv1d, conv2d, conv3d},
    ops::{ConvOptions, ConvTransposeOptions},
};

use burn_flex::{Flex, FlexTensor};

use super::{Call, Operation, affine_of_batch_norm, im2col, operations, winograd};
use crate::engine::array::{Array, Fit, Misfit, Place};

pub(super) const OPERATIONS: &[Operation] = operations! {
    ["conv1d", "conv2d", "conv3d", "convolution", "_convolution", "Conv"] => |call| {
        let settings = Convolution::of(call)?;
        let (x, weight) = (call.float()?, call.input(1)?);
        if settings.is_transposed {
            return transposed(&x, weight, bias(call), &settings);
        }
        forward(&x, weight, bias(call), &settings, call.place)
    },
    ["conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "ConvTranspose"] => |call| {
        let settings = Convolution::of(call)?;
        transposed(&call.float()?, call.input(1)?, bias(call), &settings)
    },
};

/// The settings of a convolution, a number for each axis of space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Convolution {
    stride: Vec<usize>,
    /// In front and behind.
    padding: Vec<(usize, usize)>,
    dilation: Vec<usize>,
    groups: usize,
    is_transposed: bool,
    output_padding: Vec<usize>,
}

/// What a convolution adds to each channel of its result, if it adds anything.
pub(crate) fn bias<'a>(call: &'a Call<'_>) -> Option<&'a Array> {
    if call.opset > 0 {
        call.optional(2)
    } else {
        call.named("bias")
    }
}

impl Convolution {
    pub(crate) fn of(call: &Call<'_>) -> Fit<Self> {
        let weight = call.input(1)?.shape();
        let axes = weight.len().saturating_sub(2);
        if !(1..=3).contains(&axes) || weight.contains(&0) {
            return Err(Misfit::new(
                "a weight of 3 to 5 dimensions, none of them 0",
                format!("{weight:?}"),
            ));
        }
        let is_onnx = call.opset > 0;
        let [stride, dilation, groups, output_padding] = if is_onnx {
            ["strides", "dilations", "group", "output_padding"]
        } else {
            ["stride", "dilation", "groups", "output_padding"]
        };
        let mut settings = Self {
            stride: call.per_axis(stride, axes, 1)?,
            padding: vec![(0, 0); axes],
            dilation: call.per_axis(dilation, axes, 1)?,
            groups: super::size(call.int_or(groups, 1))?,
            is_transposed: call.flag("transposed"),
            output_padding: call.per_axis(output_padding, axes, 0)?,
        };
        if settings.groups == 0 || settings.stride.contains(&0) || settings.dilation.contains(&0) {
            return Err(Misfit::new(
                "groups, strides and dilations of 1 or more",
                "0",
            ));
        }
        let side = |at: usize| settings.dilation[at] * (weight[at + 2] - 1);
        let auto = if is_onnx {
            call.text("auto_pad").filter(|auto| *auto != "NOTSET")
        } else {
            call.text("padding")
        };
        settings.padding = match auto {
            Some("valid" | "VALID") => settings.padding,
            // Strides are 1 in PyTorch; ONNX pads so that the size is that of the input by the stride, rounded up.
            Some(auto) => (0..axes)
                .map(|at| {
                    let size = call.input(0)?.shape().get(at + 2).copied().unwrap_or(1);
                    let stride = settings.stride[at];
                    let covered = (size.div_ceil(stride).max(1) - 1) * stride + side(at) + 1;
                    let total = covered.saturating_sub(size);
                    let less = total / 2;
                    Ok(if auto.eq_ignore_ascii_case("SAME_LOWER") {
                        (total - less, less)
                    } else {
                        (less, total - less)
                    })
                })
                .collect::<Fit<_>>()?,
            None if is_onnx => {
                let both = call.per_axis("pads", 2 * axes, 0)?;
                (0..axes).map(|at| (both[at], both[at + axes])).collect()
            }
            None => {
                let both = call.per_axis("padding", axes, 0)?;
                both.into_iter().map(|size| (size, size)).collect()
            }
        };
        Ok(settings)
    }
}

/// Numbers for one, two or three axes.
fn fixed<const N: usize, T: Copy>(numbers: &[T]) -> Fit<[T; N]> {
    numbers
        .try_into()
        .map_err(|_| Misfit::new(format!("{N} axes"), numbers.len().to_string()))
}

/// With a batch in front: PyTorch lets it be left out.
fn batched(x: &Array, weight: &Array) -> Fit<(Array, bool)> {
    let rank = weight.shape().len();
    if x.shape().len() + 1 == rank {
        let mut shape = vec![1];
        shape.extend_from_slice(x.shape());
        return Ok((x.with_shape(&shape)?, true));
    }
    if x.shape().len() != rank {
        return Err(Misfit::new(
            format!("{rank} dimensions"),
            format!("shape {:?}", x.shape()),
        ));
    }
    Ok((x.clone(), false))
}

/// Whether an image fits a forward convolution.
fn check(x: &Array, weight: &Array, settings: &Convolution) -> Fit<()> {
    let channels = weight.shape()[1] * settings.groups;
    if x.shape()[1] != channels {
        return Err(Misfit::new(
            format!("{channels} channels"),
            format!("{} (shape {:?})", x.shape()[1], x.shape()),
        ));
    }
    if !weight.shape()[0].is_multiple_of(settings.groups) {
        return Err(Misfit::new(
            format!("a number of filters that {} groups share", settings.groups),
            weight.shape()[0].to_string(),
        ));
    }
    for (at, (front, back)) in settings.padding.iter().enumerate() {
        let size = x.shape()[at + 2] + front + back;
        let kernel = settings.dilation[at] * (weight.shape()[at + 2] - 1) + 1;
        if size < kernel {
            return Err(Misfit::new(
                format!("a size of at least {kernel} with its padding"),
                format!("{size} (shape {:?})", x.shape()),
            ));
        }
    }
    Ok(())
}

/// # Shapes
/// `x`: `[N, C, ...]`, `weight`: `[out, C / groups, ...]`, `bias`: `[out]`.
fn forward(
    x: &Array,
    weight: &Array,
    bias: Option<&Array>,
    settings: &Convolution,
    place: &Place,
) -> Fit<Array> {
    let (x, is_single) = batched(x, weight)?;
    check(&x, weight, settings)?;
    let mut x = x;
    let mut padding = settings.padding.clone();
    for (at, (front, back)) in padding.iter_mut().enumerate() {
        if front != back {
            x = x.pad(at + 2, *front as i64, *back as i64, 0.0)?;
            (*front, *back) = (0, 0);
        }
    }
    let padding: Vec<usize> = padding.iter().map(|(front, _)| *front).collect();
    let finish = (None, bias.cloned());
    if let Some(result) = on_cpu(&x, weight, &finish, false, settings, &padding, place)? {
        return unbatched(result, is_single);
    }
    let bias = bias.map(Array::ranked::<1>).transpose()?;
    macro_rules! run {
        ($conv:ident, $n:literal, $rank:literal) => {
            Array::from_tensor($conv(
                x.ranked::<$rank>()?,
                weight.ranked::<$rank>()?,
                bias,
                ConvOptions::new(
                    fixed::<$n, _>(&settings.stride)?,
                    fixed::<$n, _>(&padding)?,
                    fixed::<$n, _>(&settings.dilation)?,
                    settings.groups,
                ),
            ))
        };
    }
    let result = match padding.len() {
        1 => run!(conv1d, 1, 3),
        2 => run!(conv2d, 2, 4),
        _ => run!(conv3d, 3, 5),
    };
    unbatched(result, is_single)
}

/// A convolution, the batch normalisation behind it, and the `ReLU` behind that, in one go.
///
/// `None` where that is not to be had, and they have to be run one by one.
pub(crate) fn convolve_and(
    call: &Call<'_>,
    normalization: Option<&Call<'_>>,
    relu: bool,
) -> Fit<Option<Array>> {
    let settings = Convolution::of(call)?;
    let (x, weight) = (call.float()?, call.input(1)?);
    let is_even = settings.padding.iter().all(|(front, back)| front == back);
    if settings.is_transposed || !is_even || x.shape().len() != weight.shape().len() {
        return Ok(None);
    }
    // What does not fit there is said by the normalisation when it is run by itself.
    let Ok(affine) = normalization.map(affine_of_batch_norm).transpose() else {
        return Ok(None);
    };
    if affine
        .as_ref()
        .is_some_and(|(scale, _)| scale.len() != weight.shape()[0])
    {
        return Ok(None);
    }
    let bias = bias(call);
    let finish = match (affine, bias) {
        (None, bias) => (None, bias.cloned()),
        (Some((scale, shift)), None) => (Some(scale), Some(shift)),
        (Some((scale, shift)), Some(bias)) => {
            let moved = bias.zip(&scale, |bias, scale| bias * scale)?;
            let shift = moved.zip(&shift, |moved, shift| moved + shift)?;
            (Some(scale), Some(shift))
        }
    };
    let padding: Vec<usize> = settings.padding.iter().map(|(front, _)| *front).collect();
    check(&x, weight, &settings)?;
    on_cpu(&x, weight, &finish, relu, &settings, &padding, call.place)
}

/// The same as a product of matrices, where that is faster: images on the CPU, in single precision.
///
/// `finish` is what each channel is multiplied by, and what is added to it then. `None` for everything else, and where
/// Burn records what is done.
fn on_cpu(
    x: &Array,
    weight: &Array,
    finish: &(Option<Array>, Option<Array>),
    relu: bool,
    settings: &Convolution,
    padding: &[usize],
    place: &Place,
) -> Fit<Option<Array>> {
    let (Ok(x_shape), Ok(weight_shape)) = (fixed::<4, _>(x.shape()), fixed::<4, _>(weight.shape()))
    else {
        return Ok(None);
    };
    if !place.is_single_on_cpu() || weight_shape[1] < im2col::LEAST_CHANNELS {
        return Ok(None);
    }
    let (Some(x), Some(weight)) = (in_memory(x)?, in_memory(weight)?) else {
        return Ok(None);
    };
    let channels = |array: &Option<Array>| -> Fit<Option<FlexTensor>> {
        let Some(array) = array else {
            return Ok(None);
        };
        if array.len() != weight_shape[0] {
            return Err(Misfit::new(
                format!("{} elements, one for each channel", weight_shape[0]),
                array.len().to_string(),
            ));
        }
        in_memory(array)
    };
    let (scale, shift) = (channels(&finish.0)?, channels(&finish.1)?);
    let window = im2col::Window {
        stride: fixed(&settings.stride)?,
        padding: fixed(padding)?,
        dilation: fixed(&settings.dilation)?,
        groups: settings.groups,
    };
    let finish = im2col::Finish {
        scale: scale.as_ref().map(FlexTensor::storage),
        shift: shift.as_ref().map(FlexTensor::storage),
        relu,
    };
    let block = |values, shape| im2col::Block { values, shape };
    let convolve = if winograd::suits(x_shape, weight_shape, &window) {
        winograd::convolve
    } else {
        im2col::convolve
    };
    let (result, shape) = convolve(
        block(x.storage(), x_shape),
        block(weight.storage(), weight_shape),
        &finish,
        &window,
    );
    Ok(Some(place.floats32(result, &shape)))
}

/// The elements as they lie in memory, not copied; `None` where Burn records what is done with them.
pub(super) fn in_memory(array: &Array) -> Fit<Option<FlexTensor>> {
    let row = array.row()?;
    if row.is_autodiff() {
        return Ok(None);
    }
    Ok(row
        .try_into_primitive::<Flex>()
        .ok()
        .map(|tensor| tensor.to_contiguous()))
}

fn unbatched(result: Array, is_single: bool) -> Fit<Array> {
    if is_single {
        return result.with_shape(&result.shape()[1..]);
    }
    Ok(result)
}

/// # Shapes
/// `x`: `[N, C, ...]`, `weight`: `[C, out / groups, ...]`, `bias`: `[out]`.
fn transposed(
    x: &Array,
    weight: &Array,
    bias: Option<&Array>,
    settings: &Convolution,
) -> Fit<Array> {
    let (x, is_single) = batched(x, weight)?;
    let channels = weight.shape()[0];
    if x.shape()[1] != channels || !channels.is_multiple_of(settings.groups) {
        return Err(Misfit::new(
            format!("{channels} channels"),
            format!("{} (shape {:?})", x.shape()[1], x.shape()),
        ));
    }
    // What is padded unequally is cut off behind.
    let even: Vec<usize> = settings
        .padding
        .iter()
        .map(|(front, back)| *front.min(back))
        .collect();
    for (at, padding) in even.iter().enumerate() {
        let size = (x.shape()[at + 2].max(1) - 1) * settings.stride[at]
            + settings.dilation[at] * (weight.shape()[at + 2] - 1)
            + 1
            + settings.output_padding[at];
        if size <= 2 * padding {
            return Err(Misfit::new(
                format!("a result larger than its padding of {padding}"),
                format!("{size} (shape {:?})", x.shape()),
            ));
        }
    }
    let bias = bias.map(Array::ranked::<1>).transpose()?;
    macro_rules! run {
        ($conv:ident, $n:literal, $rank:literal) => {
            Array::from_tensor($conv(
                x.ranked::<$rank>()?,
                weight.ranked::<$rank>()?,
                bias,
                ConvTransposeOptions::new(
                    fixed::<$n, _>(&settings.stride)?,
                    fixed::<$n, _>(&even)?,
                    fixed::<$n, _>(&settings.output_padding)?,
                    fixed::<$n, _>(&settings.dilation)?,
                    settings.groups,
                ),
            ))
        };
    }
    let mut result = match even.len() {
        1 => run!(conv_transpose1d, 1, 3),
        2 => run!(conv_transpose2d, 2, 4),
        _ => run!(conv_transpose3d, 3, 5),
    };
    for (at, (front, back)) in settings.padding.iter().enumerate() {
        if front != back {
            let cut = |size: usize| -((size - even[at]) as i64);
            result = result.pad(at + 2, cut(*front), cut(*back), 0.0)?;
        }
    }
    unbatched(result, is_single)
}

/// The gradient of a forward convolution's input: the transposed convolution of the gradient of its output.
///
/// `None` where there is no such rule and the general way has to be taken.
pub(crate) fn conv_gradient(call: &Call<'_>, gradient: &Array) -> Fit<Option<Array>> {
    let settings = Convolution::of(call)?;
    let (x, weight) = (call.input(0)?, call.input(1)?);
    let is_even = settings.padding.iter().all(|(front, back)| front == back);
    if settings.is_transposed || !is_even || x.shape().len() != weight.shape().len() {
        return Ok(None);
    }
    // Positions behind the last window get no gradient: they are what the output padding adds.
    let output_padding = settings.padding.iter().enumerate().map(|(at, (front, _))| {
        let covered = (gradient.shape()[at + 2] - 1) * settings.stride[at]
            + settings.dilation[at] * (weight.shape()[at + 2] - 1)
            + 1;
        (x.shape()[at + 2] + 2 * front).checked_sub(covered)
    });
    let Some(output_padding) = output_padding.collect::<Option<Vec<usize>>>() else {
        return Ok(None);
    };
    let settings = Convolution {
        output_padding,
        ..settings
    };
    transposed(gradient, weight, None, &settings).map(Some)
}
