//! Pictures of curves, for people without a dashboard at hand: precision-recall, ROC and DET curves of one or several
//! scores, with their areas and the best points to operate at, as SVG, PNG or a page that stands alone.
//!
//! A picture is a pure function of its data. Curves are reduced to the pixels that they are drawn with, so that a
//! picture of ten million samples is as small as one of ten thousand and looks the same.
//!
//! ```
//! use glassboard_metrics::{CurveOptions, confusion_matrix_at_thresholds};
//! use glassboard_plot::{PictureOptions, Series, draw};
//!
//! let counts = confusion_matrix_at_thresholds(&[0, 0, 1, 1], &[0.1, 0.4, 0.35, 0.8], &CurveOptions::default())?;
//! let picture = draw(&[Series::new("model", &counts, None)], &PictureOptions::default())?;
//! assert!(picture.svg().starts_with("<svg "));
//! assert!(picture.html().contains("Precision–recall"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod axes;
mod format;
mod html;
mod picture;
mod png;
mod reduce;
mod series;
mod svg;
mod theme;

pub use axes::normal_deviate;
pub use format::number;
pub use picture::{Picture, PictureOptions, draw};
pub use series::Series;
pub use theme::Theme;

/// Why a picture could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// There is nothing to draw.
    #[error("expected at least 1 series of scores, got none")]
    NoSeries,
    /// Too many to be told apart.
    #[error("expected at most {max} series of scores, got {got}")]
    TooManySeries {
        /// The most that can be drawn.
        max: usize,
        /// How many came.
        got: usize,
    },
    /// The scale is not one that a picture can have.
    #[error("expected a scale in (0, {max}] pixels per unit, got {scale}")]
    Scale {
        /// The largest scale.
        max: f32,
        /// What was asked for.
        scale: f32,
    },
    /// The pixels could not be made from the drawing.
    #[error("cannot turn the drawing into pixels: {0}")]
    Render(String),
    /// The pixels could not be written as PNG.
    #[error("cannot encode the picture as PNG")]
    Encode(#[from] ::png::EncodingError),
}
