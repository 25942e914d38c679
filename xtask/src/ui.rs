//! `cargo xtask ui`: the page with live reload, in front of a dashboard that answers the API.

use crate::{setup, shell};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The running dashboard that answers `/api`
    #[arg(long, default_value = "http://localhost:6006")]
    server: String,
    /// Passed on to Vite, such as --port 5174
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    setup::web_packages()?;
    eprintln!(
        "The page asks {} for data: start one with `glassboard --logdir DIR`.",
        args.server
    );
    shell::run(
        setup::npm()
            .args(["run", "dev", "--"])
            .args(&args.rest)
            .env("GLASSBOARD_SERVER", &args.server),
    )
}
