//! What a neural network looks at: its kernels, feature maps, class activation maps, saliency, and the pictures that
//! excite it most.
//!
//! The formulas work on plain arrays and know no framework, so that a model file and a live PyTorch module share them.
//! With the feature `engine`, `engine::Engine` runs a model file itself, and `explainer::Explainer` puts both together;
//! with the feature `input`, the module of that name makes its input of picture files:
//!
#![cfg_attr(feature = "engine", doc = "```no_run")]
#![cfg_attr(not(feature = "engine"), doc = "```ignore")]
//! use glassboard_explain::{cam::Method, engine::Options, explainer::{CamSettings, Explainer}};
//! use std::ops::ControlFlow;
//!
//! let explainer = Explainer::new(glassboard_model::read("resnet18.pt2")?, Options::default())?;
//! let layer = explainer.engine().layer("layer4")?;
//! let images = ndarray::ArrayD::zeros(vec![1, 3, 224, 224]);
//! let mut go_on = |_done, _total| ControlFlow::Continue(());
//! let found = explainer.cam(Method::GradCam, &[layer], &images, &CamSettings::default(), &mut go_on)?;
//! assert_eq!(found.maps.shape(), [1, 224, 224]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
#[cfg(feature = "input")]
pub mod input;
pub mod metrics;
pub mod pictures;
pub mod prediction;
pub mod saliency;
pub mod target;

pub use crate::error::{ExplainError, Result};
