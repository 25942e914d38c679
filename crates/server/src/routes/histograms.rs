//! Histograms over steps, and the nine percentiles of TensorBoard's Distributions.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use glassboard_store::histogram::{BASIS_POINTS, Histogram, common_edges};
use glassboard_store::{LocatorEntry, Run, StoredValue};
use serde::Deserialize;
use utoipa::IntoParams;

use super::series::{bounded, find};
use crate::app::App;
use crate::error::Failure;
use crate::extract::Query;
use crate::wire::{self, JsonNumber};

/// Most bins that are asked for.
const MAX_BINS: u32 = 10_000;

/// Most steps in one answer.
const MAX_STEPS: u32 = 10_000;

const DEFAULT_HISTOGRAM_STEPS: u32 = 100;
const DEFAULT_DISTRIBUTION_STEPS: u32 = 500;

/// A histogram series and how fine it is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistogramParams {
    /// Name of the run.
    run: String,
    /// The tag.
    tag: String,
    /// Number of bins common to all steps, at most 10,000; 0 (the default): each step's own buckets.
    #[serde(default)]
    bins: u32,
    /// Largest number of steps, 2 to 10,000.
    #[serde(default)]
    #[param(default = 100)]
    max_steps: Option<u32>,
}

/// Histograms over steps.
#[utoipa::path(
    get,
    path = "/histograms",
    tag = "histograms",
    operation_id = "getHistograms",
    params(HistogramParams),
    responses(
        (status = 200, body = wire::HistogramSeries),
        (status = 400, body = wire::ApiError),
        (status = 404, body = wire::ApiError)
    )
)]
pub(crate) async fn histograms(
    State(app): State<App>,
    Query(wanted): Query<HistogramParams>,
) -> Result<Json<wire::HistogramSeries>, Failure> {
    app.blocking(move |app| {
        let bins = bounded("bins", wanted.bins, 0..=MAX_BINS)?;
        let max_steps = wanted.max_steps.unwrap_or(DEFAULT_HISTOGRAM_STEPS);
        let chosen = Chosen::read(app, &wanted.run, &wanted.tag, max_steps)?;
        let edges = match bins {
            0 => Vec::new(),
            bins => {
                let all: Vec<&Histogram> = chosen.steps.iter().map(|(_, one)| one).collect();
                common_edges(&all, bins as usize)
            }
        };
        let steps = chosen
            .steps
            .into_iter()
            .map(|(entry, histogram)| wire_step(entry, histogram, &edges))
            .collect();
        Ok(Json(wire::HistogramSeries {
            run: chosen.run.id().0,
            tag: wanted.tag,
            steps_total: chosen.total,
            unreadable: chosen.unreadable,
            edges,
            steps,
        }))
    })
    .await
}

fn wire_step(entry: LocatorEntry, histogram: Histogram, edges: &[f64]) -> wire::HistogramStep {
    let step = wire::HistogramStep {
        step: entry.step,
        wall_time_secs: entry.wall_time_secs,
        min: histogram.min.into(),
        max: histogram.max.into(),
        num: histogram.num,
        sum: histogram.sum.into(),
        sum_squares: histogram.sum_squares.into(),
        uncounted: histogram.uncounted(),
        zero_bucket: histogram.zero_bucket(),
        counts: Vec::new(),
        left: Vec::new(),
        right: Vec::new(),
    };
    if edges.is_empty() {
        wire::HistogramStep {
            counts: histogram.counts,
            left: histogram.left,
            right: histogram.right,
            ..step
        }
    } else {
        wire::HistogramStep {
            counts: histogram.rebin(edges),
            ..step
        }
    }
}

/// A histogram series and how many steps of it are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DistributionParams {
    /// Name of the run.
    run: String,
    /// The tag.
    tag: String,
    /// Largest number of steps, 2 to 10,000.
    #[serde(default)]
    #[param(default = 500)]
    max_steps: Option<u32>,
}

/// The nine percentiles of TensorBoard's Distributions over steps.
#[utoipa::path(
    get,
    path = "/distributions",
    tag = "histograms",
    operation_id = "getDistributions",
    params(DistributionParams),
    responses(
        (status = 200, body = wire::DistributionSeries),
        (status = 400, body = wire::ApiError),
        (status = 404, body = wire::ApiError)
    )
)]
pub(crate) async fn distributions(
    State(app): State<App>,
    Query(wanted): Query<DistributionParams>,
) -> Result<Json<wire::DistributionSeries>, Failure> {
    app.blocking(move |app| {
        let max_steps = wanted.max_steps.unwrap_or(DEFAULT_DISTRIBUTION_STEPS);
        let chosen = Chosen::read(app, &wanted.run, &wanted.tag, max_steps)?;
        let mut values = vec![Vec::with_capacity(chosen.steps.len()); BASIS_POINTS.len()];
        for (_, histogram) in &chosen.steps {
            for (column, value) in values.iter_mut().zip(histogram.percentiles()) {
                column.push(JsonNumber::from(value));
            }
        }
        let entries = chosen.steps.iter().map(|(entry, _)| entry);
        Ok(Json(wire::DistributionSeries {
            run: chosen.run.id().0,
            tag: wanted.tag,
            steps_total: chosen.total,
            unreadable: chosen.unreadable,
            basis_points: BASIS_POINTS.to_vec(),
            step: entries.clone().map(|entry| entry.step).collect(),
            wall_time_secs: entries.map(|entry| entry.wall_time_secs).collect(),
            values,
        }))
    })
    .await
}

/// The histograms of an answer, read from their files.
struct Chosen {
    run: Arc<Run>,
    /// Live steps of the whole series.
    total: u64,
    /// Of the steps chosen, those whose record holds no histogram that can be read.
    unreadable: u64,
    steps: Vec<(LocatorEntry, Histogram)>,
}

impl Chosen {
    fn read(app: &App, run: &str, tag: &str, max_steps: u32) -> Result<Self, Failure> {
        let max_steps = bounded("max_steps", max_steps, 2..=MAX_STEPS)?;
        let (run, series) = find(app, "histograms", run, tag)?;
        let live: Vec<&LocatorEntry> = series.live().collect();
        let mut steps = Vec::new();
        let mut unreadable = 0;
        for index in evenly(live.len(), max_steps as usize) {
            let Some(&entry) = live.get(index) else {
                continue;
            };
            match read_histogram(app, entry) {
                Some(histogram) => steps.push((*entry, histogram)),
                None => unreadable += 1,
            }
        }
        Ok(Self {
            run,
            total: live.len() as u64,
            unreadable,
            steps,
        })
    }
}

fn read_histogram(app: &App, entry: &LocatorEntry) -> Option<Histogram> {
    match app.store.read_value(&entry.locator).ok()? {
        StoredValue::Summary(value) => Histogram::from_value(&value).ok(),
        _ => None,
    }
}

/// At most `most` of the indices below `len`, evenly spread, first and last included.
fn evenly(len: usize, most: usize) -> impl Iterator<Item = usize> {
    let count = len.min(most);
    (0..count).map(move |i| {
        if count < 2 {
            i
        } else {
            // Rounded to the nearest.
            (2 * i * (len - 1) + (count - 1)) / (2 * (count - 1))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::evenly;

    #[test]
    fn chooses_evenly_with_both_ends() {
        let chosen = |len, most| evenly(len, most).collect::<Vec<_>>();
        assert_eq!(chosen(0, 5), [0; 0]);
        assert_eq!(chosen(1, 5), [0]);
        assert_eq!(chosen(4, 5), [0, 1, 2, 3]);
        assert_eq!(chosen(10, 4), [0, 3, 6, 9]);
        assert_eq!(chosen(1001, 2), [0, 1000]);
        let many = chosen(1000, 300);
        assert_eq!((many.len(), many[0], many[299]), (300, 0, 999));
        assert!(many.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
