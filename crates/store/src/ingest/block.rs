use std::io;

use glassboard_events::{
    ReadAt,
    frame::{FOOTER_LEN, HEADER_LEN},
};

/// A stretch of a file in memory, and where it may be cut so that several threads parse it.
#[derive(Debug, Default)]
pub(super) struct Block {
    bytes: Vec<u8>,
    filled: usize,
    /// Place of the first byte in the file.
    pub(super) offset: u64,
    /// Where in the block frames seem to begin: probable, because lengths are believed here;
    /// whoever parses up to a cut finds out whether it is one.
    cuts: Vec<usize>,
    /// Where in the block the first frame begins that does not seem to be whole.
    rest_at: usize,
}

impl Block {
    /// Reads up to `len` bytes at `offset` and looks for cuts about every `piece_bytes`.
    pub(super) fn fill(
        &mut self,
        source: &dyn ReadAt,
        offset: u64,
        len: usize,
        piece_bytes: usize,
    ) -> io::Result<()> {
        self.offset = offset;
        self.filled = 0;
        if self.bytes.len() < len {
            self.bytes.resize(len, 0);
        }
        while self.filled < len {
            match source.read_at(
                offset + self.filled as u64,
                &mut self.bytes[self.filled..len],
            ) {
                Ok(0) => break,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.find_cuts(piece_bytes);
        Ok(())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }

    /// Gives a buffer back that a record of unusual size made large.
    pub(super) fn shrink(&mut self, usual_len: usize) {
        if self.bytes.len() > usual_len {
            self.bytes.truncate(usual_len);
            self.bytes.shrink_to_fit();
            self.filled = 0;
        }
    }

    /// The stretches between the cuts, as ranges of [`Self::bytes`].
    pub(super) fn pieces(&self) -> impl Iterator<Item = (usize, usize)> {
        let starts = std::iter::once(0).chain(self.cuts.iter().copied());
        let ends = self
            .cuts
            .iter()
            .copied()
            .chain(std::iter::once(self.filled));
        starts.zip(ends)
    }

    /// Where in the file the next block begins, if no frame of this one is damaged.
    pub(super) fn next_offset(&self) -> u64 {
        self.offset + self.rest_at as u64
    }

    fn find_cuts(&mut self, piece_bytes: usize) {
        self.cuts.clear();
        let bytes = &self.bytes[..self.filled];
        let mut at = 0;
        let mut next_cut = piece_bytes;
        while let Some(length) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
            let Ok(length) = usize::try_from(u64::from_le_bytes(*length)) else {
                break;
            };
            let Some(end) = length.checked_add(at + HEADER_LEN + FOOTER_LEN) else {
                break;
            };
            if end > bytes.len() {
                break;
            }
            at = end;
            if at >= next_cut && at < bytes.len() {
                self.cuts.push(at);
                next_cut = at + piece_bytes;
            }
        }
        self.rest_at = at;
    }
}
