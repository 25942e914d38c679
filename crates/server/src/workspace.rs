//! The file `.glassboard.json` beside the logs: what a person changed about the runs.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::error::Failure;
use crate::wire::Workspace;

/// Name of the file within the log directory.
pub(crate) const FILE_NAME: &str = ".glassboard.json";

/// Longest file that is read or written: notes on tens of thousands of runs fit.
pub(crate) const MAX_BYTES: usize = 4 << 20;

/// How long an answer about writability is kept.
const PROBE_KEPT: Duration = Duration::from_secs(10);

/// The workspace file of one log directory.
pub(crate) struct WorkspaceFile {
    /// The log directory; `None` when there is no single one.
    folder: Option<PathBuf>,
    probed: Mutex<Option<(Instant, bool)>>,
    /// Held while writing, so that two clients do not write at once.
    writing: Mutex<()>,
}

impl WorkspaceFile {
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            probed: Mutex::new(None),
            writing: Mutex::new(()),
        }
    }

    /// Whether [`write`](Self::write) would succeed: found out by making a file without a name.
    pub(crate) fn writable(&self) -> bool {
        let Some(folder) = &self.folder else {
            return false;
        };
        let mut probed = self.probed.lock();
        match *probed {
            Some((when, answer)) if when.elapsed() < PROBE_KEPT => answer,
            _ => {
                let answer = tempfile::tempfile_in(folder).is_ok();
                *probed = Some((Instant::now(), answer));
                answer
            }
        }
    }

    /// The stored workspace; an empty one when there is no file.
    pub(crate) fn read(&self) -> Result<Workspace, Failure> {
        let Some(path) = self.path() else {
            return Ok(Workspace::default());
        };
        let bytes = match read_capped(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Workspace::default());
            }
            Err(error) => {
                return Err(Failure::internal(format!(
                    "cannot read {FILE_NAME}: {error}"
                )));
            }
        };
        serde_json::from_slice(&bytes).map_err(|error| {
            Failure::internal(format!(
                "{FILE_NAME} is not what Glassboard writes: {error}; mend or remove it"
            ))
        })
    }

    /// Replaces the file at once: a reader sees the old content or the new, never a part.
    pub(crate) fn write(&self, workspace: &Workspace) -> Result<(), Failure> {
        let Some(folder) = &self.folder else {
            return Err(Failure::forbidden(
                "several log directories are shown; there is no one place for the workspace file",
            ));
        };
        let mut bytes = serde_json::to_vec_pretty(workspace)
            .map_err(|error| Failure::internal(error.to_string()))?;
        bytes.push(b'\n');
        if bytes.len() > MAX_BYTES {
            return Err(Failure::too_large(format!(
                "expected a workspace of at most {MAX_BYTES} bytes, got {}",
                bytes.len()
            )));
        }
        let _one_at_a_time = self.writing.lock();
        replace(folder, &bytes).map_err(|error| {
            *self.probed.lock() = None;
            let message = format!("cannot write {FILE_NAME} in the log directory: {error}");
            match error.kind() {
                io::ErrorKind::PermissionDenied
                | io::ErrorKind::ReadOnlyFilesystem
                | io::ErrorKind::NotFound => Failure::forbidden(message),
                _ => Failure::internal(message),
            }
        })
    }

    fn path(&self) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(FILE_NAME))
    }
}

fn read_capped(path: &Path) -> io::Result<Vec<u8>> {
    // A link could lead out of the log directory, and a pipe would be waited for.
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("expected a regular file"));
    }
    let file = fs::File::open(path)?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_BYTES {
        return Err(io::Error::other(format!(
            "expected at most {MAX_BYTES} bytes, got more"
        )));
    }
    Ok(bytes)
}

fn replace(folder: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new()
        .prefix(FILE_NAME)
        .suffix(".tmp")
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    let path = folder.join(FILE_NAME);
    share_like(folder, file.as_file())?;
    file.persist(path)?;
    Ok(())
}

/// Lets those read the file who can read the folder: temporary files are private.
#[cfg(unix)]
fn share_like(folder: &Path, file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(folder)?.permissions().mode() & 0o644 | 0o600;
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn share_like(_folder: &Path, _file: &fs::File) -> io::Result<()> {
    Ok(())
}
