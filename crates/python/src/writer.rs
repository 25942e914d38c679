//! `Writer`: what `glassboard.SummaryWriter` and `glassboard.FileWriter` are built upon.
//!
//! Python's lock is released for everything that counts, compresses or waits. Only `add_scalar` keeps it while there
//! is room in the queue: giving it up and getting it back would cost more than the call.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use glassboard_writer::{
    At, Bins, BoxesOptions, Histogram, HistogramOptions, ScalarStyle, SummaryWriter,
    SummaryWriterOptions, WriterError,
};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::convert::{Seconds, Step, Truth, numbers, scalar, with_numbers};
use crate::error::{from_writer, invalid_input};
use crate::{hparams, layout};

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Writer>()
}

/// An event file that is written in the background; opened by `open`.
#[pyclass(subclass, frozen, weakref, module = "glassboard._core")]
struct Writer {
    /// None: what is logged goes nowhere.
    target: OnceLock<Option<SummaryWriter>>,
    /// Between `close` and the next record.
    closed: AtomicBool,
}

fn at(step: Option<Step>, walltime: Option<Seconds>) -> At {
    At {
        step: step.map(|step| step.0),
        wall_time_secs: walltime.map(|seconds| seconds.0),
    }
}

impl Writer {
    fn target(&self) -> PyResult<Option<&SummaryWriter>> {
        match self.target.get() {
            Some(target) => Ok(target.as_ref()),
            None => Err(PyRuntimeError::new_err("the writer's __init__ was not called")),
        }
    }

    /// Logs something with Python's lock released.
    fn log(
        &self,
        py: Python<'_>,
        add: impl FnOnce(&SummaryWriter) -> Result<(), WriterError> + Send,
    ) -> PyResult<()> {
        self.opened();
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
    fn opened(&self) {
        if self.closed.load(Ordering::Relaxed) {
            self.closed.store(false, Ordering::Relaxed);
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
        let at = at(global_step, walltime);
        self.log(py, |writer| writer.add_scalar_as(tag, value, at, style))
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
        let mut values = Vec::new();
        for item in tag_scalar_dict.call_method0("items")?.try_iter()? {
            let (name, value): (String, Bound<'_, PyAny>) = item?.extract()?;
            let value = scalar(&value, &format!("tag_scalar_dict[{name:?}]"))?;
            values.push((name, value));
        }
        let at = at(global_step, walltime);
        self.log(py, |writer| writer.add_scalars(main_tag, values, at))
    }

    #[pyo3(signature = (tag, values, global_step, bins, walltime, max_bins))]
    fn add_histogram(
        &self,
        py: Python<'_>,
        tag: &str,
        values: &Bound<'_, PyAny>,
        global_step: Option<Step>,
        bins: &Bound<'_, PyAny>,
        walltime: Option<Seconds>,
        max_bins: Option<usize>,
    ) -> PyResult<()> {
        let values = numbers(values, "values")?;
        let options = HistogramOptions {
            bins: bins_of(bins)?,
            max_bins,
        };
        let at = at(global_step, walltime);
        with_numbers!(&values, view => {
            self.log(py, |writer| writer.add_histogram_with(tag, &view, at, &options))
        })
    }

    #[pyo3(signature = (
        tag, min, max, num, sum, sum_squares, bucket_limits, bucket_counts, global_step, walltime
    ))]
    fn add_histogram_raw(
        &self,
        py: Python<'_>,
        tag: &str,
        min: &Bound<'_, PyAny>,
        max: &Bound<'_, PyAny>,
        num: &Bound<'_, PyAny>,
        sum: &Bound<'_, PyAny>,
        sum_squares: &Bound<'_, PyAny>,
        bucket_limits: &Bound<'_, PyAny>,
        bucket_counts: &Bound<'_, PyAny>,
        global_step: Option<Step>,
        walltime: Option<Seconds>,
    ) -> PyResult<()> {
        let histogram = Histogram {
            min: scalar(min, "min")?,
            max: scalar(max, "max")?,
            num: scalar(num, "num")?,
            sum: scalar(sum, "sum")?,
            sum_squares: scalar(sum_squares, "sum_squares")?,
            bucket_limits: floats(bucket_limits, "bucket_limits")?,
            bucket_counts: floats(bucket_counts, "bucket_counts")?,
        };
        let at = at(global_step, walltime);
        self.log(py, |writer| writer.add_histogram_raw(tag, &histogram, at))
    }

    #[pyo3(signature = (tag, img_tensor, global_step, walltime, dataformats))]
    fn add_image(
        &self,
        py: Python<'_>,
        tag: &str,
        img_tensor: &Bound<'_, PyAny>,
        global_step: Option<Step>,
        walltime: Option<Seconds>,
        dataformats: &str,
    ) -> PyResult<()> {
        let image = numbers(img_tensor, "img_tensor")?;
        let at = at(global_step, walltime);
        with_numbers!(&image, view => {
            self.log(py, |writer| writer.add_image(tag, &view, at, dataformats))
        })
    }

    #[pyo3(signature = (
        tag, img_tensor, box_tensor, global_step, walltime, rescale, dataformats, labels
    ))]
    fn add_image_with_boxes(
        &self,
        py: Python<'_>,
        tag: &str,
        img_tensor: &Bound<'_, PyAny>,
        box_tensor: &Bound<'_, PyAny>,
        global_step: Option<Step>,
        walltime: Option<Seconds>,
        rescale: f64,
        dataformats: &str,
        labels: Vec<String>,
    ) -> PyResult<()> {
        let image = numbers(img_tensor, "img_tensor")?;
        let boxes: Vec<f32> = floats(box_tensor, "box_tensor")?
            .into_iter()
            .map(|corner| corner as f32)
            .collect();
        let shape = numbers(box_tensor, "box_tensor")?.shape();
        let boxes = glassboard_writer::ndarray::ArrayD::from_shape_vec(shape, boxes)
            .map_err(|error| invalid_input(py, format!("box_tensor: {error}")))?;
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let options = BoxesOptions {
            dataformats,
            rescale,
            labels: &labels,
        };
        let at = at(global_step, walltime);
        with_numbers!(&image, view => {
            self.log(py, |writer| writer.add_image_with_boxes(tag, &view, &boxes, at, &options))
        })
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
        let at = at(global_step, walltime);
        self.log(py, |writer| writer.add_text(tag, text_string, at))
    }

    #[pyo3(signature = (hparam_dict, metric_dict, hparam_domain_discrete, run_name, global_step))]
    fn add_hparams(
        &self,
        py: Python<'_>,
        hparam_dict: &Bound<'_, PyAny>,
        metric_dict: &Bound<'_, PyAny>,
        hparam_domain_discrete: Option<&Bound<'_, PyAny>>,
        run_name: Option<String>,
        global_step: Option<Step>,
    ) -> PyResult<()> {
        let (hparams, metrics) =
            hparams::from_python(hparam_dict, metric_dict, hparam_domain_discrete)?;
        let options = glassboard_writer::HparamsOptions {
            run_name: run_name.filter(|name| !name.is_empty()),
            at: at(global_step, None),
        };
        self.log(py, |writer| writer.add_hparams(&hparams, metrics, &options))
    }

    fn add_custom_scalars(&self, py: Python<'_>, layout: &Bound<'_, PyAny>) -> PyResult<()> {
        let layout = layout::from_python(layout)?;
        self.log(py, |writer| writer.add_custom_scalars(&layout))
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

/// What `numpy.histogram` calls bins, and torch's own rule.
fn bins_of(bins: &Bound<'_, PyAny>) -> PyResult<Bins> {
    let py = bins.py();
    if let Ok(rule) = bins.extract::<String>() {
        return rule
            .parse()
            .map_err(|error| invalid_input(py, format!("bins: {error}")));
    }
    if let Ok(count) = bins.extract::<i64>() {
        let count = usize::try_from(count).map_err(|_| {
            invalid_input(py, format!("bins: expected a positive number, got {count}"))
        })?;
        return Ok(Bins::Count(count));
    }
    Ok(Bins::Edges(floats(bins, "bins")?))
}

/// All numbers of an object in row-major order.
fn floats(object: &Bound<'_, PyAny>, argument: &str) -> PyResult<Vec<f64>> {
    let numbers = numbers(object, argument)?;
    Ok(with_numbers!(&numbers, view => {
        view.iter().map(|&number| glassboard_writer::Element::to_f64(number)).collect()
    }))
}
