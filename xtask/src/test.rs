//! `cargo xtask test`: everything that shows the project works, cheapest first; the peers on request.

use crate::{
    setup,
    shell::{self, Steps, cargo, command, files_below, root, succeeds},
};
use std::path::Path;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Also compare with TensorBoard, PyTorch and tensorboardX, in a Python environment of their own
    #[arg(long)]
    peers: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    // Without these nothing below means anything, so they fail at once.
    setup::web_packages()?;
    let chromium = setup::chromium()?;
    let python = if args.peers {
        Some(setup::peers_python()?)
    } else {
        None
    };

    let mut steps = Steps::default();
    steps.step("formatting", || {
        shell::run(cargo().args(["fmt", "--all", "--check"]))
    });
    steps.step("layering and licences", crate::tidy::run);
    steps.step("page: build", || {
        shell::run(setup::npm().args(["run", "build"]))
    });
    steps.step("page: types", || {
        shell::run(setup::npm().args(["run", "check"]))
    });
    steps.step("page: lints", || {
        shell::run(setup::npm().args(["run", "lint"]))
    });
    steps.step("lints", || {
        shell::run(cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "--deny",
            "warnings",
        ]))
    });
    steps.step("fuzz targets compile", || {
        shell::run(cargo().args([
            "check",
            "--manifest-path",
            "fuzz/Cargo.toml",
            "--all-targets",
        ]))
    });
    steps.step("documentation", || {
        shell::run(
            cargo()
                .args(["doc", "--workspace", "--lib", "--no-deps"])
                .env("RUSTDOCFLAGS", "--deny warnings"),
        )
    });
    steps.step("page: unit tests", || {
        shell::run(setup::npm().args(["run", "test"]))
    });
    steps.step("documentation examples", || {
        shell::run(cargo().args(["test", "--workspace", "--doc"]))
    });
    steps.step("Rust tests", rust_tests);
    steps.step("browser tests", || browser_tests(&chromium));
    if let Some(python) = &python {
        steps.step("peers", || peers_tests(python));
    }
    steps.finish()
}

fn rust_tests() -> anyhow::Result<()> {
    if succeeds(cargo().args(["nextest", "--version"])) {
        shell::run(cargo().args(["nextest", "run", "--workspace", "--no-fail-fast"]))
    } else {
        shell::run(cargo().args([
            "test",
            "--workspace",
            "--lib",
            "--bins",
            "--tests",
            "--no-fail-fast",
        ]))
    }
}

fn browser_tests(chromium: &Path) -> anyhow::Result<()> {
    let programs = setup::programs()?;
    let tests = files_below(&root().join("web/e2e"), &[".test.mjs"]);
    anyhow::ensure!(!tests.is_empty(), "no browser tests in web/e2e");
    shell::run(
        command("node")
            .current_dir(root().join("web"))
            .args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
            .args(tests)
            .env("CHROMIUM", chromium)
            .env("GLASSBOARD_BIN", programs.glassboard),
    )
}

fn peers_tests(python: &Path) -> anyhow::Result<()> {
    let programs = setup::programs()?;
    shell::run(
        command(python)
            .args([
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                "tests/peers",
            ])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("GLASSBOARD_BIN", programs.glassboard)
            .env("GLASSBOARD_PEERS_WRITE", programs.peers_write),
    )
}
