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
//! - [`Hparams`], [`Layout`], [`BoxesOptions`] and the like are the arguments of single methods.
//! - [`WriterError`] says what was expected and what came, or which file could not be written.
//!
//! Files, methods and defaults are those of `torch.utils.tensorboard`, and whatever reads its files reads ours.
//! Frames, checksums and messages are the business of `glassboard-events`; pictures and histograms of
//! `glassboard-media`; nothing here reads a file.

mod at;
mod custom_scalars;
mod error;
mod event_queue;
mod hparams;
mod options;
mod record;
mod summary_writer;
mod tensor;

pub use at::At;
pub use custom_scalars::{Category, Chart, ChartContent, Layout, MarginSeries};
pub use error::WriterError;
pub use glassboard_media::{AsTensor, Bins, Element, Histogram, MediaError};
pub use hparams::{HparamValue, Hparams, HparamsOptions};
pub use options::SummaryWriterOptions;
pub use record::ScalarStyle;
pub use summary_writer::{BoxesOptions, HistogramOptions, SummaryWriter};
pub use tensor::TensorElement;

// The array type of the public signatures, so that users need not guess its version.
pub use ndarray;
