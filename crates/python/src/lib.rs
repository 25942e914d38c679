//! `glassboard._core`: what the Python package `glassboard` calls.

// Docstrings are Python's, in numpy's style.
#![allow(clippy::doc_markdown)]
// What comes from Python is handed over by value.
#![allow(clippy::needless_pass_by_value)]

mod command;
mod convert;
mod error;
mod explain;
mod grid;
mod hparams;
mod iterator;
mod layout;
mod message;
mod metrics;
mod plot;
mod projection;
mod raw_event;
mod read;
mod summary;
mod trace;
mod writer;

use pyo3::prelude::*;

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    command::register(module)?;
    convert::register(module)?;
    explain::register(module)?;
    grid::register(module)?;
    iterator::register(module)?;
    message::register(module)?;
    metrics::register(module)?;
    plot::register(module)?;
    projection::register(module)?;
    raw_event::register(module)?;
    read::register(module)?;
    summary::register(module)?;
    writer::register(module)
}
