//! The summary of a model: Python's hooks gather the calls, everything else is `glassboard_model::summary`.

use std::path::PathBuf;

use glassboard_model::summary::{
    Call, Column, Comparison, Counting, Format, KernelSize, Layout, Module, Operations,
    OwnParameter, Parameter, Place, Record, Row, RowSettings, Size, Summary, Tensor, TextOptions,
    Units, describe, mult_adds_of_operation, readable,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::{file_error, invalid_input};
use crate::trace::{Run, Trace};

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<ModelSummary>()?;
    module.add_class::<SummaryRow>()?;
    module.add_function(wrap_pyfunction!(describe_file, module)?)?;
    module.add_function(wrap_pyfunction!(operation_mult_adds, module)?)?;
    module.add_function(wrap_pyfunction!(readable_number, module)?)
}

/// What Python calls a `kernel_size`.
#[derive(FromPyObject)]
enum PyKernelSize {
    One(i64),
    Each(Vec<i64>),
    Other(String),
}

/// Shape, bytes of an element, trainable. The shape of one that is not initialised is None.
type PyParameter = (Option<Vec<u64>>, u64, bool);
/// Children, own parameters with what pruning left, leaf, kernel size, groups.
type PyModuleLists = (
    Vec<(String, usize)>,
    Vec<(String, usize, Option<u64>)>,
    bool,
    Option<PyKernelSize>,
    Option<u64>,
);
/// Module, name, class, parent.
type PyPlace = (usize, String, String, Option<usize>);
/// Shape and bytes of an element; None where there was no tensor.
type PyTensor = Option<(Vec<u64>, u64)>;
/// Place, class, executed, input, output, mult-adds of its operations, the traced value that it put out.
type PyCall = (
    usize,
    String,
    bool,
    PyTensor,
    PyTensor,
    Option<u64>,
    Option<usize>,
);

/// A summarized model.
#[pyclass(frozen, module = "glassboard._core")]
struct ModelSummary(Summary);

/// What is shown, read from a `FormattingOptions`.
#[derive(FromPyObject)]
#[allow(clippy::struct_excessive_bools)] // The attributes of torchinfo's class.
struct Formatting {
    max_depth: i64,
    verbose: i64,
    col_names: Vec<String>,
    col_width: usize,
    ascii_only: bool,
    show_var_name: bool,
    show_depth: bool,
    hide_recursive_layers: bool,
    layer_name_width: usize,
    params_units: String,
    macs_units: String,
    size_units: Option<String>,
}

impl Formatting {
    fn options(&self, py: Python<'_>) -> PyResult<TextOptions> {
        let columns = self.col_names.iter().map(|name| name.parse::<Column>());
        let columns: Result<_, _> = columns.collect();
        Ok(TextOptions {
            columns: columns.map_err(|error| invalid_input(py, error))?,
            column_width: self.col_width,
            depth: usize::try_from(self.max_depth).unwrap_or(0),
            rows: self.rows(),
            show_parameters: self.verbose == 2,
            layout: match &self.size_units {
                None => Layout::Release,
                Some(name) => Layout::Current(units(py, name)?),
            },
            params_units: units(py, &self.params_units)?,
            mult_adds_units: units(py, &self.macs_units)?,
            layer_width: Some(self.layer_name_width),
        })
    }

    fn rows(&self) -> RowSettings {
        RowSettings {
            depth: self.show_depth,
            var_names: self.show_var_name,
            ascii_only: self.ascii_only,
            hide_recursive_layers: self.hide_recursive_layers,
        }
    }
}

fn units(py: Python<'_>, name: &str) -> PyResult<Units> {
    use Units::{Auto, Giga, Kilo, Mega, One, Tera};
    [Auto, One, Kilo, Mega, Giga, Tera]
        .into_iter()
        .find(|units| units.prefix() == name)
        .ok_or_else(|| {
            invalid_input(
                py,
                format!("a unit is one of auto, k, M, G, T and '', not {name:?}"),
            )
        })
}

/// A number in a unit: the unit's letter and the value.
#[pyfunction]
fn readable_number(
    py: Python<'_>,
    number: u64,
    unit: &str,
    current_layout: bool,
) -> PyResult<(&'static str, f64)> {
    let unit = units(py, unit)?;
    let layout = if current_layout {
        Layout::Current(unit)
    } else {
        Layout::Release
    };
    let (unit, value) = readable(number, unit, layout);
    Ok((unit.prefix(), value))
}

/// A model's file in the form of `print(model)`.
#[pyfunction]
fn describe_file(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    let graph = glassboard_model::read(&path).map_err(|error| file_error(py, error))?;
    Ok(describe(&graph))
}

/// Mult-adds of one operation of ATen, by the shapes of its tensors.
#[pyfunction]
fn operation_mult_adds(name: &str, inputs: Vec<Vec<u64>>, outputs: Vec<Vec<u64>>) -> u64 {
    mult_adds_of_operation(name, &inputs, &outputs).unwrap_or_default()
}

#[pymethods]
impl ModelSummary {
    #[new]
    #[pyo3(signature = (parameters, modules, places, calls, trace, input_bytes, counting))]
    #[allow(clippy::too_many_arguments)] // the lists of a record
    fn new(
        py: Python<'_>,
        parameters: Vec<PyParameter>,
        modules: Vec<PyModuleLists>,
        places: Vec<PyPlace>,
        calls: Vec<PyCall>,
        trace: Option<Trace>,
        input_bytes: Option<u64>,
        counting: &str,
    ) -> PyResult<Self> {
        let counting = match counting {
            "current" => Counting::Current,
            "release" => Counting::Release,
            other => {
                let message = format!("counting is 'current' or 'release', not {other:?}");
                return Err(invalid_input(py, message));
            }
        };
        let record = record(parameters, modules, places, calls, trace, input_bytes)
            .ok_or_else(|| invalid_input(py, "the record names something that is not in it"))?;
        Ok(ModelSummary(Summary::new(record, counting)))
    }

    /// The rows in order.
    fn rows(&self) -> Vec<SummaryRow> {
        self.0.rows().map(SummaryRow::from).collect()
    }

    /// The sums by name.
    fn totals<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let totals = self.0.totals();
        let dict = PyDict::new(py);
        dict.set_item("params", totals.params)?;
        dict.set_item("trainable_params", totals.trainable_params)?;
        dict.set_item("param_bytes", totals.param_bytes)?;
        dict.set_item("mult_adds", totals.mult_adds)?;
        dict.set_item("output_bytes", totals.output_bytes)?;
        dict.set_item("operation_mult_adds", totals.operation_mult_adds)?;
        dict.set_item("peak_activation_bytes", totals.peak_activation_bytes)?;
        Ok(dict)
    }

    /// The width of the layer's column.
    fn layer_width(&self, formatting: Formatting) -> usize {
        self.0.layer_width(formatting.rows())
    }

    /// torchinfo's table.
    fn text(&self, py: Python<'_>, formatting: Formatting) -> PyResult<String> {
        Ok(self.0.text(&formatting.options(py)?))
    }

    /// The summary in a form.
    fn write(&self, py: Python<'_>, format: &str, formatting: Formatting) -> PyResult<String> {
        let format: Format = format.parse().map_err(|error| invalid_input(py, error))?;
        Ok(self.0.write(format, &formatting.options(py)?))
    }

    /// This model beside another one.
    fn compare(
        &self,
        py: Python<'_>,
        other: &ModelSummary,
        format: &str,
        formatting: Formatting,
    ) -> PyResult<String> {
        let format: Format = format.parse().map_err(|error| invalid_input(py, error))?;
        let options = formatting.options(py)?;
        Ok(Comparison::new(&self.0, &other.0, &options).write(format, &options))
    }

    /// The text of one cell.
    fn cell(
        &self,
        py: Python<'_>,
        row: usize,
        column: &str,
        at_max_depth: bool,
    ) -> PyResult<String> {
        let column: Column = column.parse().map_err(|error| invalid_input(py, error))?;
        let row = self.0.rows().nth(row);
        let row = row.ok_or_else(|| invalid_input(py, "there is no such row"))?;
        Ok(self.0.cell(row, column, at_max_depth))
    }

    /// The lines of a row's parameters: name, shape, number with its branch.
    fn parameters(&self, row: usize) -> Vec<(String, String, String)> {
        self.0
            .rows()
            .nth(row)
            .map(|row| self.0.parameter_cells(row))
            .unwrap_or_default()
    }
}

/// The record that the lists describe; nothing where a number points nowhere.
fn record(
    parameters: Vec<PyParameter>,
    modules: Vec<PyModuleLists>,
    places: Vec<PyPlace>,
    calls: Vec<PyCall>,
    trace: Option<Trace>,
    input_bytes: Option<u64>,
) -> Option<Record> {
    let mut record = Record::new();
    let run = match trace {
        None => None,
        Some(trace) => Some(Run::of(trace)?),
    };
    for (shape, item_bytes, trainable) in parameters {
        record.add_parameter(Parameter {
            shape,
            item_bytes,
            trainable,
        });
    }
    for _ in &modules {
        record.add_module(Module::default());
    }
    for (index, (children, own, is_leaf, kernel_size, groups)) in modules.into_iter().enumerate() {
        let children: Option<_> = children
            .into_iter()
            .map(|(name, child)| Some((name, record.module_id(child)?)))
            .collect();
        let own: Option<_> = own
            .into_iter()
            .map(|(name, parameter, kept)| {
                Some(OwnParameter {
                    name,
                    parameter: record.parameter_id(parameter)?,
                    kept,
                })
            })
            .collect();
        let module = Module {
            children: children?,
            parameters: own?,
            is_leaf,
            kernel_size: kernel_size.map(|size| match size {
                PyKernelSize::One(size) => KernelSize::One(size),
                PyKernelSize::Each(sizes) => KernelSize::Each(sizes),
                PyKernelSize::Other(text) => KernelSize::Other(text),
            }),
            groups,
        };
        *record.module_mut(record.module_id(index)?)? = module;
    }
    for (module, name, class_name, parent) in places {
        let module = record.module_id(module)?;
        let parent = match parent {
            None => None,
            Some(parent) => Some(record.place_id(parent)?),
        };
        record.add_place(Place {
            module,
            name,
            class_name,
            parent,
        });
    }
    for (place, class_name, executed, input, output, mult_adds, value) in calls {
        let receptive_field = value
            .zip(run.as_ref())
            .and_then(|(value, run)| run.receptive_field(value));
        record.add_call(Call {
            place: record.place_id(place)?,
            class_name,
            executed,
            input: tensor(input),
            output: tensor(output),
            operations: mult_adds.map(|mult_adds| Operations {
                mult_adds,
                receptive_field,
            }),
        });
    }
    if let Some(bytes) = input_bytes {
        record.set_input_bytes(bytes);
    }
    if let Some(run) = run {
        record.set_peak_activation_bytes(run.peak_activation_bytes);
    }
    Some(record)
}

fn tensor(tensor: PyTensor) -> Tensor {
    tensor.map_or_else(Tensor::default, |(lengths, item_bytes)| Tensor {
        size: Size::of(lengths),
        item_bytes,
    })
}

/// One row of a summary.
#[pyclass(frozen, get_all, module = "glassboard._core")]
struct SummaryRow {
    module: usize,
    place: usize,
    class_name: String,
    var_name: String,
    path: String,
    depth: usize,
    depth_index: usize,
    is_leaf_layer: bool,
    is_recursive: bool,
    executed: bool,
    input_size: Vec<u64>,
    output_size: Vec<u64>,
    output_bytes: u64,
    num_params: u64,
    trainable_params: u64,
    param_bytes: u64,
    leftover_params: i64,
    leftover_trainable_params: i64,
    macs: u64,
    receptive_field: Option<u64>,
    end: usize,
}

impl From<&Row> for SummaryRow {
    fn from(row: &Row) -> Self {
        SummaryRow {
            module: row.module.index(),
            place: row.place.index(),
            class_name: row.class_name.clone(),
            var_name: row.name.clone(),
            path: row.path.clone(),
            depth: row.depth,
            depth_index: row.index,
            is_leaf_layer: row.is_leaf,
            is_recursive: row.is_recursive,
            executed: row.executed,
            input_size: row.input.lengths().collect(),
            output_size: row.output.lengths().collect(),
            output_bytes: row.output_bytes,
            num_params: row.num_params,
            trainable_params: row.trainable_params,
            param_bytes: row.param_bytes,
            leftover_params: row.leftover_params,
            leftover_trainable_params: row.leftover_trainable_params,
            macs: row.mult_adds,
            receptive_field: row.receptive_field,
            end: row.end,
        }
    }
}
