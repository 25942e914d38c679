//! Starting and stopping the server.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use glassboard_store::{
    FollowHandle, FollowOptions, LocalLogdir, Logdir, MultiLogdir, Store, StoreOptions,
};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::error::ServerError;
use crate::live::LiveHub;
use crate::options::{DEFAULT_PORT, Host, LogSource, PORTS_TRIED, Port, ServeOptions};
use crate::router::router;
use crate::security::Guard;

/// How long requests under way may go on after the server was told to stop.
const GRACE: Duration = Duration::from_millis(500);

/// Shortest token that may be chosen.
const MIN_TOKEN_LEN: usize = 8;

/// A server that is running.
pub struct Serving {
    address: SocketAddr,
    url: String,
    store: Arc<Store>,
    task: JoinHandle<()>,
}

impl fmt::Debug for Serving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serving")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Serving {
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

    /// Waits until the server has stopped.
    pub async fn finished(self) {
        // The task cannot be cancelled from outside; if it panicked, it has stopped too.
        let _ = self.task.await;
    }
}

/// Starts to listen, to load the log directory and to follow it; returns as soon as
/// requests are answered. The server runs until `shutdown` is done, then closes its
/// streams and stops within a second.
///
/// # Errors
/// When an option does not make sense, or the address cannot be listened on.
pub async fn serve(
    options: ServeOptions,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<Serving, ServerError> {
    let prefix = checked_prefix(&options.path_prefix)?;
    if let Some(token) = &options.token {
        check_token(token)?;
    }
    let logdir = open_logdir(&options.logdir)?;
    let listener = listen(&options.host, options.port).await?;
    let address = listener.local_addr().map_err(|source| ServerError::Start {
        what: "asking for the address listened on",
        source,
    })?;
    let token = match options.token {
        None if !address.ip().is_loopback() => Some(crate::random::hex::<16>()?),
        token => token,
    };
    let url = url(&options.host, address, &prefix, token.as_deref());
    let load_once = options.reload_interval.is_zero();
    let store = Store::new(
        logdir,
        StoreOptions {
            threads: options.threads,
            once: load_once,
        },
    );
    let title = options.window_title.unwrap_or_else(|| store.logdir_name());
    let folder = workspace_folder(&options.logdir);
    let app = App::of_store(Arc::clone(&store), title, load_once, folder)?;
    store.on_change(app.live.changed());
    let mut hosts = options.allowed_hosts;
    if let Host::Named(name) = &options.host {
        hosts.push(name.clone());
    }
    let access = Guard {
        token,
        hosts,
        cookie: format!("glassboard_token_{}", address.port()),
        path: format!("{prefix}/"),
    };
    let service = router(app.clone(), access, &prefix);
    let follow = store.follow(FollowOptions {
        poll_interval: options.reload_interval,
    });
    let task = tokio::spawn(run(app, listener, service, follow, shutdown));
    Ok(Serving {
        address,
        url,
        store,
        task,
    })
}

async fn run(
    app: App,
    listener: TcpListener,
    service: axum::Router,
    follow: FollowHandle,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let hub = tokio::spawn(LiveHub::run(app.clone()));
    let (stopping, told) = tokio::sync::oneshot::channel::<()>();
    let stopper = app.clone();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        shutdown.await;
        stopper.live.stop();
        stopper.workers.close();
        // The receiver is only gone when serving has ended already.
        let _ = stopping.send(());
    });
    let patience = async {
        // An error means that serving has ended by itself.
        let _ = told.await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        // Serving ends only by the shutdown; errors of single connections are its own business.
        _ = async { serving.await } => {}
        () = patience => {}
    }
    app.live.stop();
    // Both end soon after the stop. Neither is cancelled nor awaited elsewhere.
    let _ = hub.await;
    let _ = tokio::task::spawn_blocking(move || drop(follow)).await;
}

fn open_logdir(source: &LogSource) -> Result<Arc<dyn Logdir>, ServerError> {
    let refuse_file = |path: &PathBuf| {
        if path.is_file() {
            Err(ServerError::LogdirIsFile { path: path.clone() })
        } else {
            Ok(())
        }
    };
    match source {
        LogSource::Folder(path) => {
            refuse_file(path)?;
            Ok(Arc::new(LocalLogdir::new(path)))
        }
        LogSource::Named(places) => {
            places.iter().try_for_each(|(_, path)| refuse_file(path))?;
            Ok(Arc::new(MultiLogdir::new(places.clone())))
        }
    }
}

fn workspace_folder(source: &LogSource) -> Option<PathBuf> {
    match source {
        LogSource::Folder(path) => Some(path.clone()),
        LogSource::Named(_) => None,
    }
}

async fn listen(host: &Host, port: Port) -> Result<TcpListener, ServerError> {
    let ports = match port {
        Port::Exactly(port) => port..=port,
        Port::Default => DEFAULT_PORT..=DEFAULT_PORT + (PORTS_TRIED - 1),
    };
    let (first, last) = (*ports.start(), *ports.end());
    for port in ports {
        match listen_on(host, port).await {
            Ok(listener) => return Ok(listener),
            Err(ServerError::Listen { source, .. })
                if source.kind() == io::ErrorKind::AddrInUse => {}
            Err(other) => return Err(other),
        }
    }
    Err(if first == last {
        ServerError::PortTaken { port: first }
    } else {
        ServerError::NoFreePort { first, last }
    })
}

async fn listen_on(host: &Host, port: u16) -> Result<TcpListener, ServerError> {
    let failed = |source| ServerError::Listen { port, source };
    match host {
        Host::Loopback => TcpListener::bind(("127.0.0.1", port)).await.map_err(failed),
        // Where there is IPv6, this takes IPv4 as well.
        Host::All => match TcpListener::bind(("::", port)).await {
            Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                TcpListener::bind(("0.0.0.0", port)).await.map_err(failed)
            }
            bound => bound.map_err(failed),
        },
        Host::Named(name) => {
            let literal = name.trim_start_matches('[').trim_end_matches(']');
            TcpListener::bind((literal, port)).await.map_err(|source| {
                if source.kind() == io::ErrorKind::AddrInUse {
                    failed(source)
                } else {
                    ServerError::Host {
                        host: name.clone(),
                        source,
                    }
                }
            })
        }
    }
}

fn url(host: &Host, address: SocketAddr, prefix: &str, token: Option<&str>) -> String {
    let name = match host {
        Host::Loopback => "localhost".to_owned(),
        Host::Named(name) if name.contains(':') && !name.starts_with('[') => format!("[{name}]"),
        Host::Named(name) => name.clone(),
        Host::All => gethostname::gethostname().to_string_lossy().into_owned(),
    };
    let token = token
        .map(|token| format!("?token={token}"))
        .unwrap_or_default();
    format!("http://{name}:{}{prefix}/{token}", address.port())
}

/// The prefix as `/a/b`, or empty.
fn checked_prefix(prefix: &str) -> Result<String, ServerError> {
    let trimmed = prefix.trim_matches('/');
    let fine = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
    };
    if trimmed.is_empty() {
        Ok(String::new())
    } else if trimmed.split('/').all(fine) {
        Ok(format!("/{trimmed}"))
    } else {
        Err(ServerError::PathPrefix {
            prefix: prefix.to_owned(),
        })
    }
}

fn check_token(token: &str) -> Result<(), ServerError> {
    let fine = token
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c));
    if fine && token.len() >= MIN_TOKEN_LEN {
        Ok(())
    } else {
        Err(ServerError::Token {
            len: token.chars().count(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_paths() {
        for (given, wanted) in [
            ("", ""),
            ("/", ""),
            ("a", "/a"),
            ("/a/b/", "/a/b"),
            ("x-1.y~_", "/x-1.y~_"),
        ] {
            assert_eq!(checked_prefix(given).unwrap(), wanted);
        }
        for given in ["a//b", "a b", "a?b", "../a", "a/./b", "ä", "a%20b"] {
            assert!(checked_prefix(given).is_err(), "{given}");
        }
    }

    #[test]
    fn urls_can_be_opened() {
        let at = |text: &str| text.parse().unwrap();
        assert_eq!(
            url(&Host::Loopback, at("127.0.0.1:6006"), "", None),
            "http://localhost:6006/"
        );
        assert_eq!(
            url(
                &Host::Named("::1".into()),
                at("[::1]:80"),
                "/b",
                Some("secret-1")
            ),
            "http://[::1]:80/b/?token=secret-1"
        );
    }

    #[test]
    fn tokens_fit_a_url_and_a_cookie() {
        assert!(check_token("aB3-._~x").is_ok());
        for token in ["", "short", "with space", "semi;colon", "ünicode-token"] {
            assert!(check_token(token).is_err(), "{token}");
        }
    }
}
