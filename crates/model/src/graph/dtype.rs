use std::fmt;

/// Type of a tensor's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DType {
    /// Truth value, one byte.
    Bool,
    /// Unsigned, 2 bits, packed.
    U2,
    /// Unsigned, 4 bits, packed.
    U4,
    /// Unsigned, 8 bits.
    U8,
    /// Unsigned, 16 bits.
    U16,
    /// Unsigned, 32 bits.
    U32,
    /// Unsigned, 64 bits.
    U64,
    /// Signed, 2 bits, packed.
    I2,
    /// Signed, 4 bits, packed.
    I4,
    /// Signed, 8 bits.
    I8,
    /// Signed, 16 bits.
    I16,
    /// Signed, 32 bits.
    I32,
    /// Signed, 64 bits.
    I64,
    /// Float, 4 bits (E2M1), packed.
    F4E2M1,
    /// Float, 8 bits, finite only.
    F8E4M3FN,
    /// Float, 8 bits, finite only, one zero.
    F8E4M3FNUZ,
    /// Float, 8 bits.
    F8E5M2,
    /// Float, 8 bits, finite only, one zero.
    F8E5M2FNUZ,
    /// Power of two, 8 bits.
    F8E8M0,
    /// IEEE half precision.
    F16,
    /// The upper half of a single-precision float.
    BF16,
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
    /// Two half-precision floats.
    Complex32,
    /// Two single-precision floats.
    Complex64,
    /// Two double-precision floats.
    Complex128,
    /// Text of any length.
    Text,
}

/// Every type with its name in PyTorch (where it has one) and its size in bits (texts have none).
const TABLE: [(DType, &str, u32); 27] = [
    (DType::Bool, "bool", 8),
    (DType::U2, "uint2", 2),
    (DType::U4, "uint4", 4),
    (DType::U8, "uint8", 8),
    (DType::U16, "uint16", 16),
    (DType::U32, "uint32", 32),
    (DType::U64, "uint64", 64),
    (DType::I2, "int2", 2),
    (DType::I4, "int4", 4),
    (DType::I8, "int8", 8),
    (DType::I16, "int16", 16),
    (DType::I32, "int32", 32),
    (DType::I64, "int64", 64),
    (DType::F4E2M1, "float4_e2m1fn", 4),
    (DType::F8E4M3FN, "float8_e4m3fn", 8),
    (DType::F8E4M3FNUZ, "float8_e4m3fnuz", 8),
    (DType::F8E5M2, "float8_e5m2", 8),
    (DType::F8E5M2FNUZ, "float8_e5m2fnuz", 8),
    (DType::F8E8M0, "float8_e8m0fnu", 8),
    (DType::F16, "float16", 16),
    (DType::BF16, "bfloat16", 16),
    (DType::F32, "float32", 32),
    (DType::F64, "float64", 64),
    (DType::Complex32, "complex32", 32),
    (DType::Complex64, "complex64", 64),
    (DType::Complex128, "complex128", 128),
    (DType::Text, "string", 0),
];

impl DType {
    /// Name as PyTorch says it, without `torch.`.
    pub fn name(self) -> &'static str {
        TABLE
            .iter()
            .find(|(dtype, ..)| *dtype == self)
            .map_or("unknown", |(_, name, _)| name)
    }

    /// The type with this name; PyTorch's second names (`float`, `half`, `long`, …) are known too.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = match name {
            "half" => "float16",
            "float" => "float32",
            "double" => "float64",
            "short" => "int16",
            "int" => "int32",
            "long" => "int64",
            "chalf" => "complex32",
            "cfloat" => "complex64",
            "cdouble" => "complex128",
            other => other,
        };
        TABLE
            .iter()
            .find(|(_, own, _)| *own == name)
            .map(|(dtype, ..)| *dtype)
    }

    /// Size of an element in bits; a text has none.
    pub fn bits(self) -> Option<u32> {
        TABLE
            .iter()
            .find(|(dtype, ..)| *dtype == self)
            .map(|(.., bits)| *bits)
            .filter(|bits| *bits > 0)
    }

    /// Bytes of so many elements, those of less than a byte packed; `None` for texts and where the
    /// number leaves 64 bits.
    pub fn size_bytes(self, elements: u64) -> Option<u64> {
        let bits = u128::from(self.bits()?) * u128::from(elements);
        u64::try_from(bits.div_ceil(8)).ok()
    }

    /// Whether its values are floats or complex numbers, which is what training can change.
    pub fn is_float(self) -> bool {
        self >= Self::F4E2M1 && self <= Self::Complex128
    }
}

impl fmt::Display for DType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
