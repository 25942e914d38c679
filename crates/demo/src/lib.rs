//! A small CNN learns to read handwritten digits, three times at three learning rates, and logs everything about it:
//! what there is to look at when one first opens Glassboard.
//!
//! [`run`] trains and logs; [`DemoOptions`] says how long and where; [`Progress`] is told after every batch, and may
//! stop the training; [`Outcome`] says how well it went, [`summary`] of what layers the network is. The network, its gradients and its optimizer are real
//! ([Burn](burn) on the CPU), the digits are real, and the accuracy is that of digits never learned from.
//!
//! ```no_run
//! use glassboard_demo::{DemoOptions, run};
//! use std::ops::ControlFlow;
//!
//! let outcome = run(&DemoOptions::new("runs/digits"), &mut |progress| {
//!     println!("{} of {}: loss {:.3}", progress.done, progress.total, progress.loss);
//!     ControlFlow::Continue(())
//! })?;
//! println!("{:?}", outcome.best());
//! # Ok::<(), glassboard_demo::DemoError>(())
//! ```
//!
//! It leaves to others: showing progress, serving the dashboard, choosing the folder.

mod digits;
mod film;
mod log;
mod network;
mod onnx;
mod profile;
mod sound;
mod surface;
mod training;

use crate::{
    digits::Split,
    film::Film,
    log::{Plan, RunLog},
    profile::{Phase, Profiler},
    surface::Surface,
    training::{Trainer, scheduled},
};
use glassboard::summary::Summary;
use glassboard_writer::{SummaryWriterOptions, WriterError};
use std::{
    io,
    ops::{ControlFlow, Range},
    path::PathBuf,
};

/// How many digits are learned from at a time.
const BATCH_SIZE: usize = 32;

/// The trained network, in the folder of its run.
const MODEL_FILE: &str = "network.onnx";

/// The steps of each run whose time is taken: when the first few have made everything warm.
const TRACED_STEPS: Range<usize> = 5..25;

/// Seconds between flushes: someone is watching.
const FLUSH_SECS: f64 = 1.0;

/// What to train, for how long, and where to log it.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoOptions {
    /// The log directory; every learning rate gets a run of its own in it.
    pub log_dir: PathBuf,
    /// The peak learning rate of each run, in the order they are trained.
    pub learning_rates: Vec<f64>,
    /// How often each run sees every training digit.
    pub epochs: u32,
    /// The same seed gives the same split, network and batches.
    pub seed: u64,
}

impl DemoOptions {
    /// The whole demonstration: three learning rates, less than a minute on two cores in a development build.
    pub fn new(log_dir: impl Into<PathBuf>) -> Self {
        Self {
            log_dir: log_dir.into(),
            learning_rates: vec![0.01, 0.001, 0.0001],
            epochs: 8,
            seed: 1,
        }
    }
}

/// Where the training is, after a batch or a row of the loss surface that follows the last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress<'a> {
    /// The name of the run.
    pub run: &'a str,
    /// The epoch of the run, from 1.
    pub epoch: u32,
    /// How many epochs the run has.
    pub epochs: u32,
    /// Batches and rows done, of all runs.
    pub done: usize,
    /// Batches and rows to do, of all runs.
    pub total: usize,
    /// The loss of the last batch, in nats.
    pub loss: f64,
    /// The accuracy on the validation digits after the last whole epoch of the run, 0 to 1.
    pub validation_accuracy: Option<f64>,
}

/// How well the training went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The runs that came to their end, in the order they were trained.
    pub runs: Vec<RunOutcome>,
}

impl Outcome {
    /// The run with the greatest validation accuracy.
    pub fn best(&self) -> Option<&RunOutcome> {
        self.runs
            .iter()
            .max_by(|a, b| a.validation_accuracy.total_cmp(&b.validation_accuracy))
    }
}

/// How well one run went.
#[derive(Clone, Debug, PartialEq)]
pub struct RunOutcome {
    /// The name of the run.
    pub name: String,
    /// Its peak learning rate.
    pub learning_rate: f64,
    /// The share of the validation digits read right after the last epoch, 0 to 1.
    pub validation_accuracy: f64,
    /// Their mean cross-entropy, in nats.
    pub validation_loss: f64,
}

/// Why the demonstration could not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// There is nothing to train.
    #[error(
        "expected at least one epoch and one learning rate above 0, got {epochs} and {learning_rates:?}"
    )]
    NothingToTrain {
        /// The epochs asked for.
        epochs: u32,
        /// The learning rates asked for.
        learning_rates: Vec<f64>,
    },
    /// The log could not be written.
    #[error(transparent)]
    Writer(#[from] WriterError),
    /// The trained network could not be saved.
    #[error("cannot save the network: {source}: {}", path.display())]
    Save {
        /// What the system says.
        source: io::Error,
        /// The file.
        path: PathBuf,
    },
}

/// The table of the network's layers, with their shapes, parameters and mult-adds for one digit.
pub fn summary() -> Summary {
    log::summary(&Trainer::new(0).graph())
}

/// Trains one network after the other and logs them below `options.log_dir`; each that is trained is saved beside its
/// log as `network.onnx`.
///
/// `progress` is told after every batch, and after every row of the loss surface; when it answers [`ControlFlow::Break`], the log is brought to an end and the
/// runs finished so far are returned.
///
/// # Errors
/// [`DemoError::NothingToTrain`] for options without an epoch or a learning rate above 0; [`DemoError::Writer`] when
/// the log cannot be written; [`DemoError::Save`] when the trained network cannot be saved beside it.
pub fn run(
    options: &DemoOptions,
    progress: &mut dyn FnMut(&Progress<'_>) -> ControlFlow<()>,
) -> Result<Outcome, DemoError> {
    let rates = &options.learning_rates;
    if options.epochs == 0 || rates.is_empty() || !rates.iter().all(|rate| *rate > 0.0) {
        return Err(DemoError::NothingToTrain {
            epochs: options.epochs,
            learning_rates: rates.clone(),
        });
    }
    let split = Split::new(&mut fastrand::Rng::with_seed(options.seed));
    let mut outcome = Outcome::default();
    for (index, learning_rate) in rates.iter().enumerate() {
        match train(options, index, *learning_rate, &split, progress)? {
            Some(run) => outcome.runs.push(run),
            None => break,
        }
    }
    Ok(outcome)
}

/// One run; `None` when it was stopped.
fn train(
    options: &DemoOptions,
    index: usize,
    learning_rate: f64,
    split: &Split,
    progress: &mut dyn FnMut(&Progress<'_>) -> ControlFlow<()>,
) -> Result<Option<RunOutcome>, DemoError> {
    let name = format!("lr-{learning_rate}");
    let log_dir = Some(options.log_dir.join(&name));
    let writer = SummaryWriterOptions {
        log_dir,
        flush_secs: FLUSH_SECS,
        ..SummaryWriterOptions::default()
    }
    .open()?;
    let plan = Plan {
        learning_rate,
        batch_size: BATCH_SIZE,
        epochs: options.epochs,
        training: split.training.len(),
        validation: split.validation.len(),
        seed: options.seed,
    };
    let mut trainer = Trainer::new(options.seed);
    let log = RunLog::start(writer, &plan, &trainer.graph())?;
    let batches_per_epoch = split.training.len().div_ceil(BATCH_SIZE);
    let steps = batches_per_epoch * options.epochs as usize;
    let mut film = Film::new(steps);
    let mut profiler = Profiler::new(TRACED_STEPS);
    let mut losses = Vec::with_capacity(steps);
    let mut judged = trainer.judge(&split.validation);
    log.curves(0, &judged, &split.validation)?;
    log.embedding(0, &judged, &split.validation)?;
    let mut now = Progress {
        run: &name,
        epoch: 1,
        epochs: options.epochs,
        done: index * (steps + surface::SIDE),
        total: options.learning_rates.len() * (steps + surface::SIDE),
        loss: judged.loss,
        validation_accuracy: None,
    };

    for epoch in 1..=options.epochs {
        now.epoch = epoch;
        let order = trainer.shuffled(&split.training);
        for (at, digits) in order.chunks(BATCH_SIZE).enumerate() {
            let step = losses.len();
            profiler.step(step);
            profiler.phase(Phase::Data);
            let batch = trainer.batch(digits);
            let rate = scheduled(learning_rate, step, steps);
            let seen = trainer.step(&batch, rate, &mut profiler);
            profiler.phase(Phase::Logging);
            log.batch(step, step as f64 / batches_per_epoch as f64, rate, &seen)?;
            film.step(step, &seen.parameters);
            if at == 0 {
                log.samples(step, &batch)?;
                log.histograms(step, &seen)?;
            }
            profiler.phase(Phase::Progress);
            losses.push(seen.loss);
            now.loss = seen.loss;
            now.done += 1;
            if progress(&now).is_break() {
                log.stop()?;
                return Ok(None);
            }
            if let Some(trace) = profiler.take_trace() {
                log.trace(&trace)?;
            }
        }
        let step = losses.len();
        judged = trainer.judge(&split.validation);
        now.validation_accuracy = Some(judged.accuracy);
        let of_epoch = &losses[step - batches_per_epoch..];
        log.epoch(step, of_epoch, &judged, &split.validation)?;
        log.curves(step, &judged, &split.validation)?;
        if epoch == 1 || epoch == options.epochs.div_ceil(2) || epoch == options.epochs {
            log.embedding(step, &judged, &split.validation)?;
        }
    }
    let path = options.log_dir.join(&name).join(MODEL_FILE);
    trainer
        .save(&path)
        .map_err(|source| DemoError::Save { source, path })?;
    log.training(steps, film, &trainer.weights(), &losses)?;
    let digits = &split.validation[..surface::DIGITS];
    let mut rng = fastrand::Rng::with_seed(options.seed);
    let surface = Surface::around(&trainer, digits, &mut rng, &mut || {
        now.done += 1;
        progress(&now)
    });
    let Some(surface) = surface else {
        log.stop()?;
        return Ok(None);
    };
    log.surface(steps, &surface)?;
    log.finish(&plan, &judged, steps)?;
    Ok(Some(RunOutcome {
        name,
        learning_rate,
        validation_accuracy: judged.accuracy,
        validation_loss: judged.loss,
    }))
}
