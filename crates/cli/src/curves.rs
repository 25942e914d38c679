//! `glassboard curves`: precision-recall and ROC curves of scores in a table.

mod csv;
mod npz;
mod parquet;
mod report;
mod table;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use glassboard_metrics::{
    Costs, CurveOptions, Label, MetricsError, ThresholdCounts, confusion_matrix_at_thresholds,
};
use glassboard_plot::{PictureOptions, Series, Theme, draw};
use ndarray::ArrayView1;

use crate::Status;
use crate::args::CurvesArguments;
use crate::serve::with_home;
use report::Report;
use table::{Labels, Request, Table};

/// Computes, prints, and draws.
pub(crate) fn curves(arguments: &CurvesArguments) -> Result<Status> {
    let path = with_home(&arguments.file);
    let output = match &arguments.output {
        Some(output) => Some((with_home(output), Kind::of(output)?)),
        None => None,
    };
    let costs = costs(arguments)?;
    let request = Request {
        label: &arguments.label,
        scores: &arguments.score,
        weight: arguments.weight.as_deref(),
    };
    let table = table::read(&path, &request)?;
    let positive = table
        .labels
        .positive(&arguments.label, arguments.pos_label.as_deref())
        .with_context(|| path.display().to_string())?;
    let mut series = Vec::new();
    for (name, scores) in arguments.score.iter().zip(&table.scores) {
        let counts = counts(&table, &positive, scores)
            .map_err(|error| explained(error, &arguments.label))
            .with_context(|| path.display().to_string())?;
        series.push(Series::new(name, &counts, costs));
    }
    if let Some((output, kind)) = &output {
        let picture = draw(
            &series,
            &PictureOptions {
                title: Some(title(arguments, &path)),
                det: arguments.det,
                iso_f1: arguments.iso_f1,
                theme: if arguments.dark {
                    Theme::Dark
                } else {
                    Theme::Light
                },
            },
        )?;
        let bytes = match kind {
            Kind::Svg => picture.svg().into_bytes(),
            Kind::Png => picture.png(arguments.scale)?,
            Kind::Html => picture.html().into_bytes(),
        };
        fs::write(output, bytes).with_context(|| format!("cannot write {}", output.display()))?;
    }
    let report = Report {
        file: &path,
        label: &arguments.label,
        positive: positive.name(),
        weight: arguments.weight.as_deref(),
        samples: table.labels.len(),
        series: &series,
        picture: output.as_ref().map(|(output, _)| output.as_path()),
    };
    let text = if arguments.json {
        report.json()?
    } else {
        report.readable()?
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Status::Success)
}

/// What kind of picture is asked for.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Svg,
    Png,
    Html,
}

impl Kind {
    fn of(path: &Path) -> Result<Self> {
        let ending = path
            .extension()
            .map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("svg") => Ok(Self::Svg),
            Some("png") => Ok(Self::Png),
            Some("html" | "htm") => Ok(Self::Html),
            _ => bail!(
                "--output: expected a name that ends with .svg, .png or .html, got {}",
                path.display()
            ),
        }
    }
}

fn costs(arguments: &CurvesArguments) -> Result<Option<Costs>> {
    match (arguments.cost_fp, arguments.cost_fn) {
        (None, None) => Ok(None),
        (false_positive, false_negative) => {
            let costs = Costs::new(false_positive.unwrap_or(1.0), false_negative.unwrap_or(1.0));
            Ok(Some(costs.context("--cost_fp, --cost_fn")?))
        }
    }
}

fn title(arguments: &CurvesArguments, path: &Path) -> String {
    arguments.title.clone().unwrap_or_else(|| {
        path.file_name()
            .map_or_else(PathBuf::new, PathBuf::from)
            .display()
            .to_string()
    })
}

/// Which label is the positive one.
#[derive(Debug)]
enum Positive {
    /// 1, in its usual company.
    One,
    Number(f64),
    /// The code of a text, and the text.
    Text(i64, String),
}

impl Positive {
    fn name(&self) -> String {
        match self {
            Self::One => "1".to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Text(_, text) => text.clone(),
        }
    }
}

fn counts(
    table: &Table,
    positive: &Positive,
    scores: &[f64],
) -> Result<ThresholdCounts<f64>, MetricsError> {
    let weights = table.weights.as_deref();
    match (&table.labels, positive) {
        (Labels::Numbers(labels), Positive::Number(number)) => {
            counts_of(labels, Some(*number), scores, weights)
        }
        (Labels::Numbers(labels), _) => counts_of(labels, None, scores, weights),
        (Labels::Texts { codes, .. }, Positive::Text(code, _)) => {
            counts_of(codes, Some(*code), scores, weights)
        }
        (Labels::Texts { codes, .. }, _) => counts_of(codes, None, scores, weights),
    }
}

fn counts_of<L: Label>(
    labels: &[L],
    pos_label: Option<L>,
    scores: &[f64],
    weights: Option<&[f64]>,
) -> Result<ThresholdCounts<f64>, MetricsError> {
    let options = CurveOptions {
        pos_label,
        sample_weight: weights.map(ArrayView1::from),
        drop_intermediate: None,
    };
    confusion_matrix_at_thresholds(labels, scores, &options)
}

/// An error of the computation in terms of the command line.
fn explained(error: MetricsError, label: &str) -> anyhow::Error {
    match error {
        MetricsError::PositiveLabelNeeded { classes } => anyhow!(
            "column {label} holds {classes}: say with --pos_label which of them is positive"
        ),
        MetricsError::UnsupportedTarget { .. } => anyhow!(
            "column {label} holds more than two labels, or numbers that are no whole ones: \
             say with --pos_label which of them is positive"
        ),
        MetricsError::NoSamples => anyhow!("expected at least 1 row, got none"),
        other => other.into(),
    }
}
