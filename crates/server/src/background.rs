//! A server for programs that have no event loop of their own.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use glassboard_store::Store;
use tokio::sync::oneshot;

use crate::error::ServerError;
use crate::options::ServeOptions;
use crate::serve::{Serving, serve};

/// A server on a thread of its own. Stops when dropped.
pub struct BackgroundServer {
    address: SocketAddr,
    url: String,
    store: Arc<Store>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for BackgroundServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackgroundServer")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl BackgroundServer {
    /// Starts a server and returns as soon as it answers requests.
    ///
    /// # Errors
    /// As [`serve`].
    pub fn start(options: ServeOptions) -> Result<Self, ServerError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("glassboard-server")
            .enable_all()
            .build()
            .map_err(|source| ServerError::Start {
                what: "making an event loop",
                source,
            })?;
        let (stop, stopped) = oneshot::channel();
        let serving = runtime.block_on(serve(options, async {
            // Dropping the sender stops the server as well.
            let _ = stopped.await;
        }))?;
        let (address, url, store) = (
            serving.address(),
            serving.url().to_owned(),
            Arc::clone(serving.store()),
        );
        let thread = thread::Builder::new()
            .name("glassboard-server".into())
            .spawn(move || {
                runtime.block_on(Serving::finished(serving));
                // A load of a large file that is under way is not waited for.
                runtime.shutdown_background();
            })
            .map_err(|source| ServerError::Start {
                what: "starting a thread",
                source,
            })?;
        Ok(Self {
            address,
            url,
            store,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The address listened on, with the port that was chosen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a person opens in a browser, token included.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The store that loads and follows the log directory.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Stops the server and waits until it has ended.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for BackgroundServer {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The server may have ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
