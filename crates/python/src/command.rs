//! `python -m glassboard`: the command, within the interpreter.

use std::ffi::OsString;

use glassboard_cli::OutsideCommand;
use pyo3::prelude::*;

/// Carried out by `glassboard._run`.
const RUN: OutsideCommand = OutsideCommand {
    name: "run",
    about: "Run a Python script whose imports of torch.utils.tensorboard and tensorboardX give \
            Glassboard",
    usage: "glassboard run [-m MODULE | SCRIPT] [ARGS]...",
};

/// Adds this file's functions to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(command, module)?)
}

/// Runs the command on the arguments, the program's name first, and returns its exit status.
#[pyfunction]
fn command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| glassboard_cli::main_with(arguments, &[RUN]).code())
}
