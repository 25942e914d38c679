//! `glassboard.summary_iterator`: the events of one file, as TensorFlow's iterator gives them.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use glassboard_events::proto::tensorboard::Event;
use glassboard_events::{Damage, DamageKind, Item, Record, RecordReader};
use prost::Message as _;
use pyo3::exceptions::{PyIsADirectoryError, PyOSError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::error::invalid_input;
use crate::message::Place;

/// Bytes of records that are decoded at once, without Python's lock.
const BATCH_BYTES: usize = 256 << 10;

/// Adds this file's functions and classes to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<SummaryIterator>()?;
    module.add_function(wrap_pyfunction!(summary_iterator, module)?)
}

/// Iterate over the events of one event file.
///
/// The events behave as TensorFlow's: ``event.step``, ``event.wall_time``,
/// ``event.summary.value[i].tag``, ``.HasField("image")``, ``.WhichOneof("value")`` and so on.
/// They are read as they are asked for. An unfinished record at the end of the file ends the
/// iteration: its writer may be at work.
///
/// Parameters
/// ----------
/// path : str or os.PathLike
///     The event file.
/// on_damage : {"raise", "skip"}, optional
///     What a damaged place within the file does: raise :class:`DataLossError` (asking for the
///     next event goes on behind it), or nothing.
///
/// Returns
/// -------
/// iterator of Event
///
/// Raises
/// ------
/// FileNotFoundError, IsADirectoryError, PermissionError
///     When the file cannot be opened.
/// DataLossError
///     While iterating, at a damaged place.
///
/// Examples
/// --------
/// >>> for event in glassboard.summary_iterator(path):
/// ...     for value in event.summary.value:
/// ...         if value.HasField("simple_value"):
/// ...             print(event.step, value.tag, value.simple_value)
#[pyfunction]
#[pyo3(signature = (path, *, on_damage = "raise"))]
fn summary_iterator(py: Python<'_>, path: PathBuf, on_damage: &str) -> PyResult<SummaryIterator> {
    let skip_damage = match on_damage {
        "raise" => false,
        "skip" => true,
        other => {
            let message = format!("on_damage: expected 'raise' or 'skip', got {other:?}");
            return Err(invalid_input(py, message));
        }
    };
    let opened = py.detach(|| {
        let file = File::open(&path)?;
        Ok((file.metadata()?.is_dir(), file))
    });
    let (is_folder, file) = opened.map_err(|error| os_error(&error, &path))?;
    if is_folder {
        let message = format!("expected an event file, got a folder: {}", path.display());
        return Err(PyIsADirectoryError::new_err(message));
    }
    Ok(SummaryIterator {
        reading: Mutex::new(Reading {
            reader: RecordReader::new(file),
            ready: VecDeque::new(),
            ended: false,
        }),
        path,
        skip_damage,
    })
}

/// The events of one event file; see ``summary_iterator``.
#[pyclass(frozen, module = "glassboard._core")]
struct SummaryIterator {
    reading: Mutex<Reading>,
    path: PathBuf,
    skip_damage: bool,
}

struct Reading {
    reader: RecordReader<File>,
    ready: VecDeque<Result<Event, Trouble>>,
    ended: bool,
}

/// Why there is no event.
enum Trouble {
    Damage(Damage),
    Io(io::Error),
}

#[pymethods]
impl SummaryIterator {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let mut reading = self
            .reading
            .try_lock()
            .map_err(|_| PyRuntimeError::new_err("another thread is asking this iterator"))?;
        loop {
            match reading.ready.pop_front() {
                Some(Ok(event)) => return Place::of(event).object(py).map(Some),
                Some(Err(Trouble::Damage(_))) if self.skip_damage => {}
                Some(Err(Trouble::Damage(damage))) => return Err(self.data_loss(py, &damage)),
                Some(Err(Trouble::Io(error))) => return Err(os_error(&error, &self.path)),
                None if reading.ended => return Ok(None),
                None => {
                    let reading: &mut Reading = &mut reading;
                    py.detach(|| reading.read_batch());
                }
            }
        }
    }

    fn __repr__(&self) -> String {
        format!("<summary_iterator of {}>", self.path.display())
    }
}

impl SummaryIterator {
    fn data_loss(&self, py: Python<'_>, damage: &Damage) -> PyErr {
        static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        match CLASS.import(py, "glassboard._errors", "DataLossError") {
            Ok(class) => PyErr::from_type(
                class.clone(),
                (
                    format!("{damage}: {}", self.path.display()),
                    self.path.to_string_lossy().into_owned(),
                    damage.offset,
                    damage.lost_bytes,
                    damage.kind.as_str(),
                ),
            ),
            Err(error) => error,
        }
    }
}

impl Reading {
    /// Makes some events ready, or notes that there are no more.
    fn read_batch(&mut self) {
        let mut bytes = 0;
        while bytes < BATCH_BYTES && !self.ended {
            match self.reader.next() {
                Ok(Some(Item::Record(record))) => {
                    bytes += record.data.len();
                    self.ready.push_back(decoded(record));
                }
                Ok(Some(Item::Damage(damage))) => {
                    self.ready.push_back(Err(Trouble::Damage(damage)));
                }
                Ok(None) => self.end(),
                Err(error) => {
                    self.ready.push_back(Err(Trouble::Io(error)));
                    self.ended = true;
                }
            }
        }
    }

    /// Nothing more is complete: what is left is an unfinished record that ends the file, or
    /// damage behind which there is more.
    fn end(&mut self) {
        let rest = match self.reader.finish() {
            Ok(Some(damage)) => damage,
            Ok(None) => {
                self.ended = true;
                return;
            }
            Err(error) => {
                self.ready.push_back(Err(Trouble::Io(error)));
                self.ended = true;
                return;
            }
        };
        match self.reader.next() {
            Ok(Some(Item::Record(record))) => {
                let event = decoded(record);
                self.ready.push_back(Err(Trouble::Damage(rest)));
                self.ready.push_back(event);
            }
            Ok(Some(Item::Damage(damage))) => {
                self.ready.push_back(Err(Trouble::Damage(rest)));
                self.ready.push_back(Err(Trouble::Damage(damage)));
            }
            Ok(None) if rest.kind == DamageKind::CutTail => self.ended = true,
            Ok(None) => {
                self.ready.push_back(Err(Trouble::Damage(rest)));
                self.ended = true;
            }
            Err(error) => {
                self.ready.push_back(Err(Trouble::Io(error)));
                self.ended = true;
            }
        }
    }
}

fn decoded(record: Record<'_>) -> Result<Event, Trouble> {
    Event::decode(record.data).map_err(|_| {
        Trouble::Damage(Damage {
            offset: record.offset,
            lost_bytes: record.frame_len(),
            kind: DamageKind::Protobuf,
        })
    })
}

/// The `OSError` that Python itself would raise.
fn os_error(error: &io::Error, path: &Path) -> PyErr {
    let mut message = error.to_string();
    if let Some(end) = message.find(" (os error") {
        message.truncate(end);
    }
    match error.raw_os_error() {
        Some(number) => PyOSError::new_err((number, message, path.as_os_str().to_owned())),
        None => PyOSError::new_err(format!("{message}: {}", path.display())),
    }
}
