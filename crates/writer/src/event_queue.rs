//! One event file with its background thread.
//!
//! Callers append frames, ready with checksums, to one buffer under a lock. The thread swaps that buffer for an
//! empty one and writes it, so that any number of records costs it one turn. It wakes up
//!
//! - for the first record after everything was written (the very first is flushed at once);
//! - for every complete batch (64 KiB, or one larger record);
//! - when the time of the next flush has come, and for [`EventQueue::flush`] and [`EventQueue::close`].
//!
//! The bound of the queue is a number of complete batches; beyond it, callers wait.
//!
//! Locks are those of the standard library: others keep a table for the whole process, which a forked child would
//! inherit as it happens to be.
//!
//! A failed write is kept as the queue's failure: nothing more is accepted, and every call returns it, until a
//! flush succeeds. What was accepted before stays in memory and is written by that flush.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use glassboard_events::frame::append_frame_with;
use glassboard_events::proto::tensorboard::Event;
use glassboard_events::{EventFileWriter, EventsError};
use prost::Message;

use crate::WriterError;

/// Bytes of records that the background thread is woken for.
const BATCH_BYTES: usize = 64 << 10;
/// Records up to this size are encoded under the lock; larger ones before it, so that nobody waits for them.
const SMALL_RECORD_BYTES: usize = 4 << 10;

/// Memory that is kept for the next records after a turn with large ones.
const KEPT_BYTES: usize = 1 << 20;

/// Where frames go: an event file, or a test's stand-in.
pub(crate) trait Sink: Send + 'static {
    /// Appends whole frames; keeps them when they cannot be written now.
    fn write_frames(&mut self, frames: &[u8]) -> Result<(), EventsError>;
    /// Makes everything appended so far visible to other processes.
    fn flush(&mut self) -> Result<(), EventsError>;
}

impl Sink for EventFileWriter {
    fn write_frames(&mut self, frames: &[u8]) -> Result<(), EventsError> {
        Self::write_frames(self, frames)
    }
    fn flush(&mut self) -> Result<(), EventsError> {
        Self::flush(self)
    }
}

/// How a queue behaves.
#[derive(Clone, Debug)]
pub(crate) struct QueueOptions {
    /// Most complete batches that may wait; 0 for any number.
    pub(crate) max_batches: usize,
    /// Longest time from a record to its flush.
    pub(crate) flush_interval: Duration,
    /// Appended to the file's name.
    pub(crate) filename_suffix: String,
}

/// An event file that is written in the background.
#[derive(Debug)]
pub(crate) struct EventQueue {
    shared: Arc<Shared>,
    /// None once the queue is closed.
    thread: Mutex<Option<JoinHandle<()>>>,
    max_batches: usize,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Something to do for the thread.
    work: Condvar,
    /// The thread has done something.
    done: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Frames the thread has not taken yet.
    pending: Vec<u8>,
    /// Complete batches in `pending`.
    full_batches: usize,
    /// Bytes behind the last complete batch.
    batch_bytes: usize,
    /// How many flushes were asked for, and up to which of them all is done.
    flushes_asked: u64,
    flushes_done: u64,
    /// No more records will come.
    closing: bool,
    /// The thread sleeps without a deadline: the next record must wake it.
    idle: bool,
    /// The thread is gone.
    ended: bool,
    failure: Option<Failure>,
}

#[derive(Debug)]
struct Failure {
    error: Arc<EventsError>,
    /// Whether a caller was told.
    reported: bool,
}

impl Shared {
    /// A panic in one caller's encoding leaves no state that others could not use.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the thread has done something.
    fn wait_done<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.done
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The error to return instead of doing anything, if there is one.
    fn check(&mut self) -> Result<(), WriterError> {
        if let Some(failure) = &mut self.failure {
            failure.reported = true;
            return Err(Arc::clone(&failure.error).into());
        }
        if self.ended {
            Err(WriterError::ThreadEnded)
        } else {
            Ok(())
        }
    }
}

impl EventQueue {
    /// Creates an event file in a folder, with the events it begins with, and starts its thread.
    pub(crate) fn create(
        dir: &Path,
        first: &[Event],
        options: &QueueOptions,
    ) -> Result<Self, WriterError> {
        let mut file = EventFileWriter::create(dir, &options.filename_suffix)?;
        for event in first {
            file.write_event(event)?;
        }
        if !first.is_empty() {
            file.flush()?;
        }
        Self::start(file, options)
    }

    fn start(sink: impl Sink, options: &QueueOptions) -> Result<Self, WriterError> {
        let shared = Arc::new(Shared::default());
        let worker = Worker {
            shared: Arc::clone(&shared),
            sink,
            flush_interval: options.flush_interval,
        };
        let thread = thread::Builder::new()
            .name("event-writer".into())
            .spawn(move || worker.run())
            .map_err(|source| WriterError::Thread {
                source: Arc::new(source),
            })?;
        Ok(Self {
            shared,
            thread: Mutex::new(Some(thread)),
            max_batches: options.max_batches,
        })
    }

    /// Appends one record that `fill` encodes.
    #[inline]
    pub(crate) fn append(&self, fill: impl FnOnce(&mut Vec<u8>)) -> Result<(), WriterError> {
        let mut state = self.shared.lock();
        loop {
            state.check()?;
            if self.has_room(&state) {
                break;
            }
            state = self.shared.wait_done(state);
        }
        self.append_to(state, fill)
    }

    /// As [`Self::append`], but where that would wait this says no and appends nothing.
    #[inline]
    pub(crate) fn try_append(&self, fill: impl FnOnce(&mut Vec<u8>)) -> Result<bool, WriterError> {
        let mut state = self.shared.lock();
        state.check()?;
        if !self.has_room(&state) {
            return Ok(false);
        }
        self.append_to(state, fill).map(|()| true)
    }

    fn has_room(&self, state: &State) -> bool {
        self.max_batches == 0 || state.full_batches < self.max_batches
    }

    #[inline]
    fn append_to(
        &self,
        mut state: MutexGuard<'_, State>,
        fill: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), WriterError> {
        let before = state.pending.len();
        append_frame_with(&mut state.pending, fill)?;
        state.batch_bytes += state.pending.len() - before;
        let complete = state.batch_bytes >= BATCH_BYTES;
        if complete {
            state.full_batches += 1;
            state.batch_bytes = 0;
        }
        if complete || state.idle {
            state.idle = false;
            self.shared.work.notify_one();
        }
        Ok(())
    }

    /// Appends one event.
    pub(crate) fn append_event(&self, event: &Event) -> Result<(), WriterError> {
        if event.encoded_len() <= SMALL_RECORD_BYTES {
            return self.append(|out| event.encode_raw(out));
        }
        let bytes = event.encode_to_vec();
        self.append(|out| out.extend_from_slice(&bytes))
    }

    /// Waits until everything appended so far can be seen by other processes.
    pub(crate) fn flush(&self) -> Result<(), WriterError> {
        let mut state = self.shared.lock();
        if state.ended {
            return state.check();
        }
        state.flushes_asked += 1;
        let mine = state.flushes_asked;
        self.shared.work.notify_one();
        while state.flushes_done < mine && !state.ended {
            state = self.shared.wait_done(state);
        }
        state.check()
    }

    /// Flushes and ends the thread.
    pub(crate) fn close(&self) -> Result<(), WriterError> {
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(thread) = thread else {
            return Ok(());
        };
        let mut state = self.shared.lock();
        state.closing = true;
        self.shared.work.notify_one();
        drop(state);
        if thread.join().is_err() {
            return Err(WriterError::ThreadEnded);
        }
        let mut state = self.shared.lock();
        match &mut state.failure {
            Some(failure) => {
                failure.reported = true;
                Err(Arc::clone(&failure.error).into())
            }
            None => Ok(()),
        }
    }

    /// As [`Self::close`], but an error only if no caller was told of it before.
    pub(crate) fn close_quietly(&self) -> Result<(), WriterError> {
        let known = self
            .shared
            .lock()
            .failure
            .as_ref()
            .is_some_and(|failure| failure.reported);
        match self.close() {
            Err(WriterError::Events(_)) if known => Ok(()),
            result => result,
        }
    }
}

#[cfg(test)]
impl EventQueue {
    /// Does something while nobody else can use the queue.
    pub(crate) fn while_locked(&self, act: impl FnOnce()) {
        let _state = self.shared.lock();
        act();
    }
}

impl Drop for EventQueue {
    fn drop(&mut self) {
        // The owner has closed the queue and reported; what is left is a queue that failed to be put to use.
        let _ = self.close();
    }
}

/// The background thread.
struct Worker<S: Sink> {
    shared: Arc<Shared>,
    sink: S,
    flush_interval: Duration,
}

/// What the thread is to do in one turn.
struct Turn {
    flush: bool,
    flushes_asked: u64,
    closing: bool,
}

impl<S: Sink> Worker<S> {
    fn run(mut self) {
        // Wakes everybody who waits, however the thread ends.
        let _ended = Ended(Arc::clone(&self.shared));
        let mut frames = Vec::new();
        // The first record is flushed at once.
        let mut next_flush = Some(Instant::now());
        let mut unflushed = false;
        loop {
            let turn = self.wait(&mut frames, next_flush, unflushed);
            let mut result = Ok(());
            if !frames.is_empty() {
                result = self.sink.write_frames(&frames);
                frames.clear();
                frames.shrink_to(KEPT_BYTES);
                unflushed = true;
            }
            if turn.flush {
                // Even after a failed write: a flush tries again.
                result = self.sink.flush();
                unflushed = false;
                // A time too far for the clock never comes.
                next_flush = Instant::now().checked_add(self.flush_interval);
            }
            self.report(result, &turn);
            if turn.closing {
                return;
            }
        }
    }

    /// Sleeps until there is something to do, and takes the pending frames.
    fn wait(&self, frames: &mut Vec<u8>, next_flush: Option<Instant>, unflushed: bool) -> Turn {
        let mut state = self.shared.lock();
        let flush = loop {
            let asked = state.closing || state.flushes_asked > state.flushes_done;
            let has_data = unflushed || !state.pending.is_empty();
            let due = has_data && next_flush.is_some_and(|time| time <= Instant::now());
            if asked || due {
                break true;
            }
            if state.full_batches > 0 {
                break false;
            }
            match next_flush {
                Some(time) if has_data => {
                    let rest = time.saturating_duration_since(Instant::now());
                    let woken = self.shared.work.wait_timeout(state, rest);
                    state = woken.unwrap_or_else(PoisonError::into_inner).0;
                }
                _ => {
                    state.idle = !has_data;
                    let woken = self.shared.work.wait(state);
                    state = woken.unwrap_or_else(PoisonError::into_inner);
                    state.idle = false;
                }
            }
        };
        std::mem::swap(frames, &mut state.pending);
        state.full_batches = 0;
        state.batch_bytes = 0;
        self.shared.done.notify_all();
        Turn {
            flush,
            flushes_asked: state.flushes_asked,
            closing: state.closing,
        }
    }

    fn report(&self, result: Result<(), EventsError>, turn: &Turn) {
        if result.is_ok() && !turn.flush {
            return;
        }
        let mut state = self.shared.lock();
        match result {
            Ok(()) => state.failure = None,
            // The first failure is the one that explains the others.
            Err(error) => {
                let failure = || Failure {
                    error: Arc::new(error),
                    reported: false,
                };
                state.failure.get_or_insert_with(failure);
            }
        }
        if turn.flush {
            state.flushes_done = state.flushes_done.max(turn.flushes_asked);
        }
        self.shared.done.notify_all();
    }
}

/// Marks the thread as gone when it is dropped.
struct Ended(Arc<Shared>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        self.0.done.notify_all();
    }
}

#[cfg(test)]
mod tests;
