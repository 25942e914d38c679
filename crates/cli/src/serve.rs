//! `glassboard serve`: the dashboard until Ctrl-C.

use std::env;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use glassboard_server::{Host, LogSource, Port, ServeOptions};

use crate::Status;
use crate::args::{ListenArguments, ServeArguments};

/// Shows a log directory until Ctrl-C.
pub(crate) fn serve(arguments: ServeArguments) -> Result<Status> {
    for (flag, why) in arguments.unneeded.given() {
        eprintln!("glassboard: --{flag} is not needed: {why}");
    }
    let source = log_source(&arguments)?;
    warn_of_missing(&source);
    let interval = arguments.reload_interval;
    let reload_interval = Duration::try_from_secs_f64(interval).with_context(|| {
        format!("--reload_interval: expected seconds from 0 on, got {interval}")
    })?;
    let open = arguments.listen.open;
    let options = ServeOptions {
        reload_interval,
        threads: arguments.threads.max_reload_threads.map(usize::from),
        ..options(source, arguments.listen)
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot make an event loop")?;
    runtime.block_on(async {
        // From here on Ctrl-C is heard, even before the server answers.
        let stop = stop_signal()?;
        let serving = glassboard_server::serve(options, stop).await?;
        announce(serving.url(), open)?;
        serving.finished().await;
        Ok::<_, anyhow::Error>(())
    })?;
    // What a request may still compute is of no use to anyone.
    runtime.shutdown_background();
    Ok(Status::Success)
}

/// The server's options from the command line.
pub(crate) fn options(source: LogSource, listen: ListenArguments) -> ServeOptions {
    ServeOptions {
        host: match (listen.bind_all, listen.host) {
            (true, _) => Host::All,
            (false, Some(name)) if name != "localhost" => Host::Named(name),
            (false, _) => Host::Loopback,
        },
        port: listen.port.map_or(Port::Default, Port::Exactly),
        path_prefix: listen.path_prefix,
        window_title: listen.window_title,
        token: listen.token,
        allowed_hosts: listen.allow_host,
        ..ServeOptions::new(source)
    }
}

/// Prints where the dashboard is, and opens it when asked to.
pub(crate) fn announce(url: &str, open_browser: bool) -> io::Result<()> {
    let mut stdout = io::stdout();
    writeln!(
        stdout,
        "Glassboard {} at {url} (Press CTRL+C to quit)",
        env!("CARGO_PKG_VERSION")
    )?;
    stdout.flush()?;
    if open_browser && let Err(error) = open::that_detached(url) {
        eprintln!("glassboard: cannot open a browser: {error}");
    }
    Ok(())
}

/// Completes at Ctrl-C or when the system asks to end; at the second Ctrl-C the program ends
/// at once.
pub(crate) fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    let mut signals = {
        use tokio::signal::unix::{SignalKind, signal};
        (
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        )
    };
    #[cfg(not(unix))]
    let mut signals = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = signals.0.recv() => {}
            _ = signals.1.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = signals.recv().await;
        tokio::spawn(async {
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(130);
            }
        });
    })
}

fn log_source(arguments: &ServeArguments) -> Result<LogSource> {
    match (&arguments.logdir_spec, &arguments.logdir) {
        (Some(spec), _) => Ok(LogSource::Named(parse_spec(spec)?)),
        (None, Some(folder)) => Ok(LogSource::Folder(with_home(folder))),
        (None, None) => bail!("expected --logdir DIR, the folder with the event files"),
    }
}

/// Replaces a leading `~`, which shells leave alone in `--logdir=~/runs`.
pub(crate) fn with_home(path: &Path) -> PathBuf {
    let mut parts = path.components();
    match (parts.next(), env::home_dir()) {
        (Some(Component::Normal(first)), Some(home)) if first == "~" => home.join(parts.as_path()),
        _ => path.to_owned(),
    }
}

/// A folder that does not exist yet is not an error: a training may be about to make it.
fn warn_of_missing(source: &LogSource) {
    let missing = |path: &Path| {
        if !path.exists() {
            eprintln!(
                "glassboard: {} does not exist yet; watching for it",
                path.display()
            );
        }
    };
    match source {
        LogSource::Folder(path) => missing(path),
        LogSource::Named(places) => places.iter().for_each(|(_, path)| missing(path)),
    }
}

/// `NAME:DIR,NAME:DIR`; without a name, the folder's own.
fn parse_spec(spec: &str) -> Result<Vec<(String, PathBuf)>> {
    let mut places: Vec<(String, PathBuf)> = Vec::new();
    for part in spec
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let (name, folder) = match part.split_once(':') {
            // On Windows a single letter is a drive.
            Some((name, folder))
                if (name.len() > 1 || !cfg!(windows)) && !name.contains(['/', '\\']) =>
            {
                (name.to_owned(), folder)
            }
            _ => {
                let name = Path::new(part).file_name().unwrap_or_default();
                (name.to_string_lossy().into_owned(), part)
            }
        };
        if name.is_empty() || folder.is_empty() {
            bail!("--logdir_spec: expected NAME:DIR, got {part:?}");
        }
        if places.iter().any(|(known, _)| *known == name) {
            bail!("--logdir_spec: expected a name of its own for each folder, got {name:?} twice");
        }
        places.push((name, with_home(Path::new(folder))));
    }
    if places.is_empty() {
        bail!("--logdir_spec: expected NAME:DIR,NAME:DIR, got {spec:?}");
    }
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_name_folders() {
        let parsed = |spec| {
            parse_spec(spec)
                .unwrap()
                .into_iter()
                .map(|(name, path)| format!("{name}={}", path.display()))
                .collect::<Vec<_>>()
        };
        assert_eq!(parsed("one:/a,two:b/c"), ["one=/a", "two=b/c"]);
        assert_eq!(parsed("/logs/x, y:z:w ,"), ["x=/logs/x", "y=z:w"]);
        for spec in ["", ",", "a1:", "a1:/x,a1:/y", "/"] {
            assert!(parse_spec(spec).is_err(), "{spec}");
        }
    }

    #[test]
    fn home_is_put_in() {
        let home = env::home_dir().unwrap();
        assert_eq!(with_home(Path::new("~/runs")), home.join("runs"));
        assert_eq!(with_home(Path::new("a/~/b")), Path::new("a/~/b"));
        assert_eq!(with_home(Path::new("~x")), Path::new("~x"));
    }
}
