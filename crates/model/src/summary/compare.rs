//! Two models row by row.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::Summary;
use super::cells::{self, Column};
use super::formats::Format;
use super::rows::Row;
use super::table::{self, Head, Table, TableRow};
use super::text::TextOptions;

/// In which of two models a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// In both, and equal in all that is shown.
    Same,
    /// In both, and different in something.
    Changed,
    /// Only in the first.
    Removed,
    /// Only in the second.
    Added,
}

impl Side {
    /// The name of it.
    pub fn name(self) -> &'static str {
        match self {
            Side::Same => "same",
            Side::Changed => "changed",
            Side::Removed => "removed",
            Side::Added => "added",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Side::Same => "",
            Side::Changed => "~",
            Side::Removed => "-",
            Side::Added => "+",
        }
    }
}

/// A row of one model or of both.
#[derive(Clone, Copy, Debug)]
pub struct ComparedRow<'a> {
    /// The row of the first model.
    pub first: Option<&'a Row>,
    /// The row of the second.
    pub second: Option<&'a Row>,
    /// How they differ.
    pub side: Side,
}

/// Two models beside each other.
///
/// Rows belong together when they have the same path in their models (and are the same call of it, by number) and
/// stand in the same order; what stands elsewhere is removed there and added here.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    first: &'a Summary,
    second: &'a Summary,
    rows: Vec<ComparedRow<'a>>,
}

impl<'a> Comparison<'a> {
    /// Compares the rows that the options show, by the columns that they show.
    pub fn new(first: &'a Summary, second: &'a Summary, options: &TextOptions) -> Self {
        let left = shown(first, options);
        let right = shown(second, options);
        let positions: HashMap<&Key<'_>, usize> = right
            .iter()
            .enumerate()
            .map(|(position, (key, _))| (key, position))
            .collect();
        let matches: Vec<Option<usize>> = left
            .iter()
            .map(|(key, _)| positions.get(key).copied())
            .collect();
        let kept = longest_increasing(&matches);

        let mut rows = Vec::with_capacity(left.len().max(right.len()));
        let mut next = 0;
        let added = |row: &'a Row| ComparedRow {
            first: None,
            second: Some(row),
            side: Side::Added,
        };
        for ((&(_, row), partner), kept) in left.iter().zip(&matches).zip(kept) {
            if let (Some(partner), true) = (*partner, kept) {
                rows.extend(right[next..partner].iter().map(|&(_, row)| added(row)));
                let other = right[partner].1;
                let side = if same(first, row, second, other, options) {
                    Side::Same
                } else {
                    Side::Changed
                };
                rows.push(ComparedRow {
                    first: Some(row),
                    second: Some(other),
                    side,
                });
                next = partner + 1;
            } else {
                rows.push(ComparedRow {
                    first: Some(row),
                    second: None,
                    side: Side::Removed,
                });
            }
        }
        rows.extend(right[next..].iter().map(|&(_, row)| added(row)));
        Comparison {
            first,
            second,
            rows,
        }
    }

    /// The rows, in the order of both models.
    pub fn rows(&self) -> &[ComparedRow<'a>] {
        &self.rows
    }

    /// The comparison in a form.
    pub fn write(&self, format: Format, options: &TextOptions) -> String {
        let totals: Vec<String> = self
            .totals(options)
            .into_iter()
            .map(|(_, text)| text)
            .collect();
        match format {
            Format::Text => {
                let table = self
                    .table(options)
                    .text(|depth, cell| format!("{}{cell}", "  ".repeat(depth)));
                format!("{table}\n\n{}\n", totals.join("\n"))
            }
            Format::Markdown => self.table(options).markdown() + &table::list(&totals),
            Format::Html => self.table(options).html(&totals),
            Format::Csv => self.table(options).csv(),
            Format::Json => format!("{:#}\n", self.json()),
        }
    }

    fn table(&self, options: &TextOptions) -> Table {
        let mut head = vec![
            Head {
                title: "Layer (type)".to_owned(),
                is_number: false,
            },
            Head {
                title: "Change".to_owned(),
                is_number: false,
            },
        ];
        for column in &options.columns {
            for which in ["A", "B"] {
                head.push(Head {
                    title: format!("{} {which}", column.title()),
                    is_number: column.is_number(),
                });
            }
        }
        let rows = self.rows.iter().map(|compared| {
            let shown = compared.second.or(compared.first);
            let mut cells = vec![
                shown.map(layer).unwrap_or_default(),
                compared.side.sign().to_owned(),
            ];
            for &column in &options.columns {
                for (summary, row) in [(self.first, compared.first), (self.second, compared.second)]
                {
                    let cell = row.map(|row| summary.cell(row, column, row.depth == options.depth));
                    cells.push(cell.unwrap_or_default().trim().to_owned());
                }
            }
            TableRow {
                cells,
                depth: shown.map_or(0, |row| row.depth),
                class: compared.side.name(),
            }
        });
        let rows = rows.collect();
        Table { head, rows }
    }

    /// The sums of both and how they differ.
    fn totals(&self, options: &TextOptions) -> Vec<(&'static str, String)> {
        let (first, second) = (self.first.totals(), self.second.totals());
        let mut sums = vec![
            ("Total params", Some(first.params), Some(second.params)),
            (
                "Trainable params",
                Some(first.trainable_params),
                Some(second.trainable_params),
            ),
        ];
        if first.input_bytes.is_some() || second.input_bytes.is_some() {
            sums.push((
                "Total mult-adds",
                Some(first.mult_adds),
                Some(second.mult_adds),
            ));
        }
        if options.columns.contains(&Column::OperationMultAdds) {
            sums.push((
                "Total operation mult-adds",
                first.operation_mult_adds,
                second.operation_mult_adds,
            ));
        }
        sums.push((
            "Params size (bytes)",
            Some(first.param_bytes),
            Some(second.param_bytes),
        ));
        let known = sums
            .into_iter()
            .filter_map(|(title, first, second)| Some((title, first?, second?)));
        known
            .map(|(title, first, second)| {
                let sign = if second < first { '-' } else { '+' };
                let change = if first == second {
                    "same".to_owned()
                } else {
                    format!("{sign}{}", cells::grouped(second.abs_diff(first)))
                };
                (
                    title,
                    format!(
                        "{title}: {} -> {} ({change})",
                        cells::grouped(first),
                        cells::grouped(second)
                    ),
                )
            })
            .collect()
    }

    fn json(&self) -> Value {
        let (first, second) = (self.first.json(), self.second.json());
        let position = |summary: &Summary, row: Option<&Row>| {
            row.and_then(|row| summary.rows().position(|other| std::ptr::eq(other, row)))
        };
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                json!({
                    "change": row.side.name(),
                    "a": position(self.first, row.first).map(|row| first["rows"][row].clone()),
                    "b": position(self.second, row.second).map(|row| second["rows"][row].clone()),
                })
            })
            .collect();
        json!({ "rows": rows, "totals": { "a": first["totals"], "b": second["totals"] } })
    }
}

/// A row's path, and which of the rows with this path it is.
type Key<'a> = (&'a str, usize);

fn shown<'a>(summary: &'a Summary, options: &TextOptions) -> Vec<(Key<'a>, &'a Row)> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    summary
        .rows()
        .filter(|row| Summary::shows(row, options))
        .map(|row| {
            let count = counts.entry(&row.path).or_default();
            *count += 1;
            ((row.path.as_str(), *count), row)
        })
        .collect()
}

fn same(first: &Summary, row: &Row, second: &Summary, other: &Row, options: &TextOptions) -> bool {
    let at_max_depth = row.depth == options.depth;
    row.class_name == other.class_name
        && options.columns.iter().all(|&column| match column {
            // A share of another sum is no change of the layer.
            Column::ParamsPercent => true,
            column => {
                first.cell(row, column, at_max_depth) == second.cell(other, column, at_max_depth)
            }
        })
}

fn layer(row: &Row) -> String {
    if row.depth == 0 {
        row.class_name.clone()
    } else {
        format!("{} ({})", row.name, row.class_name)
    }
}

/// Which numbers to keep so that as many as possible remain and each is greater than the one before.
fn longest_increasing(numbers: &[Option<usize>]) -> Vec<bool> {
    // `ends[n]`: the position whose number is the smallest that ends an increasing sequence of `n + 1` numbers.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; numbers.len()];
    for (position, number) in numbers.iter().enumerate() {
        let Some(number) = number else { continue };
        let length = ends.partition_point(|&end| numbers[end].is_some_and(|end| end < *number));
        before[position] = length.checked_sub(1).map(|length| ends[length]);
        if length == ends.len() {
            ends.push(position);
        } else {
            ends[length] = position;
        }
    }
    let mut kept = vec![false; numbers.len()];
    let mut next = ends.last().copied();
    while let Some(position) = next {
        kept[position] = true;
        next = before[position];
    }
    kept
}
