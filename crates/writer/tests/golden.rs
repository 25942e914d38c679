//! What our writer writes means what `torch.utils.tensorboard` wrote for the same input; see `tests/golden/README.md`.

#![allow(clippy::unwrap_used)] // Helpers of tests, which may panic.

mod npz;
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use glassboard_events::proto::hparams::HParamsPluginData;
use glassboard_events::proto::tensorboard::attr_value::Value as Attribute;
use glassboard_events::proto::tensorboard::{
    Event, GraphDef, HistogramProto, TaggedRunMetadata, TensorProto, TensorShapeProto, event,
    summary,
};
use glassboard_writer::{
    At, Bins, BoxesOptions, Category, Chart, CurveOptions, EmbeddingOptions, Graph, GraphAttribute,
    GraphNode, HistogramOptions, Hparams, HparamsOptions, Layout, Mesh, PrCurveRows, ScalarStyle,
    Sprite, SummaryWriter, TensorElement, VideoOptions,
};
use ndarray::ArrayD;
use npz::Npz;
use prost::Message;
use serde_json::Value;
use support::event_files;

const WALL: f64 = 1_700_000_000.25;

/// The step and the wall time that most cases log at.
fn at(step: i64) -> At {
    At::step(step).wall_time(WALL)
}

fn golden(case: &str) -> PathBuf {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/events");
    events.join(case)
}

/// Logs with our writer what the case's script logged with the reference, and compares all events.
fn check(case: &str, log: impl FnOnce(&SummaryWriter, &Npz)) {
    let golden = golden(case);
    let inputs = Npz::read(&golden.join("inputs.npz"));
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::new(dir.path()).unwrap();
    log(&writer, &inputs);
    writer.close().unwrap();

    let expected: BTreeMap<String, Value> =
        serde_json::from_str(&fs::read_to_string(golden.join("expected.json")).unwrap()).unwrap();
    let expected: BTreeMap<PathBuf, &Value> = expected
        .iter()
        .map(|(file, events)| (Path::new(file).parent().unwrap().to_owned(), events))
        .collect();
    let mut files: BTreeMap<PathBuf, Vec<Event>> = BTreeMap::new();
    for (path, events) in event_files(dir.path()) {
        let folder = path
            .parent()
            .unwrap()
            .strip_prefix(dir.path())
            .unwrap()
            .to_owned();
        assert!(
            files.insert(folder, events).is_none(),
            "{case}: two files in the folder of {}",
            path.display()
        );
    }
    let folders: Vec<_> = files.keys().cloned().collect();
    assert_eq!(
        folders,
        expected.keys().cloned().collect::<Vec<_>>(),
        "{case}: folders with an event file"
    );
    for (folder, expected) in expected {
        let events = files.remove(&folder).unwrap();
        let expected = expected.as_array().unwrap();
        assert_eq!(
            events.len(),
            expected.len(),
            "{case}: events in {}",
            folder.display()
        );
        for (i, (event, expected)) in events.iter().zip(expected).enumerate() {
            check_event(
                &format!("{case}, {}, event {i}", folder.display()),
                event,
                expected,
            );
        }
    }
}

fn check_event(name: &str, event: &Event, expected: &Value) {
    assert_eq!(Some(event.step), expected["step"].as_i64(), "{name}: step");
    let wall_time = expected["wall_time"].as_f64().unwrap();
    // All others are the time at which the reference ran.
    if wall_time < WALL + 1000.0 {
        assert_eq!(event.wall_time, wall_time, "{name}: wall time");
    }
    match (
        event.what.as_ref().unwrap(),
        expected["what"].as_str().unwrap(),
    ) {
        (event::What::FileVersion(version), "file_version") => {
            assert_eq!(
                Some(version.as_str()),
                expected["file_version"].as_str(),
                "{name}"
            );
        }
        (event::What::Summary(summary), "summary") => {
            let expected = expected["values"].as_array().unwrap();
            assert_eq!(summary.value.len(), expected.len(), "{name}: values");
            for (value, expected) in summary.value.iter().zip(expected) {
                check_value(name, value, expected);
            }
        }
        (event::What::GraphDef(graph), "graph_def") => {
            let decode = |bytes: &[u8]| GraphDef::decode(bytes).unwrap();
            let expected = decode(&bytes(&expected["graph_def_b64"]));
            assert_eq!(decode(graph), expected, "{name}: graph");
        }
        // What it holds is not in the description: see the test of graphs.
        (event::What::TaggedRunMetadata(_), "tagged_run_metadata") => {}
        (what, expected) => panic!("{name}: expected {expected}, got {what:?}"),
    }
}

fn check_value(name: &str, value: &summary::Value, expected: &Value) {
    assert_eq!(
        Some(value.tag.as_str()),
        expected["tag"].as_str(),
        "{name}: tag"
    );
    let plugin = value.metadata.as_ref().map(|metadata| {
        assert_eq!(
            Some(i64::from(metadata.data_class)),
            expected["data_class"].as_i64(),
            "{name}: data class"
        );
        assert_eq!(
            metadata.display_name,
            expected["display_name"].as_str().unwrap_or_default(),
            "{name}"
        );
        assert_eq!(
            metadata.summary_description,
            expected["description"].as_str().unwrap_or_default(),
            "{name}"
        );
        metadata.plugin_data.as_ref().unwrap()
    });
    assert_eq!(
        plugin.map(|plugin| plugin.plugin_name.as_str()),
        expected["plugin"].as_str(),
        "{name}: plugin"
    );
    if let Some(plugin) = plugin {
        check_plugin_content(
            name,
            &plugin.plugin_name,
            &plugin.content,
            &bytes(&expected["plugin_content_b64"]),
        );
    }
    match (&value.value, expected["kind"].as_str()) {
        (None, None) => {}
        (Some(summary::value::Value::SimpleValue(value)), Some("simple_value")) => {
            let expected: f64 = expected["simple_value"].as_str().unwrap().parse().unwrap();
            assert_eq!(
                value.is_nan(),
                expected.is_nan(),
                "{name}: {value} is not {expected}"
            );
            if !value.is_nan() {
                assert_eq!(
                    f64::from(*value).to_bits(),
                    expected.to_bits(),
                    "{name}: {value} is not {expected}"
                );
            }
        }
        (Some(summary::value::Value::Histo(histogram)), Some("histo")) => {
            check_histogram_values(name, histogram, &expected["histo"]);
        }
        (Some(summary::value::Value::Image(image)), Some("image")) => {
            let expected = &expected["image"];
            let integer = |field: &str| expected[field].as_i64().unwrap() as i32;
            assert_eq!(image.height, integer("height"), "{name}: height");
            assert_eq!(image.width, integer("width"), "{name}: width");
            assert_eq!(
                image.colorspace,
                integer("colorspace"),
                "{name}: colorspace"
            );
            assert_eq!(expected["format"].as_str(), Some("PNG"), "{name}");
            let pixels = png_pixels(&image.encoded_image_string);
            assert!(pixels == bytes(&expected["pixels_b64"]), "{name}: pixels");
        }
        (Some(summary::value::Value::Audio(audio)), Some("audio")) => {
            let expected = &expected["audio"];
            let rate = expected["sample_rate"].as_f64().unwrap();
            assert_eq!(f64::from(audio.sample_rate), rate, "{name}: sample rate");
            let integer = |field: &str| expected[field].as_i64().unwrap();
            assert_eq!(audio.num_channels, integer("num_channels"), "{name}");
            assert_eq!(audio.length_frames, integer("length_frames"), "{name}");
            assert_eq!(
                Some(audio.content_type.as_str()),
                expected["content_type"].as_str()
            );
            let wav = bytes(&expected["wav_b64"]);
            assert!(audio.encoded_audio_string == wav, "{name}: sound");
        }
        // The reference's own videos need a package that it could not find: the value is empty.
        (Some(summary::value::Value::Image(image)), None) => {
            assert_eq!(&image.encoded_image_string[..6], b"GIF89a", "{name}");
        }
        (Some(summary::value::Value::Tensor(tensor)), Some("tensor")) => {
            let expected =
                TensorProto::decode(bytes(&expected["tensor"]["proto_b64"]).as_slice()).unwrap();
            assert_eq!(*tensor, expected, "{name}: tensor");
        }
        (value, kind) => panic!("{name}: expected {kind:?}, got {value:?}"),
    }
}

fn check_histogram_values(name: &str, histogram: &HistogramProto, expected: &Value) {
    let number = |field: &str| expected[field].as_f64().unwrap();
    let numbers = |field: &str| {
        expected[field]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n.as_f64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(histogram.min, number("min"), "{name}: min");
    assert_eq!(histogram.max, number("max"), "{name}: max");
    assert_eq!(histogram.num, number("num"), "{name}: num");
    assert_eq!(histogram.sum, number("sum"), "{name}: sum");
    // The reference adds the squares in whatever order its BLAS does.
    let (squares, expected) = (histogram.sum_squares, number("sum_squares"));
    assert!(
        (squares / expected - 1.0).abs() < 1e-13,
        "{name}: sum of squares {squares}, {expected}"
    );
    assert_eq!(
        histogram.bucket_limit,
        numbers("bucket_limit"),
        "{name}: bucket limits"
    );
    assert_eq!(histogram.bucket, numbers("bucket"), "{name}: bucket counts");
}

fn check_plugin_content(name: &str, plugin: &str, content: &[u8], expected: &[u8]) {
    if plugin == "hparams" {
        // The order of a map in the bytes has no meaning.
        let decode = |bytes: &[u8]| HParamsPluginData::decode(bytes).unwrap();
        assert_eq!(decode(content), decode(expected), "{name}: plugin content");
    } else {
        assert_eq!(content, expected, "{name}: plugin content");
    }
}

fn bytes(base64: &Value) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD
        .decode(base64.as_str().unwrap())
        .unwrap()
}

fn png_pixels(file: &[u8]) -> Vec<u8> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    pixels
}

#[test]
fn scalar() {
    check("scalar", |writer, inputs| {
        let values: ArrayD<f32> = inputs.array("values");
        for (i, value) in (0..).zip(&values) {
            writer
                .add_scalar("loss/train", *value, At::step(i).wall_time(WALL + i as f64))
                .unwrap();
        }
    });
}

#[test]
fn scalar_new_style() {
    check("scalar_new_style", |writer, _| {
        writer
            .add_scalar_as("a", 1.5, at(3), ScalarStyle::Tensor)
            .unwrap();
        writer
            .add_scalar_as("b", 0.1, at(4), ScalarStyle::DoubleTensor)
            .unwrap();
    });
}

#[test]
fn scalars() {
    check("scalars", |writer, _| {
        for i in 0..5 {
            let value = f64::from(i);
            let values = [("xsinx", value * 0.5), ("xcosx", value * 0.25)];
            writer
                .add_scalars(
                    "run_14h",
                    values,
                    At::step(i.into()).wall_time(WALL + value),
                )
                .unwrap();
        }
    });
}

fn check_histogram(case: &str, bins: Bins, max_bins: Option<usize>) {
    check(case, |writer, inputs| {
        let values: ArrayD<f64> = inputs.array("values");
        writer
            .add_histogram_with("w", &values, at(1), &HistogramOptions { bins, max_bins })
            .unwrap();
    });
}

#[test]
fn histograms() {
    check_histogram("histogram_tensorflow", Bins::TensorFlow, None);
    check_histogram("histogram_auto", Bins::Auto, None);
    check_histogram("histogram_fd", Bins::FreedmanDiaconis, None);
    check_histogram("histogram_maxbins", Bins::TensorFlow, Some(20));
    check_histogram("histogram_constant", Bins::TensorFlow, None);
    check_histogram("histogram_wide", Bins::TensorFlow, None);
    check("histogram_ints", |writer, inputs| {
        writer
            .add_histogram("w", &inputs.array::<i64>("values"), at(1))
            .unwrap();
    });
}

#[test]
fn images() {
    for (case, dataformats) in [
        ("image_chw_float", "CHW"),
        ("image_gray", "CHW"),
        ("image_hwc", "HWC"),
        ("image_hw", "HW"),
    ] {
        check(case, |writer, inputs| {
            writer
                .add_image("im", &inputs.array::<f32>("values"), at(0), dataformats)
                .unwrap();
        });
    }
    check("image_chw_uint8", |writer, inputs| {
        writer
            .add_image("im", &inputs.array::<u8>("values"), at(0), "CHW")
            .unwrap();
    });
    for case in ["images_nchw", "images_n1hw"] {
        check(case, |writer, inputs| {
            writer
                .add_images("ims", &inputs.array::<f32>("values"), at(0), "NCHW")
                .unwrap();
        });
    }
}

#[test]
fn image_boxes() {
    check("image_boxes", |writer, inputs| {
        let (image, boxes) = (inputs.array::<f32>("values"), inputs.array::<f32>("boxes"));
        writer
            .add_image_with_boxes("im", &image, &boxes, at(0), &BoxesOptions::default())
            .unwrap();
    });
}

#[test]
fn text() {
    check("text", |writer, _| {
        writer
            .add_text("lstm", "This is an **lstm**", at(0))
            .unwrap();
        writer.add_text("rnn", "多语言 ✓", at(10)).unwrap();
    });
}

fn check_tensor<T: npz::NpyElement + TensorElement>(case: &str) {
    check(case, |writer, inputs| {
        let tensor: ArrayD<T> = inputs.array("values");
        writer.add_tensor("t", &tensor, at(1)).unwrap();
    });
}

#[test]
fn tensors() {
    check_tensor::<f32>("tensor_float32");
    check_tensor::<f64>("tensor_float64");
    check_tensor::<i64>("tensor_int64");
    check_tensor::<u8>("tensor_uint8");
}

#[test]
fn hparams() {
    check("hparams", |writer, _| {
        for i in 0..3 {
            let number = f64::from(i);
            let hparams = Hparams::new()
                .with("lr", 0.1 * number)
                .with("bsize", i)
                .with("opt", "adam")
                .with("nesterov", true);
            let metrics = [
                ("hparam/accuracy", 10.0 * number),
                ("hparam/loss", 10.5 * number),
            ];
            let options = HparamsOptions {
                run_name: Some(format!("t{i}")),
                at: At::default(),
            };
            writer.add_hparams(&hparams, metrics, &options).unwrap();
        }
    });
    check("hparams_domain", |writer, _| {
        let hparams = Hparams::new()
            .with("lr", 0.1)
            .with("opt", "sgd")
            .domain("lr", [0.1, 0.01])
            .domain("opt", ["sgd", "adam"]);
        let options = HparamsOptions {
            run_name: Some("d".into()),
            at: At::default(),
        };
        writer
            .add_hparams(&hparams, [("acc", 0.5)], &options)
            .unwrap();
    });
}

#[test]
fn custom_scalars() {
    check("custom_scalars", |writer, _| {
        let margin = |name: &str| {
            Chart::margin(
                name,
                format!("{name}/aaa"),
                format!("{name}/bbb"),
                format!("{name}/ccc"),
            )
        };
        let layout = Layout::new([
            Category::new(
                "Taiwan",
                [Chart::multiline("twse", ["twse/0050", "twse/2330"])],
            ),
            Category::new("USA", [margin("dow"), margin("nasdaq")]),
        ]);
        writer.add_custom_scalars(&layout).unwrap();
    });
}

#[test]
fn audio() {
    check("audio", |writer, inputs| {
        let sound: ArrayD<f32> = inputs.array("values");
        writer.add_audio("snd", &sound, at(2), 8000).unwrap();
    });
}

#[test]
fn video() {
    check("video", |writer, inputs| {
        let video: ArrayD<f32> = inputs.array("values");
        writer
            .add_video("vid", &video, at(0), &VideoOptions::default())
            .unwrap();
    });
}

#[test]
fn pr_curves() {
    for case in ["pr_curve", "pr_curve_no_positives"] {
        check(case, |writer, inputs| {
            let labels: ArrayD<i64> = inputs.array("labels");
            let predictions: ArrayD<f64> = inputs.array("predictions");
            writer
                .add_pr_curve("pr", &labels, &predictions, at(0), &CurveOptions::default())
                .unwrap();
        });
    }
    check("pr_curve_weighted", |writer, inputs| {
        let labels: ArrayD<i64> = inputs.array("labels");
        let predictions: ArrayD<f64> = inputs.array("predictions");
        let weights: ArrayD<f64> = inputs.array("weights");
        let options = CurveOptions {
            num_thresholds: 31,
            weights: weights.as_slice(),
        };
        writer
            .add_pr_curve("pr", &labels, &predictions, at(0), &options)
            .unwrap();
    });
    check("pr_curve_raw", |writer, _| {
        let rows = PrCurveRows {
            true_positives: &[75.0, 64.0, 21.0, 5.0, 0.0],
            false_positives: &[150.0, 105.0, 18.0, 0.0, 0.0],
            true_negatives: &[0.0, 45.0, 132.0, 150.0, 150.0],
            false_negatives: &[0.0, 11.0, 54.0, 70.0, 75.0],
            precision: &[1.0 / 3.0, 0.378_698_2, 0.538_461_6, 1.0, 0.0],
            recall: &[1.0, 0.853_333_4, 0.28, 0.066_666_7, 0.0],
            num_thresholds: 5,
        };
        writer.add_pr_curve_raw("prr", &rows, at(0)).unwrap();
    });
}

#[test]
fn meshes() {
    check("mesh", |writer, inputs| {
        let mesh = Mesh::new(&inputs.array::<f32>("vertices"))
            .colors(&inputs.array::<i32>("colors"))
            .faces(&inputs.array::<i32>("faces"))
            .config_json(r#"{"camera": {"cls": "PerspectiveCamera", "fov": 75}}"#);
        writer.add_mesh("my_mesh", &mesh, at(0)).unwrap();
    });
    check("mesh_points", |writer, inputs| {
        let mesh = Mesh::new(&inputs.array::<f32>("vertices"));
        writer.add_mesh("cloud", &mesh, at(0)).unwrap();
    });
}

/// The nodes of a graph as they would be handed over.
fn nodes(graph: &GraphDef) -> Vec<GraphNode> {
    let sizes = |shape: &TensorShapeProto| shape.dim.iter().map(|dim| dim.size).collect();
    let attribute = |value: &Attribute| match value {
        Attribute::S(text) => GraphAttribute::Text(String::from_utf8(text.clone()).unwrap()),
        Attribute::List(list) => GraphAttribute::Shapes(list.shape.iter().map(sizes).collect()),
        other => panic!("{other:?}"),
    };
    let node = |node: &glassboard_events::proto::tensorboard::NodeDef| GraphNode {
        name: node.name.clone(),
        op: node.op.clone(),
        inputs: node.input.clone(),
        device: node.device.clone(),
        attributes: node
            .attr
            .iter()
            .map(|(name, value)| (name.clone(), attribute(value.value.as_ref().unwrap())))
            .collect(),
    };
    graph.node.iter().map(node).collect()
}

#[test]
fn graph() {
    let file = golden("graph/log/events.out.tfevents.1700000000.golden.0");
    let (reference, damage) = support::read_events(&file);
    assert_eq!(damage, []);
    let Some(event::What::GraphDef(graph)) = &reference[1].what else {
        panic!("{:?}", reference[1]);
    };
    let nodes = nodes(&GraphDef::decode(graph.as_slice()).unwrap());
    assert!(nodes.len() > 5);
    check("graph", |writer, _| {
        writer.add_graph(&Graph::new(nodes), ()).unwrap();
        writer.flush().unwrap();
        let (ours, _) = support::read_events(event_files(writer.log_dir()).keys().next().unwrap());
        let run = |event: &Event| -> TaggedRunMetadata {
            match &event.what {
                Some(event::What::TaggedRunMetadata(run)) => run.clone(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(run(&ours[2]), run(&reference[2]));
    });
}

#[test]
fn embedding() {
    let golden = golden("embedding");
    let inputs = Npz::read(&golden.join("inputs.npz"));
    let matrix: ArrayD<f32> = inputs.array("mat");
    let sprite = Sprite::from_tensor(&inputs.array::<f32>("label_img")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::new(dir.path()).unwrap();
    let labels: Vec<String> = (0..20).map(|i| format!("l{i}")).collect();
    let options = EmbeddingOptions {
        tag: "feat",
        metadata: Some(&labels),
        sprite: Some(&sprite),
        ..EmbeddingOptions::default()
    };
    writer.add_embedding(&matrix, 7, &options).unwrap();
    let rows: Vec<String> = (0..20).map(|i| format!("a{i}\t{i}")).collect();
    let options = EmbeddingOptions {
        tag: "plain",
        metadata: Some(&rows),
        metadata_header: &["name".to_owned(), "n".to_owned()],
        ..EmbeddingOptions::default()
    };
    writer.add_embedding(&matrix, (), &options).unwrap();
    for file in [
        "projector_config.pbtxt",
        "00007/feat/tensors.tsv",
        "00007/feat/metadata.tsv",
        "00000/plain/tensors.tsv",
        "00000/plain/metadata.tsv",
    ] {
        let read = |root: &Path| fs::read_to_string(root.join(file)).unwrap();
        assert_eq!(read(dir.path()), read(&golden.join("log")), "{file}");
    }
    let pixels = |root: &Path| png_pixels(&fs::read(root.join("00007/feat/sprite.png")).unwrap());
    assert!(pixels(dir.path()) == pixels(&golden.join("log")), "sprite");
}
