//! Profiler traces that were read lately, and those that are being read.
//!
//! A trace is read by a thread of its own: it takes seconds where the file is large, and whoever asked is told how far
//! it is and may stop it. What is kept is the index, not the text.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use glassboard_events::ReadAt;
use glassboard_store::FileEntry;
use glassboard_trace::Trace;
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::error::Failure;

/// Most events in all traces that are kept, unless one alone has more.
const MAX_EVENTS: usize = 8_000_000;

/// Most traces that are kept.
const MAX_TRACES: usize = 8;

/// Most traces that are read at the same time; the oldest reading ends when there are more.
const MAX_READING: usize = 2;

/// A trace file in the state in which it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    path: String,
    size_bytes: u64,
    modified: Option<SystemTime>,
}

impl Key {
    pub(crate) fn of(entry: &FileEntry) -> Self {
        Self {
            path: entry.path.clone(),
            size_bytes: entry.size_bytes,
            modified: entry.modified,
        }
    }
}

/// How far reading is.
#[derive(Clone, Debug)]
enum Phase {
    Reading,
    Done(Arc<Trace>),
    Cancelled,
}

/// The reading of one trace.
#[derive(Debug)]
pub(crate) struct Job {
    /// Grows from one to the next.
    number: u64,
    bytes_read: AtomicU64,
    bytes_total: u64,
    stop: AtomicBool,
    phase: watch::Receiver<Phase>,
}

/// What there is of a trace.
#[derive(Clone, Debug)]
pub(crate) enum Progress {
    Reading { bytes_read: u64, bytes_total: u64 },
    Done(Arc<Trace>),
    Cancelled,
}

impl Job {
    /// Returns when the trace is read, or reading has ended in another way.
    pub(crate) async fn ended(&self) {
        let mut phase = self.phase.clone();
        // An error says that the thread is gone, which is an end.
        let _ = phase
            .wait_for(|phase| !matches!(phase, Phase::Reading))
            .await;
    }

    pub(crate) fn progress(&self) -> Result<Progress, Failure> {
        let is_gone = self.phase.has_changed().is_err();
        match &*self.phase.borrow() {
            Phase::Done(trace) => Ok(Progress::Done(Arc::clone(trace))),
            Phase::Cancelled => Ok(Progress::Cancelled),
            Phase::Reading if is_gone => Err(Failure::internal(
                "the thread that read the trace has ended",
            )),
            Phase::Reading => Ok(Progress::Reading {
                bytes_read: self
                    .bytes_read
                    .load(Ordering::Relaxed)
                    .min(self.bytes_total),
                bytes_total: self.bytes_total,
            }),
        }
    }

    fn trace(&self) -> Option<Arc<Trace>> {
        match &*self.phase.borrow() {
            Phase::Done(trace) => Some(Arc::clone(trace)),
            _ => None,
        }
    }

    fn is_reading(&self) -> bool {
        matches!(*self.phase.borrow(), Phase::Reading)
            && self.phase.has_changed().is_ok()
            && !self.stop.load(Ordering::Relaxed)
    }

    fn cancel(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// The traces, the one that was used last behind all others.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    jobs: Mutex<Vec<(Key, Arc<Job>)>>,
    begun: AtomicU64,
}

impl Traces {
    /// The reading of a trace, begun if it was not.
    pub(crate) fn job(
        &self,
        entry: &FileEntry,
        source: Arc<dyn ReadAt>,
    ) -> Result<Arc<Job>, Failure> {
        let key = Key::of(entry);
        let mut jobs = self.jobs.lock();
        let known = jobs
            .iter()
            .position(|(known, job)| *known == key && (job.is_reading() || job.trace().is_some()));
        if let Some(at) = known {
            let found = jobs.remove(at);
            let job = Arc::clone(&found.1);
            jobs.push(found);
            return Ok(job);
        }
        // What was read of an earlier state of the file serves until this one is read.
        jobs.retain(|(other, job)| {
            let is_other = other.path != key.path;
            if !is_other {
                job.cancel();
            }
            is_other || job.trace().is_some()
        });
        let reading: Vec<&Arc<Job>> = jobs
            .iter()
            .map(|(_, job)| job)
            .filter(|job| job.is_reading())
            .collect();
        if let Some(oldest) = reading.first().filter(|_| reading.len() >= MAX_READING) {
            oldest.cancel();
        }
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        let job = begin(&key, number, source)?;
        jobs.push((key, Arc::clone(&job)));
        trim(&mut jobs);
        Ok(job)
    }

    /// What was read last of the file at a path.
    pub(crate) fn ready(&self, path: &str) -> Option<(Key, Arc<Trace>)> {
        let mut jobs = self.jobs.lock();
        let read = jobs
            .iter()
            .filter(|(key, job)| key.path == path && job.trace().is_some());
        let newest = read.max_by_key(|(_, job)| job.number)?;
        let (key, job) = (newest.0.clone(), Arc::clone(&newest.1));
        // Earlier states of the file have served their time.
        jobs.retain(|(other, older)| other.path != path || older.number > job.number);
        jobs.push((key.clone(), Arc::clone(&job)));
        trim(&mut jobs);
        Some((key, job.trace()?))
    }

    /// Ends the reading of a file; whether there was one.
    pub(crate) fn cancel(&self, path: &str) -> bool {
        let jobs = self.jobs.lock();
        let mut found = false;
        for (key, job) in jobs.iter() {
            if key.path == path && job.is_reading() {
                job.cancel();
                found = true;
            }
        }
        found
    }
}

/// Forgets what is too much, and what is no longer of use.
fn trim(jobs: &mut Vec<(Key, Arc<Job>)>) {
    let newest = jobs.len().saturating_sub(1);
    let mut position = 0;
    jobs.retain(|(_, job)| {
        position += 1;
        position > newest || job.is_reading() || job.trace().is_some()
    });
    let events = |jobs: &[(Key, Arc<Job>)]| -> usize {
        let traces = jobs.iter().filter_map(|(_, job)| job.trace());
        traces.map(|trace| trace.events().len()).sum()
    };
    while jobs.len() > MAX_TRACES || (jobs.len() > 1 && events(jobs) > MAX_EVENTS) {
        jobs.remove(0).1.cancel();
    }
}

fn begin(key: &Key, number: u64, source: Arc<dyn ReadAt>) -> Result<Arc<Job>, Failure> {
    let (tell, phase) = watch::channel(Phase::Reading);
    let job = Arc::new(Job {
        number,
        bytes_read: AtomicU64::new(0),
        bytes_total: key.size_bytes,
        stop: AtomicBool::new(false),
        phase,
    });
    let reading = Arc::clone(&job);
    let read = move || {
        let trace = Trace::read(Source {
            bytes: source,
            at: 0,
            job: Some(Arc::clone(&reading)),
        });
        let is_stopped = reading.stop.load(Ordering::Relaxed);
        tell.send_replace(if is_stopped {
            Phase::Cancelled
        } else {
            Phase::Done(Arc::new(trace))
        });
    };
    std::thread::Builder::new()
        .name("glassboard-trace".to_owned())
        .spawn(read)
        .map_err(|error| Failure::internal(format!("no thread to read the trace: {error}")))?;
    Ok(job)
}

/// A file from its first byte to its last.
pub(crate) struct Source {
    bytes: Arc<dyn ReadAt>,
    at: u64,
    /// Is told of progress, and may end it.
    job: Option<Arc<Job>>,
}

impl Source {
    pub(crate) fn from(bytes: Arc<dyn ReadAt>, at: u64) -> Self {
        Self {
            bytes,
            at,
            job: None,
        }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(job) = &self.job {
            if job.stop.load(Ordering::Relaxed) {
                return Err(io::Error::other("it was stopped"));
            }
            job.bytes_read.store(self.at, Ordering::Relaxed);
        }
        let count = self.bytes.read_at(self.at, buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Duration;

    use glassboard_store::RunName;

    use super::*;

    const TEXT: &[u8] = br#"[{"ph":"X","name":"a","pid":1,"tid":1,"ts":1,"dur":1}]"#;

    /// A file whose every byte has to be allowed.
    struct Gated {
        allowed: Mutex<Receiver<()>>,
    }

    impl ReadAt for Gated {
        fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
            if offset as usize == TEXT.len() {
                return Ok(0);
            }
            // An error says that all is allowed.
            let _ = self.allowed.lock().recv();
            buf[0] = TEXT[offset as usize];
            Ok(1)
        }

        fn len(&self) -> io::Result<u64> {
            Ok(TEXT.len() as u64)
        }
    }

    fn gated() -> (Sender<()>, Arc<dyn ReadAt>) {
        let (allow, allowed) = channel();
        let allowed = Mutex::new(allowed);
        (allow, Arc::new(Gated { allowed }))
    }

    fn entry(path: &str, size_bytes: u64) -> FileEntry {
        FileEntry {
            run: RunName::from("run"),
            path: path.to_owned(),
            native_path: path.into(),
            size_bytes,
            modified: None,
            identity: None,
        }
    }

    async fn end(job: &Job) -> Progress {
        tokio::time::timeout(Duration::from_secs(30), job.ended())
            .await
            .unwrap();
        job.progress().unwrap()
    }

    #[tokio::test]
    async fn a_trace_is_read_once_and_told_of_meanwhile() {
        let traces = Traces::default();
        let file = entry("a", TEXT.len() as u64);
        let (allow, source) = gated();
        let job = traces.job(&file, source).unwrap();
        allow.send(()).unwrap();
        let Progress::Reading {
            bytes_read,
            bytes_total,
        } = job.progress().unwrap()
        else {
            panic!("it has only one byte yet");
        };
        assert!(bytes_read <= 1);
        assert_eq!(bytes_total, TEXT.len() as u64);
        // Whoever asks meanwhile waits for the same.
        let (_unused, other) = gated();
        assert!(Arc::ptr_eq(&job, &traces.job(&file, other).unwrap()));
        assert!(traces.ready("a").is_none());
        drop(allow);
        let Progress::Done(trace) = end(&job).await else {
            panic!("all is allowed");
        };
        assert_eq!(trace.events().len(), 1);
        let (key, ready) = traces.ready("a").unwrap();
        assert_eq!(key, Key::of(&file));
        assert!(Arc::ptr_eq(&trace, &ready));
        assert!(!traces.cancel("a"));
    }

    #[tokio::test]
    async fn reading_is_stopped_and_begins_anew() {
        let traces = Traces::default();
        let file = entry("a", TEXT.len() as u64);
        let (allow, source) = gated();
        let job = traces.job(&file, source).unwrap();
        assert!(traces.cancel("a"));
        assert!(!traces.cancel("a"));
        drop(allow);
        assert!(matches!(end(&job).await, Progress::Cancelled));
        assert!(traces.ready("a").is_none());
        let (allow, source) = gated();
        drop(allow);
        let again = traces.job(&file, source).unwrap();
        assert!(matches!(end(&again).await, Progress::Done(_)));
    }

    #[tokio::test]
    async fn what_was_read_serves_until_the_grown_file_is_read() {
        let traces = Traces::default();
        let (allow, source) = gated();
        drop(allow);
        let small = entry("a", 1);
        let first = traces.job(&small, source).unwrap();
        end(&first).await;
        let (allow, source) = gated();
        let second = traces.job(&entry("a", 2), source).unwrap();
        assert_eq!(traces.ready("a").unwrap().0, Key::of(&small));
        drop(allow);
        end(&second).await;
        assert_eq!(traces.ready("a").unwrap().0, Key::of(&entry("a", 2)));
    }

    #[tokio::test]
    async fn the_oldest_reading_ends_when_there_are_many() {
        let traces = Traces::default();
        let gates: Vec<_> = (0..=MAX_READING)
            .map(|i| {
                let (allow, source) = gated();
                let job = traces.job(&entry(&i.to_string(), 9), source).unwrap();
                (allow, job)
            })
            .collect();
        let jobs: Vec<_> = gates.into_iter().map(|(_, job)| job).collect();
        assert!(matches!(end(&jobs[0]).await, Progress::Cancelled));
        for job in &jobs[1..] {
            assert!(matches!(end(job).await, Progress::Done(_)));
        }
    }
}
