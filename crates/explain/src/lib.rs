//! What a neural network looks at: its kernels, feature maps, class activation maps, saliency, and the pictures that
//! excite it most.
//!
//! The formulas work on plain arrays and know no framework, so that a model file and a live PyTorch module share them.
//! With the feature `engine`, [`engine::Engine`] runs a model file itself.

// Views of arrays are handed over by value, as ndarray's own functions take them.
#![allow(clippy::needless_pass_by_value)]

pub mod ascent;
pub mod cam;
#[cfg(feature = "engine")]
pub mod engine;
mod error;
#[cfg(feature = "engine")]
pub mod explainer;
pub mod factorization;
pub mod metrics;
pub mod pictures;
pub mod saliency;
pub mod target;

pub use crate::error::{ExplainError, Result};
