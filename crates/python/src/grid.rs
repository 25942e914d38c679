//! `glassboard.utils.make_grid`.

use glassboard_media::{GridOptions, make_grid};
use numpy::IntoPyArray;
use pyo3::prelude::*;

use crate::convert::{Numbers, numbers};
use crate::error::invalid_input;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(grid, module)?)
}

/// Several pictures in one array; see `glassboard.utils.make_grid`.
#[pyfunction]
#[pyo3(signature = (tensor, nrow, padding, normalize, value_range, scale_each, pad_value))]
#[allow(clippy::too_many_arguments)] // They are torchvision's.
fn grid<'py>(
    py: Python<'py>,
    tensor: &Bound<'py, PyAny>,
    nrow: usize,
    padding: usize,
    normalize: bool,
    value_range: Option<(f64, f64)>,
    scale_each: bool,
    pad_value: f64,
) -> PyResult<Bound<'py, PyAny>> {
    let options = GridOptions {
        nrow,
        padding,
        normalize,
        value_range,
        scale_each,
        pad_value,
    };
    macro_rules! by_type {
        ($($variant:ident),*) => {
            match &numbers(tensor, "tensor")? {
                $(Numbers::$variant(array) => {
                    let view = array.as_array();
                    let made = py.detach(|| make_grid(&view, &options));
                    made.map(|grid| grid.into_pyarray(py).into_any())
                })*
                Numbers::U16(_) | Numbers::U32(_) | Numbers::U64(_) => {
                    let message = "tensor: expected float, uint8, signed integers or bool, got wider unsigned integers";
                    return Err(invalid_input(py, message));
                }
            }
        };
    }
    by_type!(F16, F32, F64, U8, I8, I16, I32, I64, Bool)
        .map_err(|error| invalid_input(py, format!("tensor: {error}")))
}
