//! Tensors as protobuf messages.

use glassboard_events::proto::tensorboard::{
    DataType, TensorProto, TensorShapeProto, tensor_shape_proto,
};
use glassboard_model::Dim;
use half::{bf16, f16};
use ndarray::ArrayViewD;
use num_complex::Complex;

/// A number that [`SummaryWriter::add_tensor`](crate::SummaryWriter::add_tensor) can write.
///
/// | Rust | type in the file | field |
/// |---|---|---|
/// | `f32`, `f64` | `DT_FLOAT`, `DT_DOUBLE` | `float_val`, `double_val` |
/// | `f16`, `bf16` | `DT_HALF`, `DT_BFLOAT16` | `half_val`, 16-bit patterns |
/// | `i8`, `i16`, `i32` | `DT_INT8`, `DT_INT16`, `DT_INT32` | `int_val` |
/// | `i64` | `DT_INT64` | `int64_val` |
/// | `u8` | `DT_UINT8` | `uint32_val`, as PyTorch does |
/// | `u16` | `DT_UINT16` | `int_val` |
/// | `u32`, `u64` | `DT_UINT32`, `DT_UINT64` | `uint32_val`, `uint64_val` |
/// | `bool` | `DT_BOOL` | `bool_val` |
/// | `Complex<f32>`, `Complex<f64>` | `DT_COMPLEX64`, `DT_COMPLEX128` | `scomplex_val`, `dcomplex_val`: real and imaginary part in turn |
///
/// PyTorch puts the bits of a 32-bit float into `half_val`, which no reader of TensorFlow's format understands; ours
/// are the 16-bit patterns that the format asks for. PyTorch has no `u16`, `u32` and `u64` here.
pub trait TensorElement: Copy + 'static {
    /// Number of the type in the file.
    #[doc(hidden)]
    const DATA_TYPE: DataType;
    /// Stores all elements in the field of the type.
    #[doc(hidden)]
    fn store(elements: impl Iterator<Item = Self>, proto: &mut TensorProto);
}

macro_rules! tensor_element {
    ($($type:ty => $data_type:ident, $field:ident, $convert:expr;)*) => {$(
        impl TensorElement for $type {
            const DATA_TYPE: DataType = DataType::$data_type;
            fn store(elements: impl Iterator<Item = Self>, proto: &mut TensorProto) {
                proto.$field = elements.map($convert).collect();
            }
        }
    )*};
}

tensor_element! {
    f32 => DtFloat, float_val, |x| x;
    f64 => DtDouble, double_val, |x| x;
    f16 => DtHalf, half_val, |x| i32::from(x.to_bits());
    bf16 => DtBfloat16, half_val, |x| i32::from(x.to_bits());
    i8 => DtInt8, int_val, i32::from;
    i16 => DtInt16, int_val, i32::from;
    i32 => DtInt32, int_val, |x| x;
    i64 => DtInt64, int64_val, |x| x;
    u8 => DtUint8, uint32_val, u32::from;
    u16 => DtUint16, int_val, i32::from;
    u32 => DtUint32, uint32_val, |x| x;
    u64 => DtUint64, uint64_val, |x| x;
    bool => DtBool, bool_val, |x| x;
}

impl TensorElement for Complex<f32> {
    const DATA_TYPE: DataType = DataType::DtComplex64;
    fn store(elements: impl Iterator<Item = Self>, proto: &mut TensorProto) {
        proto.scomplex_val = elements.flat_map(|x| [x.re, x.im]).collect();
    }
}

impl TensorElement for Complex<f64> {
    const DATA_TYPE: DataType = DataType::DtComplex128;
    fn store(elements: impl Iterator<Item = Self>, proto: &mut TensorProto) {
        proto.dcomplex_val = elements.flat_map(|x| [x.re, x.im]).collect();
    }
}

/// A shape.
pub(crate) fn shape_proto(sizes: impl Iterator<Item = i64>) -> TensorShapeProto {
    let dim = |size| tensor_shape_proto::Dim {
        size,
        name: String::new(),
    };
    TensorShapeProto {
        dim: sizes.map(dim).collect(),
        unknown_rank: false,
    }
}

/// A shape whose sizes may have a name or not be known; `None` where not even their number is.
pub(crate) fn model_shape_proto(shape: Option<&[Dim]>) -> TensorShapeProto {
    let dim = |dim: &Dim| {
        let (size, name) = match dim {
            Dim::Fixed(size) => (i64::try_from(*size).unwrap_or(-1), String::new()),
            Dim::Symbol(name) => (-1, name.clone()),
            Dim::Unknown => (-1, String::new()),
        };
        tensor_shape_proto::Dim { size, name }
    };
    TensorShapeProto {
        dim: shape.unwrap_or_default().iter().map(dim).collect(),
        unknown_rank: shape.is_none(),
    }
}

/// A tensor in row-major order.
pub(crate) fn tensor_proto<T: TensorElement>(tensor: &ArrayViewD<'_, T>) -> TensorProto {
    let mut proto = TensorProto {
        dtype: T::DATA_TYPE.into(),
        tensor_shape: Some(shape_proto(tensor.shape().iter().map(|&size| size as i64))),
        ..TensorProto::default()
    };
    T::store(tensor.iter().copied(), &mut proto);
    proto
}

/// Strings in a tensor of the given shape.
pub(crate) fn string_tensor(strings: Vec<Vec<u8>>, shape: &[i64]) -> TensorProto {
    TensorProto {
        dtype: DataType::DtString.into(),
        string_val: strings,
        tensor_shape: Some(shape_proto(shape.iter().copied())),
        ..TensorProto::default()
    }
}

#[cfg(test)]
mod tests {
    use glassboard_events::{Tensor, TensorData};
    use glassboard_media::AsTensor;

    use super::*;

    fn read_back<T: TensorElement>(values: &[T]) -> Tensor {
        Tensor::from_proto(&tensor_proto(&values.as_tensor())).unwrap()
    }

    #[test]
    fn every_type_is_read_as_what_it_was() {
        assert_eq!(
            read_back(&[f16::from_f32(0.5), f16::MAX]).data,
            TensorData::F32(vec![0.5, 65504.0])
        );
        assert_eq!(
            read_back(&[bf16::from_f32(1e38)]).data,
            TensorData::F32(vec![bf16::from_f32(1e38).to_f32()])
        );
        assert_eq!(read_back(&[-1_i8, 2]).data, TensorData::I32(vec![-1, 2]));
        assert_eq!(read_back(&[-300_i16]).data, TensorData::I32(vec![-300]));
        assert_eq!(read_back(&[i32::MIN]).data, TensorData::I32(vec![i32::MIN]));
        assert_eq!(read_back(&[60_000_u16]).data, TensorData::I32(vec![60_000]));
        assert_eq!(read_back(&[u32::MAX]).data, TensorData::U32(vec![u32::MAX]));
        assert_eq!(read_back(&[u64::MAX]).data, TensorData::U64(vec![u64::MAX]));
        assert_eq!(
            read_back(&[true, false]).data,
            TensorData::Bool(vec![true, false])
        );
    }

    #[test]
    fn complex_numbers_are_pairs() {
        let values = [Complex::new(1.0_f32, -2.0), Complex::new(0.5, 3.0)];
        let proto = tensor_proto(&values.as_tensor());
        assert_eq!(proto.dtype(), DataType::DtComplex64);
        assert_eq!(proto.scomplex_val, [1.0, -2.0, 0.5, 3.0]);
        let proto = tensor_proto(&[Complex::new(0.1_f64, 0.2)].as_tensor());
        assert_eq!(proto.dtype(), DataType::DtComplex128);
        assert_eq!(proto.dcomplex_val, [0.1, 0.2]);
    }

    #[test]
    fn elements_are_in_row_major_order_whatever_the_strides() {
        let array = ndarray::Array2::from_shape_fn((2, 3), |(y, x)| (10 * y + x) as i64);
        let tensor = Tensor::from_proto(&tensor_proto(&array.t().as_tensor())).unwrap();
        assert_eq!(tensor.shape, [3, 2]);
        assert_eq!(tensor.data, TensorData::I64(vec![0, 10, 1, 11, 2, 12]));
    }
}
