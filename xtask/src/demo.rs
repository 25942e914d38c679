//! `cargo xtask demo`: builds the command and lets it train and show itself.

use crate::{setup, shell::cargo};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Passed on to `glassboard demo`, such as --port 0 or --no-open
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    setup::web_packages()?;
    crate::shell::run(
        cargo()
            .args([
                "run",
                "--release",
                "--package",
                "glassboard-cli",
                "--",
                "demo",
            ])
            .args(&args.rest),
    )
}
