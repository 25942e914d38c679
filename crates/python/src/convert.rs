//! Python's arrays, tensors, pictures and numbers as arrays of Rust.
//!
//! No foreign package is imported for this: an object of torch or Pillow can only arrive when the script has
//! imported it, so that `sys.modules` tells.

use glassboard_writer::Element;
use glassboard_writer::ndarray::ArrayD;
use half::f16;
use numpy::{
    PyArrayDescrMethods, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArray,
    PyUntypedArrayMethods,
};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use crate::error::{invalid_input, invalid_type, type_name};

/// What is taken wherever numbers are.
const EXPECTED: &str = "a torch tensor, a numpy array, a number or a list of numbers";

/// An array of one of the element types that the writer knows.
pub(crate) enum Numbers<'py> {
    F16(PyReadonlyArrayDyn<'py, f16>),
    F32(PyReadonlyArrayDyn<'py, f32>),
    F64(PyReadonlyArrayDyn<'py, f64>),
    I8(PyReadonlyArrayDyn<'py, i8>),
    I16(PyReadonlyArrayDyn<'py, i16>),
    I32(PyReadonlyArrayDyn<'py, i32>),
    I64(PyReadonlyArrayDyn<'py, i64>),
    U8(PyReadonlyArrayDyn<'py, u8>),
    U16(PyReadonlyArrayDyn<'py, u16>),
    U32(PyReadonlyArrayDyn<'py, u32>),
    U64(PyReadonlyArrayDyn<'py, u64>),
    Bool(PyReadonlyArrayDyn<'py, bool>),
}

/// Runs the same code for a view of any element type.
macro_rules! with_numbers {
    ($numbers:expr, $view:ident => $body:expr) => {{
        use $crate::convert::Numbers as N;
        match $numbers {
            N::F16(array) => {
                let $view = array.as_array();
                $body
            }
            N::F32(array) => {
                let $view = array.as_array();
                $body
            }
            N::F64(array) => {
                let $view = array.as_array();
                $body
            }
            N::I8(array) => {
                let $view = array.as_array();
                $body
            }
            N::I16(array) => {
                let $view = array.as_array();
                $body
            }
            N::I32(array) => {
                let $view = array.as_array();
                $body
            }
            N::I64(array) => {
                let $view = array.as_array();
                $body
            }
            N::U8(array) => {
                let $view = array.as_array();
                $body
            }
            N::U16(array) => {
                let $view = array.as_array();
                $body
            }
            N::U32(array) => {
                let $view = array.as_array();
                $body
            }
            N::U64(array) => {
                let $view = array.as_array();
                $body
            }
            N::Bool(array) => {
                let $view = array.as_array();
                $body
            }
        }
    }};
}
pub(crate) use with_numbers;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(as_array, module)?)?;
    module.add_function(wrap_pyfunction!(as_scalar, module)?)
}

/// The array that a method of the writer sees in an argument.
#[pyfunction]
fn as_array<'py>(object: &Bound<'py, PyAny>, argument: &str) -> PyResult<Bound<'py, PyAny>> {
    Ok(to_array(object, argument)?.into_any())
}

/// The number that a method of the writer sees in an argument.
#[pyfunction]
fn as_scalar(object: &Bound<'_, PyAny>, argument: &str) -> PyResult<f64> {
    scalar(object, argument)
}

/// The numbers of an object, without a copy where its memory can be used as it is.
///
/// - torch: detached and on the CPU; bfloat16 becomes float16 first and a tensor on the meta device one random
///   number, as `torch.utils.tensorboard` does.
/// - other dtypes (longdouble, complex, objects) become float64 if `NumPy` can convert them.
///
/// # Errors
/// `InvalidTypeError` or `InvalidInputError` that name the argument.
pub(crate) fn numbers<'py>(object: &Bound<'py, PyAny>, argument: &str) -> PyResult<Numbers<'py>> {
    let array = to_array(object, argument)?;
    if let Some(numbers) = known(&plain(&array)?) {
        return Ok(numbers);
    }
    let py = object.py();
    let converted = array.call_method1(intern!(py, "astype"), (intern!(py, "float64"),));
    let fits = match &converted {
        Ok(converted) => known(converted),
        Err(_) => None,
    };
    fits.ok_or_else(|| {
        let (shape, dtype) = (array.shape(), array.dtype());
        let reason = converted
            .err()
            .map_or_else(String::new, |error| format!(": {error}"));
        let message =
            format!("{argument}: expected numbers, got shape {shape:?} of dtype {dtype}{reason}");
        invalid_input(py, message)
    })
}

/// The array as Rust can look at it: aligned and in the machine's byte order.
fn plain<'py>(array: &Bound<'py, PyUntypedArray>) -> PyResult<Bound<'py, PyAny>> {
    let py = array.py();
    let aligned: bool = array
        .getattr(intern!(py, "flags"))?
        .getattr(intern!(py, "aligned"))?
        .extract()?;
    if aligned && array.dtype().is_native_byteorder() != Some(false) {
        return Ok(array.clone().into_any());
    }
    let native = array
        .dtype()
        .call_method1(intern!(py, "newbyteorder"), ("=",))?;
    array.call_method1(intern!(py, "astype"), (native,))
}

fn known<'py>(array: &Bound<'py, PyAny>) -> Option<Numbers<'py>> {
    macro_rules! first_that_fits {
        ($($type:ty => $variant:ident),*) => {$(
            if let Ok(array) = array.cast::<PyArrayDyn<$type>>() {
                return Some(Numbers::$variant(array.readonly()));
            }
        )*};
    }
    first_that_fits!(
        f32 => F32, f64 => F64, u8 => U8, i64 => I64, i32 => I32, bool => Bool, f16 => F16, i8 => I8, i16 => I16,
        u16 => U16, u32 => U32, u64 => U64
    );
    None
}

/// An object as an array of any dtype.
pub(crate) fn to_array<'py>(
    object: &Bound<'py, PyAny>,
    argument: &str,
) -> PyResult<Bound<'py, PyUntypedArray>> {
    let py = object.py();
    if let Ok(array) = object.cast::<PyUntypedArray>() {
        return Ok(array.clone());
    }
    if is_tensor(object)? {
        return tensor_to_array(object);
    }
    let wrong_type = || {
        let message = format!("{argument}: expected {EXPECTED}, got {}", type_name(object));
        invalid_type(py, message)
    };
    if object.is_instance_of::<PyString>() || object.is_instance_of::<PyBytes>() {
        // The reference takes it for the name of a Caffe2 blob and fails with a ValueError.
        let message = format!(
            "{argument}: expected {EXPECTED}, got the text {}",
            object.repr()?
        );
        return Err(invalid_input(py, message));
    }
    let numpy = numpy(py)?;
    let array = if object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() {
        list_to_array(object, argument)?
    } else if object.hasattr(intern!(py, "__array__"))?
        || object.hasattr(intern!(py, "__array_interface__"))?
    {
        numpy.call_method1(intern!(py, "asarray"), (object,))?
    } else if object.hasattr(intern!(py, "__dlpack__"))? {
        numpy.call_method1(intern!(py, "from_dlpack"), (object,))?
    } else if numpy
        .call_method1(intern!(py, "isscalar"), (object,))?
        .is_truthy()?
    {
        numpy.call_method1(intern!(py, "array"), ([object],))?
    } else {
        return Err(wrong_type());
    };
    array
        .cast_into::<PyUntypedArray>()
        .map_err(|_| wrong_type())
}

/// A list of numbers, of lists, or of tensors.
fn list_to_array<'py>(object: &Bound<'py, PyAny>, argument: &str) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let items: Vec<Bound<'py, PyAny>> = object.try_iter()?.collect::<PyResult<_>>()?;
    let numpy = numpy(py)?;
    let mut any_tensor = false;
    for item in &items {
        any_tensor |= is_tensor(item)?;
    }
    let array = if any_tensor {
        let arrays = items
            .iter()
            .map(|item| to_array(item, argument))
            .collect::<PyResult<Vec<_>>>()?;
        numpy.call_method1(intern!(py, "stack"), (arrays,))
    } else {
        numpy.call_method1(intern!(py, "asarray"), (object,))
    };
    array.map_err(|error| {
        let message = format!("{argument}: expected {EXPECTED}, got a list that is none: {error}");
        invalid_input(py, message)
    })
}

fn tensor_to_array<'py>(tensor: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyUntypedArray>> {
    let py = tensor.py();
    if tensor.getattr(intern!(py, "is_meta"))?.is_truthy()? {
        let random = numpy(py)?.getattr(intern!(py, "random"))?;
        let array = random.call_method1(intern!(py, "randn"), (1,))?;
        return Ok(array.cast_into::<PyUntypedArray>()?);
    }
    let torch = py.import(intern!(py, "torch"))?;
    let mut tensor = tensor.call_method0(intern!(py, "detach"))?;
    let dtype = tensor.getattr(intern!(py, "dtype"))?;
    if dtype.is(&torch.getattr(intern!(py, "bfloat16"))?) {
        let half = torch.getattr(intern!(py, "float16"))?;
        tensor = tensor.call_method1(intern!(py, "to"), (half,))?;
    }
    let force = PyDict::new(py);
    // Also resolves what is conjugated, negated or sparse in name only, and copies from any device.
    force.set_item(intern!(py, "force"), true)?;
    let array = tensor.call_method(intern!(py, "numpy"), (), Some(&force))?;
    Ok(array.cast_into::<PyUntypedArray>()?)
}

/// One number, as `float(make_np(object).squeeze())` finds it.
pub(crate) fn scalar(object: &Bound<'_, PyAny>, argument: &str) -> PyResult<f64> {
    let py = object.py();
    // Also `numpy.float64`, which derives from it.
    if let Ok(number) = object.cast::<PyFloat>() {
        return Ok(number.value());
    }
    if let Ok(number) = object.cast::<PyInt>() {
        return number.extract().map_err(|error| {
            invalid_input(py, format!("{argument}: expected a number, got {error}"))
        });
    }
    let value = if object.is_instance_of::<PyString>() || object.is_instance_of::<PyBytes>() {
        object.clone()
    } else {
        let array = to_array(object, argument)?;
        if array.len() != 1 {
            let (shape, dtype) = (array.shape(), array.dtype());
            let message =
                format!("{argument}: expected one number, got shape {shape:?} of dtype {dtype}");
            return Err(invalid_input(py, message));
        }
        array.call_method1(intern!(py, "reshape"), (PyTuple::empty(py),))?
    };
    let number = py.get_type::<PyFloat>().call1((value,)).map_err(|error| {
        let message = format!(
            "{argument}: expected a number, got {}: {error}",
            type_name(object)
        );
        invalid_input(py, message)
    })?;
    number.extract()
}

/// Whether it is a tensor of torch.
pub(crate) fn is_tensor(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    is_instance_of_imported(object, "torch", "Tensor")
}

/// Whether an object is of a class in a module that may not be imported, or half imported.
fn is_instance_of_imported(object: &Bound<'_, PyAny>, module: &str, class: &str) -> PyResult<bool> {
    static MODULES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let py = object.py();
    let modules = MODULES.get_or_try_init(py, || {
        let modules = py.import("sys")?.getattr("modules")?;
        PyResult::Ok(modules.cast_into::<PyDict>()?.unbind())
    })?;
    let Some(module) = modules.bind(py).get_item(module)? else {
        return Ok(false);
    };
    match module.getattr_opt(class)? {
        Some(class) => object.is_instance(&class),
        None => Ok(false),
    }
}

fn numpy(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    py.import(intern!(py, "numpy"))
}

/// A step: anything that `int()` takes.
#[derive(Clone, Copy)]
pub(crate) struct Step(pub(crate) i64);

impl<'py> FromPyObject<'_, 'py> for Step {
    type Error = PyErr;
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(step) = object.extract() {
            return Ok(Self(step));
        }
        let py = object.py();
        let step = py
            .get_type::<PyInt>()
            .call1((object,))
            .and_then(|step| step.extract());
        step.map(Self).map_err(|error| {
            let got = type_name(&object.to_owned());
            invalid_type(
                py,
                format!("global_step: expected an integer, got {got}: {error}"),
            )
        })
    }
}

/// Seconds since the Unix epoch.
#[derive(Clone, Copy)]
pub(crate) struct Seconds(pub(crate) f64);

impl<'py> FromPyObject<'_, 'py> for Seconds {
    type Error = PyErr;
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let seconds = object.extract().map_err(|_| {
            let got = type_name(&object.to_owned());
            let message = format!("walltime: expected seconds since 1970 as a number, got {got}");
            invalid_type(object.py(), message)
        })?;
        Ok(Self(seconds))
    }
}

/// Anything that can be asked whether it is true.
#[derive(Clone, Copy)]
pub(crate) struct Truth(pub(crate) bool);

impl<'py> FromPyObject<'_, 'py> for Truth {
    type Error = PyErr;
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        object.is_truthy().map(Self)
    }
}

/// All numbers of an object in row-major order.
pub(crate) fn floats(object: &Bound<'_, PyAny>, argument: &str) -> PyResult<Vec<f64>> {
    let numbers = numbers(object, argument)?;
    Ok(with_numbers!(&numbers, view => {
        view.iter().map(|&number| number.to_f64()).collect()
    }))
}

/// All numbers of an object in its shape.
pub(crate) fn shaped_floats(object: &Bound<'_, PyAny>, argument: &str) -> PyResult<ArrayD<f32>> {
    let numbers = numbers(object, argument)?;
    Ok(with_numbers!(&numbers, view => view.mapv(Element::to_f32)))
}

/// What is in a dictionary, or anything that has `items()`, with texts as keys.
pub(crate) fn items<'py>(
    object: &Bound<'py, PyAny>,
    argument: &str,
) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
    let wrong = || {
        let got = type_name(object);
        invalid_type(
            object.py(),
            format!("{argument}: expected a dict with texts as keys, got {got}"),
        )
    };
    object
        .call_method0("items")
        .map_err(|_| wrong())?
        .try_iter()?
        .map(|item| item?.extract().map_err(|_| wrong()))
        .collect()
}
