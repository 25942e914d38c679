//! Tensors as numpy arrays.

use glassboard_events::proto::tensorboard as tb;
use glassboard_events::{Tensor, TensorData};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PySlice, PyTuple};
use tb::DataType;

use crate::error::invalid_input;

/// A tensor's elements as numpy has them: in the tensor's own type where numpy has it, bfloat16 as
/// float32, strings as bytes objects.
pub(super) fn to_numpy<'py>(
    py: Python<'py>,
    proto: &tb::TensorProto,
) -> PyResult<Bound<'py, PyAny>> {
    let dtype = DataType::try_from(proto.dtype).unwrap_or(DataType::DtInvalid);
    match dtype {
        DataType::DtComplex64 => {
            let pairs = tb::TensorProto {
                float_val: proto.scomplex_val.clone(),
                ..in_pairs(proto, DataType::DtFloat)
            };
            complex(&to_numpy(py, &pairs)?, "complex64")
        }
        DataType::DtComplex128 => {
            let pairs = tb::TensorProto {
                double_val: proto.dcomplex_val.clone(),
                ..in_pairs(proto, DataType::DtDouble)
            };
            complex(&to_numpy(py, &pairs)?, "complex128")
        }
        _ => {
            let tensor = Tensor::from_proto(proto).map_err(|error| invalid_input(py, error))?;
            let flat = match tensor.data {
                TensorData::F32(list) => PyArray1::from_vec(py, list).into_any(),
                TensorData::F64(list) => PyArray1::from_vec(py, list).into_any(),
                TensorData::I32(list) => PyArray1::from_vec(py, list).into_any(),
                TensorData::I64(list) => PyArray1::from_vec(py, list).into_any(),
                TensorData::U32(list) => PyArray1::from_vec(py, list).into_any(),
                TensorData::U64(list) => PyArray1::from_vec(py, list).into_any(),
                TensorData::Bool(list) => PyArray1::from_vec(py, list).into_any(),
                TensorData::Strings(list) => strings(py, &list)?,
                other => {
                    return Err(invalid_input(
                        py,
                        format!("expected a tensor of numbers or strings, got {other:?}"),
                    ));
                }
            };
            let array = match narrow_type(dtype) {
                Some(narrow) => flat.call_method1("astype", (narrow,))?,
                None => flat,
            };
            array.call_method1("reshape", (PyTuple::new(py, tensor.shape)?,))
        }
    }
}

/// The type of elements that travel in a wider one.
fn narrow_type(dtype: DataType) -> Option<&'static str> {
    Some(match dtype {
        DataType::DtHalf => "float16",
        DataType::DtUint8 | DataType::DtQuint8 => "uint8",
        DataType::DtInt8 | DataType::DtQint8 => "int8",
        DataType::DtUint16 | DataType::DtQuint16 => "uint16",
        DataType::DtInt16 | DataType::DtQint16 => "int16",
        _ => return None,
    })
}

/// A complex tensor as one of real numbers with a last axis of two.
fn in_pairs(proto: &tb::TensorProto, dtype: DataType) -> tb::TensorProto {
    let mut shape = proto.tensor_shape.clone().unwrap_or_default();
    shape.dim.push(tb::tensor_shape_proto::Dim {
        size: 2,
        ..tb::tensor_shape_proto::Dim::default()
    });
    tb::TensorProto {
        dtype: dtype.into(),
        tensor_shape: Some(shape),
        tensor_content: proto.tensor_content.clone(),
        ..tb::TensorProto::default()
    }
}

fn complex<'py>(pairs: &Bound<'py, PyAny>, dtype: &str) -> PyResult<Bound<'py, PyAny>> {
    pairs
        .call_method1("view", (dtype,))?
        .call_method1("squeeze", (-1,))
}

/// An array of objects: the bytes.
fn strings<'py>(py: Python<'py>, list: &[Vec<u8>]) -> PyResult<Bound<'py, PyAny>> {
    let array = py
        .import("numpy")?
        .call_method1("empty", (list.len(), "object"))?;
    let objects = PyList::new(py, list.iter().map(|bytes| PyBytes::new(py, bytes)))?;
    array.set_item(PySlice::full(py), objects)?;
    Ok(array)
}
