use std::{
    ffi::OsStr,
    fmt::Write,
    fs::{self, File, Metadata},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use glassboard_events::ReadAt;

use super::{
    EVENT_FILE_MARK, FileEntry, FileIdentity, Listing, Logdir, PROJECTOR_CONFIG, is_model_name,
    is_trace_name, outside, within,
};
use crate::{Notice, NoticeKind, RunName};

/// Folders visited beyond a symbolic link; links among many folders can form endlessly many paths without any loop.
const MAX_LINKED_FOLDERS: usize = 10_000;

/// A folder (or a single event file) on the local disk, searched recursively.
#[derive(Debug, Clone)]
pub struct LocalLogdir {
    root: PathBuf,
}

impl LocalLogdir {
    /// The log directory at `root`; it need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

impl Logdir for LocalLogdir {
    fn display_name(&self) -> String {
        self.root.display().to_string()
    }

    fn list(&self) -> Listing {
        let mut walk = Walk {
            found: Listing::default(),
            ancestors: Vec::new(),
            linked_folders: 0,
        };
        match fs::metadata(&self.root) {
            Ok(metadata) if metadata.is_dir() => walk.folder(&self.root, &metadata, "", false),
            Ok(metadata) => {
                let name = self.root.file_name().unwrap_or_default();
                walk.file(&self.root, &metadata, "", &readable(name));
            }
            // Not there yet: nothing is wrong, training may begin later.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => walk.unreadable(".", &error),
        }
        walk.found
    }

    fn open(&self, file: &FileEntry) -> io::Result<Arc<dyn ReadAt>> {
        Ok(Arc::new(File::open(&file.native_path)?))
    }

    fn open_beside(
        &self,
        file: &FileEntry,
        name: &str,
    ) -> io::Result<(FileEntry, Arc<dyn ReadAt>)> {
        let folder = file.native_path.parent().unwrap_or(Path::new("."));
        let real_folder = fs::canonicalize(folder)?;
        // Configurations written by hand have whole paths at times.
        let relative = match Path::new(name).strip_prefix(folder) {
            Ok(rest) if Path::new(name).is_absolute() => rest.to_str().ok_or_else(outside)?,
            _ => name,
        };
        let parts = within(relative).ok_or_else(outside)?;
        let path = fs::canonicalize(real_folder.join(parts.iter().collect::<PathBuf>()))?;
        if !path.starts_with(&real_folder) {
            return Err(outside());
        }
        let metadata = fs::metadata(&path)?;
        if !metadata.is_file() {
            // Opening a pipe would wait for its writer for ever.
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "expected a regular file",
            ));
        }
        let run = file.run.as_str();
        let folder = if run == "." { "" } else { run };
        let entry = file_entry(&path, &metadata, folder, join(folder, &parts.join("/")));
        Ok((entry, Arc::new(File::open(&path)?)))
    }

    fn watchable_folders(&self) -> Vec<PathBuf> {
        vec![self.root.clone()]
    }
}

struct Walk {
    found: Listing,
    ancestors: Vec<FolderIdentity>,
    linked_folders: usize,
}

impl Walk {
    /// `relative`: path below the log directory, empty for itself.
    fn folder(&mut self, path: &Path, metadata: &Metadata, relative: &str, linked: bool) {
        let Some(identity) = folder_identity(path, metadata) else {
            return;
        };
        if self.ancestors.contains(&identity) {
            self.notice(
                NoticeKind::SymlinkLoop,
                relative,
                "this link leads back to a folder above it and is not followed".into(),
            );
            return;
        }
        if linked {
            self.linked_folders += 1;
            if self.linked_folders == MAX_LINKED_FOLDERS {
                self.notice(
                    NoticeKind::SymlinkLoop,
                    relative,
                    format!("expected at most {MAX_LINKED_FOLDERS} folders beyond symbolic links; the rest is not followed"),
                );
            }
            if self.linked_folders >= MAX_LINKED_FOLDERS {
                return;
            }
        }
        let mut entries: Vec<fs::DirEntry> = match fs::read_dir(path).and_then(Iterator::collect) {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(relative, &error),
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        self.ancestors.push(identity);
        for entry in entries {
            self.entry(&entry, relative, linked);
        }
        self.ancestors.pop();
    }

    fn entry(&mut self, entry: &fs::DirEntry, relative: &str, linked: bool) {
        let file_name = entry.file_name();
        let is_trace = file_name.to_str().is_some_and(is_trace_name);
        let is_event_file = !is_trace && contains_mark(&file_name);
        let is_model = !is_event_file && file_name.to_str().is_some_and(is_model_name);
        let is_projector = file_name.to_str() == Some(PROJECTOR_CONFIG);
        let Ok(file_type) = entry.file_type() else {
            return; // Gone between the listing and now.
        };
        if file_type.is_file() && !is_event_file && !is_model && !is_projector && !is_trace {
            return;
        }
        let name = readable(&file_name);
        let here = join(relative, &name);
        let metadata = match fs::metadata(entry.path()) {
            Ok(metadata) => metadata,
            Err(error) => {
                return self.no_metadata(&here, &error, file_type.is_symlink(), is_event_file);
            }
        };
        if metadata.is_dir() {
            if file_name.to_str().is_none() {
                self.odd_name(&here);
            }
            self.folder(
                &entry.path(),
                &metadata,
                &here,
                linked || file_type.is_symlink(),
            );
        } else if is_event_file {
            if file_name.to_str().is_none() {
                self.odd_name(&here);
            }
            self.file(&entry.path(), &metadata, relative, &name);
        } else if is_model && metadata.is_file() {
            let model = file_entry(&entry.path(), &metadata, relative, here);
            self.found.models.push(model);
        } else if is_projector && metadata.is_file() {
            let config = file_entry(&entry.path(), &metadata, relative, here);
            self.found.projectors.push(config);
        } else if is_trace && metadata.is_file() {
            let trace = file_entry(&entry.path(), &metadata, relative, here);
            self.found.traces.push(trace);
        }
    }

    fn file(&mut self, path: &Path, metadata: &Metadata, folder: &str, name: &str) {
        let relative = join(folder, name);
        if !metadata.is_file() {
            // Opening a pipe would wait for its writer for ever.
            self.notice(
                NoticeKind::Unreadable,
                &relative,
                "expected a regular file, got a pipe, socket or device".into(),
            );
            return;
        }
        let file = file_entry(path, metadata, folder, relative);
        self.found.files.push(file);
    }

    fn no_metadata(
        &mut self,
        relative: &str,
        error: &io::Error,
        is_link: bool,
        is_event_file: bool,
    ) {
        match error.kind() {
            // Gone meanwhile, or a link to nowhere, which matters only when it stands for an event file.
            io::ErrorKind::NotFound if !(is_link && is_event_file) => {}
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => {
                self.unreadable(relative, error);
            }
            _ if is_link => self.notice(
                NoticeKind::SymlinkLoop,
                relative,
                format!("this link leads nowhere: {error}"),
            ),
            _ => self.unreadable(relative, error),
        }
    }

    fn unreadable(&mut self, relative: &str, error: &io::Error) {
        self.notice(
            NoticeKind::Unreadable,
            relative,
            format!("cannot be read: {error}"),
        );
    }

    fn odd_name(&mut self, relative: &str) {
        self.notice(
            NoticeKind::OddName,
            relative,
            "the name is not UTF-8; bytes that are not are shown as \\xNN".into(),
        );
    }

    fn notice(&mut self, kind: NoticeKind, relative: &str, message: String) {
        let path = if relative.is_empty() { "." } else { relative };
        self.found.notices.push(Notice {
            kind,
            path: path.to_owned(),
            message,
        });
    }
}

/// `relative`: the file's path below the log directory, in `folder`.
fn file_entry(path: &Path, metadata: &Metadata, folder: &str, relative: String) -> FileEntry {
    FileEntry {
        run: RunName::from(if folder.is_empty() { "." } else { folder }),
        path: relative,
        native_path: path.to_path_buf(),
        size_bytes: metadata.len(),
        modified: metadata.modified().ok(),
        #[cfg(unix)]
        identity: Some(identity(metadata)),
        #[cfg(not(unix))]
        identity: None,
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

fn contains_mark(name: &OsStr) -> bool {
    name.as_encoded_bytes()
        .windows(EVENT_FILE_MARK.len())
        .any(|window| window == EVENT_FILE_MARK.as_bytes())
}

/// The name itself, or with `\xNN` for every byte that is not UTF-8, so that two odd names stay two.
fn readable(name: &OsStr) -> String {
    if let Some(text) = name.to_str() {
        return text.to_owned();
    }
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02X}"); // A string takes everything.
        }
    }
    text
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> FileIdentity {
    use std::os::unix::fs::MetadataExt;
    FileIdentity {
        device: metadata.dev(),
        inode: metadata.ino(),
    }
}

#[cfg(unix)]
type FolderIdentity = FileIdentity;

#[cfg(not(unix))]
type FolderIdentity = PathBuf;

/// By what a folder is recognised when a link leads back to it.
fn folder_identity(path: &Path, metadata: &Metadata) -> Option<FolderIdentity> {
    #[cfg(unix)]
    let found = Some(path).map(|_| identity(metadata));
    #[cfg(not(unix))]
    let found = Some(metadata).and_then(|_| fs::canonicalize(path).ok());
    found
}
