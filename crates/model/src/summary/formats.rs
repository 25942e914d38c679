//! The summary in other forms than torchinfo's text: Markdown and HTML show what the table shows; JSON and CSV give
//! every row with plain numbers.

use std::str::FromStr;

use serde_json::{Value, json};

use super::cells::{self, Column};
use super::record::{KernelSize, Size};
use super::rows::Row;
use super::table::{self, Head, Table, TableRow};
use super::text::TextOptions;
use super::{Summary, Totals};

/// A form to write a summary in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// torchinfo's table.
    #[default]
    Text,
    /// A pipe table.
    Markdown,
    /// One object: `rows`, and the sums as `totals`.
    Json,
    /// A line per row under a line of names.
    Csv,
    /// A `<table>` for a page or a notebook.
    Html,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 5] = [
        Format::Text,
        Format::Markdown,
        Format::Json,
        Format::Csv,
        Format::Html,
    ];

    /// The name by which it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Markdown => "markdown",
            Format::Json => "json",
            Format::Csv => "csv",
            Format::Html => "html",
        }
    }
}

/// A name that no format has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no format is called {name:?}; the formats are {}", Format::ALL.map(Format::name).join(", "))]
pub struct UnknownFormat {
    /// The name.
    pub name: String,
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Format::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormat {
                name: name.to_owned(),
            })
    }
}

impl Summary {
    /// The summary in a form. Text, Markdown and HTML show the rows and columns that the options name; JSON and CSV
    /// have all.
    pub fn write(&self, format: Format, options: &TextOptions) -> String {
        match format {
            Format::Text => self.text(options) + "\n",
            Format::Markdown => {
                self.table(options).markdown() + &table::list(&self.sum_lines(options))
            }
            Format::Html => self.table(options).html(&self.sum_lines(options)),
            Format::Json => format!("{:#}\n", self.json()),
            Format::Csv => self.csv(),
        }
    }

    fn sum_lines(&self, options: &TextOptions) -> Vec<String> {
        self.sums(options, "")
            .into_iter()
            .filter(|line| !line.is_empty())
            .collect()
    }

    fn table(&self, options: &TextOptions) -> Table {
        let column = |column: &Column| Head {
            title: column.title().to_owned(),
            is_number: column.is_number(),
        };
        let layer = Head {
            title: "Layer".to_owned(),
            is_number: false,
        };
        let rows = self
            .rows()
            .filter(|row| Summary::shows(row, options))
            .map(|row| {
                let at_max_depth = row.depth == options.depth;
                let cells = options
                    .columns
                    .iter()
                    .map(|&column| self.cell(row, column, at_max_depth));
                TableRow {
                    cells: std::iter::once(row.title(options.rows))
                        .chain(cells)
                        .collect(),
                    depth: row.depth,
                    class: "",
                }
            });
        Table {
            head: std::iter::once(layer)
                .chain(options.columns.iter().map(column))
                .collect(),
            rows: rows.collect(),
        }
    }

    /// All rows and the sums as JSON.
    pub fn json(&self) -> Value {
        json!({ "rows": self.rows().map(row_json).collect::<Vec<_>>(), "totals": totals_json(self.totals()) })
    }

    fn csv(&self) -> String {
        let rows: Vec<Value> = self.rows().map(row_json).collect();
        let head = |name: &&str| Head {
            title: (*name).to_owned(),
            is_number: false,
        };
        let cells = |row: &Value| {
            ROW_FIELDS
                .iter()
                .map(|field| plain(row.get(field)))
                .collect()
        };
        Table {
            head: ROW_FIELDS.iter().map(head).collect(),
            rows: rows
                .iter()
                .map(|row| TableRow {
                    cells: cells(row),
                    depth: 0,
                    class: "",
                })
                .collect(),
        }
        .csv()
    }
}

/// The fields of a row in JSON, which are the columns of CSV, in this order.
const ROW_FIELDS: [&str; 20] = [
    "path",
    "name",
    "class",
    "depth",
    "index",
    "is_leaf",
    "is_recursive",
    "executed",
    "kernel_size",
    "groups",
    "input_size",
    "output_size",
    "output_bytes",
    "num_params",
    "trainable_params",
    "leftover_params",
    "param_bytes",
    "mult_adds",
    "operation_mult_adds",
    "receptive_field",
];

fn row_json(row: &Row) -> Value {
    let mult_adds = if row.is_leaf {
        row.mult_adds
    } else {
        row.mult_adds_below
    };
    json!({
        "path": row.path,
        "name": row.name,
        "class": row.class_name,
        "depth": row.depth,
        "index": row.index,
        "is_leaf": row.is_leaf,
        "is_recursive": row.is_recursive,
        "executed": row.executed,
        "kernel_size": match &row.kernel_size {
            None => Value::Null,
            Some(KernelSize::One(size)) => json!(size),
            Some(KernelSize::Each(sizes)) => json!(sizes),
            Some(KernelSize::Other(text)) => json!(text),
        },
        "groups": row.groups,
        "input_size": size_json(&row.input),
        "output_size": size_json(&row.output),
        "output_bytes": row.output_bytes,
        "num_params": row.num_params,
        "trainable_params": row.trainable_params,
        "leftover_params": row.leftover_params,
        "param_bytes": row.param_bytes,
        "mult_adds": mult_adds,
        "operation_mult_adds": row.operation_mult_adds.map(|_| cells::operation_mult_adds(row, true).unwrap_or(0)),
        "receptive_field": row.receptive_field,
    })
}

fn totals_json(totals: &Totals) -> Value {
    json!({
        "params": totals.params,
        "trainable_params": totals.trainable_params,
        "param_bytes": totals.param_bytes,
        "mult_adds": totals.mult_adds,
        "operation_mult_adds": totals.operation_mult_adds,
        "input_bytes": totals.input_bytes,
        "output_bytes": totals.output_bytes,
        "estimated_bytes": totals.estimated_bytes(),
        "peak_activation_bytes": totals.peak_activation_bytes,
    })
}

fn size_json(size: &Size) -> Value {
    match size {
        Size::Absent => Value::Null,
        Size::Unknown => json!("?"),
        Size::Known(dims) => dims
            .iter()
            .map(|dim| {
                dim.fixed()
                    .map_or_else(|| json!(dim.to_string()), |length| json!(length))
            })
            .collect(),
    }
}

/// A value without JSON's quotes; nothing for null.
fn plain(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => cells::list(items.iter().map(|item| plain(Some(item)))),
        Some(other) => other.to_string(),
    }
}
