//! Random text from the system.

use std::fmt::Write as _;
use std::io;

use crate::error::ServerError;

/// `BYTES` random bytes as hexadecimal digits.
pub(crate) fn hex<const BYTES: usize>() -> Result<String, ServerError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| ServerError::Start {
        what: "taking random bytes from the system",
        source: io::Error::other(error.to_string()),
    })?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
