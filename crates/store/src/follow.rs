use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use crate::Store;

/// How long changes are collected after the first one before they are read: a training loop writes in bursts.
const COALESCE: Duration = Duration::from_millis(100);

/// Looking at a log directory of very many files takes time; so many times as long pass before the next look,
/// so that following takes no more than a fifth of a core.
const REST_FACTOR: u32 = 4;

/// The longest such rest.
const MAX_REST: Duration = Duration::from_secs(2);

/// How a store is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowOptions {
    /// Time between two looks at the log directory where no change is notified;
    /// zero: load once and do not follow.
    pub poll_interval: Duration,
}

/// A store that is being followed; dropping it stops that, soon and for certain.
#[derive(Debug)]
pub struct FollowHandle {
    stop: Arc<AtomicBool>,
    wake: Sender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Store {
    /// Loads the log directory on a thread of its own and keeps up with it: on notification where the file
    /// system tells of changes, and at the latest after `poll_interval`.
    pub fn follow(self: &Arc<Self>, options: FollowOptions) -> FollowHandle {
        let stop = Arc::new(AtomicBool::new(false));
        let (wake, woken) = mpsc::channel();
        let follower = Follower {
            store: Arc::clone(self),
            stop: Arc::clone(&stop),
            wake: wake.clone(),
            woken,
            watcher: None,
            rest: COALESCE,
        };
        let thread = thread::Builder::new()
            .name("glassboard-follow".into())
            .spawn(move || follower.run(options.poll_interval));
        FollowHandle {
            stop,
            wake,
            thread: thread.ok(),
        }
    }
}

impl FollowHandle {
    /// Whether the thread still follows; with a zero interval it ends after loading.
    pub fn is_following(&self) -> bool {
        self.thread
            .as_ref()
            .is_some_and(|thread| !thread.is_finished())
    }

    /// Looks at the log directory now rather than after the interval.
    pub fn wake(&self) {
        // Fails only when the thread has ended; then there is nobody to wake.
        let _ = self.wake.send(());
    }
}

impl Drop for FollowHandle {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.wake();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported by its own hook.
            let _ = thread.join();
        }
    }
}

struct Follower {
    store: Arc<Store>,
    stop: Arc<AtomicBool>,
    wake: Sender<()>,
    woken: Receiver<()>,
    watcher: Option<RecommendedWatcher>,
    /// How long notifications are collected before the next look.
    rest: Duration,
}

impl Follower {
    fn run(mut self, poll_interval: Duration) {
        self.refresh();
        if poll_interval.is_zero() {
            return;
        }
        while !self.stopped() {
            if self.watcher.is_none() {
                // What was written before watching began is found by a look after it.
                self.watch();
                if self.watcher.is_some() {
                    self.refresh();
                    continue;
                }
            }
            match self.woken.recv_timeout(poll_interval) {
                Ok(()) => self.collect(),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if !self.stopped() {
                self.refresh();
            }
        }
    }

    fn refresh(&mut self) {
        let start = Instant::now();
        self.store.refresh_until(&self.stop);
        self.rest = (start.elapsed() * REST_FACTOR).clamp(COALESCE, MAX_REST);
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Takes in the notifications that follow closely upon the first.
    fn collect(&self) {
        let until = Instant::now() + self.rest;
        while !self.stopped() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.woken.recv_timeout(left).is_err() {
                return;
            }
        }
    }

    /// Starts watching, if there is something to watch and the system can; else polling has to do.
    fn watch(&mut self) {
        let folders = self.store.dir().watchable_folders();
        if folders.is_empty() {
            return;
        }
        let wake = self.wake.clone();
        let notified = move |event: notify::Result<notify::Event>| {
            // Reading files is what we do ourselves: only what changes them counts.
            let changes_something = event.map_or(true, |event| !event.kind.is_access());
            if changes_something {
                let _ = wake.send(());
            }
        };
        let Ok(mut watcher) = notify::recommended_watcher(notified) else {
            return;
        };
        let config = notify::Config::default().with_follow_symlinks(false);
        let _ = watcher.configure(config);
        let all_watched = folders
            .iter()
            .all(|folder| watcher.watch(folder, RecursiveMode::Recursive).is_ok());
        if all_watched {
            self.watcher = Some(watcher);
        }
    }
}
