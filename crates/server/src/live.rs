//! The live stream: what the store reports, gathered and sent a few times a second.
//!
//! The store calls [`LiveHub::changed`] from its own thread, as often as it likes. A task
//! ([`LiveHub::run`]) gathers what has come in and hands it to every connection at most
//! once per [`MIN_INTERVAL`]. A connection that is too slow loses nothing: it is told
//! that everything may have changed.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use glassboard_store::Changes;
use parking_lot::Mutex;
use tokio::sync::{Notify, broadcast, mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;

use crate::app::App;
use crate::wire::{Change, Phase, Status};

/// Least time between two messages of a kind.
const MIN_INTERVAL: Duration = Duration::from_millis(200);

/// How often a connection without news gets a comment, so that proxies keep it open.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Messages a slow connection may lag behind.
const BACKLOG: usize = 16;

/// Gathers changes and hands them to connections.
pub(crate) struct LiveHub {
    gathered: Arc<Gathered>,
    messages: broadcast::Sender<Message>,
    stop: watch::Sender<bool>,
}

#[derive(Default)]
struct Gathered {
    changes: Mutex<Option<Pending>>,
    arrived: Notify,
}

#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // each says of another thing that it has changed
struct Pending {
    revision: u64,
    runs_changed: bool,
    tags_changed: bool,
    models_changed: bool,
    projectors_changed: bool,
    traces_changed: bool,
    touched_runs: BTreeSet<u32>,
}

#[derive(Clone)]
enum Message {
    Status(Arc<Status>),
    Change(Arc<Change>),
}

impl Message {
    fn into_event(self) -> Event {
        let event = match self {
            Self::Status(status) => Event::default().event("status").json_data(&*status),
            Self::Change(change) => Event::default().event("change").json_data(&*change),
        };
        // Serialisation of these types cannot fail; a comment keeps the stream whole if it did.
        event.unwrap_or_else(|error| Event::default().comment(error.to_string()))
    }
}

impl LiveHub {
    pub(crate) fn new() -> Self {
        Self {
            gathered: Arc::default(),
            messages: broadcast::channel(BACKLOG).0,
            stop: watch::channel(false).0,
        }
    }

    /// What the store is to call with its changes.
    pub(crate) fn changed(&self) -> Box<dyn Fn(&Changes) + Send + Sync> {
        let gathered = Arc::clone(&self.gathered);
        Box::new(move |changes| gathered.add(changes))
    }

    /// Becomes true when the server stops.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Ends every stream.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Hands gathered changes on until [`stop`](Self::stop).
    pub(crate) async fn run(app: App) {
        let mut stop = app.live.stop.subscribe();
        let gathered = Arc::clone(&app.live.gathered);
        let mut last_status: Option<Status> = None;
        loop {
            // While loading, the counts move on even when no change is reported.
            let loading = last_status
                .as_ref()
                .is_none_or(|status| status.phase == Phase::Loading);
            tokio::select! {
                () = gathered.arrived.notified() => {}
                () = tokio::time::sleep(MIN_INTERVAL), if loading => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            if let Some(change) = gathered.take() {
                app.live.send(Message::Change(Arc::new(change)));
            }
            if let Ok(status) = app.blocking(|app| Ok(app.status())).await
                && last_status.as_ref() != Some(&status)
            {
                app.live.send(Message::Status(Arc::new(status.clone())));
                last_status = Some(status);
            }
            tokio::select! {
                () = tokio::time::sleep(MIN_INTERVAL) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    fn send(&self, message: Message) {
        // An error only says that nobody listens.
        let _ = self.messages.send(message);
    }

    /// One connection's stream: the present status, then whatever comes.
    pub(crate) fn stream(
        app: &App,
    ) -> Sse<axum::response::sse::KeepAliveStream<ReceiverStream<Result<Event, Infallible>>>> {
        let (sender, receiver) = mpsc::channel(BACKLOG);
        tokio::spawn(feed(app.clone(), sender));
        Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::new().interval(HEARTBEAT))
    }
}

impl Gathered {
    fn add(&self, changes: &Changes) {
        let mut pending = self.changes.lock();
        let pending = pending.get_or_insert_default();
        pending.revision = pending.revision.max(changes.revision);
        pending.runs_changed |= changes.runs_changed;
        pending.tags_changed |= changes.tags_changed;
        pending.models_changed |= changes.models_changed;
        pending.projectors_changed |= changes.projectors_changed;
        pending.traces_changed |= changes.traces_changed;
        pending
            .touched_runs
            .extend(changes.touched_runs.iter().map(|run| run.0));
        self.arrived.notify_one();
    }

    fn take(&self) -> Option<Change> {
        self.changes.lock().take().map(|pending| Change {
            revision: pending.revision,
            runs_changed: pending.runs_changed,
            tags_changed: pending.tags_changed,
            models_changed: pending.models_changed,
            projectors_changed: pending.projectors_changed,
            traces_changed: pending.traces_changed,
            touched_runs: pending.touched_runs.into_iter().collect(),
        })
    }
}

/// Copies messages to one connection until either side ends.
async fn feed(app: App, connection: mpsc::Sender<Result<Event, Infallible>>) {
    let mut stop = app.live.stop.subscribe();
    // Subscribed before the status is taken: nothing between the two is missed.
    let mut messages = app.live.messages.subscribe();
    let Ok(status) = app.blocking(|app| Ok(app.status())).await else {
        return;
    };
    let mut next = Some(Message::Status(Arc::new(status)));
    loop {
        if let Some(message) = next.take() {
            let stopped = async { stop.wait_for(|stop| *stop).await.map(|_| ()) };
            if !finished_first(connection.send(Ok(message.into_event())), stopped).await {
                return;
            }
        }
        next = tokio::select! {
            message = messages.recv() => match message {
                Ok(message) => Some(message),
                Err(broadcast::error::RecvError::Lagged(_)) => Some(everything(&app)),
                Err(broadcast::error::RecvError::Closed) => return,
            },
            () = connection.closed() => return,
            _ = stop.wait_for(|stop| *stop) => return,
        };
    }
}

/// Whether `work` was done, and done well, before `stopped`.
async fn finished_first<T, E>(
    work: impl Future<Output = Result<T, E>>,
    stopped: impl Future,
) -> bool {
    tokio::select! {
        done = work => done.is_ok(),
        _ = stopped => false,
    }
}

/// A change that makes a client ask for everything again.
fn everything(app: &App) -> Message {
    let snapshot = app.store.snapshot();
    Message::Change(Arc::new(Change {
        revision: snapshot.revision,
        runs_changed: true,
        tags_changed: true,
        models_changed: true,
        projectors_changed: true,
        traces_changed: true,
        touched_runs: snapshot.runs().iter().map(|run| run.id().0).collect(),
    }))
}
