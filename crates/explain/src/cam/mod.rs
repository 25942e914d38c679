//! Class activation maps: where in the picture a layer saw what speaks for a class.
//!
//! All methods look at the activations A of one layer and most of them at the gradients G of a [`Target`](crate::target::Target)'s score
//! with respect to A, both `[N, C, H, W]` (or `[N, C, D, H, W]` for volumes):
//!
//! 1. [`layer_map`] makes a map `[N, H, W]` of them, by the formula of a [`Method`];
//! 2. [`combine`] removes what is negative, scales to 0 ... 1, enlarges to the picture's size and takes the mean over
//!    layers.
//!
//! Methods that run the network many times ([`score_masks`], [`ablation_weights`]) or look at all layers ([`FullGrad`])
//! have functions of their own for the steps around these runs. Formulas, epsilons and the order of the steps are those
//! of pytorch-grad-cam 1.5.7; where it differs from the paper for no good reason, the paper's formula is used, and the
//! function says so.
//!
//! ```
//! use glassboard_explain::cam::{Combine, Layer, MapOptions, Method, combine, layer_map};
//! use ndarray::Array4;
//!
//! // One picture, two channels; the score grows with the first.
//! let mut activations = Array4::<f32>::zeros((1, 2, 2, 2));
//! activations[[0, 0, 0, 1]] = 3.0;
//! activations[[0, 1, 1, 0]] = 5.0;
//! let mut gradients = Array4::<f32>::zeros((1, 2, 2, 2));
//! gradients.index_axis_mut(ndarray::Axis(1), 0).fill(0.5);
//! let layer = Layer {
//!     gradients: Some(gradients.view().into_dyn()),
//!     ..Layer::new(activations.view().into_dyn())
//! };
//! let map = layer_map(Method::GradCam, &layer, &MapOptions::default())?;
//! let map = combine(&[map], &[2, 2], Combine::Mean)?;
//! assert_eq!(map.mapv(f32::round).into_raw_vec_and_offset().0, [0.0, 1.0, 0.0, 0.0]);
//! # Ok::<(), glassboard_explain::ExplainError>(())
//! ```

mod ablation;
mod augmentation;
mod channel_weights;
mod full_grad;
mod layer_map;
mod method;
mod projection;
mod scale;
mod score;

pub use ablation::{ablation_channels, ablation_weights};
pub use augmentation::{AUGMENTATIONS, Augmentation, mean_of_augmented};
pub use full_grad::{FullGrad, batch_norm_bias};
pub use layer_map::{Layer, MapOptions, layer_map};
pub use method::{Method, Needs};
pub use projection::Kernel;
pub(crate) use scale::range;
pub use scale::{Combine, combine, resize, scale_to_unit};
pub use score::{score_masks, score_weights};
