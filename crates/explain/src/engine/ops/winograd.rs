//! Convolutions with 3 x 3 kernels at stride 1, with fewer multiplications: Winograd's F(2 x 2, 3 x 3) (Lavin and Gray
//! 2016, arXiv:1509.09308, section 4.1).
//!
//! Two by two results of a channel are taken out of four by four pixels with 16 multiplications where the definition
//! has 36: `Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A`. Summed over the channels of the image, each of the 16 is a product of
//! matrices. What is gained is partly spent on bringing weights, pixels and results into this form and back, so that
//! it pays for many positions only: see [`suits`]. The transforms add and halve; in single precision the result is as
//! near to the definition as that of another order of summation. A pixel that is not finite spoils the results of its
//! tiles, its neighbours' among them.

use ndarray::{ArrayView2, ArrayView3, ArrayViewMut2, Axis, linalg::general_mat_mul};
use parking_lot::Mutex;
use rayon::prelude::*;

use super::im2col::{Block, Finish, Window};

/// Tiles below which bringing the weights into form costs more than it gains.
const FEWEST_TILES: usize = 128;
/// Channels below which the products are too small to gain by.
const FEWEST_CHANNELS: usize = 16;
/// Elements of the transformed pixels, or of the products, that are held at once: 8 MB each.
const HELD: usize = 1 << 21;

/// Memory of earlier calls. The system gives new memory page by page, each filled with zeros, which took a fifth of
/// Score-CAM's time.
static SPARE: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// Numbers that are all written before they are read.
fn spare(len: usize) -> Vec<f32> {
    let mut spare = SPARE.lock().pop().unwrap_or_default();
    spare.resize(len, 0.0);
    spare
}

/// Keeps memory for the next call, unless one line of tiles alone was more than is to be held.
fn give_back(spare: Vec<f32>) {
    if spare.capacity() <= 2 * HELD {
        SPARE.lock().push(spare);
    }
}

/// Whether a convolution is quicker this way.
pub(super) fn suits(images: [usize; 4], weight: [usize; 4], window: &Window) -> bool {
    let [filters, channels, height, width] = weight;
    let is_plain = [height, width] == [3, 3]
        && window.stride == [1, 1]
        && window.dilation == [1, 1]
        && window.groups == 1;
    is_plain && channels.min(filters) >= FEWEST_CHANNELS && {
        let tiling = Tiling::new(images, window);
        tiling.lines() * tiling.across >= FEWEST_TILES
    }
}

/// How results of two by two lie over the images.
#[derive(Clone, Copy, Debug)]
struct Tiling {
    count: usize,
    padding: [usize; 2],
    out: [usize; 2],
    /// Tiles over each other, and side by side.
    down: usize,
    across: usize,
}

impl Tiling {
    fn new([count, _, height, width]: [usize; 4], window: &Window) -> Self {
        let side = |size: usize, padding: usize| (size + 2 * padding).saturating_sub(2);
        let out = [
            side(height, window.padding[0]),
            side(width, window.padding[1]),
        ];
        Self {
            count,
            padding: window.padding,
            out,
            down: out[0].div_ceil(2),
            across: out[1].div_ceil(2),
        }
    }

    /// Lines of tiles of all images.
    fn lines(&self) -> usize {
        self.count * self.down
    }
}

/// Convolves every image of a batch.
///
/// # Shapes
/// `images`: `[N, C, H, W]`, `weight`: `[out, C, 3, 3]`, what finishes them: `[out]`; the result `[N, out, h, w]`. The
/// padded image is at least as large as the kernel.
pub(super) fn convolve(
    images: Block<'_>,
    weight: Block<'_>,
    finish: &Finish<'_>,
    window: &Window,
) -> (Vec<f32>, [usize; 4]) {
    in_parts(images, weight, finish, window, HELD)
}

/// The same, with so many elements held at once.
fn in_parts(
    images: Block<'_>,
    weight: Block<'_>,
    finish: &Finish<'_>,
    window: &Window,
    held: usize,
) -> (Vec<f32>, [usize; 4]) {
    let tiling = Tiling::new(images.shape, window);
    let channels = images.shape[1];
    let filters = weight.shape[0];
    let kernels = kernels(weight);
    let step = held / (16 * channels.max(filters) * tiling.across).max(1);
    let step = step.clamp(1, tiling.lines().max(1));
    let most = step * tiling.across;
    let mut all_pixels = spare(channels * 16 * most);
    let mut all_products = spare(16 * filters * most);
    let mut result = vec![0.0; tiling.count * filters * tiling.out[0] * tiling.out[1]];
    for first in (0..tiling.lines()).step_by(step) {
        let lines = first..(first + step).min(tiling.lines());
        let tiles = lines.len() * tiling.across;
        let pixels = &mut all_pixels[..channels * 16 * tiles];
        let products = &mut all_products[..16 * filters * tiles];
        pixels
            .par_chunks_mut(16 * tiles)
            .enumerate()
            .for_each(|(channel, out)| spread(images, channel, &tiling, lines.clone(), out));
        products
            .par_chunks_mut(filters * tiles)
            .enumerate()
            .for_each(|(at, out)| multiply(&kernels, pixels, [filters, channels, tiles], at, out));
        result
            .par_chunks_mut(tiling.out[0] * tiling.out[1])
            .enumerate()
            .for_each(|(row, out)| {
                let (image, filter) = (row / filters, row % filters);
                let of_image = image * tiling.down..(image + 1) * tiling.down;
                let start = lines.start.max(of_image.start);
                let end = lines.end.min(of_image.end);
                if start < end {
                    let from = (start - lines.start) * tiling.across;
                    let length = (end - start) * tiling.across;
                    let of =
                        |at: usize| &products[(at * filters + filter) * tiles + from..][..length];
                    let top = 2 * (start - of_image.start) * tiling.out[1];
                    let bottom = (2 * (end - of_image.start)).min(tiling.out[0]) * tiling.out[1];
                    gather(of, &tiling, &mut out[top..bottom]);
                    finish.apply(filter, &mut out[top..bottom]);
                }
            });
    }
    give_back(all_pixels);
    give_back(all_products);
    (
        result,
        [tiling.count, filters, tiling.out[0], tiling.out[1]],
    )
}

/// `G g Gᵀ` of each kernel: `[out, 16, C]`.
fn kernels(weight: Block<'_>) -> Vec<f32> {
    let [filters, channels, ..] = weight.shape;
    let mut all = vec![0.0; filters * 16 * channels];
    all.par_chunks_mut(16 * channels)
        .zip(weight.values.par_chunks(9 * channels))
        .for_each_init(
            || (vec![0.0; 9 * channels], vec![0.0; 12 * channels]),
            |(taps, columns), (out, filter)| {
                // The channels side by side, for each element of the kernel.
                for (tap, row) in taps.chunks_exact_mut(channels).enumerate() {
                    for (value, kernel) in row.iter_mut().zip(filter.chunks_exact(9)) {
                        *value = kernel[tap];
                    }
                }
                let row = |of: usize| of * channels..(of + 1) * channels;
                for (x, column) in columns.chunks_exact_mut(4 * channels).enumerate() {
                    let [a, b, c] = [x, 3 + x, 6 + x].map(|tap| &taps[row(tap)]);
                    four(column, a, b, c);
                }
                for (y, out) in out.chunks_exact_mut(4 * channels).enumerate() {
                    let [a, b, c] = [y, 4 + y, 8 + y].map(|at| &columns[row(at)]);
                    four(out, a, b, c);
                }
            },
        );
    all
}

/// `G` times three rows: the outer ones, and half their sum with and without the middle one between them.
fn four(out: &mut [f32], a: &[f32], b: &[f32], c: &[f32]) {
    let mut rows = out.chunks_exact_mut(a.len());
    let (Some(first), Some(second), Some(third), Some(fourth)) =
        (rows.next(), rows.next(), rows.next(), rows.next())
    else {
        return;
    };
    first.copy_from_slice(a);
    fourth.copy_from_slice(c);
    let inner = second.iter_mut().zip(third.iter_mut());
    for ((plus, minus), ((a, b), c)) in inner.zip(a.iter().zip(b).zip(c)) {
        let (ends, middle) = ((a + c) * 0.5, b * 0.5);
        (*plus, *minus) = (ends + middle, ends - middle);
    }
}

/// `Bᵀ d B` of the tiles of one channel, into `[16, tiles]`.
fn spread(
    images: Block<'_>,
    channel: usize,
    tiling: &Tiling,
    lines: std::ops::Range<usize>,
    out: &mut [f32],
) {
    let [_, channels, height, width] = images.shape;
    let tiles = lines.len() * tiling.across;
    let blank = vec![0.0; width];
    // The four rows of a line of tiles, transformed, between zeros of padding; of these every second element.
    let mut row = vec![0.0; 2 * tiling.across + 2];
    let (mut even, mut odd) = (vec![0.0; tiling.across + 1], vec![0.0; tiling.across + 1]);
    for (number, line) in lines.enumerate() {
        let (image, down) = (line / tiling.down, line % tiling.down);
        let plane = (image * channels + channel) * height;
        let source = |at: usize| {
            let y = (2 * down + at).wrapping_sub(tiling.padding[0]);
            if y < height {
                &images.values[(plane + y) * width..][..width]
            } else {
                blank.as_slice()
            }
        };
        let at = number * tiling.across;
        for (four, of_row) in out.chunks_exact_mut(4 * tiles).enumerate() {
            let inner = &mut row[tiling.padding[1]..][..width];
            match four {
                0 => subtract(inner, source(0), source(2)),
                1 => add(inner, source(1), source(2)),
                2 => subtract(inner, source(2), source(1)),
                _ => subtract(inner, source(1), source(3)),
            }
            for ((pair, even), odd) in row.chunks_exact(2).zip(&mut even).zip(&mut odd) {
                (*even, *odd) = (pair[0], pair[1]);
            }
            let (this, next) = (&even[..tiling.across], &even[1..]);
            let (this_odd, next_odd) = (&odd[..tiling.across], &odd[1..]);
            for (x, out) in of_row.chunks_exact_mut(tiles).enumerate() {
                let out = &mut out[at..at + tiling.across];
                match x {
                    0 => subtract(out, this, next),
                    1 => add(out, this_odd, next),
                    2 => subtract(out, next, this_odd),
                    _ => subtract(out, this_odd, next_odd),
                }
            }
        }
    }
}

/// The sum over the channels, of one of the 16: `[out, C] · [C, tiles]`.
fn multiply(
    kernels: &[f32],
    pixels: &[f32],
    [filters, channels, tiles]: [usize; 3],
    at: usize,
    out: &mut [f32],
) {
    // Each has as many elements as its shape says.
    let views = (
        ArrayView3::from_shape((filters, 16, channels), kernels),
        ArrayView3::from_shape((channels, 16, tiles), pixels),
        ArrayViewMut2::from_shape((filters, tiles), out),
    );
    if let (Ok(kernels), Ok(pixels), Ok(mut out)) = views {
        let kernels: ArrayView2<'_, f32> = kernels.index_axis(Axis(1), at);
        general_mat_mul(
            1.0,
            &kernels,
            &pixels.index_axis(Axis(1), at),
            0.0,
            &mut out,
        );
    }
}

/// `Aᵀ m A` of whole lines of tiles, into rows of the result; `of` gives one of the 16 of these tiles.
fn gather<'a>(of: impl Fn(usize) -> &'a [f32], tiling: &Tiling, out: &mut [f32]) {
    // The rows of m become two columns each.
    let columns: [[Vec<f32>; 2]; 4] = std::array::from_fn(|y| {
        let [a, b, c, d] = std::array::from_fn(|x| of(4 * y + x));
        [sum(a, b, c), difference(b, c, d)]
    });
    let [above, below] = [0, 1].map(|down| {
        [0, 1].map(|x| {
            let [a, b, c, d] = [0, 1, 2, 3].map(|y| columns[y][x].as_slice());
            if down == 0 {
                sum(a, b, c)
            } else {
                difference(b, c, d)
            }
        })
    });
    let width = tiling.out[1];
    for (number, row) in out.chunks_exact_mut(width).enumerate() {
        let [even, odd] = if number % 2 == 0 { &above } else { &below };
        let at = number / 2 * tiling.across;
        let pairs = even[at..].iter().zip(&odd[at..]);
        for (two, (even, odd)) in row.chunks_mut(2).zip(pairs) {
            two[0] = *even;
            if let Some(second) = two.get_mut(1) {
                *second = *odd;
            }
        }
    }
}

fn add(out: &mut [f32], a: &[f32], b: &[f32]) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = a + b;
    }
}

fn subtract(out: &mut [f32], a: &[f32], b: &[f32]) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = a - b;
    }
}

/// `a + b + c`.
fn sum(a: &[f32], b: &[f32], c: &[f32]) -> Vec<f32> {
    let pairs = a.iter().zip(b).zip(c);
    pairs.map(|((a, b), c)| a + b + c).collect()
}

/// `b - c - d`.
fn difference(b: &[f32], c: &[f32], d: &[f32]) -> Vec<f32> {
    let pairs = b.iter().zip(c).zip(d);
    pairs.map(|((b, c), d)| b - c - d).collect()
}

#[cfg(test)]
mod tests;
