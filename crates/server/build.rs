//! Builds the page with npm, so that a plain `cargo build` of a fresh clone gives a whole program.
//!
//! The page is built only when `web/dist` is missing or older than its sources, by one cargo
//! at a time, and then copied into this build's own folder, from where it is embedded: another
//! cargo that rebuilds it meanwhile does no harm. `GLASSBOARD_WEB_DIST` names a page that is
//! built already, for machines without Node.

#![allow(clippy::print_stderr)] // Cargo shows what a failing build script prints there.

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// What the page is built from, within `web/`.
const SOURCES: &[&str] = &[
    "src",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.ts",
    "vite.snapshot.ts",
];

const PREBUILT: &str = "GLASSBOARD_WEB_DIST";

const NODE_NEEDED: &str = "the page of Glassboard is built with npm, which was not found; \
     install Node.js 20 or newer (https://nodejs.org), or set GLASSBOARD_WEB_DIST to a folder with a built page";

fn main() {
    if let Err(error) = run() {
        eprintln!("error: {error}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed={PREBUILT}");
    let out = PathBuf::from(env::var("OUT_DIR")?).join("page");
    if let Some(built) = env::var_os(PREBUILT) {
        let built = PathBuf::from(built);
        println!("cargo:rerun-if-changed={}", built.display());
        replace_folder(&built, &out)?;
    } else {
        let web = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../web");
        let web = web.canonicalize().map_err(|error| {
            format!(
                "expected the sources of the page: {error}: {}",
                web.display()
            )
        })?;
        for source in SOURCES
            .iter()
            .map(|name| web.join(name))
            .filter(|path| path.exists())
        {
            println!("cargo:rerun-if-changed={}", source.display());
        }
        let _lock = lock(&web)?;
        let dist = web.join("dist");
        if newest(
            &SOURCES
                .iter()
                .map(|name| web.join(name))
                .collect::<Vec<_>>(),
        )? > modified(&dist.join("index.html"))
        {
            build(&web)?;
        }
        replace_folder(&dist, &out)?;
    }
    println!("cargo:rustc-env=GLASSBOARD_PAGE={}", out.display());
    Ok(())
}

/// Only one build script of all cargos on this machine builds this page at a time. The lock
/// is outside of the tree: nothing that git could see is left behind.
fn lock(web: &Path) -> Result<File, Box<dyn Error>> {
    let mut hasher = DefaultHasher::new();
    web.hash(&mut hasher);
    let user = env::var("USER").unwrap_or_default();
    let name = format!("glassboard-page-{user}-{:016x}.lock", hasher.finish());
    let path = env::temp_dir().join(name);
    let file = File::create(&path)
        .map_err(|error| format!("cannot make a lock file: {error}: {}", path.display()))?;
    file.lock()?;
    Ok(file)
}

fn build(web: &Path) -> Result<(), Box<dyn Error>> {
    let installed = modified(&web.join("node_modules/.package-lock.json"));
    if installed < modified(&web.join("package-lock.json")) {
        npm(web, &["ci", "--no-audit", "--no-fund"])?;
    }
    npm(web, &["run", "build"])?;
    if !web.join("dist/index.html").is_file() {
        return Err("npm run build made no dist/index.html".into());
    }
    Ok(())
}

fn npm(web: &Path, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output = Command::new(program)
        .args(arguments)
        .current_dir(web)
        .output()
        .map_err(|error| format!("{NODE_NEEDED} ({error})"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "npm {} failed in {}; Node.js 20 or newer is needed\n{}{}",
        arguments.join(" "),
        web.display(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    )
    .into())
}

/// When a file was last written; `None` when there is none, which is older than anything.
fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
}

/// The latest change in these files and all files below these folders.
fn newest(paths: &[PathBuf]) -> Result<Option<SystemTime>, Box<dyn Error>> {
    let mut latest = None;
    for path in paths {
        if path.is_dir() {
            let inside: Vec<PathBuf> = fs::read_dir(path)?
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<Result<_, _>>()?;
            // A folder itself changes when something in it is removed.
            latest = latest.max(modified(path)).max(newest(&inside)?);
        } else {
            latest = latest.max(modified(path));
        }
    }
    Ok(latest)
}

fn replace_folder(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    copy_folder(from, to)
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(to)?;
    let entries = fs::read_dir(from)
        .map_err(|error| format!("expected a built page: {error}: {}", from.display()))?;
    for entry in entries {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
