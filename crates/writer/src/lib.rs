//! `SummaryWriter`: log the training of a model as TensorBoard event files.
//!
//! ```
//! use glassboard_writer::SummaryWriter;
//!
//! # let dir = tempfile::tempdir()?;
//! # let folder = dir.path().join("runs/a");
//! let writer = SummaryWriter::new(&folder)?; // "runs/a"
//! for step in 0..100 {
//!     writer.add_scalar("loss/train", 1.0 / f64::from(step + 1), step)?;
//! }
//! writer.close()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`SummaryWriter`] has one `add_*` method for each kind of data; [`SummaryWriterOptions`] opens one that is
//!   not the default.
//! - [`At`] is where in the training a value belongs: an integer step, and a wall time if it is not now.
//! - [`Hparams`], [`Layout`], [`Mesh`], [`Graph`], [`CurveOptions`] and the like are the arguments of single methods.
//! - [`WriterError`] says what was expected and what came, or which file could not be written.
//!
//! Files, methods and defaults are those of `torch.utils.tensorboard`, and whatever reads its files reads ours.
//! Frames, checksums and messages are the business of `glassboard-events`; pictures, sounds and histograms of
//! `glassboard-media`; counts of curves of `glassboard-metrics`; graphs of models of `glassboard-model` ([`model`]). Of
//! all files, only the embedding projector's configuration is read here, to be added to.

mod at;
mod curves;
mod custom_scalars;
mod embedding;
mod error;
mod event_queue;
mod files;
mod graph;
mod hparams;
mod mesh;
mod options;
mod pictures;
mod profiler_trace;
mod record;
mod summary_writer;
mod tensor;

pub use at::At;
pub use curves::{CurveOptions, PrCurveRows};
pub use custom_scalars::{Category, Chart, ChartContent, Layout, MarginSeries};
pub use embedding::{EmbeddingOptions, TsvNumber};
pub use error::WriterError;
pub use glassboard_media::{
    AsTensor, Audio, Bins, Element, Histogram, MediaError, Picture, Sprite, Video,
};
pub use glassboard_metrics::binned::{BinnedCounts, Prediction};
pub use graph::{Graph, GraphAttribute, GraphNode};
pub use hparams::{HparamValue, Hparams, HparamsOptions};
pub use mesh::{Mesh, MeshStyle};
pub use options::SummaryWriterOptions;
pub use pictures::{BoxesOptions, VideoOptions};
pub use record::ScalarStyle;
pub use summary_writer::{HistogramOptions, SummaryWriter};
pub use tensor::TensorElement;

// The types of the public signatures, so that users need not guess their versions.
pub use glassboard_model as model;
pub use ndarray;
pub use num_complex;
