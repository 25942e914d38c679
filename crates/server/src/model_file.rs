//! Model files that a request may name: those of the log directory, and those that were sent.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use glassboard_model::{ModelError, ModelGraph};
use glassboard_store::FileEntry;

use crate::app::App;
use crate::error::Failure;
use crate::wire::GraphSource;

/// A file that was written so lately may not be complete.
const FRESH: Duration = Duration::from_secs(10);

/// A model that was sent.
#[derive(Debug)]
pub(crate) struct SentModel {
    /// What its sender calls it.
    pub(crate) file_name: String,
    pub(crate) bytes: Vec<u8>,
}

impl SentModel {
    /// Its graph.
    pub(crate) fn read(self: &Arc<Self>) -> Result<ModelGraph, Failure> {
        let len = self.bytes.len() as u64;
        glassboard_model::read_from(&self.file_name, len, Arc::new(Sent(Arc::clone(self))))
            .map_err(|error| unreadable(&error, false))
    }
}

/// A model file, in the state that it is in.
#[derive(Clone)]
pub(crate) enum ModelFile {
    /// Of the log directory.
    Log(FileEntry, Arc<dyn glassboard_events::ReadAt>),
    /// Sent, under a name that the server gave.
    Sent(String, Arc<SentModel>),
}

impl ModelFile {
    /// The file that a request names.
    ///
    /// # Errors
    /// When there is none, or the source has no files.
    pub(crate) fn find(app: &App, source: GraphSource, name: &str) -> Result<Self, Failure> {
        match source {
            GraphSource::File => {
                let (entry, bytes) = app.store.open_model(name)?;
                Ok(Self::Log(entry, bytes))
            }
            GraphSource::Upload => match app.sent_models.get(name) {
                Some(sent) => Ok(Self::Sent(name.to_owned(), sent)),
                None => Err(forgotten()),
            },
            _ => Err(
                Failure::bad_request("expected a model file: a source of `file` or `upload`")
                    .about("source"),
            ),
        }
    }

    /// Its graph; parameters stay where they are until they are asked for.
    ///
    /// # Errors
    /// When it is no model file, or a damaged one.
    pub(crate) fn read(&self) -> Result<ModelGraph, Failure> {
        match self {
            Self::Sent(_, sent) => sent.read(),
            Self::Log(entry, bytes) => {
                let path = &entry.path;
                let len = bytes.len().map_err(|error| {
                    Failure::internal(format!("could not read: {error}: {path}"))
                })?;
                let is_fresh = entry
                    .modified
                    .and_then(|when| SystemTime::now().duration_since(when).ok())
                    .is_some_and(|age| age < FRESH);
                glassboard_model::read_from(path, len, Arc::new(Logged(Arc::clone(bytes))))
                    .map_err(|error| unreadable(&error, is_fresh))
            }
        }
    }

    /// Names the file, and the state that it is in.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Log(entry, _) => {
                format!("{:?} {} {:?}", entry.path, entry.size_bytes, entry.modified)
            }
            Self::Sent(name, _) => name.clone(),
        }
    }

    /// How large the file is.
    #[cfg(feature = "explain")]
    pub(crate) fn size_bytes(&self) -> usize {
        match self {
            Self::Log(entry, _) => usize::try_from(entry.size_bytes).unwrap_or(usize::MAX),
            Self::Sent(_, sent) => sent.bytes.len(),
        }
    }
}

/// A 404 for what was sent and is gone.
pub(crate) fn forgotten() -> Failure {
    Failure::not_found("this model is not in memory any more; send the file again").about("name")
}

fn unreadable(error: &ModelError, is_fresh: bool) -> Failure {
    let hint = if is_fresh {
        " (the file was written just now and may not be complete)"
    } else {
        ""
    };
    Failure::unprocessable(format!("{error}{hint}"))
}

/// Bytes of a file of the log directory.
struct Logged(Arc<dyn glassboard_events::ReadAt>);

impl fmt::Debug for Logged {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Logged")
    }
}

impl glassboard_model::ReadAt for Logged {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, buffer)
    }
}

/// Bytes in memory.
#[derive(Debug)]
struct Sent(Arc<SentModel>);

impl glassboard_model::ReadAt for Sent {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = self.0.bytes.get(start..).unwrap_or_default();
        let read = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..read), rest.get(..read)) {
            to.copy_from_slice(from);
        }
        Ok(read)
    }
}
