//! The operations of one run of a live model, as Python saw them, as a graph: what is known of files' graphs is known
//! of them too.

use std::collections::HashMap;

use glassboard_model::summary::{ReceptiveFields, peak_activation_bytes};
use glassboard_model::{Attribute, DType, ModelBuilder, TensorRole, ValueId};
use pyo3::prelude::*;

/// What went in or was there before: number of the value, whether the model was given it, type, shape.
type Source = (usize, bool, String, Vec<u64>);
/// Name, numbers of the values that it takes, results, settings.
type Operation = (
    String,
    Vec<usize>,
    Vec<(usize, String, Vec<u64>)>,
    Vec<(String, Setting)>,
);
/// What was there before, the operations in order, numbers of the values that the model returned.
pub(crate) type Trace = (Vec<Source>, Vec<Operation>, Vec<usize>);

/// A setting of an operation.
#[derive(FromPyObject)]
pub(crate) enum Setting {
    Flag(bool),
    Number(i64),
    Numbers(Vec<i64>),
}

/// What is known of a run.
pub(crate) struct Run {
    fields: ReceptiveFields,
    values: HashMap<usize, ValueId>,
    pub(crate) peak_activation_bytes: u64,
}

impl Run {
    /// `None` where a number points nowhere.
    pub(crate) fn of((sources, operations, outputs): Trace) -> Option<Self> {
        let mut builder = ModelBuilder::new("");
        let root = builder.root();
        let call = builder.root_call();
        let mut values: HashMap<usize, ValueId> = HashMap::new();
        for (number, is_input, dtype, shape) in sources {
            let dtype = dtype_of(&dtype);
            let name = number.to_string();
            let value = if is_input {
                builder.input(&name, dtype, shape)
            } else {
                builder.tensor(root, &name, TensorRole::Constant, dtype, shape)
            };
            values.insert(number, value);
        }
        for (name, inputs, results, settings) in operations {
            let inputs = inputs.iter().map(|number| values.get(number).copied());
            let inputs: Option<Vec<ValueId>> = inputs.collect();
            let inputs = inputs?;
            for (number, dtype, shape) in results {
                // Each result is an operation of its own: what it sees and how long it lives is the same.
                let made = builder.node(call, &name, &inputs, dtype_of(&dtype), shape);
                for (name, setting) in &settings {
                    let setting = match setting {
                        Setting::Flag(flag) => Attribute::Bool(*flag),
                        Setting::Number(number) => Attribute::Int(*number),
                        Setting::Numbers(numbers) => Attribute::Ints(numbers.clone()),
                    };
                    builder.set_node_attribute(made, name, setting);
                }
                values.insert(number, made);
            }
        }
        for number in outputs {
            builder.output(*values.get(&number)?);
        }
        let graph = builder.build();
        Some(Self {
            fields: ReceptiveFields::of(&graph),
            values,
            peak_activation_bytes: peak_activation_bytes(&graph),
        })
    }

    /// Of the value with this number.
    pub(crate) fn receptive_field(&self, number: usize) -> Option<u64> {
        self.fields.of_value(*self.values.get(&number)?)
    }
}

/// A type that is not known takes a byte.
fn dtype_of(name: &str) -> DType {
    DType::from_name(name).unwrap_or(DType::U8)
}
