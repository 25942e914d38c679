use std::ops::Range;

use crate::{
    Point, ScalarSeries, XAxis,
    column::{Chunk, Decoded},
    series::Span,
};

/// The horizontal axis of some points of a series, ready to place them.
pub(crate) enum Axis {
    Step,
    /// Wall time less the origin.
    Wall {
        origin: f64,
    },
    /// The place of each point, by its number; NaN for none.
    Listed(Vec<f64>),
}

impl Axis {
    /// The axis of the live points of `series`.
    pub(crate) fn new(series: &ScalarSeries, x: &XAxis) -> Self {
        Self::of_spans(series, x, &series.live().spans)
    }

    /// The axis of the points in `spans`.
    pub(super) fn of_spans(series: &ScalarSeries, x: &XAxis, spans: &[Span]) -> Self {
        match x {
            XAxis::Step => Self::Step,
            XAxis::Wall => Self::Wall { origin: 0.0 },
            XAxis::Relative => Self::Wall {
                origin: series.first().map_or(0.0, |point| point.wall_time_secs),
            },
            XAxis::Tag(other) => Self::Listed(carried_forward(series, other, spans)),
        }
    }

    /// The places of the points `range` of a decoded chunk, the first of which is number `seq`.
    pub(super) fn fill(
        &self,
        decoded: &Decoded<'_>,
        range: Range<usize>,
        seq: usize,
        xs: &mut Vec<f64>,
    ) {
        xs.clear();
        match self {
            Self::Step => xs.extend(decoded.steps()[range].iter().map(|step| *step as f64)),
            Self::Wall { origin } => xs.extend(decoded.walls(range).map(|wall| wall - origin)),
            Self::Listed(listed) => xs.extend_from_slice(&listed[seq..seq + range.len()]),
        }
    }

    /// The place of one point, which is number `seq`.
    pub(super) fn place(&self, point: &Point, seq: usize) -> f64 {
        match self {
            Self::Step => point.step as f64,
            Self::Wall { origin } => point.wall_time_secs - origin,
            Self::Listed(listed) => listed[seq],
        }
    }

    /// Between which places all points of a chunk lie, as far as that is known without decoding it.
    pub(super) fn chunk_bounds(&self, chunk: &Chunk) -> Option<(f64, f64)> {
        let summary = chunk.summary();
        match self {
            Self::Step => summary
                .increasing
                .then_some((summary.first.step as f64, summary.last.step as f64)),
            Self::Wall { origin } => {
                let (min, max) = summary.wall_range;
                (!min.is_nan()).then_some((min - origin, max - origin))
            }
            Self::Listed(_) => None,
        }
    }

    /// The smallest and the largest place there is; on a logarithmic axis of those above 0.
    pub(super) fn extent(
        &self,
        series: &ScalarSeries,
        spans: &[Span],
        log: bool,
    ) -> Option<(f64, f64)> {
        let mut extent: Option<(f64, f64)> = None;
        let mut add = |x: f64| {
            if x.is_finite() && (!log || x > 0.0) {
                let (min, max) = extent.unwrap_or((x, x));
                extent = Some((min.min(x), max.max(x)));
            }
        };
        if let Self::Listed(listed) = self {
            listed.iter().copied().for_each(add);
            return extent;
        }
        let mut decoded = Decoded::default();
        let mut xs = Vec::new();
        for span in spans {
            let chunk = series.chunk(span);
            match self.chunk_bounds(chunk) {
                Some((min, max)) if span.len() == chunk.len() && (!log || min > 0.0) => {
                    add(min);
                    add(max);
                }
                _ => {
                    decoded.turn_to(chunk);
                    self.fill(&decoded, span.range(), span.seq, &mut xs);
                    xs.iter().copied().for_each(&mut add);
                }
            }
        }
        extent
    }
}

/// For each point in `spans` the value of the last live point of `other` at or before its step.
fn carried_forward(series: &ScalarSeries, other: &ScalarSeries, spans: &[Span]) -> Vec<f64> {
    let mut decoded = Decoded::default();
    let mut xs = Vec::with_capacity(spans.iter().map(Span::len).sum());
    let mut others = other.points().peekable();
    let mut value = f64::NAN;
    for span in spans {
        decoded.turn_to(series.chunk(span));
        for step in &decoded.steps()[span.range()] {
            while let Some(point) = others.next_if(|point| point.step <= *step) {
                value = point.value;
            }
            xs.push(value);
        }
    }
    xs
}
