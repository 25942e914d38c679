//! Several pictures in one tensor.

use half::{bf16, f16};
use ndarray::{Array3, ArrayView4, Axis, Ix4, Zip, s};

use crate::MediaError;
use crate::element::{AsTensor, Element};

/// The smallest range that values are divided by.
const SMALLEST_RANGE: f64 = 1e-5;

/// How [`make_grid`] lays pictures out; the defaults are torchvision's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GridOptions {
    /// Most pictures in a row.
    pub nrow: usize,
    /// Pixels between pictures and around them.
    pub padding: usize,
    /// Whether to shift and scale values to 0 ... 1.
    pub normalize: bool,
    /// What becomes 0 and 1 then, values beyond being clipped; the smallest and the largest value when not given.
    pub value_range: Option<(f64, f64)>,
    /// Whether to look for the smallest and largest value in each picture for itself.
    pub scale_each: bool,
    /// Value of the pixels between pictures.
    pub pad_value: f64,
}

impl Default for GridOptions {
    fn default() -> Self {
        Self {
            nrow: 8,
            padding: 2,
            normalize: false,
            value_range: None,
            scale_each: false,
            pad_value: 0.0,
        }
    }
}

/// Lays a batch of pictures out in a grid, row by row, as `torchvision.utils.make_grid` does, to the last bit.
///
/// With `normalize`, each value becomes `(clip(x, low, high) - low) / max(high - low, 1e-5)`, every operation rounded
/// to the tensor's type.
///
/// # Shapes
/// - `tensor`: `[N, C, H, W]`, `[C, H, W]` or `[H, W]`; one channel is repeated to three.
/// - result: `[C, rows * (H + padding) + padding, columns * (W + padding) + padding]` with `min(nrow, N)` columns; a
///   single picture is returned as it is, `[C, H, W]`, without padding.
///
/// # Errors
/// [`MediaError::GridShape`] for another number of axes; [`MediaError::EmptyPicture`] for a batch of none, or when there
/// is no value to normalize by; [`MediaError::GridOption`] when `nrow` is 0, `pad_value` is no value of the tensor's type,
/// or integers are to be normalized.
///
/// ```
/// use glassboard_media::{GridOptions, make_grid};
///
/// let batch = ndarray::Array4::<f32>::ones((5, 1, 28, 28));
/// let grid = make_grid(&batch, &GridOptions { nrow: 3, ..GridOptions::default() })?;
/// assert_eq!(grid.dim(), (3, 2 * 30 + 2, 3 * 30 + 2));
/// # Ok::<(), glassboard_media::MediaError>(())
/// ```
pub fn make_grid<V>(tensor: &V, options: &GridOptions) -> Result<Array3<V::Elem>, MediaError>
where
    V: AsTensor<Elem: GridElement> + ?Sized,
{
    let option = |option, expected, got: &dyn ToString| MediaError::GridOption {
        option,
        expected,
        got: got.to_string(),
    };
    let tensor = tensor.as_tensor();
    let shape = tensor.shape().to_vec();
    let wrong_shape = || MediaError::GridShape { got: shape.clone() };
    let mut batch = match tensor.ndim() {
        2..=4 => tensor,
        _ => return Err(wrong_shape()),
    };
    while batch.ndim() < 4 {
        batch = batch.insert_axis(Axis(0));
    }
    let batch: ArrayView4<'_, V::Elem> = batch
        .into_dimensionality::<Ix4>()
        .map_err(|_| wrong_shape())?;
    if options.nrow == 0 {
        return Err(option("nrow", "at least 1", &0));
    }
    let Some(pad_value) = V::Elem::from_pad_value(options.pad_value) else {
        let expected = "a value of the tensor's type";
        return Err(option("pad_value", expected, &options.pad_value));
    };
    if options.normalize && !V::Elem::IS_FLOAT {
        return Err(option("normalize", "false for integers", &true));
    }
    let empty = || MediaError::EmptyPicture { got: shape.clone() };
    let of_all = match (options.normalize, options.value_range) {
        (false, _) => None,
        (true, Some(range)) => Some(range),
        (true, None) if batch.is_empty() => return Err(empty()),
        (true, None) => Some(range_of(batch.iter())),
    };

    let (count, depth, height, width) = batch.dim();
    let channels = if depth == 1 { 3 } else { depth };
    let columns = options.nrow.min(count);
    if columns == 0 {
        return Err(empty());
    }
    let rows = count.div_ceil(columns);
    let (padding, cell_height, cell_width) = match count {
        1 => (0, height, width),
        _ => (
            options.padding,
            height + options.padding,
            width + options.padding,
        ),
    };
    let size = (
        channels,
        rows * cell_height + padding,
        columns * cell_width + padding,
    );
    let mut grid = Array3::from_elem(size, pad_value);
    for (i, picture) in batch.outer_iter().enumerate() {
        let (top, left) = (
            i / columns * cell_height + padding,
            i % columns * cell_width + padding,
        );
        let mut cell = grid.slice_mut(s![.., top..top + height, left..left + width]);
        // One channel is repeated.
        let Some(picture) = picture.broadcast(cell.dim()) else {
            return Err(wrong_shape());
        };
        let range = match options.value_range {
            None if options.normalize && options.scale_each => Some(range_of(picture.iter())),
            _ => of_all,
        };
        match range {
            Some((low, high)) => Zip::from(&mut cell)
                .and(&picture)
                .for_each(|target, &value| *target = value.normalized(low, high)),
            None => cell.assign(&picture),
        }
    }
    Ok(grid)
}

/// The smallest and the largest value; NaN when any is NaN.
fn range_of<'a, T: Element>(values: impl Iterator<Item = &'a T>) -> (f64, f64) {
    values.map(|value| value.to_f64()).fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(low, high), value| {
            if value.is_nan() || low.is_nan() {
                (f64::NAN, f64::NAN)
            } else {
                (low.min(value), high.max(value))
            }
        },
    )
}

/// A number that [`make_grid`] can lay out.
pub trait GridElement: Element {
    /// Whether it can be normalized.
    #[doc(hidden)]
    const IS_FLOAT: bool;
    /// The option as a value of this type, if it is one.
    #[doc(hidden)]
    fn from_pad_value(value: f64) -> Option<Self>;
    /// The value with `low` moved to 0 and `high` to 1; integers stay as they are.
    #[doc(hidden)]
    #[must_use]
    fn normalized(self, low: f64, high: f64) -> Self;
}

macro_rules! grid_floats {
    ($($type:ty, $wide:ty, $widen:expr, $round:expr;)*) => {$(
        impl GridElement for $type {
            const IS_FLOAT: bool = true;
            fn from_pad_value(value: f64) -> Option<Self> {
                Some(<$type>::from_f64(value))
            }
            fn normalized(self, low: f64, high: f64) -> Self {
                let (widen, round) = ($widen, $round);
                let here = |bound: f64| -> $wide { widen(round(bound as $wide)) };
                let (low_here, high_here) = (here(low), here(high));
                // The divisor alone is not rounded to the tensor's type.
                let range = (high - low).max(SMALLEST_RANGE) as $wide;
                let value: $wide = widen(self);
                // Not `clamp`: the bounds may be in the wrong order, and NaN stays NaN.
                let value = if value < low_here { low_here } else { value };
                let value = if value > high_here { high_here } else { value };
                let shifted: $wide = widen(round(value - low_here));
                round(shifted / range)
            }
        }
    )*};
}

/// `from_f64` for the types that Rust has.
trait FromF64 {
    fn from_f64(value: f64) -> Self;
}

impl FromF64 for f32 {
    fn from_f64(value: f64) -> Self {
        value as Self
    }
}

impl FromF64 for f64 {
    fn from_f64(value: f64) -> Self {
        value
    }
}

grid_floats! {
    f32, f32, |x| x, |x| x;
    f64, f64, |x| x, |x| x;
    f16, f32, f16::to_f32, f16::from_f32;
    bf16, f32, bf16::to_f32, bf16::from_f32;
}

macro_rules! grid_integers {
    ($($type:ty),*) => {$(
        impl GridElement for $type {
            const IS_FLOAT: bool = false;
            #[allow(clippy::cast_lossless)]
            fn from_pad_value(value: f64) -> Option<Self> {
                // The cast truncates and saturates: where it does, the value did not fit.
                let cast = value as Self;
                (cast as f64 == value.trunc()).then_some(cast)
            }
            fn normalized(self, _: f64, _: f64) -> Self {
                self
            }
        }
    )*};
}

grid_integers!(u8, u16, u32, u64, i8, i16, i32, i64);

impl GridElement for bool {
    const IS_FLOAT: bool = false;
    fn from_pad_value(value: f64) -> Option<Self> {
        Some(value != 0.0)
    }
    fn normalized(self, _: f64, _: f64) -> Self {
        self
    }
}
