//! Files and threads: names, first records, flushing, closing, dropping, several threads.

#![allow(clippy::unwrap_used)] // Helpers of tests, which may panic.

mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use glassboard_events::proto::tensorboard::{Event, event, session_log, summary};
use glassboard_writer::{At, SummaryWriter, SummaryWriterOptions};
use proptest::prelude::*;
use support::{event_files, events_so_far};

/// Step and value of all scalars in all files below a folder, file by file.
fn scalars(root: &Path) -> Vec<(i64, f32)> {
    event_files(root)
        .values()
        .flatten()
        .filter_map(scalar)
        .collect()
}

/// The same of files that are being written.
fn scalars_so_far(root: &Path) -> Vec<(i64, f32)> {
    events_so_far(root).iter().filter_map(scalar).collect()
}

fn scalar(event: &Event) -> Option<(i64, f32)> {
    let Some(event::What::Summary(summary)) = &event.what else {
        return None;
    };
    match summary.value.first()?.value.as_ref()? {
        summary::value::Value::SimpleValue(value) => Some((event.step, *value)),
        _ => None,
    }
}

fn options(dir: &Path) -> SummaryWriterOptions {
    SummaryWriterOptions {
        log_dir: Some(dir.to_owned()),
        ..SummaryWriterOptions::default()
    }
}

/// Looks again and again until something holds.
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::yield_now();
    }
}

#[test]
fn the_file_is_there_at_once_and_begins_with_its_version() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("a/b");
    let options = SummaryWriterOptions {
        filename_suffix: ".rank0".into(),
        ..options(&folder)
    };
    let writer = options.open().unwrap();
    assert_eq!(writer.log_dir(), folder);
    let files = event_files(dir.path());
    let (path, events) = files.first_key_value().unwrap();
    assert_eq!((files.len(), events.len()), (1, 1));
    assert_eq!(
        events[0].what,
        Some(event::What::FileVersion("brain.Event:2".into()))
    );

    let name = path.file_name().unwrap().to_str().unwrap();
    let rest = name.strip_prefix("events.out.tfevents.").unwrap();
    let (seconds, rest) = rest.split_once('.').unwrap();
    assert!(
        seconds.len() == 10 && seconds.bytes().all(|b| b.is_ascii_digit()),
        "{name}"
    );
    let rest = rest.strip_suffix(".rank0").unwrap();
    assert!(
        rest.contains(&format!(".{}.", std::process::id())),
        "{name}"
    );
}

#[test]
fn purge_step_asks_readers_to_purge_once() {
    let dir = tempfile::tempdir().unwrap();
    let options = SummaryWriterOptions {
        purge_step: Some(5),
        ..options(dir.path())
    };
    let writer = options.open().unwrap();
    writer.add_scalars("loss", [("train", 1.0)], 5).unwrap();
    writer.close().unwrap();
    writer.add_scalar("loss", 2.0, 6).unwrap();
    writer.close().unwrap();

    let files = event_files(dir.path());
    assert_eq!(files.len(), 3);
    let starts: Vec<_> = files
        .values()
        .flatten()
        .filter_map(|event| match &event.what {
            Some(event::What::SessionLog(log)) => Some((event.step, log.status)),
            _ => None,
        })
        .collect();
    assert_eq!(starts, [(5, i32::from(session_log::SessionStatus::Start))]);
    let first = files.values().find(|events| events.len() == 3).unwrap();
    let version = event::What::FileVersion("brain.Event:2".into());
    assert_eq!((first[0].step, first[0].what.as_ref()), (0, Some(&version)));
    assert_eq!((first[1].step, first[1].what.as_ref()), (5, Some(&version)));
}

#[test]
fn the_first_record_reaches_the_file_at_once_and_a_flush_all() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriterOptions {
        flush_secs: 1e9,
        ..options(dir.path())
    }
    .open()
    .unwrap();
    writer.add_scalar("loss", 0.5, 0).unwrap();
    wait_until("the first record is in the file", || {
        scalars_so_far(dir.path()) == [(0, 0.5)]
    });
    writer.add_scalar("loss", 0.25, 1).unwrap();
    writer.add_scalar("loss", 0.125, 2).unwrap();
    writer.flush().unwrap();
    assert_eq!(scalars(dir.path()), [(0, 0.5), (1, 0.25), (2, 0.125)]);
}

#[test]
fn records_reach_the_file_within_flush_secs() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriterOptions {
        flush_secs: 0.02,
        ..options(dir.path())
    }
    .open()
    .unwrap();
    for step in 0..5 {
        writer.add_scalar("loss", 0.5, step).unwrap();
        wait_until("the record is in the file", || {
            scalars_so_far(dir.path()).len() == step as usize + 1
        });
    }
}

#[test]
fn dropping_writes_everything() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::new(dir.path()).unwrap();
    for step in 0..10_000 {
        writer.add_scalar("loss", f64::from(step), step).unwrap();
    }
    drop(writer);
    let expected: Vec<_> = (0..10_000)
        .map(|step| (i64::from(step), step as f32))
        .collect();
    assert_eq!(scalars(dir.path()), expected);
}

#[test]
fn a_closed_writer_opens_a_new_file() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::new(dir.path()).unwrap();
    writer.add_scalar("loss", 1.0, 1).unwrap();
    writer.close().unwrap();
    writer.close().unwrap();
    writer.flush().unwrap();
    assert_eq!(event_files(dir.path()).len(), 1);
    writer.add_scalar("loss", 2.0, 2).unwrap();
    writer.close().unwrap();
    let files: Vec<Vec<_>> = event_files(dir.path())
        .values()
        .map(|events| events.iter().filter_map(scalar).collect())
        .collect();
    assert_eq!(files, [[(1, 1.0)], [(2, 2.0)]]);
}

#[test]
fn threads_share_a_writer_and_keep_their_order() {
    fn check<T: Send + Sync>(_: &T) {}
    let dir = tempfile::tempdir().unwrap();
    // Room for one batch only: threads have to wait for one another.
    let writer = SummaryWriterOptions {
        max_queue: 1,
        ..options(dir.path())
    }
    .open()
    .unwrap();
    check(&writer);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let writer = &writer;
            scope.spawn(move || {
                for step in 0..5_000 {
                    writer.add_scalar("loss", thread, step).unwrap();
                }
            });
        }
    });
    writer.close().unwrap();
    let all = scalars(dir.path());
    assert_eq!(all.len(), 20_000);
    for thread in 0..4 {
        let steps = all
            .iter()
            .filter(|(_, value)| *value == thread as f32)
            .map(|(step, _)| *step);
        assert!(steps.eq(0..5_000), "thread {thread}");
    }
}

#[test]
fn lines_of_one_chart_become_runs() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::new(dir.path()).unwrap();
    for step in 0..3 {
        writer
            .add_scalars("loss/all", [("train", 1.5), ("valid/top", 2.5)], step)
            .unwrap();
    }
    writer.close().unwrap();
    assert_eq!(
        scalars(&dir.path().join("loss_all_train")),
        [(0, 1.5), (1, 1.5), (2, 1.5)]
    );
    assert_eq!(
        scalars(&dir.path().join("loss_all_valid/top")),
        [(0, 2.5), (1, 2.5), (2, 2.5)]
    );
    assert_eq!(event_files(dir.path()).len(), 3);
}

#[test]
fn steps_and_wall_times_are_what_was_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::new(dir.path()).unwrap();
    let before = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs_f64();
    writer.add_scalar("a", 0.0, ()).unwrap();
    writer.add_scalar("a", 1.0, -3).unwrap();
    writer.add_scalar("a", 2.0, u64::MAX).unwrap();
    writer
        .add_scalar("a", 3.0, At::step(7).wall_time(12.5))
        .unwrap();
    writer.close().unwrap();
    let files = event_files(dir.path());
    let events = &files.first_key_value().unwrap().1[1..];
    let steps: Vec<i64> = events.iter().map(|event| event.step).collect();
    assert_eq!(steps, [0, -3, i64::MAX, 7]);
    assert!((before..before + 60.0).contains(&events[0].wall_time));
    assert_eq!(events[3].wall_time, 12.5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_scalars_come_back(
        values in prop::collection::vec((any::<i64>(), any::<f32>()), 1..200),
        max_queue in 0..3_usize,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let writer = SummaryWriterOptions { max_queue, ..options(dir.path()) }.open().unwrap();
        for (step, value) in &values {
            writer.add_scalar("多/tag", *value, *step).unwrap();
        }
        writer.close().unwrap();
        let bits = |list: &[(i64, f32)]| list.iter().map(|(s, v)| (*s, v.to_bits())).collect::<Vec<_>>();
        prop_assert_eq!(bits(&scalars(dir.path())), bits(&values));
    }
}
