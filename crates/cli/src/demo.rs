//! `glassboard demo`: a small network learns to read digits while its dashboard is open.

use std::io::{self, IsTerminal as _, Write as _};
use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use glassboard_demo::{DemoOptions, Outcome};
use glassboard_model::summary::TextOptions;
use glassboard_server::{LogSource, ServeOptions};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::watch;

use crate::Status;
use crate::args::DemoArguments;
use crate::serve::{announce, options, stop_signal, with_home};

/// Shows the dashboard, trains, and goes on showing until Ctrl-C.
pub(crate) fn demo(arguments: DemoArguments) -> Result<Status> {
    let folder = Folder::new(arguments.logdir)?;
    let mut training = DemoOptions::new(folder.path());
    if let Some(epochs) = arguments.epochs {
        training.epochs = epochs;
    }
    let open_browser = arguments.listen.open;
    let mut server = options(LogSource::Folder(folder.path()), arguments.listen);
    server
        .window_title
        .get_or_insert_with(|| "Glassboard demo".to_owned());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot make an event loop")?;
    let end = if arguments.exit {
        End::AfterTraining
    } else {
        End::AtSignal
    };
    let result = runtime.block_on(show_and_train(server, training, open_browser, end));
    runtime.shutdown_background();
    result.map(|()| Status::Success)
}

/// When the dashboard is closed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    AfterTraining,
    AtSignal,
}

async fn show_and_train(
    server: ServeOptions,
    training: DemoOptions,
    open_browser: bool,
    end: End,
) -> Result<()> {
    let (stop, stopped) = watch::channel(false);
    let signal = stop_signal()?;
    let on_signal = stop.clone();
    tokio::spawn(async move {
        signal.await;
        on_signal.send_replace(true);
    });
    let mut until = stopped.clone();
    let serving = glassboard_server::serve(server, async move {
        // The sender lives as long as this function.
        let _ = until.wait_for(|stop| *stop).await;
    })
    .await?;
    announce(serving.url(), open_browser)?;
    let network = glassboard_demo::summary().text(&TextOptions::default());
    writeln!(io::stdout(), "{network}")?;
    let asked = stopped.clone();
    let outcome = tokio::task::spawn_blocking(move || train(&training, &asked))
        .await
        .context("the training stopped")??;
    if !*stopped.borrow() {
        report(&outcome)?;
    }
    if end == End::AfterTraining {
        stop.send_replace(true);
    }
    serving.finished().await;
    Ok(())
}

fn train(training: &DemoOptions, stopped: &watch::Receiver<bool>) -> Result<Outcome> {
    let bar = if io::stderr().is_terminal() {
        ProgressBar::new(0)
    } else {
        ProgressBar::hidden()
    };
    // The template is a constant; were it wrong, the default bar would do.
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent}% {msg} {eta}") {
        bar.set_style(style);
    }
    let outcome = glassboard_demo::run(training, &mut |progress| {
        bar.set_length(progress.total as u64);
        bar.set_position(progress.done as u64);
        bar.set_message(format!(
            "{}, epoch {} of {}, loss {:.3}",
            progress.run, progress.epoch, progress.epochs, progress.loss
        ));
        if *stopped.borrow() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    bar.finish_and_clear();
    Ok(outcome?)
}

fn report(outcome: &Outcome) -> io::Result<()> {
    let mut stdout = io::stdout();
    for run in &outcome.runs {
        writeln!(
            stdout,
            "{}: {:.1} % of the validation digits read right",
            run.name,
            run.validation_accuracy * 100.0
        )?;
    }
    stdout.flush()
}

/// Where the logs go; a temporary folder is removed in the end.
enum Folder {
    Chosen(PathBuf),
    Temporary(tempfile::TempDir),
}

impl Folder {
    fn new(chosen: Option<PathBuf>) -> Result<Self> {
        Ok(match chosen {
            Some(path) => Self::Chosen(with_home(&path)),
            None => Self::Temporary(
                tempfile::Builder::new()
                    .prefix("glassboard-demo-")
                    .tempdir()
                    .context("cannot make a folder for the logs; name one with --logdir")?,
            ),
        })
    }

    fn path(&self) -> PathBuf {
        match self {
            Self::Chosen(path) => path.clone(),
            Self::Temporary(folder) => folder.path().to_owned(),
        }
    }
}
