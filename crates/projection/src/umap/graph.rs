//! Neighbours as a fuzzy graph: how much two points belong together.

use crate::neighbors::Neighbors;
use ndarray::ArrayView1;
use rayon::prelude::*;

/// How exactly a neighbourhood's width is found, in `log2` of its number of neighbours.
const TOLERANCE: f64 = 1e-5;
/// A width is at least this share of the mean distance, so that equal points do not make it zero.
const SMALLEST_WIDTH: f64 = 1e-3;

/// Edges in the order of their first point, then their second; each pair of points both ways.
pub(super) struct FuzzyGraph {
    pub(super) points: usize,
    pub(super) edges: Vec<Edge>,
}

/// One point's tie to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    pub(super) from: u32,
    pub(super) to: u32,
    /// Over 0 to 1.
    pub(super) weight: f32,
}

impl FuzzyGraph {
    /// The union of all points' neighbourhoods, without the edges that `epochs` passes would never draw.
    pub(super) fn new(near: &Neighbors, epochs: usize) -> Self {
        let points = near.indices.nrows();
        let mean = mean_with_self(near.distances.iter(), points);
        let directed: Vec<Edge> = (0..points)
            .into_par_iter()
            .flat_map_iter(|from| {
                let distances = near.distances.row(from);
                let hood = Neighborhood::of(distances, mean);
                let indices = near.indices.row(from);
                indices
                    .into_iter()
                    .zip(distances)
                    .map(move |(to, distance)| Edge {
                        from: from as u32,
                        to: *to,
                        weight: hood.membership(*distance),
                    })
                    .collect::<Vec<_>>()
            })
            .collect();

        // Both ways: where a belongs to b with p, and b to a with q, they belong together with p + q - pq.
        let mut both: Vec<(u32, u32, f32)> = directed
            .iter()
            .flat_map(|edge| {
                [
                    (edge.from, edge.to, edge.weight),
                    (edge.to, edge.from, edge.weight),
                ]
            })
            .collect();
        both.par_sort_unstable_by_key(|(from, to, weight)| (*from, *to, weight.to_bits()));
        let mut edges: Vec<Edge> = Vec::with_capacity(both.len());
        for (from, to, weight) in both {
            match edges.last_mut() {
                Some(last) if (last.from, last.to) == (from, to) => {
                    last.weight = last.weight + weight - last.weight * weight;
                }
                _ => edges.push(Edge { from, to, weight }),
            }
        }
        let heaviest = edges
            .iter()
            .fold(0.0_f32, |most, edge| most.max(edge.weight));
        // umap-learn prunes so from eleven epochs on.
        let passes = if epochs > 10 { epochs } else { 500 };
        edges.retain(|edge| edge.weight > 0.0 && edge.weight >= heaviest / passes as f32);
        Self { points, edges }
    }
}

/// The mean of distances when each point's distance to itself counts too, as umap-learn has it.
fn mean_with_self<'a>(distances: impl Iterator<Item = &'a f32>, points: usize) -> f64 {
    let (mut sum, mut count) = (0.0, points);
    for distance in distances {
        sum += f64::from(*distance);
        count += 1;
    }
    sum / count as f64
}

/// Within which distance a neighbour belongs wholly, and how fast this fades behind.
struct Neighborhood {
    nearest: f64,
    width: f64,
}

impl Neighborhood {
    /// From the distances of a point's neighbours, near to far (umap-learn's `smooth_knn_dist` with a local
    /// connectivity of one): the memberships add up to `log2` of the neighbours, the point itself included.
    fn of(distances: ArrayView1<'_, f32>, mean_of_all: f64) -> Self {
        let nearest = distances
            .iter()
            .copied()
            .find(|distance| *distance > 0.0)
            .map_or(0.0, f64::from);
        let target = ((distances.len() + 1) as f64).log2();
        let (mut low, mut high, mut width) = (0.0, f64::INFINITY, 1.0);
        for _ in 0..64 {
            let sum: f64 = distances
                .iter()
                .map(|distance| {
                    let beyond = f64::from(*distance) - nearest;
                    if beyond > 0.0 {
                        (-beyond / width).exp()
                    } else {
                        1.0
                    }
                })
                .sum();
            if (sum - target).abs() < TOLERANCE {
                break;
            }
            if sum > target {
                high = width;
                width = f64::midpoint(low, high);
            } else {
                low = width;
                width = if high.is_finite() {
                    f64::midpoint(low, high)
                } else {
                    width * 2.0
                };
            }
        }
        let mean = if nearest > 0.0 {
            mean_with_self(distances.iter(), 1)
        } else {
            mean_of_all
        };
        Self {
            nearest,
            width: width.max(SMALLEST_WIDTH * mean),
        }
    }

    /// How much a neighbour at this distance belongs, over 0 to 1.
    fn membership(&self, distance: f32) -> f32 {
        let beyond = f64::from(distance) - self.nearest;
        if beyond <= 0.0 || self.width == 0.0 {
            1.0
        } else {
            (-beyond / self.width).exp() as f32
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FuzzyGraph, Neighborhood};
    use crate::neighbors::{Metric, nearest_neighbors};
    use ndarray::{Array2, ArrayView1};

    #[test]
    fn memberships_add_up_to_the_logarithm_of_the_neighbors() {
        let distances = [0.5_f32, 0.7, 1.1, 1.9, 2.0, 4.0, 8.0];
        let hood = Neighborhood::of(ArrayView1::from(&distances), 1.0);
        let sum: f64 = distances
            .iter()
            .map(|d| f64::from(hood.membership(*d)))
            .sum();
        assert!((sum - 3.0).abs() < 1e-4, "{sum}");
        assert_eq!(hood.membership(0.5), 1.0);
    }

    #[test]
    fn equal_points_have_a_neighborhood() {
        let hood = Neighborhood::of(ArrayView1::from(&[0.0_f32, 0.0, 0.0]), 2.0);
        assert_eq!(hood.membership(0.0), 1.0);
        assert!(hood.membership(1.0) < 1e-6);
    }

    #[test]
    fn ties_are_the_same_both_ways() {
        let points = Array2::from_shape_fn((40, 3), |(row, column)| {
            ((row * 31 + column * 17) % 23) as f32
        });
        let near = nearest_neighbors(points.view(), 6, Metric::Euclidean, &()).unwrap();
        let graph = FuzzyGraph::new(&near, 500);
        for edge in &graph.edges {
            let back = graph
                .edges
                .iter()
                .find(|other| (other.from, other.to) == (edge.to, edge.from));
            assert_eq!(back.map(|back| back.weight), Some(edge.weight));
        }
    }
}
