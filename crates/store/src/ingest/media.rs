//! What a list of pictures and sounds tells of each without reading it again.

use glassboard_events::proto::tensorboard::{DataType, TensorProto};
use prost::Message;

use crate::plugin;

/// What is known of a value that stays in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaFacts {
    /// Width of its pictures in pixels as logged; 0 when unknown.
    pub width: u32,
    /// Height of its pictures in pixels as logged; 0 when unknown.
    pub height: u32,
    /// Number of pictures or sounds in it.
    pub samples: u32,
}

impl Default for MediaFacts {
    fn default() -> Self {
        Self {
            width: 0,
            height: 0,
            samples: 1,
        }
    }
}

/// The sizes in a `Summary.Image`; its picture is skipped, not copied.
#[derive(Message)]
struct ImageSize {
    #[prost(int32, tag = "1")]
    height: i32,
    #[prost(int32, tag = "2")]
    width: i32,
}

impl MediaFacts {
    /// Of the bytes of a `Summary.Image`.
    pub(super) fn of_image(image: &[u8]) -> Self {
        let ImageSize { height, width } = ImageSize::decode(image).unwrap_or_default();
        Self {
            width: u32::try_from(width).unwrap_or_default(),
            height: u32::try_from(height).unwrap_or_default(),
            samples: 1,
        }
    }

    /// Of the bytes of a `TensorProto`: pictures are strings after two that hold width and height, sounds are
    /// strings, or pairs of a sound and its label.
    pub(super) fn of_tensor(plugin: &str, tensor: &[u8]) -> Self {
        if plugin != plugin::IMAGES && plugin != plugin::AUDIO {
            return Self::default();
        }
        let tensor = TensorProto::decode(tensor).unwrap_or_default();
        if tensor.dtype != DataType::DtString as i32 {
            return Self::default();
        }
        let strings = tensor.string_val.len() as u32;
        if plugin == plugin::IMAGES {
            let number = |index: usize| {
                let text = tensor
                    .string_val
                    .get(index)
                    .and_then(|bytes| std::str::from_utf8(bytes).ok());
                text.and_then(|text| text.parse().ok()).unwrap_or_default()
            };
            return Self {
                width: number(0),
                height: number(1),
                samples: strings.saturating_sub(2),
            };
        }
        let dims = tensor
            .tensor_shape
            .map(|shape| shape.dim)
            .unwrap_or_default();
        let in_pairs = dims.len() == 2 && dims.last().is_some_and(|dim| dim.size == 2);
        Self {
            samples: if in_pairs { strings / 2 } else { strings },
            ..Self::default()
        }
    }
}
