//! How much points attract each other: probabilities of neighbours in the data.

use crate::neighbors::Neighbors;
use rayon::prelude::*;

/// Steps of the search for a point's precision, and how exact its entropy has to be: scikit-learn's.
const STEPS: usize = 100;
const TOLERANCE: f64 = 1e-5;
/// Points of one task.
const TASK: usize = 256;

/// Joint probabilities of pairs of neighbours, as a symmetric sparse matrix in rows; all together they are 1.
pub(super) struct Affinities {
    /// Where each row begins, and the end of the last.
    rows: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl Affinities {
    /// Conditional probabilities of such a perplexity (van der Maaten and Hinton 2008, equation 1), of the neighbours
    /// alone, made symmetric: `(p(j|i) + p(i|j)) / 2n`.
    pub(super) fn new(near: &Neighbors, perplexity: f64) -> Self {
        let (count, k) = near.indices.dim();
        let conditional: Vec<Vec<f64>> = (0..count)
            .into_par_iter()
            .map(|row| {
                let distances = near.distances.row(row);
                let squares: Vec<f64> = distances
                    .iter()
                    .map(|distance| f64::from(*distance).powi(2))
                    .collect();
                probabilities(&squares, perplexity.ln())
            })
            .collect();

        let mut rows = vec![k; count];
        for to in &near.indices {
            rows[*to as usize] += 1;
        }
        let mut begin = 0;
        let mut filled: Vec<usize> = rows
            .iter()
            .map(|length| {
                begin += length;
                begin - length
            })
            .collect();
        let mut entries = vec![(0_u32, 0.0_f64); begin];
        for (from, (indices, conditional)) in near
            .indices
            .rows()
            .into_iter()
            .zip(&conditional)
            .enumerate()
        {
            for (to, value) in indices.iter().zip(conditional) {
                for (row, column) in [(from, *to), (*to as usize, from as u32)] {
                    entries[filled[row]] = (column, *value);
                    filled[row] += 1;
                }
            }
        }
        // Where each row ends is now what was filled.
        let mut rest = entries.as_mut_slice();
        let mut slices = Vec::with_capacity(count);
        for length in rows {
            let (row, behind) = rest.split_at_mut(length);
            slices.push(row);
            rest = behind;
        }
        let merged: Vec<Vec<(u32, f64)>> = slices.into_par_iter().map(merged).collect();

        let total: f64 = merged.iter().flatten().map(|(_, value)| value).sum();
        let mut affinities = Self {
            rows: vec![0],
            columns: Vec::new(),
            values: Vec::new(),
        };
        for (column, value) in merged.into_iter().flat_map(|row| {
            affinities
                .rows
                .push(affinities.rows[affinities.rows.len() - 1] + row.len());
            row
        }) {
            affinities.columns.push(column);
            affinities
                .values
                .push((value / total.max(f64::MIN_POSITIVE)) as f32);
        }
        affinities
    }

    /// The pairs of one point.
    fn row(&self, point: usize) -> impl Iterator<Item = (usize, f32)> {
        let range = self.rows[point]..self.rows[point + 1];
        let columns = self.columns[range.clone()].iter();
        columns
            .map(|column| *column as usize)
            .zip(self.values[range].iter().copied())
    }

    /// `Σ p q (yᵢ − yⱼ)` of a point.
    pub(super) fn attraction<const D: usize>(&self, layout: &[[f32; D]], point: usize) -> [f32; D] {
        let from = layout[point];
        let mut sum = [0.0; D];
        for (other, affinity) in self.row(point) {
            let difference: [f32; D] = std::array::from_fn(|axis| from[axis] - layout[other][axis]);
            let weight = affinity / (1.0 + square(difference));
            for axis in 0..D {
                sum[axis] += weight * difference[axis];
            }
        }
        sum
    }

    /// `Σ p ln(p / q)` of a layout, with `q = 1 / (1 + |yᵢ − yⱼ|²) / z`.
    pub(super) fn divergence<const D: usize>(&self, layout: &[[f32; D]], z: f64) -> f64 {
        let tasks = layout.len().div_ceil(TASK);
        let sums: Vec<f64> = (0..tasks)
            .into_par_iter()
            .map(|task| {
                let mut sum = 0.0;
                for point in task * TASK..layout.len().min((task + 1) * TASK) {
                    for (other, affinity) in self.row(point).filter(|(_, affinity)| *affinity > 0.0)
                    {
                        let difference: [f32; D] =
                            std::array::from_fn(|axis| layout[point][axis] - layout[other][axis]);
                        let affinity = f64::from(affinity);
                        let share = 1.0 / (1.0 + f64::from(square(difference))) / z;
                        sum += affinity * (affinity / share).ln();
                    }
                }
                sum
            })
            .collect();
        sums.iter().sum()
    }
}

fn square<const D: usize>(difference: [f32; D]) -> f32 {
    difference.iter().map(|value| value * value).sum()
}

/// Entries of a row by column, those of one column added.
fn merged(row: &mut [(u32, f64)]) -> Vec<(u32, f64)> {
    row.sort_unstable_by_key(|(column, _)| *column);
    let mut merged: Vec<(u32, f64)> = Vec::with_capacity(row.len());
    for (column, value) in row.iter() {
        match merged.last_mut() {
            Some(last) if last.0 == *column => last.1 += value,
            _ => merged.push((*column, *value)),
        }
    }
    merged
}

/// `exp(−β d)` of each squared distance, normalised, with the `β` that gives them this entropy (found by bisection).
fn probabilities(squares: &[f64], entropy: f64) -> Vec<f64> {
    // The same for all does not change the result, and keeps the largest from becoming zero.
    let nearest = squares.iter().copied().fold(f64::INFINITY, f64::min);
    let (mut beta, mut low, mut high) = (1.0_f64, 0.0, f64::INFINITY);
    let mut values = vec![0.0; squares.len()];
    for _ in 0..STEPS {
        let (mut sum, mut weighted) = (0.0, 0.0);
        for (value, square) in values.iter_mut().zip(squares) {
            let farther = square - nearest;
            *value = (-beta * farther).exp();
            sum += *value;
            weighted += farther * *value;
        }
        for value in &mut values {
            *value /= sum;
        }
        let off = sum.ln() + beta * weighted / sum - entropy;
        if off.abs() <= TOLERANCE {
            break;
        }
        if off > 0.0 {
            low = beta;
            beta = if high.is_finite() {
                f64::midpoint(beta, high)
            } else {
                beta * 2.0
            };
        } else {
            high = beta;
            beta = f64::midpoint(beta, low);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr2;

    fn entropy(values: &[f64]) -> f64 {
        values.iter().map(|value| -value * value.ln()).sum()
    }

    #[test]
    fn probabilities_have_the_entropy() {
        for scale in [1e-6, 1.0, 1e9] {
            let squares: Vec<f64> = (1..=90).map(|i| scale * f64::from(i).powi(2)).collect();
            let values = probabilities(&squares, 30.0_f64.ln());
            assert!((values.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert!((entropy(&values) - 30.0_f64.ln()).abs() < 2e-5, "{scale}");
            assert!(values.is_sorted_by(|a, b| a >= b));
        }
        // All equally far: no precision tells them apart.
        assert_eq!(probabilities(&[4.0; 4], 2.0_f64.ln()), [0.25; 4]);
    }

    #[test]
    fn affinities_are_symmetric_and_sum_to_one() {
        let near = Neighbors {
            indices: arr2(&[[1, 2], [0, 2], [1, 0]]),
            distances: arr2(&[[1.0, 2.0], [1.0, 1.5], [1.5, 2.0]]),
        };
        let affinities = Affinities::new(&near, 1.5);
        assert_eq!(affinities.rows, [0, 2, 4, 6]);
        assert_eq!(affinities.columns, [1, 2, 0, 2, 0, 1]);
        let values = &affinities.values;
        // Of points 0 and 1, 0 and 2, 1 and 2, both ways.
        assert_eq!(
            [values[0], values[1], values[3]],
            [values[2], values[4], values[5]]
        );
        assert!((values.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(values[0] > values[3] && values[3] > values[1], "{values:?}");
    }
}
