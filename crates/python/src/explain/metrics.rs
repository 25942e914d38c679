//! Metrics of maps, concepts of layers, and the steps around gradients.

use glassboard_explain::saliency::Window;
use glassboard_explain::{ascent, factorization, metrics, saliency};
use numpy::ndarray::ArrayView1;
use numpy::{
    IntoPyArray, PyArray1, PyArray2, PyArray3, PyArray4, PyArrayDyn, PyReadonlyArray1,
    PyReadonlyArray2, PyReadonlyArray3, PyReadonlyArray4, PyReadonlyArrayDyn,
};
use pyo3::prelude::*;

use super::from_explain;

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(explain_confidence, module)?)?;
    module.add_function(wrap_pyfunction!(explain_kept_pixels, module)?)?;
    module.add_function(wrap_pyfunction!(explain_relevance_order, module)?)?;
    module.add_function(wrap_pyfunction!(explain_area_below, module)?)?;
    module.add_function(wrap_pyfunction!(explain_impute, module)?)?;
    module.add_function(wrap_pyfunction!(explain_road_combined, module)?)?;
    module.add_function(wrap_pyfunction!(explain_complexity, module)?)?;
    module.add_function(wrap_pyfunction!(explain_coherency, module)?)?;
    module.add_function(wrap_pyfunction!(explain_arcc, module)?)?;
    module.add_function(wrap_pyfunction!(explain_factorize, module)?)?;
    module.add_function(wrap_pyfunction!(explain_gauss_legendre, module)?)?;
    module.add_function(wrap_pyfunction!(explain_occlusion_windows, module)?)?;
    module.add_function(wrap_pyfunction!(explain_occlusion_map, module)?)?;
    module.add_function(wrap_pyfunction!(explain_guided_grad_cam, module)?)?;
    module.add_function(wrap_pyfunction!(explain_strongest_channel, module)?)?;
    module.add_function(wrap_pyfunction!(explain_as_picture, module)?)?;
    module.add_function(wrap_pyfunction!(explain_standardize, module)?)
}

/// By how much scores fall, and whether they rise.
#[pyfunction]
fn explain_confidence<'py>(
    py: Python<'py>,
    before: PyReadonlyArray1<'py, f32>,
    after: PyReadonlyArray1<'py, f32>,
) -> (Bound<'py, PyArray1<f32>>, Bound<'py, PyArray1<f32>>) {
    let (before, after) = (before.as_array(), after.as_array());
    (
        metrics::drop_in_confidence(before, after).into_pyarray(py),
        metrics::increase_in_confidence(before, after).into_pyarray(py),
    )
}

/// Which pixels stay when those above a percentile, or above Otsu's threshold, are removed.
#[pyfunction]
fn explain_kept_pixels<'py>(
    py: Python<'py>,
    map: PyReadonlyArray2<'py, f32>,
    percentile: Option<f64>,
) -> PyResult<Bound<'py, PyArray2<f32>>> {
    let map = map.as_array();
    let kept = match percentile {
        Some(percentile) => metrics::kept_below_percentile(map, percentile),
        None => Ok(metrics::kept_below_otsu(map)),
    };
    kept.map(|kept| kept.into_pyarray(py))
        .map_err(|error| from_explain(py, &error))
}

/// Pixels, the most relevant first.
#[pyfunction]
fn explain_relevance_order<'py>(
    py: Python<'py>,
    map: PyReadonlyArray2<'py, f32>,
) -> Bound<'py, PyArray1<usize>> {
    metrics::relevance_order(map.as_array()).into_pyarray(py)
}

/// The area below scores at evenly spaced steps.
#[pyfunction]
fn explain_area_below(scores: PyReadonlyArray1<'_, f32>) -> f32 {
    metrics::area_below(scores.as_array())
}

/// A picture whose removed pixels are replaced by what their neighbours suggest.
#[pyfunction]
fn explain_impute<'py>(
    py: Python<'py>,
    image: PyReadonlyArray3<'py, f32>,
    kept: PyReadonlyArray2<'py, f32>,
) -> PyResult<Bound<'py, PyArray3<f32>>> {
    let (image, kept) = (image.as_array(), kept.as_array());
    py.detach(|| metrics::impute_linear(image, kept))
        .map(|image| image.into_pyarray(py))
        .map_err(|error| from_explain(py, &error))
}

/// ROAD of both orders.
#[pyfunction]
fn explain_road_combined<'py>(
    py: Python<'py>,
    least_relevant_first: PyReadonlyArray1<'py, f32>,
    most_relevant_first: PyReadonlyArray1<'py, f32>,
) -> Bound<'py, PyArray1<f32>> {
    metrics::road_combined(
        least_relevant_first.as_array(),
        most_relevant_first.as_array(),
    )
    .into_pyarray(py)
}

/// Mean absolute value of each map.
#[pyfunction]
fn explain_complexity<'py>(
    py: Python<'py>,
    maps: PyReadonlyArrayDyn<'py, f32>,
) -> Bound<'py, PyArray1<f32>> {
    metrics::complexity(maps.as_array()).into_pyarray(py)
}

/// Correlation of maps with those of the masked pictures, between 0 and 1.
#[pyfunction]
fn explain_coherency<'py>(
    py: Python<'py>,
    maps: PyReadonlyArrayDyn<'py, f32>,
    again: PyReadonlyArrayDyn<'py, f32>,
) -> PyResult<Bound<'py, PyArray1<f32>>> {
    metrics::coherency(maps.as_array(), again.as_array())
        .map(|values| values.into_pyarray(py))
        .map_err(|error| from_explain(py, &error))
}

/// The mean of coherency, simplicity and ROAD.
#[pyfunction]
fn explain_arcc<'py>(
    py: Python<'py>,
    coherency: PyReadonlyArray1<'py, f32>,
    complexity: PyReadonlyArray1<'py, f32>,
    road: PyReadonlyArray1<'py, f32>,
) -> Bound<'py, PyArray1<f32>> {
    metrics::arcc(coherency.as_array(), complexity.as_array(), road.as_array()).into_pyarray(py)
}

/// Concepts `[C, K]` of activations, and their maps `[N, K, H, W]`.
#[pyfunction]
#[allow(clippy::type_complexity)] // two arrays
fn explain_factorize<'py>(
    py: Python<'py>,
    activations: PyReadonlyArray4<'py, f32>,
    channels: PyReadonlyArray2<'py, f64>,
    places: PyReadonlyArray2<'py, f64>,
) -> PyResult<(Bound<'py, PyArray2<f32>>, Bound<'py, PyArray4<f32>>)> {
    let (activations, channels, places) = (
        activations.as_array(),
        channels.as_array(),
        places.as_array(),
    );
    py.detach(|| factorization::factorize(activations, channels, places))
        .map(|factors| {
            (
                factors.concepts.into_pyarray(py),
                factors.maps.into_pyarray(py),
            )
        })
        .map_err(|error| from_explain(py, &error))
}

/// Points and weights of integrated gradients.
#[pyfunction]
fn explain_gauss_legendre(steps: usize) -> Vec<(f64, f64)> {
    saliency::integrated_gradients_points(steps)
}

/// Windows that are covered: first and last row, first and last column, the last ones not included.
#[pyfunction]
fn explain_occlusion_windows(
    py: Python<'_>,
    size: (usize, usize),
    window: (usize, usize),
    stride: (usize, usize),
) -> PyResult<Vec<[usize; 4]>> {
    let bounds = |window: &Window| {
        let (rows, columns) = (&window.rows, &window.columns);
        [rows.start, rows.end, columns.start, columns.end]
    };
    saliency::occlusion_windows(size, window, stride)
        .map(|windows| windows.iter().map(bounds).collect())
        .map_err(|error| from_explain(py, &error))
}

/// Mean drop of the score at each pixel.
#[pyfunction]
fn explain_occlusion_map<'py>(
    py: Python<'py>,
    size: (usize, usize),
    windows: Vec<[usize; 4]>,
    score: f32,
    scores: PyReadonlyArray1<'py, f32>,
) -> PyResult<Bound<'py, PyArray2<f32>>> {
    let window = |[top, bottom, left, right]: [usize; 4]| Window {
        rows: top..bottom,
        columns: left..right,
    };
    let windows: Vec<Window> = windows.into_iter().map(window).collect();
    saliency::occlusion_map(size, &windows, score, &as_vec(scores.as_array()))
        .map(|map| map.into_pyarray(py))
        .map_err(|error| from_explain(py, &error))
}

/// Guided backpropagation where the Grad-CAM map is.
#[pyfunction]
fn explain_guided_grad_cam<'py>(
    py: Python<'py>,
    guided: PyReadonlyArray3<'py, f32>,
    map: PyReadonlyArray2<'py, f32>,
) -> PyResult<Bound<'py, PyArray3<f32>>> {
    saliency::guided_grad_cam(guided.as_array(), map.as_array())
        .map(|gradients| gradients.into_pyarray(py))
        .map_err(|error| from_explain(py, &error))
}

/// The largest absolute value of each pixel's channels.
#[pyfunction]
fn explain_strongest_channel<'py>(
    py: Python<'py>,
    gradients: PyReadonlyArray3<'py, f32>,
) -> Bound<'py, PyArray2<f32>> {
    saliency::strongest_channel(gradients.as_array()).into_pyarray(py)
}

/// A gradient as a picture between 0 and 1.
#[pyfunction]
fn explain_as_picture<'py>(
    py: Python<'py>,
    gradients: PyReadonlyArrayDyn<'py, f32>,
) -> Bound<'py, PyArrayDyn<f32>> {
    saliency::as_picture(gradients.as_array()).into_pyarray(py)
}

/// An input of a network as a picture between 0 and 1.
#[pyfunction]
fn explain_standardize<'py>(
    py: Python<'py>,
    image: PyReadonlyArrayDyn<'py, f32>,
    saturation: f32,
    brightness: f32,
) -> Bound<'py, PyArrayDyn<f32>> {
    ascent::standardize(image.as_array(), saturation, brightness).into_pyarray(py)
}

fn as_vec(values: ArrayView1<'_, f32>) -> Vec<f32> {
    values.iter().copied().collect()
}
