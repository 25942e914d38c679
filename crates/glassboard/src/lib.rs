//! Look inside the training of neural networks.
//!
//! [`SummaryWriter`] logs scalars, histograms, pictures, text and hyperparameters as event
//! files; `glassboard --logdir runs` (or TensorBoard) shows them in the browser while the
//! training runs.
//!
//! ```
//! use glassboard::SummaryWriter;
//!
//! # let dir = tempfile::tempdir()?;
//! # let runs = dir.path();
//! let writer = SummaryWriter::new(runs.join("first"))?;
//! for step in 0..100 {
//!     let loss = (-0.05 * f64::from(step)).exp();
//!     writer.add_scalar("loss/train", loss, step)?;
//! }
//! writer.close()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The parts, each a crate of its own:
//!
//! - [`writer`]: everything that logs;
//! - [`model`]: what a network is made of, from model files or described piece by piece;
//! - [`summary`]: the table of its layers, and, with the feature `burn`, that of a Burn module;
//! - [`metrics`]: precision-recall, ROC and DET curves, their areas and operating points;
//! - `explain` (feature `explain`): what a network looks at: class activation maps, saliency, kernels;
//! - `projection` (feature `projection`): PCA, t-SNE and UMAP of embeddings;
//! - [`store`]: loads and follows log directories: runs, tags, series at full resolution;
//! - [`events`]: event files themselves: records, damage, protobuf messages.
//!
//! The dashboard is the binary `glassboard` (package `glassboard-cli`): whoever only logs
//! compiles neither a server nor a page.

pub mod summary;

pub use glassboard_events as events;
#[cfg(feature = "explain")]
pub use glassboard_explain as explain;
pub use glassboard_metrics as metrics;
pub use glassboard_model as model;
#[cfg(feature = "projection")]
pub use glassboard_projection as projection;
pub use glassboard_store as store;
pub use glassboard_writer as writer;

pub use glassboard_writer::{SummaryWriter, SummaryWriterOptions};
