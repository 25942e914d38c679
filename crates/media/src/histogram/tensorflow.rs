//! TensorFlow's fixed bins: 1,549 edges at 0 and at plus and minus 1e-12 times powers of 1.1 below 1e20.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::{Binned, parallel, single};
use crate::element::Element;

const SMALLEST: f64 = 1e-12;
const LARGEST: f64 = 1e20;
const GROWTH: f64 = 1.1;

/// Mantissa bits that, with the exponent, choose a cell of the table. A cell is at most 1/32 wide relative to its
/// start, which is less than the distance of two edges (1/10): one comparison finds the bin.
const CELL_BITS: u32 = 5;
const CELL_SHIFT: u32 = f64::MANTISSA_DIGITS - 1 - CELL_BITS;

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

struct Table {
    /// All edges, increasing.
    edges: Vec<f64>,
    /// The positive edges, increasing, then infinity.
    positive: Vec<f64>,
    /// Numbers of the cells before the smallest and behind the largest positive edge.
    first_cell: u64,
    last_cell: u64,
    /// For each of these cells and those in between: how many positive edges are below it. No edge is the start of a
    /// cell.
    edges_below: Vec<u16>,
}

impl Table {
    fn new() -> Self {
        let powers = std::iter::successors(Some(SMALLEST), |edge| Some(edge * GROWTH));
        let mut positive: Vec<f64> = powers.take_while(|&edge| edge < LARGEST).collect();
        let negative = positive.iter().rev().map(|edge| -edge);
        let edges: Vec<f64> = negative
            .chain([0.0])
            .chain(positive.iter().copied())
            .collect();
        let first_cell = cell(SMALLEST) - 1;
        let last_cell = cell(LARGEST) + 1;
        let below = |cell: u64| {
            positive.partition_point(|&edge| edge < f64::from_bits(cell << CELL_SHIFT)) as u16
        };
        let edges_below = (first_cell..=last_cell).map(below).collect();
        positive.push(f64::INFINITY);
        Self {
            edges,
            positive,
            first_cell,
            last_cell,
            edges_below,
        }
    }
}

fn cell(magnitude: f64) -> u64 {
    magnitude.to_bits() >> CELL_SHIFT
}

/// Counts the values; those beyond the outermost edges and NaN are in no bin.
pub(super) fn count<T: Element>(values: &[T]) -> Binned<'static> {
    Binned {
        edges: Cow::Borrowed(&TABLE.edges),
        counts: count_parts(values, parallel::threads(values.len())),
    }
}

/// Counts parts of many values at the same time.
fn count_parts<T: Element>(values: &[T], threads: usize) -> Vec<u64> {
    if threads < 2 {
        return if T::EXACT_IN_F32 {
            single::count(values, TABLE.edges.len() - 1)
        } else {
            count_doubles(values)
        };
    }
    let (left, right) = values.split_at(values.len() / 2);
    let (mut counts, right) = parallel::join(
        || count_parts(left, threads / 2),
        || count_parts(right, threads - threads / 2),
    );
    for (sum, count) in counts.iter_mut().zip(right) {
        *sum += count;
    }
    counts
}

/// The bin of one value by the definition: the last edge that is not above it.
pub(super) fn bin_of(value: f64) -> Option<usize> {
    let edges = &TABLE.edges;
    let bins = edges.len() - 1;
    let below = edges.partition_point(|&edge| edge <= value);
    match (below.checked_sub(1)?, edges.last()) {
        // The outermost bin is closed on both sides.
        (_, Some(&last)) if value == last => Some(bins - 1),
        (bin, _) => (bin < bins).then_some(bin),
    }
}

fn count_doubles<T: Element>(values: &[T]) -> Vec<u64> {
    let Table {
        edges,
        positive,
        first_cell,
        last_cell,
        edges_below,
    } = &*TABLE;
    let (edges_below, positive) = (edges_below.as_slice(), positive.as_slice());
    let (first_cell, last_cell) = (*first_cell, *last_cell);
    let bins = edges.len() - 1;
    let outermost = edges.last().copied().unwrap_or(LARGEST);
    // One more than bins: values in no bin are counted there. The loop has no branch that depends on the values.
    let mut counts = vec![0_u64; bins + 1];
    for value in values {
        let value = value.to_f64();
        let magnitude = value.abs();
        let negative = value < 0.0;
        let cell = cell(magnitude).max(first_cell).min(last_cell) - first_cell;
        let below = edges_below
            .get(cell as usize)
            .copied()
            .map_or(0, usize::from);
        let next = positive.get(below).copied().unwrap_or(f64::INFINITY);
        // Bins are closed to the left: seen from zero, on the near side for positive values and on the far one for
        // negative values.
        let beyond = if negative {
            next < magnitude
        } else {
            next <= magnitude
        };
        let below = below + usize::from(beyond);
        // `!below` is -1 - below: the bins of negative values lie mirrored before the middle.
        let mirror = if negative { usize::MAX } else { 0 };
        let bin = (bins / 2).wrapping_add(below ^ mirror);
        // The outermost bin is closed on both sides. The comparison is false for NaN too.
        let bin = if magnitude <= outermost {
            bin.min(bins - 1)
        } else {
            bins
        };
        if let Some(count) = counts.get_mut(bin) {
            *count += 1;
        }
    }
    counts.truncate(bins);
    counts
}
