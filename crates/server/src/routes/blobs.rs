//! The bytes of single pictures and sounds.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use glassboard_events::proto::tensorboard::TensorProto;
use glassboard_events::proto::tensorboard::summary::value::Value;
use glassboard_store::StoredValue;

use crate::app::App;
use crate::blob;
use crate::error::Failure;
use crate::wire;

/// The bytes of one picture or sound, whole or in ranges.
///
/// The content type is found from the bytes; what is none of the known formats is offered
/// as a download. The bytes under a key never change.
#[utoipa::path(
    get,
    path = "/blobs/{key}",
    tag = "media",
    operation_id = "getBlob",
    params(("key" = String, Path, description = "The last part of a URL in `BlobStep`")),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream"),
        (status = 206, description = "The range asked for", content_type = "application/octet-stream"),
        (status = 304, description = "The client has these bytes already"),
        (status = 404, body = wire::ApiError),
        (status = 416, body = wire::ApiError)
    )
)]
pub(crate) async fn blob(
    State(app): State<App>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    app.blocking(move |app| {
        let parsed = app.keys.parse(&key)?;
        let bytes = bytes_of(app.store.read_value(&parsed.locator)?, parsed.sample)
            .ok_or_else(|| Failure::not_found(format!("no picture or sound under {key:?}")))?;
        blob::respond(bytes, &key, &headers)
    })
    .await
}

/// The encoded picture or sound number `sample` of a value.
fn bytes_of(value: StoredValue, sample: u32) -> Option<Vec<u8>> {
    let StoredValue::Summary(value) = value else {
        return None;
    };
    match value.value? {
        Value::Image(image) if sample == 0 => Some(image.encoded_image_string),
        Value::Audio(audio) if sample == 0 => Some(audio.encoded_audio_string),
        Value::Tensor(mut tensor) => {
            let index = string_index(&tensor, sample as usize)?;
            (index < tensor.string_val.len()).then(|| tensor.string_val.swap_remove(index))
        }
        _ => None,
    }
}

/// Where sample number `sample` is in the strings of a tensor.
fn string_index(tensor: &TensorProto, sample: usize) -> Option<usize> {
    match Layout::of(tensor) {
        Layout::Rows { columns } => sample.checked_mul(columns),
        Layout::SizeFirst => sample.checked_add(2),
        Layout::Plain => Some(sample),
    }
}

/// The label that stands behind sound number `sample` in a row; empty without one.
pub(super) fn label_of(tensor: &TensorProto, sample: usize) -> String {
    let Layout::Rows { columns: 2.. } = Layout::of(tensor) else {
        return String::new();
    };
    let place = string_index(tensor, sample).and_then(|index| index.checked_add(1));
    place
        .and_then(|place| tensor.string_val.get(place))
        .map(|label| String::from_utf8_lossy(label).into_owned())
        .unwrap_or_default()
}

/// How pictures and sounds lie in a string tensor.
enum Layout {
    /// Sounds of today: rows of `[sound, label]`.
    Rows { columns: usize },
    /// Pictures: `[width, height, picture, …]`, the first two as decimal numbers.
    SizeFirst,
    /// Sounds of old files.
    Plain,
}

impl Layout {
    fn of(tensor: &TensorProto) -> Self {
        let dims = tensor
            .tensor_shape
            .as_ref()
            .map_or(&[][..], |shape| &shape.dim);
        let is_number = |index: usize| {
            tensor
                .string_val
                .get(index)
                .is_some_and(|text| !text.is_empty() && text.iter().all(u8::is_ascii_digit))
        };
        match dims {
            [_, columns] => Self::Rows {
                columns: usize::try_from(columns.size).unwrap_or(0),
            },
            _ if is_number(0) && is_number(1) => Self::SizeFirst,
            _ => Self::Plain,
        }
    }
}
