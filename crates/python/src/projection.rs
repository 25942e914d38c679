//! `glassboard.projection`: PCA, t-SNE, UMAP and nearest neighbours, without Python's lock and stoppable.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use glassboard_projection::{
    Metric, Observer, PcaOptions, PcaSolver, ProjectionError, Report, Stage, TsneOptions,
    TsneStart, UmapOptions,
};
use numpy::{IntoPyArray as _, PyArray1, PyArray2, PyReadonlyArray2};
use pyo3::prelude::*;

use crate::error::invalid_input;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(project_pca, module)?)?;
    module.add_function(wrap_pyfunction!(project_tsne, module)?)?;
    module.add_function(wrap_pyfunction!(project_umap, module)?)?;
    module.add_function(wrap_pyfunction!(nearest_neighbors, module)?)
}

/// How often Ctrl-C is looked for, and progress told.
const POLL: Duration = Duration::from_millis(50);

type Table<'py, T> = Bound<'py, PyArray2<T>>;

/// Coordinates, components, mean, variances, shares of variance.
type Principal<'py> = (
    Table<'py, f32>,
    Table<'py, f64>,
    Bound<'py, PyArray1<f64>>,
    Vec<f64>,
    Vec<f64>,
);

/// Principal components of points, float32 of shape (points, dimensions).
#[pyfunction]
fn project_pca<'py>(
    py: Python<'py>,
    points: PyReadonlyArray2<'py, f32>,
    components: usize,
    solver: &str,
    seed: u64,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Principal<'py>> {
    let solver = match solver {
        "auto" => PcaSolver::Auto,
        "full" => PcaSolver::Exact,
        "randomized" => PcaSolver::Randomized,
        _ => {
            let message =
                format!("svd_solver: expected 'auto', 'full' or 'randomized', got '{solver}'");
            return Err(invalid_input(py, message));
        }
    };
    let options = PcaOptions {
        components,
        solver,
        seed,
    };
    let points = points.as_array();
    let result = watched(py, progress, |observer| {
        glassboard_projection::pca(points, &options, observer)
    })?;
    Ok((
        result.coordinates.into_pyarray(py),
        result.components.into_pyarray(py),
        result.mean.into_pyarray(py),
        result.explained_variance,
        result.explained_variance_ratio,
    ))
}

/// A t-SNE layout of points, float32 of shape (points, dimensions), and its divergence.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn project_tsne<'py>(
    py: Python<'py>,
    points: PyReadonlyArray2<'py, f32>,
    dimensions: usize,
    perplexity: f64,
    iterations: usize,
    early_exaggeration: f32,
    learning_rate: Option<f32>,
    theta: f32,
    start: &str,
    metric: &str,
    seed: u64,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<(Table<'py, f32>, f64)> {
    let start = match start {
        "pca" => TsneStart::Principal,
        "random" => TsneStart::Random,
        _ => {
            let message = format!("init: expected 'pca' or 'random', got '{start}'");
            return Err(invalid_input(py, message));
        }
    };
    let options = TsneOptions {
        dimensions,
        perplexity,
        iterations,
        early_exaggeration,
        learning_rate,
        theta,
        start,
        metric: metric_named(py, metric)?,
        seed,
    };
    let points = points.as_array();
    let result = watched(py, progress, |observer| {
        glassboard_projection::tsne(points, &options, observer)
    })?;
    Ok((result.coordinates.into_pyarray(py), result.kl_divergence))
}

/// A UMAP layout of points, float32 of shape (points, dimensions).
#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn project_umap<'py>(
    py: Python<'py>,
    points: PyReadonlyArray2<'py, f32>,
    dimensions: usize,
    neighbors: usize,
    min_dist: f32,
    spread: f32,
    epochs: Option<usize>,
    learning_rate: f32,
    negative_sample_rate: usize,
    metric: &str,
    seed: u64,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Table<'py, f32>> {
    let options = UmapOptions {
        dimensions,
        neighbors,
        min_dist,
        spread,
        epochs,
        learning_rate,
        negative_sample_rate,
        metric: metric_named(py, metric)?,
        seed,
    };
    let points = points.as_array();
    let layout = watched(py, progress, |observer| {
        glassboard_projection::umap(points, &options, observer)
    })?;
    Ok(layout.into_pyarray(py))
}

/// Each point's nearest neighbours: which, and how far they are.
#[pyfunction]
fn nearest_neighbors<'py>(
    py: Python<'py>,
    points: PyReadonlyArray2<'py, f32>,
    k: usize,
    metric: &str,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<(Table<'py, u32>, Table<'py, f32>)> {
    let metric = metric_named(py, metric)?;
    let points = points.as_array();
    let near = watched(py, progress, |observer| {
        glassboard_projection::nearest_neighbors(points, k, metric, observer)
    })?;
    Ok((
        near.indices.into_pyarray(py),
        near.distances.into_pyarray(py),
    ))
}

fn metric_named(py: Python<'_>, name: &str) -> PyResult<Metric> {
    match name {
        "euclidean" => Ok(Metric::Euclidean),
        "cosine" => Ok(Metric::Cosine),
        _ => {
            let message = format!("metric: expected 'euclidean' or 'cosine', got '{name}'");
            Err(invalid_input(py, message))
        }
    }
}

/// What the worker has last told.
struct Watch {
    last: Mutex<Option<(Stage, usize, usize)>>,
    stop: AtomicBool,
}

impl Observer for Watch {
    fn observe(&self, report: Report<'_>) -> ControlFlow<()> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((report.stage, report.done, report.total));
        if self.stop.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

/// Does `work` on a thread of its own, while this one looks for Ctrl-C and tells `progress(stage, done, total)`.
fn watched<T: Send>(
    py: Python<'_>,
    progress: Option<Bound<'_, PyAny>>,
    work: impl FnOnce(&dyn Observer) -> Result<T, ProjectionError> + Send,
) -> PyResult<T> {
    let watch = Watch {
        last: Mutex::new(None),
        stop: AtomicBool::new(false),
    };
    let mut interrupted = None;
    let result = thread::scope(|scope| {
        let (ended, end) = channel::<()>();
        let watch = &watch;
        let worker = scope.spawn(move || {
            // Dropped at the end, also of a panic.
            let _ended = ended;
            work(watch)
        });
        let end = Mutex::new(end);
        loop {
            let waited = py.detach(|| {
                let end = end.lock().unwrap_or_else(PoisonError::into_inner);
                end.recv_timeout(POLL)
            });
            if waited != Err(RecvTimeoutError::Timeout) {
                break;
            }
            if interrupted.is_none()
                && let Err(error) = tell(py, progress.as_ref(), watch)
            {
                watch.stop.store(true, Ordering::Relaxed);
                interrupted = Some(error);
            }
        }
        py.detach(|| worker.join())
    });
    if let Some(error) = interrupted {
        return Err(error);
    }
    match result {
        Ok(result) => {
            tell(py, progress.as_ref(), &watch)?;
            result.map_err(|error| invalid_input(py, error))
        }
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn tell(py: Python<'_>, progress: Option<&Bound<'_, PyAny>>, watch: &Watch) -> PyResult<()> {
    py.check_signals()?;
    let last = watch
        .last
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    if let (Some(progress), Some((stage, done, total))) = (progress, last) {
        let stage = match stage {
            Stage::Neighbors => "neighbors",
            Stage::Components => "components",
            _ => "layout",
        };
        progress.call1((stage, done, total))?;
    }
    Ok(())
}
