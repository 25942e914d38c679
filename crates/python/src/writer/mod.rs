//! `Writer`: what `glassboard.SummaryWriter` and `glassboard.FileWriter` are built upon.
//!
//! Python's lock is released for everything that counts, compresses or waits. Only `add_scalar` keeps it while there
//! is room in the queue: giving it up and getting it back would cost more than the call.

mod media;
mod plugins;
mod tensor;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use glassboard_writer::{At, ScalarStyle, SummaryWriter, SummaryWriterOptions, WriterError};
use parking_lot::Mutex;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::convert::{Seconds, Step, Truth, items, scalar};
use crate::error::from_writer;
use crate::raw_event;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Writer>()
}

/// An event file that is written in the background; opened by `open`.
#[pyclass(subclass, frozen, weakref, module = "glassboard._core")]
pub(crate) struct Writer {
    /// None: what is logged goes nowhere.
    target: OnceLock<Option<SummaryWriter>>,
    /// There is no file: after `close` or a fork, until the next record.
    closed: AtomicBool,
    /// For records that say no step or time.
    default_at: Mutex<At>,
    has_default_at: AtomicBool,
}

impl Writer {
    fn target(&self) -> PyResult<Option<&SummaryWriter>> {
        match self.target.get() {
            Some(target) => Ok(target.as_ref()),
            None => Err(PyRuntimeError::new_err(
                "the writer's __init__ was not called",
            )),
        }
    }

    /// Logs something with Python's lock released.
    fn log(
        &self,
        py: Python<'_>,
        add: impl FnOnce(&SummaryWriter) -> Result<(), WriterError> + Send,
    ) -> PyResult<()> {
        self.opened(py)?;
        self.ask(py, add)
    }

    /// As [`Self::log`], for what opens no file.
    fn ask<R: Default + Send>(
        &self,
        py: Python<'_>,
        ask: impl FnOnce(&SummaryWriter) -> Result<R, WriterError> + Send,
    ) -> PyResult<R> {
        let Some(writer) = self.target()? else {
            return Ok(R::default());
        };
        py.detach(|| ask(writer))
            .map_err(|error| from_writer(py, &error))
    }

    /// Notes that there is a file again.
    fn opened(&self, py: Python<'_>) -> PyResult<()> {
        if self.closed.load(Ordering::Relaxed) {
            self.closed.store(false, Ordering::Relaxed);
            py.import("glassboard._lifecycle")?.call_method0("opened")?;
        }
        Ok(())
    }

    fn at(&self, step: Option<Step>, walltime: Option<Seconds>) -> At {
        let default = if self.has_default_at.load(Ordering::Relaxed) {
            *self.default_at.lock()
        } else {
            At::default()
        };
        At {
            step: step.map(|step| step.0).or(default.step),
            wall_time_secs: walltime.map(|seconds| seconds.0).or(default.wall_time_secs),
        }
    }
}

// The signatures are those of `torch.utils.tensorboard`, as long as they are.
#[allow(clippy::too_many_arguments)]
#[pymethods]
impl Writer {
    /// Takes whatever a subclass's `__init__` takes.
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            target: OnceLock::new(),
            closed: AtomicBool::new(false),
            default_at: Mutex::default(),
            has_default_at: AtomicBool::new(false),
        }
    }

    /// Creates the folder and the event file.
    #[pyo3(signature = (log_dir, *, purge_step, max_queue, flush_secs, filename_suffix, write_to_disk))]
    fn open(
        &self,
        py: Python<'_>,
        log_dir: PathBuf,
        purge_step: Option<Step>,
        max_queue: i64,
        flush_secs: f64,
        filename_suffix: String,
        write_to_disk: bool,
    ) -> PyResult<()> {
        let options = SummaryWriterOptions {
            log_dir: Some(log_dir),
            comment: String::new(),
            purge_step: purge_step.map(|step| step.0),
            // As for Python's queue, any number below 1 means no bound.
            max_queue: usize::try_from(max_queue).unwrap_or(0),
            flush_secs,
            filename_suffix,
        };
        let target = if write_to_disk {
            let opened = py.detach(|| options.open());
            Some(opened.map_err(|error| from_writer(py, &error))?)
        } else {
            None
        };
        self.target
            .set(target)
            .map_err(|_| PyRuntimeError::new_err("the writer's __init__ was called before"))
    }

    /// Whether there is a file to write to: false after `close`, until the next `add_*`.
    #[getter]
    fn is_open(&self) -> bool {
        self.target.get().is_some() && !self.closed.load(Ordering::Relaxed)
    }

    /// Log a number.
    ///
    /// Parameters
    /// ----------
    /// tag : str
    ///     Name of the series.
    /// scalar_value : float, int, bool, numpy scalar, array or tensor with one element
    ///     The number. NaN and infinity are written as they are.
    /// global_step : int, optional
    ///     Step of the training; anything `int()` takes. 0 if not given.
    /// walltime : float, optional
    ///     Seconds since 1970. Now if not given.
    /// new_style : bool
    ///     Store it as a tensor instead of in the field `simple_value`.
    /// double_precision : bool
    ///     With `new_style`, store 64 bits. TensorBoard's fast loader does not show such scalars; Glassboard does.
    ///
    /// Raises
    /// ------
    /// ValueError
    ///     If the value is not exactly one number.
    /// TypeError
    ///     If an argument is of a wrong type.
    /// OSError
    ///     If an earlier record could not be written.
    #[pyo3(signature = (
        tag, scalar_value, global_step=None, walltime=None, new_style=Truth(false), double_precision=Truth(false)
    ), text_signature = "(self, tag, scalar_value, global_step=None, walltime=None, new_style=False, double_precision=False)")]
    fn add_scalar(
        &self,
        py: Python<'_>,
        tag: &str,
        scalar_value: &Bound<'_, PyAny>,
        global_step: Option<Step>,
        walltime: Option<Seconds>,
        new_style: Truth,
        double_precision: Truth,
    ) -> PyResult<()> {
        let value = scalar(scalar_value, "scalar_value")?;
        let style = match (new_style.0, double_precision.0) {
            (false, _) => ScalarStyle::SimpleValue,
            (true, false) => ScalarStyle::Tensor,
            (true, true) => ScalarStyle::DoubleTensor,
        };
        let at = self.at(global_step, walltime);
        let Some(writer) = self.target()? else {
            return Ok(());
        };
        match writer.try_add_scalar_as(tag, value, at, style) {
            Ok(true) => Ok(()),
            Ok(false) => self.log(py, |writer| writer.add_scalar_as(tag, value, at, style)),
            Err(error) => Err(from_writer(py, &error)),
        }
    }

    #[pyo3(signature = (main_tag, tag_scalar_dict, global_step, walltime))]
    fn add_scalars(
        &self,
        py: Python<'_>,
        main_tag: &str,
        tag_scalar_dict: &Bound<'_, PyAny>,
        global_step: Option<Step>,
        walltime: Option<Seconds>,
    ) -> PyResult<()> {
        let values = items(tag_scalar_dict, "tag_scalar_dict")?
            .into_iter()
            .map(|(name, value)| {
                let value = scalar(&value, &format!("tag_scalar_dict[{name:?}]"))?;
                Ok((name, value))
            })
            .collect::<PyResult<Vec<_>>>()?;
        let at = self.at(global_step, walltime);
        self.log(py, |writer| writer.add_scalars(main_tag, values, at))
    }

    #[pyo3(signature = (tag, text_string, global_step, walltime))]
    fn add_text(
        &self,
        py: Python<'_>,
        tag: &str,
        text_string: &str,
        global_step: Option<Step>,
        walltime: Option<Seconds>,
    ) -> PyResult<()> {
        let at = self.at(global_step, walltime);
        self.log(py, |writer| writer.add_text(tag, text_string, at))
    }

    /// As tensorboardX's `add_scalar`: with a name that readers show instead of the tag, and a description.
    #[pyo3(signature = (tag, scalar_value, global_step, walltime, display_name, summary_description))]
    fn add_described_scalar(
        &self,
        py: Python<'_>,
        tag: &str,
        scalar_value: &Bound<'_, PyAny>,
        global_step: Option<Step>,
        walltime: Option<Seconds>,
        display_name: &str,
        summary_description: &str,
    ) -> PyResult<()> {
        let value = scalar(scalar_value, "scalar_value")?;
        let at = self.at(global_step, walltime);
        self.log(py, |writer| {
            writer.add_described_scalar(tag, value, at, display_name, summary_description)
        })
    }

    /// A number into the run in a folder below the writer's.
    #[pyo3(signature = (run, tag, scalar_value, global_step, walltime))]
    fn add_scalar_to_run(
        &self,
        py: Python<'_>,
        run: &str,
        tag: &str,
        scalar_value: &Bound<'_, PyAny>,
        global_step: Option<Step>,
        walltime: Option<Seconds>,
    ) -> PyResult<()> {
        let value = scalar(scalar_value, "scalar_value")?;
        let at = self.at(global_step, walltime);
        self.log(py, |writer| writer.add_scalar_to_run(run, tag, value, at))
    }

    /// A serialized `Event`.
    #[pyo3(signature = (event, step, walltime))]
    fn add_event(
        &self,
        py: Python<'_>,
        event: &[u8],
        step: Option<Step>,
        walltime: Option<Seconds>,
    ) -> PyResult<()> {
        let event = raw_event::event(event, self.at(step, walltime));
        self.log(py, |writer| writer.add_event_bytes(&event))
    }

    /// A serialized `Summary`.
    #[pyo3(signature = (summary, global_step, walltime))]
    fn add_summary(
        &self,
        py: Python<'_>,
        summary: &[u8],
        global_step: Option<Step>,
        walltime: Option<Seconds>,
    ) -> PyResult<()> {
        let event = raw_event::summary(summary, self.at(global_step, walltime));
        self.log(py, |writer| writer.add_event_bytes(&event))
    }

    /// A serialized `GraphDef`, and perhaps a serialized `RunMetadata`.
    #[pyo3(signature = (graph, metadata, walltime))]
    fn add_graph_def(
        &self,
        py: Python<'_>,
        graph: &[u8],
        metadata: Option<&[u8]>,
        walltime: Option<Seconds>,
    ) -> PyResult<()> {
        let at = self.at(None, walltime);
        let graph = raw_event::graph(graph, at);
        let metadata = metadata.map(|metadata| raw_event::graph_metadata(metadata, at));
        self.log(py, |writer| {
            writer.add_event_bytes(&graph)?;
            metadata.map_or(Ok(()), |metadata| writer.add_event_bytes(&metadata))
        })
    }

    /// Folders with an open event file.
    fn open_dirs(&self) -> PyResult<Vec<OsString>> {
        let dirs = self.target()?.map(SummaryWriter::open_dirs);
        let names = dirs.into_iter().flatten().map(PathBuf::into_os_string);
        Ok(names.collect())
    }

    /// Leaves the parent's file to the parent.
    fn after_fork_in_child(&self) {
        if let Some(Some(writer)) = self.target.get() {
            writer.after_fork_in_child();
            self.closed.store(true, Ordering::Relaxed);
        }
    }

    /// Step and time of records that say none, until it is called again.
    #[pyo3(signature = (step=None, walltime=None))]
    fn set_default_metadata(&self, step: Option<Step>, walltime: Option<Seconds>) {
        let at = At {
            step: step.map(|step| step.0),
            wall_time_secs: walltime.map(|seconds| seconds.0),
        };
        *self.default_at.lock() = at;
        self.has_default_at
            .store(at != At::default(), Ordering::Relaxed);
    }

    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        self.ask(py, SummaryWriter::flush)
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.closed.store(true, Ordering::Relaxed);
        self.ask(py, SummaryWriter::close)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let target = self.target.take();
        // Dropping waits for the disk. Without an interpreter there is no lock to release.
        let mut waiting = Some(target);
        Python::try_attach(|py| {
            let target = waiting.take();
            py.detach(|| drop(target));
        });
        drop(waiting);
    }
}
