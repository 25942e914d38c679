//! The demonstration learns what it says it learns, and logs what it says it logs.

#![allow(clippy::unwrap_used)] // Helpers of tests, which may panic.

use glassboard_demo::{DemoError, DemoOptions, run};
use glassboard_events::{
    Item, RecordReader,
    proto::tensorboard::{Event, GraphDef, Summary, attr_value, event, summary::value},
};
use prost::Message;
use std::{
    collections::BTreeMap,
    fs::File,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

/// What happened in a run, sub-runs apart.
fn events(run: &Path) -> Vec<Event> {
    let mut events = Vec::new();
    let files = run
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(".tfevents."));
    for path in files {
        let mut reader = RecordReader::new(File::open(path).unwrap());
        while let Some(item) = reader.next().unwrap() {
            let Item::Record(record) = item else {
                panic!("damage in {}", run.display())
            };
            events.push(Event::decode(record.data).unwrap());
        }
        assert_eq!(reader.finish().unwrap(), None, "damage at the end");
    }
    events
}

/// How often each tag was logged in a run, sub-runs apart.
fn tags(run: &Path) -> BTreeMap<String, Vec<i64>> {
    let mut tags: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for event in events(run) {
        if let Some(event::What::Summary(Summary { value })) = event.what {
            for value in value {
                tags.entry(value.tag).or_default().push(event.step);
            }
        }
    }
    tags
}

fn options(dir: &Path, epochs: u32) -> DemoOptions {
    DemoOptions {
        learning_rates: vec![0.01],
        epochs,
        ..DemoOptions::new(dir)
    }
}

#[test]
fn a_few_epochs_read_more_than_95_percent_of_unseen_digits() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = Vec::new();
    let outcome = run(&options(dir.path(), 6), &mut |progress| {
        seen.push((progress.done, progress.total));
        ControlFlow::Continue(())
    })
    .unwrap();
    let best = outcome.best().unwrap();
    assert_eq!(best.name, "lr-0.01");
    // The trained network lies beside its log, with as many parameters as the demonstration says.
    let saved = glassboard::model::read(dir.path().join("lr-0.01/network.onnx")).unwrap();
    assert_eq!(
        saved.parameter_count(),
        glassboard_demo::summary().totals().params
    );
    assert!(best.validation_accuracy > 0.95, "{best:?}");

    // 1,438 digits in batches of 32 are 45 batches an epoch; the loss surface has 17 rows.
    assert_eq!(seen, (1..=287).map(|done| (done, 287)).collect::<Vec<_>>());
    let tags = tags(&dir.path().join("lr-0.01"));
    let epochs: Vec<i64> = (1..=6).map(|epoch| epoch * 45).collect();
    let starts: Vec<i64> = (0..6).map(|epoch| epoch * 45).collect();
    for tag in [
        "loss",
        "accuracy",
        "gradient_norm",
        "learning_rate",
        "epoch",
    ] {
        assert_eq!(
            tags[&format!("train/{tag}")],
            (0..270).collect::<Vec<_>>(),
            "{tag}"
        );
    }
    for tag in [
        "validation/loss",
        "validation/accuracy",
        "epoch/loss",
        "epoch/loss_min",
        "epoch/loss_max",
    ] {
        assert_eq!(tags[tag], epochs, "{tag}");
    }
    assert_eq!(tags["confusion/text_summary"], epochs);
    assert_eq!(tags["about/text_summary"], [0]);
    assert_eq!(tags["custom_scalars__config__"], [0]);
    assert_eq!(tags["digits/batch"], starts);
    assert_eq!(tags["digits/misread"], tags["digits/surest_mistake"]);
    assert!(
        tags["digits/misread"]
            .iter()
            .all(|step| epochs.contains(step))
    );
    for layer in ["conv1", "conv2", "hidden", "output"] {
        for kind in ["weight", "bias"] {
            assert_eq!(tags[&format!("weights/{layer}.{kind}")], starts);
            assert_eq!(tags[&format!("gradients/{layer}.{kind}")], starts);
        }
    }
    let judged: Vec<i64> = [0].into_iter().chain(epochs).collect();
    for class in 0..10 {
        assert_eq!(tags[&format!("pr/{class}")], judged);
        assert_eq!(tags[&format!("roc/{class}")], judged);
    }
    for tag in [
        "kernels/conv1",
        "loss/as_a_sound",
        "loss_surface_VERTEX",
        "loss_surface_FACE",
        "loss_surface_COLOR",
    ] {
        assert_eq!(tags[tag], [270], "{tag}");
    }
    let hparams = self::tags(&dir.path().join("lr-0.01/hparams"));
    assert_eq!(hparams["_hparams_/session_start_info"].len(), 1);
    assert_eq!(hparams["hparam/accuracy"], [270]);
}

#[test]
fn it_stops_when_asked_and_leaves_a_sound_log() {
    let dir = tempfile::tempdir().unwrap();
    let outcome = run(&options(dir.path(), 6), &mut |progress| {
        if progress.done == 7 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })
    .unwrap();
    assert_eq!(outcome.runs, []);
    assert_eq!(
        tags(&dir.path().join("lr-0.01"))["train/loss"],
        (0..7).collect::<Vec<_>>()
    );
}

#[test]
fn nothing_to_train_is_an_error() {
    let nowhere = PathBuf::from("never-made");
    for (epochs, learning_rates) in [
        (0, vec![0.1]),
        (1, vec![]),
        (1, vec![0.1, f64::NAN]),
        (1, vec![-0.1]),
    ] {
        let options = DemoOptions {
            epochs,
            learning_rates,
            ..DemoOptions::new(&nowhere)
        };
        let error = run(&options, &mut |_| ControlFlow::Continue(())).unwrap_err();
        assert!(matches!(error, DemoError::NothingToTrain { .. }), "{error}");
    }
    assert!(!nowhere.exists());
}

#[test]
fn the_network_s_graph_and_table_are_logged() {
    let dir = tempfile::tempdir().unwrap();
    // The log begins with them; one batch is enough.
    run(&options(dir.path(), 1), &mut |_| ControlFlow::Break(())).unwrap();
    let events = events(&dir.path().join("lr-0.01"));
    let graphs: Vec<GraphDef> = events
        .iter()
        .filter_map(|event| match &event.what {
            Some(event::What::GraphDef(graph)) => Some(GraphDef::decode(graph.as_slice()).unwrap()),
            _ => None,
        })
        .collect();
    let [graph] = graphs.as_slice() else {
        panic!("{} graphs", graphs.len());
    };
    let operations: Vec<(&str, i64)> = graph
        .node
        .iter()
        .filter(|node| node.name.starts_with("Network/") && node.op != "Parameter")
        .map(|node| {
            let mult_adds = node.attr.get("mult_adds").and_then(|it| it.value.as_ref());
            let mult_adds = match mult_adds {
                Some(attr_value::Value::I(number)) => *number,
                _ => 0,
            };
            (node.name.as_str(), mult_adds)
        })
        .collect();
    assert_eq!(
        operations,
        [
            ("Network/Conv2d[conv1]/conv2d_0", 6_912),
            ("Network/relu_1", 0),
            ("Network/Conv2d[conv2]/conv2d_2", 165_888),
            ("Network/relu_3", 0),
            ("Network/MaxPool2d[pool]/max_pool2d_4", 0),
            ("Network/flatten_5", 0),
            ("Network/Linear[hidden]/linear_6", 24_576),
            ("Network/relu_7", 0),
            ("Network/Linear[output]/linear_8", 640),
        ]
    );

    let texts = events.iter().filter_map(|event| match &event.what {
        Some(event::What::Summary(Summary { value })) => {
            let about = value
                .iter()
                .find(|value| value.tag == "about/text_summary")?;
            match &about.value {
                Some(value::Value::Tensor(tensor)) => tensor.string_val.first(),
                _ => None,
            }
        }
        _ => None,
    });
    let [about] = texts.collect::<Vec<_>>()[..] else {
        panic!("expected one text about the run");
    };
    let about = String::from_utf8(about.clone()).unwrap();
    assert!(
        about.contains("Conv2d: 1-1 | [1, 12, 8, 8] | 120 |"),
        "{about}"
    );
    let totals = glassboard_demo::summary();
    assert_eq!(totals.totals().params, 28_026);
    assert_eq!(totals.totals().operation_mult_adds, Some(198_016));
}
