//! The table of layers that torchinfo made known, from a record of a model's calls.
//!
//! [`Record`] → [`Summary`] → text. The text of [`Summary::text`] is that of torchinfo 1.8.0 to the letter; Markdown,
//! JSON, CSV and HTML show the same rows ([`Summary::write`]), and [`Comparison`] puts two models beside each other.

mod cells;
mod compare;
mod count;
mod describe;
mod formats;
mod graph;
mod liveness;
mod operations;
mod receptive_field;
mod record;
mod rows;
mod table;
mod text;

pub use cells::{Column, UnknownColumn};
pub use compare::{ComparedRow, Comparison, Side};
pub use count::Counting;
pub use describe::describe;
pub use formats::{Format, UnknownFormat};
pub use graph::node_mult_adds;
pub use liveness::peak_activation_bytes;
pub use operations::mult_adds_of_operation;
pub use receptive_field::ReceptiveFields;
pub use record::{
    Call, CallId, KernelSize, Module, ModuleId, Operations, OwnParameter, Parameter, ParameterId,
    Place, PlaceId, Record, Size, Tensor,
};
pub use rows::Row;
pub use text::{Layout, RowSettings, TextOptions, Units, readable};

/// The sums under the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Parameters of the model.
    pub params: u64,
    /// Those of them that training changes.
    pub trainable_params: u64,
    /// Bytes of the parameters.
    pub param_bytes: u64,
    /// Mult-adds of all layers by their parameters, repeated calls each time.
    pub mult_adds: u64,
    /// Bytes of what the layers with parameters put out, and as many for the gradients.
    pub output_bytes: u64,
    /// Bytes of the inputs; `None` where nothing ran.
    pub input_bytes: Option<u64>,
    /// Mult-adds of all operations; `None` where nobody looked at them.
    pub operation_mult_adds: Option<u64>,
    /// Memory that the values between operations need at once, at most, in bytes; `None` where it is not known.
    pub peak_activation_bytes: Option<u64>,
}

impl Totals {
    /// Inputs, layers' outputs with their gradients, and parameters, in bytes.
    pub fn estimated_bytes(&self) -> u64 {
        let input = self.input_bytes.unwrap_or_default();
        input
            .saturating_add(self.output_bytes)
            .saturating_add(self.param_bytes)
    }
}

/// A model's layers, what each one does, and the sums.
#[derive(Clone, Debug)]
pub struct Summary {
    record: Record,
    rows: Vec<Row>,
    order: Vec<usize>,
    totals: Totals,
}

impl Summary {
    /// Summarizes a record.
    pub fn new(record: Record, counting: Counting) -> Self {
        let rows::Rows { rows, order } = rows::build(&record, counting);
        let totals = totals(&record, &rows, &order, counting);
        Summary {
            record,
            rows,
            order,
            totals,
        }
    }

    /// The rows in the table's order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &Row> + '_ {
        self.order.iter().map(|&row| &self.rows[row])
    }

    /// The sums under the table.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// What was summarized.
    pub fn record(&self) -> &Record {
        &self.record
    }
}

fn totals(record: &Record, rows: &[Row], order: &[usize], counting: Counting) -> Totals {
    let mut totals = Totals {
        input_bytes: record.input_bytes(),
        peak_activation_bytes: record.peak_activation_bytes(),
        ..Totals::default()
    };
    for row in order.iter().map(|&row| &rows[row]) {
        if let Some(operations) = row.operation_mult_adds {
            *totals.operation_mult_adds.get_or_insert(0) += operations;
        }
        if row.is_leaf {
            totals.mult_adds = totals.mult_adds.saturating_add(row.mult_adds);
            if row.num_params > 0 {
                totals.output_bytes = totals
                    .output_bytes
                    .saturating_add(row.output_bytes.saturating_mul(2));
            }
        }
        match counting {
            // All there is below the root counts, whether it ran or not, and what is shared once.
            Counting::Current if row.depth == 0 && !row.is_recursive => {
                totals.params += row.num_params;
                totals.trainable_params += row.trainable_params;
                totals.param_bytes += row.param_bytes;
            }
            Counting::Release if !row.is_recursive && row.is_leaf => {
                totals.params += row.num_params;
                totals.trainable_params += row.trainable_params;
                totals.param_bytes += row.param_bytes;
            }
            Counting::Release if !row.is_recursive => {
                totals.params += row.leftover_params.max(0) as u64;
                totals.trainable_params += row.leftover_trainable_params.max(0) as u64;
            }
            Counting::Current | Counting::Release => {}
        }
    }
    totals
}
