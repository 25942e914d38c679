//! The event files that a writer has open, and what a fork makes of them.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::WriterError;
use crate::event_queue::{EventQueue, QueueOptions};

/// The open files of a writer.
///
/// After a fork the child has a copy of this in which nothing can be used: the threads that write the files exist in
/// the parent only, locks may be held by threads that are gone, and what is pending is the parent's to write. So the
/// child forgets all of it, without taking a lock, and goes on with files of its own.
#[derive(Debug, Default)]
pub(crate) struct Files {
    open: RwLock<Open>,
    /// Held while a file is created, so that the disk is not waited for under the lock that every record takes.
    creating: Mutex<()>,
    /// What is used instead of all this, in a process that was forked.
    after_fork: OnceLock<Box<Files>>,
}

#[derive(Debug, Default)]
struct Open {
    /// The run's own file; none while the writer is closed.
    main: Option<Arc<EventQueue>>,
    /// Files in folders of their own.
    lines: HashMap<PathBuf, Arc<EventQueue>>,
}

impl Open {
    fn all(&self) -> impl Iterator<Item = &Arc<EventQueue>> {
        self.main.iter().chain(self.lines.values())
    }
}

/// One of the files of a writer.
#[derive(Clone, Copy)]
pub(crate) enum Which<'a> {
    /// The run's own, in this folder.
    Main(&'a Path),
    /// That in another folder.
    Line(&'a Path),
}

impl<'a> Which<'a> {
    fn find(self, open: &Open) -> Option<&Arc<EventQueue>> {
        match self {
            Self::Main(_) => open.main.as_ref(),
            Self::Line(dir) => open.lines.get(dir),
        }
    }

    fn put(self, open: &mut Open, file: Arc<EventQueue>) {
        match self {
            Self::Main(_) => open.main = Some(file),
            Self::Line(dir) => drop(open.lines.insert(dir.to_owned(), file)),
        }
    }

    fn dir(self) -> &'a Path {
        let (Self::Main(dir) | Self::Line(dir)) = self;
        dir
    }
}

impl Files {
    /// Files of which the run's own is open.
    pub(crate) fn new(main: EventQueue) -> Self {
        let open = Open {
            main: Some(Arc::new(main)),
            ..Open::default()
        };
        Self {
            open: RwLock::new(open),
            creating: Mutex::default(),
            after_fork: OnceLock::new(),
        }
    }

    /// Makes a forked child independent of its parent. To be called while the process has one thread, as it does
    /// after a fork.
    pub(crate) fn after_fork_in_child(&self) {
        // Nobody else can have set it: there is no other thread.
        let _ = self.of_this_process().after_fork.set(Box::default());
    }

    fn of_this_process(&self) -> &Self {
        let mut files = self;
        while let Some(next) = files.after_fork.get() {
            files = next;
        }
        files
    }

    /// Does something with a file, which is created when it is not open.
    #[inline]
    pub(crate) fn with(
        &self,
        which: Which<'_>,
        options: &QueueOptions,
        act: impl FnOnce(&EventQueue) -> Result<(), WriterError>,
    ) -> Result<(), WriterError> {
        let files = self.of_this_process();
        let open = files.read();
        if let Some(file) = which.find(&open) {
            return act(file);
        }
        drop(open);
        let created = {
            let _creating = files
                .creating
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            // Another thread may have been faster.
            let known = which.find(&files.read()).cloned();
            if let Some(file) = known {
                file
            } else {
                let file = Arc::new(EventQueue::create(which.dir(), &[], options)?);
                which.put(&mut files.write(), Arc::clone(&file));
                file
            }
        };
        act(&created)
    }

    /// Does something with a file if it is open; nothing when it is not.
    #[inline]
    pub(crate) fn with_open<R>(
        &self,
        which: Which<'_>,
        act: impl FnOnce(&EventQueue) -> Result<R, WriterError>,
    ) -> Result<Option<R>, WriterError> {
        let open = self.of_this_process().read();
        which.find(&open).map(|file| act(file)).transpose()
    }

    /// Folders of the open files other than the run's own, sorted; and whether that one is open.
    pub(crate) fn dirs(&self) -> (bool, Vec<PathBuf>) {
        let open = self.of_this_process().read();
        let mut lines: Vec<PathBuf> = open.lines.keys().cloned().collect();
        lines.sort();
        (open.main.is_some(), lines)
    }

    /// Flushes all files; returns the first error.
    pub(crate) fn flush(&self) -> Result<(), WriterError> {
        // Nobody else is to wait while this does.
        let open: Vec<_> = self.of_this_process().read().all().cloned().collect();
        first_error(open.iter().map(|file| file.flush()))
    }

    /// Flushes and closes all files; returns the first error.
    pub(crate) fn close(&self) -> Result<(), WriterError> {
        let open = std::mem::take(&mut *self.of_this_process().write());
        first_error(open.all().map(|file| file.close()))
    }

    fn read(&self) -> RwLockReadGuard<'_, Open> {
        self.open.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Open> {
        self.open.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let open = self.open.get_mut().unwrap_or_else(PoisonError::into_inner);
        let open = std::mem::take(open);
        if self.after_fork.get().is_some() {
            // They are the parent's: closing one would wait for a thread that is not here.
            std::mem::forget(open);
            return;
        }
        if let Err(error) = first_error(open.all().map(|file| file.close_quietly())) {
            // Nobody is left to return it to, and a loss must not be silent.
            let _ = writeln!(std::io::stderr(), "glassboard: records were lost: {error}");
        }
    }
}

/// Goes through all results and keeps the first error.
fn first_error(results: impl Iterator<Item = Result<(), WriterError>>) -> Result<(), WriterError> {
    results.fold(Ok(()), Result::and)
}

#[cfg(test)]
mod tests;
