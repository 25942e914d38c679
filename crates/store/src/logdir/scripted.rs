use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use glassboard_events::ReadAt;
use parking_lot::Mutex;

use super::{
    FileEntry, FileIdentity, Listing, Logdir, PROJECTOR_CONFIG, is_model_name, is_trace_name,
    outside, within,
};
use crate::{Notice, NoticeKind, RunName};

/// A log directory in memory whose files grow, shrink, vanish and fail as a test says.
///
/// Cloning gives another handle to the same files.
#[derive(Debug, Clone, Default)]
pub struct ScriptedLogdir {
    files: Arc<Mutex<BTreeMap<String, ScriptedFile>>>,
}

#[derive(Debug, Clone)]
struct ScriptedFile {
    bytes: Vec<u8>,
    inode: u64,
    refuses: bool,
}

impl ScriptedLogdir {
    /// An empty log directory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a file at `path` (relative, `/` between parts); one that was there is replaced by this new one.
    pub fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        let mut files = self.files.lock();
        let inode = files.get(path).map_or(1, |file| file.inode + 1);
        let file = ScriptedFile {
            bytes: bytes.into(),
            inode,
            refuses: false,
        };
        files.insert(path.to_owned(), file);
    }

    /// Appends to the file at `path`, which comes to be when it is not there.
    pub fn append(&self, path: &str, bytes: &[u8]) {
        let mut files = self.files.lock();
        let file = files.entry(path.to_owned()).or_insert(ScriptedFile {
            bytes: Vec::new(),
            inode: 1,
            refuses: false,
        });
        file.bytes.extend_from_slice(bytes);
    }

    /// Writes other content into the same file (same identity), as a writer that truncates it does.
    pub fn rewrite(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        if let Some(file) = self.files.lock().get_mut(path) {
            file.bytes = bytes.into();
        }
    }

    /// Removes the file at `path`, or every file below the folder `path`.
    pub fn remove(&self, path: &str) {
        let below = format!("{path}/");
        self.files
            .lock()
            .retain(|name, _| name != path && !name.starts_with(&below));
    }

    /// Makes opening and reading the file at `path` fail with "permission denied", or work again.
    pub fn refuse(&self, path: &str, refuses: bool) {
        if let Some(file) = self.files.lock().get_mut(path) {
            file.refuses = refuses;
        }
    }
}

impl Logdir for ScriptedLogdir {
    fn display_name(&self) -> String {
        "scripted".to_owned()
    }

    fn list(&self) -> Listing {
        let mut listing = Listing::default();
        for (path, file) in self.files.lock().iter() {
            let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
            if file.refuses {
                listing.notices.push(Notice {
                    kind: NoticeKind::Unreadable,
                    path: path.clone(),
                    message: "cannot be read: permission denied".into(),
                });
            }
            let name = path.rsplit('/').next().unwrap_or_default();
            let list = if is_model_name(path) {
                &mut listing.models
            } else if name == PROJECTOR_CONFIG {
                &mut listing.projectors
            } else if is_trace_name(path) {
                &mut listing.traces
            } else {
                &mut listing.files
            };
            list.push(FileEntry {
                run: RunName::from(folder),
                path: path.clone(),
                native_path: PathBuf::from(path),
                size_bytes: file.bytes.len() as u64,
                modified: None,
                identity: Some(FileIdentity {
                    device: 0,
                    inode: file.inode,
                }),
            });
        }
        listing
    }

    fn open(&self, file: &FileEntry) -> io::Result<Arc<dyn ReadAt>> {
        let reader = ScriptedReader {
            dir: self.clone(),
            path: file.native_path.clone(),
        };
        reader.len()?;
        Ok(Arc::new(reader))
    }

    fn open_beside(
        &self,
        file: &FileEntry,
        name: &str,
    ) -> io::Result<(FileEntry, Arc<dyn ReadAt>)> {
        let name = within(name).ok_or_else(outside)?.join("/");
        let path = match file.run.as_str() {
            "." => name,
            folder => format!("{folder}/{name}"),
        };
        let mut entry = FileEntry {
            native_path: PathBuf::from(&path),
            path,
            ..file.clone()
        };
        let reader = self.open(&entry)?;
        entry.size_bytes = reader.len()?;
        Ok((entry, reader))
    }

    fn watchable_folders(&self) -> Vec<PathBuf> {
        Vec::new()
    }
}

/// Reads what the file holds at the moment of each call, as an open file does.
struct ScriptedReader {
    dir: ScriptedLogdir,
    path: PathBuf,
}

impl ScriptedReader {
    fn with<T>(&self, read: impl FnOnce(&[u8]) -> T) -> io::Result<T> {
        let files = self.dir.files.lock();
        let file = file_at(&files, &self.path).ok_or(io::ErrorKind::NotFound)?;
        if file.refuses {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        Ok(read(&file.bytes))
    }
}

fn file_at<'a>(files: &'a BTreeMap<String, ScriptedFile>, path: &Path) -> Option<&'a ScriptedFile> {
    files.get(path.to_str()?)
}

impl ReadAt for ScriptedReader {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.with(|bytes| {
            let rest = usize::try_from(offset)
                .ok()
                .and_then(|start| bytes.get(start..))
                .unwrap_or_default();
            let count = rest.len().min(buf.len());
            buf[..count].copy_from_slice(&rest[..count]);
            count
        })
    }

    fn len(&self) -> io::Result<u64> {
        self.with(|bytes| bytes.len() as u64)
    }
}
