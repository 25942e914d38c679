//! `cargo xtask demo`: builds the command and lets it train and show itself.

use crate::{
    setup,
    shell::{self, cargo},
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Do not open a browser
    #[arg(long)]
    no_open: bool,
    /// Passed on to `glassboard demo`, such as --port 0 or --epochs 10
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    setup::web_packages()?;
    let mut demo = cargo();
    demo.args(["run", "--package", "glassboard-cli", "--bin", "glassboard"]);
    demo.args(["--", "demo"]);
    if !args.no_open {
        demo.arg("--open");
    }
    shell::run(demo.args(&args.rest))
}
