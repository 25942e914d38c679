//! Protobuf messages of event files, generated from `proto/` in the repository
//! (`cargo xtask proto`).

/// Events, summaries, tensors and graphs.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
#[rustfmt::skip]
pub mod tensorboard;

/// What the plugins keep in [`tensorboard::summary_metadata::PluginData::content`].
#[allow(missing_docs, clippy::all, clippy::pedantic)]
#[rustfmt::skip]
pub mod plugins;

/// Layouts of the custom scalars dashboard.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
#[rustfmt::skip]
pub mod custom_scalar;

/// Hyperparameters.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
#[rustfmt::skip]
pub mod hparams;
