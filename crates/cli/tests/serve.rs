//! `glassboard serve`, and the command line as a whole.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{glassboard, run, stderr, stdout, write_scalars};

/// What takes so long waits for something that does not come, however busy the machine is.
const HANGS: Duration = Duration::from_secs(30);

/// A server that is ended with the test.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line
            .strip_prefix(concat!("Glassboard ", env!("CARGO_PKG_VERSION"), " at "))
            .and_then(|rest| rest.strip_suffix(" (Press CTRL+C to quit)\n"))
            .unwrap_or_else(|| panic!("unexpected first line {line:?}"))
            .to_owned();
        Self { child, url }
    }

    fn authority(&self) -> &str {
        let rest = self.url.strip_prefix("http://").unwrap();
        rest.split('/').next().unwrap()
    }

    /// Opens a connection with a request on it.
    fn open(&self, path: &str) -> BufReader<TcpStream> {
        let (_, port) = self.authority().rsplit_once(':').unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", port.parse().unwrap())).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        BufReader::new(stream)
    }

    fn get(&self, path: &str) -> String {
        let mut answer = String::new();
        self.open(path).read_to_string(&mut answer).unwrap();
        answer
    }

    fn end_by(mut self, signal: &str) -> (Option<i32>, Duration, String) {
        let start = Instant::now();
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        let status = self.child.wait().unwrap();
        let mut text = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        (status.code(), start.elapsed(), text)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already in most tests.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_and_sigterm_end_it_cleanly_with_streams_open() {
    for signal in ["-INT", "-TERM"] {
        let dir = tempfile::tempdir().unwrap();
        write_scalars(&dir.path().join("a"), &[("loss", 1, 0.5)]);
        let server = Server::start(glassboard().args([
            "--logdir",
            dir.path().to_str().unwrap(),
            "--port",
            "0",
        ]));
        let mut events = server.open("/api/v1/events");
        let mut line = String::new();
        while !line.starts_with("event: status") {
            line.clear();
            assert_ne!(events.read_line(&mut line).unwrap(), 0);
        }
        let (code, took, stderr) = server.end_by(signal);
        assert_eq!(code, Some(0), "{signal}: {stderr}");
        // The stream that is open never ends by itself.
        assert!(took < HANGS, "{signal}: {took:?}");
        assert_eq!(stderr, "");
        // The stream ends as a stream, not as a broken connection.
        let mut rest = String::new();
        events.read_to_string(&mut rest).unwrap();
        assert!(rest.ends_with("0\r\n\r\n"), "{rest:?}");
    }
}

#[cfg(unix)]
#[test]
fn serves_what_it_is_told_to() {
    let dir = tempfile::tempdir().unwrap();
    write_scalars(&dir.path().join("a"), &[("loss", 7, 0.5)]);
    let server = Server::start(glassboard().args([
        "serve",
        "--logdir",
        dir.path().to_str().unwrap(),
        "--port=0",
        "--path-prefix",
        "/board",
        "--window_title",
        "My title",
        "--reload_interval",
        "0",
    ]));
    assert!(
        server.url.starts_with("http://localhost:") && server.url.ends_with("/board/"),
        "{}",
        server.url
    );
    let answer = server.get("/board/api/v1/scalars?run=a&tag=loss&format=csv");
    // Loading may still be under way.
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut answer = answer;
    while !answer.contains("200 OK") && Instant::now() < deadline {
        answer = server.get("/board/api/v1/scalars?run=a&tag=loss&format=csv");
    }
    assert!(
        answer.ends_with("Wall time,Step,Value\r\n1700000007.0,7,0.5\r\n"),
        "{answer}"
    );
    assert!(
        server
            .get("/board/api/v1/status")
            .contains("\"window_title\":\"My title\"")
    );
    assert_eq!(server.end_by("-TERM").0, Some(0));
}

#[cfg(unix)]
#[test]
fn settings_come_from_the_environment_too() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("later");
    let server = Server::start(
        glassboard()
            .env("GLASSBOARD_LOGDIR", &missing)
            .env("GLASSBOARD_PORT", "0")
            .env("GLASSBOARD_TOKEN", "secret-token"),
    );
    assert!(
        server.url.ends_with("/?token=secret-token"),
        "{}",
        server.url
    );
    assert!(server.get("/api/v1/status").starts_with("HTTP/1.1 401 "));
    assert!(
        server
            .get("/api/v1/status?token=secret-token")
            .starts_with("HTTP/1.1 200 ")
    );
    let (code, _, stderr) = server.end_by("-TERM");
    assert_eq!(code, Some(0));
    assert_eq!(
        stderr,
        format!(
            "glassboard: {} does not exist yet; watching for it\n",
            missing.display()
        )
    );
}

#[cfg(unix)]
#[test]
fn flags_of_tensorboard_that_are_not_needed_are_explained() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(glassboard().args([
        "--logdir",
        dir.path().to_str().unwrap(),
        "--port",
        "0",
        "--samples_per_plugin=images=100",
        "--load_fast",
        "false",
    ]));
    let (code, _, stderr) = server.end_by("-TERM");
    assert_eq!(code, Some(0));
    assert_eq!(
        stderr,
        "glassboard: --load_fast is not needed: there is one loader, and it is the fast one\n\
         glassboard: --samples_per_plugin is not needed: nothing is sampled: every point and picture is there\n"
    );
}

#[test]
fn wrong_arguments_are_explained() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().to_str().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (arguments, sentence) in [
        (vec![], "--logdir <DIR>".to_owned()),
        (
            vec!["--logdir", file.to_str().unwrap()],
            "expected a log directory, got a file".to_owned(),
        ),
        (
            vec!["--logdir", folder, "--port", &port],
            format!("port {port} is taken by another program"),
        ),
        (
            vec!["--logdir", folder, "--port", "99999"],
            "99999 is not in 0..=65535".to_owned(),
        ),
        (
            vec!["--logdir", folder, "--path_prefix", "a b"],
            "expected a path prefix such as /board".to_owned(),
        ),
        (
            vec!["--logdir", folder, "--reload_interval", "-1"],
            "expected seconds from 0 on, got -1".to_owned(),
        ),
        (
            vec!["--logdir", folder, "--token", "abc"],
            "expected a token of 8 or more".to_owned(),
        ),
        (
            vec!["--logdir", folder, "--host", "x", "--bind_all"],
            "cannot be used with".to_owned(),
        ),
        (
            vec!["--logdir_spec", "a1:/x,a1:/y"],
            "got \"a1\" twice".to_owned(),
        ),
        (vec!["--logdr", folder], "--logdir".to_owned()),
    ] {
        let output = run(&arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert!(
            stderr(&output).contains(&sentence),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn help_has_examples_and_the_version_is_told() {
    for arguments in [
        vec!["--help"],
        vec!["serve", "--help"],
        vec!["inspect", "--help"],
        vec!["check", "--help"],
    ] {
        let output = run(&arguments);
        assert!(output.status.success());
        assert!(
            stdout(&output).contains("Examples:\n  glassboard "),
            "{}",
            stdout(&output)
        );
    }
    let version = stdout(&run(&["-V"]));
    assert_eq!(
        version,
        concat!("glassboard ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn the_description_of_the_api_is_printed() {
    let output = run(&["openapi"]);
    let committed = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/openapi.json");
    assert_eq!(stdout(&output), std::fs::read_to_string(committed).unwrap());
}
