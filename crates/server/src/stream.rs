//! Answers that come line by line while they are computed.

// What is computed at length comes with features.
#![cfg_attr(not(feature = "explain"), allow(dead_code))]

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::Response;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio_stream::Stream;

use crate::error::Failure;
use crate::workers::{Stop, Ticket, Workers};

/// JSON, one value on each line.
pub(crate) const CONTENT_TYPE_LINES: &str = "application/x-ndjson";

/// Lines that a slow client may be behind; news of progress stop at half of it, so that results never wait.
const BACKLOG: usize = 1024;

/// Time between two news of progress.
const PACE: Duration = Duration::from_millis(50);

/// Where a computation says what it has found.
pub(crate) struct Lines {
    sender: mpsc::Sender<Bytes>,
    ticket: Ticket,
    told: Option<Instant>,
}

impl Lines {
    /// Says something that must arrive.
    pub(crate) fn say(&self, line: &impl Serialize) {
        // Nobody may be there any more: then the ticket says so, too.
        let _ = self.sender.blocking_send(text(line));
    }

    /// Says how far the work is, unless that was said just now.
    pub(crate) fn progress(&mut self, line: &impl Serialize) {
        let is_due = self.told.is_none_or(|told| told.elapsed() >= PACE);
        if is_due && self.sender.capacity() > BACKLOG / 2 {
            self.told = Some(Instant::now());
            // When it is full or closed, there is nothing to be done.
            let _ = self.sender.try_send(text(line));
        }
    }

    /// Whether nobody waits for the answer any more.
    pub(crate) fn is_stopped(&self) -> bool {
        self.ticket.is_stopped()
    }
}

fn text(line: &impl Serialize) -> Bytes {
    // Our own types: names are strings, numbers that are none are null.
    let mut text = serde_json::to_vec(line).unwrap_or_default();
    text.push(b'\n');
    text.into()
}

/// An answer whose lines `work` says on one of the worker threads. When the client goes away, the work is stopped.
///
/// # Errors
/// As [`Workers::start`].
pub(crate) fn answer(
    workers: &Workers,
    first: &[impl Serialize],
    work: impl FnOnce(&mut Lines) + Send + 'static,
) -> Result<Response, Failure> {
    let (sender, receiver) = mpsc::channel(BACKLOG);
    for line in first {
        // There is room for the first lines.
        let _ = sender.try_send(text(line));
    }
    let stop = workers.start(move |ticket| {
        work(&mut Lines {
            sender,
            ticket: ticket.clone(),
            told: None,
        });
    })?;
    let mut response = Response::new(Body::from_stream(Answer {
        receiver,
        _stop: stop,
    }));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE_LINES));
    Ok(response)
}

/// The body; whoever drops it stops the work.
struct Answer {
    receiver: mpsc::Receiver<Bytes>,
    _stop: Stop,
}

impl Stream for Answer {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.receiver.poll_recv(context).map(|line| line.map(Ok))
    }
}
