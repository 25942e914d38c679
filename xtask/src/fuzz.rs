//! `cargo xtask fuzz`: runs the fuzz targets with coverage, on the stable toolchain.
//!
//! `cargo fuzz` asks for a nightly compiler to turn on its sanitizers, which find mistakes in unsafe code. There is
//! none of ours here; the coverage that guides libFuzzer needs only options every compiler takes.

use crate::shell::{self, command, root, target_dir};
use anyhow::Context;
use std::{fs, path::Path};

/// The targets, and the reference files that each begins with, by their endings.
const TARGETS: [(&str, &[&str]); 8] = [
    ("record", EVENT_FILES),
    ("event", EVENT_FILES),
    ("logdir", EVENT_FILES),
    ("pt2", &[".pt2"]),
    ("onnx", &[".onnx"]),
    ("safetensors", &[".safetensors"]),
    ("pth", &[".pth"]),
    ("trace", &[".pt.trace.json.gz"]),
];
const EVENT_FILES: &[&str] = &[".golden.0", ".golden.1", ".golden.2", ".golden.3"];

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
    for wanted in &args.targets {
        anyhow::ensure!(
            TARGETS.iter().any(|(target, _)| target == wanted),
            "no fuzz target `{wanted}`; expected one of {}",
            TARGETS.map(|(target, _)| target).join(", ")
        );
    }
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
    for (target, endings) in TARGETS {
        if !args.targets.is_empty() && !args.targets.iter().any(|wanted| wanted == target) {
            continue;
        }
        let corpus = root().join("fuzz/corpus").join(target);
        seed(&corpus, endings)?;
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

/// Begins a corpus with reference files.
fn seed(corpus: &Path, endings: &[&str]) -> anyhow::Result<()> {
    fs::create_dir_all(corpus)?;
    for (at, file) in shell::files_below(&root().join("tests/golden"), endings)
        .iter()
        .enumerate()
    {
        fs::copy(file, corpus.join(format!("golden-{at}")))?;
    }
    Ok(())
}
