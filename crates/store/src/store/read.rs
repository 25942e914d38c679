use std::sync::Arc;

use glassboard_events::{
    FrameScanner, ReadAt, Scan,
    frame::{FOOTER_LEN, HEADER_LEN},
    proto::tensorboard::{Event, event, summary},
};
use prost::Message;

use super::Store;
use crate::{FileEntry, Locator, StoreError, ingest};

/// A value read back from its file.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)] // one at a time, taken apart at once
pub enum StoredValue {
    /// One value of a summary.
    Summary(summary::Value),
    /// Bytes of a `GraphDef`.
    Graph(Vec<u8>),
    /// Bytes of a `RunMetadata`.
    RunMetadata(Vec<u8>),
}

impl Store {
    /// The event file that holds a value, relative to the log directory; `None` when it is no longer loaded.
    pub fn path_of(&self, locator: &Locator) -> Option<String> {
        let snapshot = self.snapshot();
        snapshot
            .file(locator.file)
            .map(|file| file.entry.path.clone())
    }

    /// Opens a model file of the log directory for positioned reads. `path` is one of [`Snapshot::models`]'s; nothing
    /// else is opened.
    ///
    /// [`Snapshot::models`]: crate::Snapshot::models
    ///
    /// # Errors
    /// [`StoreError::NoModel`] when there is no model file of that path (any more), [`StoreError::Io`] when it cannot
    /// be opened.
    pub fn open_model(&self, path: &str) -> Result<(FileEntry, Arc<dyn ReadAt>), StoreError> {
        let none = || StoreError::NoModel {
            path: path.to_owned(),
        };
        self.open_listed(self.snapshot().models(), path, none)
    }

    /// Opens a profiler's trace of the log directory for positioned reads. `path` is one of [`Snapshot::traces`]'s;
    /// nothing else is opened.
    ///
    /// [`Snapshot::traces`]: crate::Snapshot::traces
    ///
    /// # Errors
    /// [`StoreError::NoTrace`] when there is no trace of that path (any more), [`StoreError::Io`] when it cannot be
    /// opened.
    pub fn open_trace(&self, path: &str) -> Result<(FileEntry, Arc<dyn ReadAt>), StoreError> {
        let none = || StoreError::NoTrace {
            path: path.to_owned(),
        };
        self.open_listed(self.snapshot().traces(), path, none)
    }

    fn open_listed(
        &self,
        files: &[FileEntry],
        path: &str,
        none: impl Fn() -> StoreError,
    ) -> Result<(FileEntry, Arc<dyn ReadAt>), StoreError> {
        let at = files.binary_search_by(|file| file.path.as_str().cmp(path));
        let file = at.ok().and_then(|at| files.get(at)).ok_or_else(&none)?;
        match self.dir().open(file) {
            Ok(source) => Ok((file.clone(), source)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(none()),
            Err(source) => Err(StoreError::Io {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// Opens a file that a configuration of the projector names, for positioned reads, and says what it is. `config` is
    /// the path of one of [`Snapshot::projectors`], `name` a path as it stands in the configuration: relative to the
    /// configuration's folder, and within it.
    ///
    /// [`Snapshot::projectors`]: crate::Snapshot::projectors
    ///
    /// # Errors
    /// [`StoreError::NoProjector`] when there is no such configuration (any more), [`StoreError::Outside`] for a path
    /// that leads out of its folder, [`StoreError::Io`] when the file cannot be opened.
    pub fn open_projector_file(
        &self,
        config: &str,
        name: &str,
    ) -> Result<(FileEntry, Arc<dyn ReadAt>), StoreError> {
        let (entry, snapshot) = (config, self.snapshot());
        let projectors = snapshot.projectors();
        let at = projectors.binary_search_by(|known| known.path.as_str().cmp(entry));
        let config = at.ok().and_then(|at| projectors.get(at));
        let config = config.ok_or_else(|| StoreError::NoProjector {
            path: entry.to_owned(),
        })?;
        self.dir().open_beside(config, name).map_err(|source| {
            let path = format!("{name} (named in {entry})");
            if source.kind() == std::io::ErrorKind::PermissionDenied && source.get_ref().is_some() {
                StoreError::Outside { path }
            } else {
                StoreError::Io { path, source }
            }
        })
    }

    /// Reads a value that stayed in its file, its checksums verified.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when the file is no longer loaded; [`StoreError::Io`] when it cannot be read;
    /// [`StoreError::RecordChanged`] and [`StoreError::Undecodable`] when the value is not there any more.
    pub fn read_value(&self, locator: &Locator) -> Result<StoredValue, StoreError> {
        let gone = || StoreError::Gone {
            locator: locator.to_string(),
        };
        let snapshot = self.snapshot();
        let file = snapshot.file(locator.file).ok_or_else(gone)?;
        let io = |source| StoreError::Io {
            path: file.entry.path.clone(),
            source,
        };
        let source = match self.dir().open(&file.entry) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(gone()),
            opened => opened.map_err(io)?,
        };
        let frame_len = (HEADER_LEN + FOOTER_LEN) as u64 + locator.record_bytes();
        let changed = |got: &str| StoreError::RecordChanged {
            expected_bytes: locator.record_bytes(),
            offset: locator.offset,
            got: got.to_owned(),
            path: file.entry.path.clone(),
        };
        // Before a buffer is made for them: are there so many bytes?
        if source.len().map_err(io)? < locator.offset.saturating_add(frame_len) {
            return Err(changed("the end of the file"));
        }
        let bytes = ingest::read_exactly(&*source, locator.offset, frame_len).map_err(io)?;
        let data = match FrameScanner::at(locator.offset).next(&bytes) {
            Scan::Record(record) if record.data.len() as u64 == locator.record_bytes() => {
                record.data
            }
            _ => return Err(changed("bytes that are not this record")),
        };
        let undecodable =
            |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Undecodable {
                value_index: locator.value_index,
                offset: locator.offset,
                path: file.entry.path.clone(),
                source,
            };
        let event = Event::decode(data).map_err(|error| undecodable(error.into()))?;
        match event.what {
            Some(event::What::GraphDef(bytes)) => Ok(StoredValue::Graph(bytes)),
            Some(event::What::TaggedRunMetadata(tagged)) => {
                Ok(StoredValue::RunMetadata(tagged.run_metadata))
            }
            Some(event::What::Summary(summary)) => {
                let value = summary.value.into_iter().nth(locator.value_index as usize);
                value
                    .map(StoredValue::Summary)
                    .ok_or_else(|| undecodable("a summary with fewer values".into()))
            }
            _ => Err(undecodable("an event that holds no value".into())),
        }
    }
}
