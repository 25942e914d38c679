//! Events as bytes. A scalar is encoded by hand, straight into the queue; everything else through its message.

use glassboard_events::proto::tensorboard::{
    Event, Summary, SummaryMetadata, TensorProto, event, summary, summary_metadata,
};

use crate::At;

/// How a scalar is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScalarStyle {
    /// In the field `simple_value`, 32 bits: what every reader knows.
    #[default]
    SimpleValue,
    /// As a tensor of 32-bit float with plugin "scalars": PyTorch's `new_style`.
    Tensor,
    /// As a tensor of 64-bit float with plugin "scalars": PyTorch's `new_style` with `double_precision`.
    /// TensorBoard's fast loader, its default, does not show such scalars; Glassboard does.
    DoubleTensor,
}

/// Fields of the messages, with their wire types (0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes).
mod key {
    pub(super) const EVENT_WALL_TIME: u8 = 1 << 3 | 1;
    pub(super) const EVENT_STEP: u8 = 2 << 3;
    pub(super) const EVENT_SUMMARY: u8 = 5 << 3 | 2;
    pub(super) const SUMMARY_VALUE: u8 = 1 << 3 | 2;
    pub(super) const VALUE_TAG: u8 = 1 << 3 | 2;
    pub(super) const VALUE_SIMPLE: u8 = 2 << 3 | 5;
    pub(super) const VALUE_TENSOR: u8 = 8 << 3 | 2;
    pub(super) const VALUE_METADATA: u8 = 9 << 3 | 2;
    pub(super) const METADATA_PLUGIN: u8 = 1 << 3 | 2;
    pub(super) const PLUGIN_NAME: u8 = 1 << 3 | 2;
    pub(super) const TENSOR_DTYPE: u8 = 1 << 3;
    pub(super) const TENSOR_FLOATS: u8 = 5 << 3 | 2;
    pub(super) const TENSOR_DOUBLES: u8 = 6 << 3 | 2;
}

/// Name of the plugin that shows scalars, in its message.
const SCALARS_METADATA: [u8; 11] = [
    key::METADATA_PLUGIN,
    9,
    key::PLUGIN_NAME,
    7,
    b's',
    b'c',
    b'a',
    b'l',
    b'a',
    b'r',
    b's',
];
const DT_FLOAT: u8 = 1;
const DT_DOUBLE: u8 = 2;

/// Appends the `Event` of one scalar.
#[inline]
pub(crate) fn push_scalar(
    out: &mut Vec<u8>,
    tag: &str,
    value: f64,
    style: ScalarStyle,
    step: i64,
    wall_time: f64,
) {
    let content_len = match style {
        ScalarStyle::SimpleValue => 1 + 4,
        ScalarStyle::Tensor => 2 + (2 + 2 + 4) + 2 + SCALARS_METADATA.len(),
        ScalarStyle::DoubleTensor => 2 + (2 + 2 + 8) + 2 + SCALARS_METADATA.len(),
    };
    let value_len = 1 + varint_len(tag.len() as u64) + tag.len() + content_len;
    let summary_len = 1 + varint_len(value_len as u64) + value_len;

    out.push(key::EVENT_WALL_TIME);
    out.extend_from_slice(&wall_time.to_le_bytes());
    if step != 0 {
        out.push(key::EVENT_STEP);
        push_varint(out, step.cast_unsigned());
    }
    out.push(key::EVENT_SUMMARY);
    push_varint(out, summary_len as u64);
    out.push(key::SUMMARY_VALUE);
    push_varint(out, value_len as u64);
    out.push(key::VALUE_TAG);
    push_varint(out, tag.len() as u64);
    out.extend_from_slice(tag.as_bytes());
    match style {
        ScalarStyle::SimpleValue => {
            out.push(key::VALUE_SIMPLE);
            out.extend_from_slice(&(value as f32).to_le_bytes());
        }
        ScalarStyle::Tensor => {
            out.extend_from_slice(&[
                key::VALUE_TENSOR,
                8,
                key::TENSOR_DTYPE,
                DT_FLOAT,
                key::TENSOR_FLOATS,
                4,
            ]);
            out.extend_from_slice(&(value as f32).to_le_bytes());
            push_scalars_metadata(out);
        }
        ScalarStyle::DoubleTensor => {
            out.extend_from_slice(&[
                key::VALUE_TENSOR,
                12,
                key::TENSOR_DTYPE,
                DT_DOUBLE,
                key::TENSOR_DOUBLES,
                8,
            ]);
            out.extend_from_slice(&value.to_le_bytes());
            push_scalars_metadata(out);
        }
    }
}

fn push_scalars_metadata(out: &mut Vec<u8>) {
    out.extend_from_slice(&[key::VALUE_METADATA, SCALARS_METADATA.len() as u8]);
    out.extend_from_slice(&SCALARS_METADATA);
}

fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn varint_len(value: u64) -> usize {
    (u64::BITS - (value | 1).leading_zeros()).div_ceil(7) as usize
}

/// One value without metadata as an event.
pub(crate) fn event(tag: &str, value: summary::value::Value, at: At) -> Event {
    summary_event(tag, None, Some(value), at)
}

/// One value with metadata as an event.
pub(crate) fn described_event(
    tag: &str,
    metadata: SummaryMetadata,
    value: summary::value::Value,
    at: At,
) -> Event {
    summary_event(tag, Some(metadata), Some(value), at)
}

/// One tensor that belongs to a plugin, with what it notes about the tag, as an event.
pub(crate) fn plugin_event(
    tag: &str,
    plugin: &str,
    content: Vec<u8>,
    tensor: TensorProto,
    at: At,
) -> Event {
    let metadata = plugin_metadata(plugin, content);
    described_event(tag, metadata, summary::value::Value::Tensor(tensor), at)
}

/// One tensor that belongs to a plugin as an event.
pub(crate) fn tensor_event(tag: &str, plugin: &str, tensor: TensorProto, at: At) -> Event {
    plugin_event(tag, plugin, Vec::new(), tensor, at)
}

/// One tag that has nothing but metadata as an event.
pub(crate) fn metadata_event(tag: &str, plugin: &str, content: Vec<u8>, at: At) -> Event {
    summary_event(tag, Some(plugin_metadata(plugin, content)), None, at)
}

pub(crate) fn plugin_metadata(plugin: &str, content: Vec<u8>) -> SummaryMetadata {
    let plugin_data = summary_metadata::PluginData {
        plugin_name: plugin.to_owned(),
        content,
    };
    SummaryMetadata {
        plugin_data: Some(plugin_data),
        ..SummaryMetadata::default()
    }
}

fn summary_event(
    tag: &str,
    metadata: Option<SummaryMetadata>,
    value: Option<summary::value::Value>,
    at: At,
) -> Event {
    let value = summary::Value {
        tag: tag.to_owned(),
        metadata,
        value,
        ..summary::Value::default()
    };
    Event {
        wall_time: at.wall_time_or_now(),
        step: at.step_or_zero(),
        what: Some(event::What::Summary(Summary { value: vec![value] })),
        ..Event::default()
    }
}

#[cfg(test)]
mod tests {
    use glassboard_events::proto::tensorboard::DataType;
    use proptest::prelude::*;
    use prost::Message;

    use super::*;

    /// The same event through the generated message.
    fn reference(tag: &str, value: f64, style: ScalarStyle, at: At) -> Event {
        let tensor = |tensor: TensorProto| tensor_event(tag, "scalars", tensor, at);
        match style {
            ScalarStyle::SimpleValue => {
                event(tag, summary::value::Value::SimpleValue(value as f32), at)
            }
            ScalarStyle::Tensor => tensor(TensorProto {
                dtype: DataType::DtFloat.into(),
                float_val: vec![value as f32],
                ..TensorProto::default()
            }),
            ScalarStyle::DoubleTensor => tensor(TensorProto {
                dtype: DataType::DtDouble.into(),
                double_val: vec![value],
                ..TensorProto::default()
            }),
        }
    }

    proptest! {
        #[test]
        fn hand_encoded_scalars_are_the_message(
            tag in "[a-z/✓]{1,200}", value in any::<f64>(), step in any::<i64>(), wall_time in 1e-3..1e10_f64,
        ) {
            for style in [ScalarStyle::SimpleValue, ScalarStyle::Tensor, ScalarStyle::DoubleTensor] {
                let mut bytes = Vec::new();
                push_scalar(&mut bytes, &tag, value, style, step, wall_time);
                let expected = reference(&tag, value, style, At::step(step).wall_time(wall_time));
                prop_assert_eq!(&bytes, &expected.encode_to_vec());
            }
        }
    }
}
