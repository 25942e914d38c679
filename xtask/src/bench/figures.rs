//! The figures that the programs measured print, and what is computed from them.

use anyhow::Context;
use serde_json::Value;

/// Everything that is reported.
pub(super) struct Bench {
    pub(super) repeats: usize,
    pub(super) images_gb: u32,
    pub(super) add_scalar_per_sec: f64,
    pub(super) torch: PeerWrite,
    pub(super) tensorboardx: PeerWrite,
    pub(super) long: Loaded,
    pub(super) many: Loaded,
    pub(super) few_pictures: Check,
    pub(super) many_pictures: Check,
    pub(super) series: Series,
    pub(super) browser: Browser,
    pub(super) python: Vec<Paired>,
    /// By the kind of the model file.
    pub(super) summaries: Vec<(String, Vec<ModelSummary>)>,
}

/// One `glassboard summary`, the whole process.
pub(super) struct ModelSummary {
    pub(super) secs: f64,
    pub(super) peak_rss_bytes: f64,
}

/// A call of the Python package beside the same call of its peer, timed in turn by one script.
pub(super) struct Paired {
    pub(super) name: String,
    /// How many times the peer's speed it is to have.
    pub(super) goal: f64,
    pub(super) ours_us: f64,
    pub(super) peer_us: f64,
}

/// A peer's `add_scalar`.
pub(super) struct PeerWrite {
    pub(super) microseconds: f64,
}

/// One log directory loaded several times.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) peer: Vec<PeerLoads>,
    pub(super) ours: Vec<Check>,
}

/// One load by TensorBoard's data server, with and without verified checksums.
pub(super) struct PeerLoads {
    pub(super) checksum_secs: f64,
    pub(super) no_checksum_secs: f64,
    pub(super) peak_rss_bytes: f64,
}

/// One `glassboard check`.
pub(super) struct Check {
    pub(super) secs: f64,
    pub(super) points: f64,
    pub(super) bytes_read: f64,
    pub(super) memory_bytes: f64,
    pub(super) peak_rss_bytes: f64,
}

/// Requests for series: each time in milliseconds.
pub(super) struct Series {
    pub(super) points: f64,
    pub(super) all_ms: Vec<f64>,
    pub(super) one_ms: Vec<f64>,
    pub(super) zoomed_ms: Vec<f64>,
    pub(super) all_bytes: f64,
}

/// What a browser saw.
pub(super) struct Browser {
    pub(super) first_chart_ms: Vec<f64>,
    pub(super) script_gzip_bytes: f64,
    pub(super) version: String,
}

impl Paired {
    /// The figures that a script prints.
    pub(super) fn parse_all(json: &str) -> anyhow::Result<Vec<Self>> {
        let value: Value = serde_json::from_str(json)?;
        let figures = value["figures"].as_array().context("no figures")?;
        figures
            .iter()
            .map(|figure| {
                Ok(Self {
                    name: figure["name"].as_str().context("no name")?.to_owned(),
                    goal: number(figure, "goal")?,
                    ours_us: number(figure, "ours_us")?,
                    peer_us: number(figure, "peer_us")?,
                })
            })
            .collect()
    }
}

impl PeerWrite {
    pub(super) fn parse(json: &str) -> anyhow::Result<Self> {
        let value: Value = serde_json::from_str(json)?;
        Ok(Self {
            microseconds: number(&value, "microseconds")?,
        })
    }
}

impl PeerLoads {
    pub(super) fn parse(json: &str) -> anyhow::Result<Self> {
        let value: Value = serde_json::from_str(json)?;
        Ok(Self {
            checksum_secs: number(&value["checksum"], "seconds")?,
            no_checksum_secs: number(&value["no_checksum"], "seconds")?,
            peak_rss_bytes: number(&value["checksum"], "peak_rss_bytes")?,
        })
    }
}

impl Check {
    pub(super) fn parse(json: &str) -> anyhow::Result<Self> {
        let value: Value = serde_json::from_str(json)?;
        Ok(Self {
            secs: number(&value, "seconds")?,
            points: number(&value, "points")?,
            bytes_read: number(&value, "bytes_read")?,
            memory_bytes: number(&value, "memory_bytes")?,
            peak_rss_bytes: number(&value, "peak_rss_bytes")?,
        })
    }
}

impl ModelSummary {
    pub(super) fn parse(json: &str) -> anyhow::Result<Self> {
        let value: Value = serde_json::from_str(json)?;
        Ok(Self {
            secs: number(&value, "seconds")?,
            peak_rss_bytes: number(&value, "peak_rss_bytes")?,
        })
    }
}

impl Series {
    pub(super) fn parse(json: &str) -> anyhow::Result<Self> {
        let value: Value = serde_json::from_str(json)?;
        Ok(Self {
            points: number(&value, "points")?,
            all_ms: numbers(&value["all"], "milliseconds")?,
            one_ms: numbers(&value["one"], "milliseconds")?,
            zoomed_ms: numbers(&value["zoomed"], "milliseconds")?,
            all_bytes: number(&value["all"], "bytes")?,
        })
    }
}

impl Browser {
    pub(super) fn parse(json: &str) -> anyhow::Result<Self> {
        let value: Value = serde_json::from_str(json)?;
        Ok(Self {
            first_chart_ms: numbers(&value, "first_chart_ms")?,
            script_gzip_bytes: number(&value, "script_gzip_bytes")?,
            version: value["browser"].as_str().context("no browser")?.to_owned(),
        })
    }
}

/// Elements a second from what criterion keeps of a benchmark.
pub(super) fn criterion_per_sec(benchmark: &str, estimates: &str) -> anyhow::Result<f64> {
    let benchmark: Value = serde_json::from_str(benchmark)?;
    let estimates: Value = serde_json::from_str(estimates)?;
    let elements = number(&benchmark["throughput"], "Elements")?;
    let nanos = number(&estimates["median"], "point_estimate")?;
    Ok(elements / nanos * 1e9)
}

/// The middle one, or the mean of the two in the middle.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match (values.get(half.wrapping_sub(1)), values.get(half)) {
        (Some(low), Some(high)) if values.len().is_multiple_of(2) => f64::midpoint(*low, *high),
        (_, Some(middle)) => *middle,
        _ => f64::NAN,
    }
}

fn number(value: &Value, name: &str) -> anyhow::Result<f64> {
    value[name]
        .as_f64()
        .with_context(|| format!("expected a number `{name}`, got {value}"))
}

fn numbers(value: &Value, name: &str) -> anyhow::Result<Vec<f64>> {
    let list = value[name]
        .as_array()
        .with_context(|| format!("expected a list `{name}`, got {value}"))?;
    list.iter()
        .map(|value| {
            value
                .as_f64()
                .with_context(|| format!("expected a number, got {value}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{criterion_per_sec, median};

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median([]).is_nan());
    }

    #[test]
    fn criterion_s_files_give_a_rate() {
        let rate = criterion_per_sec(
            r#"{"throughput":{"Elements":1000}}"#,
            r#"{"median":{"point_estimate":2e6}}"#,
        );
        assert_eq!(rate.ok(), Some(500_000.0));
    }
}
