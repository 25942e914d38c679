//! Hyperparameters from Python's dictionaries.

use glassboard_writer::{HparamValue, Hparams};
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString};

use crate::convert::{is_tensor, scalar};
use crate::error::{invalid_input, invalid_type, type_name};

/// Hyperparameters with their domains, and the metrics, all checked.
pub(crate) fn from_python(
    hparam_dict: &Bound<'_, PyAny>,
    metric_dict: &Bound<'_, PyAny>,
    domains: Option<&Bound<'_, PyAny>>,
    style: Style,
) -> PyResult<(Hparams, Vec<(String, f64)>)> {
    let mut hparams = Hparams::new();
    for (name, value) in dict(hparam_dict, "hparam_dict")?.iter() {
        let name = key(&name, "hparam_dict")?;
        let value = value_of(&value, &format!("hparam_dict[{name:?}]"), style)?;
        hparams = hparams.with(name, value);
    }
    if let Some(domains) = domains {
        for (name, values) in dict(domains, "hparam_domain_discrete")?.iter() {
            let name = key(&name, "hparam_domain_discrete")?;
            let argument = format!("hparam_domain_discrete[{name:?}]");
            let values: Vec<Bound<'_, PyAny>> = values.extract().map_err(|_| {
                let message = format!("{argument}: expected a list, got {}", type_name(&values));
                invalid_type(values.py(), message)
            })?;
            let values = values
                .iter()
                .map(|value| value_of(value, &argument, style))
                .collect::<PyResult<Vec<_>>>()?;
            hparams = hparams.domain(name, values);
        }
    }
    let mut metrics = Vec::new();
    for (name, value) in dict(metric_dict, "metric_dict")?.iter() {
        let name = key(&name, "metric_dict")?;
        let value = scalar(&value, &format!("metric_dict[{name:?}]"))?;
        metrics.push((name, value));
    }
    Ok((hparams, metrics))
}

/// Which peer's types are written.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Style {
    /// Truth values are the numbers 1 and 0.
    Torch,
    /// Truth values are truth values, and functions their names.
    TensorBoardX,
}

/// The peers ask for exactly a `dict`.
fn dict<'a, 'py>(
    object: &'a Bound<'py, PyAny>,
    argument: &str,
) -> PyResult<&'a Bound<'py, PyDict>> {
    object.cast_exact::<PyDict>().map_err(|_| {
        let message = format!("{argument}: expected a dict, got {}", type_name(object));
        invalid_type(object.py(), message)
    })
}

fn key(name: &Bound<'_, PyAny>, argument: &str) -> PyResult<String> {
    name.extract().map_err(|_| {
        let message = format!(
            "{argument}: expected texts as keys, got {}",
            type_name(name)
        );
        invalid_type(name.py(), message)
    })
}

fn value_of(object: &Bound<'_, PyAny>, argument: &str, style: Style) -> PyResult<HparamValue> {
    let py = object.py();
    if object.is_none() {
        return Ok(HparamValue::Unset);
    }
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(HparamValue::Text(text.to_cow()?.into_owned()));
    }
    if style == Style::TensorBoardX
        && let Ok(truth) = object.cast::<PyBool>()
    {
        return Ok(HparamValue::Bool(truth.is_true()));
    }
    let is_number = object.is_instance_of::<PyInt>() || object.is_instance_of::<PyFloat>();
    if is_number || is_numpy_scalar(object)? {
        return scalar(object, argument).map(HparamValue::Number);
    }
    if is_tensor(object)? {
        // The first element, as the reference takes it.
        let array = crate::convert::to_array(object, argument)?;
        let first = first_element(&array, argument)?;
        return scalar(&first, argument).map(HparamValue::Number);
    }
    if style == Style::TensorBoardX && object.is_callable() {
        let name = match object.getattr_opt("__name__")? {
            Some(name) => name,
            None => object.str()?.into_any(),
        };
        return Ok(HparamValue::Text(name.extract()?));
    }
    let got = type_name(object);
    let message =
        format!("{argument}: expected an int, float, str, bool, None or torch tensor, got {got}");
    Err(invalid_input(py, message))
}

fn is_numpy_scalar(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let of_numpy = object.get_type().module()?.to_cow()? == "numpy";
    Ok(of_numpy && object.cast::<PyUntypedArray>().is_err())
}

fn first_element<'py>(
    array: &Bound<'py, PyUntypedArray>,
    argument: &str,
) -> PyResult<Bound<'py, PyAny>> {
    if array.len() == 0 {
        let shape = array.shape();
        let message = format!("{argument}: expected at least one number, got shape {shape:?}");
        return Err(invalid_input(array.py(), message));
    }
    array.call_method0("ravel")?.get_item(0)
}
