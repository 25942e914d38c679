use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

/// What a [`Probe`] was asked to do.
#[derive(Debug, PartialEq)]
enum Call {
    Write(usize),
    Flush,
}

/// A sink that tells what it is asked to do, and can be made to fail or to wait.
struct Probe {
    calls: Sender<Call>,
    full: Arc<AtomicBool>,
    /// Each write waits for one message, when there is one of these.
    gate: Option<Receiver<()>>,
    panics: bool,
}

impl Probe {
    fn new() -> (Self, Receiver<Call>) {
        let (calls, seen) = mpsc::channel();
        (
            Self {
                calls,
                full: Arc::default(),
                gate: None,
                panics: false,
            },
            seen,
        )
    }
}

fn full_disk() -> EventsError {
    EventsError::Io {
        action: "write",
        path: "events".into(),
        source: std::io::ErrorKind::StorageFull.into(),
    }
}

impl Sink for Probe {
    fn write_frames(&mut self, frames: &[u8]) -> Result<(), EventsError> {
        assert!(!self.panics, "as the test wants it");
        if let Some(gate) = &self.gate {
            let _ = gate.recv();
        }
        let _ = self.calls.send(Call::Write(frames.len()));
        if self.full.load(Ordering::SeqCst) {
            Err(full_disk())
        } else {
            Ok(())
        }
    }
    fn flush(&mut self) -> Result<(), EventsError> {
        let _ = self.calls.send(Call::Flush);
        if self.full.load(Ordering::SeqCst) {
            Err(full_disk())
        } else {
            Ok(())
        }
    }
}

fn start(probe: Probe, max_batches: usize) -> EventQueue {
    let flush_interval = Duration::from_secs(1_000_000);
    let options = QueueOptions {
        max_batches,
        flush_interval,
        filename_suffix: String::new(),
    };
    EventQueue::start(probe, &options).unwrap()
}

fn append(queue: &EventQueue, bytes: usize) -> Result<(), WriterError> {
    queue.append(|out| out.resize(out.len() + bytes, 0))
}

const FRAME: usize = 16;

#[test]
fn small_records_wait_for_a_batch_or_a_flush() {
    let (probe, calls) = Probe::new();
    let queue = start(probe, 10);
    append(&queue, 84).unwrap();
    // The first record is written and flushed at once.
    assert_eq!(calls.recv_timeout(PATIENCE), Ok(Call::Write(100)));
    assert_eq!(calls.recv_timeout(PATIENCE), Ok(Call::Flush));
    for _ in 0..3 {
        append(&queue, 84).unwrap();
    }
    queue.flush().unwrap();
    assert_eq!(calls.recv_timeout(PATIENCE), Ok(Call::Write(300)));
    assert_eq!(calls.recv_timeout(PATIENCE), Ok(Call::Flush));
    // One byte less than a batch, then the byte that completes it.
    append(&queue, BATCH_BYTES - 1 - FRAME).unwrap();
    assert_eq!(calls.try_recv(), Err(mpsc::TryRecvError::Empty));
    append(&queue, 1).unwrap();
    assert_eq!(
        calls.recv_timeout(PATIENCE),
        Ok(Call::Write(BATCH_BYTES + FRAME))
    );
}

#[test]
fn callers_wait_when_the_queue_is_full() {
    let (mut probe, calls) = Probe::new();
    let (open, gate) = mpsc::channel();
    probe.gate = Some(gate);
    let queue = start(probe, 2);
    append(&queue, 1).unwrap();
    open.send(()).unwrap();
    assert_eq!(calls.recv_timeout(PATIENCE), Ok(Call::Write(17)));
    assert_eq!(calls.recv_timeout(PATIENCE), Ok(Call::Flush));
    // The thread takes the first of these and waits at the gate; two more may wait in the queue.
    append(&queue, BATCH_BYTES).unwrap();
    while queue.shared.lock().full_batches > 0 {
        thread::yield_now();
    }
    append(&queue, BATCH_BYTES).unwrap();
    let try_append = || queue.try_append(|out| out.push(0)).unwrap();
    assert!(try_append());
    append(&queue, BATCH_BYTES).unwrap();
    assert!(!try_append());
    thread::scope(|scope| {
        let (sender, accepted) = mpsc::channel();
        let queue = &queue;
        scope.spawn(move || sender.send(append(queue, BATCH_BYTES).is_ok()));
        // Nothing can be waited for here: the point is that nothing happens.
        let early = accepted.recv_timeout(Duration::from_millis(30));
        assert_eq!(early, Err(mpsc::RecvTimeoutError::Timeout));
        open.send(()).unwrap();
        assert_eq!(accepted.recv_timeout(PATIENCE), Ok(true));
        drop(open);
    });
}

#[test]
fn nobody_waits_for_a_stalled_disk_while_the_queue_has_room() {
    const CALLS: usize = 100_000;
    const RECORD: usize = 80;
    // What the options promise: `max_queue` complete batches may wait, beside the one being written.
    let max_batches = (CALLS * RECORD).div_ceil(BATCH_BYTES);
    let (mut probe, calls) = Probe::new();
    let (open, gate) = mpsc::channel();
    probe.gate = Some(gate);
    let queue = start(probe, max_batches);
    // The disk stalls with the first record: the gate stays shut until all calls have returned.
    for _ in 0..CALLS {
        append(&queue, RECORD - FRAME).unwrap();
    }
    assert_eq!(calls.try_recv(), Err(mpsc::TryRecvError::Empty));
    drop(open);
    queue.flush().unwrap();
    let written = |call| match call {
        Call::Write(bytes) => bytes,
        Call::Flush => 0,
    };
    assert_eq!(calls.try_iter().map(written).sum::<usize>(), CALLS * RECORD);
}

#[test]
fn a_failure_is_returned_until_a_flush_succeeds() {
    let (probe, calls) = Probe::new();
    let full = Arc::clone(&probe.full);
    let queue = start(probe, 10);
    full.store(true, Ordering::SeqCst);
    append(&queue, 1).unwrap();
    let check = |result: Result<(), WriterError>| {
        let error = result.unwrap_err();
        assert!(
            matches!(&error, WriterError::Events(source) if matches!(**source, EventsError::Io { .. })),
            "{error}"
        );
    };
    check(queue.flush());
    check(append(&queue, 1));
    check(append(&queue, 1));
    check(queue.flush());
    full.store(false, Ordering::SeqCst);
    check(append(&queue, 1));
    queue.flush().unwrap();
    append(&queue, 1).unwrap();
    queue.close().unwrap();
    let written: usize = calls
        .try_iter()
        .map(|call| {
            if let Call::Write(bytes) = call {
                bytes
            } else {
                0
            }
        })
        .sum();
    // The accepted records, and no refused one.
    assert_eq!(written, 2 * (1 + FRAME));
}

#[test]
fn a_failure_wakes_callers_who_wait() {
    let (mut probe, _calls) = Probe::new();
    let (open, gate) = mpsc::channel();
    probe.gate = Some(gate);
    probe.full.store(true, Ordering::SeqCst);
    let queue = start(probe, 1);
    append(&queue, BATCH_BYTES).unwrap();
    thread::scope(|scope| {
        let writer = scope.spawn(|| (0..100).find_map(|_| append(&queue, BATCH_BYTES).err()));
        open.send(()).unwrap();
        drop(open);
        assert!(writer.join().unwrap().is_some());
    });
}

#[test]
fn a_thread_that_ends_leaves_nobody_waiting() {
    let (mut probe, _calls) = Probe::new();
    probe.panics = true;
    let queue = start(probe, 1);
    let _ = append(&queue, 1);
    assert!(matches!(queue.flush(), Err(WriterError::ThreadEnded)));
    assert!(matches!(append(&queue, 1), Err(WriterError::ThreadEnded)));
    assert!(matches!(queue.close(), Err(WriterError::ThreadEnded)));
}

#[test]
fn closing_quietly_repeats_no_error_that_was_told() {
    let failing = || {
        let (probe, _calls) = Probe::new();
        probe.full.store(true, Ordering::SeqCst);
        start(probe, 1)
    };
    let queue = failing();
    append(&queue, 1).unwrap();
    queue.close_quietly().unwrap_err();

    let queue = failing();
    append(&queue, 1).unwrap();
    queue.flush().unwrap_err();
    queue.close_quietly().unwrap();
}
