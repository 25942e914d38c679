use crate::EventsError;
use crate::proto::tensorboard::{DataType, TensorProto};

/// A tensor whose number of elements fits its shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Sizes, outermost first; empty for a scalar.
    pub shape: Vec<u64>,
    /// Elements, row-major.
    pub data: TensorData,
}

/// Elements of a tensor. Small integer types are widened to the type of the list they
/// travel in; half and bfloat16 to f32.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum TensorData {
    /// `DT_FLOAT`, `DT_HALF`, `DT_BFLOAT16`.
    F32(Vec<f32>),
    /// `DT_DOUBLE`.
    F64(Vec<f64>),
    /// `DT_INT8`, `DT_INT16`, `DT_INT32`, `DT_UINT8`, `DT_UINT16` and the quantised types of these.
    I32(Vec<i32>),
    /// `DT_INT64`.
    I64(Vec<i64>),
    /// `DT_UINT32`.
    U32(Vec<u32>),
    /// `DT_UINT64`.
    U64(Vec<u64>),
    /// `DT_BOOL`.
    Bool(Vec<bool>),
    /// `DT_STRING`.
    Strings(Vec<Vec<u8>>),
}

/// Most elements that a short list is repeated to. A few bytes must not allocate gigabytes.
const MAX_REPEATED: u64 = 1 << 24;

impl Tensor {
    /// Unpacks a `TensorProto`.
    ///
    /// Elements are in `tensor_content` as little-endian bytes, or in the list that fits the
    /// type; a list shorter than the shape repeats its last element, as TensorFlow does. A
    /// proto without a shape and with one element is a scalar (PyTorch writes these).
    ///
    /// # Errors
    /// When the type cannot be unpacked ([`EventsError::TensorType`]), or elements and shape
    /// do not fit ([`EventsError::TensorSize`]).
    pub fn from_proto(proto: &TensorProto) -> Result<Self, EventsError> {
        let dtype = DataType::try_from(proto.dtype).unwrap_or(DataType::DtInvalid);
        let shape: Vec<u64> = proto
            .tensor_shape
            .iter()
            .flat_map(|shape| &shape.dim)
            .map(|dim| dim.size.max(0) as u64)
            .collect();
        let expected = shape
            .iter()
            .try_fold(1_u64, |n, &size| n.checked_mul(size))
            .unwrap_or(u64::MAX);
        let want = Want {
            dtype: dtype.as_str_name(),
            shape: &shape,
            expected,
        };
        let content = proto.tensor_content.as_slice();
        let data = match dtype {
            DataType::DtFloat => {
                TensorData::F32(want.elements(content, &proto.float_val, f32::from_le_bytes)?)
            }
            DataType::DtDouble => {
                TensorData::F64(want.elements(content, &proto.double_val, f64::from_le_bytes)?)
            }
            DataType::DtHalf => {
                TensorData::F32(want.halves(content, &proto.half_val, f32_from_f16)?)
            }
            DataType::DtBfloat16 => {
                TensorData::F32(want.halves(content, &proto.half_val, f32_from_bf16)?)
            }
            DataType::DtInt32 | DataType::DtQint32 => {
                TensorData::I32(want.elements(content, &proto.int_val, i32::from_le_bytes)?)
            }
            DataType::DtInt16 | DataType::DtQint16 => {
                TensorData::I32(
                    want.elements(content, &proto.int_val, |b| i16::from_le_bytes(b).into())?,
                )
            }
            DataType::DtUint16 | DataType::DtQuint16 => {
                TensorData::I32(
                    want.elements(content, &proto.int_val, |b| u16::from_le_bytes(b).into())?,
                )
            }
            DataType::DtInt8 | DataType::DtQint8 => {
                TensorData::I32(
                    want.elements(content, &proto.int_val, |b| i8::from_le_bytes(b).into())?,
                )
            }
            DataType::DtUint8 | DataType::DtQuint8 => {
                // PyTorch puts bytes in the list of u32, everyone else in that of i32.
                let list: Vec<i32> = if proto.int_val.is_empty() {
                    proto.uint32_val.iter().map(|&v| v as i32).collect()
                } else {
                    proto.int_val.clone()
                };
                TensorData::I32(want.elements(content, &list, |b| u8::from_le_bytes(b).into())?)
            }
            DataType::DtInt64 => {
                TensorData::I64(want.elements(content, &proto.int64_val, i64::from_le_bytes)?)
            }
            DataType::DtUint32 => {
                TensorData::U32(want.elements(content, &proto.uint32_val, u32::from_le_bytes)?)
            }
            DataType::DtUint64 => {
                TensorData::U64(want.elements(content, &proto.uint64_val, u64::from_le_bytes)?)
            }
            DataType::DtBool => {
                TensorData::Bool(want.elements(content, &proto.bool_val, |[b]: [u8; 1]| b != 0)?)
            }
            DataType::DtString => {
                TensorData::Strings(want.elements(&[], &proto.string_val, |_: [u8; 1]| vec![])?)
            }
            _ => return Err(EventsError::TensorType { dtype: proto.dtype }),
        };
        Ok(Self { shape, data })
    }

    /// The only element as a number, when there is exactly one and it is one.
    pub fn as_scalar(&self) -> Option<f64> {
        match &self.data {
            TensorData::F32(v) => only(v).map(f64::from),
            TensorData::F64(v) => only(v),
            TensorData::I32(v) => only(v).map(f64::from),
            TensorData::I64(v) => only(v).map(|v| v as f64),
            TensorData::U32(v) => only(v).map(f64::from),
            TensorData::U64(v) => only(v).map(|v| v as f64),
            TensorData::Bool(v) => only(v).map(|v| f64::from(u8::from(v))),
            TensorData::Strings(_) => None,
        }
    }

    /// All elements as f64; `None` for strings.
    pub fn to_f64(&self) -> Option<Vec<f64>> {
        Some(match &self.data {
            TensorData::F32(v) => v.iter().copied().map(f64::from).collect(),
            TensorData::F64(v) => v.clone(),
            TensorData::I32(v) => v.iter().copied().map(f64::from).collect(),
            TensorData::I64(v) => v.iter().map(|&v| v as f64).collect(),
            TensorData::U32(v) => v.iter().copied().map(f64::from).collect(),
            TensorData::U64(v) => v.iter().map(|&v| v as f64).collect(),
            TensorData::Bool(v) => v.iter().map(|&v| f64::from(u8::from(v))).collect(),
            TensorData::Strings(_) => return None,
        })
    }
}

fn only<T: Copy>(values: &[T]) -> Option<T> {
    match values {
        [value] => Some(*value),
        _ => None,
    }
}

/// What a tensor's elements have to fit.
struct Want<'a> {
    dtype: &'static str,
    shape: &'a [u64],
    expected: u64,
}

impl Want<'_> {
    fn mismatch(&self, got: usize) -> EventsError {
        EventsError::TensorSize {
            dtype: self.dtype,
            shape: self.shape.to_vec(),
            expected: self.expected,
            got: got as u64,
        }
    }

    fn elements<T: Clone, const N: usize>(
        &self,
        content: &[u8],
        list: &[T],
        from_bytes: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, EventsError> {
        let (chunks, rest) = content.as_chunks::<N>();
        if !content.is_empty() {
            if chunks.len() as u64 != self.expected || !rest.is_empty() {
                return Err(self.mismatch(chunks.len()));
            }
            return Ok(chunks.iter().map(|&chunk| from_bytes(chunk)).collect());
        }
        let got = list.len();
        let mut elements = list.to_vec();
        match elements.last().cloned() {
            Some(repeated) if (got as u64) < self.expected && self.expected <= MAX_REPEATED => {
                elements.resize(self.expected as usize, repeated);
            }
            _ if got as u64 == self.expected => {}
            _ => return Err(self.mismatch(got)),
        }
        Ok(elements)
    }

    /// 16-bit floats: two bytes each in the content, one i32 each in the list. PyTorch puts
    /// the bits of an f32 there instead of the 16 bits; such a value does not fit 16 bits
    /// (but for zero, which is the same), and is read as what it is.
    fn halves(
        &self,
        content: &[u8],
        list: &[i32],
        widen: fn(u16) -> f32,
    ) -> Result<Vec<f32>, EventsError> {
        let list: Vec<f32> = list
            .iter()
            .map(|&bits| u16::try_from(bits).map_or_else(|_| f32::from_bits(bits as u32), widen))
            .collect();
        self.elements(content, &list, |bytes| widen(u16::from_le_bytes(bytes)))
    }
}

fn f32_from_bf16(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// IEEE 754 binary16 to binary32, exact for every input.
fn f32_from_f16(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f32::from(bits & 0x3ff);
    match exponent {
        0 => sign * fraction * 2_f32.powi(-24),
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        _ => sign * (1024.0 + fraction) * 2_f32.powi(exponent - 25),
    }
}

#[cfg(test)]
mod tests;
