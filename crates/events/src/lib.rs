//! Event files.
