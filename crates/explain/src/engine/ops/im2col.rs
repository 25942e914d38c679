//! Two-dimensional convolutions in single precision on the CPU, as products of matrices.
//!
//! Burn's CPU backend brings the weights and the images into another order at each call, and multiplies image by image,
//! which costs most where images are small, as deep in a network. Here the windows under the kernel become the
//! columns of a matrix in the weights' own order (im2col; Chellapilla, Puri, Simard 2006), those of all images of the
//! batch one behind the other, a part at a time so that the matrix stays small.

use ndarray::{ArrayView2, ArrayViewMut2, linalg::general_mat_mul};
use rayon::prelude::*;

/// Columns of a part of the matrix of windows. Fewer make too little of the weights, which the product brings into
/// order for each part; more take memory: a part of a layer of 512 channels is 19 MB, and each thread has one.
const COLUMNS: usize = 1024;
/// Columns of a part below which channels are dealt out to the threads in place of columns.
const FEWEST_COLUMNS: usize = 128;

/// Channels of a group below which Burn convolves directly, without any matrix.
pub(super) const LEAST_CHANNELS: usize = 3;

/// How the kernel goes over an image; everything is `[height, width]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) stride: [usize; 2],
    pub(super) padding: [usize; 2],
    pub(super) dilation: [usize; 2],
    pub(super) groups: usize,
}

/// What is done to each element of a channel: `x * scale + shift`, and `ReLU` after it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Finish<'a> {
    pub(super) scale: Option<&'a [f32]>,
    pub(super) shift: Option<&'a [f32]>,
    pub(super) relu: bool,
}

impl Finish<'_> {
    pub(super) fn apply(&self, channel: usize, values: &mut [f32]) {
        let scale = self.scale.map(|scale| scale[channel]);
        let shift = self.shift.map_or(0.0, |shift| shift[channel]);
        for x in values {
            if let Some(scale) = scale {
                *x *= scale;
            }
            *x += shift;
            // Not `max`, which would drop NaN.
            if self.relu && *x < 0.0 {
                *x = 0.0;
            }
        }
    }
}

/// Elements with their shape `[a, b, height, width]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'a> {
    pub(super) values: &'a [f32],
    pub(super) shape: [usize; 4],
}

/// Neighbouring columns: positions of one row of the result of one image.
struct Span {
    image: usize,
    y: usize,
    x: std::ops::Range<usize>,
}

/// A part of the result: rows of channels, columns of positions.
struct Part {
    columns: std::ops::Range<usize>,
    channels: std::ops::Range<usize>,
    values: Vec<f32>,
}

/// Convolves every image of a batch.
///
/// # Shapes
/// `images`: `[N, C, H, W]`, `weight`: `[out, C / groups, kh, kw]`, what finishes them: `[out]`; the result
/// `[N, out, h, w]`. The padded image is at least as large as the kernel.
pub(super) fn convolve(
    images: Block<'_>,
    weight: Block<'_>,
    finish: &Finish<'_>,
    window: &Window,
) -> (Vec<f32>, [usize; 4]) {
    let [count, _, height, width] = images.shape;
    let [channels, depth, kernel_height, kernel_width] = weight.shape;
    let side = |at: usize, size: usize, kernel: usize| {
        (size + 2 * window.padding[at] - window.dilation[at] * (kernel - 1) - 1) / window.stride[at]
            + 1
    };
    let out = [side(0, height, kernel_height), side(1, width, kernel_width)];
    let size = out[0] * out[1];
    let inner = depth * kernel_height * kernel_width;
    let parts: Vec<Part> = parts(count * size, channels, window.groups)
        .into_par_iter()
        .map_init(Vec::new, |matrix, part| {
            windows(matrix, images, weight.shape, window, out, &part);
            multiplied(matrix, weight, inner, part)
        })
        .collect();
    let mut result = vec![0.0; count * channels * size];
    let shape = [count, channels, out[0], out[1]];
    if size == 0 {
        return (result, shape);
    }
    result
        .par_chunks_mut(size)
        .enumerate()
        .for_each(|(row, result)| {
            let (image, channel) = (row / channels, row % channels);
            let first = image * size;
            for part in parts.iter().filter(|part| part.channels.contains(&channel)) {
                let start = part.columns.start.max(first);
                let end = part.columns.end.min(first + size);
                if start < end {
                    let row = (channel - part.channels.start) * part.columns.len();
                    let from = row + start - part.columns.start;
                    result[start - first..end - first]
                        .copy_from_slice(&part.values[from..from + end - start]);
                }
            }
            finish.apply(channel, result);
        });
    (result, shape)
}

/// The parts of a result, empty yet: as many as the threads can share. Which there are has no influence on the sums.
fn parts(columns: usize, channels: usize, groups: usize) -> Vec<Part> {
    let threads = rayon::current_num_threads();
    let steps = columns.div_ceil(COLUMNS).next_multiple_of(threads);
    let step = columns.div_ceil(steps.max(1)).max(FEWEST_COLUMNS);
    let of_group = channels / groups;
    let blocks = threads.div_ceil((columns.div_ceil(step) * groups).max(1));
    let block = of_group.div_ceil(blocks).max(1);
    let mut parts = Vec::new();
    for start in (0..columns).step_by(step) {
        for group in 0..groups {
            for first in (0..of_group).step_by(block) {
                let channel = group * of_group;
                parts.push(Part {
                    columns: start..(start + step).min(columns),
                    channels: channel + first..channel + (first + block).min(of_group),
                    values: Vec::new(),
                });
            }
        }
    }
    parts
}

/// The windows under the kernel, as columns.
fn windows(
    matrix: &mut Vec<f32>,
    images: Block<'_>,
    weight: [usize; 4],
    window: &Window,
    out: [usize; 2],
    part: &Part,
) {
    let [_, channels, height, width] = images.shape;
    let [all, depth, kernel_height, kernel_width] = weight;
    let first_channel = part.channels.start / (all / window.groups) * depth;
    let spans = spans(&part.columns, out);
    matrix.clear();
    matrix.reserve(depth * kernel_height * kernel_width * part.columns.len());
    for channel in first_channel..first_channel + depth {
        for ky in 0..kernel_height {
            for kx in 0..kernel_width {
                for span in &spans {
                    let y = span.y * window.stride[0] + ky * window.dilation[0];
                    let y = y.wrapping_sub(window.padding[0]);
                    if y >= height {
                        matrix.resize(matrix.len() + span.x.len(), 0.0);
                        continue;
                    }
                    let start = ((span.image * channels + channel) * height + y) * width;
                    let row = &images.values[start..start + width];
                    let offset = kx * window.dilation[1];
                    line(matrix, row, span.x.clone(), offset, window);
                }
            }
        }
    }
}

/// Elements of one row of an image that lie under one element of the kernel.
fn line(
    matrix: &mut Vec<f32>,
    row: &[f32],
    positions: std::ops::Range<usize>,
    offset: usize,
    window: &Window,
) {
    let (stride, padding) = (window.stride[1], window.padding[1]);
    // Positions whose element lies within the row.
    let inside = padding.saturating_sub(offset).div_ceil(stride);
    let behind = (row.len() + padding)
        .saturating_sub(offset)
        .div_ceil(stride);
    let inside = inside.clamp(positions.start, positions.end);
    let behind = behind.clamp(inside, positions.end);
    matrix.resize(matrix.len() + inside - positions.start, 0.0);
    if inside < behind {
        let start = inside * stride + offset - padding;
        if stride == 1 {
            matrix.extend_from_slice(&row[start..start + behind - inside]);
        } else {
            matrix.extend(row[start..].iter().step_by(stride).take(behind - inside));
        }
    }
    matrix.resize(matrix.len() + positions.end - behind, 0.0);
}

/// What lies side by side among these columns.
fn spans(columns: &std::ops::Range<usize>, [height, width]: [usize; 2]) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut at = columns.start;
    while at < columns.end {
        let (row, x) = (at / width, at % width);
        let end = (at + width - x).min(columns.end);
        spans.push(Span {
            image: row / height,
            y: row % height,
            x: x..x + end - at,
        });
        at = end;
    }
    spans
}

fn multiplied(matrix: &[f32], weight: Block<'_>, inner: usize, mut part: Part) -> Part {
    let (rows, columns) = (part.channels.len(), part.columns.len());
    part.values = vec![0.0; rows * columns];
    let weight = &weight.values[part.channels.start * inner..part.channels.end * inner];
    // Each has as many elements as its shape says.
    let views = (
        ArrayView2::from_shape((rows, inner), weight),
        ArrayView2::from_shape((inner, columns), matrix),
        ArrayViewMut2::from_shape((rows, columns), &mut part.values),
    );
    if let (Ok(weight), Ok(matrix), Ok(mut values)) = views {
        general_mat_mul(1.0, &weight, &matrix, 0.0, &mut values);
    }
    part
}

#[cfg(test)]
pub(super) mod tests;
