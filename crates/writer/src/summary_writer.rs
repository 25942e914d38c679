use std::path::{Path, PathBuf};

use glassboard_events::FILE_VERSION;
use glassboard_events::proto::tensorboard::{
    Event, HistogramProto, SessionLog, SummaryMetadata, event, session_log, summary,
};
use glassboard_media::{AsTensor, Bins, Element, Histogram, MediaError};
use prost::Message;

use crate::at::now_secs;
use crate::event_queue::{EventQueue, QueueOptions};
use crate::files::{Files, Which};
use crate::record::{self, ScalarStyle};
use crate::tensor::{self, TensorElement};
use crate::{
    At, Category, Chart, Hparams, HparamsOptions, Layout, SummaryWriterOptions, WriterError,
};

/// Size at which a tensor is too large for a protobuf message.
const TENSOR_BYTES_LIMIT: usize = 1 << 31;

/// Logs the training of a model into a folder.
///
/// Every `add_*` method encodes its record on the caller's thread; a background thread appends it to the event
/// file. The first record reaches the file at once, others within
/// [`flush_secs`](SummaryWriterOptions::flush_secs), at [`Self::flush`], at [`Self::close`] and when the writer is
/// dropped. What was flushed survives the process being killed.
///
/// When the file cannot be written (the disk is full, the folder is gone), the next call returns the error, and so
/// does every further call until a flush succeeds. After [`Self::close`] the next `add_*` opens a new file.
///
/// A writer can be shared between threads by reference or in an `Arc`.
///
/// In all methods `at` is where in the training the value belongs: an integer step, `()`, or an [`At`].
#[derive(Debug)]
pub struct SummaryWriter {
    log_dir: PathBuf,
    queue_options: QueueOptions,
    files: Files,
}

/// How [`SummaryWriter::add_histogram_with`] counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistogramOptions {
    /// How to choose the bins.
    pub bins: Bins,
    /// Joins neighbouring bins when there are more than this.
    pub max_bins: Option<usize>,
}

impl SummaryWriter {
    /// Opens a writer for a folder with all other options at their defaults. An empty path stands for the default
    /// folder (see [`SummaryWriterOptions::log_dir`]).
    ///
    /// # Errors
    /// As [`Self::with_options`].
    pub fn new(log_dir: impl AsRef<Path>) -> Result<Self, WriterError> {
        let log_dir = Some(log_dir.as_ref().to_owned());
        Self::with_options(SummaryWriterOptions {
            log_dir,
            ..SummaryWriterOptions::default()
        })
    }

    /// Opens a writer: creates the folder and an event file, which begins with its version and, if there is a
    /// [`purge_step`](SummaryWriterOptions::purge_step), a session start that asks readers to purge.
    ///
    /// # Errors
    /// [`WriterError::Events`] when the folder or file cannot be created; [`WriterError::Option`];
    /// [`WriterError::Thread`].
    pub fn with_options(options: SummaryWriterOptions) -> Result<Self, WriterError> {
        let log_dir = options.resolved_log_dir();
        let queue_options = QueueOptions {
            max_batches: options.max_queue,
            flush_interval: options.flush_interval()?,
            filename_suffix: options.filename_suffix,
        };
        let first = options
            .purge_step
            .map(purge_events)
            .into_iter()
            .flatten()
            .collect::<Vec<_>>();
        let main = EventQueue::create(&log_dir, &first, &queue_options)?;
        Ok(Self {
            log_dir,
            queue_options,
            files: Files::new(main),
        })
    }

    /// Folder of the run.
    pub fn log_dir(&self) -> &Path {
        &self.log_dir
    }

    /// Folders with an open event file: the run's own unless the writer is closed, then those of the lines of
    /// [`Self::add_scalars`] and the like, sorted.
    pub fn open_dirs(&self) -> Vec<PathBuf> {
        let (main, lines) = self.files.dirs();
        let main = main.then(|| self.log_dir.clone());
        main.into_iter().chain(lines).collect()
    }

    /// Makes the writer usable in a process that was forked: call it there, for every writer, before anything else is
    /// done with them and before there are threads. It takes no lock and never waits.
    ///
    /// What was logged before the fork is the parent's, which writes it, once. The next `add_*` in the child opens
    /// event files of the child's own, with its process id in their names.
    pub fn after_fork_in_child(&self) {
        self.files.after_fork_in_child();
    }

    /// Logs a number. NaN and infinity are written as they are.
    ///
    /// # Errors
    /// [`WriterError::Events`] when this or an earlier record could not be written.
    pub fn add_scalar(
        &self,
        tag: &str,
        value: impl Into<f64>,
        at: impl Into<At>,
    ) -> Result<(), WriterError> {
        self.add_scalar_as(tag, value, at, ScalarStyle::SimpleValue)
    }

    /// Logs a number in a form of choice.
    ///
    /// # Errors
    /// As [`Self::add_scalar`].
    pub fn add_scalar_as(
        &self,
        tag: &str,
        value: impl Into<f64>,
        at: impl Into<At>,
        style: ScalarStyle,
    ) -> Result<(), WriterError> {
        let at = at.into();
        let (value, step, wall_time) = (value.into(), at.step_or_zero(), at.wall_time_or_now());
        self.files
            .with(Which::Main(&self.log_dir), &self.queue_options, |file| {
                file.append(|out| record::push_scalar(out, tag, value, style, step, wall_time))
            })
    }

    /// As [`Self::add_scalar_as`], but where that would wait for the disk (the queue is full, or a file is to be
    /// opened) this returns false and logs nothing: for callers who hold a lock of their own.
    ///
    /// # Errors
    /// As [`Self::add_scalar`].
    pub fn try_add_scalar_as(
        &self,
        tag: &str,
        value: impl Into<f64>,
        at: impl Into<At>,
        style: ScalarStyle,
    ) -> Result<bool, WriterError> {
        let at = at.into();
        let (value, step, wall_time) = (value.into(), at.step_or_zero(), at.wall_time_or_now());
        let done = self.files.with_open(Which::Main(&self.log_dir), |file| {
            file.try_append(|out| record::push_scalar(out, tag, value, style, step, wall_time))
        })?;
        Ok(done.unwrap_or(false))
    }

    /// Logs several numbers that belong into one chart. Each becomes a run of its own, in the folder
    /// `<log_dir>/<main tag with _ for />_<name>`, under the main tag.
    ///
    /// # Errors
    /// As [`Self::add_scalar`]; [`WriterError::Thread`] for the first value of a line.
    pub fn add_scalars<N: AsRef<str>>(
        &self,
        main_tag: &str,
        values: impl IntoIterator<Item = (N, impl Into<f64>)>,
        at: impl Into<At>,
    ) -> Result<(), WriterError> {
        let at = at.into();
        let (step, wall_time) = (at.step_or_zero(), at.wall_time_or_now());
        let prefix = main_tag.replace('/', "_");
        for (name, value) in values {
            let run = format!("{prefix}_{}", name.as_ref());
            let at = At::step(step).wall_time(wall_time);
            self.add_scalar_to_run(&run, main_tag, value, at)?;
        }
        Ok(())
    }

    /// Logs a number into another run: the folder `<log_dir>/<run>`, in a file that is opened with its first value.
    ///
    /// # Errors
    /// As [`Self::add_scalar`]; [`WriterError::Thread`] for the first value of a run.
    pub fn add_scalar_to_run(
        &self,
        run: &str,
        tag: &str,
        value: impl Into<f64>,
        at: impl Into<At>,
    ) -> Result<(), WriterError> {
        let at = at.into();
        let (value, style) = (value.into(), ScalarStyle::SimpleValue);
        let (step, wall_time) = (at.step_or_zero(), at.wall_time_or_now());
        let dir = self.log_dir.join(run);
        self.files
            .with(Which::Line(&dir), &self.queue_options, |file| {
                file.append(|out| record::push_scalar(out, tag, value, style, step, wall_time))
            })
    }

    /// Logs a number with a name that readers show instead of the tag and a description in Markdown; either may be
    /// empty.
    ///
    /// # Errors
    /// As [`Self::add_scalar`].
    pub fn add_described_scalar(
        &self,
        tag: &str,
        value: impl Into<f64>,
        at: impl Into<At>,
        display_name: &str,
        description: &str,
    ) -> Result<(), WriterError> {
        let metadata = SummaryMetadata {
            display_name: display_name.to_owned(),
            summary_description: description.to_owned(),
            ..SummaryMetadata::default()
        };
        let value = summary::value::Value::SimpleValue(value.into() as f32);
        self.put(&record::described_event(tag, metadata, value, at.into()))
    }

    /// Appends a record that was made elsewhere: a serialized `tensorboard.Event` message, which is written as it
    /// is.
    ///
    /// # Errors
    /// [`WriterError::NoEvent`] when the bytes are no such message; else as [`Self::add_scalar`].
    pub fn add_event_bytes(&self, event: &[u8]) -> Result<(), WriterError> {
        Event::decode(event).map_err(|error| WriterError::NoEvent {
            got: event.len(),
            reason: error.to_string(),
        })?;
        self.files
            .with(Which::Main(&self.log_dir), &self.queue_options, |file| {
                file.append(|out| out.extend_from_slice(event))
            })
    }

    /// Logs how values are distributed, in TensorFlow's fixed bins.
    ///
    /// # Shapes
    /// `values`: any.
    ///
    /// # Errors
    /// [`WriterError::Media`] when there are no values, or none is a number; else as [`Self::add_scalar`].
    pub fn add_histogram<V>(
        &self,
        tag: &str,
        values: &V,
        at: impl Into<At>,
    ) -> Result<(), WriterError>
    where
        V: AsTensor<Elem: Element> + ?Sized,
    {
        self.add_histogram_with(tag, values, at, &HistogramOptions::default())
    }

    /// Logs how values are distributed, in bins of choice.
    ///
    /// # Shapes
    /// `values`: any.
    ///
    /// # Errors
    /// [`WriterError::Media`] when there are no values, or none lies in a bin, or the bins cannot be made of them;
    /// else as [`Self::add_scalar`].
    pub fn add_histogram_with<V>(
        &self,
        tag: &str,
        values: &V,
        at: impl Into<At>,
        options: &HistogramOptions,
    ) -> Result<(), WriterError>
    where
        V: AsTensor<Elem: Element> + ?Sized,
    {
        let histogram =
            Histogram::count(values, &options.bins, options.max_bins).map_err(for_tag(tag))?;
        self.put_histogram(tag, histogram, at.into())
    }

    /// Logs a histogram that was counted elsewhere. Its fields are written as they are; each limit is the right edge
    /// of its bucket.
    ///
    /// # Errors
    /// [`WriterError::BucketLengths`]; else as [`Self::add_scalar`].
    pub fn add_histogram_raw(
        &self,
        tag: &str,
        histogram: &Histogram,
        at: impl Into<At>,
    ) -> Result<(), WriterError> {
        let (limits, counts) = (histogram.bucket_limits.len(), histogram.bucket_counts.len());
        if limits != counts {
            return Err(WriterError::BucketLengths {
                tag: tag.to_owned(),
                limits,
                counts,
            });
        }
        self.put_histogram(tag, histogram.clone(), at.into())
    }

    fn put_histogram(&self, tag: &str, histogram: Histogram, at: At) -> Result<(), WriterError> {
        let Histogram {
            min,
            max,
            num,
            sum,
            sum_squares,
            bucket_limits,
            bucket_counts,
        } = histogram;
        let (bucket_limit, bucket) = (bucket_limits, bucket_counts);
        let proto = HistogramProto {
            min,
            max,
            num,
            sum,
            sum_squares,
            bucket_limit,
            bucket,
        };
        self.put(&record::event(tag, summary::value::Value::Histo(proto), at))
    }

    /// Logs a text, shown as Markdown, under `<tag>/text_summary`.
    ///
    /// # Errors
    /// As [`Self::add_scalar`].
    pub fn add_text(&self, tag: &str, text: &str, at: impl Into<At>) -> Result<(), WriterError> {
        let tensor = tensor::string_tensor(vec![text.as_bytes().to_vec()], &[1]);
        self.put(&record::tensor_event(
            &format!("{tag}/text_summary"),
            "text",
            tensor,
            at.into(),
        ))
    }

    /// Logs a tensor as it is. No dashboard shows it; scripts can read it.
    ///
    /// # Shapes
    /// `tensor`: any, below 2 GiB; see [`TensorElement`] for the types.
    ///
    /// # Errors
    /// [`WriterError::TensorTooLarge`]; else as [`Self::add_scalar`].
    pub fn add_tensor<V>(&self, tag: &str, tensor: &V, at: impl Into<At>) -> Result<(), WriterError>
    where
        V: AsTensor<Elem: TensorElement> + ?Sized,
    {
        let tensor = tensor.as_tensor();
        let got = tensor.len().saturating_mul(size_of::<V::Elem>());
        if got >= TENSOR_BYTES_LIMIT {
            let (tag, shape) = (tag.to_owned(), tensor.shape().to_vec());
            return Err(WriterError::TensorTooLarge {
                tag,
                limit: TENSOR_BYTES_LIMIT,
                got,
                shape,
            });
        }
        self.put(&record::tensor_event(
            tag,
            "tensor",
            tensor::tensor_proto(&tensor),
            at.into(),
        ))
    }

    /// Logs hyperparameters with the metrics they led to, as a run of its own below the writer's folder.
    ///
    /// # Errors
    /// [`WriterError::HparamDomain`]; [`WriterError::Events`] when the run's file cannot be written;
    /// [`WriterError::Thread`].
    pub fn add_hparams<N: Into<String>>(
        &self,
        hparams: &Hparams,
        metrics: impl IntoIterator<Item = (N, impl Into<f64>)>,
        options: &HparamsOptions,
    ) -> Result<(), WriterError> {
        let (tags, values): (Vec<String>, Vec<f64>) = metrics
            .into_iter()
            .map(|(tag, value)| (tag.into(), value.into()))
            .unzip();
        let events = hparams.events(&tags, options.at)?;
        let run = options
            .run_name
            .clone()
            .unwrap_or_else(|| now_secs().to_string());
        let file = EventQueue::create(&self.log_dir.join(run), &[], &self.queue_options)?;
        for event in &events {
            file.append_event(event)?;
        }
        let (step, style) = (options.at.step_or_zero(), ScalarStyle::SimpleValue);
        for (tag, value) in tags.iter().zip(values) {
            let wall_time = options.at.wall_time_or_now();
            file.append(|out| record::push_scalar(out, tag, value, style, step, wall_time))?;
        }
        file.close()
    }

    /// Logs which charts the custom scalars dashboard shows. Call it once; a later layout replaces it.
    ///
    /// # Errors
    /// As [`Self::add_scalar`].
    pub fn add_custom_scalars(&self, layout: &Layout) -> Result<(), WriterError> {
        let tensor = tensor::string_tensor(vec![layout.to_proto().encode_to_vec()], &[]);
        self.put(&record::tensor_event(
            "custom_scalars__config__",
            "custom_scalars",
            tensor,
            At::default(),
        ))
    }

    /// Shorthand for a layout with one chart of several lines.
    ///
    /// # Errors
    /// As [`Self::add_scalar`].
    pub fn add_custom_scalars_multilinechart<T: Into<String>>(
        &self,
        tags: impl IntoIterator<Item = T>,
        category: &str,
        title: &str,
    ) -> Result<(), WriterError> {
        let chart = Chart::multiline(title, tags);
        self.add_custom_scalars(&Layout::new([Category::new(category, [chart])]))
    }

    /// Shorthand for a layout with one chart of a line and its band: tags of the value, the lower and the upper
    /// edge.
    ///
    /// # Errors
    /// As [`Self::add_scalar`].
    pub fn add_custom_scalars_marginchart(
        &self,
        [value, lower, upper]: [&str; 3],
        category: &str,
        title: &str,
    ) -> Result<(), WriterError> {
        let chart = Chart::margin(title, value, lower, upper);
        self.add_custom_scalars(&Layout::new([Category::new(category, [chart])]))
    }

    /// Waits until everything logged so far can be read by other processes and would survive this one being
    /// killed. Does nothing when closed.
    ///
    /// # Errors
    /// [`WriterError::Events`] when a file could not be written, was removed or replaced;
    /// [`WriterError::ThreadEnded`].
    pub fn flush(&self) -> Result<(), WriterError> {
        self.files.flush()
    }

    /// Flushes and closes all files. The next `add_*` opens new ones; closing twice does nothing.
    ///
    /// # Errors
    /// As [`Self::flush`]; the files are closed all the same.
    pub fn close(&self) -> Result<(), WriterError> {
        self.files.close()
    }

    /// Appends an event to the run's own file.
    pub(crate) fn put(&self, event: &Event) -> Result<(), WriterError> {
        self.files
            .with(Which::Main(&self.log_dir), &self.queue_options, |file| {
                file.append_event(event)
            })
    }
}

/// Puts the tag into an error of the crate that makes pictures and histograms.
pub(crate) fn for_tag(tag: &str) -> impl Fn(MediaError) -> WriterError {
    move |source| WriterError::Media {
        tag: tag.to_owned(),
        source,
    }
}

/// What a file begins with when readers are to drop everything from a step on.
fn purge_events(step: i64) -> [Event; 2] {
    let start = SessionLog {
        status: session_log::SessionStatus::Start.into(),
        ..SessionLog::default()
    };
    let event = |what| Event {
        wall_time: now_secs(),
        step,
        what: Some(what),
        ..Event::default()
    };
    [
        event(event::What::FileVersion(FILE_VERSION.into())),
        event(event::What::SessionLog(start)),
    ]
}
