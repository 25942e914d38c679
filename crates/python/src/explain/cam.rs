//! Class activation maps.

use glassboard_explain::cam::{
    self, Combine, FullGrad, Kernel, Layer, MapOptions, Method, ablation_channels,
    ablation_weights, combine, layer_map, mean_of_augmented, score_masks, score_weights,
};
use glassboard_explain::target::similar_classes;
use numpy::ndarray::{ArrayD, ArrayView1, ArrayView4};
use numpy::{
    IntoPyArray, PyArray1, PyArray2, PyArray3, PyArrayDyn, PyReadonlyArray1, PyReadonlyArray2,
    PyReadonlyArray3, PyReadonlyArray4, PyReadonlyArrayDyn,
};
use pyo3::prelude::*;

use super::from_explain;

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(cam_methods, module)?)?;
    module.add_function(wrap_pyfunction!(cam_layer_map, module)?)?;
    module.add_function(wrap_pyfunction!(cam_combine, module)?)?;
    module.add_function(wrap_pyfunction!(cam_scale, module)?)?;
    module.add_function(wrap_pyfunction!(cam_augmentations, module)?)?;
    module.add_function(wrap_pyfunction!(cam_mean_of_augmented, module)?)?;
    module.add_function(wrap_pyfunction!(cam_score_masks, module)?)?;
    module.add_function(wrap_pyfunction!(cam_score_weights, module)?)?;
    module.add_function(wrap_pyfunction!(cam_ablation_channels, module)?)?;
    module.add_function(wrap_pyfunction!(cam_ablation_weights, module)?)?;
    module.add_function(wrap_pyfunction!(cam_full_grad, module)?)?;
    module.add_function(wrap_pyfunction!(cam_batch_norm_bias, module)?)?;
    module.add_function(wrap_pyfunction!(cam_similar_classes, module)?)
}

/// Names of the methods, and whether each needs gradients, gradients of the input, Hessian products, and runs of the
/// network for each channel.
#[pyfunction]
fn cam_methods() -> Vec<(&'static str, bool, bool, bool, bool)> {
    let described = |method: &Method| {
        let needs = method.needs();
        (
            method.name(),
            needs.gradients,
            needs.input_gradients,
            needs.hessian_products,
            needs.forward_passes,
        )
    };
    Method::ALL.iter().map(described).collect()
}

/// The map of one layer, before what is negative is removed.
#[pyfunction]
#[pyo3(signature = (
    method, activations, gradients=None, hessian_products=None, weights=None, *, eigen_smooth=false, fem_deviations=2.0,
    kernel="sigmoid", gamma=None, seed=0
))]
#[allow(clippy::too_many_arguments)] // what the methods look at, and their options
fn cam_layer_map<'py>(
    py: Python<'py>,
    method: &str,
    activations: PyReadonlyArrayDyn<'py, f32>,
    gradients: Option<PyReadonlyArrayDyn<'py, f32>>,
    hessian_products: Option<PyReadonlyArrayDyn<'py, f32>>,
    weights: Option<PyReadonlyArray2<'py, f32>>,
    eigen_smooth: bool,
    fem_deviations: f32,
    kernel: &str,
    gamma: Option<f64>,
    seed: u64,
) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
    let error = |error| from_explain(py, &error);
    let method: Method = method.parse().map_err(error)?;
    let kernel: Kernel = kernel.parse().map_err(error)?;
    let options = MapOptions {
        eigen_smooth,
        fem_deviations,
        kernel,
        gamma,
        seed,
    };
    let layer = Layer {
        activations: activations.as_array(),
        gradients: gradients.as_ref().map(PyReadonlyArrayDyn::as_array),
        hessian_products: hessian_products.as_ref().map(PyReadonlyArrayDyn::as_array),
        weights: weights.as_ref().map(PyReadonlyArray2::as_array),
    };
    py.detach(|| layer_map(method, &layer, &options))
        .map(|map| map.into_pyarray(py))
        .map_err(error)
}

/// The map of the pictures from those of their layers: their mean, or their product.
#[pyfunction]
fn cam_combine<'py>(
    py: Python<'py>,
    maps: Vec<PyReadonlyArrayDyn<'py, f32>>,
    size: Vec<usize>,
    product: bool,
) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
    let maps = owned(&maps);
    let how = if product {
        Combine::Product
    } else {
        Combine::Mean
    };
    py.detach(|| combine(&maps, &size, how))
        .map(|map| map.into_pyarray(py))
        .map_err(|error| from_explain(py, &error))
}

/// Each map of a batch scaled to 0 ... 1, then brought to a size.
#[pyfunction]
#[pyo3(signature = (maps, size=None))]
fn cam_scale<'py>(
    py: Python<'py>,
    maps: PyReadonlyArrayDyn<'py, f32>,
    size: Option<Vec<usize>>,
) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
    let mut maps = maps.as_array().to_owned();
    py.detach(|| {
        cam::scale_to_unit(&mut maps.view_mut());
        match size {
            Some(size) => cam::resize(maps.view(), &size),
            None => Ok(maps),
        }
    })
    .map(|maps| maps.into_pyarray(py))
    .map_err(|error| from_explain(py, &error))
}

/// Variants of a picture for smoothing: whether it is flipped, and what it is multiplied with.
#[pyfunction]
fn cam_augmentations() -> Vec<(bool, f32)> {
    cam::AUGMENTATIONS
        .iter()
        .map(|variant| (variant.flip, variant.factor))
        .collect()
}

/// The mean of the maps of these variants.
#[pyfunction]
fn cam_mean_of_augmented<'py>(
    py: Python<'py>,
    maps: Vec<PyReadonlyArrayDyn<'py, f32>>,
) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
    mean_of_augmented(&owned(&maps))
        .map(|map| map.into_pyarray(py))
        .map_err(|error| from_explain(py, &error))
}

/// Score-CAM: what a picture is multiplied with, for some channels of it.
#[pyfunction]
fn cam_score_masks<'py>(
    py: Python<'py>,
    activations: PyReadonlyArray3<'py, f32>,
    size: (usize, usize),
) -> Bound<'py, PyArray3<f32>> {
    let activations = activations.as_array();
    py.detach(|| score_masks(activations, size))
        .into_pyarray(py)
}

/// Score-CAM: weights of the channels by the scores of the masked pictures.
#[pyfunction]
fn cam_score_weights<'py>(
    py: Python<'py>,
    scores: PyReadonlyArray2<'py, f32>,
) -> Bound<'py, PyArray2<f32>> {
    score_weights(scores.as_array()).into_pyarray(py)
}

/// Ablation-CAM: channels of a picture that are worth a run.
#[pyfunction]
fn cam_ablation_channels(activations: PyReadonlyArray3<'_, f32>, ratio: f32) -> Vec<usize> {
    ablation_channels(activations.as_array(), ratio)
}

/// Ablation-CAM: weights of the channels by the scores without them.
#[pyfunction]
fn cam_ablation_weights<'py>(
    py: Python<'py>,
    scores: PyReadonlyArray1<'py, f32>,
    ablated: PyReadonlyArray2<'py, f32>,
) -> Bound<'py, PyArray2<f32>> {
    ablation_weights(scores.as_array(), ablated.as_array()).into_pyarray(py)
}

/// FullGrad of an input, its gradient, and of layers with a bias: that and the gradient at their output.
#[pyfunction]
#[pyo3(signature = (input, input_gradients, layers, eigen_smooth))]
fn cam_full_grad<'py>(
    py: Python<'py>,
    input: PyReadonlyArray4<'py, f32>,
    input_gradients: PyReadonlyArray4<'py, f32>,
    layers: Vec<(PyReadonlyArray1<'py, f32>, PyReadonlyArray4<'py, f32>)>,
    eigen_smooth: bool,
) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
    let (input, input_gradients) = (input.as_array(), input_gradients.as_array());
    let layers: Vec<(ArrayView1<'_, f32>, ArrayView4<'_, f32>)> = layers
        .iter()
        .map(|(bias, gradients)| (bias.as_array(), gradients.as_array()))
        .collect();
    py.detach(|| {
        let mut sum = FullGrad::new(input, input_gradients, eigen_smooth)?;
        for (bias, gradients) in layers {
            sum.add_layer(bias, gradients)?;
        }
        sum.finish()
    })
    .map(|map| map.into_pyarray(py))
    .map_err(|error| from_explain(py, &error))
}

/// The bias that a batch normalisation adds in all.
#[pyfunction]
fn cam_batch_norm_bias<'py>(
    py: Python<'py>,
    mean: PyReadonlyArray1<'py, f32>,
    variance: PyReadonlyArray1<'py, f32>,
    weight: PyReadonlyArray1<'py, f32>,
    bias: PyReadonlyArray1<'py, f32>,
    epsilon: f32,
) -> Bound<'py, PyArray1<f32>> {
    cam::batch_norm_bias(
        mean.as_array(),
        variance.as_array(),
        weight.as_array(),
        bias.as_array(),
        epsilon,
    )
    .into_pyarray(py)
}

/// Finer-CAM: the classes that a class is told apart from.
#[pyfunction]
fn cam_similar_classes(
    py: Python<'_>,
    logits: PyReadonlyArray1<'_, f32>,
    class_index: usize,
    ranks: Vec<usize>,
) -> PyResult<Vec<usize>> {
    similar_classes(logits.as_array().into_dyn(), class_index, &ranks)
        .map_err(|error| from_explain(py, &error))
}

fn owned(maps: &[PyReadonlyArrayDyn<'_, f32>]) -> Vec<ArrayD<f32>> {
    maps.iter().map(|map| map.as_array().to_owned()).collect()
}
