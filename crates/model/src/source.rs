//! Where bytes come from: a file that is read where it is asked for, or bytes in memory.
//!
//! Nothing is mapped into memory: the workspace has no `unsafe`, and positioned reads of a few kilobytes are what
//! describing a model needs.

use std::{
    fmt,
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{ModelError, Result};

/// Bytes that are read by position, for [`read_from`](crate::read_from).
pub trait ReadAt: fmt::Debug + Send + Sync {
    /// Reads bytes from `offset` on into `buffer` and says how many; 0 only at the end.
    ///
    /// # Errors
    /// As the source has them.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

/// Bytes of a file, of memory, or of someone else.
#[derive(Debug)]
pub(crate) struct Source {
    path: PathBuf,
    len: u64,
    bytes: Bytes,
}

#[derive(Debug)]
enum Bytes {
    File(File),
    Memory(Vec<u8>),
    Other(Arc<dyn ReadAt>),
}

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Arc<Self>> {
        let io = |action| {
            move |source| ModelError::Io {
                action,
                path: path.to_owned(),
                source,
            }
        };
        let file = File::open(path).map_err(io("open the file"))?;
        let metadata = file.metadata().map_err(io("ask for the file's length"))?;
        if !metadata.is_file() {
            return Err(ModelError::UnknownFormat {
                got: "something that is not a file".to_owned(),
                path: path.to_owned(),
            });
        }
        Ok(Arc::new(Self {
            path: path.to_owned(),
            len: metadata.len(),
            bytes: Bytes::File(file),
        }))
    }

    /// `path` is only a name for messages, and the place beside which external data is looked for.
    pub(crate) fn memory(path: PathBuf, bytes: Vec<u8>) -> Arc<Self> {
        Arc::new(Self {
            path,
            len: bytes.len() as u64,
            bytes: Bytes::Memory(bytes),
        })
    }

    /// `path` is only a name for messages.
    pub(crate) fn other(path: PathBuf, len: u64, bytes: Arc<dyn ReadAt>) -> Arc<Self> {
        Arc::new(Self {
            path,
            len,
            bytes: Bytes::Other(bytes),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// All of it, as one region.
    pub(crate) fn region(self: &Arc<Self>) -> Region {
        Region {
            source: Arc::clone(self),
            start: 0,
            len: self.len,
        }
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        match &self.bytes {
            Bytes::File(file) => {
                read_file_exact_at(file, offset, buffer).map_err(|source| ModelError::Io {
                    action: "read the file",
                    path: self.path.clone(),
                    source,
                })
            }
            Bytes::Memory(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                let found = start
                    .checked_add(buffer.len())
                    .and_then(|end| bytes.get(start..end));
                match found {
                    Some(found) => buffer.copy_from_slice(found),
                    None => {
                        return Err(ModelError::Malformed {
                            part: format!("byte {offset}"),
                            expected: format!("{} bytes", buffer.len()),
                            got: format!("{}", (bytes.len() as u64).saturating_sub(offset)),
                            path: self.path.clone(),
                        });
                    }
                }
                Ok(())
            }
            Bytes::Other(bytes) => {
                read_all_at(&**bytes, offset, buffer).map_err(|source| ModelError::Io {
                    action: "read the file",
                    path: self.path.clone(),
                    source,
                })
            }
        }
    }
}

fn read_all_at(bytes: &dyn ReadAt, mut offset: u64, mut buffer: &mut [u8]) -> io::Result<()> {
    while !buffer.is_empty() {
        match bytes.read_at(offset, buffer) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                offset += read as u64;
                buffer = buffer.get_mut(read..).unwrap_or_default();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(unix)]
fn read_file_exact_at(file: &File, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_file_exact_at(file: &File, mut offset: u64, mut buffer: &mut [u8]) -> std::io::Result<()> {
    while !buffer.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, buffer, offset)?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        offset += read as u64;
        buffer = &mut buffer[read..];
    }
    Ok(())
}

/// A part of a source that lies within it.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    source: Arc<Source>,
    start: u64,
    len: u64,
}

impl Region {
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn path(&self) -> &Path {
        self.source.path()
    }

    /// A file in the same folder as this one's; `None` where there is none, as beside bytes that are no file.
    pub(crate) fn beside(&self, name: &str) -> Result<Option<Arc<Source>>> {
        if !matches!(self.source.bytes, Bytes::File(_)) {
            return Ok(None);
        }
        let path = self.path().with_file_name(name);
        if path.exists() {
            Source::open(&path).map(Some)
        } else {
            Ok(None)
        }
    }

    /// A key that is equal for the same bytes of the same source.
    pub(crate) fn key(&self) -> (usize, u64, u64) {
        (Arc::as_ptr(&self.source) as usize, self.start, self.len)
    }

    /// `len` bytes from `offset` within this region, if they are there.
    pub(crate) fn part(&self, offset: u64, len: u64) -> Option<Self> {
        let end = offset.checked_add(len)?;
        (end <= self.len).then(|| Self {
            source: Arc::clone(&self.source),
            start: self.start + offset,
            len,
        })
    }

    /// As [`Self::part`], with an error that names the missing part.
    pub(crate) fn named_part(&self, part: &str, offset: u64, len: u64) -> Result<Self> {
        self.part(offset, len).ok_or_else(|| {
            self.malformed(
                part,
                format!("{len} bytes at byte {offset}"),
                format!("{} bytes in all", self.len),
            )
        })
    }

    pub(crate) fn read(&self) -> Result<Vec<u8>> {
        let len = usize::try_from(self.len).map_err(|_| {
            self.malformed("file", "a part that fits into memory", self.len.to_string())
        })?;
        let mut bytes = vec![0; len];
        self.source.read_exact_at(self.start, &mut bytes)?;
        Ok(bytes)
    }

    /// Reads as many bytes as `buffer` holds from `offset`, which must lie within the region.
    pub(crate) fn read_at(&self, part: &str, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let found = self.named_part(part, offset, buffer.len() as u64)?;
        self.source.read_exact_at(found.start, buffer)
    }

    pub(crate) fn malformed(
        &self,
        part: impl Into<String>,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) -> ModelError {
        ModelError::Malformed {
            part: part.into(),
            expected: expected.into(),
            got: got.into(),
            path: self.path().to_owned(),
        }
    }
}
