//! The greatest value under windows of a plane, in single precision on the CPU.
//!
//! Burn's asks of every element where it lies. Here rows are compared with rows, which the processor does for many
//! elements at once; then columns, over a row that is as short as the stride makes it.

use rayon::prelude::*;

/// How windows lie along one axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows {
    /// Elements of the axis.
    pub(super) len: usize,
    /// How many windows there are.
    pub(super) count: usize,
    pub(super) size: usize,
    pub(super) stride: usize,
    pub(super) dilation: usize,
    /// What is added in front of the axis, and is never the greatest.
    pub(super) front: usize,
}

impl Windows {
    /// The element of a window, where it lies within the axis.
    fn element(&self, window: usize, tap: usize) -> Option<usize> {
        (window * self.stride + tap * self.dilation)
            .checked_sub(self.front)
            .filter(|at| *at < self.len)
    }

    /// The windows one of whose elements lies within the axis.
    fn within(&self, tap: usize) -> std::ops::Range<usize> {
        let offset = tap * self.dilation;
        let first = self.front.saturating_sub(offset).div_ceil(self.stride);
        let behind = (self.len + self.front).saturating_sub(offset);
        let behind = behind.div_ceil(self.stride).min(self.count);
        first.min(behind)..behind
    }
}

/// The greatest of each window; not a number where one element is none, and minus infinity where it has no elements.
///
/// # Shapes
/// `planes`: `[N, rows, columns]`, none of them 0; the result `[N, rows.count, columns.count]`.
pub(super) fn max_pool(planes: &[f32], rows: &Windows, columns: &Windows) -> Vec<f32> {
    let size = rows.count * columns.count;
    let mut result = vec![f32::NEG_INFINITY; planes.len() / (rows.len * columns.len) * size];
    result
        .par_chunks_mut(size)
        .zip(planes.par_chunks(rows.len * columns.len))
        .for_each_init(Vec::new, |highest, (out, plane)| {
            for (y, out) in out.chunks_exact_mut(columns.count).enumerate() {
                highest.clear();
                highest.resize(columns.len, f32::NEG_INFINITY);
                for row in (0..rows.size).filter_map(|tap| rows.element(y, tap)) {
                    let row = &plane[row * columns.len..][..columns.len];
                    for (highest, value) in highest.iter_mut().zip(row) {
                        *highest = greater(*highest, *value);
                    }
                }
                for tap in 0..columns.size {
                    let within = columns.within(tap);
                    let Some(first) = columns.element(within.start, tap) else {
                        continue;
                    };
                    let values = highest[first..].iter().step_by(columns.stride);
                    for (out, value) in out[within].iter_mut().zip(values) {
                        *out = greater(*out, *value);
                    }
                }
            }
        });
    result
}

/// Not `max`, which would drop NaN.
fn greater(a: f32, b: f32) -> f32 {
    if b > a || b.is_nan() { b } else { a }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Windows, max_pool};

    fn windows() -> impl Strategy<Value = Windows> {
        (
            1..=12_usize,
            1..=4_usize,
            1..=3_usize,
            1..=3_usize,
            0..=3_usize,
            0..=3_usize,
        )
            .prop_filter_map(
                "a window fits",
                |(len, size, stride, dilation, front, back)| {
                    let room = (len + front + back).checked_sub(dilation * (size - 1) + 1)?;
                    Some(Windows {
                        len,
                        count: room / stride + 1,
                        size,
                        stride,
                        dilation,
                        front,
                    })
                },
            )
    }

    proptest! {
        #[test]
        fn is_what_the_definition_says(rows in windows(), columns in windows(), count in 1..=3_usize, seed: u64) {
            let mut random = fastrand::Rng::with_seed(seed);
            let planes: Vec<f32> = (0..count * rows.len * columns.len)
                .map(|_| if random.u8(..) < 6 { f32::NAN } else { random.f32() - 0.5 })
                .collect();
            let got = max_pool(&planes, &rows, &columns);
            let mut at = 0;
            for plane in planes.chunks(rows.len * columns.len) {
                for y in 0..rows.count {
                    for x in 0..columns.count {
                        let mut expected = f32::NEG_INFINITY;
                        for ky in 0..rows.size {
                            for kx in 0..columns.size {
                                let y = (y * rows.stride + ky * rows.dilation) as isize - rows.front as isize;
                                let x = (x * columns.stride + kx * columns.dilation) as isize - columns.front as isize;
                                let inside = (0..rows.len as isize).contains(&y) && (0..columns.len as isize).contains(&x);
                                if inside {
                                    let value = plane[y as usize * columns.len + x as usize];
                                    expected = if expected.is_nan() || value.is_nan() { f32::NAN } else { expected.max(value) };
                                }
                            }
                        }
                        prop_assert!(got[at] == expected || got[at].is_nan() && expected.is_nan(), "{} and {}", got[at], expected);
                        at += 1;
                    }
                }
            }
            prop_assert_eq!(at, got.len());
        }
    }
}
