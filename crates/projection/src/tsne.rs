//! t-distributed stochastic neighbour embedding.

use crate::{
    error::{ProjectionError, Result},
    input::{at_least, check, check_layout_dimensions},
    neighbors::{Metric, nearest_neighbors},
    observe::{Observer, Report, Stage},
    pca::{PcaOptions, pca},
};
use bhtsne::{Neighbor, tSNE};
use ndarray::{Array2, ArrayView2};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// How much a tree may approximate: scikit-learn's `angle`.
const ANGLE: f32 = 0.5;
/// From so many points on, a grid's transform takes less time than a tree.
const GRID_POINTS: usize = 4000;

/// How the layout is made. The defaults are scikit-learn's.
#[derive(Clone, Debug, PartialEq)]
pub struct TsneOptions {
    /// Of the layout: 2 or 3.
    pub dimensions: usize,
    /// About how many neighbours each point feels; at most a third of the other points, as openTSNE has it.
    pub perplexity: f32,
    /// Iterations in all.
    pub iterations: usize,
    /// How much closer neighbours are pulled in the first 250 iterations.
    pub early_exaggeration: f32,
    /// Length of a step; `None` is `max(points / early_exaggeration / 4, 50)`.
    pub learning_rate: Option<f32>,
    /// What near means.
    pub metric: Metric,
    /// Seeds the randomised principal components that the layout starts from, where the data is large.
    pub seed: u64,
}

impl Default for TsneOptions {
    fn default() -> Self {
        Self {
            dimensions: 2,
            perplexity: 30.0,
            iterations: 1000,
            early_exaggeration: 12.0,
            learning_rate: None,
            metric: Metric::Euclidean,
            seed: 0,
        }
    }
}

/// A layout, and how well it keeps neighbourhoods.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Tsne {
    /// Where the points are, `[points, 2 or 3]`.
    pub coordinates: Array2<f32>,
    /// Kullback–Leibler divergence of the neighbourhoods from those in the data, in nats: what is made small.
    pub kl_divergence: f32,
}

/// Lays points out so that neighbours stay neighbours.
///
/// van der Maaten and Hinton, "Visualizing data using t-SNE" (2008), with the affinities of the `3 · perplexity + 1` nearest
/// neighbours; the repulsion of all others by a tree (van der Maaten, 2014), or by interpolation on a grid where there are
/// 4,000 points and more in two dimensions (Linderman and others, "Fast interpolation-based t-SNE", 2019). It starts from the principal components, as
/// scikit-learn does.
///
/// # Shapes
/// `points`: `[points, dimensions]`.
///
/// # Errors
/// Fewer than four points, values that are not finite, options out of range; stopped by
/// the observer.
pub fn tsne(
    points: ArrayView2<'_, f32>,
    options: &TsneOptions,
    observer: &dyn Observer,
) -> Result<Tsne> {
    check_options(options)?;
    check(points)?;
    at_least(4, points, || "t-SNE".to_owned())?;
    let perplexity = options.perplexity.min((points.nrows() - 1) as f32 / 3.0);

    // As many as scikit-learn's.
    let k = (points.nrows() - 1).min((3.0 * perplexity) as usize + 1);
    let near = nearest_neighbors(points, k, options.metric, observer)?;
    let near: Vec<Vec<Neighbor<f32>>> = near
        .indices
        .rows()
        .into_iter()
        .zip(near.distances.rows())
        .map(|(indices, distances)| {
            let pairs = indices.into_iter().zip(distances);
            pairs
                .map(|(index, distance)| Neighbor {
                    index: *index as usize,
                    distance: *distance,
                })
                .collect()
        })
        .collect();
    let start = start(points, options, observer)?;
    // The library sums over threads in no fixed order, and the layout amplifies the last digit. One thread is hardly
    // slower: most of an iteration is the transform of a small grid.
    on_one_thread(|| match options.dimensions {
        2 if near.len() >= GRID_POINTS => {
            fit::<2>(&near, start, perplexity, options, observer, |fit, near| {
                fit.fit_sne_with_neighbors(near);
            })
        }
        2 => fit::<2>(&near, start, perplexity, options, observer, |fit, near| {
            fit.barnes_hut_with_neighbors(ANGLE, near);
        }),
        _ => fit::<3>(&near, start, perplexity, options, observer, |fit, near| {
            fit.barnes_hut_with_neighbors(ANGLE, near);
        }),
    })
}

/// Runs work whose parallel parts then use one thread; as many as ever where no thread can be had.
fn on_one_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

fn check_options(options: &TsneOptions) -> Result<()> {
    check_layout_dimensions(options.dimensions)?;
    let positive = [
        ("perplexity", options.perplexity),
        ("learning_rate", options.learning_rate.unwrap_or(1.0)),
    ];
    for (name, value) in positive {
        if !(value.is_finite() && value > 0.0) {
            return Err(ProjectionError::option(name, "a number above 0", value));
        }
    }
    if !(options.early_exaggeration.is_finite() && options.early_exaggeration >= 1.0) {
        let got = options.early_exaggeration;
        return Err(ProjectionError::option(
            "early_exaggeration",
            "at least 1",
            got,
        ));
    }
    if options.iterations == 0 {
        return Err(ProjectionError::option("iterations", "at least 1", 0));
    }
    Ok(())
}

/// The first principal components, scaled so that the first has a standard deviation of 1e-4 (scikit-learn's
/// `init="pca"`).
fn start(
    points: ArrayView2<'_, f32>,
    options: &TsneOptions,
    observer: &dyn Observer,
) -> Result<Vec<f32>> {
    let components = PcaOptions {
        components: options.dimensions,
        seed: options.seed,
        ..PcaOptions::default()
    };
    let principal = pca(points, &components, observer)?;
    let deviation = principal.coordinates.column(0).std(0.0);
    let scale = if deviation > 0.0 {
        1e-4 / deviation
    } else {
        0.0
    };
    let mut random = fastrand::Rng::with_seed(options.seed);
    let mut start = Vec::with_capacity(points.nrows() * options.dimensions);
    for row in principal.coordinates.rows() {
        for column in 0..options.dimensions {
            // Data of one dimension has no second component, and equal points would never part.
            let value = row.get(column).map_or(0.0, |value| value * scale);
            start.push(value + (random.f32() - 0.5) * 1e-8);
        }
    }
    Ok(start)
}

/// Raised through the library's fit, which knows no other way to be stopped; caught by [`fit`].
struct StopFit;

fn fit<const D: usize>(
    near: &[Vec<Neighbor<f32>>],
    start: Vec<f32>,
    perplexity: f32,
    options: &TsneOptions,
    observer: &dyn Observer,
    run: impl FnOnce(&mut tSNE<'_, f32, (), D>, &[Vec<Neighbor<f32>>]),
) -> Result<Tsne>
where
    bhtsne::Dim<D>: bhtsne::Morton<D>,
{
    let points = vec![(); near.len()];
    let rate = options
        .learning_rate
        .unwrap_or_else(|| (near.len() as f32 / options.early_exaggeration / 4.0).max(50.0));
    // Unwinding without a panic's message is how the fit is stopped between two iterations: the callback returns nothing.
    let done = catch_unwind(AssertUnwindSafe(|| {
        let mut fit: tSNE<'_, f32, (), D> = tSNE::new(&points);
        fit.perplexity(perplexity)
            .epochs(options.iterations)
            .early_exaggeration(options.early_exaggeration)
            .learning_rate(rate)
            .initial_embedding(start)
            .epoch_callback(|epoch, layout| {
                let report = Report {
                    stage: Stage::Layout,
                    done: epoch + 1,
                    total: options.iterations,
                    layout: ArrayView2::from_shape((near.len(), D), layout).ok(),
                };
                if observer.observe(report).is_break() {
                    resume_unwind(Box::new(StopFit));
                }
            });
        run(&mut fit, near);
        (fit.embedding(), fit.kl_divergence().unwrap_or(f32::NAN))
    }));
    match done {
        Ok((layout, kl_divergence)) => Ok(Tsne {
            coordinates: Array2::from_shape_fn((near.len(), D), |(row, column)| {
                layout[row * D + column]
            }),
            kl_divergence,
        }),
        Err(cause) if cause.is::<StopFit>() => Err(ProjectionError::Stopped),
        Err(cause) => resume_unwind(cause),
    }
}
