//! `glassboard snapshot`: the dashboards as one file that opens without a server.

mod choice;
mod file;
mod record;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use glassboard_server::Offline;
use glassboard_store::{LocalLogdir, Store, StoreOptions};
use regex::Regex;

use self::choice::{Choice, Dashboard};
use self::file::SnapshotFile;
use self::record::{Outcome, Recorder};
use crate::Status;
use crate::check::load_with_bar;
use crate::output::{grouped, size_text};
use crate::serve::with_home;

/// Points of a scalar series that are kept unless told otherwise.
const DEFAULT_POINTS: u32 = 10_000;

/// `glassboard snapshot`.
#[derive(Debug, Args)]
pub(crate) struct SnapshotArguments {
    /// Folder with event files, in it or in folders below
    #[arg(long, value_name = "DIR", env = "GLASSBOARD_LOGDIR")]
    logdir: PathBuf,
    /// The file that is written
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// Dashboards that are in it [default: all that have data]
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',')]
    dashboards: Vec<Dashboard>,
    /// Only runs whose name has a match
    #[arg(long, value_name = "REGEX")]
    runs: Option<Regex>,
    /// Only tags that have a match
    #[arg(long, value_name = "REGEX")]
    tags: Option<Regex>,
    /// Title of the page [default: the name of the log directory]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Largest size of the file, with KB, MB or GB; what is beyond it is left out: the oldest pictures,
    /// sounds and meshes first
    #[arg(long, value_name = "SIZE", default_value = "64MB", value_parser = parse_size)]
    max_size: u64,
    /// Points kept of a scalar series that has more: of each part of the steps the first, the last, the
    /// smallest and the largest; 0 keeps all
    #[arg(long, value_name = "COUNT", default_value_t = DEFAULT_POINTS)]
    points: u32,
    /// Weights of the exponential smoothing that can be chosen in the page
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "0.6", value_parser = parse_weight)]
    smoothing: Vec<f64>,
    /// Replace the file if there is one
    #[arg(long)]
    force: bool,
}

/// Loads, asks for everything that the page would ask for, and writes the file.
pub(crate) fn snapshot(arguments: SnapshotArguments) -> Result<Status> {
    let logdir = with_home(&arguments.logdir);
    if !logdir.is_dir() {
        bail!("no such log directory: {}", logdir.display());
    }
    let out = with_home(&arguments.out);
    if out.exists() && !arguments.force {
        bail!(
            "expected a new file, got one that is there; --force replaces it: {}",
            out.display()
        );
    }
    let page = glassboard_server::snapshot_page()
        .context("this program was built without the page of snapshots")?;
    let name = logdir.canonicalize().ok().and_then(|path| {
        let name = path.file_name()?;
        Some(name.to_string_lossy().into_owned())
    });
    let title = arguments
        .title
        .or(name)
        .unwrap_or_else(|| "Glassboard".to_owned());

    let store = Store::new(
        Arc::new(LocalLogdir::new(&logdir)),
        StoreOptions {
            threads: None,
            once: true,
        },
    );
    load_with_bar(&store);
    let mut file = SnapshotFile::create(&out, &page, &title, arguments.max_size)?;
    let offline = Offline::new(store, Some(logdir))?;
    let mut weights = arguments.smoothing;
    weights.retain(|weight| *weight > 0.0);
    weights.sort_by(f64::total_cmp);
    weights.dedup();
    let choice = Choice {
        dashboards: arguments.dashboards,
        runs: arguments.runs,
        tags: arguments.tags,
        title,
        points: arguments.points,
        weights,
        made_at_secs: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0.0, |since| since.as_secs_f64()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot make an event loop")?;
    let recorder = Recorder::new(&offline, &mut file, &choice);
    // Ended from outside, what is written by then is removed with its temporary file.
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = recorder.record() => outcome,
            _ = tokio::signal::ctrl_c() => Err(anyhow!("interrupted; nothing is written")),
        }
    })?;
    let size = file.finish(&outcome.info, arguments.force)?;
    // What a request may still compute is of no use to anyone.
    runtime.shutdown_background();
    Ok(report(&out, size, &outcome))
}

fn report(out: &std::path::Path, size: u64, outcome: &Outcome) -> Status {
    println!(
        "{}: {} answers, {}",
        out.display(),
        grouped(outcome.answers),
        size_text(size)
    );
    for left_out in &outcome.info.left_out {
        eprintln!(
            "glassboard: left out, beyond --max-size: {} of {} of {}",
            grouped(left_out.total - left_out.kept),
            grouped(left_out.total),
            left_out.dashboard
        );
    }
    if outcome.info.reduced_series > 0 {
        eprintln!(
            "glassboard: {} scalar series have more points than are kept; --points 0 keeps all",
            grouped(outcome.info.reduced_series)
        );
    }
    for problem in &outcome.problems {
        eprintln!("glassboard: not in the snapshot: {problem}");
    }
    if outcome.problems.is_empty() {
        Status::Success
    } else {
        Status::FoundDamage
    }
}

/// `64MB`: a number and a unit of 1,000 bytes or its powers; without one, bytes.
fn parse_size(text: &str) -> Result<u64, String> {
    let trimmed = text.trim();
    let digits = trimmed.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match trimmed[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 1.0,
        "K" | "KB" => 1e3,
        "M" | "MB" => 1e6,
        "G" | "GB" => 1e9,
        _ => f64::NAN,
    };
    let bytes = digits.trim().parse::<f64>().unwrap_or(f64::NAN) * unit;
    if (1.0..1e15).contains(&bytes) {
        Ok(bytes as u64)
    } else {
        Err("expected a size such as 64MB".to_owned())
    }
}

fn parse_weight(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(weight) if (0.0..=0.999).contains(&weight) => Ok(weight),
        _ => Err("expected a weight from 0 to 0.999".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in [
            ("1", 1),
            ("64MB", 64_000_000),
            ("1.5 gb", 1_500_000_000),
            ("20k", 20_000),
            ("7B", 7),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "MB", "0", "-1MB", "1TB", "1e99", "nan", "ü"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn weights_are_below_one() {
        assert_eq!(parse_weight(" 0.6"), Ok(0.6));
        for text in ["1", "-0.1", "NaN", "x", ""] {
            assert!(parse_weight(text).is_err(), "{text}");
        }
    }
}
