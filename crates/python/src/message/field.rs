//! The fields of each message by name.

use glassboard_events::proto::tensorboard as tb;
use tb::event::What;
use tb::summary::value::Value as Payload;

use super::Kind;

/// The members of an event's oneof.
pub(super) const WHAT: &[&str] = &[
    "file_version",
    "graph_def",
    "summary",
    "log_message",
    "session_log",
    "tagged_run_metadata",
    "meta_graph_def",
];

/// The members of a value's oneof.
pub(super) const VALUE: &[&str] = &[
    "simple_value",
    "obsolete_old_style_histogram",
    "image",
    "histo",
    "audio",
    "tensor",
];

/// A field and whether it is there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot<'a> {
    pub(super) field: Field<'a>,
    pub(super) presence: Presence,
}

impl Slot<'_> {
    /// Whether the text form shows it.
    pub(super) fn is_shown(self) -> bool {
        match self.presence {
            Presence::Explicit(shown) | Presence::Implicit(shown) => shown,
        }
    }
}

/// Whether a field is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// The file says so.
    Explicit(bool),
    /// It only shows in a value that is not the default.
    Implicit(bool),
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Field<'a> {
    Bool(bool),
    I32(i32),
    I64(i64),
    F32(f32),
    F64(f64),
    /// A number and its name, when it has one.
    Enum(i32, Option<&'static str>),
    Text(&'a str),
    Bytes(&'a [u8]),
    Message(Kind),
    /// A list of so many messages.
    Messages(Kind, usize),
    Numbers(Numbers<'a>),
    Strings(&'a [Vec<u8>]),
}

/// A list of numbers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Numbers<'a> {
    F32(&'a [f32]),
    F64(&'a [f64]),
    I32(&'a [i32]),
    I64(&'a [i64]),
    U32(&'a [u32]),
    U64(&'a [u64]),
    Bool(&'a [bool]),
}

impl<'a> From<Field<'a>> for Slot<'a> {
    /// A field that is there when it is not the default.
    fn from(field: Field<'a>) -> Self {
        let shown = match field {
            Field::Bool(value) => value,
            Field::I32(value) | Field::Enum(value, _) => value != 0,
            Field::I64(value) => value != 0,
            // -0.0 is not the default.
            Field::F32(value) => value.to_bits() != 0,
            Field::F64(value) => value.to_bits() != 0,
            Field::Text(value) => !value.is_empty(),
            Field::Bytes(value) => !value.is_empty(),
            Field::Message(_) => true,
            Field::Messages(_, len) => len > 0,
            Field::Numbers(numbers) => numbers.len() > 0,
            Field::Strings(list) => !list.is_empty(),
        };
        Self {
            field,
            presence: Presence::Implicit(shown),
        }
    }
}

impl Numbers<'_> {
    pub(super) fn len(self) -> usize {
        match self {
            Self::F32(list) => list.len(),
            Self::F64(list) => list.len(),
            Self::I32(list) => list.len(),
            Self::I64(list) => list.len(),
            Self::U32(list) => list.len(),
            Self::U64(list) => list.len(),
            Self::Bool(list) => list.len(),
        }
    }
}

/// A message, or a member of a oneof with its default where it is not set.
fn member(present: bool, field: Field<'_>) -> Slot<'_> {
    Slot {
        field,
        presence: Presence::Explicit(present),
    }
}

/// A member of a oneof.
macro_rules! one_of {
    ($of:expr, $variant:path, $field:path, $default:expr) => {
        match $of {
            Some($variant(value)) => member(true, $field(value)),
            _ => member(false, $field($default)),
        }
    };
}

pub(super) fn event<'a>(event: &'a tb::Event, name: &str) -> Option<Slot<'a>> {
    let what = event.what.as_ref();
    Some(match name {
        "wall_time" => Field::F64(event.wall_time).into(),
        "step" => Field::I64(event.step).into(),
        "file_version" => one_of!(what, What::FileVersion, Field::Text, ""),
        "graph_def" => one_of!(what, What::GraphDef, Field::Bytes, &[]),
        "summary" => member(
            matches!(what, Some(What::Summary(_))),
            Field::Message(Kind::Summary),
        ),
        "log_message" => member(
            matches!(what, Some(What::LogMessage(_))),
            Field::Message(Kind::LogMessage),
        ),
        "session_log" => member(
            matches!(what, Some(What::SessionLog(_))),
            Field::Message(Kind::SessionLog),
        ),
        "tagged_run_metadata" => member(
            matches!(what, Some(What::TaggedRunMetadata(_))),
            Field::Message(Kind::TaggedRunMetadata),
        ),
        "meta_graph_def" => one_of!(what, What::MetaGraphDef, Field::Bytes, &[]),
        "source_metadata" => member(
            event.source_metadata.is_some(),
            Field::Message(Kind::SourceMetadata),
        ),
        _ => return None,
    })
}

pub(super) fn summary<'a>(summary: &'a tb::Summary, name: &str) -> Option<Slot<'a>> {
    match name {
        "value" => Some(Field::Messages(Kind::Value, summary.value.len()).into()),
        _ => None,
    }
}

pub(super) fn value<'a>(value: &'a tb::summary::Value, name: &str) -> Option<Slot<'a>> {
    let payload = value.value.as_ref();
    Some(match name {
        "tag" => Field::Text(&value.tag).into(),
        "simple_value" => match payload {
            Some(Payload::SimpleValue(number)) => member(true, Field::F32(*number)),
            _ => member(false, Field::F32(0.0)),
        },
        "obsolete_old_style_histogram" => one_of!(
            payload,
            Payload::ObsoleteOldStyleHistogram,
            Field::Bytes,
            &[]
        ),
        "image" => member(
            matches!(payload, Some(Payload::Image(_))),
            Field::Message(Kind::Image),
        ),
        "histo" => member(
            matches!(payload, Some(Payload::Histo(_))),
            Field::Message(Kind::HistogramProto),
        ),
        "audio" => member(
            matches!(payload, Some(Payload::Audio(_))),
            Field::Message(Kind::Audio),
        ),
        "node_name" => Field::Text(&value.node_name).into(),
        "tensor" => member(
            matches!(payload, Some(Payload::Tensor(_))),
            Field::Message(Kind::TensorProto),
        ),
        "metadata" => member(
            value.metadata.is_some(),
            Field::Message(Kind::SummaryMetadata),
        ),
        _ => return None,
    })
}

pub(super) fn image<'a>(image: &'a tb::summary::Image, name: &str) -> Option<Slot<'a>> {
    let field = match name {
        "height" => Field::I32(image.height),
        "width" => Field::I32(image.width),
        "colorspace" => Field::I32(image.colorspace),
        "encoded_image_string" => Field::Bytes(&image.encoded_image_string),
        _ => return None,
    };
    Some(field.into())
}

pub(super) fn audio<'a>(audio: &'a tb::summary::Audio, name: &str) -> Option<Slot<'a>> {
    let field = match name {
        "sample_rate" => Field::F32(audio.sample_rate),
        "num_channels" => Field::I64(audio.num_channels),
        "length_frames" => Field::I64(audio.length_frames),
        "encoded_audio_string" => Field::Bytes(&audio.encoded_audio_string),
        "content_type" => Field::Text(&audio.content_type),
        _ => return None,
    };
    Some(field.into())
}

pub(super) fn histogram<'a>(histo: &'a tb::HistogramProto, name: &str) -> Option<Slot<'a>> {
    let field = match name {
        "min" => Field::F64(histo.min),
        "max" => Field::F64(histo.max),
        "num" => Field::F64(histo.num),
        "sum" => Field::F64(histo.sum),
        "sum_squares" => Field::F64(histo.sum_squares),
        "bucket_limit" => Field::Numbers(Numbers::F64(&histo.bucket_limit)),
        "bucket" => Field::Numbers(Numbers::F64(&histo.bucket)),
        _ => return None,
    };
    Some(field.into())
}

pub(super) fn tensor<'a>(tensor: &'a tb::TensorProto, name: &str) -> Option<Slot<'a>> {
    let field = match name {
        "dtype" => Field::Enum(
            tensor.dtype,
            tb::DataType::try_from(tensor.dtype)
                .ok()
                .map(|dtype| dtype.as_str_name()),
        ),
        "tensor_shape" => {
            let shape = Field::Message(Kind::TensorShapeProto);
            return Some(member(tensor.tensor_shape.is_some(), shape));
        }
        "version_number" => Field::I32(tensor.version_number),
        "tensor_content" => Field::Bytes(&tensor.tensor_content),
        "half_val" => Field::Numbers(Numbers::I32(&tensor.half_val)),
        "float_val" => Field::Numbers(Numbers::F32(&tensor.float_val)),
        "double_val" => Field::Numbers(Numbers::F64(&tensor.double_val)),
        "int_val" => Field::Numbers(Numbers::I32(&tensor.int_val)),
        "string_val" => Field::Strings(&tensor.string_val),
        "scomplex_val" => Field::Numbers(Numbers::F32(&tensor.scomplex_val)),
        "int64_val" => Field::Numbers(Numbers::I64(&tensor.int64_val)),
        "bool_val" => Field::Numbers(Numbers::Bool(&tensor.bool_val)),
        "dcomplex_val" => Field::Numbers(Numbers::F64(&tensor.dcomplex_val)),
        "uint32_val" => Field::Numbers(Numbers::U32(&tensor.uint32_val)),
        "uint64_val" => Field::Numbers(Numbers::U64(&tensor.uint64_val)),
        _ => return None,
    };
    Some(field.into())
}

pub(super) fn tensor_shape<'a>(shape: &'a tb::TensorShapeProto, name: &str) -> Option<Slot<'a>> {
    let field = match name {
        "dim" => Field::Messages(Kind::Dim, shape.dim.len()),
        "unknown_rank" => Field::Bool(shape.unknown_rank),
        _ => return None,
    };
    Some(field.into())
}

pub(super) fn dim<'a>(dim: &'a tb::tensor_shape_proto::Dim, name: &str) -> Option<Slot<'a>> {
    let field = match name {
        "size" => Field::I64(dim.size),
        "name" => Field::Text(&dim.name),
        _ => return None,
    };
    Some(field.into())
}

pub(super) fn metadata<'a>(metadata: &'a tb::SummaryMetadata, name: &str) -> Option<Slot<'a>> {
    let field = match name {
        "plugin_data" => {
            let plugin = Field::Message(Kind::PluginData);
            return Some(member(metadata.plugin_data.is_some(), plugin));
        }
        "display_name" => Field::Text(&metadata.display_name),
        "summary_description" => Field::Text(&metadata.summary_description),
        "data_class" => Field::Enum(
            metadata.data_class,
            tb::DataClass::try_from(metadata.data_class)
                .ok()
                .map(|class| class.as_str_name()),
        ),
        _ => return None,
    };
    Some(field.into())
}

pub(super) fn plugin_data<'a>(
    plugin: &'a tb::summary_metadata::PluginData,
    name: &str,
) -> Option<Slot<'a>> {
    let field = match name {
        "plugin_name" => Field::Text(&plugin.plugin_name),
        "content" => Field::Bytes(&plugin.content),
        _ => return None,
    };
    Some(field.into())
}

pub(super) fn session_log<'a>(session: &'a tb::SessionLog, name: &str) -> Option<Slot<'a>> {
    let field = match name {
        "status" => Field::Enum(
            session.status,
            tb::session_log::SessionStatus::try_from(session.status)
                .ok()
                .map(|status| status.as_str_name()),
        ),
        "checkpoint_path" => Field::Text(&session.checkpoint_path),
        "msg" => Field::Text(&session.msg),
        _ => return None,
    };
    Some(field.into())
}

pub(super) fn log_message<'a>(message: &'a tb::LogMessage, name: &str) -> Option<Slot<'a>> {
    let field = match name {
        "level" => Field::Enum(
            message.level,
            tb::log_message::Level::try_from(message.level)
                .ok()
                .map(|level| level.as_str_name()),
        ),
        "message" => Field::Text(&message.message),
        _ => return None,
    };
    Some(field.into())
}

pub(super) fn tagged_run_metadata<'a>(
    tagged: &'a tb::TaggedRunMetadata,
    name: &str,
) -> Option<Slot<'a>> {
    let field = match name {
        "tag" => Field::Text(&tagged.tag),
        "run_metadata" => Field::Bytes(&tagged.run_metadata),
        _ => return None,
    };
    Some(field.into())
}

pub(super) fn source_metadata<'a>(source: &'a tb::SourceMetadata, name: &str) -> Option<Slot<'a>> {
    match name {
        "writer" => Some(Field::Text(&source.writer).into()),
        _ => None,
    }
}
