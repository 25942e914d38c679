use super::axis::Axis;
use crate::{
    ScalarSeries,
    column::Decoded,
    series::{CheckpointKey, Span},
    smooth::{Average, Kernel, RunningMeans, Smoothing, running_mean_at},
};

/// Sums of all points before each cost about as much as adding so many values a point.
const SUMS_COST: usize = 16;

/// Smoothed values at the live points number `seqs` (increasing), computed over all live points.
///
/// `x_range`: length of the visible range, for the time-weighted method.
pub(crate) fn smoothed_at(
    series: &ScalarSeries,
    axis: &Axis,
    smoothing: Smoothing,
    x_range: f64,
    seqs: &[usize],
) -> Vec<f64> {
    if is_constant(series) {
        return values_at(series, seqs);
    }
    match smoothing {
        Smoothing::Exponential { weight } => averages_at(
            series,
            axis,
            Average::exponential(weight),
            Some(key(weight, None)),
            seqs,
        ),
        Smoothing::TimeWeighted { weight } => {
            let axis_kind = match axis {
                Axis::Step => Some(0),
                Axis::Wall { .. } => Some(1),
                Axis::Listed(_) => None,
            };
            let key = axis_kind.map(|kind| key(weight, Some((kind, x_range.to_bits()))));
            averages_at(
                series,
                axis,
                Average::time_weighted(weight, x_range),
                key,
                seqs,
            )
        }
        Smoothing::Gaussian { sigma } => {
            let kernel = Kernel::gaussian(sigma);
            let values = all_values(series);
            seqs.iter().map(|seq| kernel.at(&values, *seq)).collect()
        }
        Smoothing::RunningMean { window } => {
            let values = all_values(series);
            if (window as usize).saturating_mul(seqs.len())
                <= values.len().saturating_mul(SUMS_COST)
            {
                return seqs
                    .iter()
                    .map(|seq| running_mean_at(&values, window, *seq))
                    .collect();
            }
            let means = RunningMeans::new(&values, window);
            seqs.iter().map(|seq| means.at(*seq)).collect()
        }
    }
}

fn key(weight: f64, x: Option<(u8, u64)>) -> CheckpointKey {
    CheckpointKey {
        weight: weight.to_bits(),
        x,
    }
}

/// Whether all live values are the same, as the summaries say; a partly live chunk counts with all its points.
fn is_constant(series: &ScalarSeries) -> bool {
    let Some(first) = series.first() else {
        return true;
    };
    let mut decoded = Decoded::default();
    series.live().spans.iter().all(|span| {
        let chunk = series.chunk(span);
        let summary = chunk.summary();
        if span.len() == summary.count
            && let Some(extremes) = &summary.extremes
            && summary.non_finite() == 0
        {
            return extremes.min.1.value == first.value && extremes.max.1.value == first.value;
        }
        decoded.turn_to(chunk);
        decoded.values()[span.range()]
            .iter()
            .all(|value| *value == first.value)
    })
}

fn all_values(series: &ScalarSeries) -> Vec<f64> {
    let live = series.live();
    let mut decoded = Decoded::default();
    let mut values = Vec::with_capacity(live.len);
    for span in &live.spans {
        decoded.turn_to(series.chunk(span));
        values.extend_from_slice(&decoded.values()[span.range()]);
    }
    values
}

/// For each span with points asked for, calls `each` with the span and those points' numbers.
fn by_span(spans: &[Span], seqs: &[usize], mut each: impl FnMut(usize, &Span, &[usize])) {
    let mut rest = seqs;
    while let Some(first) = rest.first() {
        let index = spans
            .partition_point(|span| span.seq <= *first)
            .saturating_sub(1);
        let Some(span) = spans.get(index) else { return };
        let inside = rest.partition_point(|seq| *seq < span.seq + span.len());
        if inside == 0 {
            return;
        }
        let (these, others) = rest.split_at(inside);
        each(index, span, these);
        rest = others;
    }
}

fn values_at(series: &ScalarSeries, seqs: &[usize]) -> Vec<f64> {
    let mut decoded = Decoded::default();
    let mut values = Vec::with_capacity(seqs.len());
    by_span(&series.live().spans, seqs, |_, span, seqs| {
        decoded.turn_to(series.chunk(span));
        let live = &decoded.values()[span.range()];
        values.extend(seqs.iter().map(|seq| live[seq - span.seq]));
    });
    values
}

/// Runs `start` over all live points once to know where it stands before each span, and then through the
/// spans with points asked for.
fn averages_at(
    series: &ScalarSeries,
    axis: &Axis,
    start: Average,
    key: Option<CheckpointKey>,
    seqs: &[usize],
) -> Vec<f64> {
    let spans = &series.live().spans;
    let mut decoded = Decoded::default();
    let mut xs = Vec::new();
    let make = || {
        let (mut decoded, mut xs) = (Decoded::default(), Vec::new());
        let mut average = start;
        let mut checkpoints = Vec::with_capacity(spans.len());
        for span in spans {
            checkpoints.push(average);
            decoded.turn_to(series.chunk(span));
            axis.fill(&decoded, span.range(), span.seq, &mut xs);
            for (x, value) in xs.iter().zip(&decoded.values()[span.range()]) {
                average.push(*x, *value);
            }
        }
        checkpoints
    };
    let checkpoints = match key {
        Some(key) => series.checkpoints(key, make),
        None => make().into(),
    };
    let mut smoothed = Vec::with_capacity(seqs.len());
    by_span(spans, seqs, |index, span, seqs| {
        decoded.turn_to(series.chunk(span));
        axis.fill(&decoded, span.range(), span.seq, &mut xs);
        let mut average = checkpoints[index];
        let mut wanted = seqs.iter().map(|seq| seq - span.seq).peekable();
        for (at, (x, value)) in xs.iter().zip(&decoded.values()[span.range()]).enumerate() {
            let value = average.push(*x, *value);
            if wanted.next_if_eq(&at).is_some() {
                smoothed.push(value);
            }
            if wanted.peek().is_none() {
                break;
            }
        }
    });
    smoothed
}
