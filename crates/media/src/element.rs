//! What may be handed over as a tensor.

use half::{bf16, f16};
use ndarray::{ArrayBase, ArrayView1, ArrayViewD, Data, Dimension};

/// How the values of an element type are to be read as brightness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElementKind {
    /// 8-bit brightness, 0 to 255, taken as it is.
    Byte,
    /// Anything else: 0 is black and 1 is full brightness. Integers wider than 8 bits and booleans are read so
    /// too, as the reference does: a 32-bit picture with values 0 to 255 saturates.
    Unit,
}

/// A number that a tensor can hold.
pub trait Element: Copy + Send + Sync + 'static {
    /// How pictures read it.
    const KIND: ElementKind;
    /// Whether [`Self::to_f32`] never rounds.
    const EXACT_IN_F32: bool;
    /// The value as 32-bit float, rounded to nearest.
    fn to_f32(self) -> f32;
    /// The value as 64-bit float, rounded to nearest.
    fn to_f64(self) -> f64;
}

macro_rules! element_by_cast {
    ($($type:ty => $kind:ident, $exact:literal;)*) => {$(
        impl Element for $type {
            const KIND: ElementKind = ElementKind::$kind;
            const EXACT_IN_F32: bool = $exact;
            #[allow(clippy::cast_lossless)]
            fn to_f32(self) -> f32 {
                self as f32
            }
            #[allow(clippy::cast_lossless)]
            fn to_f64(self) -> f64 {
                self as f64
            }
        }
    )*};
}

element_by_cast! {
    u8 => Byte, true;
    u16 => Unit, true;
    u32 => Unit, false;
    u64 => Unit, false;
    usize => Unit, false;
    i8 => Unit, true;
    i16 => Unit, true;
    i32 => Unit, false;
    i64 => Unit, false;
    isize => Unit, false;
    f32 => Unit, true;
    f64 => Unit, false;
}

macro_rules! element_by_method {
    ($($type:ty),*) => {$(
        impl Element for $type {
            const KIND: ElementKind = ElementKind::Unit;
            const EXACT_IN_F32: bool = true;
            fn to_f32(self) -> f32 {
                <$type>::to_f32(self)
            }
            fn to_f64(self) -> f64 {
                <$type>::to_f64(self)
            }
        }
    )*};
}

element_by_method!(f16, bf16);

impl Element for bool {
    const KIND: ElementKind = ElementKind::Unit;
    const EXACT_IN_F32: bool = true;
    fn to_f32(self) -> f32 {
        f32::from(u8::from(self))
    }
    fn to_f64(self) -> f64 {
        f64::from(u8::from(self))
    }
}

/// Anything that can be looked at as a tensor without copying: `ndarray` arrays and views of any rank, slices,
/// vectors and fixed-size arrays (these as rank 1).
pub trait AsTensor {
    /// Type of one value.
    type Elem: Copy + 'static;
    /// The values with their shape.
    fn as_tensor(&self) -> ArrayViewD<'_, Self::Elem>;
}

impl<S, D> AsTensor for ArrayBase<S, D>
where
    S: Data,
    S::Elem: Copy + 'static,
    D: Dimension,
{
    type Elem = S::Elem;
    fn as_tensor(&self) -> ArrayViewD<'_, S::Elem> {
        self.view().into_dyn()
    }
}

impl<T: Copy + 'static> AsTensor for [T] {
    type Elem = T;
    fn as_tensor(&self) -> ArrayViewD<'_, T> {
        ArrayView1::from(self).into_dyn()
    }
}

impl<T: Copy + 'static> AsTensor for Vec<T> {
    type Elem = T;
    fn as_tensor(&self) -> ArrayViewD<'_, T> {
        self.as_slice().as_tensor()
    }
}

impl<T: Copy + 'static, const N: usize> AsTensor for [T; N] {
    type Elem = T;
    fn as_tensor(&self) -> ArrayViewD<'_, T> {
        self.as_slice().as_tensor()
    }
}
