//! `cargo xtask dist`: the Python wheel, which holds the command too; and the wheel the tests install.

use crate::{
    setup,
    shell::{command, files_below, modified, root, run, target_dir},
};
use anyhow::Context;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder for the wheel [default: dist, in the build folder]
    #[arg(long)]
    out: Option<PathBuf>,
}

pub(crate) fn run_dist(args: &Args) -> anyhow::Result<()> {
    setup::web_packages()?;
    let python = setup::tests_python()?;
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| target_dir().join("dist"));
    let wheel = build(&python, "release", &out)?;
    println!("{}", wheel.display());
    Ok(())
}

/// Builds a wheel as quickly as it goes, installs it for these interpreters, and leaves everything else of them alone.
pub(crate) fn install_for_tests(pythons: &[&Path]) -> anyhow::Result<()> {
    let wheel = build(
        &setup::tests_python()?,
        "dev",
        &target_dir().join("test-wheels"),
    )?;
    pythons
        .iter()
        .try_for_each(|python| install(python, &wheel))
}

/// Builds the wheel as it is released and installs it, for benchmarks.
pub(crate) fn install_released(python: &Path) -> anyhow::Result<()> {
    let wheel = build(
        &setup::tests_python()?,
        "release",
        &target_dir().join("dist"),
    )?;
    install(python, &wheel)
}

fn install(python: &Path, wheel: &Path) -> anyhow::Result<()> {
    run(setup::pip_install(python)
        .args(["--no-deps", "--force-reinstall"])
        .arg(wheel))
}

/// Builds the wheel with a profile of cargo's.
fn build(python: &Path, profile: &str, out: &Path) -> anyhow::Result<PathBuf> {
    run(command(python)
        .args(["-m", "maturin", "build", "--locked", "--strip"])
        .args(["--profile", profile])
        .arg("--interpreter")
        .arg(python)
        .arg("--out")
        .arg(out))?;
    files_below(out, &[".whl"])
        .into_iter()
        .max_by_key(|wheel| modified(wheel))
        .with_context(|| format!("maturin wrote no wheel to {}", root().join(out).display()))
}
