//! Scalar series in memory: every point kept, in compressed chunks with a summary each.

mod bits;
mod chunk;
mod integers;
#[cfg(test)]
mod tests;
mod values;

use std::sync::Arc;

use rayon::prelude::*;

pub(crate) use self::chunk::{Chunk, Decoded};
use crate::Point;

/// Points in a full chunk. Only the last chunk of a column may be shorter. A chart decodes about one chunk per
/// pixel; twice as many points would double that and save a third of a byte per point.
pub(crate) const CHUNK_POINTS: usize = 512;

/// From this many full chunks on it pays to compress them on all cores.
const PARALLEL_CHUNKS: usize = 16;

/// The scalar points of one tag in one file, in the order in which they were written.
#[derive(Debug, Default, Clone)]
pub(crate) struct ScalarColumn {
    chunks: Vec<Arc<Chunk>>,
}

impl ScalarColumn {
    pub(crate) fn chunks(&self) -> &[Arc<Chunk>] {
        &self.chunks
    }

    pub(crate) fn len(&self) -> usize {
        self.chunks.last().map_or(0, |last| {
            (self.chunks.len() - 1) * CHUNK_POINTS + last.len()
        })
    }

    /// Bytes on the heap.
    pub(crate) fn memory_bytes(&self) -> usize {
        /// Counters that `Arc` keeps beside a chunk.
        const ARC_COUNTERS: usize = 16;
        let chunks: usize = self
            .chunks
            .iter()
            .map(|chunk| chunk.memory_bytes() + ARC_COUNTERS)
            .sum();
        chunks + self.chunks.capacity() * size_of::<Arc<Chunk>>()
    }
}

/// Grows a [`ScalarColumn`]; points that do not fill a chunk yet stay uncompressed until [`Self::settle`].
#[derive(Debug, Default)]
pub(crate) struct ColumnBuilder {
    column: Arc<ScalarColumn>,
    open: Vec<Point>,
}

impl ColumnBuilder {
    pub(crate) fn len(&self) -> usize {
        self.column.len() + self.open.len()
    }

    pub(crate) fn append(&mut self, mut points: &[Point]) {
        if points.is_empty() {
            return;
        }
        if self.open.is_empty() {
            self.reopen_last();
        }
        if !self.open.is_empty() {
            let (fill, rest) = points.split_at(points.len().min(CHUNK_POINTS - self.open.len()));
            self.open.extend_from_slice(fill);
            points = rest;
            if self.open.len() < CHUNK_POINTS {
                return;
            }
            Arc::make_mut(&mut self.column)
                .chunks
                .extend(Chunk::encode(&self.open).map(Arc::new));
            self.open.clear();
        }
        let full = points.len() / CHUNK_POINTS;
        let (whole, rest) = points.split_at(full * CHUNK_POINTS);
        if full >= PARALLEL_CHUNKS {
            let chunks = whole
                .par_chunks(CHUNK_POINTS)
                .filter_map(Chunk::encode)
                .map(Arc::new);
            Arc::make_mut(&mut self.column).chunks.par_extend(chunks);
        } else if full > 0 {
            let chunks = whole
                .chunks(CHUNK_POINTS)
                .filter_map(Chunk::encode)
                .map(Arc::new);
            Arc::make_mut(&mut self.column).chunks.extend(chunks);
        }
        self.open.extend_from_slice(rest);
    }

    /// Compresses what is still open and gives the column as it is now.
    pub(crate) fn settle(&mut self) -> Arc<ScalarColumn> {
        if let Some(chunk) = Chunk::encode(&self.open) {
            let chunks = &mut Arc::make_mut(&mut self.column).chunks;
            chunks.push(Arc::new(chunk));
            self.open = Vec::new();
        }
        Arc::clone(&self.column)
    }

    fn reopen_last(&mut self) {
        if self
            .column
            .chunks
            .last()
            .is_some_and(|last| last.len() < CHUNK_POINTS)
            && let Some(last) = Arc::make_mut(&mut self.column).chunks.pop()
        {
            self.open = last.points();
        }
    }
}
