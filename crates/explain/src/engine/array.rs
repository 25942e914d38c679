//! What flows through a running model.
//!
//! A tensor is kept as one row of elements beside its shape, so that the number of its dimensions is data and not a
//! type: Burn's operations are called at the rank that each of them needs. Reshaping a row costs nothing.
//!
//! Whole numbers and truth values (sizes, indices, masks) are few, and stay in ordinary memory.

use std::sync::Arc;

use burn::tensor::{DType, Device, Tensor, TensorData};
use ndarray::{ArrayD, IxDyn};

/// A tensor that a model is given, computes or returns.
#[derive(Clone, Debug)]
pub struct Array {
    shape: Vec<usize>,
    data: Data,
}

#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant)] // nearly all are floats
pub(crate) enum Data {
    /// Floats, on the engine's device.
    Float(Tensor<1>),
    /// Whole numbers, and truth values as 0 and 1.
    Whole(Arc<[i64]>),
}

/// What does not fit: what an operation takes, and what it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    pub(crate) expected: String,
    pub(crate) got: String,
}

impl Misfit {
    pub(crate) fn new(expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self {
            expected: expected.into(),
            got: got.into(),
        }
    }
}

pub(crate) type Fit<T> = std::result::Result<T, Misfit>;

/// Where floats live, and how wide they are.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) device: Device,
    pub(crate) dtype: DType,
}

impl Place {
    /// Whether floats of 32 bits lie in ordinary memory.
    pub(crate) fn is_single_on_cpu(&self) -> bool {
        self.dtype == DType::F32 && self.device == Device::flex()
    }

    /// Floats from ordinary memory.
    pub(crate) fn floats(&self, values: Vec<f64>, shape: &[usize]) -> Array {
        let len = values.len();
        let data = match self.dtype {
            DType::F64 => TensorData::new(values, [len]),
            _ => TensorData::new(
                values.iter().map(|value| *value as f32).collect::<Vec<_>>(),
                [len],
            ),
        };
        Array::from_row(Tensor::from_data(data, (&self.device, self.dtype)), shape)
    }

    /// Floats of 32 bits from ordinary memory.
    pub(crate) fn floats32(&self, values: Vec<f32>, shape: &[usize]) -> Array {
        let len = values.len();
        let data = match self.dtype {
            DType::F64 => TensorData::new(
                values
                    .iter()
                    .map(|value| f64::from(*value))
                    .collect::<Vec<_>>(),
                [len],
            ),
            _ => TensorData::new(values, [len]),
        };
        Array::from_row(Tensor::from_data(data, (&self.device, self.dtype)), shape)
    }

    /// The same value everywhere.
    pub(crate) fn full(&self, value: f64, shape: &[usize]) -> Array {
        let len = count(shape);
        let row = Tensor::full([len], value, (&self.device, self.dtype));
        Array::from_row(row, shape)
    }

    /// As floats, whatever it was.
    pub(crate) fn float(&self, array: &Array) -> Array {
        match &array.data {
            Data::Float(_) => array.clone(),
            Data::Whole(values) => {
                let values = values.iter().map(|value| *value as f64).collect();
                self.floats(values, &array.shape)
            }
        }
    }
}

/// Number of elements of a shape.
pub(crate) fn count(shape: &[usize]) -> usize {
    shape.iter().product()
}

impl Array {
    /// Floats as one row with their shape; both must have as many elements.
    pub(crate) fn from_row(row: Tensor<1>, shape: &[usize]) -> Self {
        debug_assert_eq!(row.dims()[0], count(shape));
        Self {
            shape: shape.to_vec(),
            data: Data::Float(row),
        }
    }

    /// Floats of any rank.
    pub(crate) fn from_tensor<const D: usize>(tensor: Tensor<D>) -> Self {
        let shape = tensor.dims();
        let len = count(&shape);
        Self::from_row(tensor.reshape([len]), &shape)
    }

    /// Whole numbers.
    pub fn whole(values: impl Into<Arc<[i64]>>, shape: &[usize]) -> Self {
        let values = values.into();
        debug_assert_eq!(values.len(), count(shape));
        Self {
            shape: shape.to_vec(),
            data: Data::Whole(values),
        }
    }

    /// Sizes of its dimensions.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Number of its elements.
    pub fn len(&self) -> usize {
        count(&self.shape)
    }

    /// Whether it has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether its elements are floats.
    pub fn is_float(&self) -> bool {
        matches!(self.data, Data::Float(_))
    }

    /// How many bytes its elements take.
    pub fn size_bytes(&self) -> usize {
        match &self.data {
            Data::Float(row) => row.dtype().size() * self.len(),
            Data::Whole(values) => 8 * values.len(),
        }
    }

    pub(crate) fn data(&self) -> &Data {
        &self.data
    }

    /// The floats as one row.
    pub(crate) fn row(&self) -> Fit<Tensor<1>> {
        match &self.data {
            Data::Float(row) => Ok(row.clone()),
            Data::Whole(_) => Err(Misfit::new("floats", "whole numbers")),
        }
    }

    /// The floats in the shape given.
    pub(crate) fn shaped<const D: usize>(&self, shape: [usize; D]) -> Fit<Tensor<D>> {
        if count(&shape) != self.len() {
            return Err(Misfit::new(
                format!("{} elements", count(&shape)),
                format!("{:?}", self.shape),
            ));
        }
        Ok(self.row()?.reshape(shape))
    }

    /// The floats, where there are so many dimensions.
    pub(crate) fn ranked<const D: usize>(&self) -> Fit<Tensor<D>> {
        let shape: [usize; D] = self.shape.as_slice().try_into().map_err(|_| {
            Misfit::new(format!("{D} dimensions"), format!("shape {:?}", self.shape))
        })?;
        self.shaped(shape)
    }

    /// The same elements in another shape.
    pub(crate) fn with_shape(&self, shape: &[usize]) -> Fit<Self> {
        if count(shape) != self.len() {
            return Err(Misfit::new(
                format!("{} elements for {shape:?}", count(shape)),
                format!("shape {:?}", self.shape),
            ));
        }
        Ok(Self {
            shape: shape.to_vec(),
            data: self.data.clone(),
        })
    }

    /// The whole numbers.
    #[expect(clippy::unnecessary_wraps)] // reads like the other ways to the elements
    pub(crate) fn numbers(&self) -> Fit<Vec<i64>> {
        match &self.data {
            Data::Whole(values) => Ok(values.to_vec()),
            // Files give sizes as floats only where they were computed so.
            Data::Float(_) => Ok(self.to_vec64().iter().map(|value| *value as i64).collect()),
        }
    }

    /// The elements, row by row.
    pub fn to_vec(&self) -> Vec<f32> {
        match &self.data {
            Data::Float(row) => row
                .clone()
                .without_autodiff()
                .into_data()
                .iter::<f32>()
                .collect(),
            Data::Whole(values) => values.iter().map(|value| *value as f32).collect(),
        }
    }

    /// The elements in double precision, row by row.
    pub fn to_vec64(&self) -> Vec<f64> {
        match &self.data {
            Data::Float(row) => row
                .clone()
                .without_autodiff()
                .into_data()
                .iter::<f64>()
                .collect(),
            Data::Whole(values) => values.iter().map(|value| *value as f64).collect(),
        }
    }

    /// The elements as an array of the `ndarray` crate.
    pub fn to_ndarray(&self) -> ArrayD<f32> {
        // The lengths agree by construction; an empty array is what a broken promise would give.
        ArrayD::from_shape_vec(IxDyn(&self.shape), self.to_vec()).unwrap_or_default()
    }

    /// These rows of the first dimension, in this order; a row may come several times.
    pub(crate) fn rows(&self, rows: &[usize]) -> Fit<Self> {
        let indices: Vec<i64> = rows.iter().map(|row| *row as i64).collect();
        self.take(0, &indices)
    }
}
