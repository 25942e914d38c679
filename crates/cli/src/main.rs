//! The `glassboard` command: looks at the logs of trainings.

#![allow(clippy::print_stdout, clippy::print_stderr)] // Printing is what a command does.

mod args;
mod check;
#[cfg(feature = "demo")]
mod demo;
mod inspect;
mod output;
mod serve;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Arguments, Command};

/// What went wrong on the way to an answer; damage found is [`FOUND_DAMAGE`].
const FAILED: u8 = 2;

/// The answer is there, and says that files are damaged.
const FOUND_DAMAGE: u8 = 1;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        None => serve::serve(arguments.serve),
        Some(Command::Serve(arguments)) => serve::serve(*arguments),
        Some(Command::Inspect(arguments)) => inspect::inspect(&arguments),
        Some(Command::Check(arguments)) => check::check(&arguments),
        #[cfg(feature = "demo")]
        Some(Command::Demo(arguments)) => demo::demo(arguments),
        Some(Command::Openapi) => output::openapi(),
    };
    match result {
        Ok(code) => code,
        // The reader of a pipe has seen enough.
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("glassboard: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}
