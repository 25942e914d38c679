//! Files written by torch.utils.tensorboard, read by us: every record agrees with the
//! description that TensorBoard's own reader gave of it.

#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use std::fs;
use std::path::Path;

use base64::Engine;
use glassboard_events::proto::tensorboard::{Event, event, summary};
use glassboard_events::{Content, EventView, Item, RecordReader, Tensor, What};
use prost::Message;
use serde_json::Value;

fn number(json: &Value) -> f64 {
    match json {
        Value::String(text) => text.parse().unwrap(),
        other => other.as_f64().unwrap(),
    }
}

fn base64_of(json: &Value) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD
        .decode(json.as_str().unwrap())
        .unwrap()
}

fn check_value(got: &summary::Value, want: &Value) {
    assert_eq!(got.tag, want["tag"].as_str().unwrap());
    let plugin = got.metadata.as_ref().and_then(|m| m.plugin_data.as_ref());
    assert_eq!(
        plugin.map(|p| p.plugin_name.as_str()),
        want["plugin"].as_str()
    );
    if let Some(plugin) = plugin {
        assert_eq!(plugin.content, base64_of(&want["plugin_content_b64"]));
    }
    match &got.value {
        None => assert!(want["kind"].is_null()),
        Some(summary::value::Value::SimpleValue(v)) => {
            let want = number(&want["simple_value"]) as f32;
            assert!(
                v.to_bits() == want.to_bits() || (v.is_nan() && want.is_nan()),
                "{v} {want}"
            );
        }
        Some(summary::value::Value::Histo(h)) => {
            let want = &want["histo"];
            for (name, got) in [
                ("min", h.min),
                ("max", h.max),
                ("num", h.num),
                ("sum", h.sum),
                ("sum_squares", h.sum_squares),
            ] {
                assert_eq!(got, number(&want[name]), "{name}");
            }
            for (name, got) in [("bucket_limit", &h.bucket_limit), ("bucket", &h.bucket)] {
                let want: Vec<f64> = want[name].as_array().unwrap().iter().map(number).collect();
                assert_eq!(*got, want, "{name}");
            }
        }
        Some(summary::value::Value::Image(image)) => {
            let want = &want["image"];
            assert_eq!(i64::from(image.height), want["height"].as_i64().unwrap());
            assert_eq!(i64::from(image.width), want["width"].as_i64().unwrap());
            assert_eq!(
                i64::from(image.colorspace),
                want["colorspace"].as_i64().unwrap()
            );
        }
        Some(summary::value::Value::Audio(audio)) => {
            let want = &want["audio"];
            assert_eq!(f64::from(audio.sample_rate), number(&want["sample_rate"]));
            assert_eq!(audio.length_frames, want["length_frames"].as_i64().unwrap());
            assert_eq!(audio.encoded_audio_string, base64_of(&want["wav_b64"]));
        }
        Some(summary::value::Value::Tensor(tensor)) => {
            let want = &want["tensor"];
            assert_eq!(i64::from(tensor.dtype), want["dtype"].as_i64().unwrap());
            assert_eq!(tensor.encode_to_vec(), base64_of(&want["proto_b64"]));
            let shape: Vec<u64> = want["shape"]
                .as_array()
                .unwrap()
                .iter()
                .map(|n| n.as_u64().unwrap())
                .collect();
            assert_eq!(Tensor::from_proto(tensor).unwrap().shape, shape);
        }
        Some(summary::value::Value::ObsoleteOldStyleHistogram(_)) => panic!("nobody writes these"),
    }
}

/// The zero-copy view sees the same.
fn check_view(data: &[u8], event: &Event) {
    let view = EventView::parse(data).unwrap();
    assert_eq!(
        (view.wall_time.to_bits(), view.step),
        (event.wall_time.to_bits(), event.step)
    );
    if let (What::Summary(view), Some(event::What::Summary(full))) = (view.what, &event.what) {
        let views: Vec<_> = view.values().collect::<Result<_, _>>().unwrap();
        assert_eq!(views.len(), full.value.len());
        for (view, full) in views.iter().zip(&full.value) {
            assert_eq!(view.tag, full.tag);
            assert_eq!(
                view.metadata.map(<[u8]>::to_vec),
                full.metadata.as_ref().map(Message::encode_to_vec)
            );
            assert_eq!(matches!(view.content, Content::None), full.value.is_none());
        }
    }
}

fn check_file(path: &Path, expected: &[Value]) {
    let mut reader = RecordReader::new(fs::File::open(path).unwrap());
    let mut seen = 0;
    while let Some(item) = reader.next().unwrap() {
        let Item::Record(record) = item else {
            panic!("{}: {item:?}", path.display())
        };
        let event = Event::decode(record.data).unwrap();
        check_view(record.data, &event);
        let want = &expected[seen];
        assert_eq!(event.step, want["step"].as_i64().unwrap());
        assert_eq!(event.wall_time, want["wall_time"].as_f64().unwrap());
        match &event.what {
            Some(event::What::FileVersion(version)) => {
                assert_eq!(*version, want["file_version"].as_str().unwrap());
            }
            Some(event::What::GraphDef(graph)) => {
                assert_eq!(*graph, base64_of(&want["graph_def_b64"]));
            }
            Some(event::What::Summary(summary)) => {
                let values = want["values"].as_array().unwrap();
                assert_eq!(summary.value.len(), values.len());
                summary
                    .value
                    .iter()
                    .zip(values)
                    .for_each(|(got, want)| check_value(got, want));
            }
            Some(event::What::TaggedRunMetadata(_)) => {
                assert_eq!(want["what"], "tagged_run_metadata");
            }
            other => panic!("{other:?}"),
        }
        seen += 1;
    }
    assert_eq!(seen, expected.len(), "{}", path.display());
    assert_eq!(reader.finish().unwrap(), None);
}

#[test]
fn every_golden_file_is_read_as_tensorboard_reads_it() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/events");
    let mut files = 0;
    for case in fs::read_dir(&golden).unwrap() {
        let case = case.unwrap().path();
        if !case.is_dir() {
            continue;
        }
        let expected: Value =
            serde_json::from_slice(&fs::read(case.join("expected.json")).unwrap()).unwrap();
        for (name, events) in expected.as_object().unwrap() {
            check_file(&case.join("log").join(name), events.as_array().unwrap());
            files += 1;
        }
    }
    assert!(
        files >= 38,
        "only {files} golden files in {}",
        golden.display()
    );
}
