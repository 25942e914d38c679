//! Where files come from: the local disk, several places under one roof, or a script for tests.

mod local;
mod multi;
mod scripted;

use std::{io, path::PathBuf, sync::Arc, time::SystemTime};

use glassboard_events::ReadAt;

pub use self::{local::LocalLogdir, multi::MultiLogdir, scripted::ScriptedLogdir};
use crate::{Notice, RunName};

/// Event files are recognised by this part of their name, as TensorBoard does.
pub const EVENT_FILE_MARK: &str = "tfevents";

/// How the names of model files end: programs (`.pt2`, `.onnx`), or weights.
pub const MODEL_FILE_ENDINGS: [&str; 5] = [".pt2", ".onnx", ".safetensors", ".pth", ".pt"];

/// Name of the embedding projector's configurations.
pub const PROJECTOR_CONFIG: &str = "projector_config.pbtxt";

/// Whether a file of this name may hold a model. What it is is seen when it is read.
pub(crate) fn is_model_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    MODEL_FILE_ENDINGS
        .iter()
        .any(|ending| name.ends_with(ending))
}

/// How the names of profiler traces end, as `torch.profiler.tensorboard_trace_handler` writes them.
pub const TRACE_FILE_ENDINGS: [&str; 2] = [".pt.trace.json", ".pt.trace.json.gz"];

/// Whether a file of this name should hold a profiler's trace.
pub(crate) fn is_trace_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    TRACE_FILE_ENDINGS
        .iter()
        .any(|ending| name.ends_with(ending))
}

/// A place that holds event files, and model files, embeddings and traces beside them. The store reaches files only
/// through this trait.
pub trait Logdir: Send + Sync {
    /// The log directory as the user named it.
    fn display_name(&self) -> String;

    /// Every event file, model file, projector configuration and trace there is now, and what stands in the way of
    /// seeing more.
    /// Never fails: what cannot be read is a notice.
    fn list(&self) -> Listing;

    /// Opens one listed file for positioned reads.
    ///
    /// # Errors
    /// What the file system says when the file cannot be opened.
    fn open(&self, file: &FileEntry) -> io::Result<Arc<dyn ReadAt>>;

    /// Opens a file that a listed file names, for positioned reads: `name` is relative to that file's folder.
    ///
    /// # Errors
    /// `PermissionDenied` with an error of its own inside when the file is not within that folder, also by a link;
    /// else what the file system says.
    fn open_beside(&self, file: &FileEntry, name: &str)
    -> io::Result<(FileEntry, Arc<dyn ReadAt>)>;

    /// Folders of the local disk in which changes can be watched; empty where there are none.
    fn watchable_folders(&self) -> Vec<PathBuf>;
}

/// What [`Logdir::list`] found.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// The event files; [`FileEntry::path`] is unique among them.
    pub files: Vec<FileEntry>,
    /// The model files; their paths are unique too.
    pub models: Vec<FileEntry>,
    /// The configurations of the embedding projector; their paths are unique too.
    pub projectors: Vec<FileEntry>,
    /// The profiler's traces; their paths are unique too.
    pub traces: Vec<FileEntry>,
    /// What could not be read or has an odd name.
    pub notices: Vec<Notice>,
}

/// One event file, or another file beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// The run it belongs to, or lies beside: its folder.
    pub run: RunName,
    /// Path relative to the log directory, `/` between parts; names the file.
    pub path: String,
    /// The path to open it by, for the [`Logdir`] alone.
    pub native_path: PathBuf,
    /// Its present size.
    pub size_bytes: u64,
    /// When it was last written, where known.
    pub modified: Option<SystemTime>,
    /// Which file this is, whatever its name, where known.
    pub identity: Option<FileIdentity>,
}

/// What stays the same while a file is renamed or grows, and differs when another file takes its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileIdentity {
    /// Number of the device.
    pub device: u64,
    /// Number of the file on that device.
    pub inode: u64,
}

/// The parts of `name` after every `.` and `..` is resolved; `None` when it leads out of where it starts.
fn within(name: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    for part in name.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            // A drive, or a stream of a file, of Windows.
            part if cfg!(windows) && part.contains(':') => return None,
            part => parts.push(part),
        }
    }
    (!name.starts_with(['/', '\\'])).then_some(parts)
}

/// What [`Logdir::open_beside`] says of a path that leaves its folder.
fn outside() -> io::Error {
    io::Error::new(
        io::ErrorKind::PermissionDenied,
        "the path leaves the folder",
    )
}
