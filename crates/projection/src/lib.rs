//! Embeddings of many dimensions as pictures of two or three: PCA, t-SNE, UMAP and axes of one's own, and who is near
//! whom.
//!
//! Data are `f32` of shape `[points, dimensions]`, one row a point. Each method
//!
//! - gives the same result for the same data, options and seed, on any number of cores;
//! - says how far it is, with the layout so far, and can be stopped: see [`Observer`];
//! - has the defaults of the peer it stands beside: scikit-learn's `PCA` and `TSNE`, umap-learn's `UMAP`.
//!
//! ```
//! use glassboard_projection::{PcaOptions, TsneOptions, pca, tsne};
//! use ndarray::Array2;
//!
//! let points = Array2::from_shape_fn((60, 5), |(row, column)| (row * (column + 2) % 17) as f32);
//! let principal = pca(points.view(), &PcaOptions { components: 2, ..PcaOptions::default() }, &())?;
//! assert_eq!(principal.coordinates.dim(), (60, 2));
//! assert!(principal.explained_variance_ratio[0] >= principal.explained_variance_ratio[1]);
//!
//! let options = TsneOptions { perplexity: 10.0, iterations: 50, ..TsneOptions::default() };
//! assert_eq!(tsne(points.view(), &options, &())?.coordinates.dim(), (60, 2));
//! # Ok::<(), glassboard_projection::ProjectionError>(())
//! ```
//!
//! Files, tabs and pictures are others' business.

// Array views are small, and passed by value as everywhere in ndarray.
#![allow(clippy::needless_pass_by_value)]

mod custom;
mod error;
mod input;
mod linear;
mod neighbors;
mod observe;
mod pca;
mod tsne;
mod umap;

pub use custom::{CustomAxis, custom_axis};
pub use error::{ProjectionError, Result};
pub use neighbors::{Metric, Neighbors, nearest_neighbors, nearest_to};
pub use observe::{Observer, Report, Stage};
pub use pca::{Pca, PcaOptions, PcaSolver, pca};
pub use tsne::{Tsne, TsneOptions, TsneStart, tsne};
pub use umap::{UmapOptions, umap};
