//! Pictures of maps, kernels and activations.

use glassboard_explain::pictures::{self, GridLook};
use glassboard_media::{Colormap, MediaError};
use numpy::{IntoPyArray, PyArray3, PyReadonlyArray2, PyReadonlyArray3, PyReadonlyArrayDyn};
use pyo3::prelude::*;

use super::from_explain;
use crate::error::invalid_input;

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(explain_colormaps, module)?)?;
    module.add_function(wrap_pyfunction!(explain_overlay, module)?)?;
    module.add_function(wrap_pyfunction!(explain_heat, module)?)?;
    module.add_function(wrap_pyfunction!(explain_kernel_grid, module)?)?;
    module.add_function(wrap_pyfunction!(explain_feature_grid, module)?)
}

/// Names of the colour maps; the first 22 in the order of OpenCV's numbers.
#[pyfunction]
fn explain_colormaps() -> Vec<&'static str> {
    Colormap::ALL.iter().map(|map| map.name()).collect()
}

/// A map over a picture of float32 or float64.
#[pyfunction]
fn explain_overlay<'py>(
    py: Python<'py>,
    picture: &Bound<'py, PyAny>,
    map: PyReadonlyArray2<'py, f32>,
    colormap: &str,
    image_weight: f64,
) -> PyResult<Bound<'py, PyArray3<u8>>> {
    let colours = self::colormap(py, colormap)?;
    let overlaid = if let Ok(picture) = picture.extract::<PyReadonlyArray3<'py, f32>>() {
        glassboard_media::overlay(picture.as_array(), map.as_array(), colours, image_weight)
    } else {
        let picture: PyReadonlyArray3<'py, f64> = picture.extract()?;
        glassboard_media::overlay(picture.as_array(), map.as_array(), colours, image_weight)
    };
    overlaid
        .map(|picture| picture.into_pyarray(py))
        .map_err(|error| invalid_input(py, error))
}

/// A map between 0 and 1 in colours.
#[pyfunction]
fn explain_heat<'py>(
    py: Python<'py>,
    map: PyReadonlyArray2<'py, f32>,
    colormap: &str,
) -> PyResult<Bound<'py, PyArray3<u8>>> {
    let colormap = self::colormap(py, colormap)?;
    Ok(pictures::heat(map.as_array(), colormap).into_pyarray(py))
}

/// Kernels of a layer as tiles.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // what a grid looks like
fn explain_kernel_grid<'py>(
    py: Python<'py>,
    weights: PyReadonlyArrayDyn<'py, f32>,
    colormap: &str,
    limit: usize,
    limit_inputs: usize,
    columns: Option<usize>,
    padding: usize,
    enlarge: Option<usize>,
    one_scale: bool,
) -> PyResult<Bound<'py, PyArray3<u8>>> {
    let look = GridLook {
        colormap: self::colormap(py, colormap)?,
        limit,
        limit_inputs,
        columns,
        padding,
        enlarge,
        one_scale,
        ..GridLook::kernels()
    };
    pictures::kernel_grid(weights.as_array(), &look)
        .map(|picture| picture.into_pyarray(py))
        .map_err(|error| from_explain(py, &error))
}

/// Feature maps of one picture as tiles.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // what a grid looks like
fn explain_feature_grid<'py>(
    py: Python<'py>,
    maps: PyReadonlyArray3<'py, f32>,
    colormap: &str,
    limit: usize,
    columns: Option<usize>,
    padding: usize,
    enlarge: Option<usize>,
    one_scale: bool,
) -> PyResult<Bound<'py, PyArray3<u8>>> {
    let look = GridLook {
        colormap: self::colormap(py, colormap)?,
        limit,
        columns,
        padding,
        enlarge,
        one_scale,
        ..GridLook::default()
    };
    pictures::feature_grid(maps.as_array(), &look)
        .map(|picture| picture.into_pyarray(py))
        .map_err(|error| from_explain(py, &error))
}

fn colormap(py: Python<'_>, name: &str) -> PyResult<Colormap> {
    name.parse()
        .map_err(|error: MediaError| invalid_input(py, error))
}
