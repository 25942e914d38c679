//! The columns that were asked for, whatever the file they come from.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use anyhow::{Result, anyhow, bail};

use super::{Positive, csv, npz, parquet};

/// Most labels: with more of them, the column is no column of labels.
const MAX_CLASSES: usize = 10_000;
/// Most names that a message lists.
const MAX_LISTED: usize = 30;
/// How alike names must be to be taken for a slip of the pen (Jaro-Winkler).
const ALIKE: f64 = 0.8;

/// The columns that are asked for.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) label: &'a str,
    pub(super) scores: &'a [String],
    pub(super) weight: Option<&'a str>,
}

/// The columns, all as long.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) labels: Labels,
    /// Scores, finite, in the order asked for.
    pub(super) scores: Vec<Vec<f64>>,
    /// Weights, finite.
    pub(super) weights: Option<Vec<f64>>,
}

/// The column of labels.
#[derive(Debug)]
pub(super) enum Labels {
    /// Numbers, finite; `false` and `true` are 0 and 1.
    Numbers(Vec<f64>),
    /// Texts: each row's place among the different ones.
    Texts {
        codes: Vec<i64>,
        classes: Vec<String>,
    },
}

/// Reads a table by its name's ending.
pub(super) fn read(path: &Path, request: &Request<'_>) -> Result<Table> {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("csv" | "tsv" | "txt") => csv::read(path, request),
        Some("parquet" | "pq") => parquet::read(path, request),
        Some("npz") => npz::read(path, request),
        _ => bail!(
            "expected a file that ends with .csv, .tsv, .parquet or .npz, got {}",
            path.display()
        ),
    }
}

impl Labels {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Numbers(labels) => labels.len(),
            Self::Texts { codes, .. } => codes.len(),
        }
    }

    /// Finds the positive label, which `column` must hold.
    pub(super) fn positive(&self, column: &str, wanted: Option<&str>) -> Result<Positive> {
        let Some(wanted) = wanted else {
            return match self {
                Self::Numbers(_) => Ok(Positive::One),
                Self::Texts { classes, .. } => bail!(
                    "column {column} holds {}: say with --pos_label which of them is positive",
                    listed(classes)
                ),
            };
        };
        match self {
            Self::Numbers(labels) => {
                let number = truth(wanted).or_else(|| wanted.trim().parse().ok());
                if let Some(number) = number.filter(|number| labels.contains(number)) {
                    return Ok(Positive::Number(number));
                }
                let mut classes = BTreeSet::new();
                for &label in labels {
                    // Whole numbers order as their texts do not, but a message needs no more.
                    classes.insert(label.to_string());
                    if classes.len() > MAX_LISTED {
                        break;
                    }
                }
                let classes: Vec<String> = classes.into_iter().collect();
                bail!(
                    "--pos_label: expected a label of column {column}, got {wanted}; it holds {}",
                    listed(&classes)
                )
            }
            Self::Texts { classes, .. } => match classes.iter().position(|class| class == wanted) {
                Some(code) => Ok(Positive::Text(code as i64, wanted.to_owned())),
                None => bail!(
                    "--pos_label: expected a label of column {column}, got {wanted}{}; it holds {}",
                    suggestion(wanted, classes),
                    listed(classes)
                ),
            },
        }
    }
}

/// Collects labels as they are written, and finds out what they are.
#[derive(Debug, Default)]
pub(super) struct LabelTexts {
    codes: Vec<i64>,
    known: HashMap<Vec<u8>, i64>,
    /// The label of the row before: neighbours are often alike.
    last: Option<(Vec<u8>, i64)>,
}

impl LabelTexts {
    /// Adds the label of the next row.
    pub(super) fn push(&mut self, column: &str, label: &[u8]) -> Result<()> {
        if let Some((last, code)) = &self.last
            && last == label
        {
            self.codes.push(*code);
            return Ok(());
        }
        let code = match self.known.get(label) {
            Some(&code) => code,
            None if self.known.len() == MAX_CLASSES => bail!(
                "expected labels of classes in column {column}, got more than {MAX_CLASSES} different values"
            ),
            None => {
                let code = self.known.len() as i64;
                self.known.insert(label.to_owned(), code);
                code
            }
        };
        self.last = Some((label.to_owned(), code));
        self.codes.push(code);
        Ok(())
    }

    /// The column: numbers if all labels are, truths as 0 and 1, else texts.
    pub(super) fn finish(self) -> Labels {
        let mut classes: Vec<(i64, String)> = self
            .known
            .into_iter()
            .map(|(label, code)| (code, String::from_utf8_lossy(&label).into_owned()))
            .collect();
        classes.sort_unstable();
        let classes: Vec<String> = classes.into_iter().map(|(_, class)| class).collect();
        let numbers = |number: fn(&str) -> Option<f64>| {
            classes
                .iter()
                .map(|class| number(class))
                .collect::<Option<Vec<f64>>>()
        };
        let finite = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite());
        match numbers(finite).or_else(|| numbers(truth)) {
            Some(values) => Labels::Numbers(
                self.codes
                    .iter()
                    .filter_map(|&code| values.get(code as usize).copied())
                    .collect(),
            ),
            None => Labels::Texts {
                codes: self.codes,
                classes,
            },
        }
    }
}

/// 0 for false, 1 for true.
fn truth(text: &str) -> Option<f64> {
    match text.trim().to_ascii_lowercase().as_str() {
        "false" => Some(0.0),
        "true" => Some(1.0),
        _ => None,
    }
}

/// Finds a column by its name.
pub(super) fn find_column<N: AsRef<str>>(names: &[N], wanted: &str) -> Result<usize> {
    let mut found = names
        .iter()
        .enumerate()
        .filter(|(_, name)| name.as_ref() == wanted);
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Ok(index),
        (Some(_), Some(_)) => bail!("expected one column {wanted}, got several of this name"),
        (None, _) => Err(anyhow!(
            "there is no column {wanted}{}; columns are {}",
            suggestion(wanted, names),
            listed(names)
        )),
    }
}

/// A question after the name that may have been meant.
fn suggestion<N: AsRef<str>>(wanted: &str, names: &[N]) -> String {
    let lower = wanted.to_lowercase();
    names
        .iter()
        .map(|name| {
            (
                strsim::jaro_winkler(&lower, &name.as_ref().to_lowercase()),
                name,
            )
        })
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map_or_else(String::new, |(_, name)| {
            format!(" (did you mean {}?)", name.as_ref())
        })
}

fn listed<N: AsRef<str>>(names: &[N]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let mut list: Vec<&str> = names.iter().take(MAX_LISTED).map(AsRef::as_ref).collect();
    let more = format!("and {} more", names.len().saturating_sub(MAX_LISTED));
    if names.len() > MAX_LISTED {
        list.push(&more);
    }
    list.join(", ")
}

/// The place of the first number that is not finite, and the number.
pub(super) fn first_not_finite(values: &[f64]) -> Option<(usize, f64)> {
    let at = values.iter().position(|value| !value.is_finite())?;
    Some((at, values.get(at).copied()?))
}
