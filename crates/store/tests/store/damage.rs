//! A broken record never hides a good one.

use crate::common::{
    damage, frame, live, load_once, losses, scalar, session_start, store_of, value_event, version,
};
use glassboard_events::{
    frame::masked_crc32c,
    proto::tensorboard::{Event, event, summary},
};
use glassboard_store::ScriptedLogdir;
use prost::Message;

const FILE: &str = "run/events.out.tfevents.1";

fn of_file(bytes: impl Into<Vec<u8>>) -> ScriptedLogdir {
    let dir = ScriptedLogdir::new();
    dir.put(FILE, bytes);
    dir
}

/// A file of three scalars with `between` before the second, and where that begins.
fn around(between: &[u8]) -> (ScriptedLogdir, u64) {
    let mut bytes = [version(1.0), scalar("loss", 1, 1.0)].concat();
    let at = bytes.len() as u64;
    bytes.extend_from_slice(between);
    bytes.extend(scalar("loss", 2, 2.0));
    bytes.extend(scalar("loss", 3, 3.0));
    (of_file(bytes), at)
}

const ALL: [(i64, f64); 3] = [(1, 1.0), (2, 2.0), (3, 3.0)];

#[test]
fn flipped_bits_cost_one_record_each() {
    let whole = losses(0..20);
    let record_len = scalar("loss", 1, 1.0).len() as u64;
    let first = whole.len() as u64 - 19 * record_len; // step 0 takes fewer bytes, so count from the end
    for bit in [0, 5] {
        for in_record in 0..record_len {
            let mut bytes = whole.clone();
            let start = first + 4 * record_len;
            bytes[(start + in_record) as usize] ^= 1 << bit;
            let snapshot = load_once(&of_file(bytes));
            let expected: Vec<(i64, f64)> = (0..20)
                .filter(|step| *step != 5)
                .map(|step| (step, step as f64))
                .collect();
            assert_eq!(
                live(&snapshot, "run", "loss"),
                expected,
                "bit {bit} of byte {in_record}"
            );
            let kind = if in_record < 12 {
                "length_checksum"
            } else {
                "data_checksum"
            };
            assert_eq!(damage(&snapshot), [(kind, start, record_len)]);
        }
    }
}

#[test]
fn length_of_two_to_the_sixty_third_allocates_nothing() {
    let length = (1_u64 << 63).to_le_bytes();
    let header = [&length[..], &masked_crc32c(&length).to_le_bytes()].concat();
    let (dir, at) = around(&header);
    let snapshot = load_once(&dir);
    assert_eq!(live(&snapshot, "run", "loss"), ALL);
    assert_eq!(damage(&snapshot), [("too_long", at, 12)]);
}

#[test]
fn length_beyond_the_end_does_not_hide_what_follows() {
    let length = (1_u64 << 30).to_le_bytes();
    let header = [&length[..], &masked_crc32c(&length).to_le_bytes()].concat();
    let (dir, at) = around(&header);
    for snapshot in [load_once(&dir), {
        let store = store_of(&dir);
        store.refresh();
        store.snapshot()
    }] {
        assert_eq!(live(&snapshot, "run", "loss"), ALL);
        assert_eq!(damage(&snapshot), [("cut_tail", at, 12)]);
    }
}

#[test]
fn garbage_between_records_is_one_place() {
    let garbage = b"this is no record at all, whatever one makes of it".repeat(100);
    let (dir, at) = around(&garbage);
    let snapshot = load_once(&dir);
    assert_eq!(live(&snapshot, "run", "loss"), ALL);
    assert_eq!(
        damage(&snapshot),
        [("length_checksum", at, garbage.len() as u64)]
    );
    assert_eq!(
        (
            snapshot.damaged_records(),
            snapshot.damaged_files(),
            snapshot.records()
        ),
        (1, 1, 4)
    );
}

#[test]
fn field_of_the_wrong_type_is_one_lost_record() {
    // Field 2, the step, as a string.
    let wrong = frame(&[0x12, 0x01, b'x']);
    let (dir, at) = around(&wrong);
    let snapshot = load_once(&dir);
    assert_eq!(live(&snapshot, "run", "loss"), ALL);
    assert_eq!(damage(&snapshot), [("protobuf", at, wrong.len() as u64)]);
}

#[test]
fn bytes_that_are_no_message_are_one_lost_record() {
    let wrong = frame(&[0xff; 40]);
    let (dir, at) = around(&wrong);
    let snapshot = load_once(&dir);
    assert_eq!(live(&snapshot, "run", "loss"), ALL);
    assert_eq!(damage(&snapshot), [("protobuf", at, wrong.len() as u64)]);
}

#[test]
fn values_before_a_broken_one_in_the_same_record_are_kept() {
    let good = summary::Value {
        tag: "extra".into(),
        value: Some(summary::value::Value::SimpleValue(7.0)),
        ..summary::Value::default()
    };
    let good = good.encode_to_vec();
    // A summary of that value and one whose tag is not UTF-8.
    let summary = [
        &[0x0a, good.len() as u8],
        good.as_slice(),
        &[0x0a, 3, 0x0a, 1, 0xff],
    ]
    .concat();
    let data = [&[0x2a, summary.len() as u8], summary.as_slice()].concat();
    let (dir, at) = around(&frame(&data));
    let snapshot = load_once(&dir);
    assert_eq!(live(&snapshot, "run", "loss"), ALL);
    assert_eq!(live(&snapshot, "run", "extra"), [(0, 7.0)]);
    assert_eq!(
        damage(&snapshot),
        [("protobuf", at, data.len() as u64 + 16)]
    );
}

#[test]
fn cut_tail_waits_while_following_and_is_damage_in_the_end() {
    let whole = losses(0..10);
    let last = scalar("loss", 9, 9.0).len();
    for missing in 1..last {
        let dir = of_file(&whole[..whole.len() - missing]);
        let expected: Vec<(i64, f64)> = (0..9).map(|step| (step, step as f64)).collect();
        let store = store_of(&dir);
        store.refresh();
        assert_eq!(live(&store.snapshot(), "run", "loss"), expected);
        assert_eq!(damage(&store.snapshot()), []);
        let start = (whole.len() - last) as u64;
        assert_eq!(
            damage(&load_once(&dir)),
            [("cut_tail", start, (last - missing) as u64)]
        );
        dir.append(FILE, &whole[whole.len() - missing..]);
        store.refresh();
        assert_eq!(live(&store.snapshot(), "run", "loss").len(), 10);
        assert_eq!(damage(&store.snapshot()), []);
    }
}

#[test]
fn cut_tail_of_an_older_file_is_damage_even_while_following() {
    let whole = losses(0..10);
    let dir = of_file(&whole[..whole.len() - 1]);
    let store = store_of(&dir);
    store.refresh();
    assert_eq!(damage(&store.snapshot()), []);
    dir.put("run/events.out.tfevents.2", losses([9, 10]));
    store.refresh();
    let lost = scalar("loss", 9, 9.0).len() as u64;
    assert_eq!(
        damage(&store.snapshot()),
        [("cut_tail", whole.len() as u64 - lost, lost - 1)]
    );
    assert_eq!(live(&store.snapshot(), "run", "loss").len(), 11);
}

#[test]
fn empty_file_is_a_run_without_data() {
    let snapshot = load_once(&of_file([]));
    let run = snapshot.run_by_name("run").unwrap();
    assert_eq!(
        (run.points(), run.records(), run.damaged_records()),
        (0, 0, 0)
    );
    assert!(run.tags().is_empty());
    assert_eq!(run.first_wall_time(), None);
}

#[test]
fn damage_beyond_a_thousand_places_is_counted_not_listed() {
    let mut bytes = version(1.0);
    for step in 0..1_500 {
        bytes.extend(frame(&[0xff]));
        bytes.extend(scalar("loss", step, 0.0));
    }
    let snapshot = load_once(&of_file(bytes));
    let damage = snapshot.damage();
    assert_eq!((damage[0].damaged, damage[0].places.len()), (1_500, 1_000));
    assert_eq!(snapshot.points(), 1_500);
}

#[test]
fn huge_record_is_read_and_kept_in_its_file() {
    let picture = vec![7_u8; 20 << 20];
    let image = summary::Image {
        height: 3,
        width: 4,
        encoded_image_string: picture.clone(),
        ..Default::default()
    };
    let value = summary::Value {
        tag: "im".into(),
        value: Some(summary::value::Value::Image(image)),
        ..summary::Value::default()
    };
    let (dir, _) = around(&value_event(5.0, 6, value));
    let store = store_of(&dir);
    store.refresh();
    let snapshot = store.snapshot();
    assert_eq!(live(&snapshot, "run", "loss"), ALL);
    let images = snapshot
        .run_by_name("run")
        .unwrap()
        .blobs("images", "im")
        .unwrap();
    let [entry] = images.entries() else {
        panic!("{images:?}")
    };
    assert_eq!(
        (entry.step, entry.wall_time_secs, entry.superseded),
        (6, 5.0, false)
    );
    assert_eq!(
        (entry.media.width, entry.media.height, entry.media.samples),
        (4, 3, 1)
    );
    assert!(
        snapshot.memory_bytes() < 10_000,
        "{} bytes",
        snapshot.memory_bytes()
    );
    let glassboard_store::StoredValue::Summary(value) = store.read_value(&entry.locator).unwrap()
    else {
        panic!("not a summary")
    };
    let Some(summary::value::Value::Image(image)) = value.value else {
        panic!("not an image")
    };
    assert_eq!(image.encoded_image_string, picture);
}

#[test]
fn every_damaged_byte_of_a_long_file_leaves_the_rest_the_same_as_reading_from_start_to_end() {
    // Long enough to be cut for several threads; bits flip in lengths, checksums and data.
    let mut bytes = version(1.0);
    let count = 400_000_i64;
    for step in 0..count {
        bytes.extend(scalar(
            if step % 3 == 0 { "a" } else { "b" },
            step,
            step as f32,
        ));
    }
    bytes.extend(session_start(count));
    assert!(bytes.len() > 15 << 20, "{} bytes", bytes.len());
    let mut expected_lost = 0;
    for nth in 0..40 {
        // Far enough from one another that no two hit neighbouring records.
        let at = 1_000 + nth * 400_009;
        bytes[at] ^= 0x10;
        expected_lost += 1;
    }
    let snapshot = load_once(&of_file(bytes.clone()));
    assert_eq!(snapshot.points(), (count - expected_lost) as u64);
    assert_eq!(snapshot.damaged_records(), expected_lost as u64);
    let one_thread = {
        let options = glassboard_store::StoreOptions {
            threads: Some(1),
            once: true,
        };
        let store = glassboard_store::Store::new(std::sync::Arc::new(of_file(bytes)), options);
        store.refresh();
        store.snapshot()
    };
    for tag in ["a", "b"] {
        assert_eq!(live(&snapshot, "run", tag), live(&one_thread, "run", tag));
    }
    assert_eq!(damage(&snapshot), damage(&one_thread));
}

#[test]
fn event_without_content_is_no_damage() {
    let nothing = frame(
        &Event {
            wall_time: 9.0,
            ..Event::default()
        }
        .encode_to_vec(),
    );
    let (dir, _) = around(&nothing);
    assert_eq!(damage(&load_once(&dir)), []);
    let log = crate::common::event(
        2.0,
        0,
        event::What::LogMessage(glassboard_events::proto::tensorboard::LogMessage::default()),
    );
    let (dir, _) = around(&log);
    assert_eq!(damage(&load_once(&dir)), []);
}
