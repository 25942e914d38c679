//! The built program, and event files for it.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do
#![allow(dead_code)] // each test file uses some of them

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use glassboard_events::EventFileWriter;
use glassboard_events::proto::tensorboard::{
    Event, Summary, event, summary, summary::value::Value,
};

/// Wall time of step 0.
pub(crate) const START: f64 = 1_700_000_000.0;

/// The program, with no settings from the environment of the test.
pub(crate) fn glassboard() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glassboard"));
    for name in [
        "LOGDIR",
        "LOGDIR_SPEC",
        "HOST",
        "BIND_ALL",
        "PORT",
        "TOKEN",
        "PATH_PREFIX",
        "WINDOW_TITLE",
        "RELOAD_INTERVAL",
    ] {
        command.env_remove(format!("GLASSBOARD_{name}"));
    }
    command
}

pub(crate) fn run(arguments: &[&str]) -> Output {
    glassboard().args(arguments).output().unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Writes scalars into a new event file of `folder`; step `n` is `n` seconds after [`START`].
/// Returns its path, and where each record ends.
pub(crate) fn write_scalars(folder: &Path, scalars: &[(&str, i64, f32)]) -> (PathBuf, Vec<u64>) {
    let mut writer = EventFileWriter::create(folder, "").unwrap();
    let mut ends = vec![fs::metadata(writer.path()).unwrap().len()];
    for &(tag, step, value) in scalars {
        let value = summary::Value {
            tag: tag.to_owned(),
            value: Some(Value::SimpleValue(value)),
            ..summary::Value::default()
        };
        let event = Event {
            wall_time: START + step as f64,
            step,
            what: Some(event::What::Summary(Summary { value: vec![value] })),
            ..Event::default()
        };
        writer.write_event(&event).unwrap();
        writer.flush().unwrap();
        ends.push(fs::metadata(writer.path()).unwrap().len());
    }
    (writer.path().to_owned(), ends)
}

/// Flips a bit of the file.
pub(crate) fn damage(path: &Path, offset: u64) {
    let mut bytes = fs::read(path).unwrap();
    bytes[offset as usize] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// Event files that torch wrote.
pub(crate) fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/events")
}
