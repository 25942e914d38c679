//! Frames: how records lie in a file.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | length `n` of the data, little-endian |
//! | 4 | masked CRC-32C of these 8 bytes, little-endian |
//! | `n` | data |
//! | 4 | masked CRC-32C of the data, little-endian |
//!
//! The mask, `rotate_right(crc, 15) + 0xa282ead8`, keeps checksums of data that
//! itself holds checksums useful.

use crate::{Damage, DamageKind, EventsError};

/// Bytes before a record's data.
pub const HEADER_LEN: usize = 12;
/// Bytes after a record's data.
pub const FOOTER_LEN: usize = 4;
/// Largest record that is read or written. Protobuf itself ends at 2 GiB; a reader that
/// trusted a longer length would wait for, and allocate, whatever a damaged file asks for.
pub const MAX_RECORD_BYTES: u64 = (1 << 31) - 1;

/// The masked CRC-32C of some bytes.
pub fn masked_crc32c(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8)
}

/// Appends one frame.
///
/// # Errors
/// When `data` is longer than [`MAX_RECORD_BYTES`]; `out` is unchanged then.
pub fn append_frame(out: &mut Vec<u8>, data: &[u8]) -> Result<(), EventsError> {
    append_frame_with(out, |out| out.extend_from_slice(data))
}

/// Appends one frame whose data `fill` appends: saves a copy where the data is encoded
/// in place.
///
/// # Errors
/// When the data is longer than [`MAX_RECORD_BYTES`]; `out` is as before then.
pub fn append_frame_with(
    out: &mut Vec<u8>,
    fill: impl FnOnce(&mut Vec<u8>),
) -> Result<(), EventsError> {
    append_limited_frame(out, fill, MAX_RECORD_BYTES)
}

fn append_limited_frame(
    out: &mut Vec<u8>,
    fill: impl FnOnce(&mut Vec<u8>),
    limit: u64,
) -> Result<(), EventsError> {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_LEN]);
    fill(out);
    let data_start = start + HEADER_LEN;
    let len = (out.len() - data_start) as u64;
    if len > limit {
        out.truncate(start);
        return Err(EventsError::RecordTooLong { len, limit });
    }
    let data_crc = masked_crc32c(&out[data_start..]);
    let length = len.to_le_bytes();
    out[start..start + 8].copy_from_slice(&length);
    out[start + 8..data_start].copy_from_slice(&masked_crc32c(&length).to_le_bytes());
    out.extend_from_slice(&data_crc.to_le_bytes());
    Ok(())
}

/// One record and where its frame begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'b> {
    /// Byte offset of the frame in the file.
    pub offset: u64,
    /// The data, checksum verified.
    pub data: &'b [u8],
}

impl Record<'_> {
    /// Length of the whole frame in bytes.
    pub fn frame_len(&self) -> u64 {
        (HEADER_LEN + self.data.len() + FOOTER_LEN) as u64
    }
}

/// What [`FrameScanner::next`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scan<'b> {
    /// A sound record.
    Record(Record<'b>),
    /// A damaged place that is now behind the scanner.
    Damage(Damage),
    /// Nothing more can be said before this many bytes from [`FrameScanner::offset`] on are there.
    NeedMore {
        /// Bytes from the scanner's offset on.
        at_least: u64,
    },
}

/// Cuts bytes into records. Pure: reads nothing itself, so that any source can feed it.
///
/// After a damaged record it looks, byte by byte, for the next frame whose length
/// checksum fits; the stretch in between is one [`Damage`]. Only the first byte of a
/// record whose *data* is damaged is given up before looking: when a writer died within a
/// record and another went on behind it, the records behind are still found.
///
/// ```
/// use glassboard_events::frame::{FrameScanner, Scan, append_frame};
///
/// let mut file = Vec::new();
/// append_frame(&mut file, b"first")?;
/// let mut scanner = FrameScanner::new();
/// let Scan::Record(record) = scanner.next(&file) else { panic!() };
/// assert_eq!(record.data, b"first");
/// assert_eq!(scanner.next(&[]), Scan::NeedMore { at_least: 12 });
/// # Ok::<(), glassboard_events::EventsError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct FrameScanner {
    offset: u64,
    /// Where the damage began that is being crossed, and what it is.
    crossing: Option<(u64, DamageKind)>,
    /// The header of the last sound record and its length: most records are as long as the one before,
    /// and the same twelve bytes need no second check.
    last_header: Option<([u8; HEADER_LEN], u64)>,
}

/// What the bytes at some place are.
enum Head {
    /// Too few bytes to say.
    Short,
    /// A frame with this many bytes of data.
    Frame(u64),
    /// No frame.
    Bad(DamageKind),
}

fn head(bytes: &[u8]) -> Head {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else {
        return Head::Short;
    };
    let Some(crc) = rest.first_chunk::<4>() else {
        return Head::Short;
    };
    if masked_crc32c(length) != u32::from_le_bytes(*crc) {
        return Head::Bad(DamageKind::LengthChecksum);
    }
    match u64::from_le_bytes(*length) {
        len if len > MAX_RECORD_BYTES => Head::Bad(DamageKind::TooLong),
        len => Head::Frame(len),
    }
}

impl FrameScanner {
    /// A scanner at the start of a file.
    pub fn new() -> Self {
        Self::default()
    }

    /// A scanner at a byte offset where a frame begins.
    pub fn at(offset: u64) -> Self {
        Self {
            offset,
            ..Self::default()
        }
    }

    /// Byte offset of the next unread byte. Bytes before it are not needed again.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Looks at the next frame. `bytes` begin at [`Self::offset`]; on return the offset
    /// has moved behind what the answer is about.
    #[inline]
    pub fn next<'b>(&mut self, bytes: &'b [u8]) -> Scan<'b> {
        if self.crossing.is_some() {
            return self.cross(bytes);
        }
        let Some(header) = bytes.first_chunk::<HEADER_LEN>() else {
            return Scan::NeedMore {
                at_least: HEADER_LEN as u64,
            };
        };
        let len = match self.last_header {
            Some((last, len)) if last == *header => len,
            _ => match head(bytes) {
                Head::Frame(len) => len,
                Head::Bad(kind) => return self.start_crossing(bytes, kind),
                Head::Short => {
                    return Scan::NeedMore {
                        at_least: HEADER_LEN as u64,
                    };
                }
            },
        };
        let frame_len = HEADER_LEN as u64 + len + FOOTER_LEN as u64;
        let Some(frame) = usize::try_from(frame_len).ok().and_then(|n| bytes.get(..n)) else {
            return Scan::NeedMore {
                at_least: frame_len,
            };
        };
        let (data, crc) = frame[HEADER_LEN..].split_at(len as usize);
        if crc != masked_crc32c(data).to_le_bytes() {
            return self.start_crossing(bytes, DamageKind::DataChecksum);
        }
        self.last_header = Some((*header, len));
        let record = Record {
            offset: self.offset,
            data,
        };
        self.offset += frame_len;
        Scan::Record(record)
    }

    /// Says that the file will not grow: the frame at [`Self::offset`] that was waited for
    /// is damage, and [`Self::next`] looks for the next one behind its first byte.
    pub fn give_up(&mut self) {
        if self.crossing.is_none() {
            self.crossing = Some((self.offset, DamageKind::CutTail));
        }
    }

    /// At a final end of the file: `rest` are the bytes from [`Self::offset`] to the end, with
    /// which [`Self::next`] could do nothing. They are damage, if there are any, up to the end
    /// or to the next frame; in that case go on with [`Self::next`].
    pub fn finish(&mut self, rest: &[u8]) -> Option<Damage> {
        let end = self.offset + rest.len() as u64;
        if self.crossing.is_none() && rest.is_empty() {
            return None;
        }
        self.give_up();
        match self.next(rest) {
            Scan::Damage(damage) => Some(damage),
            Scan::Record(_) | Scan::NeedMore { .. } => self.end(end),
        }
    }

    pub(crate) fn is_crossing(&self) -> bool {
        self.crossing.is_some()
    }

    /// The damage being crossed reaches to the end of the file, `end`.
    pub(crate) fn end(&mut self, end: u64) -> Option<Damage> {
        let (start, kind) = self.crossing.take()?;
        self.offset = end;
        (end > start).then(|| Damage {
            offset: start,
            lost_bytes: end - start,
            kind,
        })
    }

    #[cold]
    fn start_crossing<'b>(&mut self, bytes: &'b [u8], kind: DamageKind) -> Scan<'b> {
        self.crossing = Some((self.offset, kind));
        self.cross(bytes)
    }

    /// Looks for the next frame behind the first byte of the damage; `bytes` begin at the offset.
    #[cold]
    fn cross<'b>(&mut self, bytes: &'b [u8]) -> Scan<'b> {
        let Some((start, kind)) = self.crossing else {
            return Scan::NeedMore { at_least: 1 };
        };
        let base = self.offset;
        let first = usize::from(base == start);
        let mut skip = first;
        while let Some(rest) = bytes.get(skip..) {
            match head(rest) {
                Head::Bad(_) => skip += 1,
                Head::Short => break,
                Head::Frame(_) => {
                    self.crossing = None;
                    self.offset = base + skip as u64;
                    return Scan::Damage(Damage {
                        offset: start,
                        lost_bytes: self.offset - start,
                        kind,
                    });
                }
            }
        }
        self.offset = base + skip.min(bytes.len()) as u64;
        Scan::NeedMore {
            at_least: HEADER_LEN as u64 + u64::from(self.offset == start),
        }
    }
}

#[cfg(test)]
mod tests;
