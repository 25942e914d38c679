//! Plays a script of `add_*` calls, so that the same calls with the same arguments can be made of our writer and of
//! a peer's: `peers_write SCRIPT.json`. The script is made by `tests/peers/calls.py`, where it is described.

use glassboard_writer::{
    At, Bins, BoxesOptions, Category, Chart, Histogram, HistogramOptions, HparamValue, Hparams,
    HparamsOptions, Layout, ScalarStyle, SummaryWriterOptions, ndarray::ArrayD,
};
use serde_json::Value;
use std::{error::Error, fs, path::Path};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let path = std::env::args_os()
        .nth(1)
        .ok_or("expected the path of a script")?;
    let script: Value = serde_json::from_slice(&fs::read(&path)?)?;
    let folder = Path::new(&path)
        .parent()
        .ok_or("expected a script in a folder")?;
    let writer = SummaryWriterOptions {
        log_dir: Some(text(&script, "log_dir")?.into()),
        purge_step: script["purge_step"].as_i64(),
        ..SummaryWriterOptions::default()
    }
    .open()?;
    for call in script["calls"].as_array().ok_or("expected calls")? {
        play(&writer, call, folder)?;
    }
    writer.close()?;
    Ok(())
}

fn play(writer: &glassboard_writer::SummaryWriter, call: &Value, folder: &Path) -> Result<()> {
    let at = At {
        step: call["step"].as_i64(),
        wall_time_secs: call["walltime"].as_f64(),
    };
    let tag = call["tag"].as_str().unwrap_or_default();
    let array = |name: &str| Array::read(&call[name], folder);
    match text(call, "method")? {
        "add_scalar" => writer.add_scalar_as(tag, number(&call["value"])?, at, style(call)?)?,
        "add_scalars" => {
            let values = call["values"].as_object().ok_or("expected values")?;
            let values: Vec<(&String, f64)> = values
                .iter()
                .map(|(name, value)| Ok((name, number(value)?)))
                .collect::<Result<_>>()?;
            writer.add_scalars(tag, values, at)?;
        }
        "add_histogram" => {
            let max_bins = call["max_bins"].as_u64().map(|bins| bins as usize);
            let options = HistogramOptions {
                bins: bins(&call["bins"])?,
                max_bins,
            };
            match array("values")? {
                Array::F32(values) => writer.add_histogram_with(tag, &values, at, &options)?,
                Array::F64(values) => writer.add_histogram_with(tag, &values, at, &options)?,
                Array::I64(values) => writer.add_histogram_with(tag, &values, at, &options)?,
                Array::U8(values) => writer.add_histogram_with(tag, &values, at, &options)?,
            }
        }
        "add_histogram_raw" => {
            let histogram = Histogram {
                min: number(&call["min"])?,
                max: number(&call["max"])?,
                num: number(&call["num"])?,
                sum: number(&call["sum"])?,
                sum_squares: number(&call["sum_squares"])?,
                bucket_limits: numbers(&call["bucket_limits"])?,
                bucket_counts: numbers(&call["bucket_counts"])?,
            };
            writer.add_histogram_raw(tag, &histogram, at)?;
        }
        "add_image" => match array("image")? {
            Array::F32(image) => writer.add_image(tag, &image, at, text(call, "dataformats")?)?,
            Array::U8(image) => writer.add_image(tag, &image, at, text(call, "dataformats")?)?,
            _ => return Err("expected a picture of f32 or u8".into()),
        },
        "add_images" => match array("image")? {
            Array::F32(images) => {
                writer.add_images(tag, &images, at, text(call, "dataformats")?)?;
            }
            Array::U8(images) => writer.add_images(tag, &images, at, text(call, "dataformats")?)?,
            _ => return Err("expected pictures of f32 or u8".into()),
        },
        "add_image_with_boxes" => {
            let dataformats = text(call, "dataformats")?;
            let options = BoxesOptions {
                dataformats,
                rescale: number(&call["rescale"])?,
                ..BoxesOptions::default()
            };
            let (Array::F32(image), Array::F32(boxes)) = (array("image")?, array("boxes")?) else {
                return Err("expected a picture and boxes of f32".into());
            };
            writer.add_image_with_boxes(tag, &image, &boxes, at, &options)?;
        }
        "add_text" => writer.add_text(tag, text(call, "text")?, at)?,
        "add_tensor" => match array("tensor")? {
            Array::F32(tensor) => writer.add_tensor(tag, &tensor, at)?,
            Array::F64(tensor) => writer.add_tensor(tag, &tensor, at)?,
            Array::I64(tensor) => writer.add_tensor(tag, &tensor, at)?,
            Array::U8(tensor) => writer.add_tensor(tag, &tensor, at)?,
        },
        "add_hparams" => hparams(writer, call, at)?,
        "add_model_graph" => {
            let model = glassboard_writer::model::read(text(call, "path")?)?;
            writer.add_model_graph(&model, at)?;
        }
        "add_onnx_graph" => writer.add_onnx_graph(text(call, "path")?, at)?,
        "add_custom_scalars" => writer.add_custom_scalars(&layout(&call["layout"])?)?,
        other => return Err(format!("no such method: {other}").into()),
    }
    Ok(())
}

fn hparams(writer: &glassboard_writer::SummaryWriter, call: &Value, at: At) -> Result<()> {
    let mut hparams = Hparams::new();
    for (name, value) in pairs(&call["hparams"])? {
        hparams = hparams.with(name, hparam(value)?);
    }
    for (name, values) in pairs(&call["domains"])? {
        let values = values.as_array().ok_or("expected a list of values")?;
        hparams = hparams.domain(name, values.iter().map(hparam).collect::<Result<Vec<_>>>()?);
    }
    let metrics: Vec<(&str, f64)> = pairs(&call["metrics"])?
        .into_iter()
        .map(|(name, value)| Ok((name, number(value)?)))
        .collect::<Result<_>>()?;
    let options = HparamsOptions {
        run_name: Some(text(call, "run_name")?.to_owned()),
        at,
    };
    writer.add_hparams(&hparams, metrics, &options)?;
    Ok(())
}

/// `[[name, value], …]`.
fn pairs(list: &Value) -> Result<Vec<(&str, &Value)>> {
    let list = list.as_array().ok_or("expected a list of pairs")?;
    list.iter()
        .map(|pair| Ok((pair[0].as_str().ok_or("expected a name")?, &pair[1])))
        .collect()
}

fn hparam(value: &Value) -> Result<HparamValue> {
    Ok(match value {
        Value::String(text) => text.as_str().into(),
        value => number(value)?.into(),
    })
}

/// `[[category, [[title, kind, [tag, …]], …]], …]`.
fn layout(value: &Value) -> Result<Layout> {
    let list = |value: &Value| value.as_array().cloned().ok_or("expected a list");
    let name = |value: &Value| value.as_str().map(str::to_owned).ok_or("expected a name");
    let mut categories = Vec::new();
    for category in list(value)? {
        let mut charts = Vec::new();
        for chart in list(&category[1])? {
            let tags: Vec<String> = list(&chart[2])?
                .iter()
                .map(name)
                .collect::<std::result::Result<_, _>>()?;
            charts.push(match (chart[1].as_str(), tags.as_slice()) {
                (Some("Margin"), [value, lower, upper]) => {
                    Chart::margin(name(&chart[0])?, value, lower, upper)
                }
                _ => Chart::multiline(name(&chart[0])?, tags),
            });
        }
        categories.push(Category::new(name(&category[0])?, charts));
    }
    Ok(Layout::new(categories))
}

fn style(call: &Value) -> Result<ScalarStyle> {
    Ok(match call["style"].as_str() {
        None => ScalarStyle::SimpleValue,
        Some("tensor") => ScalarStyle::Tensor,
        Some("double") => ScalarStyle::DoubleTensor,
        Some(other) => return Err(format!("no such style: {other}").into()),
    })
}

fn bins(value: &Value) -> Result<Bins> {
    Ok(match value {
        Value::Array(_) => Bins::Edges(numbers(value)?),
        Value::Number(count) => Bins::Count(count.as_u64().ok_or("expected a count")? as usize),
        Value::String(rule) => rule.parse()?,
        _ => return Err("expected bins".into()),
    })
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    value[name]
        .as_str()
        .ok_or_else(|| format!("expected a text: {name}").into())
}

/// A number, or a text such as "nan" and "-inf", for which JSON has no number.
fn number(value: &Value) -> Result<f64> {
    match value {
        Value::String(text) => Ok(text.parse()?),
        value => value
            .as_f64()
            .ok_or_else(|| format!("expected a number, got {value}").into()),
    }
}

fn numbers(value: &Value) -> Result<Vec<f64>> {
    value
        .as_array()
        .ok_or("expected numbers")?
        .iter()
        .map(number)
        .collect()
}

enum Array {
    F32(ArrayD<f32>),
    F64(ArrayD<f64>),
    I64(ArrayD<i64>),
    U8(ArrayD<u8>),
}

impl Array {
    /// `{"dtype": "f32", "shape": [2, 3], "file": NAME}`: the elements in C order, little-endian, in a file beside
    /// the script.
    fn read(value: &Value, folder: &Path) -> Result<Self> {
        let bytes = fs::read(folder.join(text(value, "file")?))?;
        let shape = value["shape"].as_array().ok_or("expected a shape")?;
        let shape: Vec<usize> = shape
            .iter()
            .filter_map(|side| Some(side.as_u64()? as usize))
            .collect();
        Ok(match text(value, "dtype")? {
            "f32" => Self::F32(ArrayD::from_shape_vec(
                shape,
                elements(&bytes, f32::from_le_bytes),
            )?),
            "f64" => Self::F64(ArrayD::from_shape_vec(
                shape,
                elements(&bytes, f64::from_le_bytes),
            )?),
            "i64" => Self::I64(ArrayD::from_shape_vec(
                shape,
                elements(&bytes, i64::from_le_bytes),
            )?),
            "u8" => Self::U8(ArrayD::from_shape_vec(shape, bytes)?),
            other => return Err(format!("no such dtype: {other}").into()),
        })
    }
}

fn elements<T, const N: usize>(bytes: &[u8], element: impl Fn([u8; N]) -> T) -> Vec<T> {
    let (chunks, _) = bytes.as_chunks::<N>();
    chunks.iter().map(|chunk| element(*chunk)).collect()
}
