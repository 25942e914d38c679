//! The `glassboard` command as a library: the program itself, and the Python package, whose
//! `python -m glassboard` is the same command.

#![allow(clippy::print_stdout, clippy::print_stderr)] // Printing is what a command does.

mod args;
mod check;
mod curves;
#[cfg(feature = "demo")]
mod demo;
#[cfg(feature = "explain")]
mod explain;
mod export;
mod inspect;
mod output;
mod serve;
mod snapshot;
mod summary;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::args::{Arguments, Command};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// As it should.
    Success = 0,
    /// The answer is there, and says that files are damaged.
    FoundDamage = 1,
    /// Something went wrong on the way to an answer; the command line itself may be wrong.
    Failed = 2,
}

impl Status {
    /// The number that the process exits with.
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status.code())
    }
}

/// A subcommand that the caller of [`main_with`] carries out itself; here it is only in the help.
#[derive(Debug, Clone, Copy)]
pub struct OutsideCommand {
    /// Its name.
    pub name: &'static str,
    /// One line on what it does.
    pub about: &'static str,
    /// How it is called.
    pub usage: &'static str,
}

/// Runs the command on a command line, the program's name included, and prints what there is to
/// print. Returns when it has ended; `serve` ends at Ctrl-C.
pub fn main_with(
    arguments: impl IntoIterator<Item = OsString>,
    outside: &[OutsideCommand],
) -> Status {
    let parsed = outside
        .iter()
        .fold(Arguments::command(), |command, outside| {
            command.subcommand(
                clap::Command::new(outside.name)
                    .about(outside.about)
                    .override_usage(outside.usage),
            )
        })
        .try_get_matches_from(arguments)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        // Help and version are such errors too, that go to standard output.
        Err(error) => {
            let printed = error.print();
            return if error.use_stderr() || printed.is_err() {
                Status::Failed
            } else {
                Status::Success
            };
        }
    };
    let result = match arguments.command {
        None => serve::serve(arguments.serve),
        Some(Command::Serve(arguments)) => serve::serve(*arguments),
        Some(Command::Inspect(arguments)) => inspect::inspect(&arguments),
        Some(Command::Check(arguments)) => check::check(&arguments),
        Some(Command::Export(arguments)) => export::export(&arguments),
        Some(Command::Snapshot(arguments)) => snapshot::snapshot(*arguments),
        Some(Command::Curves(arguments)) => curves::curves(&arguments),
        Some(Command::Summary(arguments)) => summary::summary(&arguments),
        #[cfg(feature = "explain")]
        Some(Command::Explain(arguments)) => explain::explain(&arguments),
        #[cfg(feature = "demo")]
        Some(Command::Demo(arguments)) => demo::demo(arguments),
        Some(Command::Openapi) => output::openapi(),
    };
    // Within Python nothing else does this at the end.
    let flushed = |status| Ok(io::stdout().flush().map(|()| status)?);
    match result.and_then(flushed) {
        Ok(status) => status,
        // The reader of a pipe has seen enough.
        Err(error) if output::is_broken_pipe(&error) => Status::Success,
        Err(error) => {
            eprintln!("glassboard: {error:#}");
            Status::Failed
        }
    }
}
