//! Projections at work: a few at a time, each on threads of its own, stopped when nobody waits for it any more.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use glassboard_projection::{
    Metric, Observer, PcaOptions, Report, Stage, TsneOptions, UmapOptions, pca, tsne, umap,
};
use ndarray::{Array2, ArrayView2};
use parking_lot::Mutex;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;

use super::axes::Axes;
use super::frames::frame;
use super::{Embedding, prepared};
use crate::error::Failure;
use crate::wire::{
    ProjectionAxisFound, ProjectionFrame, ProjectionMethod, ProjectionRequest, ProjectionStage,
};

/// Projections that run at once; others wait.
const AT_ONCE: usize = 2;

/// Projections that may wait.
const MOST_WAITING: usize = 16;

/// Frames that wait for a slow connection.
const QUEUED_FRAMES: usize = 4;

/// How often it is told how far a projection is.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// How often a layout goes along, for each million of its numbers at least as long as for one.
const SHOW_EVERY: Duration = Duration::from_millis(250);

/// Components that are computed: as many as can be chosen from.
const COMPONENTS: usize = 10;

const MAX_ITERATIONS: u32 = 100_000;
const MAX_NEIGHBORS: u32 = 200;
const MAX_PERPLEXITY: f32 = 500.0;

/// What frames go through.
type Frames = mpsc::Sender<Result<Bytes, Infallible>>;

/// The places for projections that run.
#[derive(Debug)]
pub(crate) struct Projections {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Default for Projections {
    fn default() -> Self {
        Self {
            running: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Arc::new(Semaphore::new(AT_ONCE + MOST_WAITING)),
        }
    }
}

/// How points are projected, checked.
#[derive(Debug, Clone)]
pub(crate) enum Options {
    Pca(PcaOptions),
    Tsne(TsneOptions),
    Umap(UmapOptions),
    Custom(Axes),
}

impl Options {
    /// Refuses what does not fit the embedding.
    pub(crate) fn check(&self, embedding: &Embedding) -> Result<(), Failure> {
        match self {
            Self::Custom(axes) => axes.check(embedding),
            _ => Ok(()),
        }
    }
}

/// What a request asks for.
pub(crate) fn options(request: &ProjectionRequest) -> Result<Options, Failure> {
    let range = |name: &str, value: Option<f64>, from: f64, to: f64| match value {
        Some(value) if !(from..=to).contains(&value) => Err(Failure::bad_request(format!(
            "parameter {name}: expected {from} to {to}, got {value}"
        ))
        .about(name)),
        _ => Ok(()),
    };
    range("dimensions", Some(request.dimensions.into()), 2.0, 3.0)?;
    range(
        "iterations",
        request.iterations.map(f64::from),
        1.0,
        MAX_ITERATIONS.into(),
    )?;
    range(
        "neighbors",
        request.neighbors.map(f64::from),
        2.0,
        MAX_NEIGHBORS.into(),
    )?;
    range("min_dist", request.min_dist.map(f64::from), 0.0, 1.0)?;
    range(
        "perplexity",
        request.perplexity.map(f64::from),
        1.0,
        MAX_PERPLEXITY.into(),
    )?;
    range(
        "learning_rate",
        request.learning_rate.map(f64::from),
        1e-6,
        1e6,
    )?;
    let dimensions = request.dimensions as usize;
    let seed = u64::from(request.seed);
    Ok(match request.method {
        ProjectionMethod::Pca => Options::Pca(PcaOptions {
            components: COMPONENTS,
            seed,
            ..PcaOptions::default()
        }),
        ProjectionMethod::Tsne => {
            let defaults = TsneOptions::default();
            Options::Tsne(TsneOptions {
                dimensions,
                perplexity: request.perplexity.map_or(defaults.perplexity, f64::from),
                learning_rate: request.learning_rate,
                iterations: request
                    .iterations
                    .map_or(defaults.iterations, |count| count as usize),
                seed,
                ..defaults
            })
        }
        ProjectionMethod::Umap => {
            let defaults = UmapOptions::default();
            Options::Umap(UmapOptions {
                dimensions,
                neighbors: request
                    .neighbors
                    .map_or(defaults.neighbors, |count| count as usize),
                min_dist: request.min_dist.unwrap_or(defaults.min_dist),
                epochs: request.iterations.map(|count| count as usize),
                metric: Metric::Euclidean,
                seed,
                ..defaults
            })
        }
        ProjectionMethod::Custom => Options::Custom(Axes::of_request(request)?),
    })
}

impl Projections {
    /// Starts a projection, now or when there is a place for it. Dropping the stream, or `stop`, ends it.
    pub(crate) fn start(
        &self,
        embedding: Arc<Embedding>,
        options: Options,
        spherize: bool,
        mut stop: watch::Receiver<bool>,
    ) -> Result<ReceiverStream<Result<Bytes, Infallible>>, Failure> {
        let place = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| {
            Failure::too_large(format!(
                "{MOST_WAITING} projections are waiting already; try again when one has ended"
            ))
        })?;
        let running = Arc::clone(&self.running);
        let (frames, answer) = mpsc::channel(QUEUED_FRAMES);
        tokio::spawn(async move {
            let turn = if let Ok(turn) = Arc::clone(&running).try_acquire_owned() {
                turn
            } else {
                let waiting = frame(&ProjectionFrame::Waiting, std::iter::empty());
                // Nobody waits any more: seen below.
                let _ = frames.send(Ok(waiting)).await;
                tokio::select! {
                    turn = running.acquire_owned() => match turn {
                        Ok(turn) => turn,
                        Err(_) => return,
                    },
                    () = frames.closed() => return,
                    _ = stop.wait_for(|stop| *stop) => return,
                }
            };
            let worker = std::thread::Builder::new().name("projection".to_owned());
            let started = worker.spawn({
                let frames = frames.clone();
                let stop = stop.clone();
                move || {
                    let last = run(&embedding, &options, spherize, &frames, &stop);
                    // The next may begin, however slowly this one's result is fetched.
                    drop(turn);
                    // Whoever asked may be gone.
                    let _ = frames.blocking_send(Ok(last));
                    drop(place);
                }
            });
            if let Err(error) = started {
                let failed = ProjectionFrame::Failed {
                    message: format!("cannot start a thread: {error}"),
                };
                let _ = frames.send(Ok(frame(&failed, std::iter::empty()))).await;
            }
        });
        Ok(ReceiverStream::new(answer))
    }
}

/// The last frame of a projection.
fn run(
    embedding: &Embedding,
    options: &Options,
    spherize: bool,
    frames: &Frames,
    stop: &watch::Receiver<bool>,
) -> Bytes {
    let usable = embedding.usable();
    let places = Places {
        count: embedding.points.nrows(),
        usable: &usable,
    };
    let teller = Teller {
        frames,
        stop,
        places: &places,
        last: Mutex::new((None, None)),
    };
    let points = prepared(&embedding.points, &usable, spherize);
    let result = match options {
        Options::Pca(options) => pca(points.view(), options, &teller).map(|found| Found {
            explained_variance_ratio: found.explained_variance_ratio,
            ..Found::layout(found.coordinates)
        }),
        Options::Tsne(options) => {
            // A page's default suits most embeddings; a small one gets what it can have.
            let most = (points.nrows() as f64 - 1.0) / 3.0;
            let options = TsneOptions {
                perplexity: options.perplexity.min(most.max(1.0)),
                ..options.clone()
            };
            tsne(points.view(), &options, &teller).map(|found| Found {
                kl_divergence: Some(found.kl_divergence),
                ..Found::layout(found.coordinates)
            })
        }
        Options::Umap(options) => umap(points.view(), options, &teller).map(Found::layout),
        Options::Custom(axes) => {
            axes.place(&points, &usable, embedding)
                .map(|(coordinates, axes)| Found {
                    axes,
                    ..Found::layout(coordinates)
                })
        }
    };
    match result {
        Ok(found) => {
            let header = ProjectionFrame::Result {
                width: found.coordinates.ncols() as u32,
                explained_variance_ratio: found.explained_variance_ratio,
                kl_divergence: found.kl_divergence,
                axes: found.axes,
            };
            places.frame(&header, &found.coordinates.view())
        }
        Err(error) => {
            let failed = ProjectionFrame::Failed {
                message: error.to_string(),
            };
            frame(&failed, std::iter::empty())
        }
    }
}

/// A projection's result, whatever its method.
struct Found {
    coordinates: Array2<f32>,
    explained_variance_ratio: Vec<f64>,
    kl_divergence: Option<f64>,
    axes: Vec<ProjectionAxisFound>,
}

impl Found {
    /// A layout of which nothing more is told.
    fn layout(coordinates: Array2<f32>) -> Self {
        Self {
            coordinates,
            explained_variance_ratio: Vec::new(),
            kl_divergence: None,
            axes: Vec::new(),
        }
    }
}

/// Which points of the embedding the rows of a layout are.
struct Places<'a> {
    count: usize,
    usable: &'a [usize],
}

impl Places<'_> {
    /// A frame with a place for each point of the embedding.
    fn frame(&self, header: &ProjectionFrame, layout: &ArrayView2<'_, f32>) -> Bytes {
        let mut whole = Array2::from_elem((self.count, layout.ncols()), f32::NAN);
        for (row, place) in layout.rows().into_iter().zip(self.usable) {
            whole.row_mut(*place).assign(&row);
        }
        frame(header, whole.iter().copied())
    }
}

/// Tells the page how far a projection is.
struct Teller<'a> {
    frames: &'a Frames,
    stop: &'a watch::Receiver<bool>,
    places: &'a Places<'a>,
    /// When something was told last, and when a layout was.
    last: Mutex<(Option<Instant>, Option<Instant>)>,
}

impl Observer for Teller<'_> {
    fn observe(&self, report: Report<'_>) -> ControlFlow<()> {
        if self.frames.is_closed() || *self.stop.borrow() {
            return ControlFlow::Break(());
        }
        let now = Instant::now();
        let is_due = |last: Option<Instant>, every| last.is_none_or(|last| now - last >= every);
        // Another thread tells at this moment: that will do.
        let Some(mut last) = self.last.try_lock() else {
            return ControlFlow::Continue(());
        };
        if !is_due(last.0, TELL_EVERY) {
            return ControlFlow::Continue(());
        }
        last.0 = Some(now);
        let layout = report.layout.filter(|layout| {
            let millions = 1 + layout.len() as u32 / 1_000_000;
            is_due(last.1, SHOW_EVERY * millions)
        });
        let header = ProjectionFrame::Progress {
            stage: match report.stage {
                Stage::Neighbors => ProjectionStage::Neighbors,
                Stage::Components => ProjectionStage::Components,
                _ => ProjectionStage::Layout,
            },
            done: report.done as u64,
            total: report.total as u64,
            width: layout.map_or(0, |layout| layout.ncols() as u32),
        };
        let next = match layout {
            Some(layout) => {
                last.1 = Some(now);
                self.places.frame(&header, &layout)
            }
            None => frame(&header, std::iter::empty()),
        };
        // A connection that is too slow for it misses one.
        let _ = self.frames.try_send(Ok(next));
        ControlFlow::Continue(())
    }
}
