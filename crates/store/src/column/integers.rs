//! Lossless coding of one chunk's steps or wall times.
//!
//! Steps mostly grow by the same amount and wall times by nearly the same, so what is stored is how far
//! each difference lies from a typical difference, in as few bits as pay; rare large ones (a pause for
//! validation, a restart) are listed apart so that they do not widen all the others.
//! All arithmetic wraps, so every sequence of 64-bit integers comes back exactly.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | the first integer |
//! | 8 | the typical difference |
//! | 1 | width of a field in bits |
//! | 2 | number of exceptions |
//! | 10 each | exceptions: index of the difference (2), its zigzag residual (8) |
//! | rest | zigzag residuals of the differences, bit-packed; 0 where an exception stands |

use super::{
    CHUNK_POINTS,
    bits::{self, Fields},
};

const HEADER_BYTES: usize = 19;
const EXCEPTION_BYTES: usize = 10;

/// Appends `values` (at most [`CHUNK_POINTS`], at least one).
pub(super) fn encode(values: &[i64], out: &mut Vec<u8>) {
    let first = values.first().copied().unwrap_or_default();
    let mut residuals = [0_u64; CHUNK_POINTS];
    let count = values.len().saturating_sub(1).min(CHUNK_POINTS);
    let typical = typical_difference(values);
    let mut widest = 0;
    for (residual, pair) in residuals.iter_mut().zip(values.windows(2)) {
        *residual = zigzag(pair[1].wrapping_sub(pair[0]).wrapping_sub(typical));
        widest |= *residual;
    }
    let residuals = &mut residuals[..count];
    let width = if widest == 0 {
        0
    } else {
        best_width(residuals)
    };
    out.extend_from_slice(&first.to_le_bytes());
    out.extend_from_slice(&typical.to_le_bytes());
    out.push(width as u8);
    let count_at = out.len();
    out.extend_from_slice(&[0; 2]);
    let mut exceptions = 0_u16;
    if width < 64 && widest >> width != 0 {
        for (index, residual) in residuals.iter_mut().enumerate() {
            if *residual >> width != 0 {
                out.extend_from_slice(&(index as u16).to_le_bytes());
                out.extend_from_slice(&residual.to_le_bytes());
                *residual = 0;
                exceptions += 1;
            }
        }
    }
    out[count_at..count_at + 2].copy_from_slice(&exceptions.to_le_bytes());
    bits::pack(residuals.iter().copied(), width, out);
}

/// What [`encode`] wrote, ready to be read.
#[derive(Clone, Copy)]
pub(super) struct Integers<'a> {
    first: i64,
    typical: i64,
    exceptions: &'a [u8],
    fields: Fields<'a>,
    regular: bool,
}

impl<'a> Integers<'a> {
    /// `bytes`: at least what [`encode`] appended; more may follow.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let word = |at: usize| {
            let eight = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>);
            i64::from_le_bytes(eight.copied().unwrap_or_default())
        };
        let width = u32::from(bytes.get(16).copied().unwrap_or_default());
        let count = bytes.get(17..).and_then(<[u8]>::first_chunk::<2>);
        let exceptions = usize::from(u16::from_le_bytes(count.copied().unwrap_or_default()));
        let fields_at = HEADER_BYTES + exceptions * EXCEPTION_BYTES;
        Self {
            first: word(0),
            typical: word(8),
            exceptions: bytes.get(HEADER_BYTES..fields_at).unwrap_or_default(),
            fields: Fields::new(bytes.get(fields_at..).unwrap_or_default(), width),
            regular: width == 0 && exceptions == 0,
        }
    }

    /// Writes the first `out.len()` integers.
    pub(super) fn decode(&self, out: &mut [i64]) {
        if self.regular {
            let mut value = self.first;
            for slot in out {
                *slot = value;
                value = value.wrapping_add(self.typical);
            }
            return;
        }
        let Some((first, rest)) = out.split_first_mut() else {
            return;
        };
        *first = self.first;
        if self.exceptions.is_empty() {
            let mut value = self.first;
            self.fields.each(rest.len(), |index, residual| {
                value = value
                    .wrapping_add(unzigzag(residual))
                    .wrapping_add(self.typical);
                rest[index] = value;
            });
            return;
        }
        self.fields.each(rest.len(), |index, residual| {
            rest[index] = unzigzag(residual);
        });
        for exception in self.exceptions.chunks_exact(EXCEPTION_BYTES) {
            let (index, residual) = exception.split_at(2);
            let index = usize::from(u16::from_le_bytes([index[0], index[1]]));
            if let (Some(slot), Some(residual)) = (rest.get_mut(index), residual.first_chunk::<8>())
            {
                *slot = unzigzag(u64::from_le_bytes(*residual));
            }
        }
        let mut value = self.first;
        for slot in rest {
            value = value.wrapping_add(*slot).wrapping_add(self.typical);
            *slot = value;
        }
    }
}

/// The median of a few differences spread over the chunk.
fn typical_difference(values: &[i64]) -> i64 {
    const SAMPLES: usize = 9;
    let differences = values.len().saturating_sub(1);
    let mut samples = [0_i64; SAMPLES];
    let count = differences.min(SAMPLES);
    for (nth, sample) in samples.iter_mut().take(count).enumerate() {
        let at = nth * differences / count;
        *sample = values[at + 1].wrapping_sub(values[at]);
    }
    let samples = &mut samples[..count];
    samples.sort_unstable();
    samples.get(count / 2).copied().unwrap_or_default()
}

/// The field width that makes fields and exceptions together smallest.
fn best_width(residuals: &[u64]) -> u32 {
    let mut of_length = [0_usize; 65];
    for residual in residuals {
        of_length[64 - residual.leading_zeros() as usize] += 1;
    }
    let mut best = (usize::MAX, 64);
    let mut longer = 0;
    for bits in (0..=64_u32).rev() {
        let width = bits::stored_width(bits);
        let cost = bits::packed_len(residuals.len(), width) + longer * EXCEPTION_BYTES;
        if cost < best.0 {
            best = (cost, width);
        }
        longer += of_length[bits as usize];
    }
    best.1
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}
