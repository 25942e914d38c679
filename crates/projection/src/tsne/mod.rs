//! t-distributed stochastic neighbour embedding.
//!
//! L. van der Maaten, "Accelerating t-SNE using tree-based algorithms" (2014), with the choices that scikit-learn makes
//! where the paper leaves them open.

mod affinity;
mod repulsion;

use self::{affinity::Affinities, repulsion::Repulsion};
use crate::{
    error::{ProjectionError, Result},
    input::{at_least, check, check_layout_dimensions},
    neighbors::{Metric, nearest_neighbors},
    observe::{Observer, Report, Stage},
    pca::{PcaOptions, normal, pca},
};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

/// Iterations with exaggerated attraction.
const EARLY_ITERATIONS: usize = 250;
/// Momentum while attraction is exaggerated, and behind.
const MOMENTUM: [f32; 2] = [0.5, 0.8];
/// Standard deviation of the first coordinate at the start.
const START_DEVIATION: f32 = 1e-4;
/// Smallest factor of a coordinate's steps.
const SMALLEST_GAIN: f32 = 0.01;
/// Points of one task.
const TASK: usize = 256;

/// Where a layout starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TsneStart {
    /// The principal components, which keep groups where they are to each other.
    #[default]
    Principal,
    /// Normally distributed numbers.
    Random,
}

/// How the layout is made. The defaults are scikit-learn's.
#[derive(Clone, Debug, PartialEq)]
pub struct TsneOptions {
    /// Of the layout: 2 or 3.
    pub dimensions: usize,
    /// About how many neighbours a point has; less than the number of points.
    pub perplexity: f64,
    /// How much stronger points attract each other in the first 250 iterations.
    pub early_exaggeration: f32,
    /// Length of a step; `None` is `points / early_exaggeration / 4`, at least 50.
    pub learning_rate: Option<f32>,
    /// How often the points are moved, the first 250 times included.
    pub iterations: usize,
    /// Points within a cell act as one where the cell's width is below this share of its distance; 0 is exact.
    pub theta: f32,
    /// What near means.
    pub metric: Metric,
    /// Where the layout starts.
    pub start: TsneStart,
    /// Seeds what is random.
    pub seed: u64,
}

impl Default for TsneOptions {
    fn default() -> Self {
        Self {
            dimensions: 2,
            perplexity: 30.0,
            early_exaggeration: 12.0,
            learning_rate: None,
            iterations: 1_000,
            theta: 0.5,
            metric: Metric::Euclidean,
            start: TsneStart::Principal,
            seed: 0,
        }
    }
}

/// A layout, and how good it is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Tsne {
    /// Where the points are, `[points, 2 or 3]`.
    pub coordinates: Array2<f32>,
    /// Kullback–Leibler divergence `Σ p ln(p / q)` of this layout, without exaggeration; the sum that normalises `q`
    /// is that of the tree.
    pub kl_divergence: f64,
}

/// Lays points out so that neighbours in the data are neighbours in the layout.
///
/// With affinities `p` of neighbours among the data and `q = 1 / (1 + |yᵢ − yⱼ|²)`, `Z = Σ q`, the layout goes down the
/// gradient `4 (Σ p q (yᵢ − yⱼ) − Σ q² (yᵢ − yⱼ) / Z)` (van der Maaten 2014, equation 8), with momentum and a gain for
/// each coordinate. Neighbours are exact, three times the perplexity; points far away act by cells of a quadtree or
/// octree. The kernel has one degree of freedom in three dimensions too, as in the paper (scikit-learn has two).
///
/// # Shapes
/// `points`: `[points, dimensions]`.
///
/// # Errors
/// Fewer than three points, values that are not finite, options out of range; stopped by the observer.
pub fn tsne(
    points: ArrayView2<'_, f32>,
    options: &TsneOptions,
    observer: &dyn Observer,
) -> Result<Tsne> {
    check_options(options)?;
    check(points)?;
    at_least(3, points, || "t-SNE".to_owned())?;
    if options.perplexity >= points.nrows() as f64 {
        let expected = format!("less than the number of points ({})", points.nrows());
        return Err(ProjectionError::option(
            "perplexity",
            expected,
            options.perplexity,
        ));
    }

    let k = (3.0 * options.perplexity + 1.0) as usize;
    let near = nearest_neighbors(points, k.min(points.nrows() - 1), options.metric, observer)?;
    let affinities = Affinities::new(&near, options.perplexity);
    drop(near);
    let start = start(points, options, observer)?;
    match options.dimensions {
        2 => run::<2>(&affinities, &start, options, observer),
        _ => run::<3>(&affinities, &start, options, observer),
    }
}

fn check_options(options: &TsneOptions) -> Result<()> {
    check_layout_dimensions(options.dimensions)?;
    if !(options.perplexity.is_finite() && options.perplexity >= 1.0) {
        let got = options.perplexity;
        return Err(ProjectionError::option("perplexity", "at least 1", got));
    }
    if !(options.early_exaggeration.is_finite() && options.early_exaggeration >= 1.0) {
        return Err(ProjectionError::option(
            "early_exaggeration",
            "at least 1",
            options.early_exaggeration,
        ));
    }
    if let Some(rate) = options.learning_rate
        && !(rate.is_finite() && rate > 0.0)
    {
        return Err(ProjectionError::option(
            "learning_rate",
            "a number above 0",
            rate,
        ));
    }
    if options.iterations == 0 {
        return Err(ProjectionError::option("iterations", "at least 1", 0));
    }
    if !(0.0..=1.0).contains(&options.theta) {
        return Err(ProjectionError::option("theta", "0 to 1", options.theta));
    }
    Ok(())
}

/// The first components, scaled so that the first has a standard deviation of 1e-4; or normally distributed numbers,
/// also where there are no components.
fn start(
    points: ArrayView2<'_, f32>,
    options: &TsneOptions,
    observer: &dyn Observer,
) -> Result<Array2<f32>> {
    let mut random = fastrand::Rng::with_seed(options.seed);
    let shape = (points.nrows(), options.dimensions);
    let noise = |random: &mut fastrand::Rng| START_DEVIATION * normal(random);
    if options.start == TsneStart::Random {
        return Ok(Array2::from_shape_simple_fn(shape, || noise(&mut random)));
    }
    let components = PcaOptions {
        components: options.dimensions,
        seed: options.seed,
        ..PcaOptions::default()
    };
    let found = pca(points, &components, observer)?;
    let variance = |column: usize| found.explained_variance.get(column).copied();
    // scikit-learn divides by the standard deviation with the number of points as divisor.
    let points_share = (points.nrows() - 1) as f64 / points.nrows() as f64;
    let deviation = (variance(0).unwrap_or_default() * points_share).sqrt() as f32;
    Ok(Array2::from_shape_fn(shape, |(row, column)| {
        let value = found.coordinates.get((row, column)).copied();
        match value {
            Some(value) if variance(column).is_some_and(|variance| variance > 0.0) => {
                value / deviation * START_DEVIATION
            }
            _ => noise(&mut random),
        }
    }))
}

/// What moves with a point.
#[derive(Clone, Copy)]
struct Motion<const D: usize> {
    velocity: [f32; D],
    gains: [f32; D],
}

fn run<const D: usize>(
    affinities: &Affinities,
    start: &Array2<f32>,
    options: &TsneOptions,
    observer: &dyn Observer,
) -> Result<Tsne> {
    let count = start.nrows();
    let mut layout: Vec<[f32; D]> = start
        .rows()
        .into_iter()
        .map(|row| std::array::from_fn(|axis| row[axis]))
        .collect();
    let mut next = layout.clone();
    let still = Motion {
        velocity: [0.0; D],
        gains: [1.0; D],
    };
    let mut motions = vec![still; count];
    let mut repulsion = Repulsion::<D>::new(count, options.theta);
    let learning_rate = options
        .learning_rate
        .unwrap_or_else(|| (count as f32 / options.early_exaggeration / 4.0).max(50.0));
    for iteration in 0..options.iterations {
        let is_early = iteration < EARLY_ITERATIONS;
        let step = Step {
            exaggeration: if is_early {
                options.early_exaggeration
            } else {
                1.0
            },
            momentum: MOMENTUM[usize::from(!is_early)],
            learning_rate,
        };
        if iteration == EARLY_ITERATIONS {
            // Gains that suit the exaggerated attraction would hold the points back; scikit-learn begins anew too.
            motions.fill(still);
        }
        let z = repulsion.compute(&layout);
        step.move_all(
            affinities,
            &layout,
            (repulsion.forces(), z),
            &mut motions,
            &mut next,
        );
        std::mem::swap(&mut layout, &mut next);
        let report = Report {
            stage: Stage::Layout,
            done: iteration + 1,
            total: options.iterations,
            layout: ArrayView2::from_shape((count, D), layout.as_flattened()).ok(),
        };
        if observer.observe(report).is_break() {
            return Err(ProjectionError::Stopped);
        }
    }
    let z = repulsion.compute(&layout);
    let kl_divergence = affinities.divergence(&layout, z);
    let coordinates = Array2::from_shape_fn((count, D), |(row, axis)| layout[row][axis]);
    Ok(Tsne {
        coordinates,
        kl_divergence,
    })
}

/// How points are moved in one iteration.
struct Step {
    exaggeration: f32,
    momentum: f32,
    learning_rate: f32,
}

impl Step {
    /// Where the points of `layout` go, as `next`; `repulsion`: the forces `Σ q² (yᵢ − yⱼ)`, and `Z`.
    fn move_all<const D: usize>(
        &self,
        affinities: &Affinities,
        layout: &[[f32; D]],
        (forces, z): (&[[f32; D]], f64),
        motions: &mut [Motion<D>],
        next: &mut [[f32; D]],
    ) {
        let per_z = (1.0 / z) as f32;
        next.par_chunks_mut(TASK)
            .zip(motions.par_chunks_mut(TASK))
            .enumerate()
            .for_each(|(task, (next, motions))| {
                for (offset, (to, motion)) in next.iter_mut().zip(motions).enumerate() {
                    let point = task * TASK + offset;
                    let attraction = affinities.attraction(layout, point);
                    let (from, force) = (layout[point], forces[point]);
                    for axis in 0..D {
                        let gradient =
                            4.0 * (self.exaggeration * attraction[axis] - force[axis] * per_z);
                        let velocity = &mut motion.velocity[axis];
                        let gain = &mut motion.gains[axis];
                        *gain = if *velocity * gradient < 0.0 {
                            *gain + 0.2
                        } else {
                            *gain * 0.8
                        };
                        *gain = gain.max(SMALLEST_GAIN);
                        *velocity =
                            self.momentum * *velocity - self.learning_rate * *gain * gradient;
                        to[axis] = from[axis] + *velocity;
                    }
                }
            });
    }
}
