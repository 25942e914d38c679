//! How strongly points pull and push one another, by their squared distance.

use super::curve::Curve;

/// Keeps the push of points that lie upon one another finite.
const PUSH_FLOOR: f32 = 0.001;
/// Squared distances below and above these powers of two are computed, those between are looked up.
const EXPONENTS: std::ops::Range<i32> = -24..24;
/// Entries for each power of two, as bits of the mantissa: the line between them is off by a few millionths.
const MANTISSA_BITS: u32 = 9;
/// Bits of an `f32`'s mantissa between two entries.
const BETWEEN_BITS: u32 = 23 - MANTISSA_BITS;

/// Both forces of a curve: the gradient of the cross entropy along the difference of two points.
pub(super) struct Forces {
    /// Of points that belong together.
    pub(super) pull: Table,
    /// Of points that do not.
    pub(super) push: Table,
}

impl Forces {
    pub(super) fn new(curve: Curve) -> Self {
        Self {
            pull: Table::new(curve, pull),
            push: Table::new(curve, push),
        }
    }
}

fn pull(Curve { a, b }: Curve, square: f32) -> f32 {
    if square > 0.0 {
        let power = square.powf(b);
        -2.0 * a * b * power / (square * (a * power + 1.0))
    } else {
        0.0
    }
}

fn push(Curve { a, b }: Curve, square: f32) -> f32 {
    if square > 0.0 {
        2.0 * b / ((PUSH_FLOOR + square) * (a * square.powf(b) + 1.0))
    } else {
        0.0
    }
}

/// A force at many distances. A power takes ten times as long as a look into this table, and there are a hundred
/// million of them.
pub(super) struct Table {
    curve: Curve,
    force: fn(Curve, f32) -> f32,
    entries: Vec<f32>,
}

impl Table {
    fn new(curve: Curve, force: fn(Curve, f32) -> f32) -> Self {
        let count = (EXPONENTS.len() << MANTISSA_BITS) as u32 + 1;
        let entries = (0..count)
            .map(|index| {
                force(
                    curve,
                    f32::from_bits(first_bits() + (index << BETWEEN_BITS)),
                )
            })
            .collect();
        Self {
            curve,
            force,
            entries,
        }
    }

    /// The force at a squared distance.
    pub(super) fn at(&self, square: f32) -> f32 {
        // The bits of positive floats are in the order of the floats.
        let offset = square.to_bits().wrapping_sub(first_bits());
        let index = (offset >> BETWEEN_BITS) as usize;
        match self.entries.get(index..index + 2) {
            Some(&[low, high]) => {
                let between = offset & ((1 << BETWEEN_BITS) - 1);
                low + (high - low) * (between as f32 / (1 << BETWEEN_BITS) as f32)
            }
            _ => (self.force)(self.curve, square),
        }
    }
}

/// Bits of the smallest distance in the table.
const fn first_bits() -> u32 {
    ((127 + EXPONENTS.start) as u32) << 23
}

#[cfg(test)]
mod tests {
    use super::{Curve, Forces, pull, push};

    #[test]
    fn the_table_is_the_formula() {
        let curve = Curve { a: 1.577, b: 0.895 };
        let forces = Forces::new(curve);
        let mut square = 1e-12_f32;
        while square < 1e12 {
            for (table, formula) in [(&forces.pull, pull as fn(_, _) -> _), (&forces.push, push)] {
                let expected: f32 = formula(curve, square);
                let got = table.at(square);
                assert!(
                    (got - expected).abs() <= 5e-6 * expected.abs(),
                    "{square}: {got} {expected}"
                );
            }
            square *= 1.003;
        }
        assert_eq!((forces.pull.at(0.0), forces.push.at(0.0)), (0.0, 0.0));
    }
}
