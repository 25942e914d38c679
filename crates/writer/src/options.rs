use std::path::PathBuf;
use std::time::Duration;

use chrono::Local;

use crate::{SummaryWriter, WriterError};

/// How to open a [`SummaryWriter`]; the defaults are those of `torch.utils.tensorboard`.
///
/// ```
/// use glassboard_writer::SummaryWriterOptions;
///
/// # let dir = tempfile::tempdir()?;
/// # let folder = dir.path().join("b");
/// let writer = SummaryWriterOptions {
///     log_dir: Some(folder), // "runs/b"
///     flush_secs: 5.0,
///     ..SummaryWriterOptions::default()
/// }
/// .open()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryWriterOptions {
    /// Folder of the run. When none or empty: `runs/<month><day>_<hour>-<minute>-<second>_<host><comment>`, such as
    /// `runs/Nov22_08-15-00_hal`.
    pub log_dir: Option<PathBuf>,
    /// Appended to the default folder's name; not used when `log_dir` is given.
    pub comment: String,
    /// When a training restarts at this step: tells readers to drop what an earlier writer logged at this step and
    /// later.
    pub purge_step: Option<i64>,
    /// How many batches of records may wait for the background thread, 0 for any number. A batch is 64 KiB of
    /// records, or one record larger than that, so that neither memory nor speed depends on the kind of data: by
    /// default ten pictures or 640 KiB of scalars (about 10,000) may wait.
    ///
    /// This is what a slow disk can do to a training: as long as fewer batches wait, `add_*` takes no longer than
    /// encoding the record, whatever the disk does; with as many, it waits until the thread has written what it
    /// took before. A disk that stalls for a second is not noticed below that amount of records a second.
    pub max_queue: usize,
    /// Data reaches the file at the latest after this many seconds; the first at once.
    pub flush_secs: f64,
    /// Appended to the name of every event file.
    pub filename_suffix: String,
}

impl Default for SummaryWriterOptions {
    fn default() -> Self {
        Self {
            log_dir: None,
            comment: String::new(),
            purge_step: None,
            max_queue: 10,
            flush_secs: 120.0,
            filename_suffix: String::new(),
        }
    }
}

impl SummaryWriterOptions {
    /// Opens a writer; creates the folder and the event file.
    ///
    /// # Errors
    /// As [`SummaryWriter::with_options`].
    pub fn open(self) -> Result<SummaryWriter, WriterError> {
        SummaryWriter::with_options(self)
    }

    /// The folder to write to.
    pub(crate) fn resolved_log_dir(&self) -> PathBuf {
        match &self.log_dir {
            Some(dir) if !dir.as_os_str().is_empty() => dir.clone(),
            _ => {
                let time = Local::now().format("%b%d_%H-%M-%S");
                let host = gethostname::gethostname();
                PathBuf::from("runs").join(format!(
                    "{time}_{}{}",
                    host.to_string_lossy(),
                    self.comment
                ))
            }
        }
    }

    /// `flush_secs` as a duration.
    pub(crate) fn flush_interval(&self) -> Result<Duration, WriterError> {
        Duration::try_from_secs_f64(self.flush_secs).map_err(|_| WriterError::Option {
            option: "flush_secs",
            expected: "a number of seconds, 0 or more",
            got: self.flush_secs.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_folder_names_time_host_and_comment() {
        for log_dir in [None, Some(PathBuf::new())] {
            let options = SummaryWriterOptions {
                log_dir,
                comment: "_lr0.1".into(),
                ..Default::default()
            };
            let dir = options.resolved_log_dir();
            let dir = dir.to_str().unwrap();
            let rest = dir.strip_prefix("runs/").unwrap();
            let host = gethostname::gethostname().to_string_lossy().into_owned();
            let time = rest.strip_suffix(&format!("_{host}_lr0.1")).unwrap();
            // Such as Nov22_08-15-00.
            let pattern = "aaadd_dd-dd-dd";
            assert_eq!(time.len(), pattern.len(), "{time}");
            for (byte, kind) in time.bytes().zip(pattern.bytes()) {
                let fits = match kind {
                    b'a' => byte.is_ascii_alphabetic(),
                    b'd' => byte.is_ascii_digit(),
                    other => byte == other,
                };
                assert!(fits, "{time} is not like {pattern}");
            }
        }
        let given = SummaryWriterOptions {
            log_dir: Some("a".into()),
            comment: "b".into(),
            ..Default::default()
        };
        assert_eq!(given.resolved_log_dir(), PathBuf::from("a"));
    }
}
