//! Lossless coding of one chunk's values.
//!
//! Values that are all exactly single precision (nearly always: event files hold `float`) take 32 bits or
//! fewer: each is combined with the first one by exclusive or, and only the bits in which any of them differ are stored.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | 4 for single precision, 8 for double |
//! | 8 | bits of the first value (single: in the low 32) |
//! | 1 | how far fields are shifted left |
//! | 1 | width of a field in bits |
//! | rest | XOR of each value (the first too) with the first, shifted right, bit-packed |

use super::bits::{self, Fields};

const HEADER_BYTES: usize = 11;
const SINGLE: u8 = 4;
const DOUBLE: u8 = 8;

/// Appends `values` (at least one).
pub(super) fn encode(values: &[f64], out: &mut Vec<u8>) {
    let singles = values.iter().all(|value| single_bits(*value).is_some());
    let bits_of = |value: &f64| {
        if singles {
            u64::from(single_bits(*value).unwrap_or_default())
        } else {
            value.to_bits()
        }
    };
    let first = values.first().map(bits_of).unwrap_or_default();
    let differing = values
        .iter()
        .fold(0, |all, value| all | (bits_of(value) ^ first));
    let (shift, width) = if differing == 0 {
        (0, 0)
    } else {
        let shift = differing.trailing_zeros();
        match bits::stored_width(64 - differing.leading_zeros() - shift) {
            64 => (0, 64),
            width => (shift, width),
        }
    };
    out.push(if singles { SINGLE } else { DOUBLE });
    out.extend_from_slice(&first.to_le_bytes());
    out.push(shift as u8);
    out.push(width as u8);
    let fields = values.iter().map(|value| (bits_of(value) ^ first) >> shift);
    bits::pack(fields, width, out);
}

/// What [`encode`] wrote, ready to be read.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    single: bool,
    first: u64,
    shift: u32,
    fields: Fields<'a>,
}

impl<'a> Values<'a> {
    /// `bytes`: what [`encode`] appended.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let first = bytes.get(1..).and_then(<[u8]>::first_chunk::<8>);
        let width = u32::from(bytes.get(10).copied().unwrap_or_default());
        Self {
            single: bytes.first() == Some(&SINGLE),
            first: u64::from_le_bytes(first.copied().unwrap_or_default()),
            shift: u32::from(bytes.get(9).copied().unwrap_or_default()),
            fields: Fields::new(bytes.get(HEADER_BYTES..).unwrap_or_default(), width),
        }
    }

    /// Writes the first `out.len()` values.
    pub(super) fn decode(&self, out: &mut [f64]) {
        let Self {
            first,
            shift,
            fields,
            single,
        } = *self;
        if fields.is_empty() {
            out.fill(value_of(first, single));
        } else if single {
            fields.each(out.len(), |index, field| {
                out[index] = from_single_bits((first ^ (field << shift)) as u32);
            });
        } else {
            fields.each(out.len(), |index, field| {
                out[index] = f64::from_bits(first ^ (field << shift));
            });
        }
    }
}

fn value_of(bits: u64, single: bool) -> f64 {
    if single {
        from_single_bits(bits as u32)
    } else {
        f64::from_bits(bits)
    }
}

const F64_NAN_DROPPED: u64 = (1 << 29) - 1;

/// The bits of the single that is exactly `value`, when there is one.
///
/// NaNs are narrowed bit by bit, because the conversion by hardware changes signalling ones.
fn single_bits(value: f64) -> Option<u32> {
    if value.is_nan() {
        let bits = value.to_bits();
        let narrow =
            (bits >> 32) as u32 & 0x8000_0000 | 0x7f80_0000 | (bits >> 29) as u32 & 0x007f_ffff;
        let kept = bits & F64_NAN_DROPPED == 0 && narrow & 0x007f_ffff != 0;
        return kept.then_some(narrow);
    }
    let single = value as f32;
    (f64::from(single).to_bits() == value.to_bits()).then_some(single.to_bits())
}

fn from_single_bits(bits: u32) -> f64 {
    let single = f32::from_bits(bits);
    if single.is_nan() {
        let bits = u64::from(bits);
        return f64::from_bits(
            (bits & 0x8000_0000) << 32 | 0x7ff << 52 | (bits & 0x007f_ffff) << 29,
        );
    }
    f64::from(single)
}
