//! `glassboard check`: loads everything once, as the dashboard would, and reports.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use glassboard_store::{FileDamage, LocalLogdir, Snapshot, Store, StoreOptions};
use serde::Serialize;

use crate::Status;
use crate::args::CheckArguments;
use crate::output::{byte_bar, grouped};
use crate::serve::with_home;

/// How often the bar moves.
const BAR_INTERVAL: Duration = Duration::from_millis(100);

/// What is reported.
#[derive(Debug, Serialize)]
struct Report {
    logdir: String,
    runs: u64,
    /// Different tags.
    tags: u64,
    /// Tags summed over runs.
    series: u64,
    /// Scalar points, superseded ones included.
    points: u64,
    files: u64,
    bytes_read: u64,
    seconds: f64,
    points_per_second: f64,
    /// Bytes that the loaded series take.
    memory_bytes: u64,
    /// Of these, per scalar point.
    memory_bytes_per_point: Option<f64>,
    /// The most memory the process has had, where the system tells.
    peak_rss_bytes: Option<u64>,
    damaged_records: u64,
    damage: Vec<DamagedFile>,
    notices: Vec<Notice>,
}

#[derive(Debug, Serialize)]
struct DamagedFile {
    run: String,
    path: String,
    /// Records read well.
    records: u64,
    /// Damaged places; of more than 1,000, only the first are listed.
    damaged: u64,
    places: Vec<Place>,
}

#[derive(Debug, Serialize)]
struct Place {
    offset: u64,
    lost_bytes: u64,
    kind: &'static str,
    message: String,
}

#[derive(Debug, Serialize)]
struct Notice {
    kind: &'static str,
    path: String,
    message: String,
}

/// Loads, reports, and says by the exit status whether all is sound.
pub(crate) fn check(arguments: &CheckArguments) -> Result<Status> {
    let folder = with_home(&arguments.logdir);
    if folder.is_file() {
        bail!(
            "expected a log directory, got a file: {}; use `glassboard inspect` for a single file",
            folder.display()
        );
    }
    if !folder.exists() {
        bail!("no such log directory: {}", folder.display());
    }
    let store = Store::new(
        Arc::new(LocalLogdir::new(folder)),
        StoreOptions {
            threads: arguments.threads.max_reload_threads.map(usize::from),
            once: true,
        },
    );
    let start = Instant::now();
    load_with_bar(&store);
    let report = report(&store, start.elapsed());
    let text = if arguments.json {
        serde_json::to_string_pretty(&report)? + "\n"
    } else {
        readable(&report)?
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(if report.damaged_records == 0 {
        Status::Success
    } else {
        Status::FoundDamage
    })
}

/// Loads everything, with a bar of bytes.
pub(crate) fn load_with_bar(store: &Arc<Store>) {
    let bar = byte_bar(false);
    thread::scope(|scope| {
        let loading = scope.spawn(|| store.refresh());
        while !bar.is_hidden() && !loading.is_finished() {
            let progress = store.progress();
            bar.set_length(progress.bytes_total);
            bar.set_position(progress.bytes_read);
            bar.set_message(format!(
                "{} of {} files",
                grouped(progress.files_read),
                grouped(progress.files_total)
            ));
            thread::sleep(BAR_INTERVAL);
        }
    });
    bar.finish_and_clear();
}

fn report(store: &Store, took: Duration) -> Report {
    let snapshot = store.snapshot();
    let progress = store.progress();
    let seconds = took.as_secs_f64();
    let points = snapshot.points();
    let tags: BTreeSet<&str> = infos(&snapshot).map(|info| info.tag.as_str()).collect();
    Report {
        logdir: store.logdir_name(),
        runs: snapshot.runs().len() as u64,
        tags: tags.len() as u64,
        series: infos(&snapshot).count() as u64,
        points,
        files: progress.files_total,
        bytes_read: progress.bytes_read,
        seconds,
        points_per_second: points as f64 / seconds,
        memory_bytes: snapshot.memory_bytes(),
        memory_bytes_per_point: (points > 0)
            .then(|| snapshot.memory_bytes() as f64 / points as f64),
        peak_rss_bytes: peak_rss_bytes(),
        damaged_records: snapshot.damaged_records(),
        damage: snapshot.damage().into_iter().map(damaged_file).collect(),
        notices: snapshot
            .notices()
            .iter()
            .map(|notice| Notice {
                kind: notice.kind.as_str(),
                path: notice.path.clone(),
                message: notice.message.clone(),
            })
            .collect(),
    }
}

fn infos(snapshot: &Snapshot) -> impl Iterator<Item = &glassboard_store::TagInfo> {
    snapshot.runs().iter().flat_map(|run| run.tags())
}

fn damaged_file(file: FileDamage) -> DamagedFile {
    DamagedFile {
        run: file.run.as_str().to_owned(),
        path: file.path,
        records: file.records,
        damaged: file.damaged,
        places: file
            .places
            .iter()
            .map(|place| Place {
                offset: place.offset,
                lost_bytes: place.lost_bytes,
                kind: place.kind.as_str(),
                message: place.to_string(),
            })
            .collect(),
    }
}

/// The high-water mark of resident memory, from Linux's own account of this process.
fn peak_rss_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

fn readable(report: &Report) -> Result<String> {
    let mut text = String::new();
    let mut line = |name: &str, value: String| writeln!(text, "{name:<16}{value}");
    line("log directory", report.logdir.clone())?;
    line("runs", grouped(report.runs))?;
    line(
        "tags",
        format!(
            "{} ({} series)",
            grouped(report.tags),
            grouped(report.series)
        ),
    )?;
    line("scalar points", grouped(report.points))?;
    line("files", grouped(report.files))?;
    line("bytes read", grouped(report.bytes_read))?;
    line("seconds", format!("{:.3}", report.seconds))?;
    line("points/s", grouped(report.points_per_second as u64))?;
    let per_point = report
        .memory_bytes_per_point
        .map(|bytes| format!(" ({bytes:.2} a point)"))
        .unwrap_or_default();
    line("bytes of series", grouped(report.memory_bytes) + &per_point)?;
    if let Some(bytes) = report.peak_rss_bytes {
        line("peak memory", grouped(bytes))?;
    }
    line(
        "damage",
        match (report.damaged_records, report.damage.len()) {
            (0, _) => "none".to_owned(),
            (places, files) => format!("{} in {} files", grouped(places), grouped(files as u64)),
        },
    )?;
    for file in &report.damage {
        writeln!(
            text,
            "\n{}: {} damaged, {} sound",
            file.path,
            grouped(file.damaged),
            grouped(file.records)
        )?;
        for place in &file.places {
            writeln!(text, "  {}", place.message)?;
        }
        let more = file.damaged - file.places.len() as u64;
        if more > 0 {
            writeln!(text, "  … and {} more", grouped(more))?;
        }
    }
    if !report.notices.is_empty() {
        writeln!(text)?;
    }
    for notice in &report.notices {
        writeln!(text, "{}: {}", notice.path, notice.message)?;
    }
    Ok(text)
}
