//! What a chart shows of a series: every point, or per pixel column those that make the same picture.

mod axis;
mod reduce;
mod smoothed;

use rayon::prelude::*;

use self::reduce::{Picked, Pixels, Reducer};
pub(crate) use self::{axis::Axis, smoothed::smoothed_at};
use crate::{ScalarSeries, StoreError, series::Span, smooth::Smoothing};

/// Widest chart that can be asked for, in pixels.
const MAX_PIXELS: u32 = 100_000;

/// From this many chunks on it pays to reduce them on all cores.
const PARALLEL_SPANS: usize = 256;

/// Discarded branches that are returned when reduced to pixels; of more, the longest ones.
const MAX_BRANCHES: usize = 1_000;

/// What a chart wants to know of a series.
#[derive(Debug, Clone, Default)]
pub struct ScalarRequest {
    /// Horizontal axis.
    pub x: XAxis,
    /// Left end of the visible range in units of `x`; `None`: from the first point.
    pub x_min: Option<f64>,
    /// Right end of the visible range; `None`: to the last point.
    pub x_max: Option<f64>,
    /// Width of the chart in pixels; 0: every point.
    pub pixels: u32,
    /// Whether pixel columns are equal steps in `log10(x)`; points whose x is not positive have no place then.
    pub x_log: bool,
    /// Smoothing over all live points.
    pub smoothing: Option<Smoothing>,
    /// Whether discarded branches are returned too.
    pub superseded: bool,
}

/// The horizontal axis.
#[derive(Debug, Clone, Default)]
pub enum XAxis {
    /// The step.
    #[default]
    Step,
    /// Seconds since the first live point of the same series.
    Relative,
    /// Wall time in seconds since the Unix epoch.
    Wall,
    /// The value of another scalar of the same run, carried forward from its last live point at or before
    /// each step; points before its first one have no place.
    Tag(ScalarSeries),
}

/// What a chart shows of a series.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScalarAnswer {
    /// Live points of the whole series.
    pub points_total: u64,
    /// Live points within the range.
    pub points_in_range: u64,
    /// Superseded points of the whole series.
    pub superseded_total: u64,
    /// Whether points in range were left out because they share a pixel column.
    pub reduced: bool,
    /// Live points in range whose value is NaN.
    pub nan: u64,
    /// Live points in range whose value is +infinity.
    pub pos_inf: u64,
    /// Live points in range whose value is -infinity.
    pub neg_inf: u64,
    /// Smallest x of the whole live series.
    pub x_first: Option<f64>,
    /// Largest x of the whole live series.
    pub x_last: Option<f64>,
    /// Steps at which writing started anew and older points were superseded or purged; increasing, at most 1,000.
    pub restarts: Vec<i64>,
    /// The live points in order. In each pixel column: the first, the last, the smallest, the largest and the
    /// first of each kind that is not finite. Beyond either end of the range: the nearest point, so that a line
    /// reaches the edges of the chart.
    pub live: Columns,
    /// Discarded branches, each of consecutive superseded points with increasing steps, reduced in the same way.
    pub superseded: Vec<Columns>,
}

/// Points as columns of equal length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Columns {
    /// Place on the horizontal axis.
    pub x: Vec<f64>,
    /// Step.
    pub step: Vec<i64>,
    /// Wall time in seconds since the Unix epoch.
    pub wall_time_secs: Vec<f64>,
    /// Value as logged.
    pub value: Vec<f64>,
    /// Smoothed value, when smoothing was asked for.
    pub smoothed: Option<Vec<f64>>,
}

impl ScalarSeries {
    /// What a chart shows of this series.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`] for a parameter that is impossible: a range that ends before it begins or is
    /// not finite, too many pixels, a smoothing parameter.
    pub fn query(&self, request: &ScalarRequest) -> Result<ScalarAnswer, StoreError> {
        request.check()?;
        let axis = Axis::new(self, &request.x);
        let live = self.live();
        let extent = axis.extent(self, &live.spans, request.x_log);
        let mut answer = ScalarAnswer {
            points_total: live.len as u64,
            superseded_total: self.superseded_len(),
            restarts: self.restarts(),
            x_first: extent.map(|(first, _)| first),
            x_last: extent.map(|(_, last)| last),
            ..ScalarAnswer::default()
        };
        let range = |extent: Option<(f64, f64)>| {
            let (first, last) = extent.unwrap_or((0.0, 0.0));
            (
                request.x_min.unwrap_or(first),
                request.x_max.unwrap_or(last),
            )
        };
        let (low, high) = range(extent);
        let pixels = Pixels::new(low, high, request.pixels, request.x_log);
        let reduced = reduce(self, &axis, &live.spans, pixels);
        answer.points_in_range = reduced.in_range;
        answer.reduced = reduced.left_out;
        (answer.nan, answer.pos_inf, answer.neg_inf) = reduced.non_finite;
        answer.live = columns(&reduced.picked);
        if let Some(smoothing) = request.smoothing {
            let seqs: Vec<usize> = reduced.picked.iter().map(|picked| picked.seq).collect();
            answer.live.smoothed = Some(smoothed_at(self, &axis, smoothing, high - low, &seqs));
        }
        if request.superseded && answer.superseded_total > 0 {
            answer.superseded = self.branches(request, range);
        }
        Ok(answer)
    }

    fn branches(
        &self,
        request: &ScalarRequest,
        range: impl Fn(Option<(f64, f64)>) -> (f64, f64),
    ) -> Vec<Columns> {
        let mut branches = self.superseded();
        let len = |branch: &[Span]| branch.iter().map(Span::len).sum::<usize>();
        if request.pixels > 0 && branches.len() > MAX_BRANCHES {
            let mut lengths: Vec<usize> = branches.iter().map(|branch| len(branch)).collect();
            let (_, &mut shortest, _) =
                lengths.select_nth_unstable_by(MAX_BRANCHES - 1, |a, b| b.cmp(a));
            branches.retain(|branch| len(branch) >= shortest);
            branches.truncate(MAX_BRANCHES);
        }
        let columns = branches.iter().map(|spans| {
            let axis = Axis::of_spans(self, &request.x, spans);
            // Without a range a branch is shown whole: it may reach beyond the live points.
            let (low, high) = range(axis.extent(self, spans, request.x_log));
            let pixels = Pixels::new(low, high, request.pixels, request.x_log);
            columns(&reduce(self, &axis, spans, pixels).picked)
        });
        columns.filter(|columns| !columns.x.is_empty()).collect()
    }
}

impl ScalarRequest {
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let out_of_range = |parameter, expected, got: String| {
            Err(StoreError::OutOfRange {
                parameter,
                expected,
                got,
            })
        };
        for (parameter, bound) in [("x_min", self.x_min), ("x_max", self.x_max)] {
            if let Some(bound) = bound.filter(|bound| !bound.is_finite()) {
                return out_of_range(parameter, "a finite number", bound.to_string());
            }
        }
        if let (Some(low), Some(high)) = (self.x_min, self.x_max)
            && low > high
        {
            return out_of_range(
                "x_max",
                "a number not below x_min",
                format!("{high} below {low}"),
            );
        }
        if self.pixels > MAX_PIXELS {
            return out_of_range("pixels", "at most 100000", self.pixels.to_string());
        }
        self.smoothing.as_ref().map_or(Ok(()), Smoothing::check)
    }
}

fn reduce(series: &ScalarSeries, axis: &Axis, spans: &[Span], pixels: Pixels) -> reduce::Reduced {
    let part = |spans: &[Span]| {
        let mut reducer = Reducer::new(pixels);
        for span in spans {
            reducer.take(series.chunk(span), span, axis);
        }
        reducer
    };
    if spans.len() < PARALLEL_SPANS {
        return part(spans).finish();
    }
    let parts = spans
        .par_chunks(spans.len().div_ceil(rayon::current_num_threads()))
        .map(part);
    let whole = parts
        .reduce_with(Reducer::join)
        .unwrap_or_else(|| Reducer::new(pixels));
    whole.finish()
}

fn columns(picked: &[Picked]) -> Columns {
    Columns {
        x: picked.iter().map(|picked| picked.x).collect(),
        step: picked.iter().map(|picked| picked.point.step).collect(),
        wall_time_secs: picked
            .iter()
            .map(|picked| picked.point.wall_time_secs)
            .collect(),
        value: picked.iter().map(|picked| picked.point.value).collect(),
        smoothed: None,
    }
}
