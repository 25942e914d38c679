//! Tensors of modules: what they are, and their elements as bytes.

use ::burn::{
    module::Param,
    tensor::{Bool, DType as BurnDType, Int, Tensor, TensorData},
};
use glassboard_model::{DType, TensorRole};

/// A tensor that a module holds.
pub(super) trait Values: Send + Sync + 'static {
    /// Of what type its elements are.
    fn dtype(&self) -> DType;

    fn shape(&self) -> Vec<u64>;

    /// What it is to the model, as far as its type tells.
    fn role(&self) -> TensorRole;

    /// The elements as little-endian bytes, row by row.
    fn bytes(&self) -> Vec<u8>;
}

impl<const D: usize> Values for Param<Tensor<D>> {
    fn dtype(&self) -> DType {
        dtype(self.val().dtype())
    }

    fn shape(&self) -> Vec<u64> {
        sizes(&self.val().shape())
    }

    fn role(&self) -> TensorRole {
        let is_known = self.val().device().is_autodiff();
        TensorRole::Parameter {
            trainable: is_known.then(|| self.is_require_grad()),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let values = self.val();
        let is_quantized = matches!(values.dtype(), BurnDType::QFloat(_));
        let values = if is_quantized {
            values.dequantize()
        } else {
            values
        };
        bytes(values.into_data())
    }
}

macro_rules! untrained {
    ($kind:ty) => {
        impl<const D: usize> Values for Param<Tensor<D, $kind>> {
            fn dtype(&self) -> DType {
                dtype(self.val().dtype())
            }

            fn shape(&self) -> Vec<u64> {
                sizes(&self.val().shape())
            }

            fn role(&self) -> TensorRole {
                TensorRole::Buffer
            }

            fn bytes(&self) -> Vec<u8> {
                bytes(self.val().into_data())
            }
        }
    };
}

untrained!(Int);
untrained!(Bool);

fn sizes(shape: &[usize]) -> Vec<u64> {
    shape.iter().map(|size| *size as u64).collect()
}

/// The type of elements as model files call it. Quantized ones are known by the numbers they are read as.
fn dtype(dtype: BurnDType) -> DType {
    match dtype {
        BurnDType::F64 => DType::F64,
        BurnDType::F32 | BurnDType::Flex32 | BurnDType::QFloat(_) => DType::F32,
        BurnDType::F16 => DType::F16,
        BurnDType::BF16 => DType::BF16,
        BurnDType::I64 => DType::I64,
        BurnDType::I32 => DType::I32,
        BurnDType::I16 => DType::I16,
        BurnDType::I8 => DType::I8,
        BurnDType::U64 => DType::U64,
        BurnDType::U32 => DType::U32,
        BurnDType::U16 => DType::U16,
        BurnDType::U8 => DType::U8,
        BurnDType::Bool(_) => DType::Bool,
    }
}

fn bytes(data: TensorData) -> Vec<u8> {
    let data = match data.dtype() {
        BurnDType::Flex32 => data.convert::<f32>(),
        BurnDType::Bool(_) => data.convert::<bool>(),
        _ => data,
    };
    data.as_bytes().to_vec()
}
