//! `cargo xtask tidy`: what the design promises about the shape of the code, checked instead of only written.

mod generated;
mod layers;
mod licences;
mod sources;
mod web;

use crate::shell::Steps;

/// Checks everything and fails when anything is out of place.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut steps = Steps::default();
    steps.step("tidy: who may know whom", || {
        report(&layers::Graph::load()?.problems()?)
    });
    steps.step("tidy: licences", || report(&licences::problems()?));
    steps.step("tidy: sources", || report(&sources::problems()?));
    steps.step("tidy: layers of the page", || report(&web::problems()?));
    steps.step("tidy: generated files", generated::check);
    steps.finish()
}

fn report(problems: &[String]) -> anyhow::Result<()> {
    for problem in problems {
        eprintln!("{problem}");
    }
    anyhow::ensure!(problems.is_empty(), "{} to mend", problems.len());
    Ok(())
}
