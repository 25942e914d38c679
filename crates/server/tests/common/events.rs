//! Event files with chosen content.

use std::path::Path;

use glassboard_events::EventFileWriter;
use glassboard_events::proto::tensorboard::{
    DataType, Event, HistogramProto, Summary, SummaryMetadata, TensorProto, TensorShapeProto,
    event, summary, summary::value::Value, summary_metadata::PluginData, tensor_shape_proto::Dim,
};

/// Wall time of step 0.
pub(crate) const START: f64 = 1_700_000_000.0;

/// One event file under construction. Step `n` happens `n` seconds after [`START`].
pub(crate) struct Log {
    writer: EventFileWriter,
}

impl Log {
    /// A new file in `folder`, which is made.
    pub(crate) fn create(folder: &Path) -> Self {
        Self {
            writer: EventFileWriter::create(folder, "").unwrap(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.writer.path()
    }

    pub(crate) fn flush(&mut self) {
        self.writer.flush().unwrap();
    }

    pub(crate) fn scalar(&mut self, tag: &str, step: i64, value: f32) {
        self.value(tag, step, None, Value::SimpleValue(value));
    }

    pub(crate) fn image(
        &mut self,
        tag: &str,
        step: i64,
        (width, height): (i32, i32),
        bytes: &[u8],
    ) {
        let image = summary::Image {
            width,
            height,
            colorspace: 3,
            encoded_image_string: bytes.to_vec(),
        };
        self.value(tag, step, None, Value::Image(image));
    }

    pub(crate) fn histogram(&mut self, tag: &str, step: i64, limits: &[f64], counts: &[f64]) {
        let histogram = HistogramProto {
            min: limits[0] - 1.0,
            max: limits[limits.len() - 1],
            num: counts.iter().sum(),
            sum: 0.0,
            sum_squares: 0.0,
            bucket_limit: limits.to_vec(),
            bucket: counts.to_vec(),
        };
        self.value(tag, step, None, Value::Histo(histogram));
    }

    /// A string tensor of a plugin.
    pub(crate) fn strings(
        &mut self,
        plugin: &str,
        tag: &str,
        step: i64,
        shape: &[i64],
        strings: &[&[u8]],
    ) {
        let tensor = TensorProto {
            dtype: DataType::DtString.into(),
            tensor_shape: Some(TensorShapeProto {
                dim: shape
                    .iter()
                    .map(|&size| Dim {
                        size,
                        ..Dim::default()
                    })
                    .collect(),
                ..TensorShapeProto::default()
            }),
            string_val: strings.iter().map(|text| text.to_vec()).collect(),
            ..TensorProto::default()
        };
        self.value(tag, step, Some(plugin), Value::Tensor(tensor));
    }

    /// A tensor of numbers of a plugin.
    pub(crate) fn tensor(
        &mut self,
        plugin: &str,
        tag: &str,
        step: i64,
        shape: &[i64],
        values: &[f32],
    ) {
        let tensor = numbers(shape, values);
        self.value(tag, step, Some(plugin), Value::Tensor(tensor));
    }

    /// A tensor of numbers, with what its plugin says of it.
    pub(crate) fn tensor_with(
        &mut self,
        (plugin, content): (&str, Vec<u8>),
        tag: &str,
        step: i64,
        shape: &[i64],
        values: &[f32],
    ) {
        let metadata = SummaryMetadata {
            plugin_data: Some(PluginData {
                plugin_name: plugin.to_owned(),
                content,
            }),
            ..SummaryMetadata::default()
        };
        let value = summary::Value {
            tag: tag.to_owned(),
            metadata: Some(metadata),
            value: Some(Value::Tensor(numbers(shape, values))),
            ..summary::Value::default()
        };
        self.write(step, value);
    }

    /// A value that is nothing but the plugin's content, as hyperparameters are logged.
    pub(crate) fn content(&mut self, plugin: &str, tag: &str, step: i64, content: Vec<u8>) {
        let metadata = SummaryMetadata {
            plugin_data: Some(PluginData {
                plugin_name: plugin.to_owned(),
                content,
            }),
            ..SummaryMetadata::default()
        };
        let value = summary::Value {
            tag: tag.to_owned(),
            metadata: Some(metadata),
            ..summary::Value::default()
        };
        self.write(step, value);
    }

    fn value(&mut self, tag: &str, step: i64, plugin: Option<&str>, value: Value) {
        let metadata = plugin.map(|name| SummaryMetadata {
            plugin_data: Some(PluginData {
                plugin_name: name.to_owned(),
                ..PluginData::default()
            }),
            display_name: String::new(),
            summary_description: "A **description**".to_owned(),
            ..SummaryMetadata::default()
        });
        let value = summary::Value {
            tag: tag.to_owned(),
            metadata,
            value: Some(value),
            ..summary::Value::default()
        };
        self.write(step, value);
    }

    fn write(&mut self, step: i64, value: summary::Value) {
        let event = Event {
            wall_time: START + step as f64,
            step,
            what: Some(event::What::Summary(Summary { value: vec![value] })),
            ..Event::default()
        };
        self.writer.write_event(&event).unwrap();
    }
}

/// A tensor of single-precision numbers.
fn numbers(shape: &[i64], values: &[f32]) -> TensorProto {
    let dim = |&size: &i64| Dim {
        size,
        ..Dim::default()
    };
    TensorProto {
        dtype: DataType::DtFloat.into(),
        tensor_shape: Some(TensorShapeProto {
            dim: shape.iter().map(dim).collect(),
            ..TensorShapeProto::default()
        }),
        float_val: values.to_vec(),
        ..TensorProto::default()
    }
}
