//! Keeping up with files that grow, shrink, vanish and are written by two.

use std::{
    fs::{self, File},
    io::Write,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use glassboard_store::{
    FollowOptions, LocalLogdir, ScalarRequest, ScriptedLogdir, Store, StoreError, StoreOptions,
};

use crate::common::{
    live, load_once, losses, notices, scalar, scalar_at, session_start, store_of, version,
};

const FILE: &str = "run/events.out.tfevents.1";
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn a_file_that_grows_byte_by_byte_is_right_at_every_byte() {
    let mut records = vec![version(1.0), session_start(0)];
    for step in 0..6 {
        records.push(scalar("loss", step, step as f32));
        records.push(scalar("other", step * 2, -1.0));
    }
    records.push(session_start(3));
    records.push(scalar("loss", 3, 30.0));
    let whole: Vec<u8> = records.concat();
    let dir = ScriptedLogdir::new();
    dir.put(FILE, []);
    let store = store_of(&dir);
    let mut ends = Vec::new();
    let mut end = 0;
    for record in &records {
        end += record.len();
        ends.push(end);
    }
    for at in 0..whole.len() {
        dir.append(FILE, &whole[at..=at]);
        store.refresh();
        let snapshot = store.snapshot();
        let complete = ends.iter().take_while(|end| **end <= at + 1).count();
        assert_eq!(snapshot.records(), complete as u64, "at byte {at}");
        assert_eq!(snapshot.damaged_records(), 0, "at byte {at}");
        // The same as loading at once what is there.
        let now = ScriptedLogdir::new();
        let read = complete.checked_sub(1).map_or(0, |last| ends[last]);
        now.put(FILE, &whole[..read]);
        let at_once = load_once(&now);
        for tag in ["loss", "other"] {
            assert_eq!(
                live(&snapshot, "run", tag),
                live(&at_once, "run", tag),
                "{tag} at byte {at}"
            );
        }
    }
    assert_eq!(
        live(&store.snapshot(), "run", "loss"),
        [(0, 0.0), (1, 1.0), (2, 2.0), (3, 30.0)]
    );
    assert_eq!(notices(&store.snapshot()), []);
}

#[test]
fn nothing_new_publishes_nothing() {
    let dir = ScriptedLogdir::new();
    dir.put(FILE, losses(0..5));
    let store = store_of(&dir);
    let changes = store.refresh();
    assert!(changes.runs_changed && changes.tags_changed);
    assert_eq!(changes.touched_runs.len(), 1);
    let revision = store.snapshot().revision;
    assert!(store.refresh().is_empty());
    assert_eq!(store.snapshot().revision, revision);
    dir.append(FILE, &scalar("loss", 5, 5.0));
    let changes = store.refresh();
    assert!(!changes.runs_changed && !changes.tags_changed && changes.revision == revision + 1);
    assert_eq!(changes.touched_runs.len(), 1);
}

#[test]
fn older_snapshots_do_not_change() {
    let dir = ScriptedLogdir::new();
    dir.put(FILE, losses(0..2_000));
    let store = store_of(&dir);
    store.refresh();
    let before = store.snapshot();
    dir.append(FILE, &scalar("loss", 2_000, 1.0));
    store.refresh();
    assert_eq!(live(&before, "run", "loss").len(), 2_000);
    assert_eq!(live(&store.snapshot(), "run", "loss").len(), 2_001);
}

#[test]
fn a_file_that_shrinks_is_read_again() {
    let dir = ScriptedLogdir::new();
    dir.put(FILE, losses(0..10));
    let store = store_of(&dir);
    store.refresh();
    dir.rewrite(FILE, losses(0..3));
    store.refresh();
    assert_eq!(live(&store.snapshot(), "run", "loss").len(), 3);
    assert_eq!(notices(&store.snapshot()), [("replaced", FILE.to_owned())]);
    // Grown again since, and beyond its old length.
    dir.rewrite(FILE, losses(0..30));
    store.refresh();
    assert_eq!(live(&store.snapshot(), "run", "loss").len(), 30);
}

#[test]
fn another_file_of_the_same_name_is_read_from_its_start() {
    let dir = ScriptedLogdir::new();
    dir.put(FILE, losses(0..10));
    let store = store_of(&dir);
    store.refresh();
    let entry_of = |steps: std::ops::Range<i64>| {
        steps
            .map(|step| scalar("loss", step, 100.0))
            .fold(version(1.0), |all, record| [all, record].concat())
    };
    dir.put(FILE, entry_of(0..20));
    store.refresh();
    let points = live(&store.snapshot(), "run", "loss");
    assert_eq!(points.len(), 20);
    assert!(points.iter().all(|(_, value)| *value == 100.0));
    assert_eq!(notices(&store.snapshot()), [("replaced", FILE.to_owned())]);
}

#[test]
fn a_file_overwritten_in_place_with_a_longer_one_is_noticed() {
    let dir = ScriptedLogdir::new();
    dir.put(FILE, losses(0..10));
    let store = store_of(&dir);
    store.refresh();
    let other = (0..20)
        .map(|step| scalar("acc", step, 0.5))
        .fold(version(2.0), |all, record| [all, record].concat());
    dir.rewrite(FILE, other);
    store.refresh();
    let snapshot = store.snapshot();
    assert_eq!(live(&snapshot, "run", "acc").len(), 20);
    assert!(
        snapshot
            .run_by_name("run")
            .unwrap()
            .scalars("loss")
            .is_none()
    );
    assert_eq!(notices(&snapshot), [("replaced", FILE.to_owned())]);
}

#[test]
fn vanished_runs_and_files_are_dropped_with_a_notice() {
    let dir = ScriptedLogdir::new();
    dir.put(FILE, losses(0..10));
    dir.put("run/events.out.tfevents.2", losses(10..12));
    dir.put("gone/events.out.tfevents.1", losses(0..1));
    let store = store_of(&dir);
    store.refresh();
    let id = store.snapshot().run_by_name("gone").unwrap().id();
    dir.remove("gone");
    dir.remove("run/events.out.tfevents.2");
    let changes = store.refresh();
    assert!(changes.runs_changed);
    let snapshot = store.snapshot();
    assert!(snapshot.run_by_name("gone").is_none() && snapshot.run_by_id(id).is_none());
    assert_eq!(live(&snapshot, "run", "loss").len(), 10);
    let mut seen = notices(&snapshot);
    seen.sort();
    assert_eq!(
        seen,
        [
            ("vanished", "gone".to_owned()),
            ("vanished", "run/events.out.tfevents.2".to_owned())
        ]
    );
    // A run that comes back has its old id.
    dir.put("gone/events.out.tfevents.1", losses(0..1));
    store.refresh();
    assert_eq!(store.snapshot().run_by_name("gone").unwrap().id(), id);
}

#[test]
fn an_older_file_that_grows_is_read_and_keeps_its_place() {
    let dir = ScriptedLogdir::new();
    dir.put(FILE, losses(0..3));
    dir.put("run/events.out.tfevents.2", losses(2..5));
    let store = store_of(&dir);
    store.refresh();
    assert_eq!(live(&store.snapshot(), "run", "loss").len(), 5);
    dir.append(FILE, &scalar("loss", 1, 77.0));
    store.refresh();
    assert_eq!(
        live(&store.snapshot(), "run", "loss"),
        [(0, 0.0), (1, 77.0), (2, 0.0), (3, 1.0), (4, 2.0)]
    );
}

#[test]
fn two_files_growing_at_once_are_a_notice() {
    let dir = ScriptedLogdir::new();
    dir.put(FILE, version(1.0));
    dir.put("run/events.out.tfevents.2", version(1.0));
    let store = store_of(&dir);
    store.refresh();
    assert_eq!(notices(&store.snapshot()), []);
    dir.append(FILE, &scalar("a", 1, 1.0));
    dir.append("run/events.out.tfevents.2", &scalar("b", 1, 1.0));
    store.refresh();
    assert_eq!(
        notices(&store.snapshot()),
        [("two_writers", "run".to_owned())]
    );
}

#[test]
fn files_whose_times_overlap_are_a_notice() {
    let dir = ScriptedLogdir::new();
    let file = |walls: [f64; 2]| {
        [
            version(1.0),
            scalar_at(walls[0], "a", 1, 1.0),
            scalar_at(walls[1], "a", 2, 1.0),
        ]
        .concat()
    };
    dir.put("two/events.out.tfevents.1", file([10.0, 20.0]));
    dir.put("two/events.out.tfevents.2", file([15.0, 25.0]));
    dir.put("one/events.out.tfevents.1", file([10.0, 20.0]));
    dir.put("one/events.out.tfevents.2", file([20.0, 25.0]));
    assert_eq!(
        notices(&load_once(&dir)),
        [("two_writers", "two".to_owned())]
    );
}

#[test]
fn a_file_that_may_not_be_read_is_a_notice_until_it_may() {
    let dir = ScriptedLogdir::new();
    dir.put(FILE, losses(0..3));
    dir.put("other/events.out.tfevents.1", losses(0..3));
    dir.refuse(FILE, true);
    let store = store_of(&dir);
    store.refresh();
    let kinds: Vec<_> = notices(&store.snapshot());
    assert!(
        !kinds.is_empty()
            && kinds
                .iter()
                .all(|notice| *notice == ("unreadable", FILE.to_owned())),
        "{kinds:?}"
    );
    assert_eq!(live(&store.snapshot(), "other", "loss").len(), 3);
    dir.refuse(FILE, false);
    store.refresh();
    assert_eq!(live(&store.snapshot(), "run", "loss").len(), 3);
    assert_eq!(notices(&store.snapshot()), []);
}

#[test]
fn locators_of_a_replaced_or_vanished_file_are_gone() {
    use glassboard_events::proto::tensorboard::{HistogramProto, summary};
    let value = summary::Value {
        tag: "h".into(),
        value: Some(summary::value::Value::Histo(HistogramProto {
            num: 3.0,
            ..HistogramProto::default()
        })),
        ..summary::Value::default()
    };
    let bytes = [version(1.0), crate::common::value_event(1.0, 1, value)].concat();
    let dir = ScriptedLogdir::new();
    dir.put(FILE, bytes.clone());
    let store = store_of(&dir);
    store.refresh();
    let entry = store
        .snapshot()
        .run_by_name("run")
        .unwrap()
        .blobs("histograms", "h")
        .unwrap()
        .entries()[0];
    let locator = entry.locator.to_string().parse().unwrap();
    assert_eq!(entry.locator, locator);
    assert!(store.read_value(&locator).is_ok());
    dir.put(FILE, bytes);
    store.refresh();
    assert!(matches!(
        store.read_value(&locator),
        Err(StoreError::Gone { .. })
    ));
    let entry = store
        .snapshot()
        .run_by_name("run")
        .unwrap()
        .blobs("histograms", "h")
        .unwrap()
        .entries()[0];
    dir.remove("run");
    assert!(matches!(
        store.read_value(&entry.locator),
        Err(StoreError::Gone { .. })
    ));
    for text in [
        "",
        "1",
        "1-2-3",
        "1-2-3-4-5",
        "a-1-1-1",
        "1--1-1-1",
        "+1-2-3-4",
        "99999999999-1-1-1",
    ] {
        assert!(text.parse::<glassboard_store::Locator>().is_err(), "{text}");
    }
}

#[test]
fn a_locator_with_a_made_up_length_reads_nothing() {
    let dir = ScriptedLogdir::new();
    dir.put(FILE, losses(0..3));
    let store = store_of(&dir);
    store.refresh();
    for text in ["1-0-4294967295-0", "1-18446744073709551615-5-0", "1-3-20-0"] {
        let error = store.read_value(&text.parse().unwrap()).unwrap_err();
        assert!(
            matches!(error, StoreError::RecordChanged { .. }),
            "{text}: {error}"
        );
    }
}

#[test]
fn snapshots_come_while_a_long_file_is_still_being_read() {
    // A listener is called for each; the last one holds everything.
    let dir = ScriptedLogdir::new();
    dir.put(FILE, losses(0..300_000));
    let store = store_of(&dir);
    let (send, receive) = mpsc::channel();
    let reader = Arc::downgrade(&store);
    store.on_change(Box::new(move |changes| {
        let store = reader.upgrade().unwrap();
        let _ = send.send((
            changes.revision,
            store.snapshot().points(),
            store.progress(),
        ));
    }));
    store.refresh();
    let seen: Vec<_> = receive.try_iter().collect();
    assert!(
        seen.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1),
        "{seen:?}"
    );
    let (_, points, _) = seen[seen.len() - 1];
    assert_eq!(points, 300_000);
    let progress = store.progress();
    assert_eq!(
        (progress.bytes_read, progress.files_read, progress.loading),
        (progress.bytes_total, 1, false)
    );
}

/// Waits until `done`, for which nobody sends a message.
fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

#[test]
fn following_sees_what_is_appended_and_stops_when_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = File::create(&path).unwrap();
    file.write_all(&losses(0..3)).unwrap();
    let store = Store::new(
        Arc::new(LocalLogdir::new(dir.path())),
        StoreOptions::default(),
    );
    // So long that only a notification can bring news, or a wake where the system has none.
    let following = store.follow(FollowOptions {
        poll_interval: Duration::from_hours(1),
    });
    wait_until("the first load", || store.snapshot().points() == 3);
    file.write_all(&scalar("loss", 3, 3.0)).unwrap();
    following.wake();
    wait_until("the fourth point", || store.snapshot().points() == 4);
    let other = dir.path().join("new/events.out.tfevents.9");
    fs::create_dir_all(other.parent().unwrap()).unwrap();
    fs::write(&other, losses(0..2)).unwrap();
    following.wake();
    wait_until("the new run", || store.snapshot().runs().len() == 2);
    let start = Instant::now();
    drop(following);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn following_with_polling_alone_works_where_nothing_can_be_watched() {
    let dir = ScriptedLogdir::new();
    let store = store_of(&dir);
    let _following = store.follow(FollowOptions {
        poll_interval: Duration::from_millis(10),
    });
    dir.put(FILE, losses(0..3));
    wait_until("the file", || store.snapshot().points() == 3);
    dir.append(FILE, &scalar("loss", 3, 3.0));
    wait_until("the fourth point", || store.snapshot().points() == 4);
}

#[test]
fn zero_interval_loads_once_and_ends() {
    let dir = ScriptedLogdir::new();
    dir.put(FILE, losses(0..3));
    let store = store_of(&dir);
    let following = store.follow(FollowOptions {
        poll_interval: Duration::ZERO,
    });
    wait_until("the end", || !following.is_following());
    let snapshot = store.snapshot();
    let answer = snapshot
        .run_by_name("run")
        .unwrap()
        .scalars("loss")
        .unwrap()
        .query(&ScalarRequest::default());
    assert_eq!(answer.unwrap().live.step, [0, 1, 2]);
}
