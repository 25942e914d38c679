//! Which files are meant by a path.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use glassboard_store::{LocalLogdir, Logdir as _};

/// An event file to be read.
pub(super) struct EventFile {
    pub(super) path: PathBuf,
    /// How it is named in what is printed.
    pub(super) name: String,
    pub(super) size_bytes: u64,
}

/// The file itself, or the event files of the folder and of the folders below it.
pub(super) fn event_files(path: &Path) -> Result<Vec<EventFile>> {
    let metadata =
        std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    if metadata.is_file() {
        // Whatever its name is: the user says that it is one.
        return Ok(vec![EventFile {
            path: path.to_owned(),
            name: path.display().to_string(),
            size_bytes: metadata.len(),
        }]);
    }
    let listing = LocalLogdir::new(path).list();
    for notice in &listing.notices {
        eprintln!("glassboard: {}: {}", notice.path, notice.message);
    }
    let mut files: Vec<EventFile> = listing
        .files
        .into_iter()
        .map(|file| EventFile {
            path: file.native_path,
            name: file.path,
            size_bytes: file.size_bytes,
        })
        .collect();
    if files.is_empty() {
        bail!(
            "no event files (names that contain \"tfevents\") in or below {}",
            path.display()
        );
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}
