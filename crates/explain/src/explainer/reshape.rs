//! Layers of transformers as images.

use std::str::FromStr;

use ndarray::{ArrayD, Axis, Slice};

use crate::{ExplainError, Result};

/// Brings a layer's output to `[N, C, H, W]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reshape {
    /// It has this shape already.
    #[default]
    None,
    /// `[N, tokens, C]`, of which the first tokens are none of the picture's: a vision transformer has one, for the
    /// class. The others are the rows of a square.
    Tokens {
        /// Tokens in front.
        skip: usize,
    },
    /// `[N, H, W, C]`: a Swin transformer.
    ChannelsLast,
}

impl Reshape {
    /// # Errors
    /// [`ExplainError::NotSpatial`] when the shape is another than this is for.
    pub fn apply(self, array: ArrayD<f32>) -> Result<ArrayD<f32>> {
        let not_spatial = || ExplainError::NotSpatial {
            got: array.shape().to_vec(),
        };
        match (self, array.ndim()) {
            (Self::None, _) => Ok(array),
            (Self::ChannelsLast, 4) => Ok(standard(array.permuted_axes(vec![0, 3, 1, 2]))),
            (Self::Tokens { skip }, 3) => {
                let tokens = array
                    .len_of(Axis(1))
                    .checked_sub(skip)
                    .ok_or_else(not_spatial)?;
                let side = tokens.isqrt();
                if side == 0 || side * side != tokens {
                    return Err(not_spatial());
                }
                let [images, channels] = [array.len_of(Axis(0)), array.len_of(Axis(2))];
                let kept = array.slice_axis(Axis(1), Slice::from(skip..));
                let moved = standard(kept.permuted_axes(vec![0, 2, 1]).to_owned());
                moved
                    .into_shape_with_order(vec![images, channels, side, side])
                    .map_err(|_| not_spatial())
            }
            _ => Err(not_spatial()),
        }
    }

    /// The axis of the channels before it is applied.
    pub(super) fn channel_axis(self, rank: usize) -> usize {
        match self {
            Self::None => 1.min(rank.saturating_sub(1)),
            Self::Tokens { .. } | Self::ChannelsLast => rank.saturating_sub(1),
        }
    }
}

impl FromStr for Reshape {
    type Err = ExplainError;

    /// Reads `none`, `vit` (one token in front) or `swin`.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "none" => Ok(Self::None),
            "vit" => Ok(Self::Tokens { skip: 1 }),
            "swin" => Ok(Self::ChannelsLast),
            _ => Err(ExplainError::unknown_name(
                "reshape",
                text,
                ["none", "vit", "swin"].into_iter(),
            )),
        }
    }
}

/// In the order of rows.
fn standard(array: ArrayD<f32>) -> ArrayD<f32> {
    array.as_standard_layout().into_owned()
}
