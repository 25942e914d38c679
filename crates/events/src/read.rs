use std::{io, sync::Arc};

use crate::Damage;
use crate::frame::{FrameScanner, HEADER_LEN, Record, Scan};

/// Something that can be read at any place, and may grow.
pub trait ReadAt: Send + Sync {
    /// Reads bytes from `offset` on into `buf` and says how many; 0 only at the end.
    ///
    /// # Errors
    /// As the source has them.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;

    /// Present length in bytes.
    ///
    /// # Errors
    /// As the source has them.
    fn len(&self) -> io::Result<u64>;

    /// Whether it is empty at present.
    ///
    /// # Errors
    /// As the source has them.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
}

impl ReadAt for std::fs::File {
    #[cfg(unix)]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buf, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buf, offset)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

impl ReadAt for [u8] {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|start| self.get(start..))
            .unwrap_or_default();
        let n = rest.len().min(buf.len());
        buf[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(<[u8]>::len(self) as u64)
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.as_slice().read_at(offset, buf)
    }

    fn len(&self) -> io::Result<u64> {
        ReadAt::len(self.as_slice())
    }
}

impl<T: ReadAt + ?Sized> ReadAt for Arc<T> {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, buf)
    }

    fn len(&self) -> io::Result<u64> {
        (**self).len()
    }
}

/// What [`RecordReader::next`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    /// A sound record.
    Record(Record<'a>),
    /// A damaged place; reading goes on behind it.
    Damage(Damage),
}

/// A [`Scan`] that borrows nothing.
enum Step {
    Record { len: usize },
    Damage(Damage),
    NeedMore { at_least: u64 },
}

/// Bytes asked of the source at once.
const BLOCK_BYTES: usize = 256 << 10;

/// Reads the records of one file in order, and follows the file while it grows.
///
/// Memory is bounded by the largest sound record: a length that reaches beyond the end of
/// the source allocates nothing.
#[derive(Debug)]
pub struct RecordReader<R> {
    source: R,
    scanner: FrameScanner,
    /// Bytes of the source; `buffer[consumed..]` begin at the scanner's offset.
    buffer: Vec<u8>,
    consumed: usize,
}

impl<R: ReadAt> RecordReader<R> {
    /// A reader at the start.
    pub fn new(source: R) -> Self {
        Self::at(source, 0)
    }

    /// A reader at a byte offset where a frame begins.
    pub fn at(source: R, offset: u64) -> Self {
        Self {
            source,
            scanner: FrameScanner::at(offset),
            buffer: Vec::new(),
            consumed: 0,
        }
    }

    /// Byte offset of the first byte not yet read as a record or as damage.
    pub fn offset(&self) -> u64 {
        self.scanner.offset()
    }

    /// The next record or damaged place; `None` when nothing more is complete at present.
    /// Call again when the source has grown.
    ///
    /// # Errors
    /// When the source cannot be read. The reader can be used again.
    #[allow(clippy::should_implement_trait)] // lends from its buffer, which Iterator cannot
    pub fn next(&mut self) -> io::Result<Option<Item<'_>>> {
        loop {
            let (start, before) = (self.consumed, self.scanner.offset());
            let step = match self.scanner.next(&self.buffer[start..]) {
                Scan::Record(record) => Step::Record {
                    len: record.data.len(),
                },
                Scan::Damage(damage) => Step::Damage(damage),
                Scan::NeedMore { at_least } => Step::NeedMore { at_least },
            };
            self.consumed += (self.scanner.offset() - before) as usize;
            match step {
                Step::Record { len } => {
                    let data = &self.buffer[start + HEADER_LEN..][..len];
                    return Ok(Some(Item::Record(Record {
                        offset: before,
                        data,
                    })));
                }
                Step::Damage(damage) => return Ok(Some(Item::Damage(damage))),
                Step::NeedMore { at_least } => {
                    if !self.fill(at_least)? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// At a final end of the source: what is left there is damage, if anything is; up to
    /// the end, or to a sound frame behind it, with which [`Self::next`] goes on.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn finish(&mut self) -> io::Result<Option<Damage>> {
        let end = self.source.len()?;
        if self.scanner.offset() >= end && !self.scanner.is_crossing() {
            return Ok(None);
        }
        self.scanner.give_up();
        if let Some(Item::Damage(damage)) = self.next()? {
            return Ok(Some(damage));
        }
        self.buffer.clear();
        self.consumed = 0;
        Ok(self.scanner.end(end))
    }

    /// Makes at least `at_least` bytes from the scanner's offset on available; false when
    /// the source does not have them yet.
    fn fill(&mut self, at_least: u64) -> io::Result<bool> {
        self.buffer.drain(..self.consumed);
        self.consumed = 0;
        let have = self.buffer.len();
        let start = self.scanner.offset() + have as u64;
        let available = self.source.len()?.saturating_sub(start);
        if have as u64 + available < at_least {
            return Ok(false);
        }
        let missing = at_least - have as u64;
        let wanted = missing.max(BLOCK_BYTES as u64).min(available) as usize;
        self.buffer.resize(have + wanted, 0);
        let mut filled = have;
        while filled < self.buffer.len() {
            match self.source.read_at(
                self.scanner.offset() + filled as u64,
                &mut self.buffer[filled..],
            ) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.buffer.truncate(filled);
                    return Err(error);
                }
            }
        }
        self.buffer.truncate(filled);
        Ok(filled as u64 >= at_least)
    }
}
