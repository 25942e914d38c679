//! Smoothing by slightly different pictures (`aug_smooth`).

use ndarray::{ArrayD, ArrayViewD, Axis, Slice};

use crate::{ExplainError, Result};

/// A change of the picture that does not change what is in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Augmentation {
    /// Whether left and right are swapped.
    pub flip: bool,
    /// What the input is multiplied with.
    pub factor: f32,
}

/// The six variants of a picture whose maps are averaged, in the reference's order.
pub const AUGMENTATIONS: [Augmentation; 6] = {
    const fn variant(flip: bool, factor: f32) -> Augmentation {
        Augmentation { flip, factor }
    }
    [
        variant(false, 0.9),
        variant(false, 1.0),
        variant(false, 1.1),
        variant(true, 0.9),
        variant(true, 1.0),
        variant(true, 1.1),
    ]
};

impl Augmentation {
    /// The changed input.
    ///
    /// # Shapes
    /// `input` and result: `[..., W]`, f32.
    pub fn apply(self, input: ArrayViewD<'_, f32>) -> ArrayD<f32> {
        self.undo(input.view()) * self.factor
    }

    /// A map of the changed input as one of the input itself.
    fn undo(self, mut map: ArrayViewD<'_, f32>) -> ArrayD<f32> {
        if self.flip && map.ndim() > 0 {
            let last = Axis(map.ndim() - 1);
            map.slice_axis_inplace(last, Slice::new(0, None, -1));
        }
        map.to_owned()
    }
}

/// The mean of the maps of [`AUGMENTATIONS`], one for each and in their order; not scaled again.
///
/// # Shapes
/// each map and the result: `[N, H, W]`, f32.
///
/// # Errors
/// [`ExplainError::Shape`] when there are more or fewer than six, or their shapes differ.
pub fn mean_of_augmented(maps: &[ArrayD<f32>]) -> Result<ArrayD<f32>> {
    let first = maps.first().map(ArrayD::shape).unwrap_or_default();
    if maps.len() != AUGMENTATIONS.len() {
        return Err(ExplainError::Shape {
            what: "maps of the variants of a picture".to_owned(),
            expected: format!("{} maps", AUGMENTATIONS.len()),
            got: vec![maps.len()],
        });
    }
    let mut mean = ArrayD::zeros(first);
    for (map, variant) in maps.iter().zip(AUGMENTATIONS) {
        if map.shape() != first {
            return Err(ExplainError::Shape {
                what: "map of a variant".to_owned(),
                expected: format!("{first:?}"),
                got: map.shape().to_vec(),
            });
        }
        mean += &variant.undo(map.view());
    }
    Ok(mean / maps.len() as f32)
}
