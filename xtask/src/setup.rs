//! What a task needs beside Rust: npm packages, a browser, the peers' Python environment.

use crate::shell::{cache_dir, cargo, command, modified, root, run, succeeds, target_dir};
use anyhow::{Context, bail};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Where the browser may be, in the order tried; names without a folder are looked up on `PATH`.
const BROWSERS: [&str; 5] = [
    "/usr/bin/chromium",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Installs the page's npm packages when they are missing or older than the lock file.
pub(crate) fn web_packages() -> anyhow::Result<()> {
    if !succeeds(command("node").arg("--version")) {
        bail!(
            "Node.js 20 or newer is needed to build the page: install it so that `node` and `npm` are on PATH"
        );
    }
    let web = root().join("web");
    let installed = modified(&web.join("node_modules/.package-lock.json"));
    if installed.is_none() || installed < modified(&web.join("package-lock.json")) {
        run(npm().args(["ci", "--no-audit", "--no-fund"]))?;
    }
    Ok(())
}

/// npm in the page's folder.
pub(crate) fn npm() -> Command {
    let mut npm = command("npm");
    npm.current_dir(root().join("web"));
    npm
}

/// A Chromium for the browser tests: `$CHROMIUM`, an installed one, or Debian's package where we may install it.
pub(crate) fn chromium() -> anyhow::Result<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM").filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        if !path.is_file() {
            bail!("CHROMIUM names no file: {}", path.display());
        }
        return Ok(path);
    }
    if let Some(path) = find_browser() {
        return Ok(path);
    }
    if is_root() && succeeds(command("apt-get").arg("--version")) {
        let apt = || {
            let mut apt = command("apt-get");
            apt.env("DEBIAN_FRONTEND", "noninteractive");
            apt
        };
        run(apt().args(["-q", "update"]))?;
        run(apt().args(["-q", "-y", "install", "--no-install-recommends", "chromium"]))?;
        if let Some(path) = find_browser() {
            return Ok(path);
        }
    }
    bail!(
        "the browser tests need Chromium: install it (on Debian: apt-get install chromium), or set CHROMIUM to its path"
    )
}

fn find_browser() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    BROWSERS.iter().find_map(|name| {
        let name = PathBuf::from(name);
        if name.is_absolute() {
            return name.is_file().then_some(name);
        }
        env::split_paths(&path)
            .map(|folder| folder.join(&name))
            .find(|file| file.is_file())
    })
}

fn is_root() -> bool {
    crate::shell::output(command("id").arg("-u")).is_ok_and(|uid| uid == "0")
}

/// The Python of an environment with PyTorch, TensorBoard and the other peers.
pub(crate) fn peers_python() -> anyhow::Result<PathBuf> {
    python_environment("peers", "tests/peers/requirements.txt")
}

/// The Python of an environment with what builds, checks and tests our package.
pub(crate) fn tests_python() -> anyhow::Result<PathBuf> {
    python_environment("python", "tests/python/requirements.txt")
}

/// The Python of an environment under the user's cache folder.
///
/// The environment remembers the requirements it was made from, and is brought up to date when they change.
fn python_environment(name: &str, requirements: &str) -> anyhow::Result<PathBuf> {
    let wanted_path = root().join(requirements);
    let wanted =
        fs::read_to_string(&wanted_path).with_context(|| wanted_path.display().to_string())?;
    let folder = cache_dir()?.join(name);
    let python = folder.join("bin/python");
    let stamp = folder.join("installed-requirements.txt");
    if python.is_file() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    if !succeeds(command("python3").args(["-m", "venv", "--help"])) {
        bail!(
            "Python 3.11 with its venv module is needed: install it so that `python3` is on PATH"
        );
    }
    run(command("python3").args(["-m", "venv"]).arg(&folder))?;
    run(pip_install(&python).arg("-r").arg(&wanted_path))?;
    fs::write(&stamp, wanted)?;
    Ok(python)
}

/// `pip install`, which asks nothing and says little.
pub(crate) fn pip_install(python: &Path) -> Command {
    let mut pip = command(python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--progress-bar=off",
        "-q",
    ]);
    pip
}

/// Our programs, built as the Rust tests build them.
pub(crate) struct Programs {
    /// The command.
    pub(crate) glassboard: PathBuf,
    /// Plays scripts with our writer, for the comparisons with the peers.
    pub(crate) peers_write: PathBuf,
}

/// Builds our programs as the tests do.
///
/// Cargo chooses the features of dependencies for all that it builds at once: any other selection than that of the
/// tests would compile Burn, which takes minutes, a second time.
pub(crate) fn programs() -> anyhow::Result<Programs> {
    run(cargo().args(["test", "--workspace", "--no-run"]))?;
    let folder = target_dir().join("debug");
    let program = |folder: PathBuf, name: &str| {
        let path = folder.join(format!("{name}{}", env::consts::EXE_SUFFIX));
        path.canonicalize()
            .with_context(|| path.display().to_string())
    };
    Ok(Programs {
        glassboard: program(folder.clone(), "glassboard")?,
        peers_write: program(folder.join("examples"), "peers_write")?,
    })
}
