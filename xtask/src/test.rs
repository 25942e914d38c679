//! `cargo xtask test`: everything that shows the project works, cheapest first; the peers on request.

use crate::{
    setup,
    shell::{self, Steps, cargo, command, files_below, root, succeeds},
    wheel,
};
use std::path::{Path, PathBuf};

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
    let python = setup::tests_python()?;
    let peers = if args.peers {
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
    steps.step("Python: formatting, lints", || python_lints(&python));
    steps.step("documentation examples", || {
        shell::run(cargo().args(["test", "--workspace", "--doc"]))
    });
    steps.step("Rust tests", rust_tests);
    steps.step("browser tests", || {
        shell::run(&mut browser_tests(&chromium, "web/e2e")?)
    });
    let pythons: Vec<&Path> = std::iter::once(&python)
        .chain(&peers)
        .map(PathBuf::as_path)
        .collect();
    steps.step("Python: wheel", || wheel::install_for_tests(&pythons));
    steps.step("Python tests", || python_tests(&python));
    if let Some(peers) = &peers {
        steps.step("peers", || peers_tests(peers));
        steps.step("peers: dashboards", || {
            shell::run(browser_tests(&chromium, "web/peers")?.env("GLASSBOARD_PEERS_PYTHON", peers))
        });
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

/// Runs a folder of tests that drive the built command with a browser.
fn browser_tests(chromium: &Path, folder: &str) -> anyhow::Result<std::process::Command> {
    let programs = setup::programs()?;
    let tests = files_below(&root().join(folder), &[".test.mjs"]);
    anyhow::ensure!(!tests.is_empty(), "no browser tests in {folder}");
    let mut node = command("node");
    node.current_dir(root().join("web"))
        .args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
        .args(tests)
        .env("CHROMIUM", chromium)
        .env("GLASSBOARD_BIN", programs.glassboard);
    Ok(node)
}

fn python_lints(python: &Path) -> anyhow::Result<()> {
    let ruff = || {
        let mut ruff = command(python);
        ruff.args(["-m", "ruff"]);
        ruff
    };
    shell::run(ruff().args(["format", "--check", "."]))?;
    shell::run(ruff().args(["check", "."]))
}

fn python_tests(python: &Path) -> anyhow::Result<()> {
    shell::run(&mut pytest(python, "tests/python"))
}

fn peers_tests(python: &Path) -> anyhow::Result<()> {
    let programs = setup::programs()?;
    shell::run(
        pytest(python, "tests/peers")
            .env("GLASSBOARD_BIN", programs.glassboard)
            .env("GLASSBOARD_PEERS_WRITE", programs.peers_write),
    )
}

/// Runs a folder of tests with the installed wheel, not with the sources in the checkout.
fn pytest(python: &Path, folder: &str) -> std::process::Command {
    let mut pytest = command(python);
    pytest
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", folder])
        .env("PYTHONDONTWRITEBYTECODE", "1");
    pytest
}
