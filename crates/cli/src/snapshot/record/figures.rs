//! Numbers over steps: scalars, hyperparameters, curves, histograms.

use std::collections::BTreeSet;

use anyhow::Result;
use glassboard_server::COLUMNS_CONTENT_TYPE;
use glassboard_server::wire::{CurveList, HistogramSeries, Hparams, ScalarHeader, ScalarStatsList};
use serde_json::{Value, json};

use super::super::choice::Dashboard;
use super::ask::{header_of, key2, query};
use super::{Recorder, Series, Tally};

/// Steps of histograms that the page asks for: ridges, ridges at full size, a heat map.
const HISTOGRAM_STEPS: [u64; 3] = [51, 100, 400];

/// Bins that the page asks for unless told otherwise.
const HISTOGRAM_BINS: u64 = 30;

/// Most metrics that are asked for at once.
const MAX_METRICS: usize = 100;

impl Recorder<'_> {
    pub(super) async fn scalars(&mut self, all: &[Series]) -> Result<()> {
        let levels: Vec<Value> = if self.choice.weights.is_empty() {
            vec![Value::Null]
        } else {
            let weights = self.choice.weights.iter();
            weights
                .map(|weight| json!({"method": "exponential", "weight": weight}))
                .collect()
        };
        let pixels = self.choice.points.div_ceil(4);
        let mut tally = Tally::default();
        for series in all {
            self.step(series);
            let mut kept = true;
            for (level, smoothing) in levels.iter().enumerate() {
                let named = json!([{"run": series.run, "tag": series.tag}]);
                let query = json!({
                    "series": named, "pixels": pixels, "smoothing": smoothing, "superseded": true,
                });
                let Some(answer) = self.post("scalars", &query, COLUMNS_CONTENT_TYPE).await? else {
                    kept = false;
                    break;
                };
                if level == 0
                    && header_of::<ScalarHeader>(&answer.body)
                        .is_some_and(|header| header.series.iter().any(|one| one.reduced))
                {
                    self.reduced_series += 1;
                }
                let place = [
                    json!("scalars"),
                    json!(series.run),
                    json!(series.tag),
                    json!(level),
                ];
                kept &= self.add(&place, &answer)?;
                let query = json!({"series": named, "smoothing": smoothing});
                let Some(answer) = self.post("scalars/stats", &query, "*/*").await? else {
                    break;
                };
                let list: ScalarStatsList = serde_json::from_slice(&answer.body)?;
                if let Some(stats) = list.series.first() {
                    let place = [
                        json!("stats"),
                        json!(series.run),
                        json!(series.tag),
                        json!(level),
                    ];
                    kept &= self.add_json(&place, stats)?;
                }
            }
            tally.add(kept);
        }
        self.tally(Dashboard::Timeseries, tally);
        Ok(())
    }

    pub(super) async fn hparams(&mut self) -> Result<()> {
        let choice = self.choice;
        let Some(answer) = self.post("hparams", &json!({}), "*/*").await? else {
            return Ok(());
        };
        let mut shown: Hparams = serde_json::from_slice(&answer.body)?;
        choice.narrow_hparams(&mut shown);
        let mut tally = Tally::default();
        tally.add(self.add_json(&key2("hparams", "shown"), &shown)?);
        shown.tags.truncate(MAX_METRICS);
        let query = json!({"metrics": shown.tags});
        if let Some(answer) = self.post("hparams", &query, "*/*").await? {
            let mut all: Hparams = serde_json::from_slice(&answer.body)?;
            choice.narrow_hparams(&mut all);
            // What cannot be had is not offered.
            all.tags.truncate(MAX_METRICS);
            tally.add(self.add_json(&key2("hparams", "all"), &all)?);
        }
        self.tally(Dashboard::Hparams, tally);
        Ok(())
    }

    pub(super) async fn curves(&mut self, plugins: &[(&str, Vec<Series>); 2]) -> Result<()> {
        let mut tally = Tally::default();
        let mut older = Vec::new();
        let place = |plugin: &str, series: &Series, step: Option<i64>| {
            [
                json!("curves"),
                json!(series.run),
                json!(plugin),
                json!(series.tag),
                json!(step),
            ]
        };
        let query = |plugin: &str, series: &Series, step: Option<i64>| {
            json!({
                "series": [{"run": series.run, "plugin": plugin, "tag": series.tag}],
                "step": step, "superseded": true,
            })
        };
        for (plugin, all) in plugins {
            for series in all {
                self.step(series);
                let asked = query(plugin, series, None);
                let Some(answer) = self.post("curves", &asked, "*/*").await? else {
                    continue;
                };
                tally.add(self.add(&place(plugin, series, None), &answer)?);
                let list: CurveList = serde_json::from_slice(&answer.body)?;
                let steps = list.series.first().map(|one| one.steps.as_slice());
                let steps: BTreeSet<i64> = steps.unwrap_or_default().iter().copied().collect();
                older.push((*plugin, series, steps));
            }
        }
        // Of each series the newest step that is left, until there is none.
        while older.iter().any(|(_, _, steps)| !steps.is_empty()) {
            for (plugin, series, steps) in &mut older {
                let Some(step) = steps.pop_last() else {
                    continue;
                };
                let asked = query(plugin, series, Some(step));
                if let Some(answer) = self.post("curves", &asked, "*/*").await? {
                    tally.add(self.add(&place(plugin, series, Some(step)), &answer)?);
                }
            }
        }
        self.tally(Dashboard::Curves, tally);
        Ok(())
    }

    pub(super) async fn histograms(&mut self, all: &[Series]) -> Result<()> {
        let (mut histograms, mut distributions) = (Tally::default(), Tally::default());
        for series in all {
            self.step(series);
            let (run, tag) = (series.run_name.as_str(), series.tag.as_str());
            if self.choice.has(Dashboard::Histograms) {
                for steps in HISTOGRAM_STEPS {
                    let asked = query(&[
                        ("run", run),
                        ("tag", tag),
                        ("bins", &HISTOGRAM_BINS.to_string()),
                        ("max_steps", &steps.to_string()),
                    ]);
                    let Some(answer) = self.get(&format!("histograms?{asked}")).await? else {
                        break;
                    };
                    let place = [
                        json!("histograms"),
                        json!(run),
                        json!(tag),
                        json!(HISTOGRAM_BINS),
                        json!(steps),
                    ];
                    histograms.add(self.add(&place, &answer)?);
                    let read: HistogramSeries = serde_json::from_slice(&answer.body)?;
                    if read.steps_total <= steps {
                        break;
                    }
                }
            }
            if self.choice.has(Dashboard::Distributions) {
                let pairs = [("run", run), ("tag", tag)];
                if let Some(kept) = self.exactly("distributions", &pairs).await? {
                    distributions.add(kept);
                }
            }
        }
        self.tally(Dashboard::Histograms, histograms);
        self.tally(Dashboard::Distributions, distributions);
        Ok(())
    }
}
