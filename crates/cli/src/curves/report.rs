//! What is printed about the curves.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use glassboard_metrics::{Costs, OperatingPoint};
use glassboard_plot::{Series, number};
use serde_json::{Value as Json, json};

use crate::output::grouped;

/// Digits of thresholds, costs and sums of weights.
const DIGITS: usize = 6;

/// What was computed of which data.
pub(super) struct Report<'a> {
    pub(super) file: &'a Path,
    pub(super) label: &'a str,
    pub(super) positive: String,
    pub(super) weight: Option<&'a str>,
    pub(super) samples: usize,
    pub(super) series: &'a [Series],
    pub(super) picture: Option<&'a Path>,
}

impl Report<'_> {
    /// A table for people.
    pub(super) fn readable(&self) -> Result<String> {
        let mut text = String::new();
        writeln!(
            text,
            "{}: {} samples, {} = {} is positive",
            self.file.display(),
            grouped(self.samples as u64),
            self.label,
            self.positive
        )?;
        writeln!(text)?;
        let with_costs = self
            .series
            .iter()
            .any(|series| series.lowest_cost.is_some());
        let (positive, negative) = match self.weight {
            Some(_) => ("positive weight", "negative weight"),
            None => ("positive", "negative"),
        };
        let mut rows = vec![
            [
                "score",
                positive,
                negative,
                "AP",
                "ROC AUC",
                "best F1",
                "at",
                "precision",
                "recall",
                "Youden's J",
                "at",
            ]
            .map(str::to_owned)
            .to_vec(),
        ];
        rows.extend(self.series.iter().map(cells));
        if with_costs {
            for (row, index) in rows.iter_mut().zip(0_usize..) {
                let cost = index
                    .checked_sub(1)
                    .map(|index| self.series.get(index).and_then(|series| series.lowest_cost));
                row.extend(match cost {
                    None => ["lowest cost".to_owned(), "at".to_owned()],
                    Some(cost) => cost_cells(cost),
                });
            }
        }
        write_aligned(&mut text, &rows)?;
        if self.series.iter().any(|series| series.positives == 0.0) {
            writeln!(text, "\nno sample is positive: recall means nothing")?;
        } else if self.series.iter().any(|series| series.negatives == 0.0) {
            writeln!(
                text,
                "\nno sample is negative: the false positive rate means nothing"
            )?;
        }
        if let Some(picture) = self.picture {
            writeln!(text, "\ncurves drawn: {}", picture.display())?;
        }
        Ok(text)
    }

    /// A document for programs.
    pub(super) fn json(&self) -> Result<String> {
        let scores: Vec<Json> = self.series.iter().map(json_of).collect();
        let document = json!({
            "file": self.file.display().to_string(),
            "label": self.label,
            "pos_label": self.positive,
            "weight": self.weight,
            "samples": self.samples,
            "scores": scores,
            "picture": self.picture.map(|picture| picture.display().to_string()),
        });
        Ok(serde_json::to_string_pretty(&document)? + "\n")
    }
}

fn cells(series: &Series) -> Vec<String> {
    let share = |value: f64| {
        if value.is_nan() {
            "–".to_owned()
        } else {
            format!("{value:.4}")
        }
    };
    let at = |point: Option<OperatingPoint>, text: &dyn Fn(&OperatingPoint) -> String| {
        point.as_ref().map_or_else(|| "–".to_owned(), text)
    };
    let threshold = |point| at(point, &|point| number(point.threshold, DIGITS));
    vec![
        series.name.clone(),
        sum(series.positives),
        sum(series.negatives),
        share(series.average_precision),
        share(series.roc_auc),
        at(series.best_f1, &|point| share(point.f1())),
        threshold(series.best_f1),
        at(series.best_f1, &|point| share(point.precision())),
        at(series.best_f1, &|point| share(point.recall())),
        at(series.youden, &|point| share(point.youden_j())),
        threshold(series.youden),
    ]
}

fn cost_cells(cost: Option<(Costs, OperatingPoint)>) -> [String; 2] {
    match cost {
        Some((costs, point)) => [sum(point.cost(costs)), number(point.threshold, DIGITS)],
        None => ["–".to_owned(), "–".to_owned()],
    }
}

/// A count, or a sum of weights.
fn sum(value: f64) -> String {
    if value.fract() == 0.0 && (0.0..1e15).contains(&value) {
        grouped(value as u64)
    } else {
        number(value, DIGITS)
    }
}

/// Writes columns, the first to the left and the others to the right.
fn write_aligned(text: &mut String, rows: &[Vec<String>]) -> Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        for (index, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            match index {
                0 => write!(text, "{cell:<width$}")?,
                _ => write!(text, "  {cell:>width$}")?,
            }
        }
        writeln!(text)?;
    }
    Ok(())
}

fn json_of(series: &Series) -> Json {
    json!({
        "name": series.name,
        "positives": series.positives,
        "negatives": series.negatives,
        "average_precision": finite(series.average_precision),
        "roc_auc": finite(series.roc_auc),
        "best_f1": series.best_f1.as_ref().map(point_json),
        "youden": series.youden.as_ref().map(point_json),
        "lowest_cost": series.lowest_cost.map(|(costs, point)| {
            let mut json = point_json(&point);
            json["cost"] = finite(point.cost(costs));
            json
        }),
    })
}

fn point_json(point: &OperatingPoint) -> Json {
    json!({
        "threshold": finite(point.threshold),
        "precision": finite(point.precision()),
        "recall": finite(point.recall()),
        "false_positive_rate": finite(point.false_positive_rate()),
        "f1": finite(point.f1()),
        "youden_j": finite(point.youden_j()),
        "true_positives": point.true_positives,
        "false_positives": point.false_positives,
        "false_negatives": point.false_negatives,
        "true_negatives": point.true_negatives,
    })
}

/// JSON has no infinity, which is written as a text, and no NaN, which is nothing.
fn finite(value: f64) -> Json {
    if value.is_finite() {
        json!(value)
    } else if value.is_nan() {
        Json::Null
    } else if value > 0.0 {
        json!("Infinity")
    } else {
        json!("-Infinity")
    }
}
