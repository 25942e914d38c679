//! `docs/benchmarks.md`.

use super::figures::{Bench, Loaded, ModelSummary, Paired, median};
use crate::shell::{command, output};
use std::{fmt::Write, fs};

const MEGA: f64 = 1e6;

/// What follows this in the page was measured by hand.
const BY_HAND: &str = "\n<!-- From here on measured one by one";

/// The part of the page before that is not written anew.
pub(super) fn kept(page: &str) -> &str {
    page.find(BY_HAND)
        .and_then(|start| page.get(start..))
        .unwrap_or_default()
}

/// The page, but for what is kept of it.
pub(super) fn markdown(bench: &Bench) -> anyhow::Result<String> {
    let mut page = String::from(
        "# Benchmarks\n\n\
         Measured by `cargo xtask bench`, which measured the peers in the same run. Absolute times move from machine to \
         machine; the ratios are what to look at.\n\n",
    );
    writeln!(
        page,
        "Machine: {}. {}. Chromium: {}.",
        machine(),
        date()?,
        bench.browser.version
    )?;
    writeln!(
        page,
        "rustc: {}.",
        output(command("rustc").arg("--version"))?
    )?;
    writeln!(
        page,
        "Peers: torch 2.15.0, tensorboard-data-server 0.7.2, tensorboardX 2.6.5."
    )?;
    writeln!(
        page,
        "Loads are medians of {} runs with the files in the page cache.\n",
        bench.repeats
    )?;

    page.push_str("| figure | goal | measured | peer | ratio |\n|---|---|---|---|---|\n");
    writeln!(
        page,
        "| `add_scalar`, Rust, one thread, to disk | 2 million/s | {:.2} million/s | torch from Python: {:.0} µs a call; \
         tensorboardX: {:.0} µs | {:.0}x, {:.0}x |",
        bench.add_scalar_per_sec / MEGA,
        bench.torch.microseconds,
        bench.tensorboardx.microseconds,
        bench.add_scalar_per_sec * bench.torch.microseconds / MEGA,
        bench.add_scalar_per_sec * bench.tensorboardx.microseconds / MEGA,
    )?;
    load_rows(
        &mut page,
        "`long`, 10 M scalars, every point kept",
        "8x as fast, 8 bytes a point",
        &bench.long,
    )?;
    load_rows(
        &mut page,
        "`many`, 100 runs x 20 tags x 1,000",
        "5x as fast, half the memory",
        &bench.many,
    )?;
    writeln!(
        page,
        "| peak memory of loading 1 GB and {} GB of pictures | does not grow with the pictures' bytes | {} and {} \
         ({:.1} s) | | |",
        bench.images_gb,
        megabytes(bench.few_pictures.peak_rss_bytes),
        megabytes(bench.many_pictures.peak_rss_bytes),
        bench.many_pictures.secs,
    )?;
    let series = &bench.series;
    writeln!(
        page,
        "| series request, {:.0} M points at 1,000 px | 10 ms | {:.1} ms for all ten series ({:.0} kB); {:.1} ms for one \
         of 1 M points; {:.1} ms zoomed to 1 % | | |",
        series.points / MEGA,
        median(series.all_ms.iter().copied()),
        series.all_bytes / 1e3,
        median(series.one_ms.iter().copied()),
        median(series.zoomed_ms.iter().copied()),
    )?;
    writeln!(
        page,
        "| first chart in the browser, 100 runs x 20 tags | 1 s | {:.2} s | | |",
        median(bench.browser.first_chart_ms.iter().copied()) / 1e3
    )?;
    writeln!(
        page,
        "| JavaScript for it, compressed | 150 kB | {:.0} kB | | |",
        bench.browser.script_gzip_bytes / 1e3
    )?;
    summary_rows(&mut page, &bench.summaries)?;
    page.push_str(
        "\nThe data server keeps a sample of the points (1,000 a series); Glassboard keeps every one. Both verify \
         checksums in the first ratio of a load; the second is against the data server's default, which does not.\n\
         How each figure is measured: [benches/README.md](../benches/README.md).\n\n\
         ## The Python package\n\n\
         Beside torch.utils.tensorboard (`add_*`, files written and closed), scikit-learn (curves, PCA, t-SNE), umap-learn, \
         torchinfo and pytorch-grad-cam, in one process; what says so is `glassboard explain` on a model file.\n\n\
         | call | goal | measured | peer | ratio |\n|---|---|---|---|---|\n",
    );
    paired_rows(&mut page, &bench.python)?;
    Ok(page)
}

fn paired_rows(page: &mut String, figures: &[Paired]) -> anyhow::Result<()> {
    for figure in figures {
        writeln!(
            page,
            "| {} | {} | {} | {} | {:.1}x |",
            figure.name,
            goal(figure.goal),
            time(figure.ours_us),
            time(figure.peer_us),
            figure.peer_us / figure.ours_us
        )?;
    }
    Ok(())
}

/// How many times as fast it is to be, where that is the goal.
fn goal(times: f64) -> String {
    if times == 0.0 {
        return String::new();
    }
    format!("{times:.0}x")
}

/// Microseconds in a unit that suits them.
fn time(microseconds: f64) -> String {
    match microseconds {
        us if us < 1e3 => format!("{us:.2} µs"),
        us if us < 1e6 => format!("{:.2} ms", us / 1e3),
        us => format!("{:.2} s", us / 1e6),
    }
}

fn load_rows(page: &mut String, what: &str, goal: &str, loaded: &Loaded) -> anyhow::Result<()> {
    let ours = median(loaded.ours.iter().map(|check| check.secs));
    let peer = median(loaded.peer.iter().map(|load| load.checksum_secs));
    let unchecked = median(loaded.peer.iter().map(|load| load.no_checksum_secs));
    let memory = median(loaded.ours.iter().map(|check| check.peak_rss_bytes));
    let peer_memory = median(loaded.peer.iter().map(|load| load.peak_rss_bytes));
    let per_point = median(
        loaded
            .ours
            .iter()
            .map(|check| check.memory_bytes / check.points),
    );
    let rate = median(
        loaded
            .ours
            .iter()
            .map(|check| check.bytes_read / check.secs),
    );
    writeln!(
        page,
        "| load {what} | {goal} | {ours:.3} s ({:.0} MB/s), {per_point:.2} bytes a point | {peer:.2} s, {unchecked:.2} s \
         without checksums | {:.1}x, {:.1}x |",
        rate / MEGA,
        peer / ours,
        unchecked / ours,
    )?;
    writeln!(
        page,
        "| its peak memory | | {} | {} | {:.2} of the peer's |",
        megabytes(memory),
        megabytes(peer_memory),
        memory / peer_memory
    )?;
    Ok(())
}

/// A row for each kind of model file.
fn summary_rows(
    page: &mut String,
    summaries: &[(String, Vec<ModelSummary>)],
) -> anyhow::Result<()> {
    for (kind, measured) in summaries {
        writeln!(
            page,
            "| `glassboard summary` of a .{kind} of 20,000 operations, whole process | 1 s | {:.2} s, {} | | |",
            median(measured.iter().map(|one| one.secs)),
            megabytes(median(measured.iter().map(|one| one.peak_rss_bytes))),
        )?;
    }
    Ok(())
}

fn megabytes(bytes: f64) -> String {
    format!("{:.0} MB", bytes / MEGA)
}

fn date() -> anyhow::Result<String> {
    output(command("date").arg("+%Y-%m-%d"))
}

/// Processor, cores and memory, as Linux tells.
fn machine() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let meminfo = read("/proc/meminfo");
    let kilobytes = meminfo.lines().find_map(|line| {
        line.strip_prefix("MemTotal:")?
            .trim()
            .split(' ')
            .next()?
            .parse()
            .ok()
    });
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{}, {cores} cores, {:.0} GB",
        model.unwrap_or("unknown processor"),
        kilobytes.unwrap_or(0.0) * 1024.0 / 1e9
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_measured_by_hand_stays() {
        let page = include_str!("../../../docs/benchmarks.md");
        let kept = kept(page);
        assert!(page.ends_with(kept));
        assert!(kept.contains("\n## The page\n") && !kept.contains("\n## The Python package\n"));
        assert_eq!(super::kept("# Benchmarks\n"), "");
    }
}
