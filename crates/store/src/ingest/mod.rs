//! Reading event files: from bytes to what each file holds.
//!
//! A file is read in blocks. While one block is parsed, the next is read and cut where frames seem to
//! begin, by hopping from length to length; the stretches between cuts are parsed on all cores and taken
//! over in order. Should a stretch not end where the next began, because a length on the way was damaged,
//! the rest of the block is parsed again in one go: the result is always that of reading from start to end.

mod block;
mod entry;
mod file;
mod media;
mod metadata;
mod piece;

use std::io;

use glassboard_events::{Damage, DamageKind, FrameScanner, ReadAt, frame::HEADER_LEN};
use rayon::prelude::*;

pub use self::media::MediaFacts;
use self::{
    block::Block,
    file::FileBuilder,
    piece::{End, Piece},
};
pub(crate) use self::{
    entry::{Entry, EntryList},
    file::{FileData, FileSeries, WallRange},
    metadata::TagMetadata,
};

/// About what one thread parses at a time; small enough to stay in its cache.
const PIECE_BYTES: usize = 1 << 20;

/// Pieces per thread in a block: some more than one even out their different lengths.
const PIECES_PER_THREAD: usize = 2;

/// Largest block, whatever the number of threads.
const MAX_BLOCK_BYTES: usize = 64 << 20;

/// Bytes at either end of what was read by which the same file is recognised.
const GUARD_BYTES: u64 = 64;

/// Files at least this long are cut for several threads; shorter ones are read one per thread.
pub(crate) const LONG_FILE_BYTES: u64 = 8 << 20;

/// Up to so many bytes behind an unfinished frame are searched for sound ones.
const MAX_GLANCE_BYTES: u64 = 16 << 20;

/// How a file is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadHow {
    /// Whether several threads parse it.
    pub(crate) cut: bool,
    /// Whether it will not grow any more.
    pub(crate) file_is_final: bool,
}

/// Reads one file, from where it left off the last time.
#[derive(Debug, Default)]
pub(crate) struct FileLoader {
    builder: FileBuilder,
    scanner: FrameScanner,
    /// Length of the file when it was read the last time.
    seen_len: u64,
    guard: Guard,
}

/// The bytes by which a file is recognised the next time.
#[derive(Debug, Default, PartialEq, Eq)]
struct Guard {
    first: Vec<u8>,
    /// Those before the scanner's offset.
    last: Vec<u8>,
}

impl Guard {
    fn read(source: &dyn ReadAt, first_len: u64, end: u64) -> io::Result<Self> {
        let last_len = end.min(GUARD_BYTES);
        Ok(Self {
            first: read_exactly(source, 0, first_len)?,
            last: read_exactly(source, end - last_len, last_len)?,
        })
    }
}

/// Reads `len` bytes, or fewer where the source ends before.
pub(crate) fn read_exactly(source: &dyn ReadAt, offset: u64, len: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; len as usize];
    let mut filled = 0;
    while filled < bytes.len() {
        match source.read_at(offset + filled as u64, &mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// What goes on while a file is read.
pub(crate) trait Watch: Sync {
    /// `bytes` more of the file are read; `false` to stop here and go on at the next call.
    fn read(&self, bytes: u64) -> bool;

    /// Whether readers should see what there is now.
    fn wants_update(&self) -> bool;

    /// What the file holds as far as it is read.
    fn update(&self, data: FileData);
}

impl FileLoader {
    /// Bytes read so far.
    pub(crate) fn offset(&self) -> u64 {
        self.scanner.offset()
    }

    /// Whether `source` still begins with what was read from it.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub(crate) fn recognises(&self, source: &dyn ReadAt) -> io::Result<bool> {
        if source.len()? < self.seen_len {
            return Ok(false);
        }
        let guard = Guard::read(source, self.guard.first.len() as u64, self.offset())?;
        Ok(guard == self.guard)
    }

    /// Reads what the file has grown by. Stops early only when told to by `watch`.
    ///
    /// # Errors
    /// When the source cannot be read; what was read before is kept, and the next call goes on there.
    pub(crate) fn read_on(
        &mut self,
        source: &dyn ReadAt,
        how: ReadHow,
        watch: &dyn Watch,
    ) -> io::Result<()> {
        let len = source.len()?;
        let result = self.read_all(source, len, how, watch);
        self.seen_len = self.seen_len.max(self.offset());
        if result.is_ok() {
            self.seen_len = len;
            self.guard = Guard::read(source, len.min(GUARD_BYTES), self.offset())?;
        }
        result
    }

    fn read_all(
        &mut self,
        source: &dyn ReadAt,
        len: u64,
        how: ReadHow,
        watch: &dyn Watch,
    ) -> io::Result<()> {
        while self.read_to(source, len, how.cut, watch)?
            && self.gives_up(source, len, how.file_is_final)?
        {}
        Ok(())
    }

    /// Decides whether the frame at the end that is not whole is damage, with sound ones behind it, rather
    /// than one that its writer is about to finish. A file that will not grow has only damage to offer.
    fn gives_up(&mut self, source: &dyn ReadAt, len: u64, file_is_final: bool) -> io::Result<bool> {
        let offset = self.offset();
        let rest = len.saturating_sub(offset);
        if rest <= HEADER_LEN as u64 {
            return Ok(false);
        }
        let mut behind = self.scanner.clone();
        behind.give_up();
        let has_record = file_is_final || {
            rest <= MAX_GLANCE_BYTES && {
                let mut piece = Piece::default();
                piece.parse(behind.clone(), &read_exactly(source, offset, rest)?);
                piece.records > 0
            }
        };
        if has_record {
            self.scanner = behind;
        }
        Ok(has_record)
    }

    /// What the file holds as far as it is read.
    pub(crate) fn freeze(&mut self) -> FileData {
        self.builder.freeze()
    }

    /// The damage that the unread rest of the file is, should it never grow again.
    pub(crate) fn tail_damage(&self) -> Option<Damage> {
        let rest = self.seen_len.saturating_sub(self.offset());
        match self.scanner.clone().finish(&[]) {
            Some(damage) => Some(Damage {
                lost_bytes: damage.lost_bytes + rest,
                ..damage
            }),
            None => (rest > 0).then(|| Damage {
                offset: self.offset(),
                lost_bytes: rest,
                kind: DamageKind::CutTail,
            }),
        }
    }

    /// Reads up to `len`, but for a frame at the end that is not whole. `false`: told to stop before.
    fn read_to(
        &mut self,
        source: &dyn ReadAt,
        len: u64,
        cut: bool,
        watch: &dyn Watch,
    ) -> io::Result<bool> {
        let threads = if cut { rayon::current_num_threads() } else { 1 };
        let usual_len = (threads * PIECES_PER_THREAD * PIECE_BYTES).min(MAX_BLOCK_BYTES);
        let piece_bytes = if cut { PIECE_BYTES } else { usize::MAX };
        let block_len = |offset: u64, wanted: u64| {
            wanted.max(usual_len as u64).min(len.saturating_sub(offset)) as usize
        };
        let (mut block, mut next) = (Block::default(), Block::default());
        let mut pieces: Vec<Piece> = Vec::new();
        let start = self.offset();
        block.fill(source, start, block_len(start, 0), piece_bytes)?;
        loop {
            let ahead = block.next_offset();
            let fill_next = || match block_len(ahead, 0) {
                0 => Ok(()),
                wanted => next.fill(source, ahead, wanted, piece_bytes),
            };
            let before = self.offset();
            let (filled, at_least) = if cut {
                rayon::join(fill_next, || self.parse(&block, &mut pieces))
            } else {
                (Ok(()), self.parse(&block, &mut pieces))
            };
            let go_on = watch.read(self.offset() - before);
            if watch.wants_update() {
                watch.update(self.builder.freeze());
            }
            let offset = self.offset();
            if !go_on || offset + at_least > len {
                return Ok(go_on);
            }
            block.shrink(usual_len);
            if cut && offset == ahead && at_least <= usual_len as u64 {
                filled?;
                std::mem::swap(&mut block, &mut next);
            } else {
                block.fill(source, offset, block_len(offset, at_least), piece_bytes)?;
            }
            if (block.bytes().len() as u64) < at_least {
                // The source ends before the length it told: it has been cut meanwhile.
                return Ok(false);
            }
        }
    }

    /// Parses a block; returns the bytes needed from the new offset on to say more.
    fn parse(&mut self, block: &Block, pieces: &mut Vec<Piece>) -> u64 {
        let ranges: Vec<(usize, usize)> = block.pieces().collect();
        if pieces.len() < ranges.len() {
            pieces.resize_with(ranges.len(), Piece::default);
        }
        let pieces = &mut pieces[..ranges.len()];
        let first = self.scanner.clone();
        let parse = |(piece, (start, end)): (&mut Piece, &(usize, usize))| {
            let scanner = if *start == 0 {
                first.clone()
            } else {
                FrameScanner::at(block.offset + *start as u64)
            };
            piece.clear();
            piece.parse(scanner, block.bytes().get(*start..*end).unwrap_or_default())
        };
        let mut ends: Vec<End> = if ranges.len() > 1 {
            pieces.par_iter_mut().zip(&ranges).map(parse).collect()
        } else {
            pieces.iter_mut().zip(&ranges).map(parse).collect()
        };
        // A scanner that stands exactly at the end of its piece has nothing left over.
        let sound = ends
            .iter()
            .zip(&ranges)
            .take_while(|(end, (_, piece_end))| {
                end.scanner.offset() == block.offset + *piece_end as u64
            })
            .count();
        let mut used = ends.len();
        if sound + 1 < ends.len() {
            let scanner = ends[sound].scanner.clone();
            let rest_at = (scanner.offset() - block.offset) as usize;
            let rest = block.bytes().get(rest_at..).unwrap_or_default();
            let again = &mut pieces[sound + 1];
            again.clear();
            ends[sound + 1] = again.parse(scanner, rest);
            used = sound + 2;
        }
        self.builder.absorb(&pieces[..used]);
        match ends.into_iter().nth(used - 1) {
            Some(End { scanner, at_least }) => {
                self.scanner = scanner;
                at_least
            }
            None => u64::MAX,
        }
    }
}
