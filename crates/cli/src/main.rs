//! The `glassboard` command: looks at the logs of trainings.

use std::process::ExitCode;

fn main() -> ExitCode {
    glassboard_cli::main_with(std::env::args_os(), &[]).into()
}
