use std::{fmt, sync::Arc};

use super::{DType, ModuleId, TensorId};
use crate::{ModelError, Result, source::Region};

/// A parameter, buffer or constant of a model.
#[derive(Clone, Debug)]
pub struct Tensor {
    /// Name as in a state dict: the module's path, a dot, the name within it.
    pub name: String,
    /// Type of its elements.
    pub dtype: DType,
    /// Shape.
    pub shape: Vec<u64>,
    /// What it is to the model.
    pub role: TensorRole,
    /// The layer that holds it.
    pub module: ModuleId,
    /// The first tensor that is the same memory: this one is tied to it.
    pub tied_to: Option<TensorId>,
    pub(crate) data: TensorData,
}

/// What a tensor is to its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TensorRole {
    /// Learned; `trainable` is `None` where the file does not say whether training changes it.
    Parameter {
        /// Whether training changes it.
        trainable: Option<bool>,
    },
    /// Kept by the model but not learned by gradients, such as running means.
    Buffer,
    /// Part of the program.
    Constant,
}

/// Where a tensor's elements are.
#[derive(Clone, Debug)]
pub(crate) enum TensorData {
    /// As little-endian bytes, `offset` elements into a region, `strides` elements apart.
    Stored {
        region: Region,
        offset: u64,
        strides: Vec<u64>,
    },
    /// As contiguous little-endian bytes.
    Inline(Arc<[u8]>),
    /// By asking whoever described the model.
    Computed(Values),
    /// Compressed or otherwise wrapped.
    Unknown(&'static str),
}

/// What gives a tensor's elements as contiguous little-endian bytes.
#[derive(Clone)]
pub(crate) struct Values(pub(crate) Arc<dyn Fn() -> Vec<u8> + Send + Sync>);

impl fmt::Debug for Values {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Values")
    }
}

impl Tensor {
    /// Number of elements.
    pub fn element_count(&self) -> u64 {
        self.shape
            .iter()
            .fold(1, |product: u64, size| product.saturating_mul(*size))
    }

    /// Size of its elements in bytes; of texts 0.
    pub fn size_bytes(&self) -> u64 {
        self.dtype.size_bytes(self.element_count()).unwrap_or(0)
    }

    /// Whether it is a parameter.
    pub fn is_parameter(&self) -> bool {
        matches!(self.role, TensorRole::Parameter { .. })
    }

    /// Name within its module.
    pub fn short_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }

    /// The elements as little-endian bytes, row by row.
    ///
    /// # Errors
    /// When its values are not in the file, or the file cannot be read.
    pub fn read(&self) -> Result<Vec<u8>> {
        match &self.data {
            TensorData::Inline(bytes) => Ok(bytes.to_vec()),
            TensorData::Computed(values) => {
                let bytes = (values.0)();
                if bytes.len() as u64 == self.size_bytes() {
                    return Ok(bytes);
                }
                Err(ModelError::NoValues {
                    tensor: self.name.clone(),
                    reason: "what was given is of another length than its shape asks for",
                })
            }
            TensorData::Unknown(reason) => Err(ModelError::NoValues {
                tensor: self.name.clone(),
                reason,
            }),
            TensorData::Stored {
                region,
                offset,
                strides,
            } => self.read_stored(region, *offset, strides),
        }
    }

    fn read_stored(&self, region: &Region, offset: u64, strides: &[u64]) -> Result<Vec<u8>> {
        if *strides == *contiguous_strides(&self.shape) || self.element_count() == 0 {
            let start = self.dtype.size_bytes(offset).unwrap_or(u64::MAX);
            return region
                .named_part(&self.name, start, self.size_bytes())?
                .read();
        }
        // `check` has made sure that every element lies within the region; a broadcast tensor (stride 0) must not
        // make more of the file than the file holds.
        let size = self.dtype.bits().unwrap_or(0) as usize / 8;
        if size == 0 || self.size_bytes() > region.len() {
            return Err(ModelError::NoValues {
                tensor: self.name.clone(),
                reason: "its elements are not laid out one by one",
            });
        }
        let stored = region.read()?;
        let mut bytes = Vec::with_capacity(self.size_bytes() as usize);
        let mut index = vec![0_u64; self.shape.len()];
        loop {
            let steps: u64 = index
                .iter()
                .zip(strides)
                .map(|(at, stride)| at * stride)
                .sum();
            let start = (offset + steps) as usize * size;
            bytes.extend_from_slice(stored.get(start..start + size).unwrap_or_default());
            if !advance(&mut index, &self.shape) {
                return Ok(bytes);
            }
        }
    }

    /// Makes sure that the number of elements can be counted, and that the bytes of a stored tensor lie within its
    /// region.
    pub(crate) fn check(&self) -> Result<()> {
        if !self.shape.contains(&0) && checked_product(&self.shape).is_none() {
            return Err(ModelError::NoValues {
                tensor: self.name.clone(),
                reason: "its shape has more elements than can be counted",
            });
        }
        let TensorData::Stored {
            region,
            offset,
            strides,
        } = &self.data
        else {
            return Ok(());
        };
        let bits = u128::from(self.dtype.bits().unwrap_or(0));
        let steps = self
            .shape
            .iter()
            .zip(strides)
            .fold(0_u128, |sum, (size, stride)| {
                sum.saturating_add(u128::from(size.saturating_sub(1)) * u128::from(*stride))
            });
        let is_empty = self.shape.contains(&0);
        let first = u128::from(*offset);
        let behind = if is_empty {
            first
        } else {
            first.saturating_add(steps).saturating_add(1)
        };
        let end = behind.saturating_mul(bits).div_ceil(8);
        let fits = end <= u128::from(region.len()) && self.shape.len() == strides.len();
        if fits {
            return Ok(());
        }
        Err(ModelError::TensorExtent {
            tensor: self.name.clone(),
            start: first.saturating_mul(bits) / 8,
            end,
            available: region.len(),
            path: region.path().to_owned(),
        })
    }
}

fn checked_product(shape: &[u64]) -> Option<u64> {
    shape
        .iter()
        .try_fold(1_u64, |product, size| product.checked_mul(*size))
        .filter(|product| *product <= u64::MAX / 16)
}

/// Strides in elements of a tensor that is stored row by row.
pub(crate) fn contiguous_strides(shape: &[u64]) -> Vec<u64> {
    let mut strides = vec![1; shape.len()];
    let mut step = 1_u64;
    for (stride, size) in strides.iter_mut().zip(shape).rev() {
        *stride = step;
        step = step.saturating_mul((*size).max(1));
    }
    strides
}

/// The next index in the order of rows; false behind the last.
fn advance(index: &mut [u64], shape: &[u64]) -> bool {
    for (at, size) in index.iter_mut().zip(shape).rev() {
        *at += 1;
        if *at < *size {
            return true;
        }
        *at = 0;
    }
    false
}
