//! Long computations on threads of their own, a few at a time, that can be stopped.
//!
//! Requests never wait on these threads and the event loop never computes: a request hands in its work and gets a
//! [`Stop`], which it keeps as long as somebody wants the result.

// What is computed at length comes with features.
#![cfg_attr(not(feature = "explain"), allow(dead_code))]

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use parking_lot::{Condvar, Mutex};

use crate::error::Failure;

/// How many computations run at once: each uses all cores for what can be divided.
const THREADS: usize = 2;

/// How many may wait.
const MAX_WAITING: usize = 64;

/// Room for deep recursion over a network's layers.
const STACK_BYTES: usize = 8 << 20;

/// The threads, started when there is work for the first time.
#[derive(Debug, Default)]
pub(crate) struct Workers(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<(Ticket, Work)>,
    running: Vec<Ticket>,
    threads: usize,
    counts: Counts,
    closed: bool,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Queue")
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

type Work = Box<dyn FnOnce(&Ticket) + Send>;

/// What the threads do and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) running: usize,
    pub(crate) waiting: usize,
    /// Came to their end.
    pub(crate) finished: u64,
    /// Were stopped, in the queue or while they ran.
    pub(crate) stopped: u64,
}

/// Belongs to one computation; tells it whether its result is still wanted.
#[derive(Clone, Debug)]
pub(crate) struct Ticket(Arc<AtomicBool>);

impl Ticket {
    pub(crate) fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Stops the computation when it is dropped.
#[derive(Debug)]
pub(crate) struct Stop {
    ticket: Ticket,
    shared: Arc<Shared>,
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.ticket.0.store(true, Ordering::Relaxed);
        let mut queue = self.shared.queue.lock();
        let before = queue.waiting.len();
        queue
            .waiting
            .retain(|(ticket, _)| !Arc::ptr_eq(&ticket.0, &self.ticket.0));
        queue.counts.stopped += (before - queue.waiting.len()) as u64;
    }
}

impl Workers {
    /// Queues a computation. It must look at its ticket now and then.
    ///
    /// # Errors
    /// When too many wait already, or there are no threads.
    pub(crate) fn start(
        &self,
        work: impl FnOnce(&Ticket) + Send + 'static,
    ) -> Result<Stop, Failure> {
        let ticket = Ticket(Arc::default());
        let mut queue = self.0.queue.lock();
        if queue.closed {
            return Err(Failure::busy("the server is stopping"));
        }
        if queue.waiting.len() >= MAX_WAITING {
            return Err(Failure::busy(format!(
                "{MAX_WAITING} computations wait already; try again when some are done"
            )));
        }
        queue.waiting.push_back((ticket.clone(), Box::new(work)));
        if queue.threads < THREADS && queue.threads < queue.running.len() + queue.waiting.len() {
            let shared = Arc::clone(&self.0);
            let started = thread::Builder::new()
                .name("glassboard-worker".to_owned())
                .stack_size(STACK_BYTES)
                .spawn(move || shared.work());
            match started {
                Ok(_) => queue.threads += 1,
                Err(_) if queue.threads > 0 => {}
                Err(error) => {
                    queue.waiting.pop_back();
                    return Err(Failure::internal(format!("cannot start a thread: {error}")));
                }
            }
        }
        drop(queue);
        self.0.changed.notify_one();
        Ok(Stop {
            ticket,
            shared: Arc::clone(&self.0),
        })
    }

    pub(crate) fn counts(&self) -> Counts {
        let queue = self.0.queue.lock();
        Counts {
            running: queue.running.len(),
            waiting: queue.waiting.len(),
            ..queue.counts
        }
    }

    /// Stops what runs, forgets what waits, and takes nothing more.
    pub(crate) fn close(&self) {
        let mut queue = self.0.queue.lock();
        queue.closed = true;
        queue.waiting.clear();
        for ticket in &queue.running {
            ticket.0.store(true, Ordering::Relaxed);
        }
        drop(queue);
        self.0.changed.notify_all();
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    /// One thread's life.
    fn work(&self) {
        loop {
            let mut queue = self.queue.lock();
            let (ticket, work) = loop {
                if queue.closed {
                    return;
                }
                if let Some(next) = queue.waiting.pop_front() {
                    break next;
                }
                self.changed.wait(&mut queue);
            };
            queue.running.push(ticket.clone());
            drop(queue);
            // A mistake in one computation must not take the thread from the others. Whoever waits sees that the
            // answer ends without a result.
            let ended = catch_unwind(AssertUnwindSafe(|| work(&ticket)));
            let mut queue = self.queue.lock();
            queue
                .running
                .retain(|running| !Arc::ptr_eq(&running.0, &ticket.0));
            if ended.is_err() || ticket.is_stopped() {
                queue.counts.stopped += 1;
            } else {
                queue.counts.finished += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Work that tells when it runs and waits for a word.
    fn held(workers: &Workers) -> (Stop, mpsc::Receiver<Ticket>, mpsc::Sender<()>) {
        let (tell, told) = mpsc::channel();
        let (go, wait) = mpsc::channel();
        let stop = workers
            .start(move |ticket| {
                tell.send(ticket.clone()).unwrap();
                // An error says that the test is over.
                let _ = wait.recv();
            })
            .unwrap();
        (stop, told, go)
    }

    fn until(mut is_so: impl FnMut() -> bool) {
        while !is_so() {
            thread::yield_now();
        }
    }

    #[test]
    fn a_few_run_at_once_and_what_nobody_wants_never_runs() {
        let workers = Workers::default();
        let held: Vec<_> = (0..THREADS).map(|_| held(&workers)).collect();
        let tickets: Vec<Ticket> = held
            .iter()
            .map(|(_, told, _)| told.recv().unwrap())
            .collect();
        let (ran, runs) = mpsc::channel();
        let unwanted = ran.clone();
        let never = workers
            .start(move |_| unwanted.send("never").unwrap())
            .unwrap();
        let wanted = workers.start(move |_| ran.send("wanted").unwrap()).unwrap();
        let waiting = Counts {
            running: THREADS,
            waiting: 2,
            ..Counts::default()
        };
        assert_eq!(workers.counts(), waiting);
        drop(never);
        assert_eq!(workers.counts().waiting, 1);
        assert!(!tickets[0].is_stopped());
        for (stop, _, go) in held {
            go.send(()).unwrap();
            drop(stop);
        }
        assert!(tickets[0].is_stopped());
        assert_eq!(runs.recv(), Ok("wanted"));
        assert!(runs.recv().is_err(), "all work is dropped");
        until(|| workers.counts().running == 0);
        drop(wanted);
        let counts = workers.counts();
        assert_eq!(counts.finished + counts.stopped, THREADS as u64 + 2);
    }

    #[test]
    fn a_mistake_takes_no_thread_away() {
        let workers = Workers::default();
        let stops: Vec<Stop> = (0..=THREADS)
            .map(|_| workers.start(|_| panic!("on purpose")).unwrap())
            .collect();
        let (tell, told) = mpsc::channel();
        let last = workers.start(move |_| tell.send(()).unwrap()).unwrap();
        told.recv().unwrap();
        drop((stops, last));
    }

    #[test]
    fn there_is_an_end_to_what_waits() {
        let workers = Workers::default();
        let running: Vec<_> = (0..THREADS).map(|_| held(&workers)).collect();
        for (_, told, _) in &running {
            told.recv().unwrap();
        }
        let waiting: Vec<Stop> = (0..MAX_WAITING)
            .map(|_| workers.start(|_| {}).unwrap())
            .collect();
        let refused = workers.start(|_| {}).unwrap_err();
        assert_eq!(
            refused.status(),
            axum::http::StatusCode::SERVICE_UNAVAILABLE
        );
        workers.close();
        assert!(workers.start(|_| {}).is_err());
        drop((running, waiting));
    }
}
