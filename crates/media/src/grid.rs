//! Axis orders, and several pictures in one.

use ndarray::{ArrayView3, ArrayView4, ArrayViewD, Axis, Ix4};

use crate::MediaError;

/// Most pictures side by side in a grid.
const GRID_COLUMNS: usize = 8;

/// The letters of an axis order such as `"NHWC"`, in upper case.
///
/// # Errors
/// [`MediaError::UnknownDataformats`] unless the letters are a permutation of `NCHW`, `CHW` or `HW`, in either case.
fn letters(dataformats: &str) -> Result<Vec<u8>, MediaError> {
    let upper: Vec<u8> = dataformats
        .bytes()
        .map(|byte| byte.to_ascii_uppercase())
        .collect();
    let mut sorted = upper.clone();
    sorted.sort_unstable();
    match sorted.as_slice() {
        b"CHNW" | b"CHW" | b"HW" => Ok(upper),
        _ => Err(MediaError::UnknownDataformats {
            got: dataformats.to_owned(),
        }),
    }
}

/// The tensor with its axes brought into the order `N, H, W, C`; missing ones have length 1.
///
/// # Errors
/// [`MediaError::UnknownDataformats`], [`MediaError::RankMismatch`], [`MediaError::EmptyPicture`].
pub(crate) fn to_nhwc<'a, T>(
    tensor: ArrayViewD<'a, T>,
    dataformats: &str,
) -> Result<ArrayView4<'a, T>, MediaError> {
    let mut letters = letters(dataformats)?;
    let mismatch = |shape: &[usize]| MediaError::RankMismatch {
        dataformats: dataformats.to_owned(),
        expected: dataformats.len(),
        got: shape.to_vec(),
    };
    if letters.len() != tensor.ndim() {
        return Err(mismatch(tensor.shape()));
    }
    if tensor.is_empty() {
        return Err(MediaError::EmptyPicture {
            got: tensor.shape().to_vec(),
        });
    }
    let mut tensor = tensor;
    for missing in [b'C', b'N'] {
        if !letters.contains(&missing) {
            letters.push(missing);
            let last = Axis(tensor.ndim());
            tensor = tensor.insert_axis(last);
        }
    }
    // Every letter is there now: `letters` is a permutation of the four.
    let position = |letter: u8| {
        letters
            .iter()
            .position(|&l| l == letter)
            .unwrap_or_default()
    };
    let order = [b'N', b'H', b'W', b'C'].map(position);
    let shape = tensor.shape().to_vec();
    tensor
        .into_dimensionality::<Ix4>()
        .map(|tensor| tensor.permuted_axes(order))
        .map_err(|_| mismatch(&shape))
}

/// Columns and rows of the grid that holds `count` pictures: at most eight side by side, row by row, no gap.
pub(crate) fn columns_and_rows(count: usize) -> (usize, usize) {
    let columns = count.clamp(1, GRID_COLUMNS);
    (columns, count.div_ceil(columns))
}

/// The pictures of a batch `[N, H, W, C]` with the grid cell (column, row) each belongs to.
pub(crate) fn cells<'a, T>(
    batch: &'a ArrayView4<'_, T>,
) -> impl Iterator<Item = (usize, usize, ArrayView3<'a, T>)> {
    let (columns, _) = columns_and_rows(batch.len_of(Axis(0)));
    batch
        .outer_iter()
        .enumerate()
        .map(move |(i, picture)| (i % columns, i / columns, picture))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grid_is_at_most_eight_wide() {
        let cases = [
            (1, (1, 1)),
            (5, (5, 1)),
            (8, (8, 1)),
            (9, (8, 2)),
            (17, (8, 3)),
        ];
        for (count, expected) in cases {
            assert_eq!(columns_and_rows(count), expected, "{count} pictures");
        }
    }
}
