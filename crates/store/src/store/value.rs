//! What a value that was read back holds.

use glassboard_events::{
    Tensor, TensorData,
    proto::tensorboard::{TensorProto, summary::value::Value},
};

use super::StoredValue;

impl StoredValue {
    /// The encoded picture or sound number `sample`, counted from 0; `None` where there is none.
    pub fn sample(&self, sample: usize) -> Option<&[u8]> {
        let Self::Summary(value) = self else {
            return None;
        };
        let bytes = match value.value.as_ref()? {
            Value::Image(image) if sample == 0 => &image.encoded_image_string,
            Value::Audio(audio) if sample == 0 => &audio.encoded_audio_string,
            Value::Tensor(tensor) => tensor.string_val.get(string_index(tensor, sample)?)?,
            _ => return None,
        };
        Some(bytes)
    }

    /// The label that stands behind sound number `sample`; empty without one.
    pub fn label(&self, sample: usize) -> String {
        let Self::Summary(value) = self else {
            return String::new();
        };
        let Some(Value::Tensor(tensor)) = &value.value else {
            return String::new();
        };
        let Layout::Rows { columns: 2.. } = Layout::of(tensor) else {
            return String::new();
        };
        let place = string_index(tensor, sample).and_then(|index| index.checked_add(1));
        place
            .and_then(|place| tensor.string_val.get(place))
            .map(|label| String::from_utf8_lossy(label).into_owned())
            .unwrap_or_default()
    }

    /// Shape and strings of a tensor of strings; bytes that are not UTF-8 become U+FFFD.
    pub fn strings(&self) -> Option<(Vec<u64>, Vec<String>)> {
        let Self::Summary(value) = self else {
            return None;
        };
        let Value::Tensor(tensor) = value.value.as_ref()? else {
            return None;
        };
        let tensor = Tensor::from_proto(tensor).ok()?;
        let TensorData::Strings(strings) = tensor.data else {
            return None;
        };
        let strings = strings
            .into_iter()
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .collect();
        Some((tensor.shape, strings))
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
