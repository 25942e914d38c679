use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use crate::{
    Point,
    column::{CHUNK_POINTS, Chunk, Decoded, ScalarColumn},
    live::{self, ItemRange, Part},
    smooth::Average,
};

/// The scalars of one tag of a run: every point that was logged. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ScalarSeries(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    parts: Vec<Part<ScalarColumn>>,
    live: OnceLock<Live>,
    checkpoints: Mutex<Option<(CheckpointKey, Arc<[Average]>)>>,
}

/// The live points as stretches of chunks.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) spans: Vec<Span>,
    pub(crate) len: usize,
    ranges: Vec<ItemRange>,
}

/// Live points `from..to` of one chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    part: u32,
    chunk: u32,
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// Number of live points before.
    pub(crate) seq: usize,
}

impl Span {
    pub(crate) fn range(&self) -> std::ops::Range<usize> {
        self.from as usize..self.to as usize
    }

    pub(crate) fn len(&self) -> usize {
        self.range().len()
    }
}

/// What an average of the past depends on besides the points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CheckpointKey {
    pub(crate) weight: u64,
    /// `None` for the exponential method; else the axis (0 step, 1 wall) and the x range.
    pub(crate) x: Option<(u8, u64)>,
}

impl ScalarSeries {
    pub(crate) fn new(parts: Vec<Part<ScalarColumn>>) -> Self {
        Self(Arc::new(Inner {
            parts,
            live: OnceLock::new(),
            checkpoints: Mutex::new(None),
        }))
    }

    /// Number of live points.
    pub fn len(&self) -> u64 {
        self.live().len as u64
    }

    /// Whether there is no live point; a START may have purged them all.
    pub fn is_empty(&self) -> bool {
        self.live().len == 0
    }

    /// Number of points that a restart superseded.
    pub fn superseded_len(&self) -> u64 {
        let all: usize = self.0.parts.iter().map(|part| part.items.len()).sum();
        (all - self.live().len) as u64
    }

    /// The last live point.
    pub fn last(&self) -> Option<Point> {
        let span = self.live().spans.last()?;
        Some(self.point(span, span.to as usize - 1))
    }

    pub(crate) fn first(&self) -> Option<Point> {
        let span = self.live().spans.first()?;
        Some(self.point(span, span.from as usize))
    }

    pub(crate) fn live(&self) -> &Live {
        self.0.live.get_or_init(|| {
            let ranges = live::live_ranges(&self.0.parts);
            let spans = spans_of(&ranges);
            let len = ranges.iter().map(ItemRange::len).sum();
            Live { spans, len, ranges }
        })
    }

    /// The live points in order; their steps are strictly increasing.
    pub fn points(&self) -> impl Iterator<Item = Point> {
        self.live().spans.iter().flat_map(|span| {
            let decoded = Decoded::of(self.chunk(span));
            span.range().map(move |index| decoded.point(index))
        })
    }

    /// Every point that was logged, in the order of writing, and whether a restart superseded it.
    pub fn points_written(&self) -> impl Iterator<Item = (Point, bool)> {
        let live = &self.live().ranges;
        self.0.parts.iter().enumerate().flat_map(move |(part, of)| {
            let mut live = live
                .iter()
                .filter(move |range| range.part == part)
                .peekable();
            let points = of.items.chunks().iter().flat_map(|chunk| {
                let decoded = Decoded::of(chunk);
                (0..chunk.len()).map(move |index| decoded.point(index))
            });
            points.enumerate().map(move |(index, point)| {
                while live.next_if(|range| range.end <= index).is_some() {}
                let is_live = live.peek().is_some_and(|range| range.start <= index);
                (point, !is_live)
            })
        })
    }

    /// The discarded branches, each as spans, in the order of writing.
    pub(crate) fn superseded(&self) -> Vec<Vec<Span>> {
        let branches = live::superseded_branches(&self.0.parts, &self.live().ranges);
        branches
            .iter()
            .map(|branch| spans_of(std::slice::from_ref(branch)))
            .collect()
    }

    pub(crate) fn restarts(&self) -> Vec<i64> {
        live::restart_steps(&self.0.parts)
    }

    pub(crate) fn chunk(&self, span: &Span) -> &Chunk {
        &self.0.parts[span.part as usize].items.chunks()[span.chunk as usize]
    }

    /// One point of the span's chunk.
    fn point(&self, span: &Span, index: usize) -> Point {
        let chunk = self.chunk(span);
        let summary = chunk.summary();
        if index == 0 {
            return summary.first;
        }
        if index + 1 == summary.count {
            return summary.last;
        }
        Decoded::of(chunk).point(index)
    }

    /// The average's state before each live span, from the last call where `key` is the same.
    pub(crate) fn checkpoints(
        &self,
        key: CheckpointKey,
        make: impl FnOnce() -> Vec<Average>,
    ) -> Arc<[Average]> {
        if let Some((cached_key, cached)) = &*self.0.checkpoints.lock()
            && *cached_key == key
        {
            return Arc::clone(cached);
        }
        // Without the lock: others may draw this series meanwhile.
        let made: Arc<[Average]> = make().into();
        *self.0.checkpoints.lock() = Some((key, Arc::clone(&made)));
        made
    }
}

fn spans_of(ranges: &[ItemRange]) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut seq = 0;
    for range in ranges {
        let mut at = range.start;
        while at < range.end {
            // Every chunk but the last of a part is full.
            let chunk = at / CHUNK_POINTS;
            let end = range.end.min((chunk + 1) * CHUNK_POINTS);
            spans.push(Span {
                part: range.part as u32,
                chunk: chunk as u32,
                from: (at - chunk * CHUNK_POINTS) as u32,
                to: (end - chunk * CHUNK_POINTS) as u32,
                seq,
            });
            seq += end - at;
            at = end;
        }
    }
    spans
}
