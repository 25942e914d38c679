//! The table as torchinfo prints it.

use std::fmt::Write as _;
use std::iter;

use super::cells::{self, Column};
use super::rows::Row;
use super::{Summary, count};

/// What a row says of its module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Four settings that have nothing to do with one another.
pub struct RowSettings {
    /// `1-2`: its depth, and its number at this depth.
    pub depth: bool,
    /// Its name in the parent.
    pub var_names: bool,
    /// The tree is drawn in ASCII.
    pub ascii_only: bool,
    /// A module that was shown is not shown again.
    pub hide_recursive_layers: bool,
}

impl Default for RowSettings {
    fn default() -> Self {
        RowSettings {
            depth: true,
            var_names: false,
            ascii_only: false,
            hide_recursive_layers: false,
        }
    }
}

/// In which unit a number is shown. All are decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Units {
    /// The greatest that leaves at least 1; which ones there are, the layout says.
    Auto,
    /// As it is.
    One,
    /// Thousands.
    Kilo,
    /// Millions.
    Mega,
    /// Billions.
    Giga,
    /// Trillions.
    Tera,
}

impl Units {
    /// What stands before the `B` of bytes.
    pub fn prefix(self) -> &'static str {
        match self {
            Units::Auto => "auto",
            Units::One => "",
            Units::Kilo => "k",
            Units::Mega => "M",
            Units::Giga => "G",
            Units::Tera => "T",
        }
    }

    fn factor(self) -> f64 {
        match self {
            Units::Auto | Units::One => 1.0,
            Units::Kilo => 1e3,
            Units::Mega => 1e6,
            Units::Giga => 1e9,
            Units::Tera => 1e12,
        }
    }
}

/// How the sums under the table look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// As in torchinfo 1.8.0: sizes in MB, large numbers in millions or more.
    #[default]
    Release,
    /// As in its development version: sizes in this unit, a whole number without decimals.
    Current(Units),
}

/// A number in a unit; [`Units::Auto`] chooses one.
pub fn readable(number: u64, units: Units, layout: Layout) -> (Units, f64) {
    let units = match (units, layout) {
        (Units::Auto, _) if number >= 1_000_000_000_000 => Units::Tera,
        (Units::Auto, _) if number >= 1_000_000_000 => Units::Giga,
        (Units::Auto, Layout::Release) => Units::Mega,
        (Units::Auto, _) if number >= 1_000_000 => Units::Mega,
        (Units::Auto, _) if number >= 1000 => Units::Kilo,
        (Units::Auto, _) => Units::One,
        (units, _) => units,
    };
    (units, number as f64 / units.factor())
}

/// What the table shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// The columns behind the layer's.
    pub columns: Vec<Column>,
    /// The width of each of them in characters.
    pub column_width: usize,
    /// The depth of the deepest row that is shown.
    pub depth: usize,
    /// What a row says of its module.
    pub rows: RowSettings,
    /// Whether each parameter has a line of its own under its module.
    pub show_parameters: bool,
    /// How the sums look.
    pub layout: Layout,
    /// The unit of the parameters' sum.
    pub params_units: Units,
    /// The unit of the mult-adds' sum.
    pub mult_adds_units: Units,
    /// The width of the layer's column; `None`: at least 40, and as wide as the longest of its texts.
    pub layer_width: Option<usize>,
}

impl Default for TextOptions {
    fn default() -> Self {
        TextOptions {
            columns: vec![Column::OutputSize, Column::NumParams],
            column_width: 25,
            depth: 3,
            rows: RowSettings::default(),
            show_parameters: false,
            layout: Layout::Release,
            params_units: Units::One,
            mult_adds_units: Units::Auto,
            layer_width: None,
        }
    }
}

/// The steps in which the layer's column grows, and the indentation of a depth.
const STEP: usize = 5;
const SMALLEST_LAYER_WIDTH: usize = 40;

impl Row {
    /// `Conv2d (conv1): 1-2`: its class, and what the settings ask for.
    pub fn title(&self, settings: RowSettings) -> String {
        let mut title = self.class_name.clone();
        if settings.var_names && !self.name.is_empty() {
            let _ = write!(title, " ({})", self.name);
        }
        if settings.depth && self.depth > 0 {
            let _ = write!(title, ": {}-{}", self.depth, self.index);
        }
        title
    }
}

impl Summary {
    /// Whether a row is shown.
    pub(super) fn shows(row: &Row, options: &TextOptions) -> bool {
        row.depth <= options.depth && !(options.rows.hide_recursive_layers && row.is_recursive)
    }

    /// The width of the layer's column that fits all rows, the deeper ones that are not shown too.
    pub fn layer_width(&self, settings: RowSettings) -> usize {
        let longest = self
            .rows()
            .map(|row| row.title(settings).chars().count() + row.depth * STEP + 1)
            .max();
        longest
            .filter(|&longest| longest >= SMALLEST_LAYER_WIDTH)
            .map_or(SMALLEST_LAYER_WIDTH, |longest| {
                longest.div_ceil(STEP) * STEP
            })
    }

    /// The table as torchinfo prints it, without an end of line at its end.
    pub fn text(&self, options: &TextOptions) -> String {
        let lines = Lines {
            options,
            layer_width: options
                .layer_width
                .unwrap_or_else(|| self.layer_width(options.rows)),
        };
        let divider = "=".repeat(options.columns.len() * options.column_width + lines.layer_width);
        let mut text = vec![divider.clone(), lines.header(), divider.clone()];
        for row in self.rows().filter(|row| Summary::shows(row, options)) {
            let at_max_depth = row.depth == options.depth;
            let cells = options
                .columns
                .iter()
                .map(|&column| self.cell(row, column, at_max_depth));
            text.push(lines.line(
                &format!("{}{}", lines.tree(row.depth), row.title(options.rows)),
                cells,
            ));
            if options.show_parameters {
                text.extend(self.parameter_lines(row, &lines));
            }
        }
        text.push(divider.clone());
        text.extend(self.sums(options, &divider));
        text.push(divider);
        text.join("\n")
    }

    fn parameter_lines(&self, row: &Row, lines: &Lines<'_>) -> Vec<String> {
        let line = |(name, shape, elements): &(String, String, String)| {
            let cells = lines.options.columns.iter().map(|column| match column {
                Column::KernelSize => shape.clone(),
                Column::NumParams => elements.clone(),
                _ => String::new(),
            });
            lines.line(&format!("{}{name}", lines.tree(row.depth + 1)), cells)
        };
        self.parameter_cells(row).iter().map(line).collect()
    }

    /// A row's parameters as the table shows them: name, shape, and number of elements behind a branch.
    pub fn parameter_cells(&self, row: &Row) -> Vec<(String, String, String)> {
        let mut cells: Vec<(String, String, String)> = self
            .shown_parameters(row)
            .into_iter()
            .map(|parameter| {
                let shape = cells::list(parameter.shape.iter().map(ToString::to_string));
                (
                    parameter.name,
                    shape,
                    format!("├─{}", cells::grouped(parameter.elements)),
                )
            })
            .collect();
        if let Some((_, _, last)) = cells.last_mut() {
            last.replace_range(.."├─".len(), "└─");
        }
        cells
    }

    /// The parameters of a row's module and of all below it; of the model itself only its own.
    fn shown_parameters(&self, row: &Row) -> Vec<ShownParameter> {
        let mut shown: Vec<ShownParameter> = Vec::new();
        self.record()
            .named_parameters(row.module, |name, own, parameter| {
                let Some((name, elements)) = count::elements(name, own, parameter) else {
                    return;
                };
                if row.depth == 0 && name.contains('.') {
                    return;
                }
                let mut shape = parameter.shape.clone().unwrap_or_default();
                if let ("weight", [first, second, ..]) = (name, shape.as_mut_slice()) {
                    // In before out, as the layer's arguments name them.
                    std::mem::swap(first, second);
                }
                shown.push(ShownParameter {
                    name: name.to_owned(),
                    shape,
                    elements,
                });
            });
        shown
    }

    /// The lines under the table.
    pub(super) fn sums(&self, options: &TextOptions, divider: &str) -> Vec<String> {
        let totals = self.totals();
        let count = |title: &str, number: u64, units: Units| {
            let (units, value) = readable(number, units, options.layout);
            let unit = if units == Units::One {
                String::new()
            } else {
                format!(" ({})", units.prefix())
            };
            format!("{title}{unit}: {}", decimal(value))
        };
        let size = |title: &str, bytes: u64| match options.layout {
            Layout::Release => format!("{title} (MB): {:.2}", bytes as f64 / 1e6),
            Layout::Current(units) => {
                let (units, value) = readable(bytes, units, options.layout);
                let unit = if units == Units::One {
                    String::new()
                } else {
                    format!(" ({}B)", units.prefix())
                };
                format!("{title}{unit}: {}", decimal(value))
            }
        };
        let frozen = totals.params.saturating_sub(totals.trainable_params);
        let mut lines = vec![
            count("Total params", totals.params, options.params_units),
            count(
                "Trainable params",
                totals.trainable_params,
                options.params_units,
            ),
            count("Non-trainable params", frozen, options.params_units),
        ];
        let Some(input_bytes) = totals.input_bytes else {
            return lines;
        };
        lines.push(count(
            "Total mult-adds",
            totals.mult_adds,
            options.mult_adds_units,
        ));
        if let Some(operations) = totals.operation_mult_adds
            && options.columns.contains(&Column::OperationMultAdds)
        {
            lines.push(count(
                "Total operation mult-adds",
                operations,
                options.mult_adds_units,
            ));
        }
        lines.extend([
            divider.to_owned(),
            size("Input size", input_bytes),
            size("Forward/backward pass size", totals.output_bytes),
            size("Params size", totals.param_bytes),
            size("Estimated Total Size", totals.estimated_bytes()),
        ]);
        if let Some(peak) = totals.peak_activation_bytes
            && options.shows_operations()
        {
            lines.push(size("Peak activation size", peak));
        }
        lines
    }
}

impl TextOptions {
    /// Whether any column is shown that torchinfo does not have: its own table must stay as it is.
    fn shows_operations(&self) -> bool {
        self.columns
            .iter()
            .any(|column| !Column::TORCHINFO.contains(column))
    }
}

struct ShownParameter {
    name: String,
    shape: Vec<u64>,
    elements: u64,
}

struct Lines<'a> {
    options: &'a TextOptions,
    layer_width: usize,
}

impl Lines<'_> {
    fn header(&self) -> String {
        let settings = self.options.rows;
        let names = if settings.var_names {
            " (var_name)"
        } else {
            ""
        };
        let depth = if settings.depth { ":depth-idx" } else { "" };
        let titles = self
            .options
            .columns
            .iter()
            .map(|column| column.title().to_owned());
        self.line(&format!("Layer (type{names}{depth})"), titles)
    }

    fn line(&self, layer: &str, cells: impl Iterator<Item = String>) -> String {
        let width = self.options.column_width;
        let layer = format!("{layer:<layer_width$} ", layer_width = self.layer_width);
        let line: String = iter::once(layer)
            .chain(cells.map(|cell| format!("{cell:<width$} ")))
            .collect();
        line.trim_end().to_owned()
    }

    fn tree(&self, depth: usize) -> String {
        let (first, other, bar) = if self.options.rows.ascii_only {
            ("+ ", "+ ", "|    ")
        } else {
            ("├─", "└─", "│    ")
        };
        match depth {
            0 => String::new(),
            1 => first.to_owned(),
            deeper => bar.repeat(deeper - 1) + other,
        }
    }
}

/// A whole number as it is, another with two decimals; with commas at the thousands.
fn decimal(value: f64) -> String {
    if value.fract() == 0.0 {
        return cells::grouped(value as u64);
    }
    let text = format!("{value:.2}");
    match text.split_once('.') {
        Some((whole, decimals)) => match whole.parse() {
            Ok(whole) => format!("{}.{decimals}", cells::grouped(whole)),
            Err(_) => text,
        },
        None => text,
    }
}
