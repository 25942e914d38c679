//! What a logged value is, in words and as JSON.

use std::collections::HashMap;

use glassboard_events::proto::tensorboard::{
    DataType, HistogramProto, SummaryMetadata, TensorProto, summary,
};
use glassboard_events::{Content, Tensor, TensorData, ValueView, scalar_from_tensor};
use prost::Message as _;
use serde_json::{Value as Json, json};

/// Longest piece of a text in a line.
const TEXT_SHOWN: usize = 80;

/// Most elements of a tensor in JSON.
const ELEMENTS_SHOWN: usize = 1024;

/// The plugin of each tag: writers say it only with the first value.
#[derive(Default)]
pub(super) struct Plugins {
    by_tag: HashMap<String, String>,
}

impl Plugins {
    /// Forgets what the last run said.
    pub(super) fn clear(&mut self) {
        self.by_tag.clear();
    }

    /// The plugin a value belongs to.
    pub(super) fn of(&mut self, value: &ValueView<'_>) -> String {
        if let Some(name) = value.metadata.and_then(plugin_name) {
            if !self.by_tag.contains_key(value.tag) {
                self.by_tag.insert(value.tag.to_owned(), name.clone());
            }
            return name;
        }
        if let Some(known) = self.by_tag.get(value.tag) {
            return known.clone();
        }
        match value.content {
            Content::SimpleValue(_) => "scalars",
            Content::Image(_) => "images",
            Content::Audio(_) => "audio",
            Content::Histo(_) => "histograms",
            Content::Tensor(_) => "tensor",
            _ => "",
        }
        .to_owned()
    }
}

fn plugin_name(metadata: &[u8]) -> Option<String> {
    let metadata = SummaryMetadata::decode(metadata).ok()?;
    let name = metadata.plugin_data?.plugin_name;
    (!name.is_empty()).then_some(name)
}

/// A value described: a word for its kind, words for people, fields for machines.
pub(super) struct Described {
    pub(super) kind: &'static str,
    pub(super) words: String,
    pub(super) json: Json,
}

/// Describes a value of a plugin.
pub(super) fn describe(plugin: &str, content: Content<'_>) -> Described {
    match content {
        Content::SimpleValue(value) => scalar(f64::from(value), value.to_string()),
        Content::Tensor(bytes) => match scalar_from_tensor(bytes) {
            Some(value) if plugin == "scalars" => scalar(value, value.to_string()),
            _ => decoded(TensorProto::decode(bytes), |proto| tensor(plugin, &proto)),
        },
        Content::Image(bytes) => decoded(summary::Image::decode(bytes), |image| Described {
            kind: "image",
            words: format!(
                "{} x {} pixels, {} bytes",
                image.width,
                image.height,
                image.encoded_image_string.len()
            ),
            json: json!({
                "width": image.width,
                "height": image.height,
                "colorspace": image.colorspace,
                "bytes": image.encoded_image_string.len(),
            }),
        }),
        Content::Audio(bytes) => decoded(summary::Audio::decode(bytes), |audio| Described {
            kind: "audio",
            words: format!(
                "{} frames of {} channels at {} Hz, {} bytes",
                audio.length_frames,
                audio.num_channels,
                audio.sample_rate,
                audio.encoded_audio_string.len()
            ),
            json: json!({
                "sample_rate": number(f64::from(audio.sample_rate)),
                "channels": audio.num_channels,
                "frames": audio.length_frames,
                "content_type": audio.content_type,
                "bytes": audio.encoded_audio_string.len(),
            }),
        }),
        Content::Histo(bytes) => decoded(HistogramProto::decode(bytes), |histogram| Described {
            kind: "histogram",
            words: format!(
                "{} values from {} to {}, mean {}, {} buckets",
                histogram.num,
                histogram.min,
                histogram.max,
                histogram.sum / histogram.num,
                histogram.bucket.len()
            ),
            json: json!({
                "min": number(histogram.min),
                "max": number(histogram.max),
                "num": number(histogram.num),
                "sum": number(histogram.sum),
                "sum_squares": number(histogram.sum_squares),
                "bucket_limit": numbers(&histogram.bucket_limit),
                "bucket": numbers(&histogram.bucket),
            }),
        }),
        _ => Described {
            kind: "none",
            words: "no value".to_owned(),
            json: Json::Null,
        },
    }
}

fn scalar(value: f64, words: String) -> Described {
    Described {
        kind: "scalar",
        words,
        json: number(value),
    }
}

fn decoded<M>(
    message: Result<M, prost::DecodeError>,
    describe: impl FnOnce(M) -> Described,
) -> Described {
    message.map_or_else(|error| unreadable(&error), describe)
}

fn unreadable(error: &dyn std::fmt::Display) -> Described {
    Described {
        kind: "unreadable",
        words: error.to_string(),
        json: json!({ "error": error.to_string() }),
    }
}

fn tensor(plugin: &str, proto: &TensorProto) -> Described {
    let tensor = match Tensor::from_proto(proto) {
        Ok(tensor) => tensor,
        Err(error) => return unreadable(&error),
    };
    let dtype = DataType::try_from(proto.dtype).map_or("DT_INVALID", |dtype| dtype.as_str_name());
    match (&tensor.data, plugin) {
        (TensorData::Strings(strings), "text") => {
            let texts: Vec<_> = strings
                .iter()
                .map(|text| String::from_utf8_lossy(text))
                .collect();
            Described {
                kind: "text",
                words: shortened(&texts.join(" | ")),
                json: json!({ "shape": tensor.shape, "strings": texts }),
            }
        }
        (TensorData::Strings(strings), _) => Described {
            kind: "tensor",
            words: format!(
                "{dtype} {:?}, {} bytes",
                tensor.shape,
                strings.iter().map(Vec::len).sum::<usize>()
            ),
            json: json!({
                "dtype": dtype,
                "shape": tensor.shape,
                "bytes": strings.iter().map(Vec::len).collect::<Vec<_>>(),
            }),
        },
        _ => {
            let elements = tensor.to_f64().unwrap_or_default();
            Described {
                kind: "tensor",
                words: format!(
                    "{dtype} {:?} {}",
                    tensor.shape,
                    shortened(&format!("{elements:?}"))
                ),
                json: json!({
                    "dtype": dtype,
                    "shape": tensor.shape,
                    "elements": numbers(elements.get(..ELEMENTS_SHOWN).unwrap_or(&elements)),
                }),
            }
        }
    }
}

/// One line, of bounded length.
pub(super) fn shortened(text: &str) -> String {
    let mut line: String = text
        .chars()
        .take(TEXT_SHOWN)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(TEXT_SHOWN).is_some() {
        line.push('…');
    }
    line
}

/// A number in JSON, which has no NaN and no infinities: these are strings, as in the HTTP API.
pub(super) fn number(value: f64) -> Json {
    if value.is_finite() {
        json!(value)
    } else if value.is_nan() {
        json!("NaN")
    } else if value > 0.0 {
        json!("Infinity")
    } else {
        json!("-Infinity")
    }
}

fn numbers(values: &[f64]) -> Json {
    values.iter().copied().map(number).collect()
}
