//! Histograms, pictures, videos and sounds.

use glassboard_events::proto::tensorboard::{Summary, summary};
use glassboard_writer::ndarray::ArrayD;
use glassboard_writer::{Bins, BoxesOptions, Histogram, HistogramOptions, VideoOptions};
use prost::Message;
use pyo3::prelude::*;

use super::Writer;
use crate::convert::{Seconds, Step, floats, numbers, scalar, shaped_floats, with_numbers};
use crate::error::invalid_input;
use crate::raw_event;

// The signatures are those of `torch.utils.tensorboard`, as long as they are.
#[allow(clippy::too_many_arguments)]
#[pymethods]
impl Writer {
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
        let at = self.at(global_step, walltime);
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
        let at = self.at(global_step, walltime);
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
        let at = self.at(global_step, walltime);
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
        let boxes: ArrayD<f32> = shaped_floats(box_tensor, "box_tensor")?;
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let options = BoxesOptions {
            dataformats,
            rescale,
            labels: &labels,
        };
        let at = self.at(global_step, walltime);
        with_numbers!(&image, view => {
            self.log(py, |writer| writer.add_image_with_boxes(tag, &view, &boxes, at, &options))
        })
    }

    #[pyo3(signature = (tag, vid_tensor, global_step, fps, walltime, dataformats))]
    fn add_video(
        &self,
        py: Python<'_>,
        tag: &str,
        vid_tensor: &Bound<'_, PyAny>,
        global_step: Option<Step>,
        fps: f64,
        walltime: Option<Seconds>,
        dataformats: &str,
    ) -> PyResult<()> {
        let video = numbers(vid_tensor, "vid_tensor")?;
        let options = VideoOptions {
            dataformats,
            fps,
            ..VideoOptions::default()
        };
        let at = self.at(global_step, walltime);
        with_numbers!(&video, view => {
            self.log(py, |writer| writer.add_video(tag, &view, at, &options))
        })
    }

    /// A sound that is a WAV file already.
    #[pyo3(signature = (tag, wav, global_step, sample_rate, walltime, *, num_channels, length_frames))]
    fn add_wav(
        &self,
        py: Python<'_>,
        tag: &str,
        wav: Vec<u8>,
        global_step: Option<Step>,
        sample_rate: f32,
        walltime: Option<Seconds>,
        num_channels: i64,
        length_frames: i64,
    ) -> PyResult<()> {
        let audio = summary::Audio {
            sample_rate,
            num_channels,
            length_frames,
            encoded_audio_string: wav,
            content_type: "audio/wav".to_owned(),
        };
        let value = summary::Value {
            tag: tag.to_owned(),
            value: Some(summary::value::Value::Audio(audio)),
            ..summary::Value::default()
        };
        let summary = Summary { value: vec![value] }.encode_to_vec();
        let event = raw_event::summary(&summary, self.at(global_step, walltime));
        self.log(py, |writer| writer.add_event_bytes(&event))
    }

    #[pyo3(signature = (tag, snd_tensor, global_step, sample_rate, walltime))]
    fn add_audio(
        &self,
        py: Python<'_>,
        tag: &str,
        snd_tensor: &Bound<'_, PyAny>,
        global_step: Option<Step>,
        sample_rate: u32,
        walltime: Option<Seconds>,
    ) -> PyResult<()> {
        let sound = numbers(snd_tensor, "snd_tensor")?;
        let at = self.at(global_step, walltime);
        with_numbers!(&sound, view => {
            self.log(py, |writer| writer.add_audio(tag, &view, at, sample_rate))
        })
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
