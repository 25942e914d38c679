//! Errors of the Rust crates as Python exceptions.
//!
//! The exceptions themselves are Python classes in `glassboard._errors`: each derives from `Error` and
//! from the built-in exception that a script expects, which the stable ABI cannot express.

use glassboard_model::ModelError;
use glassboard_writer::WriterError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

const MODULE: &str = "glassboard._errors";

macro_rules! exceptions {
    ($($(#[$doc:meta])* $function:ident => $class:literal;)*) => {$(
        $(#[$doc])*
        pub(crate) fn $function(py: Python<'_>, message: impl ToString) -> PyErr {
            static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
            match CLASS.import(py, MODULE, $class) {
                Ok(class) => PyErr::from_type(class.clone(), (message.to_string(),)),
                Err(error) => error,
            }
        }
    )*};
}

exceptions! {
    /// An argument has a value that means nothing; a `ValueError`.
    invalid_input => "InvalidInputError";
    /// There are no samples; a `ValueError` and an `IndexError`.
    empty_input => "EmptyInputError";
    /// An argument is of a type that means nothing; a `TypeError`.
    invalid_type => "InvalidTypeError";
    /// A file could not be read or written; an `OSError`.
    file_error => "FileError";
    /// There is nothing of that name; a `KeyError`.
    not_found => "NotFoundError";
}

/// What went wrong in the writer.
pub(crate) fn from_writer(py: Python<'_>, error: &WriterError) -> PyErr {
    match error {
        WriterError::Events(_) | WriterError::Thread { .. } | WriterError::ThreadEnded => {
            file_error(py, error)
        }
        WriterError::Model(error) if matches!(**error, ModelError::Io { .. }) => {
            file_error(py, error)
        }
        WriterError::HparamDomain { .. } => invalid_type(py, error),
        _ => invalid_input(py, error),
    }
}

/// Name of an object's type with its module, as messages say it.
pub(crate) fn type_name(object: &Bound<'_, PyAny>) -> String {
    let class = object.get_type();
    class
        .fully_qualified_name()
        .map_or_else(|_| "object".to_owned(), |name| name.to_string())
}
