//! TensorFlow's bins for values that 32-bit floats hold exactly.
//!
//! The upper 16 bits of a value choose an entry of a table, the lower ones are compared with the only edge that can be
//! in between: such cells are at most 1/128 wide relative to their start, edges at least 1/11 apart.

use std::sync::LazyLock;

use super::tensorflow;
use crate::element::Element;

const CELLS: usize = 1 << 16;
/// Bits of an entry that hold the slot below the edge; those above hold the edge.
const SLOT_BITS: u32 = 11;
const SLOTS: usize = 1 << SLOT_BITS;
/// An edge behind the last value of a cell.
const NO_EDGE: u32 = 1 << 16;
/// Slot 0 is for what lies in no bin, slot 1 for the first bin.
const NO_BIN: u32 = 0;
/// Counts that are added to by turns, so that equal values one after the other do not wait for each other.
const TURNS: usize = 4;
/// Values that 32-bit counts can hold.
const CHUNK: usize = 1 << 30;

static TABLE: LazyLock<Box<[u32; CELLS]>> = LazyLock::new(|| {
    let entries: Vec<u32> = (0..CELLS as u32).map(entry).collect();
    entries
        .into_boxed_slice()
        .try_into()
        .unwrap_or_else(|_| Box::new([0; CELLS]))
});

/// What a cell holds: the slot of its values below the edge, and the lower bits of the first value beyond. Beyond, the
/// slot is the next one away from zero.
fn entry(cell: u32) -> u32 {
    let slot = |low: u32| {
        let value = f32::from_bits(cell << 16 | low);
        tensorflow::bin_of(value.into()).map_or(NO_BIN, |bin| bin as u32 + 1)
    };
    let below = slot(0);
    if slot(NO_EDGE - 1) == below {
        return NO_EDGE << SLOT_BITS | below;
    }
    let (mut known, mut beyond) = (0, NO_EDGE);
    while beyond - known > 1 {
        let middle = u32::midpoint(known, beyond);
        if slot(middle) == below {
            known = middle;
        } else {
            beyond = middle;
        }
    }
    beyond << SLOT_BITS | below
}

/// How many values lie in each bin.
pub(super) fn count<T: Element>(values: &[T], bins: usize) -> Vec<u64> {
    let mut totals = vec![0; bins];
    for chunk in values.chunks(CHUNK) {
        let counts = count_chunk(chunk);
        for (bin, total) in totals.iter_mut().enumerate() {
            let slot = bin + 1;
            *total += counts
                .iter()
                .filter_map(|counts| counts.get(slot))
                .map(|&count| u64::from(count))
                .sum::<u64>();
        }
    }
    totals
}

// 32 KiB, on the stack of whoever counts.
#[allow(clippy::large_stack_arrays)]
fn count_chunk<T: Element>(values: &[T]) -> [[u32; SLOTS]; TURNS] {
    let table: &[u32; CELLS] = &TABLE;
    let mut counts = [[0; SLOTS]; TURNS];
    let (chunks, rest) = values.as_chunks::<TURNS>();
    for chunk in chunks {
        for (counts, value) in counts.iter_mut().zip(chunk) {
            counts[slot(table, value.to_f32())] += 1;
        }
    }
    for value in rest {
        counts[0][slot(table, value.to_f32())] += 1;
    }
    counts
}

/// The slot of a value; there is no branch in it, and no index out of bounds.
#[inline]
fn slot(table: &[u32; CELLS], value: f32) -> usize {
    let bits = value.to_bits();
    let entry = table[usize::from((bits >> 16) as u16)];
    let beyond = (bits & 0xffff) >= entry >> SLOT_BITS;
    // 1 for positive values, -1 for negative ones.
    let outward = (bits.cast_signed() >> 31) | 1;
    let slot = entry.wrapping_add_signed(if beyond { outward } else { 0 });
    slot as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_agrees_with_the_edges() {
        for cell in 0..CELLS as u32 {
            let edge = TABLE[cell as usize] >> SLOT_BITS;
            let lows = [
                0,
                1,
                0x7fff,
                0xfffe,
                0xffff,
                edge.saturating_sub(1),
                edge,
                edge + 1,
            ];
            for low in lows.into_iter().filter(|&low| low < NO_EDGE) {
                let value = f32::from_bits(cell << 16 | low);
                let expected = tensorflow::bin_of(value.into()).map_or(0, |bin| bin + 1);
                let got = slot(&TABLE, value);
                // Behind the last bin there is none either.
                let got = if got == 1549 { 0 } else { got };
                assert_eq!(got, expected, "{value:e}");
            }
        }
    }
}
