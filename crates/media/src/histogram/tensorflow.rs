//! TensorFlow's fixed bins: 1,549 edges at 0 and at plus and minus 1e-12 times powers of 1.1 below 1e20.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::Binned;

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
    /// Number of the cell of the smallest positive edge.
    first_cell: u64,
    /// For each cell: how many positive edges are less than or equal to its smallest value.
    edges_up_to: Vec<u16>,
}

impl Table {
    fn new() -> Self {
        let mut positive: Vec<f64> =
            std::iter::successors(Some(SMALLEST), |edge| Some(edge * GROWTH))
                .take_while(|&edge| edge < LARGEST)
                .collect();
        let negative = positive.iter().rev().map(|edge| -edge);
        let edges: Vec<f64> = negative
            .chain([0.0])
            .chain(positive.iter().copied())
            .collect();
        let first_cell = cell(SMALLEST);
        let last_cell = cell(positive.last().copied().unwrap_or(LARGEST));
        let edges_up_to = (first_cell..=last_cell)
            .map(|cell| {
                let start = f64::from_bits(cell << CELL_SHIFT);
                positive.partition_point(|&edge| edge <= start) as u16
            })
            .collect();
        positive.push(f64::INFINITY);
        Self {
            edges,
            positive,
            first_cell,
            edges_up_to,
        }
    }

    /// How many positive edges are less than or equal to a magnitude that is not NaN.
    fn edges_up_to(&self, magnitude: f64) -> usize {
        let number = cell(magnitude);
        let Some(index) = number.checked_sub(self.first_cell) else {
            return 0;
        };
        let Some(&count) = self.edges_up_to.get(index as usize) else {
            return self.positive.len() - 1;
        };
        let count = usize::from(count);
        match self.positive.get(count) {
            Some(&next) if next <= magnitude => count + 1,
            _ => count,
        }
    }
}

fn cell(magnitude: f64) -> u64 {
    magnitude.to_bits() >> CELL_SHIFT
}

/// Counts the values; those beyond the outermost edges and NaN are in no bin.
pub(super) fn count(values: &[f64]) -> Binned<'static> {
    let table = &*TABLE;
    let bins = table.edges.len() - 1;
    let positives = table.positive.len() - 1;
    let outermost = table.edges.last().copied().unwrap_or(LARGEST);
    let mut counts = vec![0_u64; bins];
    for &value in values {
        let magnitude = value.abs();
        // False for NaN too.
        if magnitude <= outermost {
            let below = table.edges_up_to(magnitude);
            let bin = if value >= 0.0 {
                // Bins are closed to the left; the last one also to the right.
                (positives + below).min(bins - 1)
            } else {
                // Mirrored, bins are closed to the right: an edge belongs to the bin farther from zero.
                let on_edge = below > 0 && table.positive.get(below - 1) == Some(&magnitude);
                positives - 1 - (below - usize::from(on_edge))
            };
            if let Some(count) = counts.get_mut(bin) {
                *count += 1;
            }
        }
    }
    Binned {
        edges: Cow::Borrowed(&table.edges),
        counts,
    }
}
