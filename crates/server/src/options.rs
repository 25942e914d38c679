//! What a caller of [`serve`](crate::serve) chooses.

use std::path::PathBuf;
use std::time::Duration;

/// Where the event files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogSource {
    /// One folder, searched recursively. It need not exist yet.
    Folder(PathBuf),
    /// Several folders, each under a name of its own (`--logdir_spec`).
    Named(Vec<(String, PathBuf)>),
}

/// Which addresses are listened on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Host {
    /// Programs of this machine only (127.0.0.1).
    #[default]
    Loopback,
    /// A name or address of this machine. A token is required unless it is a loopback address.
    Named(String),
    /// Every address of this machine; a token is required.
    All,
}

/// Which port is listened on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Port {
    /// [`DEFAULT_PORT`], or the next free one of the [`PORTS_TRIED`] from there.
    #[default]
    Default,
    /// This port and no other; 0 lets the system choose a free one.
    Exactly(u16),
}

/// The port of TensorBoard, which people know.
pub const DEFAULT_PORT: u16 = 6006;

/// How many ports from [`DEFAULT_PORT`] on are tried.
pub const PORTS_TRIED: u16 = 100;

/// Everything [`serve`](crate::serve) needs to know.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Where the event files are.
    pub logdir: LogSource,
    /// Which addresses are listened on.
    pub host: Host,
    /// Which port is listened on.
    pub port: Port,
    /// Path under which everything is served, for a reverse proxy: `/board`; empty: the root.
    pub path_prefix: String,
    /// Text for the browser's title bar; `None`: the log directory.
    pub window_title: Option<String>,
    /// How often files are looked at when nothing notifies of changes; zero: load once.
    pub reload_interval: Duration,
    /// What a client must present. `None`: nothing on a loopback address, and a random
    /// token on any other.
    pub token: Option<String>,
    /// Names by which clients may address the server besides its own (behind a reverse
    /// proxy); only asked about when there is no token.
    pub allowed_hosts: Vec<String>,
    /// Threads that parse files; `None`: one per core.
    pub threads: Option<usize>,
}

impl ServeOptions {
    /// The defaults: loopback, port 6006 or the next free one, looking every 5 seconds.
    pub fn new(logdir: LogSource) -> Self {
        Self {
            logdir,
            host: Host::default(),
            port: Port::default(),
            path_prefix: String::new(),
            window_title: None,
            reload_interval: Duration::from_secs(5),
            token: None,
            allowed_hosts: Vec::new(),
            threads: None,
        }
    }
}
