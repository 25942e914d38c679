//! The project's own tasks, run as `cargo xtask TASK`. Each task sets up whatever it needs that is missing.

mod bench;
mod demo;
mod fuzz;
mod generate;
mod setup;
mod shell;
mod test;
mod tidy;
mod ui;
mod wheel;

use clap::Parser;

/// The project's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask")]
enum Task {
    /// Train a small network on handwritten digits while its dashboard is open
    Demo(demo::Args),
    /// Run every test: formatting, lints, layering, Rust, page, browser, Python
    Test(test::Args),
    /// Measure against the peers and write docs/benchmarks.md
    Bench(bench::Args),
    /// Build the Python wheel for release
    Dist(wheel::Args),
    /// Run the fuzz targets
    Fuzz(fuzz::Args),
    /// Write the Rust code of proto/ anew
    Proto,
    /// Write the API's description and the page's types anew
    Openapi,
    /// Check layering, licences, sources and generated files
    Tidy,
    /// Develop the page: a Vite server in front of a running dashboard
    Ui(ui::Args),
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Demo(args) => demo::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Dist(args) => wheel::run_dist(&args),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Proto => generate::proto(),
        Task::Openapi => generate::openapi(),
        Task::Tidy => tidy::run(),
        Task::Ui(args) => ui::run(&args),
    }
}
