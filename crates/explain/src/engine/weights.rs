//! Elements of a file's tensors.

use glassboard_model::{DType, Tensor};
use half::{bf16, f16};

use super::array::{Array, Place};
use crate::{ExplainError, Result};

/// Reads a tensor: floats of any width as those of the engine, everything else as whole numbers.
pub(super) fn read(tensor: &Tensor, place: &Place) -> Result<Array> {
    let bytes = tensor.read()?;
    let shape: Vec<usize> = tensor.shape.iter().map(|size| *size as usize).collect();
    let singles = |read: fn([u8; 2]) -> f32| -> Vec<f32> {
        bytes
            .as_chunks::<2>()
            .0
            .iter()
            .map(|two| read(*two))
            .collect()
    };
    let whole = |values: Vec<i64>| Array::whole(values, &shape);
    Ok(match tensor.dtype {
        DType::F32 => {
            let values = bytes.as_chunks::<4>().0.iter();
            place.floats32(
                values.map(|four| f32::from_le_bytes(*four)).collect(),
                &shape,
            )
        }
        DType::F64 => {
            let values = bytes.as_chunks::<8>().0.iter();
            place.floats(
                values.map(|eight| f64::from_le_bytes(*eight)).collect(),
                &shape,
            )
        }
        DType::F16 => place.floats32(singles(|two| f16::from_le_bytes(two).to_f32()), &shape),
        DType::BF16 => place.floats32(singles(|two| bf16::from_le_bytes(two).to_f32()), &shape),
        DType::Bool | DType::U8 => whole(bytes.iter().map(|byte| i64::from(*byte)).collect()),
        DType::I8 => whole(bytes.iter().map(|byte| i64::from(*byte as i8)).collect()),
        DType::I16 => whole(
            bytes
                .as_chunks::<2>()
                .0
                .iter()
                .map(|two| i64::from(i16::from_le_bytes(*two)))
                .collect(),
        ),
        DType::I32 => whole(
            bytes
                .as_chunks::<4>()
                .0
                .iter()
                .map(|four| i64::from(i32::from_le_bytes(*four)))
                .collect(),
        ),
        DType::I64 => whole(
            bytes
                .as_chunks::<8>()
                .0
                .iter()
                .map(|eight| i64::from_le_bytes(*eight))
                .collect(),
        ),
        other => {
            return Err(ExplainError::DoesNotFit {
                layer: tensor.name.clone(),
                operation: "read".to_owned(),
                expected: "floats or whole numbers".to_owned(),
                got: other.to_string(),
            });
        }
    })
}
