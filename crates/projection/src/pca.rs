//! Principal component analysis.

use crate::{
    error::{ProjectionError, Result},
    input::{at_least, centered, check},
    linear::{gram, orthonormalize, product, symmetric_eigen, transposed_product},
    observe::{Observer, Report, Stage},
};
use ndarray::{Array1, Array2, ArrayView2, Axis, s};

/// Up to this many dimensions (or points, where these are fewer) the eigenvectors of the whole covariance are computed.
const EXACT_SIZE: usize = 512;
/// Additional directions of the randomised solver, as in scikit-learn.
const OVERSAMPLES: usize = 10;
/// Power iterations of the randomised solver: scikit-learn's number for few components.
const POWER_ITERATIONS: usize = 7;

/// How components are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PcaSolver {
    /// Exact where points or dimensions are at most 512, else randomised.
    #[default]
    Auto,
    /// Eigenvectors of the whole covariance, or of the points' products where points are fewer than dimensions.
    Exact,
    /// Halko, Martinsson and Tropp, "Finding structure with randomness" (2011), algorithm 4.4, with ten more
    /// directions than components and seven power iterations.
    Randomized,
}

/// What components are wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct PcaOptions {
    /// So many; fewer come where the data has fewer points or dimensions.
    pub components: usize,
    /// How they are found.
    pub solver: PcaSolver,
    /// Seeds the randomised solver.
    pub seed: u64,
}

impl Default for PcaOptions {
    /// Ten components, as the projector shows.
    fn default() -> Self {
        Self {
            components: 10,
            solver: PcaSolver::Auto,
            seed: 0,
        }
    }
}

/// Principal components of data, and the data in them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pca {
    /// The points along the components, `[points, components]`.
    pub coordinates: Array2<f32>,
    /// The directions, of length one, `[components, dimensions]`; the entry of largest magnitude is positive, as
    /// scikit-learn has it.
    pub components: Array2<f64>,
    /// The mean that was subtracted, `[dimensions]`.
    pub mean: Array1<f64>,
    /// Variance along each component, with `points − 1` as divisor.
    pub explained_variance: Vec<f64>,
    /// The same as a share of the data's whole variance; zeros for data without variance.
    pub explained_variance_ratio: Vec<f64>,
}

/// The directions in which the points vary most.
///
/// # Shapes
/// `points`: `[points, dimensions]`.
///
/// # Errors
/// Fewer than two points, no dimensions, values that are not finite, no components asked for; stopped by the observer.
pub fn pca(
    points: ArrayView2<'_, f32>,
    options: &PcaOptions,
    observer: &dyn Observer,
) -> Result<Pca> {
    if options.components == 0 {
        return Err(ProjectionError::option("components", "at least 1", 0));
    }
    check(points)?;
    at_least(2, points, || "PCA".to_owned())?;

    let (x, mean) = centered(points);
    let smaller = x.nrows().min(x.ncols());
    let wanted = options.components.min(smaller);
    let randomized = match options.solver {
        PcaSolver::Auto => smaller > EXACT_SIZE,
        PcaSolver::Exact => false,
        PcaSolver::Randomized => true,
    };
    let (variances, mut components) = if randomized {
        by_random_range(&x, wanted, options.seed, observer)?
    } else {
        passed(0, 1, observer)?;
        if x.ncols() <= x.nrows() {
            by_covariance(&x, wanted)
        } else {
            by_products_of_points(&x, wanted)
        }
    };
    fix_signs(&mut components);

    let divisor = (x.nrows() - 1) as f64;
    let total = x.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>() / divisor;
    let explained_variance: Vec<f64> = variances.iter().map(|sum| sum.max(0.0) / divisor).collect();
    let explained_variance_ratio = explained_variance
        .iter()
        .map(|variance| if total > 0.0 { variance / total } else { 0.0 })
        .collect();
    let directions = components.mapv(|value| value as f32);
    Ok(Pca {
        coordinates: product(x.view(), directions.t()),
        components,
        mean: Array1::from_vec(mean),
        explained_variance,
        explained_variance_ratio,
    })
}

fn passed(done: usize, total: usize, observer: &dyn Observer) -> Result<()> {
    let report = Report {
        stage: Stage::Components,
        done,
        total,
        layout: None,
    };
    if observer.observe(report).is_break() {
        return Err(ProjectionError::Stopped);
    }
    Ok(())
}

/// Sums of squares along the components, and the components as rows.
fn by_covariance(x: &Array2<f32>, wanted: usize) -> (Vec<f64>, Array2<f64>) {
    let (mut values, vectors) = symmetric_eigen(&gram(x.view()));
    values.truncate(wanted);
    (values, vectors.slice(s![.., ..wanted]).t().to_owned())
}

fn by_products_of_points(x: &Array2<f32>, wanted: usize) -> (Vec<f64>, Array2<f64>) {
    let (mut values, vectors) = symmetric_eigen(&gram(x.t()));
    values.truncate(wanted);
    let weights = vectors.slice(s![.., ..wanted]).mapv(|value| value as f32);
    let mut components = transposed_product(weights.view(), x.view());
    for mut component in components.rows_mut() {
        let length = component.dot(&component).sqrt();
        if length > 0.0 {
            component /= length;
        }
    }
    (values, components)
}

fn by_random_range(
    x: &Array2<f32>,
    wanted: usize,
    seed: u64,
    observer: &dyn Observer,
) -> Result<(Vec<f64>, Array2<f64>)> {
    let width = (wanted + OVERSAMPLES).min(x.nrows().min(x.ncols()));
    let mut random = fastrand::Rng::with_seed(seed);
    let start = Array2::from_shape_simple_fn((x.ncols(), width), || normal(&mut random));

    let total = POWER_ITERATIONS + 2;
    passed(0, total, observer)?;
    let mut range = orthonormalize(product(x.view(), start.view()));
    for iteration in 0..POWER_ITERATIONS {
        passed(iteration + 1, total, observer)?;
        let back = transposed_product(range.view(), x.view()).mapv(|value| value as f32);
        let back = orthonormalize(back.t().to_owned());
        range = orthonormalize(product(x.view(), back.view()));
    }
    passed(total - 1, total, observer)?;
    // The data as seen in the range: [width, dimensions].
    let small = transposed_product(range.view(), x.view());
    let (mut values, vectors) = symmetric_eigen(&small.dot(&small.t()));
    values.truncate(wanted);
    let mut components = vectors.slice(s![.., ..wanted]).t().dot(&small);
    for (mut component, value) in components.axis_iter_mut(Axis(0)).zip(&values) {
        if *value > 0.0 {
            component /= value.sqrt();
        }
    }
    Ok((values, components))
}

/// A number of the standard normal distribution (Box and Muller).
pub(crate) fn normal(random: &mut fastrand::Rng) -> f32 {
    let radius = (-2.0 * (1.0 - random.f64()).ln()).sqrt();
    (radius * (std::f64::consts::TAU * random.f64()).cos()) as f32
}

/// Makes the entry of largest magnitude of each component positive (scikit-learn's `svd_flip`).
fn fix_signs(components: &mut Array2<f64>) {
    for mut component in components.rows_mut() {
        let largest = component
            .iter()
            .copied()
            .reduce(|a, b| if b.abs() > a.abs() { b } else { a });
        if largest.is_some_and(|value| value < 0.0) {
            component *= -1.0;
        }
    }
}
