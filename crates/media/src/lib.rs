//! Tensors to pictures, sounds, videos and histograms.
//!
//! - [`Picture`]: RGB or RGBA pixels made from a tensor in any axis order, with bounding boxes, resizing and
//!   PNG encoding;
//! - [`make_grid`]: several pictures in one tensor, with the parameters of torchvision's function;
//! - [`Colormap`]: numbers as colours, and [`overlay`]: a heat map over a picture;
//! - [`Sprite`]: the pictures of an embedding in one;
//! - [`Audio`] and [`Video`]: sounds as WAV, videos as GIF;
//! - [`Histogram`]: values counted into bins by TensorFlow's fixed edges or by one of `NumPy`'s rules ([`Bins`]);
//! - [`AsTensor`] and [`Element`]: what may be handed over as a tensor.
//!
//! The rules are those of `torch.utils.tensorboard`, so that the same input gives the same picture and the same
//! histogram. Event files, tags and steps belong to the crates above; this one knows no files and no JSON.
//!
//! ```
//! use glassboard_media::{Bins, Histogram, Picture};
//!
//! let gray = ndarray::Array2::<f32>::from_elem((2, 4), 0.5);
//! let picture = Picture::from_tensor(&gray, "HW")?;
//! assert_eq!((picture.width(), picture.height()), (4, 2));
//! assert_eq!(picture.pixels()[..3], [127, 127, 127]);
//! let png = picture.to_png()?;
//! assert_eq!(png[1..4], *b"PNG");
//!
//! let histogram = Histogram::count(&[1.0, 2.0, 2.5, 4.0], &Bins::Count(3), None)?;
//! assert_eq!(histogram.bucket_counts, [0.0, 1.0, 2.0, 1.0]);
//! assert_eq!(histogram.bucket_limits, [1.0, 2.0, 3.0, 4.0]);
//! # Ok::<(), glassboard_media::MediaError>(())
//! ```

mod audio;
mod boxes;
mod colormap;
mod element;
mod error;
mod font;
mod grid;
pub mod histogram;
mod make_grid;
mod overlay;
mod palette;
mod picture;
mod png_file;
mod resize;
mod sprite;
mod video;

pub use audio::Audio;
pub use colormap::Colormap;
pub use element::{AsTensor, Element, ElementKind};
pub use error::MediaError;
pub use histogram::{Bins, Histogram};
pub use make_grid::{GridElement, GridOptions, make_grid};
pub use overlay::overlay;
pub use picture::{Channels, Picture};
pub use sprite::Sprite;
pub use video::Video;

// The array type of the public signatures, so that users need not guess its version.
pub use ndarray;
