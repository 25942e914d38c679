//! Traces of a profiler.

use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::{SummaryWriter, WriterError};

/// What a gzip file begins with.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

impl SummaryWriter {
    /// Puts a profiler's trace (Chrome's trace events as JSON, plain or gzipped) where PyTorch's profiler puts its
    /// own and the profiler's dashboard looks: `<log_dir>/<worker>.<nanoseconds since the epoch>.pt.trace.json`, with
    /// `.gz` at the end when it is gzipped. Returns that path. The trace is a file beside the events, complete when
    /// this returns.
    ///
    /// `worker` names the process that was watched: `<host>_<process id>` when it is none.
    ///
    /// # Errors
    /// [`WriterError::NoTrace`] when the bytes begin like neither; [`WriterError::WorkerName`];
    /// [`WriterError::File`].
    pub fn add_profiler_trace(
        &self,
        trace: &[u8],
        worker: Option<&str>,
    ) -> Result<PathBuf, WriterError> {
        let suffix = match trace.trim_ascii_start() {
            [b'{' | b'[', ..] => "",
            _ if trace.starts_with(&GZIP_MAGIC) => ".gz",
            _ => {
                return Err(WriterError::NoTrace {
                    got: trace.iter().take(8).copied().collect(),
                });
            }
        };
        let own_name = || {
            let host = gethostname::gethostname();
            format!("{}_{}", host.to_string_lossy(), std::process::id())
        };
        let worker = worker.map_or_else(own_name, ToOwned::to_owned);
        if worker.is_empty() || worker.contains(['/', '\\', '\0']) {
            return Err(WriterError::WorkerName { got: worker });
        }
        let time = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let name = format!("{worker}.{}.pt.trace.json{suffix}", time.as_nanos());
        let path = self.log_dir().join(&name);
        // Dashboards look for the name: it must not be there before the trace is.
        let unfinished = self.log_dir().join(format!(".{name}.part"));
        fs::create_dir_all(self.log_dir()).map_err(WriterError::file("create", self.log_dir()))?;
        fs::write(&unfinished, trace).map_err(WriterError::file("write", &unfinished))?;
        fs::rename(&unfinished, &path).map_err(WriterError::file("rename to", &path))?;
        Ok(path)
    }
}
