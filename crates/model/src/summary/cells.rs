//! The texts of a row's cells.

use std::fmt::Write as _;
use std::str::FromStr;

use super::Summary;
use super::record::{KernelSize, Size};
use super::rows::Row;

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// The size of the layer's window.
    KernelSize,
    /// The number of groups of its channels.
    Groups,
    /// The shape of what goes in.
    InputSize,
    /// The shape of what comes out.
    OutputSize,
    /// The number of parameters.
    NumParams,
    /// Their share of the model's.
    ParamsPercent,
    /// Mult-adds by the layer's parameters, as torchinfo counts them.
    MultAdds,
    /// Whether training changes the parameters.
    Trainable,
    /// Mult-adds of the operations that ran in it: matrix products, convolutions and attention, module or not.
    OperationMultAdds,
    /// How many elements of the model's input one element of the output can see along an axis.
    ReceptiveField,
}

impl Column {
    /// All columns that torchinfo knows, in its order.
    pub const TORCHINFO: [Column; 8] = [
        Column::KernelSize,
        Column::Groups,
        Column::InputSize,
        Column::OutputSize,
        Column::NumParams,
        Column::ParamsPercent,
        Column::MultAdds,
        Column::Trainable,
    ];

    /// All columns.
    pub const ALL: [Column; 10] = [
        Column::KernelSize,
        Column::Groups,
        Column::InputSize,
        Column::OutputSize,
        Column::NumParams,
        Column::ParamsPercent,
        Column::MultAdds,
        Column::Trainable,
        Column::OperationMultAdds,
        Column::ReceptiveField,
    ];

    /// The name by which it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Column::KernelSize => "kernel_size",
            Column::Groups => "groups",
            Column::InputSize => "input_size",
            Column::OutputSize => "output_size",
            Column::NumParams => "num_params",
            Column::ParamsPercent => "params_percent",
            Column::MultAdds => "mult_adds",
            Column::Trainable => "trainable",
            Column::OperationMultAdds => "operation_mult_adds",
            Column::ReceptiveField => "receptive_field",
        }
    }

    /// What stands above it.
    pub fn title(self) -> &'static str {
        match self {
            Column::KernelSize => "Kernel Shape",
            Column::Groups => "Groups",
            Column::InputSize => "Input Shape",
            Column::OutputSize => "Output Shape",
            Column::NumParams => "Param #",
            Column::ParamsPercent => "Param %",
            Column::MultAdds => "Mult-Adds",
            Column::Trainable => "Trainable",
            Column::OperationMultAdds => "Op Mult-Adds",
            Column::ReceptiveField => "Receptive Field",
        }
    }

    /// Whether its cells are numbers, which stand at the right where a table is drawn.
    pub(super) fn is_number(self) -> bool {
        matches!(
            self,
            Column::Groups
                | Column::NumParams
                | Column::ParamsPercent
                | Column::MultAdds
                | Column::OperationMultAdds
                | Column::ReceptiveField
        )
    }
}

/// A name that no column has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no column is called {name:?}; the columns are {}", Column::ALL.map(Column::name).join(", "))]
pub struct UnknownColumn {
    /// The name.
    pub name: String,
}

impl FromStr for Column {
    type Err = UnknownColumn;

    fn from_str(name: &str) -> Result<Self, UnknownColumn> {
        Column::ALL
            .into_iter()
            .find(|column| column.name() == name)
            .ok_or_else(|| UnknownColumn {
                name: name.to_owned(),
            })
    }
}

/// What stands where there is nothing to say.
const NOTHING: &str = "--";
const RECURSIVE: &str = "(recursive)";

impl Summary {
    /// The text of a cell. `at_max_depth`: the rows below this one are not shown, so that it stands for them.
    pub fn cell(&self, row: &Row, column: Column, at_max_depth: bool) -> String {
        let stands_for_all = at_max_depth || row.is_leaf;
        match column {
            Column::KernelSize => kernel_size(row.kernel_size.as_ref()),
            Column::Groups => or_nothing(row.groups),
            Column::InputSize => size(&row.input),
            Column::OutputSize => size(&row.output),
            Column::NumParams => num_params(row, stands_for_all),
            Column::ParamsPercent => self.params_percent(row, stands_for_all),
            Column::MultAdds => mult_adds(row, at_max_depth),
            Column::Trainable => trainable(row).to_owned(),
            Column::OperationMultAdds => or_nothing(operation_mult_adds(row, at_max_depth)),
            Column::ReceptiveField => or_nothing(row.receptive_field),
        }
    }

    fn params_percent(&self, row: &Row, stands_for_all: bool) -> String {
        let (total, nothing) = (self.totals.params, format!("{NOTHING:>7}"));
        if total == 0 {
            return nothing;
        }
        if row.is_recursive {
            return RECURSIVE.to_owned();
        }
        let params = if stands_for_all {
            row.num_params as i64
        } else {
            row.leftover_params
        };
        if params == 0 {
            return nothing;
        }
        format!(
            "{:>7}",
            format!("{:.2}%", params as f64 / total as f64 * 100.0)
        )
    }
}

fn num_params(row: &Row, stands_for_all: bool) -> String {
    if row.num_params == 0 {
        NOTHING.to_owned()
    } else if row.is_recursive {
        RECURSIVE.to_owned()
    } else if stands_for_all && row.trainable_params == 0 {
        format!("({})", grouped(row.num_params))
    } else if stands_for_all {
        grouped(row.num_params)
    } else {
        or_nothing(
            u64::try_from(row.leftover_params)
                .ok()
                .filter(|&params| params > 0),
        )
    }
}

fn mult_adds(row: &Row, at_max_depth: bool) -> String {
    match (row.mult_adds, row.is_leaf) {
        (0, _) => NOTHING.to_owned(),
        (own, true) => grouped(own),
        (_, false) if at_max_depth => grouped(row.mult_adds_below),
        (_, false) => NOTHING.to_owned(),
    }
}

/// The operations of a row's call, and of all below it where those are not shown.
pub(super) fn operation_mult_adds(row: &Row, at_max_depth: bool) -> Option<u64> {
    let below = row.operation_mult_adds_below.filter(|_| at_max_depth);
    let sum = row
        .operation_mult_adds
        .unwrap_or_default()
        .saturating_add(below.unwrap_or_default());
    (sum > 0).then_some(sum)
}

/// `True`, `False` or `Partial`, nothing where there are no parameters.
pub(super) fn trainable(row: &Row) -> &'static str {
    match (row.num_params, row.trainable_params) {
        (0, _) => NOTHING,
        (_, 0) => "False",
        (all, trainable) if all == trainable => "True",
        _ => "Partial",
    }
}

/// A shape as Python prints a list.
pub(super) fn size(size: &Size) -> String {
    match size {
        Size::Unknown => "?".to_owned(),
        Size::Absent => NOTHING.to_owned(),
        Size::Known(dims) if dims.is_empty() => NOTHING.to_owned(),
        Size::Known(dims) => list(dims.iter().map(ToString::to_string)),
    }
}

fn kernel_size(kernel_size: Option<&KernelSize>) -> String {
    match kernel_size {
        None | Some(KernelSize::One(0)) => NOTHING.to_owned(),
        Some(KernelSize::One(size)) => size.to_string(),
        Some(KernelSize::Each(sizes)) if sizes.is_empty() => NOTHING.to_owned(),
        Some(KernelSize::Each(sizes)) => list(sizes.iter().map(ToString::to_string)),
        Some(KernelSize::Other(text)) => text.clone(),
    }
}

/// `[1, 2, 3]`.
pub(super) fn list(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(", "))
}

fn or_nothing(number: Option<u64>) -> String {
    number
        .filter(|&number| number > 0)
        .map_or_else(|| NOTHING.to_owned(), grouped)
}

/// A number with a comma at the thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        let _ = text.write_char(digit);
    }
    text
}
