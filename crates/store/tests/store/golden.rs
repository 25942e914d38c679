//! Every event file that PyTorch wrote for the golden cases, read back value by value.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use glassboard_events::proto::tensorboard::{TensorProto, summary};
use glassboard_store::{LocalLogdir, ScalarRequest, Store, StoreOptions, StoredValue, TagKind};
use prost::Message;
use serde_json::Value;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/events")
}

fn from_base64(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        bits = bits << 6 | u32::from(digit(byte));
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

/// Step, wall time and value.
type Logged = (i64, f64, f64);

/// The points expected of each scalar, and what is expected of each other value.
#[derive(Default)]
struct Expected {
    /// By run and tag.
    scalars: BTreeMap<(String, String), Vec<Logged>>,
    others: Vec<Other>,
}

struct Other {
    run: String,
    plugin: String,
    tag: String,
    step: i64,
    wall_time: f64,
    value: Option<Value>,
}

fn expected_of(case: &Path) -> Expected {
    let text = std::fs::read_to_string(case.join("expected.json")).unwrap();
    let files: BTreeMap<String, Vec<Value>> = serde_json::from_str(&text).unwrap();
    let mut expected = Expected::default();
    for (file, events) in files {
        let run = file
            .rsplit_once('/')
            .map_or(".", |(folder, _)| folder)
            .to_owned();
        for event in events {
            let (step, wall_time) = (
                event["step"].as_i64().unwrap(),
                event["wall_time"].as_f64().unwrap(),
            );
            if event["what"] == "graph_def" || event["what"] == "tagged_run_metadata" {
                let graph = event["what"] == "graph_def";
                expected.others.push(Other {
                    run: run.clone(),
                    plugin: if graph {
                        "graphs"
                    } else {
                        "graph_tagged_run_metadata"
                    }
                    .into(),
                    tag: if graph {
                        "__run_graph__".into()
                    } else {
                        event["tag"].as_str().unwrap_or("step1").into()
                    },
                    step,
                    wall_time,
                    value: None,
                });
            }
            for value in event["values"].as_array().into_iter().flatten() {
                let tag = value["tag"].as_str().unwrap().to_owned();
                let plugin = value["plugin"].as_str().unwrap_or_default();
                if let Some(number) = scalar_of(value, plugin) {
                    expected
                        .scalars
                        .entry((run.clone(), tag))
                        .or_default()
                        .push((step, wall_time, number));
                    continue;
                }
                if value["kind"].is_null() && plugin.is_empty() {
                    // The reference's video needs a library it did not have: an empty value with nothing to show.
                    continue;
                }
                let plugin = match value["kind"].as_str() {
                    Some("histo") => "histograms",
                    Some("image") => "images",
                    Some("audio") => "audio",
                    _ if plugin.is_empty() => "tensor",
                    _ => plugin,
                };
                let (run, plugin) = (run.clone(), plugin.to_owned());
                expected.others.push(Other {
                    run,
                    plugin,
                    tag,
                    step,
                    wall_time,
                    value: Some(value.clone()),
                });
            }
        }
    }
    expected
}

fn scalar_of(value: &Value, plugin: &str) -> Option<f64> {
    if value["kind"] == "simple_value" {
        return Some(value["simple_value"].as_str().unwrap().parse().unwrap());
    }
    if value["kind"] == "tensor" && plugin == "scalars" {
        return glassboard_events::scalar_from_tensor(&from_base64(
            value["tensor"]["proto_b64"].as_str().unwrap(),
        ));
    }
    None
}

fn check_value(got: &summary::Value, expected: &Value, case: &str) {
    assert_eq!(got.tag, expected["tag"].as_str().unwrap(), "{case}");
    if let Some(content) = expected["plugin_content_b64"].as_str() {
        let plugin = got.metadata.as_ref().unwrap().plugin_data.as_ref().unwrap();
        assert_eq!(plugin.content, from_base64(content), "{case}");
    }
    let number = |value: &Value| {
        value
            .as_f64()
            .unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
    };
    match (&got.value, expected["kind"].as_str()) {
        (None, None) => {}
        (Some(summary::value::Value::Histo(got)), Some("histo")) => {
            let expected = &expected["histo"];
            let counts: Vec<f64> = expected["bucket"]
                .as_array()
                .unwrap()
                .iter()
                .map(number)
                .collect();
            assert_eq!(
                (got.min, got.max),
                (number(&expected["min"]), number(&expected["max"])),
                "{case}"
            );
            assert_eq!(got.bucket, counts, "{case}");
        }
        (Some(summary::value::Value::Image(got)), Some("image")) => {
            let expected = &expected["image"];
            assert_eq!(
                i64::from(got.width),
                expected["width"].as_i64().unwrap(),
                "{case}"
            );
            assert_eq!(
                i64::from(got.height),
                expected["height"].as_i64().unwrap(),
                "{case}"
            );
        }
        (Some(summary::value::Value::Audio(got)), Some("audio")) => {
            assert_eq!(
                got.encoded_audio_string,
                from_base64(expected["audio"]["wav_b64"].as_str().unwrap()),
                "{case}"
            );
        }
        (Some(summary::value::Value::Tensor(got)), Some("tensor")) => {
            let bytes = from_base64(expected["tensor"]["proto_b64"].as_str().unwrap());
            assert_eq!(
                got,
                &TensorProto::decode(bytes.as_slice()).unwrap(),
                "{case}"
            );
        }
        (got, expected) => panic!("{case}: expected {expected:?}, got {got:?}"),
    }
}

#[test]
fn every_case_is_read_value_by_value() {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(golden())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.retain(|path| path.join("expected.json").exists());
    cases.sort();
    assert!(cases.len() >= 36, "{} cases", cases.len());
    for case in cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let options = StoreOptions {
            once: true,
            ..StoreOptions::default()
        };
        let store = Store::new(Arc::new(LocalLogdir::new(case.join("log"))), options);
        store.refresh();
        let snapshot = store.snapshot();
        assert_eq!(snapshot.damage(), [], "{name}");
        let expected = expected_of(&case);
        for ((run, tag), points) in &expected.scalars {
            let series = snapshot.run_by_name(run).unwrap().scalars(tag).unwrap();
            let request = ScalarRequest {
                superseded: true,
                ..ScalarRequest::default()
            };
            let answer = series.query(&request).unwrap();
            let mut got = Vec::new();
            for columns in answer.superseded.iter().chain([&answer.live]) {
                let rows = columns
                    .step
                    .iter()
                    .zip(&columns.wall_time_secs)
                    .zip(&columns.value);
                got.extend(
                    rows.map(|((step, wall), value)| (*step, wall.to_bits(), value.to_bits())),
                );
            }
            let mut want: Vec<_> = points
                .iter()
                .map(|(step, wall, value)| (*step, wall.to_bits(), value.to_bits()))
                .collect();
            got.sort_unstable();
            want.sort_unstable();
            assert_eq!(got, want, "{name}: {tag} of {run}");
        }
        let mut seen: BTreeMap<(String, String, String), usize> = BTreeMap::new();
        for other in &expected.others {
            let run = snapshot.run_by_name(&other.run).unwrap();
            let info = run
                .tag(&other.plugin, &other.tag)
                .unwrap_or_else(|| panic!("{name}: {:?}", run.tags()));
            assert_eq!(info.kind, TagKind::Blob, "{name}");
            let series = run.blobs(&other.plugin, &other.tag).unwrap();
            let nth = seen
                .entry((other.run.clone(), other.plugin.clone(), other.tag.clone()))
                .or_default();
            let entry = series.entries()[*nth];
            *nth += 1;
            assert_eq!(
                (entry.step, entry.wall_time_secs),
                (other.step, other.wall_time),
                "{name}: {}",
                other.tag
            );
            match (store.read_value(&entry.locator).unwrap(), &other.value) {
                (StoredValue::Summary(got), Some(expected)) => check_value(&got, expected, &name),
                (StoredValue::Graph(bytes) | StoredValue::RunMetadata(bytes), None) => {
                    assert!(!bytes.is_empty());
                }
                (got, _) => panic!("{name}: {got:?}"),
            }
        }
    }
}

#[test]
fn hyperparameters_are_in_the_tags_metadata() {
    let store = Store::new(
        Arc::new(LocalLogdir::new(golden().join("hparams/log"))),
        StoreOptions::default(),
    );
    store.refresh();
    let snapshot = store.snapshot();
    let run = snapshot.run_by_name("t0").unwrap();
    let info = run.tag("hparams", "_hparams_/session_start_info").unwrap();
    let content = info.plugin_content.as_ref().unwrap();
    let decoded = glassboard_events::proto::hparams::HParamsPluginData::decode(&**content).unwrap();
    assert!(decoded.data.is_some());
    assert_eq!(run.scalars("hparam/accuracy").unwrap().len(), 1);
}
