//! `glassboard.metrics`: curves and their areas, on numpy's own memory and without Python's lock.
//!
//! The Python side brings its arguments into arrays of the types below; everything else, scikit-learn's checks
//! included, is done by `glassboard-metrics`.

use glassboard_metrics::{
    Area, AreaValue, Average, AveragePrecisionOptions, Costs, CurveOptions, Label, MetricsError,
    MultiClass, OperatingPoint, RocAucOptions, Score, Scores, Targets, ThresholdCounts, Warning,
};
use numpy::ndarray::{ArrayView1, ArrayViewD, Axis, Ix1, Ix2};
use numpy::{Element, PyArray1, PyReadonlyArray1};
use pyo3::IntoPyObjectExt as _;
use pyo3::exceptions::PyNotImplementedError;
use pyo3::prelude::*;

use crate::error::{empty_input, invalid_input};

/// Adds this file's functions to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(precision_recall_curve, module)?)?;
    module.add_function(wrap_pyfunction!(roc_curve, module)?)?;
    module.add_function(wrap_pyfunction!(det_curve, module)?)?;
    module.add_function(wrap_pyfunction!(confusion_matrix_at_thresholds, module)?)?;
    module.add_function(wrap_pyfunction!(auc, module)?)?;
    module.add_function(wrap_pyfunction!(roc_auc_score, module)?)?;
    module.add_function(wrap_pyfunction!(average_precision_score, module)?)?;
    module.add_function(wrap_pyfunction!(operating_point, module)?)
}

type Array<'py, T = f64> = Bound<'py, PyArray1<T>>;

/// What a result does not mean: the text, and whether it is an `UndefinedMetricWarning`.
type Warnings = Vec<(String, bool)>;

/// Does `$body` with a view of an array of one of the listed types.
macro_rules! with_type {
    ($array:expr, [$($type:ty),*], $view:ident => $body:expr) => {{
        let array: &Bound<'_, PyAny> = $array;
        $(if let Ok(array) = array.extract::<numpy::PyReadonlyArrayDyn<'_, $type>>() {
            let $view = array.as_array();
            $body
        } else)* {
            Err($crate::error::invalid_type(
                array.py(),
                format!("expected an array of numbers, got {}", $crate::error::type_name(array)),
            ))
        }
    }};
}

macro_rules! with_labels {
    ($array:expr, $view:ident => $body:expr) => {
        $crate::metrics::with_type!($array, [bool, u8, i32, i64, f32, f64], $view => $body)
    };
}

macro_rules! with_scores {
    ($array:expr, $view:ident => $body:expr) => {
        $crate::metrics::with_type!($array, [f32, f64], $view => $body)
    };
}

pub(crate) use {with_labels, with_scores, with_type};

/// What all curves are told.
pub(crate) struct Told<'a, 'py> {
    py: Python<'py>,
    pos_label: Option<&'a Bound<'py, PyAny>>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    drop_intermediate: Option<bool>,
}

impl<'a, 'py> Told<'a, 'py> {
    pub(crate) fn new(
        py: Python<'py>,
        pos_label: Option<&'a Bound<'py, PyAny>>,
        sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    ) -> Self {
        Self {
            py,
            pos_label,
            sample_weight,
            drop_intermediate: None,
        }
    }

    fn pos_label<L: for<'x> FromPyObjectOwned<'x>>(&self) -> PyResult<Option<L>> {
        self.pos_label
            .map(|label| label.extract::<L>().map_err(Into::into))
            .transpose()
    }

    fn weights(&self) -> Option<ArrayView1<'_, f64>> {
        self.sample_weight.as_ref().map(PyReadonlyArray1::as_array)
    }

    fn options<L: for<'x> FromPyObjectOwned<'x>>(&self) -> PyResult<CurveOptions<'_, L>> {
        Ok(CurveOptions {
            pos_label: self.pos_label()?,
            sample_weight: self.weights(),
            drop_intermediate: self.drop_intermediate,
        })
    }

    /// Counts at every distinct score.
    pub(crate) fn counts<L, S>(
        &self,
        y_true: ArrayViewD<'_, L>,
        y_score: ArrayViewD<'_, S>,
    ) -> PyResult<ThresholdCounts<S>>
    where
        L: Label + for<'x> FromPyObjectOwned<'x>,
        S: Score,
    {
        let (y_true, y_score) = (column(self.py, y_true)?, column(self.py, y_score)?);
        let options = self.options()?;
        self.py
            .detach(|| {
                glassboard_metrics::confusion_matrix_at_thresholds(y_true, y_score, &options)
            })
            .map_err(|error| from_metrics(self.py, &error))
    }
}

/// Precision, recall, thresholds; warnings.
#[pyfunction]
fn precision_recall_curve<'py>(
    py: Python<'py>,
    y_true: &Bound<'py, PyAny>,
    y_score: &Bound<'py, PyAny>,
    pos_label: Option<&Bound<'py, PyAny>>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    drop_intermediate: bool,
) -> PyResult<(Array<'py>, Array<'py>, Bound<'py, PyAny>, Warnings)> {
    let told = Told {
        py,
        pos_label,
        sample_weight,
        drop_intermediate: None,
    };
    with_labels!(y_true, y_true => with_scores!(y_score, y_score => {
        let counts = told.counts(y_true, y_score)?;
        let curve = py.detach(|| counts.precision_recall_curve(drop_intermediate));
        Ok((
            PyArray1::from_vec(py, curve.precision),
            PyArray1::from_vec(py, curve.recall),
            PyArray1::from_vec(py, curve.thresholds).into_any(),
            texts(&curve.warnings),
        ))
    }))
}

/// False positive rates, true positive rates, thresholds; warnings.
#[pyfunction]
fn roc_curve<'py>(
    py: Python<'py>,
    y_true: &Bound<'py, PyAny>,
    y_score: &Bound<'py, PyAny>,
    pos_label: Option<&Bound<'py, PyAny>>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    drop_intermediate: bool,
) -> PyResult<(Array<'py>, Array<'py>, Array<'py>, Warnings)> {
    let told = Told {
        py,
        pos_label,
        sample_weight,
        drop_intermediate: None,
    };
    let curve = with_labels!(y_true, y_true => with_scores!(y_score, y_score => {
        let counts = told.counts(y_true, y_score)?;
        Ok(py.detach(|| counts.roc_curve(drop_intermediate)))
    }))?;
    Ok((
        PyArray1::from_vec(py, curve.fpr),
        PyArray1::from_vec(py, curve.tpr),
        PyArray1::from_vec(py, curve.thresholds),
        texts(&curve.warnings),
    ))
}

/// False positive rates, false negative rates, thresholds.
#[pyfunction]
fn det_curve<'py>(
    py: Python<'py>,
    y_true: &Bound<'py, PyAny>,
    y_score: &Bound<'py, PyAny>,
    pos_label: Option<&Bound<'py, PyAny>>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    drop_intermediate: bool,
) -> PyResult<(Array<'py>, Array<'py>, Array<'py>)> {
    let told = Told {
        py,
        pos_label,
        sample_weight,
        drop_intermediate: Some(drop_intermediate),
    };
    let curve = with_labels!(y_true, y_true => with_scores!(y_score, y_score => {
        let (y_true, y_score) = (column(py, y_true)?, column(py, y_score)?);
        let options = told.options()?;
        py.detach(|| glassboard_metrics::det_curve(y_true, y_score, &options))
            .map_err(|error| from_metrics(py, &error))
    }))?;
    Ok((
        PyArray1::from_vec(py, curve.fpr),
        PyArray1::from_vec(py, curve.fnr),
        PyArray1::from_vec(py, curve.thresholds),
    ))
}

/// True negatives, false positives, false negatives, true positives, thresholds.
#[pyfunction]
fn confusion_matrix_at_thresholds<'py>(
    py: Python<'py>,
    y_true: &Bound<'py, PyAny>,
    y_score: &Bound<'py, PyAny>,
    pos_label: Option<&Bound<'py, PyAny>>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
) -> PyResult<([Array<'py>; 4], Bound<'py, PyAny>)> {
    let told = Told {
        py,
        pos_label,
        sample_weight,
        drop_intermediate: None,
    };
    with_labels!(y_true, y_true => with_scores!(y_score, y_score => {
        let counts = told.counts(y_true, y_score)?;
        let (true_negatives, false_negatives) =
            py.detach(|| (counts.true_negatives(), counts.false_negatives()));
        let columns = [
            true_negatives,
            counts.false_positives,
            false_negatives,
            counts.true_positives,
        ];
        Ok((
            columns.map(|column| PyArray1::from_vec(py, column)),
            PyArray1::from_vec(py, counts.thresholds).into_any(),
        ))
    }))
}

/// The area below a curve by the trapezoidal rule.
#[pyfunction]
fn auc(
    py: Python<'_>,
    x: PyReadonlyArray1<'_, f64>,
    y: PyReadonlyArray1<'_, f64>,
) -> PyResult<f64> {
    let (x, y) = (x.as_array(), y.as_array());
    py.detach(|| glassboard_metrics::auc(x, y))
        .map_err(|error| from_metrics(py, &error))
}

/// An area or one per class; warnings.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // they are scikit-learn's
fn roc_auc_score<'py>(
    py: Python<'py>,
    y_true: &Bound<'py, PyAny>,
    y_score: &Bound<'py, PyAny>,
    average: Option<&str>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    max_fpr: Option<f64>,
    multi_class: &str,
    labels: Option<&Bound<'py, PyAny>>,
) -> PyResult<(Bound<'py, PyAny>, Warnings)> {
    let average = self::average(py, average)?;
    let multi_class = match multi_class {
        "raise" => None,
        "ovr" => Some(MultiClass::OneVersusRest),
        "ovo" => Some(MultiClass::OneVersusOne),
        other => {
            return Err(invalid_input(
                py,
                format!("multi_class: expected 'raise', 'ovr' or 'ovo', got {other:?}"),
            ));
        }
    };
    let area = with_labels!(y_true, y_true => {
        let labels = labels.map(|labels| same_type(&y_true, labels)).transpose()?;
        with_scores!(y_score, y_score => {
            let options = RocAucOptions {
                average,
                sample_weight: sample_weight.as_ref().map(PyReadonlyArray1::as_array),
                max_fpr,
                multi_class,
                labels: labels.as_ref().map(PyReadonlyArray1::as_array),
            };
            let (y_true, y_score) = (targets(py, y_true)?, self::scores(py, y_score)?);
            py.detach(|| glassboard_metrics::roc_auc_score(y_true, y_score, &options))
                .map_err(|error| from_metrics(py, &error))
        })
    })?;
    from_area(py, area)
}

/// An area or one per class; warnings.
#[pyfunction]
fn average_precision_score<'py>(
    py: Python<'py>,
    y_true: &Bound<'py, PyAny>,
    y_score: &Bound<'py, PyAny>,
    average: Option<&str>,
    pos_label: Option<&Bound<'py, PyAny>>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
) -> PyResult<(Bound<'py, PyAny>, Warnings)> {
    let average = self::average(py, average)?;
    let told = Told {
        py,
        pos_label,
        sample_weight,
        drop_intermediate: None,
    };
    let area = with_labels!(y_true, y_true => with_scores!(y_score, y_score => {
        let options = AveragePrecisionOptions {
            average,
            pos_label: told.pos_label()?,
            sample_weight: told.weights(),
        };
        let (y_true, y_score) = (targets(py, y_true)?, self::scores(py, y_score)?);
        py.detach(|| glassboard_metrics::average_precision_score(y_true, y_score, &options))
            .map_err(|error| from_metrics(py, &error))
    }))?;
    from_area(py, area)
}

/// Threshold, true positives, false positives, false negatives, true negatives of the threshold that is best
/// by a measure (`"f1"`, `"youden"`, `"cost"`) or given (a number); None when the measure has no meaning.
#[pyfunction]
fn operating_point<'py>(
    py: Python<'py>,
    y_true: &Bound<'py, PyAny>,
    y_score: &Bound<'py, PyAny>,
    pos_label: Option<&Bound<'py, PyAny>>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    best_by: &str,
    numbers: (f64, f64),
) -> PyResult<Option<[f64; 5]>> {
    let told = Told {
        py,
        pos_label,
        sample_weight,
        drop_intermediate: None,
    };
    let costs = || Costs::new(numbers.0, numbers.1).map_err(|error| from_metrics(py, &error));
    let point = with_labels!(y_true, y_true => with_scores!(y_score, y_score => {
        let counts = told.counts(y_true, y_score)?;
        Ok::<_, PyErr>(match best_by {
            "f1" => counts.best_f1(),
            "youden" => counts.youden(),
            "cost" => Some(counts.lowest_cost(costs()?)),
            _ => Some(counts.at_threshold(numbers.0)),
        })
    }))?;
    Ok(point.map(|point: OperatingPoint| {
        [
            point.threshold,
            point.true_positives,
            point.false_positives,
            point.false_negatives,
            point.true_negatives,
        ]
    }))
}

/// An array of as many samples.
fn column<'a, T>(py: Python<'_>, array: ArrayViewD<'a, T>) -> PyResult<ArrayView1<'a, T>> {
    let shape = array.shape().to_vec();
    let array = if let [_, 1] = shape.as_slice() {
        array.index_axis_move(Axis(1), 0)
    } else {
        array
    };
    array
        .into_dimensionality::<Ix1>()
        .map_err(|_| wrong_shape(py, "a 1d array", &shape))
}

fn targets<'a, L>(py: Python<'_>, array: ArrayViewD<'a, L>) -> PyResult<Targets<'a, L>> {
    let shape = array.shape().to_vec();
    match shape.len() {
        1 => array.into_dimensionality::<Ix1>().map(Targets::Classes),
        _ => array.into_dimensionality::<Ix2>().map(Targets::Indicators),
    }
    .map_err(|_| wrong_shape(py, "an array of one or two dimensions", &shape))
}

fn scores<'a, S>(py: Python<'_>, array: ArrayViewD<'a, S>) -> PyResult<Scores<'a, S>> {
    let shape = array.shape().to_vec();
    match shape.len() {
        1 => array.into_dimensionality::<Ix1>().map(Scores::Positive),
        _ => array.into_dimensionality::<Ix2>().map(Scores::PerClass),
    }
    .map_err(|_| wrong_shape(py, "an array of one or two dimensions", &shape))
}

fn wrong_shape(py: Python<'_>, expected: &str, shape: &[usize]) -> PyErr {
    invalid_input(
        py,
        format!("expected {expected}, got an array of shape {shape:?}"),
    )
}

/// An array whose elements are of the type of another's.
fn same_type<'py, L: Element>(
    _: &ArrayViewD<'_, L>,
    array: &Bound<'py, PyAny>,
) -> PyResult<PyReadonlyArray1<'py, L>> {
    array.extract()
}

fn average(py: Python<'_>, average: Option<&str>) -> PyResult<Option<Average>> {
    Ok(Some(match average {
        None => return Ok(None),
        Some("micro") => Average::Micro,
        Some("macro") => Average::Macro,
        Some("samples") => Average::Samples,
        Some("weighted") => Average::Weighted,
        Some(other) => {
            return Err(invalid_input(
                py,
                format!(
                    "average: expected 'micro', 'macro', 'samples', 'weighted' or None, got {other:?}"
                ),
            ));
        }
    }))
}

fn from_area(py: Python<'_>, area: Area) -> PyResult<(Bound<'_, PyAny>, Warnings)> {
    let value = match area.value {
        AreaValue::One(value) => value.into_bound_py_any(py)?,
        AreaValue::PerClass(values) => PyArray1::from_vec(py, values).into_any(),
    };
    Ok((value, texts(&area.warnings)))
}

fn texts(warnings: &[Warning]) -> Warnings {
    warnings
        .iter()
        .map(|warning| (warning.to_string(), warning.is_undefined_metric()))
        .collect()
}

/// As scikit-learn raises it: with a capital letter at the beginning, unless that is a name.
pub(crate) fn from_metrics(py: Python<'_>, error: &MetricsError) -> PyErr {
    let mut message = error.to_string();
    let begins_with_name = matches!(
        error,
        MetricsError::UnsupportedTarget { .. }
            | MetricsError::PositiveLabelNeeded { .. }
            | MetricsError::UnknownPositiveLabel { .. }
            | MetricsError::MultiClassNeeded
            | MetricsError::ScoreShape { .. }
    );
    if !begins_with_name && let Some(first) = message.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    match error {
        MetricsError::NoSamples => empty_input(py, message),
        MetricsError::NotImplementedOneVersusOnePerClass => PyNotImplementedError::new_err(message),
        _ => invalid_input(py, message),
    }
}
