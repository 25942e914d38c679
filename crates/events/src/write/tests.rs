use super::*;
use crate::{EventView, Item, RecordReader, What};

fn steps(path: &Path) -> Vec<i64> {
    let mut reader = RecordReader::new(File::open(path).unwrap());
    let mut steps = Vec::new();
    while let Some(item) = reader.next().unwrap() {
        let Item::Record(record) = item else {
            panic!("{item:?}")
        };
        steps.push(EventView::parse(record.data).unwrap().step);
    }
    steps
}

#[test]
fn name_is_that_of_tensorboard() {
    let name = file_name(Duration::new(1_700_000_000, 999), "host", 42, 3, ".tail");
    assert_eq!(name, "events.out.tfevents.1700000000.host.42.3.tail");
    assert_eq!(
        file_name(Duration::from_secs(7), "h", 1, 0, ""),
        "events.out.tfevents.0000000007.h.1.0"
    );
}

#[test]
fn the_version_record_is_there_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let writer = EventFileWriter::create(&dir.path().join("a/b"), "").unwrap();
    let mut reader = RecordReader::new(File::open(writer.path()).unwrap());
    let Some(Item::Record(record)) = reader.next().unwrap() else {
        panic!()
    };
    assert_eq!(
        EventView::parse(record.data).unwrap().what,
        What::FileVersion("brain.Event:2")
    );
    assert_eq!(reader.next().unwrap(), None);
}

#[test]
fn two_writers_of_one_process_have_two_files() {
    let dir = tempfile::tempdir().unwrap();
    let one = EventFileWriter::create(dir.path(), "").unwrap();
    let two = EventFileWriter::create(dir.path(), "").unwrap();
    assert_ne!(one.path(), two.path());
}

#[test]
fn flushed_events_are_in_the_file_and_others_come_with_drop() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = EventFileWriter::create(dir.path(), ".x").unwrap();
    let path = writer.path().to_owned();
    writer
        .write_event(&Event {
            step: 1,
            ..Event::default()
        })
        .unwrap();
    writer.flush().unwrap();
    assert_eq!(steps(&path), [0, 1]);
    writer
        .write_event(&Event {
            step: 2,
            ..Event::default()
        })
        .unwrap();
    assert_eq!(steps(&path), [0, 1]);
    drop(writer);
    assert_eq!(steps(&path), [0, 1, 2]);
}

#[cfg(unix)]
#[test]
fn a_removed_file_is_noticed_at_the_next_flush() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = EventFileWriter::create(dir.path(), "").unwrap();
    fs::remove_file(writer.path()).unwrap();
    assert!(matches!(writer.flush(), Err(EventsError::Vanished { .. })));
    fs::write(writer.path(), "another").unwrap();
    assert!(matches!(writer.flush(), Err(EventsError::Vanished { .. })));
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_with_its_path() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = EventFileWriter::create(&file.join("run"), "")
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("cannot create folder: ") && error.ends_with("file/run"),
        "{error}"
    );
}

#[test]
fn a_reader_follows_a_growing_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = EventFileWriter::create(dir.path(), "").unwrap();
    let mut reader = RecordReader::new(File::open(writer.path()).unwrap());
    assert!(reader.next().unwrap().is_some());
    for step in 0..100 {
        assert!(reader.next().unwrap().is_none());
        writer
            .write_event(&Event {
                step,
                ..Event::default()
            })
            .unwrap();
        writer.flush().unwrap();
        let Some(Item::Record(record)) = reader.next().unwrap() else {
            panic!("step {step}")
        };
        assert_eq!(EventView::parse(record.data).unwrap().step, step);
    }
}
