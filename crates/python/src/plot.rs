//! `glassboard.plot`: pictures of curves, the same as those of `glassboard curves`.

use glassboard_metrics::Costs;
use glassboard_plot::{Picture, PictureOptions, PlotError, Series, Theme, draw};
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::{file_error, invalid_input};
use crate::metrics::{Told, from_metrics, with_labels, with_scores};

/// Adds this file's functions and classes to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<CurveSeries>()?;
    module.add_class::<CurvePicture>()?;
    module.add_function(wrap_pyfunction!(curve_series, module)?)?;
    module.add_function(wrap_pyfunction!(curve_picture, module)?)
}

/// One score to be drawn.
#[pyclass(frozen, module = "glassboard._core")]
struct CurveSeries(Series);

/// A drawing of curves.
#[pyclass(frozen, module = "glassboard._core")]
struct CurvePicture(Picture);

/// What is to be drawn of one score. `costs`: of a false positive and of a false negative.
#[pyfunction]
fn curve_series<'py>(
    py: Python<'py>,
    name: &str,
    y_true: &Bound<'py, PyAny>,
    y_score: &Bound<'py, PyAny>,
    pos_label: Option<&Bound<'py, PyAny>>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    costs: Option<(f64, f64)>,
) -> PyResult<CurveSeries> {
    let told = Told::new(py, pos_label, sample_weight);
    let costs = costs
        .map(|(false_positive, false_negative)| Costs::new(false_positive, false_negative))
        .transpose()
        .map_err(|error| from_metrics(py, &error))?;
    with_labels!(y_true, y_true => with_scores!(y_score, y_score => {
        let counts = told.counts(y_true, y_score)?;
        Ok(CurveSeries(py.detach(|| Series::new(name, &counts, costs))))
    }))
}

/// Draws scores.
#[pyfunction]
fn curve_picture(
    py: Python<'_>,
    series: Vec<Bound<'_, CurveSeries>>,
    title: Option<String>,
    det: bool,
    iso_f1: bool,
    theme: &str,
) -> PyResult<CurvePicture> {
    let theme = match theme {
        "light" => Theme::Light,
        "dark" => Theme::Dark,
        other => {
            let message = format!("theme: expected 'light' or 'dark', got {other:?}");
            return Err(invalid_input(py, message));
        }
    };
    let options = PictureOptions {
        title,
        det,
        iso_f1,
        theme,
    };
    let series: Vec<Series> = series.iter().map(|series| series.get().0.clone()).collect();
    draw(&series, &options)
        .map(CurvePicture)
        .map_err(|error| from_plot(py, &error))
}

#[pymethods]
impl CurvePicture {
    /// The picture as an SVG document.
    fn svg(&self, py: Python<'_>) -> String {
        py.detach(|| self.0.svg())
    }

    /// The picture as a page that needs nothing else.
    fn html(&self, py: Python<'_>) -> String {
        py.detach(|| self.0.html())
    }

    /// The picture as PNG, at so many pixels per unit of the SVG document.
    fn png<'py>(&self, py: Python<'py>, scale: f32) -> PyResult<Bound<'py, PyBytes>> {
        py.detach(|| self.0.png(scale))
            .map(|png| PyBytes::new(py, &png))
            .map_err(|error| from_plot(py, &error))
    }
}

/// What went wrong in drawing.
fn from_plot(py: Python<'_>, error: &PlotError) -> PyErr {
    match error {
        PlotError::Render(_) | PlotError::Encode(_) => file_error(py, error),
        _ => invalid_input(py, error),
    }
}
