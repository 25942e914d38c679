//! `add_tensor`, with what torch writes for its own dtypes.

use glassboard_events::proto::tensorboard::{DataType, TensorProto};
use glassboard_writer::TensorElement;
use numpy::{Complex32, Complex64, PyArrayDyn, PyArrayMethods};
use pyo3::prelude::*;

use super::Writer;
use crate::convert::{Numbers, Seconds, Step, numbers, shaped_floats, to_array, with_numbers};

/// A half-precision number as torch writes it: the bits of a 32-bit float.
#[derive(Clone, Copy)]
struct TorchHalf(f32);

/// A bfloat16 as torch writes it: the bits of a 32-bit float.
#[derive(Clone, Copy)]
struct TorchBfloat16(f32);

impl TensorElement for TorchHalf {
    const DATA_TYPE: DataType = DataType::DtHalf;
    fn store(elements: impl Iterator<Item = Self>, proto: &mut TensorProto) {
        proto.half_val = elements.map(|x| x.0.to_bits().cast_signed()).collect();
    }
}

impl TensorElement for TorchBfloat16 {
    const DATA_TYPE: DataType = DataType::DtBfloat16;
    fn store(elements: impl Iterator<Item = Self>, proto: &mut TensorProto) {
        proto.half_val = elements.map(|x| x.0.to_bits().cast_signed()).collect();
    }
}

#[allow(clippy::too_many_arguments)] // They are torch's, and one more.
#[pymethods]
impl Writer {
    /// `bfloat16`: the tensor holds such numbers as 32-bit floats, for lack of a dtype in `NumPy`.
    #[pyo3(signature = (tag, tensor, global_step, walltime, *, bfloat16=false))]
    fn add_tensor(
        &self,
        py: Python<'_>,
        tag: &str,
        tensor: &Bound<'_, PyAny>,
        global_step: Option<Step>,
        walltime: Option<Seconds>,
        bfloat16: bool,
    ) -> PyResult<()> {
        let at = self.at(global_step, walltime);
        if bfloat16 {
            let tensor = shaped_floats(tensor, "tensor")?.mapv(TorchBfloat16);
            return self.log(py, |writer| writer.add_tensor(tag, &tensor, at));
        }
        let array = to_array(tensor, "tensor")?.into_any();
        if let Ok(array) = array.cast::<PyArrayDyn<Complex32>>() {
            let array = array.readonly();
            let view = array.as_array();
            return self.log(py, |writer| writer.add_tensor(tag, &view, at));
        }
        if let Ok(array) = array.cast::<PyArrayDyn<Complex64>>() {
            let array = array.readonly();
            let view = array.as_array();
            return self.log(py, |writer| writer.add_tensor(tag, &view, at));
        }
        match &numbers(&array, "tensor")? {
            Numbers::F16(array) => {
                let tensor = array.as_array().mapv(|x| TorchHalf(x.to_f32()));
                self.log(py, |writer| writer.add_tensor(tag, &tensor, at))
            }
            numbers => with_numbers!(numbers, view => {
                self.log(py, |writer| writer.add_tensor(tag, &view, at))
            }),
        }
    }
}
