//! The messages of event files as Python objects that behave as TensorFlow's: the same fields,
//! `HasField`, `WhichOneof`, text form. They cannot be changed.
//!
//! A decoded event is one tree on the Rust side. A Python object is a [`Place`] in it: nothing is
//! copied before a script looks at it.

mod field;
mod tensor;
mod text;

use std::sync::Arc;

use glassboard_events::proto::tensorboard as tb;
use prost::Message as _;
use pyo3::exceptions::{PyAttributeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use self::field::{Field, Numbers, Presence, Slot};

/// Where in an event a message is.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    event: Arc<tb::Event>,
    kind: Kind,
    /// Which value of the summary.
    value: usize,
    /// Which dimension of a tensor's shape.
    dim: usize,
}

impl Place {
    /// The event itself.
    pub(crate) fn of(event: tb::Event) -> Self {
        Self {
            event: Arc::new(event),
            kind: Kind::Event,
            value: 0,
            dim: 0,
        }
    }

    /// The first value of an event's summary.
    pub(crate) fn of_value(value: tb::summary::Value) -> Self {
        let summary = tb::Summary { value: vec![value] };
        Self {
            kind: Kind::Value,
            ..Self::of(tb::Event {
                what: Some(tb::event::What::Summary(summary)),
                ..tb::Event::default()
            })
        }
    }

    /// The message of another kind, at the same place but for `index` of a list.
    fn child(&self, kind: Kind, index: usize) -> Self {
        let mut place = Self {
            kind,
            ..self.clone()
        };
        match kind {
            Kind::Value => place.value = index,
            Kind::Dim => place.dim = index,
            _ => {}
        }
        place
    }

    /// The message as bytes.
    fn bytes(&self) -> Vec<u8> {
        match self.kind {
            Kind::Event => self.event.encode_to_vec(),
            Kind::Summary => self.summary().encode_to_vec(),
            Kind::Value => self.value().encode_to_vec(),
            Kind::Image => self.image().encode_to_vec(),
            Kind::Audio => self.audio().encode_to_vec(),
            Kind::HistogramProto => self.histo().encode_to_vec(),
            Kind::TensorProto => self.tensor().encode_to_vec(),
            Kind::TensorShapeProto => self.tensor_shape().encode_to_vec(),
            Kind::Dim => self.dim().encode_to_vec(),
            Kind::SummaryMetadata => self.metadata().encode_to_vec(),
            Kind::PluginData => self.plugin_data().encode_to_vec(),
            Kind::SessionLog => self.session_log().encode_to_vec(),
            Kind::LogMessage => self.log_message().encode_to_vec(),
            Kind::TaggedRunMetadata => self.tagged_run_metadata().encode_to_vec(),
            Kind::SourceMetadata => self.source_metadata().encode_to_vec(),
        }
    }

    /// The field of a name; `None` when the message has no such field.
    fn slot(&self, name: &str) -> Option<Slot<'_>> {
        match self.kind {
            Kind::Event => field::event(&self.event, name),
            Kind::Summary => field::summary(self.summary(), name),
            Kind::Value => field::value(self.value(), name),
            Kind::Image => field::image(self.image(), name),
            Kind::Audio => field::audio(self.audio(), name),
            Kind::HistogramProto => field::histogram(self.histo(), name),
            Kind::TensorProto => field::tensor(self.tensor(), name),
            Kind::TensorShapeProto => field::tensor_shape(self.tensor_shape(), name),
            Kind::Dim => field::dim(self.dim(), name),
            Kind::SummaryMetadata => field::metadata(self.metadata(), name),
            Kind::PluginData => field::plugin_data(self.plugin_data(), name),
            Kind::SessionLog => field::session_log(self.session_log(), name),
            Kind::LogMessage => field::log_message(self.log_message(), name),
            Kind::TaggedRunMetadata => field::tagged_run_metadata(self.tagged_run_metadata(), name),
            Kind::SourceMetadata => field::source_metadata(self.source_metadata(), name),
        }
    }

    /// What a script gets for a field.
    fn get<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let slot = self
            .slot(name)
            .ok_or_else(|| PyAttributeError::new_err(name.to_owned()))?;
        Ok(match slot.field {
            Field::Bool(value) => value.into_pyobject(py)?.to_owned().into_any(),
            Field::I32(value) | Field::Enum(value, _) => value.into_pyobject(py)?.into_any(),
            Field::I64(value) => value.into_pyobject(py)?.into_any(),
            Field::F32(value) => value.into_pyobject(py)?.into_any(),
            Field::F64(value) => value.into_pyobject(py)?.into_any(),
            Field::Text(value) => value.into_pyobject(py)?.into_any(),
            Field::Bytes(value) => PyBytes::new(py, value).into_any(),
            Field::Message(kind) => self.child(kind, 0).object(py)?,
            Field::Messages(kind, len) => {
                let objects = (0..len).map(|index| self.child(kind, index).object(py));
                PyList::new(py, objects.collect::<PyResult<Vec<_>>>()?)?.into_any()
            }
            Field::Numbers(numbers) => match numbers {
                Numbers::F32(list) => PyList::new(py, list)?,
                Numbers::F64(list) => PyList::new(py, list)?,
                Numbers::I32(list) => PyList::new(py, list)?,
                Numbers::I64(list) => PyList::new(py, list)?,
                Numbers::U32(list) => PyList::new(py, list)?,
                Numbers::U64(list) => PyList::new(py, list)?,
                Numbers::Bool(list) => PyList::new(py, list)?,
            }
            .into_any(),
            Field::Strings(list) => {
                PyList::new(py, list.iter().map(|bytes| PyBytes::new(py, bytes)))?.into_any()
            }
        })
    }
}

/// Where each message is; what is not there is the default message.
macro_rules! locate {
    ($($function:ident -> $message:ty { |$place:ident| $found:expr })*) => {
        impl Place {$(
            fn $function(&self) -> &$message {
                static DEFAULT: std::sync::LazyLock<$message> = std::sync::LazyLock::new(<$message>::default);
                let $place = self;
                $found.unwrap_or(&DEFAULT)
            }
        )*}
    };
}

/// The payload of an event or a value, when it is of one kind.
macro_rules! payload {
    ($of:expr, $variant:path) => {
        match &$of {
            Some($variant(message)) => Some(message),
            _ => None,
        }
    };
}

locate! {
    summary -> tb::Summary { |place| payload!(place.event.what, tb::event::What::Summary) }
    value -> tb::summary::Value { |place| place.summary().value.get(place.value) }
    image -> tb::summary::Image { |place| payload!(place.value().value, tb::summary::value::Value::Image) }
    audio -> tb::summary::Audio { |place| payload!(place.value().value, tb::summary::value::Value::Audio) }
    histo -> tb::HistogramProto { |place| payload!(place.value().value, tb::summary::value::Value::Histo) }
    tensor -> tb::TensorProto { |place| payload!(place.value().value, tb::summary::value::Value::Tensor) }
    tensor_shape -> tb::TensorShapeProto { |place| place.tensor().tensor_shape.as_ref() }
    dim -> tb::tensor_shape_proto::Dim { |place| place.tensor_shape().dim.get(place.dim) }
    metadata -> tb::SummaryMetadata { |place| place.value().metadata.as_ref() }
    plugin_data -> tb::summary_metadata::PluginData { |place| place.metadata().plugin_data.as_ref() }
    session_log -> tb::SessionLog { |place| payload!(place.event.what, tb::event::What::SessionLog) }
    log_message -> tb::LogMessage { |place| payload!(place.event.what, tb::event::What::LogMessage) }
    tagged_run_metadata -> tb::TaggedRunMetadata {
        |place| payload!(place.event.what, tb::event::What::TaggedRunMetadata)
    }
    source_metadata -> tb::SourceMetadata { |place| place.event.source_metadata.as_ref() }
}

/// A message of an event file.
#[pyclass(subclass, frozen, module = "glassboard._core")]
pub(crate) struct Message {
    place: Place,
}

impl Message {
    /// The summary value here or around here; an empty one where there is none.
    pub(crate) fn value(&self) -> &tb::summary::Value {
        self.place.value()
    }
}

#[pymethods]
impl Message {
    /// Whether a field was set; only messages and members of a oneof can tell.
    #[pyo3(name = "HasField")]
    fn has_field(&self, field_name: &str) -> PyResult<bool> {
        let kind = self.place.kind;
        match self.place.slot(field_name).map(|slot| slot.presence) {
            Some(Presence::Explicit(present)) => Ok(present),
            Some(Presence::Implicit(_)) => Err(PyValueError::new_err(format!(
                "Field {}.{field_name} does not have presence.",
                kind.full_name()
            ))),
            None => Err(no_field(kind, field_name)),
        }
    }

    /// The name of the set member of a oneof (`"what"` of an event, `"value"` of a value), or None.
    #[pyo3(name = "WhichOneof")]
    fn which_oneof(&self, oneof_group: &str) -> PyResult<Option<&'static str>> {
        let members = match (self.place.kind, oneof_group) {
            (Kind::Event, "what") => field::WHAT,
            (Kind::Value, "value") => field::VALUE,
            (kind, _) => return Err(no_field(kind, oneof_group)),
        };
        let set = |name: &&&str| {
            let slot = self.place.slot(name);
            slot.is_some_and(|slot| matches!(slot.presence, Presence::Explicit(true)))
        };
        Ok(members.iter().find(set).copied())
    }

    /// The message as protobuf bytes.
    #[pyo3(name = "SerializeToString")]
    fn serialize_to_string<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.place.bytes())
    }

    /// Length of :meth:`SerializeToString`.
    #[pyo3(name = "ByteSize")]
    fn byte_size(&self) -> usize {
        self.place.bytes().len()
    }

    fn __repr__(&self) -> String {
        text::text(&self.place)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> Option<bool> {
        let other = other.cast::<Self>().ok()?.get();
        let same = self.place.kind == other.place.kind && self.place.bytes() == other.place.bytes();
        Some(same)
    }
}

fn no_field(kind: Kind, name: &str) -> PyErr {
    PyValueError::new_err(format!(
        "Protocol message {} has no \"{name}\" field.",
        kind.name()
    ))
}

/// One class for each message, with its fields in the order of their numbers, and methods of its own.
macro_rules! messages {
    ($(
        $(#[$doc:meta])*
        $name:ident($full:literal) { $($field:ident),* } $(+ { $($method:tt)* })?
    )*) => {
        /// Which message.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Kind {$( $name ),*}

        impl Kind {
            /// Its name in the protobuf description.
            fn full_name(self) -> &'static str {
                match self {$( Self::$name => $full ),*}
            }

            fn name(self) -> &'static str {
                match self {$( Self::$name => stringify!($name) ),*}
            }

            /// Its fields, in the order of their numbers.
            fn fields(self) -> &'static [&'static str] {
                match self {$( Self::$name => &[$( stringify!($field) ),*] ),*}
            }
        }

        impl Place {
            /// The message as a Python object.
            pub(crate) fn object(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
                let kind = self.kind;
                let message = PyClassInitializer::from(Message { place: self });
                Ok(match kind {$(
                    Kind::$name => Bound::new(py, message.add_subclass($name))?.into_any()
                ),*})
            }
        }

        $(
            $(#[$doc])*
            #[pyclass(extends = Message, frozen, module = "glassboard._core")]
            pub(crate) struct $name;

            #[pymethods]
            impl $name {$(
                #[getter]
                fn $field<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                    slf.as_super().get().place.get(slf.py(), stringify!($field))
                }
            )*
                $($($method)*)?
            }
        )*

        /// Adds the classes to the module.
        pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
            module.add_class::<Message>()?;
            $( module.add_class::<$name>()?; )*
            Ok(())
        }
    };
}

messages! {
    /// One record of an event file: something that happened at a step and a wall time.
    Event("tensorboard.Event") {
        wall_time, step, file_version, graph_def, summary, log_message, session_log,
        tagged_run_metadata, meta_graph_def, source_metadata
    }
    /// The values of one event.
    Summary("tensorboard.Summary") { value }
    /// One value under a tag.
    Value("tensorboard.Summary.Value") {
        tag, simple_value, obsolete_old_style_histogram, image, histo, audio, node_name, tensor,
        metadata
    }
    /// A picture.
    Image("tensorboard.Summary.Image") { height, width, colorspace, encoded_image_string }
    /// A sound.
    Audio("tensorboard.Summary.Audio") {
        sample_rate, num_channels, length_frames, encoded_audio_string, content_type
    }
    /// A histogram: ``bucket[i]`` values lie between ``bucket_limit[i - 1]`` and ``bucket_limit[i]``.
    HistogramProto("tensorboard.HistogramProto") {
        min, max, num, sum, sum_squares, bucket_limit, bucket
    }
    /// A tensor; :meth:`numpy` unpacks it.
    TensorProto("tensorboard.TensorProto") {
        dtype, tensor_shape, version_number, tensor_content, float_val, double_val, int_val,
        string_val, scomplex_val, int64_val, bool_val, dcomplex_val, half_val, uint32_val,
        uint64_val
    } + {
        /// The elements as a numpy array, in the tensor's shape and type; bfloat16 as float32,
        /// strings as bytes objects.
        fn numpy<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
            tensor::to_numpy(slf.py(), slf.as_super().get().place.tensor())
        }
    }
    /// Sizes of a tensor.
    TensorShapeProto("tensorboard.TensorShapeProto") { dim, unknown_rank }
    /// One dimension of a tensor.
    Dim("tensorboard.TensorShapeProto.Dim") { size, name }
    /// What readers need to know about a tag besides its values.
    SummaryMetadata("tensorboard.SummaryMetadata") {
        plugin_data, display_name, summary_description, data_class
    }
    /// The plugin that a tag belongs to.
    PluginData("tensorboard.SummaryMetadata.PluginData") { plugin_name, content }
    /// Start, stop or checkpoint of a session.
    SessionLog("tensorboard.SessionLog") { status, checkpoint_path, msg }
    /// A log message.
    LogMessage("tensorboard.LogMessage") { level, message }
    /// A serialized ``RunMetadata`` under a tag.
    TaggedRunMetadata("tensorboard.TaggedRunMetadata") { tag, run_metadata }
    /// Who wrote the file.
    SourceMetadata("tensorboard.SourceMetadata") { writer }
}
