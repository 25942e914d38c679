//! Work on two parts of many values at the same time.
//!
//! Threads are started for the one call: a pool's threads would be missing in a process that was forked.

use std::thread;

/// Fewer values than this are not worth a thread.
const PART: usize = 1 << 17;
/// More threads than this wait for the memory.
const MAX_THREADS: usize = 8;

/// How many threads to use for a number of values.
pub(super) fn threads(values: usize) -> usize {
    let parts = (values / PART).min(MAX_THREADS);
    if parts < 2 {
        return 1;
    }
    thread::available_parallelism().map_or(1, |cores| parts.min(cores.get()))
}

/// Does both, one of them on a thread of its own if there can be one.
pub(super) fn join<A: Send, B>(left: impl Fn() -> A + Sync, right: impl FnOnce() -> B) -> (A, B) {
    thread::scope(|scope| {
        let there = thread::Builder::new().spawn_scoped(scope, &left);
        let right = right();
        let left = match there {
            Ok(there) => there
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => left(),
        };
        (left, right)
    })
}
