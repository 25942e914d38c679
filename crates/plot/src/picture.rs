//! The picture as a whole.

use crate::series::Series;
use crate::theme::Theme;
use crate::{PlotError, html, png, svg};

/// Most series in one picture: eight colours, each with three kinds of line.
const MAX_SERIES: usize = 24;

/// What is drawn beside the curves themselves.
#[derive(Debug, Clone, Default)]
pub struct PictureOptions {
    /// A title above the curves.
    pub title: Option<String>,
    /// Whether to draw the detection error tradeoff too.
    pub det: bool,
    /// Whether to draw lines of equal F1 behind the precision-recall curves.
    pub iso_f1: bool,
    /// On which ground SVG and PNG are drawn; a page follows its reader's choice.
    pub theme: Theme,
}

/// A drawing of curves.
#[derive(Debug, Clone)]
pub struct Picture {
    series: Vec<Series>,
    options: PictureOptions,
}

/// Draws precision-recall and ROC curves side by side, with a table of their areas and operating points.
///
/// # Errors
///
/// [`PlotError::NoSeries`] and [`PlotError::TooManySeries`].
pub fn draw(series: &[Series], options: &PictureOptions) -> Result<Picture, PlotError> {
    if series.is_empty() {
        return Err(PlotError::NoSeries);
    }
    if series.len() > MAX_SERIES {
        return Err(PlotError::TooManySeries {
            max: MAX_SERIES,
            got: series.len(),
        });
    }
    Ok(Picture {
        series: series.to_vec(),
        options: options.clone(),
    })
}

impl Picture {
    /// The picture as an SVG document.
    pub fn svg(&self) -> String {
        svg::drawing(
            &self.series,
            &self.options,
            self.options.theme.colours(),
            svg::Place::Alone,
        )
    }

    /// The picture as PNG, at `scale` pixels per unit of the SVG document; two units of 1/96 inch are usual.
    ///
    /// Letters are drawn with a font that is built in; only characters that it lacks are taken from fonts of the
    /// machine.
    ///
    /// # Errors
    ///
    /// [`PlotError::Scale`], if the scale is not in (0, 8]; [`PlotError::Render`] and [`PlotError::Encode`].
    pub fn png(&self, scale: f32) -> Result<Vec<u8>, PlotError> {
        png::png(&self.svg(), scale)
    }

    /// The picture as a page that needs nothing else: with a table, and a readout of threshold, precision and recall
    /// below the pointer.
    pub fn html(&self) -> String {
        html::page(&self.series, &self.options)
    }
}
