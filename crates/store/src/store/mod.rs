//! Loading a log directory and keeping up with it.

mod board;
mod read;
mod refresh;
mod value;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use parking_lot::Mutex;
use rayon::{ThreadPool, ThreadPoolBuilder};

pub use self::read::StoredValue;
use self::{board::Board, refresh::Loader};
use crate::{Logdir, RunId, Snapshot};

/// How a [`Store`] loads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreOptions {
    /// Threads that parse; `None`: one per core.
    pub threads: Option<usize>,
    /// The files are complete: an unfinished record at the end of a run's newest file is damage, not
    /// something its writer is about to finish.
    pub once: bool,
}

/// How far loading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Bytes of event files read so far.
    pub bytes_read: u64,
    /// Bytes of event files found.
    pub bytes_total: u64,
    /// Event files read to their present end.
    pub files_read: u64,
    /// Event files found.
    pub files_total: u64,
    /// Whether a refresh is running.
    pub loading: bool,
    /// Whether a refresh has come to its end: all that was there at the start is read.
    pub loaded: bool,
}

/// What has changed since the snapshot before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(clippy::struct_excessive_bools)] // each says of another thing that it has changed
pub struct Changes {
    /// The revision after the change.
    pub revision: u64,
    /// Whether a run was added or removed.
    pub runs_changed: bool,
    /// Whether a tag was added or removed.
    pub tags_changed: bool,
    /// The runs that have new data, or are new or gone.
    pub touched_runs: Vec<RunId>,
    /// Whether notices or damage have changed.
    pub notices_changed: bool,
    /// Whether a model file was added, removed or written.
    pub models_changed: bool,
    /// Whether a configuration of the projector was added, removed or written.
    pub projectors_changed: bool,
    /// Whether a profiler's trace was added, removed or written.
    pub traces_changed: bool,
}

impl Changes {
    /// Whether nothing has changed.
    pub fn is_empty(&self) -> bool {
        !self.runs_changed
            && !self.tags_changed
            && !self.notices_changed
            && !self.models_changed
            && !self.projectors_changed
            && !self.traces_changed
            && self.touched_runs.is_empty()
    }
}

/// Called after each publication.
type Listener = Box<dyn Fn(&Changes) + Send + Sync>;

/// Loads a log directory, follows it, and publishes what it holds as [`Snapshot`]s.
pub struct Store {
    dir: Arc<dyn Logdir>,
    options: StoreOptions,
    pool: Option<ThreadPool>,
    /// One refresh at a time.
    loader: Mutex<Loader>,
    board: Board,
    counters: Counters,
    listeners: Mutex<Vec<Arc<Listener>>>,
}

/// [`Progress`] as it is counted.
#[derive(Debug, Default)]
struct Counters {
    bytes_read: AtomicU64,
    bytes_total: AtomicU64,
    files_read: AtomicU64,
    files_total: AtomicU64,
    loading: AtomicBool,
    loaded: AtomicBool,
}

impl Store {
    /// A store of `dir` that has loaded nothing yet.
    pub fn new(dir: Arc<dyn Logdir>, options: StoreOptions) -> Arc<Self> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(options.threads.unwrap_or(0))
            .thread_name(|index| format!("glassboard-load-{index}"))
            .build();
        Arc::new(Self {
            dir,
            options,
            // Without threads of its own the store works on those of the process.
            pool: pool.ok(),
            loader: Mutex::default(),
            board: Board::new(options.once),
            counters: Counters::default(),
            listeners: Mutex::default(),
        })
    }

    /// The log directory as the user named it.
    pub fn logdir_name(&self) -> String {
        self.dir.display_name()
    }

    /// Looks for new, grown, replaced and vanished files, and reads all new bytes. Returns when they are
    /// read; readers see what there is meanwhile. A second call waits for the first.
    pub fn refresh(&self) -> Changes {
        self.refresh_until(&AtomicBool::new(false))
    }

    /// As [`Self::refresh`], but stops soon after `stop` becomes true.
    pub(crate) fn refresh_until(&self, stop: &AtomicBool) -> Changes {
        let mut guard = self.loader.lock();
        let loader: &mut Loader = &mut guard;
        self.counters.loading.store(true, Ordering::Release);
        let changes = match &self.pool {
            Some(pool) => pool.install(|| loader.refresh(self, stop)),
            None => loader.refresh(self, stop),
        };
        if !stop.load(Ordering::Acquire) {
            self.counters.loaded.store(true, Ordering::Release);
        }
        self.counters.loading.store(false, Ordering::Release);
        changes
    }

    /// What is loaded now. Never waits.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.board.snapshot()
    }

    /// How far loading is.
    pub fn progress(&self) -> Progress {
        let Counters {
            bytes_read,
            bytes_total,
            files_read,
            files_total,
            loading,
            loaded,
        } = &self.counters;
        let bytes_total = bytes_total.load(Ordering::Relaxed);
        Progress {
            // A file that grows while it is read may yield more than was found.
            bytes_read: bytes_read.load(Ordering::Relaxed).min(bytes_total),
            bytes_total,
            files_read: files_read.load(Ordering::Relaxed),
            files_total: files_total.load(Ordering::Relaxed),
            loading: loading.load(Ordering::Acquire),
            loaded: loaded.load(Ordering::Acquire),
        }
    }

    /// Calls `listener` after each new snapshot, on the thread that loads: it should be quick and must not
    /// call [`Self::refresh`].
    pub fn on_change(&self, listener: Box<dyn Fn(&Changes) + Send + Sync>) {
        self.listeners.lock().push(Arc::new(listener));
    }

    pub(crate) fn dir(&self) -> &Arc<dyn Logdir> {
        &self.dir
    }

    fn publish(&self) -> Changes {
        let changes = self.board.publish();
        if !changes.is_empty() {
            let listeners: Vec<Arc<Listener>> = self.listeners.lock().clone();
            for listener in listeners {
                listener(&changes);
            }
        }
        changes
    }
}
