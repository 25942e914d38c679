//! Who is near whom: exact nearest neighbours, by products of blocks of points.

use crate::{
    error::{ProjectionError, Result},
    input::{centered, check},
    observe::{Observer, Report, Stage},
};
use ndarray::{Array2, ArrayView1, ArrayView2, Axis, linalg::general_mat_mul, s};
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Points whose neighbours one task looks for at a time, and points it compares them with at a time: their products
/// stay in the second-level cache.
const QUERIES: usize = 64;
const CANDIDATES: usize = 1024;
/// Neighbours kept beyond those asked for, while distances are only known in single precision.
const SPARE: usize = 8;

/// How far two points are from one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Metric {
    /// Length of the difference.
    #[default]
    Euclidean,
    /// One minus the cosine of the angle at the origin; 1 where a point is the origin.
    Cosine,
}

/// The nearest neighbours of every point, from near to far; the point itself is not among them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Neighbors {
    /// Which points, `[points, k]`.
    pub indices: Array2<u32>,
    /// How far they are, `[points, k]`.
    pub distances: Array2<f32>,
}

/// The `k` nearest neighbours of every point. Of equally near points, the first come first.
///
/// All pairs are compared, which is exact and takes time by the square of the number of points: 10,000 points of 50
/// dimensions are a fraction of a second, 100,000 a minute on two cores.
///
/// # Shapes
/// `points`: `[points, dimensions]`.
///
/// # Errors
/// `k` of zero or not below the number of points, values that are not finite, no dimensions; stopped by the observer.
pub fn nearest_neighbors(
    points: ArrayView2<'_, f32>,
    k: usize,
    metric: Metric,
    observer: &dyn Observer,
) -> Result<Neighbors> {
    check(points)?;
    if k == 0 {
        return Err(ProjectionError::option("neighbors", "at least 1", k));
    }
    crate::input::at_least(k + 1, points, || format!("finding {k} neighbors"))?;

    let prepared = metric.prepared(points);
    let squares: Vec<f32> = prepared
        .rows()
        .into_iter()
        .map(|row| row.dot(&row))
        .collect();
    let count = points.nrows();
    let mut indices = Array2::zeros((count, k));
    let mut distances = Array2::zeros((count, k));
    let done = AtomicUsize::new(0);
    let stopped = AtomicBool::new(false);
    let search = Search {
        points: prepared.view(),
        squares: &squares,
        keep: (k + SPARE).min(count - 1),
        metric,
    };
    let blocks: Vec<_> = indices
        .axis_chunks_iter_mut(Axis(0), QUERIES)
        .zip(distances.axis_chunks_iter_mut(Axis(0), QUERIES))
        .collect();
    blocks
        .into_par_iter()
        .enumerate()
        .for_each(|(block, (mut indices, mut distances))| {
            if stopped.load(Ordering::Relaxed) {
                return;
            }
            let near = search.of_block(block * QUERIES, indices.nrows());
            for (row, near) in near.into_iter().enumerate() {
                for (column, (distance, index)) in near.into_iter().take(k).enumerate() {
                    indices[(row, column)] = index;
                    distances[(row, column)] = distance;
                }
            }
            let done = done.fetch_add(indices.nrows(), Ordering::Relaxed) + indices.nrows();
            let report = Report {
                stage: Stage::Neighbors,
                done,
                total: count,
                layout: None,
            };
            if observer.observe(report).is_break() {
                stopped.store(true, Ordering::Relaxed);
            }
        });
    if stopped.into_inner() {
        return Err(ProjectionError::Stopped);
    }
    Ok(Neighbors { indices, distances })
}

/// The `k` points nearest to one of them, from near to far, with their distances; fewer where there are fewer.
///
/// # Errors
/// `point` is not one of the points.
pub fn nearest_to(
    points: ArrayView2<'_, f32>,
    point: usize,
    k: usize,
    metric: Metric,
) -> Result<Vec<(usize, f32)>> {
    if point >= points.nrows() {
        let expected = format!("below {}", points.nrows());
        return Err(ProjectionError::option("point", expected, point));
    }
    let from = points.row(point);
    let mut near: Vec<(usize, f32)> = (0..points.nrows())
        .into_par_iter()
        .filter(|index| *index != point)
        .map(|index| (index, metric.distance(from, points.row(index))))
        .collect();
    let nearer = |a: &(usize, f32), b: &(usize, f32)| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0));
    if k < near.len() {
        near.select_nth_unstable_by(k, nearer);
        near.truncate(k);
    }
    near.sort_unstable_by(nearer);
    Ok(near)
}

impl Metric {
    /// Points whose squared Euclidean distances have the order of this metric's distances.
    fn prepared(self, points: ArrayView2<'_, f32>) -> Array2<f32> {
        match self {
            Self::Euclidean => centered(points).0,
            Self::Cosine => {
                let mut unit = points.to_owned();
                for mut row in unit.rows_mut() {
                    let length = length(row.view());
                    if length > 0.0 {
                        row.mapv_inplace(|value| (f64::from(value) / length) as f32);
                    }
                }
                unit
            }
        }
    }

    /// Of two points, summed in double precision.
    fn distance(self, a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f32 {
        let pairs = a.iter().zip(b).map(|(a, b)| (f64::from(*a), f64::from(*b)));
        match self {
            Self::Euclidean => pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt() as f32,
            Self::Cosine => {
                let lengths = length(a) * length(b);
                if lengths > 0.0 {
                    let cosine = pairs.map(|(a, b)| a * b).sum::<f64>() / lengths;
                    (1.0 - cosine).max(0.0) as f32
                } else {
                    1.0
                }
            }
        }
    }
}

fn length(values: ArrayView1<'_, f32>) -> f64 {
    let squares: f64 = values.iter().map(|value| f64::from(*value).powi(2)).sum();
    squares.sqrt()
}

/// What all tasks read.
struct Search<'a> {
    points: ArrayView2<'a, f32>,
    /// Squared length of each point.
    squares: &'a [f32],
    /// How many candidates are kept for each point.
    keep: usize,
    metric: Metric,
}

impl Search<'_> {
    /// The neighbours of `count` points from `first`, from near to far.
    fn of_block(&self, first: usize, count: usize) -> Vec<Vec<(f32, u32)>> {
        let queries = self.points.slice(s![first..first + count, ..]);
        let mut nearest: Vec<Nearest> = (0..count).map(|_| Nearest::new(self.keep)).collect();
        let mut products = Array2::zeros((count, CANDIDATES.min(self.points.nrows())));
        for start in (0..self.points.nrows()).step_by(CANDIDATES) {
            let candidates = self
                .points
                .slice(s![start..self.points.nrows().min(start + CANDIDATES), ..]);
            let mut products = products.slice_mut(s![.., ..candidates.nrows()]);
            general_mat_mul(1.0, &queries, &candidates.t(), 0.0, &mut products);
            let squares = &self.squares[start..start + candidates.nrows()];
            for (row, nearest) in nearest.iter_mut().enumerate() {
                let own = first + row;
                let products = products.row(row);
                // Of the squared distance, what differs between candidates.
                for (offset, (square, product)) in squares.iter().zip(products).enumerate() {
                    let distance = square - 2.0 * product;
                    if distance < nearest.farthest && start + offset != own {
                        nearest.offer(distance, (start + offset) as u32);
                    }
                }
            }
        }
        nearest
            .into_iter()
            .enumerate()
            .map(|(row, nearest)| self.measured(first + row, &nearest))
            .collect()
    }

    /// The candidates with their distances in full precision, in order.
    fn measured(&self, point: usize, nearest: &Nearest) -> Vec<(f32, u32)> {
        let from = self.points.row(point);
        let mut measured: Vec<(f32, u32)> = nearest
            .found
            .iter()
            .map(|(_, index)| {
                let to = self.points.row(*index as usize);
                (self.metric.distance(from, to), *index)
            })
            .collect();
        measured.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        measured
    }
}

/// The nearest so far: unsorted, and thinned out when there are twice as many as are kept.
struct Nearest {
    keep: usize,
    found: Vec<(f32, u32)>,
    /// Who is not nearer than this need not be offered.
    farthest: f32,
}

impl Nearest {
    fn new(keep: usize) -> Self {
        Self {
            keep,
            found: Vec::with_capacity(2 * keep + 1),
            farthest: f32::INFINITY,
        }
    }

    fn offer(&mut self, distance: f32, index: u32) {
        self.found.push((distance, index));
        if self.found.len() > 2 * self.keep {
            self.found.select_nth_unstable_by(self.keep - 1, |a, b| {
                a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
            });
            self.found.truncate(self.keep);
            self.farthest = self.found[self.keep - 1].0;
        }
    }
}
