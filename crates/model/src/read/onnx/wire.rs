//! Protobuf's wire format over a file: fields are walked where they lie, and long ones are not read.
//!
//! A model of gigabytes has almost all of them in the `raw_data` of its initializers. Decoding messages with a library
//! would copy these; walking the fields notes only where they are.

use std::cell::RefCell;

use crate::{ModelError, Result, source::Region};

/// What is read at once; messages are small and follow one another.
const WINDOW_BYTES: u64 = 1 << 18;

/// A protobuf file.
pub(super) struct Wire {
    region: Region,
    window: RefCell<Window>,
}

#[derive(Default)]
struct Window {
    start: u64,
    bytes: Vec<u8>,
}

/// Where a message or a field lies within the file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Span {
    pub(super) fn len(self) -> u64 {
        self.end - self.start
    }
}

/// A field's number and what it holds.
pub(super) struct Field {
    pub(super) number: u64,
    pub(super) value: Value,
}

pub(super) enum Value {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(Span),
}

impl Wire {
    pub(super) fn new(region: Region) -> Self {
        Self {
            region,
            window: RefCell::default(),
        }
    }

    pub(super) fn region(&self) -> &Region {
        &self.region
    }

    pub(super) fn all(&self) -> Span {
        Span {
            start: 0,
            end: self.region.len(),
        }
    }

    /// Calls `visit` with each field of a message.
    pub(super) fn fields(
        &self,
        message: Span,
        mut visit: impl FnMut(Field) -> Result<()>,
    ) -> Result<()> {
        let mut at = message.start;
        while at < message.end {
            let key = self.varint(&mut at, message.end)?;
            let value = match key & 7 {
                0 => Value::Varint(self.varint(&mut at, message.end)?),
                1 => Value::Fixed64(u64::from_le_bytes(self.array(&mut at, message.end)?)),
                2 => {
                    let len = self.varint(&mut at, message.end)?;
                    let start = at;
                    at = start
                        .checked_add(len)
                        .filter(|end| *end <= message.end)
                        .ok_or_else(|| self.cut_off(start, len, message.end))?;
                    Value::Bytes(Span { start, end: at })
                }
                5 => Value::Fixed32(u32::from_le_bytes(self.array(&mut at, message.end)?)),
                wire_type => {
                    return Err(self.region.malformed(
                        format!("protobuf, byte {at}"),
                        "a field of wire type 0, 1, 2 or 5",
                        wire_type.to_string(),
                    ));
                }
            };
            visit(Field {
                number: key >> 3,
                value,
            })?;
        }
        Ok(())
    }

    pub(super) fn bytes(&self, span: Span) -> Result<Vec<u8>> {
        if span.len() > WINDOW_BYTES {
            return self
                .region
                .named_part("protobuf", span.start, span.len())?
                .read();
        }
        self.with_window(span.start, span.len(), <[u8]>::to_vec)
    }

    pub(super) fn text(&self, span: Span) -> Result<String> {
        Ok(String::from_utf8(self.bytes(span)?)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// Adds the numbers of a repeated field, packed or not.
    pub(super) fn varints(&self, value: &Value, found: &mut Vec<u64>) -> Result<()> {
        match value {
            Value::Varint(number) => found.push(*number),
            Value::Bytes(span) => {
                let mut at = span.start;
                while at < span.end {
                    found.push(self.varint(&mut at, span.end)?);
                }
            }
            Value::Fixed32(_) | Value::Fixed64(_) => {}
        }
        Ok(())
    }

    /// Adds the floats of a repeated field, packed or not.
    pub(super) fn floats(&self, value: &Value, found: &mut Vec<f64>) -> Result<()> {
        match value {
            Value::Fixed32(bits) => found.push(f32::from_bits(*bits).into()),
            Value::Bytes(span) => {
                let bytes = self.bytes(*span)?;
                found.extend(
                    bytes
                        .as_chunks()
                        .0
                        .iter()
                        .map(|bytes| f64::from(f32::from_le_bytes(*bytes))),
                );
            }
            Value::Varint(_) | Value::Fixed64(_) => {}
        }
        Ok(())
    }

    fn varint(&self, at: &mut u64, end: u64) -> Result<u64> {
        let start = *at;
        let len = (end - start).min(10);
        let found = self.with_window(start, len, |bytes| {
            let mut number = 0_u64;
            for (position, byte) in bytes.iter().enumerate() {
                number |= u64::from(byte & 0x7f) << (7 * position);
                if byte & 0x80 == 0 {
                    return Some((number, position as u64 + 1));
                }
            }
            None
        })?;
        let (number, len) = found.ok_or_else(|| self.cut_off(start, 1, end))?;
        *at += len;
        Ok(number)
    }

    fn array<const N: usize>(&self, at: &mut u64, end: u64) -> Result<[u8; N]> {
        let start = *at;
        if end - start < N as u64 {
            return Err(self.cut_off(start, N as u64, end));
        }
        *at += N as u64;
        let found = self.with_window(start, N as u64, |bytes| bytes.first_chunk().copied())?;
        found.ok_or_else(|| self.cut_off(start, N as u64, end))
    }

    /// Shows `len` bytes, of at most a window, to `look`.
    fn with_window<T>(&self, start: u64, len: u64, look: impl FnOnce(&[u8]) -> T) -> Result<T> {
        let mut window = self.window.borrow_mut();
        let is_inside =
            start >= window.start && start + len <= window.start + window.bytes.len() as u64;
        if !is_inside {
            let left = self.region.len().saturating_sub(start);
            let part =
                self.region
                    .named_part("protobuf", start, left.min(WINDOW_BYTES).max(len))?;
            *window = Window {
                start,
                bytes: part.read()?,
            };
        }
        let from = (start - window.start) as usize;
        let found = window.bytes.get(from..from + len as usize);
        Ok(look(found.unwrap_or_default()))
    }

    fn cut_off(&self, start: u64, len: u64, end: u64) -> ModelError {
        self.region.malformed(
            format!("protobuf, byte {start}"),
            format!("{len} bytes"),
            format!("{}", end.saturating_sub(start)),
        )
    }
}
