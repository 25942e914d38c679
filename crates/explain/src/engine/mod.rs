//! Runs model files.
