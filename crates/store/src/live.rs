//! Which points of a series are live, and which a restart has superseded.
//!
//! A run's points are taken in the order of its files by name, and in each file in the order of its
//! records. Two rules of the peers decide what is shown, and here both hold:
//!
//! 1. *Each point supersedes every earlier point of its tag whose step is not smaller* (TensorBoard's data
//!    server, `reservoir.rs`). The live points therefore have strictly increasing steps.
//! 2. *A session START purges every earlier point of every tag whose step is not smaller than its own*,
//!    except the first START of the run, which purges nothing (TensorBoard's Python loader,
//!    `plugin_event_accumulator.py`).
//!
//! Read backwards, both become one: a point is live when its step lies below the smallest step of all
//! points and purging STARTs after it. A chunk whose steps increase needs only its first and last step to
//! be judged, so nothing is stored per point and a growing series costs nothing until it is looked at.

use std::{collections::BTreeSet, sync::Arc};

use crate::column::ScalarColumn;

/// Steps of restarts that are told; the rest of a series that restarts more often is not told apart.
const MAX_RESTARTS: usize = 1_000;

/// From item `at` on, `starts` session STARTs of the file lie before an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StartMark {
    pub(crate) at: usize,
    pub(crate) starts: usize,
}

/// The items of one series in one file, among the STARTs of the run.
#[derive(Debug, Clone)]
pub(crate) struct Part<C> {
    pub(crate) items: Arc<C>,
    pub(crate) marks: Arc<[StartMark]>,
    /// Steps of the file's STARTs.
    pub(crate) starts: Arc<[i64]>,
    /// How many of [`Self::starts`], from the first on, purge nothing.
    pub(crate) idle_starts: usize,
    /// Smallest step of the purging STARTs in the files after this one that do not have the series.
    pub(crate) purged_after: Option<i64>,
}

/// Items `start..end` of part number `part`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ItemRange {
    pub(crate) part: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl ItemRange {
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }
}

/// A list of steps in the order of writing.
pub(crate) trait StepList {
    fn count(&self) -> usize;

    /// Calls `piece` for consecutive pieces of `start..end`, from the last to the first.
    fn pieces_back(&self, start: usize, end: usize, piece: &mut dyn FnMut(StepPiece<'_>));
}

/// Consecutive steps of a [`StepList`].
pub(crate) struct StepPiece<'a> {
    /// Index of the first step.
    pub(crate) start: usize,
    /// Number of steps, at least 1.
    pub(crate) count: usize,
    /// `(first, last)` when every step is greater than the one before.
    pub(crate) increasing: Option<(i64, i64)>,
    /// No step is smaller than this.
    pub(crate) min_step: i64,
    /// The steps, decoded on demand.
    pub(crate) steps: &'a dyn Fn() -> Vec<i64>,
}

impl StepList for ScalarColumn {
    fn count(&self) -> usize {
        self.len()
    }

    fn pieces_back(&self, start: usize, end: usize, piece: &mut dyn FnMut(StepPiece<'_>)) {
        let mut chunk_end = self.len();
        for chunk in self.chunks().iter().rev() {
            let chunk_start = chunk_end - chunk.len();
            let (from, to) = (start.max(chunk_start), end.min(chunk_end));
            chunk_end = chunk_start;
            if from >= to {
                if to <= start {
                    break;
                }
                continue;
            }
            let summary = chunk.summary();
            let whole = to - from == chunk.len();
            let increasing = whole && summary.increasing;
            piece(StepPiece {
                start: from,
                count: to - from,
                increasing: increasing.then_some((summary.first.step, summary.last.step)),
                min_step: summary.min_step,
                steps: &|| chunk.steps()[from - chunk_start..to - chunk_start].to_vec(),
            });
        }
    }
}

/// The live items in order of writing, which is also the order of their steps; adjacent ranges are joined.
pub(crate) fn live_ranges<C: StepList>(parts: &[Part<C>]) -> Vec<ItemRange> {
    let mut back = Backwards {
        below: None,
        ranges: Vec::new(),
    };
    for (part_index, part) in parts.iter().enumerate().rev() {
        back.purge(part.purged_after);
        let mut section_end = part.items.count();
        let mut starts_end = part.starts.len();
        let from_start = StartMark { at: 0, starts: 0 };
        for mark in part.marks.iter().rev().chain([&from_start]) {
            let purging = part
                .starts
                .get(mark.starts.max(part.idle_starts)..starts_end);
            back.purge(purging.unwrap_or_default().iter().copied().min());
            part.items.pieces_back(mark.at, section_end, &mut |piece| {
                back.take(part_index, &piece);
            });
            section_end = mark.at;
            starts_end = mark.starts;
        }
    }
    back.ranges.reverse();
    back.ranges
}

/// The step of the last live item, which is also the largest.
pub(crate) fn last_step<C: StepList>(parts: &[Part<C>]) -> Option<i64> {
    let ranges = live_ranges(parts);
    let last = ranges.last()?;
    let mut step = None;
    parts
        .get(last.part)?
        .items
        .pieces_back(last.end - 1, last.end, &mut |piece| {
            step = (piece.steps)().last().copied();
        });
    step
}

struct Backwards {
    /// A step must be smaller than this to be live; `None`: any step is.
    below: Option<i64>,
    /// Live ranges, last one first.
    ranges: Vec<ItemRange>,
}

impl Backwards {
    fn purge(&mut self, step: Option<i64>) {
        if let Some(step) = step {
            self.below = Some(self.below.map_or(step, |below| below.min(step)));
        }
    }

    fn is_live(&self, step: i64) -> bool {
        self.below.is_none_or(|below| step < below)
    }

    fn take(&mut self, part: usize, piece: &StepPiece<'_>) {
        let StepPiece {
            start,
            count,
            increasing,
            min_step,
            steps,
        } = *piece;
        if !self.is_live(min_step) {
            return;
        }
        match increasing {
            Some((first, last)) if self.is_live(last) => {
                self.add(part, start, start + count);
                self.below = Some(first);
            }
            _ => {
                for (index, step) in steps().iter().enumerate().rev() {
                    if self.is_live(*step) {
                        self.add(part, start + index, start + index + 1);
                        self.below = Some(*step);
                    }
                }
            }
        }
    }

    fn add(&mut self, part: usize, start: usize, end: usize) {
        match self.ranges.last_mut() {
            Some(after) if after.part == part && after.start == end => after.start = start,
            _ => self.ranges.push(ItemRange { part, start, end }),
        }
    }
}

/// The superseded items: what `live` leaves out, split where steps do not increase, in order of writing.
pub(crate) fn superseded_branches<C: StepList>(
    parts: &[Part<C>],
    live: &[ItemRange],
) -> Vec<ItemRange> {
    let mut branches = Vec::new();
    let mut live = live.iter().peekable();
    for (part, items) in parts.iter().map(|part| &part.items).enumerate() {
        let mut at = 0;
        while let Some(range) = live.next_if(|range| range.part == part) {
            split_at_decreases(&**items, part, at, range.start, &mut branches);
            at = range.end;
        }
        split_at_decreases(&**items, part, at, items.count(), &mut branches);
    }
    branches
}

fn split_at_decreases<C: StepList>(
    items: &C,
    part: usize,
    start: usize,
    end: usize,
    out: &mut Vec<ItemRange>,
) {
    let begin = out.len();
    let mut after: Option<i64> = None;
    items.pieces_back(start, end, &mut |piece| {
        let StepPiece {
            start,
            count,
            increasing,
            steps,
            ..
        } = piece;
        let mut add = |start: usize, end: usize, first: i64, last: i64| {
            match out.get_mut(begin..).and_then(<[ItemRange]>::last_mut) {
                Some(range) if after.is_some_and(|after| last < after) => range.start = start,
                _ => out.push(ItemRange { part, start, end }),
            }
            after = Some(first);
        };
        match increasing {
            Some((first, last)) => add(start, start + count, first, last),
            None => {
                for (index, step) in steps().iter().enumerate().rev() {
                    add(start + index, start + index + 1, *step, *step);
                }
            }
        }
    });
    out[begin..].reverse();
}

/// The steps, in increasing order, at which writing started anew: of points that do not lie behind the
/// point before them, and of STARTs that purged something. At most [`MAX_RESTARTS`], the smallest ones.
pub(crate) fn restart_steps<C: StepList>(parts: &[Part<C>]) -> Vec<i64> {
    let mut restarts = Restarts::default();
    for part in parts.iter().rev() {
        // Backwards: what lies after is known first, what it supersedes comes then.
        restarts.pending_starts.extend(part.purged_after);
        let mut section_end = part.items.count();
        let mut starts_end = part.starts.len();
        let from_start = StartMark { at: 0, starts: 0 };
        for mark in part.marks.iter().rev().chain([&from_start]) {
            let purging = part
                .starts
                .get(mark.starts.max(part.idle_starts)..starts_end);
            restarts.pending_starts.extend(purging.unwrap_or_default());
            part.items
                .pieces_back(mark.at, section_end, &mut |piece| restarts.take(&piece));
            section_end = mark.at;
            starts_end = mark.starts;
        }
    }
    restarts.found.into_iter().collect()
}

#[derive(Default)]
struct Restarts {
    found: BTreeSet<i64>,
    /// Step of the first item after.
    after: Option<i64>,
    /// Purging STARTs between this item and the next.
    pending_starts: Vec<i64>,
}

impl Restarts {
    fn take(&mut self, piece: &StepPiece<'_>) {
        match piece.increasing {
            Some((first, last)) => self.take_run(first, last),
            None => {
                for step in (piece.steps)().iter().rev() {
                    self.take_run(*step, *step);
                }
            }
        }
    }

    /// Takes increasing steps of which only the first and the last matter.
    fn take_run(&mut self, first: i64, last: i64) {
        if let Some(after) = self.after
            && after <= last
        {
            self.note(after);
        }
        for start in std::mem::take(&mut self.pending_starts) {
            if start <= last {
                self.note(start);
            }
        }
        self.after = Some(first);
    }

    fn note(&mut self, step: i64) {
        self.found.insert(step);
        if self.found.len() > MAX_RESTARTS {
            self.found.pop_last();
        }
    }
}
