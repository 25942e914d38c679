//! Reads back what a writer wrote.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use glassboard_events::proto::tensorboard::Event;
use glassboard_events::{Damage, Item, RecordReader};
use prost::Message;

/// The events of all undamaged files in a folder and below, by path.
pub(crate) fn event_files(root: &Path) -> BTreeMap<PathBuf, Vec<Event>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let (events, damage) = read_events(&path);
                assert_eq!(damage, [], "damage in {}", path.display());
                files.insert(path, events);
            }
        }
    }
    files
}

/// All events of a file that is complete, and what is damaged in it.
pub(crate) fn read_events(path: &Path) -> (Vec<Event>, Vec<Damage>) {
    let mut reader = RecordReader::new(File::open(path).unwrap());
    let (mut events, mut damage) = (Vec::new(), Vec::new());
    while let Some(item) = reader.next().unwrap() {
        match item {
            Item::Record(record) => events.push(Event::decode(record.data).unwrap()),
            Item::Damage(found) => damage.push(found),
        }
    }
    damage.extend(reader.finish().unwrap());
    (events, damage)
}
