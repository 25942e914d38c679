//! `cargo xtask fuzz`: runs the fuzz targets with coverage, on the stable toolchain.
//!
//! `cargo fuzz` asks for a nightly compiler to turn on its sanitizers, which find mistakes in unsafe code. There is
//! none of ours here; the coverage that guides libFuzzer needs only options every compiler takes.

use crate::shell::{self, command, root, target_dir};
use anyhow::Context;
use std::{fs, path::Path};

const TARGETS: [&str; 3] = ["record", "event", "logdir"];

/// What `cargo fuzz` passes for coverage, without its sanitizer.
const COVERAGE: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
    "--cfg=fuzzing",
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The targets to run [default: all]
    targets: Vec<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 600)]
    seconds: u32,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let build = target_dir().join("fuzz");
    // For a named target, so that the flags do not reach build scripts, which have no libFuzzer to link with.
    let host = host()?;
    shell::run(
        shell::cargo()
            .args([
                "build",
                "--release",
                "--manifest-path",
                "fuzz/Cargo.toml",
                "--target",
                &host,
            ])
            .env("RUSTFLAGS", COVERAGE.join(" "))
            .env("CARGO_TARGET_DIR", &build),
    )?;
    let targets = if args.targets.is_empty() {
        TARGETS.map(str::to_owned).to_vec()
    } else {
        args.targets.clone()
    };
    for target in &targets {
        let corpus = root().join("fuzz/corpus").join(target);
        seed(&corpus)?;
        let artifacts = root().join("fuzz/artifacts").join(target);
        fs::create_dir_all(&artifacts)?;
        shell::run(
            command(build.join(&host).join("release").join(target))
                .arg(&corpus)
                .arg(format!("-max_total_time={}", args.seconds))
                .arg(format!("-artifact_prefix={}/", artifacts.display()))
                .args([
                    "-rss_limit_mb=2048",
                    "-timeout=10",
                    "-print_final_stats=1",
                    "-max_len=65536",
                ]),
        )?;
    }
    Ok(())
}

/// The machine that the compiler compiles for.
fn host() -> anyhow::Result<String> {
    let about = shell::output(command("rustc").arg("-vV"))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host
        .context("rustc does not say what machine it is for")?
        .to_owned())
}

/// Begins a corpus with the reference event files.
fn seed(corpus: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(corpus)?;
    for (at, file) in shell::files_below(&root().join("tests/golden/events"), &[])
        .iter()
        .enumerate()
    {
        if file.to_string_lossy().contains("tfevents") {
            fs::copy(file, corpus.join(format!("golden-{at}")))?;
        }
    }
    Ok(())
}
