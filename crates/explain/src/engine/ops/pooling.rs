//! Poolings of one to three dimensions.
//!
//! A window's extreme or mean over several axes is that over one axis after the other, so that three dimensions are
//! two and one.

use burn::tensor::{
    Tensor,
    module::{adaptive_avg_pool2d, avg_pool2d, max_pool2d},
    ops::{AvgPoolOptions, MaxPoolOptions},
};

use super::{
    Call, Operation,
    convolution::in_memory,
    max_pool::{Windows, max_pool},
    operations,
};
use crate::engine::array::{Array, Fit, Misfit, count};

pub(super) const OPERATIONS: &[Operation] = operations! {
    ["max_pool1d"] => |call| max(call, 1),
    ["max_pool2d"] => |call| max(call, 2),
    ["max_pool3d"] => |call| max(call, 3),
    ["MaxPool"] => |call| max(call, spatial(call)?),
    ["avg_pool1d"] => |call| average(call, 1),
    ["avg_pool2d"] => |call| average(call, 2),
    ["avg_pool3d"] => |call| average(call, 3),
    ["AveragePool"] => |call| average(call, spatial(call)?),
    ["adaptive_avg_pool1d"] => |call| adaptive(call, 1, Kind::Average),
    ["adaptive_avg_pool2d", "_adaptive_avg_pool2d"] => |call| adaptive(call, 2, Kind::Average),
    ["adaptive_avg_pool3d", "_adaptive_avg_pool3d"] => |call| adaptive(call, 3, Kind::Average),
    ["GlobalAveragePool"] => |call| {
        let (x, planes) = planes(call)?;
        let mean = planes.mean_dim(1);
        over_space(&x, mean)
    },
    ["GlobalMaxPool"] => |call| {
        let (x, planes) = planes(call)?;
        let max = planes.max_dim(1);
        over_space(&x, max)
    },
};

/// Operations that return places beside the values; only the values are used.
pub(super) const SEVERAL: &[Operation] = &[
    Operation {
        names: &["max_pool2d_with_indices"],
        run: |call| max(call, 2).map(|result| vec![result]),
    },
    Operation {
        names: &["max_pool3d_with_indices"],
        run: |call| max(call, 3).map(|result| vec![result]),
    },
    Operation {
        names: &["adaptive_max_pool1d"],
        run: |call| adaptive(call, 1, Kind::Max).map(|result| vec![result]),
    },
    Operation {
        names: &["adaptive_max_pool2d"],
        run: |call| adaptive(call, 2, Kind::Max).map(|result| vec![result]),
    },
    Operation {
        names: &["adaptive_max_pool3d"],
        run: |call| adaptive(call, 3, Kind::Max).map(|result| vec![result]),
    },
];

#[derive(Clone, Copy)]
enum Kind {
    Max,
    Average,
}

/// How windows lie along one axis.
#[derive(Clone, Copy, Debug)]
struct Window {
    size: usize,
    stride: usize,
    front: usize,
    back: usize,
    dilation: usize,
}

/// Number of spatial axes of ONNX's input.
fn spatial(call: &Call<'_>) -> Fit<usize> {
    let rank = call.input(0)?.shape().len();
    (3..=5)
        .contains(&rank)
        .then(|| rank - 2)
        .ok_or_else(|| Misfit::new("3 to 5 dimensions", format!("{rank}")))
}

fn planes(call: &Call<'_>) -> Fit<(Array, Tensor<2>)> {
    let x = call.float()?;
    spatial(call)?;
    let lead = count(&x.shape()[..2]);
    let planes = x.shaped([lead, x.len() / lead.max(1)])?;
    Ok((x, planes))
}

fn over_space(x: &Array, values: Tensor<2>) -> Fit<Array> {
    let mut shape = vec![1; x.shape().len()];
    shape[..2].copy_from_slice(&x.shape()[..2]);
    Array::from_tensor(values).with_shape(&shape)
}

/// The windows of a call, one for each axis.
fn windows(call: &Call<'_>, axes: usize, sizes: &[usize]) -> Fit<Vec<Window>> {
    let is_onnx = call.opset > 0;
    let names = if is_onnx {
        ["kernel_shape", "strides", "dilations"]
    } else {
        ["kernel_size", "stride", "dilation"]
    };
    let kernel = call.per_axis(names[0], axes, 1)?;
    let has_stride = call.ints(names[1]).is_some_and(|stride| !stride.is_empty());
    let stride = match has_stride {
        true => call.per_axis(names[1], axes, 1)?,
        false if is_onnx => vec![1; axes],
        false => kernel.clone(),
    };
    let dilation = call.per_axis(names[2], axes, 1)?;
    if [&kernel, &stride, &dilation]
        .iter()
        .any(|numbers| numbers.contains(&0))
    {
        return Err(Misfit::new(
            "windows, strides and dilations of 1 or more",
            "0",
        ));
    }
    let auto = call
        .text("auto_pad")
        .filter(|auto| is_onnx && *auto != "NOTSET");
    let padding = if is_onnx {
        call.per_axis("pads", 2 * axes, 0)?
    } else {
        call.per_axis("padding", axes, 0)?.repeat(2)
    };
    Ok((0..axes)
        .map(|at| {
            let mut window = Window {
                size: kernel[at],
                stride: stride[at],
                front: padding[at],
                back: padding[at + axes],
                dilation: dilation[at],
            };
            if let Some(auto @ ("SAME_UPPER" | "SAME_LOWER")) = auto {
                let covered = (sizes[at].div_ceil(window.stride).max(1) - 1) * window.stride
                    + window.dilation * (window.size - 1)
                    + 1;
                let total = covered.saturating_sub(sizes[at]);
                let less = total / 2;
                (window.front, window.back) = if auto == "SAME_LOWER" {
                    (total - less, less)
                } else {
                    (less, total - less)
                };
            }
            window
        })
        .collect())
}

impl Window {
    /// How many windows there are, and how much has to be added behind for the last of them.
    ///
    /// With `ceil`, a last window counts that only partly lies within, if it begins within the input or in front of it.
    fn places(&self, size: usize, ceil: bool) -> Fit<(usize, usize)> {
        let reach = self.dilation * (self.size - 1) + 1;
        let room = (size + self.front + self.back)
            .checked_sub(reach)
            .ok_or_else(|| {
                Misfit::new(
                    format!("a size of at least {reach} with its padding"),
                    (size + self.front + self.back).to_string(),
                )
            })?;
        let mut places = room / self.stride + 1;
        if ceil && !room.is_multiple_of(self.stride) && places * self.stride < size + self.front {
            places += 1;
        }
        let covered = (places - 1) * self.stride + reach;
        Ok((
            places,
            covered.saturating_sub(size + self.front + self.back),
        ))
    }
}

/// The image that pooling works on: lead axes joined, and space.
fn space(x: &Array, axes: usize) -> Fit<(usize, Vec<usize>)> {
    let rank = x.shape().len();
    if rank != axes + 1 && rank != axes + 2 {
        return Err(Misfit::new(
            format!("{} dimensions", axes + 2),
            format!("shape {:?}", x.shape()),
        ));
    }
    let (lead, space) = x.shape().split_at(rank - axes);
    Ok((count(lead), space.to_vec()))
}

fn ceil_mode(call: &Call<'_>) -> bool {
    call.flag("ceil_mode")
}

fn max(call: &Call<'_>, axes: usize) -> Fit<Array> {
    let x = call.float()?;
    let (lead, space) = space(&x, axes)?;
    let windows = windows(call, axes, &space)?;
    if let Some(result) = max_on_cpu(&x, lead, &space, &windows, call)? {
        return Ok(result);
    }
    let lowest = f64::from(f32::MIN);
    pooled(
        &x,
        lead,
        space,
        &windows,
        ceil_mode(call),
        lowest,
        |x, rows, columns| {
            max_pool2d(
                x,
                MaxPoolOptions::new([rows.size, columns.size])
                    .with_stride([rows.stride, columns.stride])
                    .with_dilation([rows.dilation, columns.dilation]),
            )
        },
    )
}

/// The greatest of windows of a plane that lies in memory; `None` for everything else.
fn max_on_cpu(
    x: &Array,
    lead: usize,
    space: &[usize],
    windows: &[Window],
    call: &Call<'_>,
) -> Fit<Option<Array>> {
    let (&[height, width], [rows, columns]) = (space, windows) else {
        return Ok(None);
    };
    if !call.place.is_single_on_cpu() || x.is_empty() {
        return Ok(None);
    }
    let axis = |window: &Window, len: usize| -> Fit<Windows> {
        let (count, _) = window.places(len, ceil_mode(call))?;
        Ok(Windows {
            len,
            count,
            size: window.size,
            stride: window.stride,
            dilation: window.dilation,
            front: window.front,
        })
    };
    let (rows, columns) = (axis(rows, height)?, axis(columns, width)?);
    let Some(planes) = in_memory(x)? else {
        return Ok(None);
    };
    let result = max_pool(planes.storage(), &rows, &columns);
    let shape = [lead, rows.count, columns.count];
    let result = call.place.floats32(result, &shape);
    let leading = x.shape().len() - 2;
    let shape = [&x.shape()[..leading], &shape[1..]].concat();
    result.with_shape(&shape).map(Some)
}

fn average(call: &Call<'_>, axes: usize) -> Fit<Array> {
    let x = call.float()?;
    let (lead, space) = space(&x, axes)?;
    let windows = windows(call, axes, &space)?;
    let ceil = ceil_mode(call);
    let counts_padding = if call.opset > 0 {
        call.flag("count_include_pad")
    } else {
        call.int_or("count_include_pad", 1) != 0
    };
    let mean = |x: &Array, lead: usize, space: Vec<usize>| {
        pooled(x, lead, space, &windows, ceil, 0.0, |x, rows, columns| {
            avg_pool2d(
                x,
                AvgPoolOptions::new([rows.size, columns.size])
                    .with_stride([rows.stride, columns.stride]),
            )
        })
    };
    if windows.iter().any(|window| window.dilation > 1) {
        return Err(Misfit::new("windows without gaps", "dilation"));
    }
    let sums = mean(&x, lead, space.clone())?;
    if let (Some(divisor), false) = (call.number("divisor_override"), call.opset > 0) {
        let size: usize = windows.iter().map(|window| window.size).product();
        return sums.map(|sums| sums * (size as f64 / divisor));
    }
    // What part of each window counts: the input, its declared padding, but not what is only there to fill the last.
    let mut share = vec![1.0];
    let mut is_whole = true;
    for (window, size) in windows.iter().zip(&space) {
        let (places, _) = window.places(*size, ceil)?;
        let mut next = Vec::with_capacity(share.len() * places);
        for before in &share {
            for place in 0..places {
                let start = place * window.stride;
                let end = start + window.size;
                let (from, to) = if counts_padding {
                    (0, window.front + size + window.back)
                } else {
                    (window.front, window.front + size)
                };
                let counted = end.min(to).saturating_sub(start.max(from));
                is_whole &= counted == window.size;
                next.push(before * counted as f64 / window.size as f64);
            }
        }
        share = next;
    }
    if is_whole {
        return Ok(sums);
    }
    let places = &sums.shape()[sums.shape().len() - axes..];
    let share = call.place.floats(share, places);
    sums.zip(&share, |sums, share| sums / share)
}

/// Pools over the last axes, two at once.
fn pooled(
    x: &Array,
    lead: usize,
    space: Vec<usize>,
    windows: &[Window],
    ceil: bool,
    border: f64,
    pool: impl Fn(Tensor<4>, Window, Window) -> Tensor<4>,
) -> Fit<Array> {
    const ALL: Window = Window {
        size: 1,
        stride: 1,
        front: 0,
        back: 0,
        dilation: 1,
    };
    let lead_shape = x.shape()[..x.shape().len() - space.len()].to_vec();
    let mut shape = vec![lead];
    shape.extend_from_slice(&space);
    let mut padded = x.with_shape(&shape)?;
    let mut places = Vec::new();
    for (at, (window, size)) in windows.iter().zip(&space).enumerate() {
        let (count, more) = window.places(*size, ceil)?;
        padded = padded.pad(
            at + 1,
            window.front as i64,
            (window.back + more) as i64,
            border,
        )?;
        places.push(count);
    }
    let result = match (windows, &padded.shape()[1..]) {
        ([columns], [w]) => {
            let image = padded.shaped([1, lead, 1, *w])?;
            Array::from_tensor(pool(image, ALL, *columns))
        }
        ([rows, columns], [h, w]) => {
            let image = padded.shaped([1, lead, *h, *w])?;
            Array::from_tensor(pool(image, *rows, *columns))
        }
        ([slices, rows, columns], [d, h, w]) => {
            let image = padded.shaped([1, lead * d, *h, *w])?;
            let flat = pool(image, *rows, *columns);
            let [_, _, h, w] = flat.dims();
            pool_depth(flat, [lead, *d, h * w], *slices, pool)
        }
        _ => return Err(Misfit::new("one to three axes", windows.len().to_string())),
    };
    // Windows that begin behind what `places` counts are possible where padding is longer than a stride.
    let mut whole = vec![lead];
    let found = &result.shape()[result.shape().len() - 2..];
    match places.as_slice() {
        [w] => whole.extend([found[1].max(*w)]),
        [h, w] => whole.extend([found[0].max(*h), found[1].max(*w)]),
        _ => whole.extend(&places),
    }
    let mut result = result.with_shape(&whole)?;
    for (at, count) in places.iter().enumerate() {
        result = result.slice(at + 1, 0, *count, 1)?;
    }
    let mut shape = lead_shape;
    shape.extend(places);
    result.with_shape(&shape)
}

fn pool_depth(
    flat: Tensor<4>,
    [lead, d, plane]: [usize; 3],
    slices: Window,
    pool: impl Fn(Tensor<4>, Window, Window) -> Tensor<4>,
) -> Array {
    const ALL: Window = Window {
        size: 1,
        stride: 1,
        front: 0,
        back: 0,
        dilation: 1,
    };
    Array::from_tensor(pool(flat.reshape([1, lead, d, plane]), slices, ALL))
}

/// Pooling to a given size: window `i` of `n` reaches from `floor(i size / n)` to `ceil((i + 1) size / n)`.
fn adaptive(call: &Call<'_>, axes: usize, kind: Kind) -> Fit<Array> {
    let x = call.float()?;
    let (lead, space) = space(&x, axes)?;
    let wanted = call.ints("output_size").unwrap_or_default();
    let wanted = match wanted.as_slice() {
        [one] => vec![*one; axes],
        other => other.to_vec(),
    };
    let wanted: Vec<usize> = wanted
        .iter()
        .zip(&space)
        // What is left open keeps its size.
        .map(|(wanted, size)| usize::try_from(*wanted).unwrap_or(*size))
        .collect();
    if wanted.len() != axes || wanted.contains(&0) || space.contains(&0) {
        return Err(Misfit::new(
            format!("sizes for {axes} axes"),
            format!("{wanted:?}"),
        ));
    }
    let lead_shape = x.shape()[..x.shape().len() - axes].to_vec();
    let mut shape = lead_shape;
    shape.extend_from_slice(&wanted);
    if wanted.iter().all(|size| *size == 1) {
        let planes = x.shaped([lead, x.len() / lead.max(1)])?;
        let reduced = match kind {
            Kind::Max => planes.max_dim(1),
            Kind::Average => planes.mean_dim(1),
        };
        return Array::from_tensor(reduced).with_shape(&shape);
    }
    if let (Kind::Average, [h, w], [rows, columns]) = (kind, space.as_slice(), wanted.as_slice()) {
        let image = x.shaped([1, lead, *h, *w])?;
        let pooled = adaptive_avg_pool2d(image, [*rows, *columns]);
        return Array::from_tensor(pooled).with_shape(&shape);
    }
    let mut joined = vec![lead];
    joined.extend_from_slice(&space);
    let mut result = x.with_shape(&joined)?;
    for (at, places) in wanted.iter().enumerate() {
        let size = result.shape()[at + 1];
        let parts: Fit<Vec<Array>> = (0..*places)
            .map(|place| {
                let (start, end) = (
                    place * size / places,
                    ((place + 1) * size).div_ceil(*places),
                );
                let part = result.slice(at + 1, start, end, 1)?;
                let [before, size, behind] = crate::engine::layout::around(part.shape(), at + 1);
                let row = part.shaped([before, size, behind])?;
                let reduced = match kind {
                    Kind::Max => row.max_dim(1),
                    Kind::Average => row.mean_dim(1),
                };
                let mut shape = part.shape().to_vec();
                shape[at + 1] = 1;
                Array::from_tensor(reduced).with_shape(&shape)
            })
            .collect();
        result = Array::concat(&parts?, at + 1)?;
    }
    result.with_shape(&shape)
}
