//! What the file says of one event.

use std::io::{self, Read};

use crate::read::{inflated, lossy};
use crate::scan::{Misfit, Scanner};

/// Most arguments of an event that are told.
pub const MAX_ARGUMENTS: usize = 256;

/// Longest text of an argument, in bytes.
const MAX_ARGUMENT_BYTES: usize = 16 << 10;

/// Names and texts of an event's arguments, in the order of the file.
pub type Arguments = Vec<(String, String)>;

/// Reads the arguments of the event at an offset of the file's (inflated) text. `source` is the whole file; what is
/// before the event is passed over, so a plain file that can be opened at the event may be handed over from there, with
/// an offset of 0.
///
/// # Errors
/// What the source says; [`io::ErrorKind::InvalidData`] when no event is there.
pub fn arguments(mut source: impl Read, offset: u64) -> io::Result<Arguments> {
    from(&mut source, offset)
}

fn from(source: &mut dyn Read, offset: u64) -> io::Result<Arguments> {
    let mut text = inflated(source);
    let passed = io::copy(&mut (&mut text).take(offset), &mut io::sink())?;
    let misfit = |misfit: Misfit| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!(
                "expected {} at byte {}",
                misfit.expected,
                offset + misfit.offset
            ),
        )
    };
    if passed < offset {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut scanner = Scanner::new(text);
    let found = read(&mut scanner);
    match scanner.failure() {
        Some(failure) => Err(io::Error::new(failure.kind(), failure.to_string())),
        None => found.map_err(misfit),
    }
}

fn read<R: Read>(scanner: &mut Scanner<R>) -> Result<Arguments, Misfit> {
    let mut all = Vec::new();
    let mut key = Vec::new();
    let mut text = Vec::new();
    scanner.expect(b'{', "an event")?;
    if scanner.take(b'}') {
        return Ok(all);
    }
    loop {
        scanner.key(&mut key, MAX_ARGUMENT_BYTES)?;
        if key == b"args" && scanner.take(b'{') {
            if !scanner.take(b'}') {
                loop {
                    scanner.key(&mut key, MAX_ARGUMENT_BYTES)?;
                    scanner.raw(&mut text, MAX_ARGUMENT_BYTES)?;
                    if all.len() < MAX_ARGUMENTS {
                        all.push((lossy(&key), lossy(&text)));
                    }
                    if scanner.take(b'}') {
                        break;
                    }
                    scanner.expect(b',', "a comma or the end of the arguments")?;
                }
            }
        } else {
            scanner.skip()?;
        }
        if scanner.take(b'}') {
            return Ok(all);
        }
        scanner.expect(b',', "a comma or the end of an event")?;
    }
}
