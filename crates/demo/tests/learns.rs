//! The demonstration learns what it says it learns, and logs what it says it logs.

#![allow(clippy::unwrap_used)] // Helpers of tests, which may panic.

use glassboard_demo::{DemoError, DemoOptions, run};
use glassboard_events::{
    Item, RecordReader,
    proto::tensorboard::{Event, Summary, event},
};
use prost::Message;
use std::{
    collections::BTreeMap,
    fs::File,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

/// How often each tag was logged in a run, sub-runs apart.
fn tags(run: &Path) -> BTreeMap<String, Vec<i64>> {
    let mut tags: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let files = run
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file());
    for path in files {
        let mut reader = RecordReader::new(File::open(path).unwrap());
        while let Some(item) = reader.next().unwrap() {
            let Item::Record(record) = item else {
                panic!("damage in {}", run.display())
            };
            let event = Event::decode(record.data).unwrap();
            if let Some(event::What::Summary(Summary { value })) = event.what {
                for value in value {
                    tags.entry(value.tag).or_default().push(event.step);
                }
            }
        }
        assert_eq!(reader.finish().unwrap(), None, "damage at the end");
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
    assert!(best.validation_accuracy > 0.95, "{best:?}");

    // 1,438 digits in batches of 32 are 45 batches an epoch.
    assert_eq!(seen, (1..=270).map(|done| (done, 270)).collect::<Vec<_>>());
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
