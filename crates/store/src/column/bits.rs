//! Fields of equal width in a little-endian stream of bits.
//!
//! Field `i` of width `w` takes the bits `i*w .. (i+1)*w`; bit 0 is the lowest bit of the first byte.
//! Seven zero bytes follow the stream, so that one 8-byte read gets any field of up to
//! [`WIDEST_FIELD`] bits; wider fields are stored with 64 bits and start at a whole byte.

/// The widest field that fits in one 8-byte read wherever in a byte it starts.
const WIDEST_FIELD: u32 = 57;

/// Bytes after the stream that reads may touch.
const PADDING: usize = 7;

/// The width in which fields of `bits` significant bits are stored.
pub(super) fn stored_width(bits: u32) -> u32 {
    if bits > WIDEST_FIELD { 64 } else { bits }
}

/// Appends `fields` with `width` bits each (a [`stored_width`]), then the padding; nothing at all for width 0.
pub(super) fn pack(fields: impl Iterator<Item = u64>, width: u32, out: &mut Vec<u8>) {
    if width == 0 {
        return;
    }
    let mut pending = 0_u128;
    let mut pending_bits = 0;
    for field in fields {
        pending |= u128::from(field) << pending_bits;
        pending_bits += width;
        if pending_bits >= 64 {
            out.extend_from_slice(&(pending as u64).to_le_bytes());
            pending >>= 64;
            pending_bits -= 64;
        }
    }
    let last_bytes = pending_bits.div_ceil(8) as usize;
    out.extend_from_slice(&(pending as u64).to_le_bytes()[..last_bytes]);
    out.extend_from_slice(&[0; PADDING]);
}

/// Bytes that [`pack`] appends.
pub(super) fn packed_len(count: usize, width: u32) -> usize {
    match width {
        0 => 0,
        width => (count * width as usize).div_ceil(8) + PADDING,
    }
}

/// Reads fields back.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    width: usize,
    mask: u64,
}

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8], width: u32) -> Self {
        let mask = u64::MAX.checked_shr(64 - width).unwrap_or(0);
        Self {
            bytes,
            width: width as usize,
            mask,
        }
    }

    /// Whether fields have no bits: all are 0.
    pub(super) fn is_empty(&self) -> bool {
        self.width == 0
    }

    /// Calls `take` for the first `count` fields in order; beyond the end they are 0.
    #[inline]
    pub(super) fn each(&self, count: usize, mut take: impl FnMut(usize, u64)) {
        let mut bit = 0;
        for index in 0..count {
            let at = bit / 8;
            let field = match self.bytes.get(at..at + 8).map(<[u8; 8]>::try_from) {
                Some(Ok(word)) => (u64::from_le_bytes(word) >> (bit % 8)) & self.mask,
                _ => 0,
            };
            take(index, field);
            bit += self.width;
        }
    }
}
