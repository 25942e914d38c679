//! `glassboard summary`: what is in a model's file.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, Result};
use clap::Args;
use glassboard_model::summary::{
    self, Column, Comparison, Counting, Format, Layout, Record, RowSettings, Summary, TextOptions,
    Units,
};
use glassboard_model::{InputShape, ModelGraph};

use crate::Status;

#[derive(Debug, Args)]
pub(crate) struct SummaryArguments {
    /// Model: a program of torch.export (.pt2), ONNX, .safetensors, or a state dict (.pth, .pt)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A second model, compared with the first row by row
    #[arg(value_name = "OTHER")]
    other: Option<PathBuf>,
    /// Shape of an input, batch included, in the order of the inputs; symbolic sizes get its numbers
    #[arg(long, value_name = "SHAPE[:DTYPE]")]
    input: Vec<InputShape>,
    /// Depth of the deepest layers that have a row
    #[arg(long, default_value_t = 3, value_name = "N")]
    depth: usize,
    #[arg(
        long = "col",
        value_name = "NAME",
        value_parser = column,
        help = "Column, in the order given [default: output_size num_params]"
    )]
    columns: Vec<Column>,
    /// What a row says of its layer [default: depth]
    #[arg(long = "row", value_name = "NAME", value_enum)]
    rows: Vec<RowSetting>,
    /// Width of a column in characters
    #[arg(long, default_value_t = 25, value_name = "N")]
    col_width: usize,
    /// Form of the output
    #[arg(long, default_value = "text", value_name = "FORMAT", value_parser = form)]
    format: Form,
    /// Units of the sums: those of torchinfo 1.8.0 (always MB), or the ones that fit
    #[arg(long, default_value = "release", value_name = "UNITS", value_enum)]
    units: SizeUnits,
    /// A line for each parameter
    #[arg(long)]
    weights: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum RowSetting {
    /// `1-2`: depth, and number at this depth
    Depth,
    /// Its name in the layer around it
    VarNames,
    /// The tree is drawn in ASCII
    AsciiOnly,
    /// A layer that was shown is not shown again
    HideRecursiveLayers,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum SizeUnits {
    Release,
    Auto,
}

/// A table, or the nested form of `print(model)`.
#[derive(Debug, Clone, Copy)]
enum Form {
    Table(Format),
    Repr,
}

fn form(name: &str) -> Result<Form, String> {
    if name == "repr" {
        return Ok(Form::Repr);
    }
    Format::from_str(name)
        .map(Form::Table)
        .map_err(|error| format!("{error}, repr"))
}

fn column(name: &str) -> Result<Column, String> {
    Column::from_str(name).map_err(|error| error.to_string())
}

pub(crate) fn summary(arguments: &SummaryArguments) -> Result<Status> {
    let first = open(&arguments.file, &arguments.input)?;
    let second = match &arguments.other {
        Some(path) => Some(open(path, &arguments.input)?),
        None => None,
    };
    let options = arguments.options();
    let text = match (arguments.format, second) {
        (Form::Repr, None) => summary::describe(&first),
        (Form::Repr, Some(_)) => anyhow::bail!("--format repr shows one model"),
        (Form::Table(format), None) => summarize(&first).write(format, &options),
        (Form::Table(format), Some(second)) => {
            Comparison::new(&summarize(&first), &summarize(&second), &options)
                .write(format, &options)
        }
    };
    writeln!(io::stdout(), "{}", text.trim_end_matches('\n'))?;
    Ok(Status::Success)
}

fn summarize(graph: &ModelGraph) -> Summary {
    Summary::new(Record::from_graph(graph), Counting::Current)
}

/// Reads a model and finds its shapes. What stays unknown is said once, on standard error.
fn open(path: &Path, inputs: &[InputShape]) -> Result<ModelGraph> {
    let mut graph = glassboard_model::read(path)?;
    let unknown = if inputs.is_empty() {
        graph.infer_shapes()
    } else {
        graph.set_inputs(inputs)
    };
    let unknown = unknown.with_context(|| path.display().to_string())?;
    if !unknown.is_empty() {
        eprintln!(
            "glassboard: shapes behind these operations are not known: {}: {}",
            unknown.join(", "),
            path.display()
        );
    }
    Ok(graph)
}

impl SummaryArguments {
    fn options(&self) -> TextOptions {
        let mut options = TextOptions {
            column_width: self.col_width,
            depth: self.depth,
            show_parameters: self.weights,
            layout: match self.units {
                SizeUnits::Release => Layout::Release,
                SizeUnits::Auto => Layout::Current(Units::Auto),
            },
            ..TextOptions::default()
        };
        if !self.columns.is_empty() {
            options.columns.clone_from(&self.columns);
        }
        if !self.rows.is_empty() {
            let has = |setting| self.rows.contains(&setting);
            options.rows = RowSettings {
                depth: has(RowSetting::Depth),
                var_names: has(RowSetting::VarNames),
                ascii_only: has(RowSetting::AsciiOnly),
                hide_recursive_layers: has(RowSetting::HideRecursiveLayers),
            };
        }
        options
    }
}
