use crate::{
    Point, ScalarSeries, StoreError, XAxis,
    column::Decoded,
    query::{Axis, smoothed_at},
    series::Span,
    smooth::Smoothing,
};

/// Exact figures of a series over a range of steps.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScalarStats {
    /// Live points in range.
    pub count: u64,
    /// Of these, not finite; the figures below but `first` and `last` leave them out.
    pub non_finite: u64,
    /// The point of the smallest value, the first of equal ones.
    pub min: Option<Point>,
    /// The point of the largest value, the first of equal ones.
    pub max: Option<Point>,
    /// Arithmetic mean.
    pub mean: Option<f64>,
    /// First point in range.
    pub first: Option<Point>,
    /// Last point in range; where the range is a single step, the point nearest to it.
    pub last: Option<Point>,
    /// Smoothed value at `first`.
    pub first_smoothed: Option<f64>,
    /// Smoothed value at `last`.
    pub last_smoothed: Option<f64>,
}

/// A live point and its place among them.
type Placed = (usize, Point);

#[derive(Default)]
struct Figures {
    count: u64,
    non_finite: u64,
    min: Option<Point>,
    max: Option<Point>,
    mean: f64,
    first: Option<Placed>,
    last: Option<Placed>,
}

impl Figures {
    /// Takes `finite` more values of mean `mean`.
    fn add_mean(&mut self, finite: u64, mean: f64) {
        let before = self.count - self.non_finite;
        if finite > 0 {
            let all = (before + finite) as f64;
            self.mean = self.mean * (before as f64 / all) + mean * (finite as f64 / all);
        }
    }

    fn add_extremes(&mut self, min: Point, max: Point) {
        if self.min.is_none_or(|least| min.value < least.value) {
            self.min = Some(min);
        }
        if self.max.is_none_or(|most| max.value > most.value) {
            self.max = Some(max);
        }
    }

    fn add_point(&mut self, seq: usize, point: Point) {
        if point.value.is_finite() {
            self.add_mean(1, point.value);
            self.add_extremes(point, point);
        } else {
            self.non_finite += 1;
        }
        self.count += 1;
        self.first.get_or_insert((seq, point));
        self.last = Some((seq, point));
    }
}

impl ScalarSeries {
    /// Figures over the live points with `step_min <= step <= step_max`; without a bound, to that end.
    ///
    /// Smoothed values are those of the whole series over the steps, not of the range alone.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`] when the parameter of `smoothing` is impossible.
    pub fn stats(
        &self,
        step_min: Option<i64>,
        step_max: Option<i64>,
        smoothing: Option<Smoothing>,
    ) -> Result<ScalarStats, StoreError> {
        smoothing.as_ref().map_or(Ok(()), Smoothing::check)?;
        let (low, high) = (step_min.unwrap_or(i64::MIN), step_max.unwrap_or(i64::MAX));
        let mut figures = self.figures(low, high);
        if low == high {
            figures.last = self.nearest(low);
        }
        let mut stats = ScalarStats {
            count: figures.count,
            non_finite: figures.non_finite,
            min: figures.min,
            max: figures.max,
            mean: (figures.count > figures.non_finite).then_some(figures.mean),
            first: figures.first.map(|(_, point)| point),
            last: figures.last.map(|(_, point)| point),
            ..ScalarStats::default()
        };
        if let (Some(smoothing), Some((last, _))) = (smoothing, figures.last) {
            let first = figures.first.map_or(last, |(first, _)| first);
            let axis = Axis::new(self, &XAxis::Step);
            let x_range = self
                .first()
                .zip(self.last())
                .map_or(0.0, |(first, last)| last.step as f64 - first.step as f64);
            let mut seqs = vec![first.min(last), first.max(last)];
            seqs.dedup();
            let smoothed = smoothed_at(self, &axis, smoothing, x_range, &seqs);
            let of = |seq: usize| {
                seqs.iter()
                    .position(|other| *other == seq)
                    .and_then(|at| smoothed.get(at).copied())
            };
            stats.first_smoothed = figures.first.and_then(|(seq, _)| of(seq));
            stats.last_smoothed = of(last);
        }
        Ok(stats)
    }

    fn figures(&self, low: i64, high: i64) -> Figures {
        let mut figures = Figures::default();
        let mut decoded = Decoded::default();
        for span in &self.live().spans {
            let chunk = self.chunk(span);
            let summary = chunk.summary();
            if span.len() == summary.count && summary.first.step >= low && summary.last.step <= high
            {
                figures.add_mean(summary.finite() as u64, summary.mean);
                if let Some(extremes) = &summary.extremes {
                    figures.add_extremes(extremes.min.1, extremes.max.1);
                }
                figures.count += summary.count as u64;
                figures.non_finite += summary.non_finite() as u64;
                figures.first.get_or_insert((span.seq, summary.first));
                figures.last = Some((span.seq + summary.count - 1, summary.last));
                continue;
            }
            if summary.increasing && (summary.last.step < low || summary.first.step > high) {
                continue;
            }
            decoded.turn_to(chunk);
            for index in span.range() {
                let point = decoded.point(index);
                if (low..=high).contains(&point.step) {
                    figures.add_point(span.seq + index - span.from as usize, point);
                }
            }
        }
        figures
    }

    /// The live point whose step is nearest to `step`; the earlier one of two that are equally near.
    fn nearest(&self, step: i64) -> Option<Placed> {
        let spans = &self.live().spans;
        let mut nearest: Option<Placed> = None;
        // Steps increase from span to span: only the last span that begins at or before the step and the one after matter.
        let first_step = |span: &Span| match (self.chunk(span), span.from as usize) {
            (chunk, 0) => chunk.summary().first.step,
            (chunk, from) => chunk.steps()[from],
        };
        let after = spans.partition_point(|span| first_step(span) <= step);
        for span in &spans[after.saturating_sub(1)..spans.len().min(after + 1)] {
            let decoded = Decoded::of(self.chunk(span));
            for index in span.range() {
                let point = decoded.point(index);
                let closer =
                    |(_, best): &Placed| point.step.abs_diff(step) < best.step.abs_diff(step);
                if nearest.as_ref().is_none_or(closer) {
                    nearest = Some((span.seq + index - span.from as usize, point));
                }
            }
        }
        nearest
    }
}
