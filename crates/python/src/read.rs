//! What `glassboard.read` stands on: a loaded log directory, its columns as numpy arrays.

use std::path::PathBuf;
use std::sync::Arc;

use glassboard_events::proto::hparams;
use glassboard_store::histogram::{BASIS_POINTS, Histogram};
use glassboard_store::{
    LocalLogdir, Locator, Run, Snapshot, Store, StoreError, StoreOptions, StoredValue, TagKind,
};
use numpy::{PyArray1, ToPyArray as _};
use prost::Message as _;
use pyo3::exceptions::{PyFileNotFoundError, PyNotADirectoryError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::error::{file_error, invalid_input, not_found};
use crate::message::{Message, Place};

/// Adds this file's functions and classes to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Log>()?;
    module.add_function(wrap_pyfunction!(load, module)?)?;
    module.add_function(wrap_pyfunction!(histogram, module)?)?;
    module.add_function(wrap_pyfunction!(session_hparams, module)?)
}

/// A log directory as it was when it was loaded.
#[pyclass(frozen, module = "glassboard._core")]
struct Log {
    store: Arc<Store>,
    snapshot: Arc<Snapshot>,
}

/// Loads a log directory with all its runs.
#[pyfunction]
fn load(py: Python<'_>, logdir: PathBuf, threads: Option<usize>) -> PyResult<Log> {
    if !logdir.exists() {
        let message = format!("no such log directory: {}", logdir.display());
        return Err(PyFileNotFoundError::new_err(message));
    }
    if !logdir.is_dir() {
        return Err(PyNotADirectoryError::new_err(format!(
            "expected a log directory, got a file: {}; summary_iterator reads a single file",
            logdir.display()
        )));
    }
    Ok(py.detach(|| {
        let options = StoreOptions {
            threads,
            once: true,
        };
        let store = Store::new(Arc::new(LocalLogdir::new(logdir)), options);
        store.refresh();
        let snapshot = store.snapshot();
        Log { store, snapshot }
    }))
}

/// Tag, plugin, whether it is a scalar, display name, description, the plugin's own bytes.
type TagFacts = (String, String, bool, String, String, Option<Vec<u8>>);

/// Steps, wall times, values, and which are superseded.
type ScalarColumns<'py> = (
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<bool>>,
);

/// Steps, wall times, which are superseded, and where the values are.
type BlobColumns<'py> = (
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<bool>>,
    Vec<String>,
);

/// Run, path, sound records, damaged places; of these the first ones: offset, lost bytes, kind,
/// message.
type FileDamageFacts = (
    String,
    String,
    u64,
    u64,
    Vec<(u64, u64, &'static str, String)>,
);

#[pymethods]
impl Log {
    /// Names of the runs, by the wall time of their first event.
    fn run_names(&self) -> Vec<String> {
        let runs = self.snapshot.runs().iter();
        runs.map(|run| run.name().to_string()).collect()
    }

    /// First and last wall time of a run, the bytes and the number of its files.
    fn run_facts(
        &self,
        py: Python<'_>,
        run: &str,
    ) -> PyResult<(Option<f64>, Option<f64>, u64, usize)> {
        let run = self.run(py, run)?;
        Ok((
            run.first_wall_time().map(|time| time.0),
            run.last_wall_time().map(|time| time.0),
            run.size_bytes(),
            run.file_count(),
        ))
    }

    /// What a run has logged, by tag, then by plugin.
    fn tags(&self, py: Python<'_>, run: &str) -> PyResult<Vec<TagFacts>> {
        let tags = self.run(py, run)?.tags().iter().map(|info| {
            (
                info.tag.to_string(),
                info.plugin.to_string(),
                info.kind == TagKind::Scalar,
                info.display_name.to_string(),
                info.description.to_string(),
                info.plugin_content.as_deref().map(<[u8]>::to_vec),
            )
        });
        Ok(tags.collect())
    }

    /// The scalars of a tag; with the superseded ones, in the order of writing.
    fn scalars<'py>(
        &self,
        py: Python<'py>,
        run: &str,
        tag: &str,
        superseded: bool,
    ) -> PyResult<ScalarColumns<'py>> {
        let series = self
            .run(py, run)?
            .scalars(tag)
            .ok_or_else(|| not_found(py, format!("run {run:?} has no scalars {tag:?}")))?;
        let (steps, walls, values, marks) = py.detach(|| {
            let mut columns = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            let mut push = |point: glassboard_store::Point, superseded| {
                columns.0.push(point.step);
                columns.1.push(point.wall_time_secs);
                columns.2.push(point.value);
                columns.3.push(superseded);
            };
            if superseded {
                series
                    .points_written()
                    .for_each(|(point, superseded)| push(point, superseded));
            } else {
                series.points().for_each(|point| push(point, false));
            }
            columns
        });
        Ok((
            PyArray1::from_vec(py, steps),
            PyArray1::from_vec(py, walls),
            PyArray1::from_vec(py, values),
            PyArray1::from_vec(py, marks),
        ))
    }

    /// The values of a tag that stay in their files.
    fn blobs<'py>(
        &self,
        py: Python<'py>,
        run: &str,
        plugin: &str,
        tag: &str,
        superseded: bool,
    ) -> PyResult<BlobColumns<'py>> {
        let series = self.run(py, run)?.blobs(plugin, tag).ok_or_else(|| {
            not_found(
                py,
                format!("run {run:?} has no {tag:?} of plugin {plugin:?}"),
            )
        })?;
        let entries = || {
            let entries = series.entries().iter();
            entries.filter(|entry| superseded || !entry.superseded)
        };
        Ok((
            PyArray1::from_iter(py, entries().map(|entry| entry.step)),
            PyArray1::from_iter(py, entries().map(|entry| entry.wall_time_secs)),
            PyArray1::from_iter(py, entries().map(|entry| entry.superseded)),
            entries().map(|entry| entry.locator.to_string()).collect(),
        ))
    }

    /// One stored value: a message `Value`, or the bytes of a graph or of run metadata.
    fn value<'py>(&self, py: Python<'py>, locator: &str) -> PyResult<Bound<'py, PyAny>> {
        let value = py
            .detach(|| self.store.read_value(&locator.parse::<Locator>()?))
            .map_err(|error| from_store(py, &error))?;
        match value {
            StoredValue::Summary(value) => Place::of_value(value).object(py),
            StoredValue::Graph(bytes) | StoredValue::RunMetadata(bytes) => {
                Ok(PyBytes::new(py, &bytes).into_any())
            }
        }
    }

    /// The files with damage.
    fn damage(&self) -> Vec<FileDamageFacts> {
        let files = self.snapshot.damage();
        let files = files.iter().map(|file| {
            let places = file.places.iter().map(|damage| {
                (
                    damage.offset,
                    damage.lost_bytes,
                    damage.kind.as_str(),
                    damage.to_string(),
                )
            });
            (
                file.run.to_string(),
                file.path.clone(),
                file.records,
                file.damaged,
                places.collect(),
            )
        });
        files.collect()
    }

    /// Kind, path and message of what else a person should know.
    fn notices(&self) -> Vec<(&'static str, String, String)> {
        let notices = self.snapshot.notices().iter();
        notices
            .map(|notice| {
                (
                    notice.kind.as_str(),
                    notice.path.clone(),
                    notice.message.clone(),
                )
            })
            .collect()
    }
}

impl Log {
    fn run(&self, py: Python<'_>, name: &str) -> PyResult<&Arc<Run>> {
        self.snapshot
            .run_by_name(name)
            .ok_or_else(|| not_found(py, format!("no run {name:?}")))
    }
}

/// Left edges, right edges and counts; figures by name; percentiles and their shares.
type HistogramColumns<'py> = (
    [Bound<'py, PyArray1<f64>>; 3],
    Bound<'py, PyDict>,
    [Bound<'py, PyArray1<f64>>; 2],
);

/// Left edges, right edges and counts of a histogram value's buckets; a dict of its figures; and
/// its percentiles at the shares (0 to 1) of the last array.
#[pyfunction]
fn histogram<'py>(py: Python<'py>, value: &Bound<'py, Message>) -> PyResult<HistogramColumns<'py>> {
    let histogram =
        Histogram::from_value(value.get().value()).map_err(|error| from_store(py, &error))?;
    let figures = PyDict::new(py);
    figures.set_item("min", histogram.min)?;
    figures.set_item("max", histogram.max)?;
    figures.set_item("num", histogram.num)?;
    figures.set_item("sum", histogram.sum)?;
    figures.set_item("sum_squares", histogram.sum_squares)?;
    let shares = BASIS_POINTS.map(|point| f64::from(point) / 10_000.0);
    let percentiles = histogram.percentiles();
    Ok((
        [
            PyArray1::from_vec(py, histogram.left),
            PyArray1::from_vec(py, histogram.right),
            PyArray1::from_vec(py, histogram.counts),
        ],
        figures,
        [percentiles.to_pyarray(py), shares.to_pyarray(py)],
    ))
}

/// The hyperparameters in the bytes that a session start carries; None when they are no such.
#[pyfunction]
fn session_hparams<'py>(py: Python<'py>, content: &[u8]) -> PyResult<Option<Bound<'py, PyDict>>> {
    use hparams::h_params_plugin_data::Data;
    let Ok(hparams::HParamsPluginData {
        data: Some(Data::SessionStartInfo(start)),
        ..
    }) = hparams::HParamsPluginData::decode(content)
    else {
        return Ok(None);
    };
    let dict = PyDict::new(py);
    for (name, value) in start.hparams {
        dict.set_item(name, plain(py, value)?)?;
    }
    Ok(Some(dict))
}

/// A JSON value as Python's JSON reader would give it.
fn plain(py: Python<'_>, value: hparams::Value) -> PyResult<Bound<'_, PyAny>> {
    use hparams::value::Kind;
    Ok(match value.kind {
        None | Some(Kind::NullValue(_)) => py.None().into_bound(py),
        Some(Kind::NumberValue(number)) => number.into_pyobject(py)?.into_any(),
        Some(Kind::StringValue(text)) => text.into_pyobject(py)?.into_any(),
        Some(Kind::BoolValue(value)) => value.into_pyobject(py)?.to_owned().into_any(),
        Some(Kind::StructValue(object)) => {
            let dict = PyDict::new(py);
            for (name, value) in object.fields {
                dict.set_item(name, plain(py, value)?)?;
            }
            dict.into_any()
        }
        Some(Kind::ListValue(list)) => {
            let values = list.values.into_iter().map(|value| plain(py, value));
            PyList::new(py, values.collect::<PyResult<Vec<_>>>()?)?.into_any()
        }
    })
}

/// What went wrong in the store.
fn from_store(py: Python<'_>, error: &StoreError) -> PyErr {
    match error {
        StoreError::Gone { .. } | StoreError::RecordChanged { .. } | StoreError::Io { .. } => {
            file_error(py, error)
        }
        _ => invalid_input(py, error),
    }
}
