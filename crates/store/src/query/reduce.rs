use std::ops::Range;

use super::axis::Axis;
use crate::{
    Point,
    column::{Chunk, Decoded},
    series::Span,
};

/// The pixel columns of a chart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pixels {
    low: f64,
    high: f64,
    log: bool,
    /// Number of columns; 0: every point is shown.
    count: usize,
    origin: f64,
    per_unit: f64,
}

impl Pixels {
    pub(super) fn new(low: f64, high: f64, count: u32, log: bool) -> Self {
        let mut pixels = Self {
            low,
            high,
            log,
            count: count as usize,
            origin: 0.0,
            per_unit: 0.0,
        };
        pixels.origin = pixels.scaled(low);
        let width = pixels.scaled(high) - pixels.origin;
        if width > 0.0 && width.is_finite() {
            pixels.per_unit = f64::from(count) / width;
        } else if log {
            // The left end is not above 0 and has no logarithm: columns begin at the smallest number instead.
            pixels.origin = f64::MIN_POSITIVE.log10();
            pixels.per_unit = f64::from(count) / (pixels.scaled(high) - pixels.origin);
        }
        pixels
    }

    fn scaled(&self, x: f64) -> f64 {
        if self.log { x.log10() } else { x }
    }

    fn has_place(&self, x: f64) -> bool {
        x.is_finite() && (!self.log || x > 0.0)
    }

    fn contains(&self, x: f64) -> bool {
        self.has_place(x) && x >= self.low && x <= self.high
    }

    fn column(&self, x: f64) -> usize {
        let column = (self.scaled(x) - self.origin) * self.per_unit;
        // Negative and NaN become 0.
        (column as usize).min(self.count.saturating_sub(1))
    }
}

/// A point that is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Picked {
    /// Its number among all points.
    pub(super) seq: usize,
    pub(super) x: f64,
    pub(super) point: Point,
}

/// What is shown of one pixel column.
#[derive(Debug, Clone, Copy, Default)]
struct Column {
    first: Option<Picked>,
    last: Option<Picked>,
    min: Option<Picked>,
    max: Option<Picked>,
    nan: Option<Picked>,
    pos_inf: Option<Picked>,
    neg_inf: Option<Picked>,
}

impl Column {
    fn picked(&self) -> impl Iterator<Item = Picked> {
        let Self {
            first,
            last,
            min,
            max,
            nan,
            pos_inf,
            neg_inf,
        } = *self;
        [first, last, min, max, nan, pos_inf, neg_inf]
            .into_iter()
            .flatten()
    }

    fn add_ends(&mut self, first: Picked, last: Picked) {
        self.first.get_or_insert(first);
        self.last = Some(last);
    }

    fn add_extremes(&mut self, min: Picked, max: Picked) {
        if self
            .min
            .is_none_or(|least| min.point.value < least.point.value)
        {
            self.min = Some(min);
        }
        if self
            .max
            .is_none_or(|most| max.point.value > most.point.value)
        {
            self.max = Some(max);
        }
    }

    /// Adds what is shown of the points after these.
    fn join(&mut self, after: Self) {
        if let (Some(first), Some(last)) = (after.first, after.last) {
            self.add_ends(first, last);
        }
        if let (Some(min), Some(max)) = (after.min, after.max) {
            self.add_extremes(min, max);
        }
        self.nan = self.nan.or(after.nan);
        self.pos_inf = self.pos_inf.or(after.pos_inf);
        self.neg_inf = self.neg_inf.or(after.neg_inf);
    }

    fn slot_of(&mut self, non_finite: f64) -> &mut Option<Picked> {
        if non_finite.is_nan() {
            &mut self.nan
        } else if non_finite > 0.0 {
            &mut self.pos_inf
        } else {
            &mut self.neg_inf
        }
    }
}

/// What [`Reducer`] makes of the points.
pub(super) struct Reduced {
    /// The points that are shown, in order, with the neighbours beyond the range.
    pub(super) picked: Vec<Picked>,
    pub(super) in_range: u64,
    /// Whether not all points in range are shown.
    pub(super) left_out: bool,
    /// Points in range that are NaN, +infinity, -infinity.
    pub(super) non_finite: (u64, u64, u64),
}

/// Reduces points to pixel columns, chunk by chunk.
pub(super) struct Reducer<'c> {
    pixels: Pixels,
    columns: Vec<Column>,
    /// All points in range, where there are no pixel columns.
    all: Vec<Picked>,
    before: Option<Picked>,
    after: Option<Picked>,
    in_range: u64,
    non_finite: (u64, u64, u64),
    decoded: Decoded<'c>,
    xs: Vec<f64>,
}

impl<'c> Reducer<'c> {
    pub(super) fn new(pixels: Pixels) -> Self {
        Self {
            columns: vec![Column::default(); pixels.count],
            pixels,
            all: Vec::new(),
            before: None,
            after: None,
            in_range: 0,
            non_finite: (0, 0, 0),
            decoded: Decoded::default(),
            xs: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, chunk: &'c Chunk, span: &Span, axis: &Axis) {
        let whole = span.len() == chunk.len();
        if whole && let Some((min, max)) = axis.chunk_bounds(chunk) {
            let Pixels { low, high, .. } = self.pixels;
            let summary = chunk.summary();
            let picked = |index: usize, point: Point| Picked {
                seq: span.seq + index,
                x: axis.place(&point, span.seq + index),
                point,
            };
            if max < low || min > high {
                // Where x increases the neighbours of the range are the ends of such a chunk.
                self.beside(picked(0, summary.first));
                self.beside(picked(summary.count - 1, summary.last));
                return;
            }
            let inside =
                self.pixels.contains(min) && self.pixels.contains(max) && self.pixels.count > 0;
            let column = self.pixels.column(min);
            if inside && column == self.pixels.column(max) {
                self.take_summary(chunk, column, picked);
                return;
            }
        }
        self.take_decoded(chunk, span, axis);
    }

    /// Takes a chunk that lies in one pixel column.
    fn take_summary(
        &mut self,
        chunk: &'c Chunk,
        column: usize,
        picked: impl Fn(usize, Point) -> Picked,
    ) {
        let summary = chunk.summary();
        let column = &mut self.columns[column];
        column.add_ends(
            picked(0, summary.first),
            picked(summary.count - 1, summary.last),
        );
        if let Some(extremes) = &summary.extremes {
            let (min, max) = (extremes.min, extremes.max);
            column.add_extremes(picked(min.0, min.1), picked(max.0, max.1));
        }
        self.in_range += summary.count as u64;
        self.after = None;
        if summary.non_finite() == 0 {
            return;
        }
        self.non_finite.0 += summary.nan as u64;
        self.non_finite.1 += summary.pos_inf as u64;
        self.non_finite.2 += summary.neg_inf as u64;
        let news = summary.nan > 0 && column.nan.is_none()
            || summary.pos_inf > 0 && column.pos_inf.is_none()
            || summary.neg_inf > 0 && column.neg_inf.is_none();
        if news {
            self.decoded.turn_to(chunk);
            for (index, value) in self
                .decoded
                .values()
                .iter()
                .enumerate()
                .filter(|(_, value)| !value.is_finite())
            {
                column
                    .slot_of(*value)
                    .get_or_insert_with(|| picked(index, self.decoded.point(index)));
            }
        }
    }

    fn take_decoded(&mut self, chunk: &'c Chunk, span: &Span, axis: &Axis) {
        self.decoded.turn_to(chunk);
        let mut xs = std::mem::take(&mut self.xs);
        axis.fill(&self.decoded, span.range(), span.seq, &mut xs);
        let mut start = 0;
        if xs.iter().all(|x| x.is_finite()) && xs.is_sorted() {
            // Points of one column lie together.
            while let Some(x) = xs.get(start) {
                let rest = &xs[start..];
                let end = start
                    + if self.pixels.contains(*x) {
                        let column = self.pixels.column(*x);
                        let same =
                            |x: &f64| *x <= self.pixels.high && self.pixels.column(*x) == column;
                        rest.partition_point(same)
                    } else {
                        rest.partition_point(|x| {
                            !self.pixels.contains(*x) && *x <= self.pixels.high
                        })
                        .max(1)
                    };
                self.take_stretch(start..end, &xs, span);
                start = end;
            }
        } else {
            for index in 0..xs.len() {
                self.take_stretch(index..index + 1, &xs, span);
            }
        }
        self.xs = xs;
    }

    /// Takes decoded points that all lie in one pixel column, or all beside the range.
    fn take_stretch(&mut self, stretch: Range<usize>, xs: &[f64], span: &Span) {
        let from = span.from as usize;
        let decoded = &self.decoded;
        let picked = |index: usize| Picked {
            seq: span.seq + index,
            x: xs[index],
            point: decoded.point(from + index),
        };
        let (first, last) = (stretch.start, stretch.end - 1);
        if !self.pixels.contains(xs[first]) {
            let (first, last) = (picked(first), picked(last));
            self.beside(first);
            self.beside(last);
            return;
        }
        self.in_range += stretch.len() as u64;
        self.after = None;
        if self.pixels.count == 0 {
            for index in stretch {
                count_non_finite(&mut self.non_finite, decoded.values()[from + index]);
                self.all.push(picked(index));
            }
            return;
        }
        let column = &mut self.columns[self.pixels.column(xs[first])];
        column.add_ends(picked(first), picked(last));
        let (mut min, mut max) = ((usize::MAX, f64::INFINITY), (usize::MAX, f64::NEG_INFINITY));
        for (index, value) in stretch
            .clone()
            .zip(&decoded.values()[from + first..=from + last])
        {
            if value.is_finite() {
                if *value < min.1 {
                    min = (index, *value);
                }
                if *value > max.1 {
                    max = (index, *value);
                }
            } else {
                count_non_finite(&mut self.non_finite, *value);
                column.slot_of(*value).get_or_insert_with(|| picked(index));
            }
        }
        if min.0 != usize::MAX {
            column.add_extremes(picked(min.0), picked(max.0));
        }
    }

    /// A point that is not in range: perhaps the nearest one beside it.
    fn beside(&mut self, picked: Picked) {
        if !self.pixels.has_place(picked.x) {
            return;
        }
        if picked.x < self.pixels.low && self.in_range == 0 {
            self.before = Some(picked);
        }
        if picked.x > self.pixels.high && self.after.is_none() {
            self.after = Some(picked);
        }
    }

    /// Takes over what came of the points after these.
    pub(super) fn join(mut self, after: Self) -> Self {
        for (column, other) in self.columns.iter_mut().zip(after.columns) {
            column.join(other);
        }
        self.all.extend(after.all);
        if self.in_range == 0 {
            self.before = after.before.or(self.before);
        }
        // A neighbour to the right counts only when no point in range comes after it.
        self.after = if after.in_range > 0 {
            after.after
        } else {
            self.after.or(after.after)
        };
        self.in_range += after.in_range;
        self.non_finite.0 += after.non_finite.0;
        self.non_finite.1 += after.non_finite.1;
        self.non_finite.2 += after.non_finite.2;
        self
    }

    pub(super) fn finish(self) -> Reduced {
        let mut picked = self.all;
        picked.extend(self.columns.iter().flat_map(Column::picked));
        picked.sort_unstable_by_key(|picked| picked.seq);
        picked.dedup_by_key(|picked| picked.seq);
        let left_out = (picked.len() as u64) < self.in_range;
        picked.extend(self.before.into_iter().chain(self.after));
        picked.sort_by_key(|picked| picked.seq);
        Reduced {
            picked,
            in_range: self.in_range,
            left_out,
            non_finite: self.non_finite,
        }
    }
}

fn count_non_finite(counts: &mut (u64, u64, u64), value: f64) {
    if value.is_nan() {
        counts.0 += 1;
    } else if value == f64::INFINITY {
        counts.1 += 1;
    } else if value == f64::NEG_INFINITY {
        counts.2 += 1;
    }
}
