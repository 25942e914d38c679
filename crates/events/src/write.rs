use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prost::Message;

use crate::EventsError;
use crate::frame::append_frame_with;
use crate::proto::tensorboard::{Event, SourceMetadata, event};

/// What the first record of every file says.
pub const FILE_VERSION: &str = "brain.Event:2";

/// Bytes that are gathered before the file is written to.
const BUFFER_BYTES: usize = 64 << 10;

/// Files opened by this process so far: part of a file's name.
static COUNTER: AtomicU64 = AtomicU64::new(0);

/// Name of an event file: `events.out.tfevents.<seconds, ten digits>.<host>.<pid>.<counter><suffix>`.
pub fn file_name(
    since_epoch: Duration,
    host: &str,
    pid: u32,
    counter: u64,
    suffix: &str,
) -> String {
    let seconds = since_epoch.as_secs();
    format!("events.out.tfevents.{seconds:010}.{host}.{pid}.{counter}{suffix}")
}

/// Appends records to one event file.
///
/// Records are gathered in memory; [`Self::flush`] hands them to the operating system, from
/// where another process sees them and a killed process does not lose them. Dropping flushes
/// too, but cannot say whether it succeeded.
#[derive(Debug)]
pub struct EventFileWriter {
    path: PathBuf,
    file: File,
    buffer: Vec<u8>,
    /// Bytes at the front of `buffer` that are already in the file.
    written: usize,
}

impl EventFileWriter {
    /// Creates the folder, and in it a new event file that begins with the version record.
    ///
    /// # Errors
    /// When the folder or the file cannot be created or written.
    pub fn create(dir: &Path, filename_suffix: &str) -> Result<Self, EventsError> {
        fs::create_dir_all(dir).map_err(io_error("create folder", dir))?;
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let host = gethostname::gethostname();
        // A second writer may have the same name after a fork: then the next counter is free.
        let (path, file) = loop {
            let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
            let name = file_name(
                now,
                &host.to_string_lossy(),
                std::process::id(),
                counter,
                filename_suffix,
            );
            let path = dir.join(name);
            match File::options().append(true).create_new(true).open(&path) {
                Ok(file) => break (path, file),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(io_error("create", &path)(error)),
            }
        };
        let mut writer = Self {
            path,
            file,
            buffer: Vec::with_capacity(BUFFER_BYTES),
            written: 0,
        };
        writer.write_event(&Event {
            wall_time: now.as_secs_f64(),
            what: Some(event::What::FileVersion(FILE_VERSION.into())),
            source_metadata: Some(SourceMetadata {
                writer: "glassboard".into(),
            }),
            ..Event::default()
        })?;
        writer.flush()?;
        Ok(writer)
    }

    /// Path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends one record.
    ///
    /// # Errors
    /// When it is too long, or an earlier record could not be written. A record that was
    /// accepted is kept until it is written: call [`Self::flush`] to try again.
    pub fn write_record(&mut self, data: &[u8]) -> Result<(), EventsError> {
        append_frame_with(&mut self.buffer, |out| out.extend_from_slice(data))?;
        self.write_if_full()
    }

    /// Appends one event.
    ///
    /// # Errors
    /// As [`Self::write_record`].
    pub fn write_event(&mut self, event: &Event) -> Result<(), EventsError> {
        append_frame_with(&mut self.buffer, |out| event.encode_raw(out))?;
        self.write_if_full()
    }

    /// Appends frames that are already encoded ([`append_frame_with`]): what a writer with
    /// a background thread hands over.
    ///
    /// # Errors
    /// As [`Self::write_record`].
    pub fn write_frames(&mut self, frames: &[u8]) -> Result<(), EventsError> {
        self.buffer.extend_from_slice(frames);
        self.write_if_full()
    }

    /// Hands everything to the operating system.
    ///
    /// # Errors
    /// When it cannot be written (it is kept and can be tried again), or the file was
    /// removed or replaced meanwhile ([`EventsError::Vanished`]).
    pub fn flush(&mut self) -> Result<(), EventsError> {
        self.write_buffer()?;
        if is_same_file(&self.file, &self.path) {
            Ok(())
        } else {
            Err(EventsError::Vanished {
                path: self.path.clone(),
            })
        }
    }

    fn write_if_full(&mut self) -> Result<(), EventsError> {
        if self.buffer.len() - self.written < BUFFER_BYTES {
            Ok(())
        } else {
            self.write_buffer()
        }
    }

    fn write_buffer(&mut self) -> Result<(), EventsError> {
        while self.written < self.buffer.len() {
            match self.file.write(&self.buffer[self.written..]) {
                Ok(0) => {
                    return Err(io_error("write", &self.path)(
                        io::ErrorKind::WriteZero.into(),
                    ));
                }
                // A part may be written when the disk fills up: the rest goes on from there,
                // so that a later try leaves no broken record behind.
                Ok(n) => self.written += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(io_error("write", &self.path)(error)),
            }
        }
        self.buffer.clear();
        self.buffer.shrink_to(4 * BUFFER_BYTES);
        self.written = 0;
        Ok(())
    }
}

impl Drop for EventFileWriter {
    fn drop(&mut self) {
        // Nobody is left to tell; callers who want to know call `flush` first.
        let _ = self.write_buffer();
    }
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> EventsError {
    let path = path.to_owned();
    move |source| EventsError::Io {
        action,
        path,
        source,
    }
}

#[cfg(unix)]
fn is_same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_same_file(_file: &File, path: &Path) -> bool {
    // An open file cannot be removed there.
    path.exists()
}

#[cfg(test)]
mod tests;
