//! Uniform manifold approximation and projection.
//!
//! L. `McInnes`, J. Healy and J. Melville, "UMAP: uniform manifold approximation and projection for dimension reduction" (2018),
//! with the choices that umap-learn makes where the paper leaves them open.

mod curve;
mod forces;
mod graph;
mod layout;

use self::{curve::Curve, graph::FuzzyGraph, layout::Optimizer};
use crate::{
    error::{ProjectionError, Result},
    input::{at_least, check, check_layout_dimensions},
    neighbors::{Metric, nearest_neighbors},
    observe::{Observer, Report, Stage},
    pca::{PcaOptions, pca},
};
use ndarray::{Array2, ArrayView2};

/// Up to this many points a layout gets 500 epochs, beyond 200.
const SMALL: usize = 10_000;
/// Side of the square (or cube) that the layout starts in.
const START_SIDE: f32 = 10.0;
/// Standard deviation of what is added to the start, so that equal points can part.
const START_NOISE: f32 = 1e-4;

/// How the layout is made. The defaults are umap-learn's.
#[derive(Clone, Debug, PartialEq)]
pub struct UmapOptions {
    /// Of the layout: 2 or 3.
    pub dimensions: usize,
    /// How many neighbours make a neighbourhood, the point itself included.
    pub neighbors: usize,
    /// How close points may be in the layout, against `spread`.
    pub min_dist: f32,
    /// How far apart groups of points are, about.
    pub spread: f32,
    /// Passes over the graph; `None` is 500 up to 10,000 points, and 200 beyond.
    pub epochs: Option<usize>,
    /// Length of the first step.
    pub learning_rate: f32,
    /// How many points are pushed away for each that is pulled.
    pub negative_sample_rate: usize,
    /// What near means.
    pub metric: Metric,
    /// Seeds the start and the choice of points that are pushed away.
    pub seed: u64,
}

impl Default for UmapOptions {
    fn default() -> Self {
        Self {
            dimensions: 2,
            neighbors: 15,
            min_dist: 0.1,
            spread: 1.0,
            epochs: None,
            learning_rate: 1.0,
            negative_sample_rate: 5,
            metric: Metric::Euclidean,
            seed: 0,
        }
    }
}

/// Lays points out so that neighbourhoods overlap as they do in the data. Gives `[points, 2 or 3]`.
///
/// Neighbours are exact, the start is the principal components (umap-learn's `init="pca"`), and one thread moves the
/// points, so that a seed gives one layout.
///
/// # Shapes
/// `points`: `[points, dimensions]`.
///
/// # Errors
/// Fewer than three points, values that are not finite, options out of range; stopped by the observer.
pub fn umap(
    points: ArrayView2<'_, f32>,
    options: &UmapOptions,
    observer: &dyn Observer,
) -> Result<Array2<f32>> {
    check_options(options)?;
    check(points)?;
    at_least(3, points, || "UMAP".to_owned())?;

    // The point itself counts as a neighbour, and is not among those found.
    let k = (options.neighbors - 1).min(points.nrows() - 1);
    let near = nearest_neighbors(points, k, options.metric, observer)?;
    let epochs = options
        .epochs
        .unwrap_or(if points.nrows() <= SMALL { 500 } else { 200 });
    let graph = FuzzyGraph::new(&near, epochs);
    let mut random = fastrand::Rng::with_seed(options.seed);
    let start = start(points, options, &mut random, observer)?;
    let optimizer = Optimizer {
        curve: Curve::fit(options.spread, options.min_dist),
        epochs,
        learning_rate: options.learning_rate,
        negative_sample_rate: options.negative_sample_rate,
    };
    let report = |done: usize, layout: &[f32]| {
        observer.observe(Report {
            stage: Stage::Layout,
            done,
            total: epochs,
            layout: ArrayView2::from_shape((points.nrows(), options.dimensions), layout).ok(),
        })
    };
    let layout = match options.dimensions {
        2 => optimizer.run::<2>(&graph, start, &mut random, report),
        _ => optimizer.run::<3>(&graph, start, &mut random, report),
    };
    let layout = layout.ok_or(ProjectionError::Stopped)?;
    Ok(Array2::from_shape_fn(
        (points.nrows(), options.dimensions),
        |(row, column)| layout[row * options.dimensions + column],
    ))
}

fn check_options(options: &UmapOptions) -> Result<()> {
    check_layout_dimensions(options.dimensions)?;
    if options.neighbors < 2 {
        return Err(ProjectionError::option(
            "neighbors",
            "at least 2",
            options.neighbors,
        ));
    }
    if !(options.spread.is_finite() && options.spread > 0.0) {
        return Err(ProjectionError::option(
            "spread",
            "a number above 0",
            options.spread,
        ));
    }
    if !(0.0..=options.spread).contains(&options.min_dist) {
        let expected = format!("0 to spread ({})", options.spread);
        return Err(ProjectionError::option(
            "min_dist",
            expected,
            options.min_dist,
        ));
    }
    if !(options.learning_rate.is_finite() && options.learning_rate > 0.0) {
        let got = options.learning_rate;
        return Err(ProjectionError::option(
            "learning_rate",
            "a number above 0",
            got,
        ));
    }
    if options.epochs == Some(0) {
        return Err(ProjectionError::option("epochs", "at least 1", 0));
    }
    Ok(())
}

/// The first principal components with a little noise, stretched to the starting square.
fn start(
    points: ArrayView2<'_, f32>,
    options: &UmapOptions,
    random: &mut fastrand::Rng,
    observer: &dyn Observer,
) -> Result<Vec<f32>> {
    let components = PcaOptions {
        components: options.dimensions,
        seed: options.seed,
        ..PcaOptions::default()
    };
    let principal = pca(points, &components, observer)?.coordinates;
    let largest = principal
        .iter()
        .fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let scale = if largest > 0.0 {
        START_SIDE / largest
    } else {
        0.0
    };
    let mut start = Array2::from_shape_fn((points.nrows(), options.dimensions), |(row, column)| {
        let value = principal.get((row, column)).copied().unwrap_or_default();
        value * scale + START_NOISE * crate::pca::normal(random)
    });
    for mut column in start.columns_mut() {
        let low = column.iter().copied().fold(f32::INFINITY, f32::min);
        let high = column.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        if high > low {
            column.mapv_inplace(|value| START_SIDE * (value - low) / (high - low));
        }
    }
    Ok(start.into_iter().collect())
}
