//! Reads back what a writer wrote.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use glassboard_events::proto::tensorboard::Event;
use glassboard_events::{Damage, Item, RecordReader};
use prost::Message;

/// The events of all complete, undamaged files in a folder and below, by path.
pub(crate) fn event_files(root: &Path) -> BTreeMap<PathBuf, Vec<Event>> {
    files_below(root)
        .into_iter()
        .map(|path| {
            let (events, damage) = read_events(&path);
            assert_eq!(damage, [], "damage in {}", path.display());
            (path, events)
        })
        .collect()
}

fn files_below(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files
}

/// The complete events of all files in a folder and below, which may be growing: a record is half written at most
/// at the end.
#[allow(dead_code)] // not every test file looks while it writes
pub(crate) fn events_so_far(root: &Path) -> Vec<Event> {
    files_below(root)
        .iter()
        .flat_map(|path| {
            let mut reader = RecordReader::new(File::open(path).unwrap());
            let (events, damage) = read_complete(&mut reader);
            assert_eq!(damage, [], "damage in {}", path.display());
            events
        })
        .collect()
}

/// All events of a file that does not grow any more, and what is damaged in it.
pub(crate) fn read_events(path: &Path) -> (Vec<Event>, Vec<Damage>) {
    let mut reader = RecordReader::new(File::open(path).unwrap());
    let (events, mut damage) = read_complete(&mut reader);
    damage.extend(reader.finish().unwrap());
    (events, damage)
}

fn read_complete(reader: &mut RecordReader<File>) -> (Vec<Event>, Vec<Damage>) {
    let (mut events, mut damage) = (Vec::new(), Vec::new());
    while let Some(item) = reader.next().unwrap() {
        match item {
            Item::Record(record) => events.push(Event::decode(record.data).unwrap()),
            Item::Damage(found) => damage.push(found),
        }
    }
    (events, damage)
}
