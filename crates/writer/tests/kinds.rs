//! Records and files that the reference has no case for: ROC curves, many thresholds, sounds in stereo, figures,
//! tensorboardX's forms, several embeddings in one folder, traces, ready-made events.

#![allow(clippy::unwrap_used)] // Helpers of tests, which may panic.

mod support;

use std::fs;
use std::path::Path;

use glassboard_events::proto::plugins::{MeshPluginData, PrCurvePluginData, RocCurvePluginData};
use glassboard_events::proto::tensorboard::{Event, Summary, event, summary};
use glassboard_events::{Tensor, TensorData};
use glassboard_writer::{
    CurveOptions, EmbeddingOptions, Mesh, MeshStyle, Sprite, SummaryWriter, WriterError,
};
use ndarray::{Array2, Array3, Array4, array};
use prost::Message;
use support::event_files;

/// The values of all summaries that `log` writes.
fn logged(log: impl FnOnce(&SummaryWriter)) -> Vec<summary::Value> {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::new(dir.path()).unwrap();
    log(&writer);
    writer.close().unwrap();
    let summary = |event: &Event| match &event.what {
        Some(event::What::Summary(summary)) => summary.value.clone(),
        _ => vec![],
    };
    event_files(dir.path())
        .values()
        .flatten()
        .flat_map(summary)
        .collect()
}

/// Plugin, its content, and the rows of a curve.
fn curve(value: &summary::Value) -> (String, Vec<u8>, Vec<Vec<f32>>) {
    let plugin = value.metadata.clone().unwrap().plugin_data.unwrap();
    let Some(summary::value::Value::Tensor(tensor)) = &value.value else {
        panic!("{value:?}");
    };
    let tensor = Tensor::from_proto(tensor).unwrap();
    let TensorData::F32(values) = tensor.data else {
        panic!("{:?}", tensor.data);
    };
    assert_eq!(tensor.shape[0], 6);
    let rows = values.chunks(tensor.shape[1] as usize);
    (
        plugin.plugin_name,
        plugin.content,
        rows.map(<[f32]>::to_vec).collect(),
    )
}

#[test]
fn roc_curves_have_six_rows() {
    let values = logged(|writer| {
        let labels = [1, 0, 1, 0, 1];
        let predictions = [0.9_f32, 0.8, 0.6, 0.3, 0.1];
        let options = CurveOptions {
            num_thresholds: 5,
            weights: None,
        };
        writer
            .add_roc_curve("roc", &labels, &predictions, 3, &options)
            .unwrap();
    });
    let (plugin, content, rows) = curve(&values[0]);
    assert_eq!(plugin, "roc_curves");
    let content = RocCurvePluginData::decode(content.as_slice()).unwrap();
    assert_eq!((content.version, content.num_thresholds), (0, 5));
    // Buckets 3, 3, 2, 1, 0 of thresholds 0, 1/4, 1/2, 3/4, 1.
    let third = 1.0_f32 / 3.0;
    let expected = [
        vec![3.0, 2.0, 2.0, 1.0, 0.0],
        vec![2.0, 2.0, 1.0, 1.0, 0.0],
        vec![0.0, 0.0, 1.0, 1.0, 2.0],
        vec![0.0, 1.0, 1.0, 2.0, 3.0],
        vec![1.0, 2.0 * third, 2.0 * third, third, 0.0],
        vec![1.0, 1.0, 0.5, 0.5, 0.0],
    ];
    assert_eq!(rows, expected);
}

#[test]
fn curves_are_not_limited_to_127_thresholds() {
    let predictions: Vec<f64> = (0..1000).map(|i| f64::from(i) / 999.0).collect();
    let labels: Vec<bool> = (0..1000).map(|i| i % 3 > 0).collect();
    let values = logged(|writer| {
        let options = CurveOptions {
            num_thresholds: 1000,
            weights: None,
        };
        writer
            .add_pr_curve("pr", &labels, &predictions, 0, &options)
            .unwrap();
        writer
            .add_roc_curve("roc", &labels, &predictions, 0, &options)
            .unwrap();
    });
    for value in &values {
        let (plugin, content, rows) = curve(value);
        let content = PrCurvePluginData::decode(content.as_slice()).unwrap();
        assert_eq!(content.num_thresholds, 1000, "{plugin}");
        assert!(rows.iter().all(|row| row.len() == 1000), "{plugin}");
        assert_eq!((rows[0][0], rows[1][0]), (666.0, 334.0), "{plugin}");
    }
}

#[test]
fn no_samples_give_a_curve_of_zeros() {
    let none: [f32; 0] = [];
    let values = logged(|writer| {
        writer
            .add_pr_curve("pr", &none, &none, 0, &CurveOptions::default())
            .unwrap();
    });
    let (_, _, rows) = curve(&values[0]);
    assert_eq!(rows, vec![vec![0.0; 127]; 6]);
}

#[test]
fn sounds_may_be_stereo() {
    let values = logged(|writer| {
        writer
            .add_audio("snd", &Array2::<f32>::zeros((50, 2)), 0, 8000)
            .unwrap();
    });
    let Some(summary::value::Value::Audio(audio)) = &values[0].value else {
        panic!("{values:?}");
    };
    assert_eq!((audio.num_channels, audio.length_frames), (2, 50));
    assert_eq!(audio.encoded_audio_string.len(), 44 + 2 * 2 * 50);
}

#[test]
fn figures_lose_their_opacity() {
    let one = Array3::from_shape_fn((2, 3, 4), |(y, x, c)| (100 * y + 10 * x + c) as u8);
    let two = Array4::from_shape_fn((2, 2, 3, 4), |(n, y, x, c)| {
        (100 * y + 10 * x + c + n) as u8
    });
    let values = logged(|writer| {
        writer.add_figure("one", &one, 0).unwrap();
        writer.add_figure("two", &two, 0).unwrap();
    });
    let sizes: Vec<_> = values
        .iter()
        .map(|value| match &value.value {
            Some(summary::value::Value::Image(image)) => {
                (image.height, image.width, image.colorspace)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sizes, [(2, 3, 3), (2, 6, 3)]);
    let Some(summary::value::Value::Image(image)) = &values[0].value else {
        panic!("{values:?}");
    };
    let png = std::io::Cursor::new(image.encoded_image_string.as_slice());
    let mut reader = png::Decoder::new(png).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    assert_eq!(pixels[..6], [0, 1, 2, 10, 11, 12]);
}

#[test]
fn meshes_can_look_like_those_of_tensorboardx() {
    let mesh = Mesh::new(&array![[[0.0, 0.0, 0.0]]])
        .colors(&array![[[255, 0, 0]]])
        .style(MeshStyle::TensorBoardX);
    let values = logged(|writer| writer.add_mesh("m", &mesh, 0).unwrap());
    let tags: Vec<&str> = values.iter().map(|value| value.tag.as_str()).collect();
    assert_eq!(tags, ["m_1", "m_3"]);
    let plugin = values[1].metadata.clone().unwrap().plugin_data.unwrap();
    let data = MeshPluginData::decode(plugin.content.as_slice()).unwrap();
    assert_eq!((data.json_config.as_str(), data.components), ("null", 0));
    assert_eq!((data.name.as_str(), data.content_type), ("m", 3));
}

#[test]
fn names_descriptions_and_ready_made_events() {
    let ready = Event {
        step: 9,
        what: Some(event::What::Summary(Summary {
            value: vec![summary::Value {
                tag: "ready".into(),
                ..summary::Value::default()
            }],
        })),
        ..Event::default()
    };
    let values = logged(|writer| {
        writer
            .add_described_scalar("a", 1.5, 2, "Loss", "of *training*")
            .unwrap();
        writer.add_event_bytes(&ready.encode_to_vec()).unwrap();
        let refused = writer.add_event_bytes(&[0xff, 0xff, 0xff]).unwrap_err();
        assert!(
            matches!(refused, WriterError::NoEvent { got: 3, .. }),
            "{refused}"
        );
    });
    let metadata = values[0].metadata.clone().unwrap();
    assert_eq!(metadata.display_name, "Loss");
    assert_eq!(metadata.summary_description, "of *training*");
    assert_eq!(metadata.plugin_data, None);
    assert_eq!(
        values[0].value,
        Some(summary::value::Value::SimpleValue(1.5))
    );
    assert_eq!(values[1].tag, "ready");
    assert_eq!(values.len(), 2);
}

#[test]
fn runs_below_the_writers_are_open_folders() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::new(dir.path()).unwrap();
    writer
        .add_scalar_to_run("main/train", "loss", 1.0, 0)
        .unwrap();
    writer
        .add_scalar_to_run("main/train", "loss", 0.5, 1)
        .unwrap();
    let expected = [dir.path().to_owned(), dir.path().join("main/train")];
    assert_eq!(writer.open_dirs(), expected);
    writer.close().unwrap();
    assert_eq!(writer.open_dirs(), Vec::<std::path::PathBuf>::new());
    let files = event_files(&dir.path().join("main/train"));
    assert_eq!(files.values().map(Vec::len).collect::<Vec<_>>(), [3]);
}

/// Names in a projector's configuration.
fn tensor_names(dir: &Path) -> Vec<String> {
    let text = fs::read_to_string(dir.join("projector_config.pbtxt")).unwrap();
    let line = |line: &str| {
        line.trim()
            .strip_prefix("tensor_name: ")
            .map(ToOwned::to_owned)
    };
    text.lines().filter_map(line).collect()
}

#[test]
fn embeddings_of_several_writers_stay() {
    let dir = tempfile::tempdir().unwrap();
    let points = array![[1.0, 2.0], [3.0, 4.5]];
    let [first, second] = [(), ()].map(|()| SummaryWriter::new(dir.path()).unwrap());
    let named = |tag| EmbeddingOptions {
        tag,
        ..EmbeddingOptions::default()
    };
    first.add_embedding(&points, 0, &named("a")).unwrap();
    second.add_embedding(&points, 0, &named("b/c%\\d")).unwrap();
    first.add_embedding(&points, 1, &named("a")).unwrap();
    // The same again, now with labels.
    let labels = ["x".to_owned(), "y".to_owned()];
    let labelled = EmbeddingOptions {
        metadata: Some(&labels),
        ..named("a")
    };
    second.add_embedding(&points, 0, &labelled).unwrap();
    assert_eq!(
        tensor_names(dir.path()),
        [r#""b/c%\\d:00000""#, r#""a:00001""#, r#""a:00000""#]
    );
    let table = dir.path().join("00000/b%2fc%25%5cd/tensors.tsv");
    assert_eq!(fs::read_to_string(table).unwrap(), "1.0\t2.0\n3.0\t4.5\n");
    let labels = dir.path().join("00000/a/metadata.tsv");
    assert_eq!(fs::read_to_string(labels).unwrap(), "x\ny\n");
}

#[test]
fn embeddings_that_do_not_fit_are_refused_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::new(dir.path()).unwrap();
    let points = Array2::<f32>::zeros((3, 2));
    let check = |result: Result<(), WriterError>, expected: &str| {
        assert_eq!(result.unwrap_err().to_string(), expected);
    };
    let default = EmbeddingOptions::default();
    check(
        writer.add_embedding(&[1.0, 2.0], 0, &default),
        "tag \"default\": expected a matrix of shape [N, D], got [2]",
    );
    let labels = ["a".to_owned()];
    let labelled = EmbeddingOptions {
        metadata: Some(&labels),
        ..default
    };
    check(
        writer.add_embedding(&points, 0, &labelled),
        "tag \"default\": expected one of metadata for each of 3 points, got 1",
    );
    let sprite = Sprite::from_tensor(&Array4::<f32>::zeros((2, 3, 4, 4))).unwrap();
    let pictured = EmbeddingOptions {
        sprite: Some(&sprite),
        ..default
    };
    check(
        writer.add_embedding(&points, 0, &pictured),
        "tag \"default\": expected one of label images for each of 3 points, got 2",
    );
    let config = dir.path().join("projector_config.pbtxt");
    fs::write(&config, "embeddings {").unwrap();
    check(
        writer.add_embedding(&points, 0, &default),
        &format!(
            "expected a projector configuration that can be added to, got one with a brace that is not closed: {}",
            config.display()
        ),
    );
    assert!(!dir.path().join("00000").exists());
}

#[test]
fn traces_lie_where_the_profilers_dashboard_looks() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::new(dir.path()).unwrap();
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let plain = writer
        .add_profiler_trace(b" {\"traceEvents\": []}", Some("host_7"))
        .unwrap();
    assert_eq!(plain.parent(), Some(dir.path()));
    let rest = name(&plain);
    let nanoseconds = rest
        .strip_prefix("host_7.")
        .and_then(|rest| rest.strip_suffix(".pt.trace.json"))
        .unwrap();
    assert!(nanoseconds.parse::<u64>().unwrap() > 1_700_000_000_000_000_000);
    assert_eq!(fs::read(&plain).unwrap(), b" {\"traceEvents\": []}");
    let zipped = writer
        .add_profiler_trace(&[0x1f, 0x8b, 8, 0], None)
        .unwrap();
    let zipped = name(&zipped);
    assert!(zipped.ends_with(".pt.trace.json.gz"), "{zipped}");
    assert!(
        zipped.contains(&format!("_{}.", std::process::id())),
        "{zipped}"
    );

    let error = writer.add_profiler_trace(b"PK", None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a trace as JSON, plain or gzipped, got bytes that begin with [50, 4b]"
    );
    let error = writer.add_profiler_trace(b"{}", Some("../a")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "worker: expected a name without slashes, got \"../a\""
    );
    // The event file and the two traces, nothing unfinished.
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3);
}
