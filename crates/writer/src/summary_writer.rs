use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use glassboard_events::FILE_VERSION;
use glassboard_events::proto::tensorboard::{
    Event, HistogramProto, SessionLog, event, session_log, summary,
};
use glassboard_media::{AsTensor, Bins, Element, Histogram, MediaError, Picture};
use parking_lot::{MappedRwLockReadGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
use prost::Message;

use crate::at::now_secs;
use crate::event_queue::{EventQueue, QueueOptions};
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
    files: RwLock<Files>,
}

#[derive(Debug, Default)]
struct Files {
    /// The run's own file; none while the writer is closed.
    main: Option<EventQueue>,
    /// One file in a folder of its own for each line of `add_scalars`.
    lines: HashMap<PathBuf, EventQueue>,
}

/// How [`SummaryWriter::add_histogram_with`] counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistogramOptions {
    /// How to choose the bins.
    pub bins: Bins,
    /// Joins neighbouring bins when there are more than this.
    pub max_bins: Option<usize>,
}

/// How [`SummaryWriter::add_image_with_boxes`] draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoxesOptions<'a> {
    /// Names of the picture's axes.
    pub dataformats: &'a str,
    /// Factor by which the picture is scaled after drawing, with a Lanczos filter.
    pub rescale: f64,
    /// One for each box; not drawn when their number differs from that of the boxes.
    pub labels: &'a [&'a str],
}

impl Default for BoxesOptions<'_> {
    fn default() -> Self {
        Self {
            dataformats: "CHW",
            rescale: 1.0,
            labels: &[],
        }
    }
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
        let files = RwLock::new(Files {
            main: Some(main),
            lines: HashMap::new(),
        });
        Ok(Self {
            log_dir,
            queue_options,
            files,
        })
    }

    /// Folder of the run.
    pub fn log_dir(&self) -> &Path {
        &self.log_dir
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
        self.main()?
            .append(|out| record::push_scalar(out, tag, value, style, step, wall_time))
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
            let value = value.into();
            let dir = self.log_dir.join(format!("{prefix}_{}", name.as_ref()));
            let style = ScalarStyle::SimpleValue;
            self.line(&dir)?
                .append(|out| record::push_scalar(out, main_tag, value, style, step, wall_time))?;
        }
        Ok(())
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

    /// Logs a picture whose axes are named by `dataformats`, such as `"CHW"`; see [`Picture::from_tensor`] for
    /// shapes, axis orders and how values become brightness.
    ///
    /// # Errors
    /// [`WriterError::Media`] when the tensor is no picture; else as [`Self::add_scalar`].
    pub fn add_image<V>(
        &self,
        tag: &str,
        image: &V,
        at: impl Into<At>,
        dataformats: &str,
    ) -> Result<(), WriterError>
    where
        V: AsTensor<Elem: Element> + ?Sized,
    {
        let picture = Picture::from_tensor(image, dataformats).map_err(for_tag(tag))?;
        self.put_picture(tag, &picture, &picture, at.into())
    }

    /// Logs several pictures as one grid of at most eight columns; see [`Picture::from_tensor`].
    ///
    /// # Shapes
    /// `images`: four axes as `dataformats` names them, such as `"NCHW"`; C is 1 or 3.
    ///
    /// # Errors
    /// As [`Self::add_image`].
    pub fn add_images<V>(
        &self,
        tag: &str,
        images: &V,
        at: impl Into<At>,
        dataformats: &str,
    ) -> Result<(), WriterError>
    where
        V: AsTensor<Elem: Element> + ?Sized,
    {
        self.add_image(tag, images, at, dataformats)
    }

    /// Logs a picture with bounding boxes drawn on it; see [`Picture::draw_boxes`].
    ///
    /// # Shapes
    /// - `image`: as [`Self::add_image`].
    /// - `boxes`: `[N, 4]`, each row x min, y min, x max, y max in pixels.
    ///
    /// # Errors
    /// As [`Self::add_image`].
    pub fn add_image_with_boxes<V, B>(
        &self,
        tag: &str,
        image: &V,
        boxes: &B,
        at: impl Into<At>,
        options: &BoxesOptions<'_>,
    ) -> Result<(), WriterError>
    where
        V: AsTensor<Elem: Element> + ?Sized,
        B: AsTensor<Elem: Element> + ?Sized,
    {
        let mut picture = Picture::from_tensor(image, options.dataformats).map_err(for_tag(tag))?;
        picture
            .draw_boxes(boxes, options.labels)
            .map_err(for_tag(tag))?;
        let scaled = picture.rescaled(options.rescale).map_err(for_tag(tag))?;
        self.put_picture(tag, &scaled, &picture, at.into())
    }

    /// Logs the pixels of one picture with the size of another: the reference notes the size before scaling.
    fn put_picture(
        &self,
        tag: &str,
        pixels: &Picture,
        size: &Picture,
        at: At,
    ) -> Result<(), WriterError> {
        let image = summary::Image {
            height: size.height() as i32,
            width: size.width() as i32,
            colorspace: size.channels().count() as i32,
            encoded_image_string: pixels.to_png().map_err(for_tag(tag))?,
        };
        self.put(&record::event(tag, summary::value::Value::Image(image), at))
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
        let mut file = EventQueue::create(&self.log_dir.join(run), &[], &self.queue_options)?;
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
        let files = self.files.read();
        let results = files
            .main
            .iter()
            .chain(files.lines.values())
            .map(EventQueue::flush);
        first_error(results)
    }

    /// Flushes and closes all files. The next `add_*` opens new ones; closing twice does nothing.
    ///
    /// # Errors
    /// As [`Self::flush`]; the files are closed all the same.
    pub fn close(&self) -> Result<(), WriterError> {
        let mut files = std::mem::take(&mut *self.files.write());
        first_error(
            files
                .main
                .iter_mut()
                .chain(files.lines.values_mut())
                .map(EventQueue::close),
        )
    }

    fn put(&self, event: &Event) -> Result<(), WriterError> {
        self.main()?.append_event(event)
    }

    /// The run's own file, opened anew after `close`.
    fn main(&self) -> Result<MappedRwLockReadGuard<'_, EventQueue>, WriterError> {
        let files = match RwLockReadGuard::try_map(self.files.read(), |files| files.main.as_ref()) {
            Ok(main) => return Ok(main),
            Err(files) => files,
        };
        drop(files);
        let mut files = self.files.write();
        // Another thread may have been faster.
        if files.main.is_none() {
            files.main = Some(EventQueue::create(&self.log_dir, &[], &self.queue_options)?);
        }
        let files = RwLockWriteGuard::downgrade(files);
        RwLockReadGuard::try_map(files, |files| files.main.as_ref())
            .map_err(|_| WriterError::ThreadEnded)
    }

    /// The file of one line of `add_scalars`, opened when it is not.
    fn line(&self, dir: &Path) -> Result<MappedRwLockReadGuard<'_, EventQueue>, WriterError> {
        let files = match RwLockReadGuard::try_map(self.files.read(), |files| files.lines.get(dir))
        {
            Ok(line) => return Ok(line),
            Err(files) => files,
        };
        drop(files);
        let mut files = self.files.write();
        if !files.lines.contains_key(dir) {
            files.lines.insert(
                dir.to_owned(),
                EventQueue::create(dir, &[], &self.queue_options)?,
            );
        }
        let files = RwLockWriteGuard::downgrade(files);
        RwLockReadGuard::try_map(files, |files| files.lines.get(dir))
            .map_err(|_| WriterError::ThreadEnded)
    }
}

impl Drop for SummaryWriter {
    fn drop(&mut self) {
        let files = self.files.get_mut();
        let queues = files.main.iter_mut().chain(files.lines.values_mut());
        if let Err(error) = first_error(queues.map(EventQueue::close_quietly)) {
            // Nobody is left to return it to, and a loss must not be silent.
            let _ = writeln!(std::io::stderr(), "glassboard: records were lost: {error}");
        }
    }
}

/// Goes through all results and keeps the first error.
fn first_error(results: impl Iterator<Item = Result<(), WriterError>>) -> Result<(), WriterError> {
    results.fold(Ok(()), Result::and)
}

fn for_tag(tag: &str) -> impl Fn(MediaError) -> WriterError {
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
