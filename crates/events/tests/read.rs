//! The reader on awkward sources.

#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use glassboard_events::frame::append_frame;
use glassboard_events::{Damage, DamageKind, Item, ReadAt, RecordReader};

fn file_of(records: &[&[u8]]) -> Vec<u8> {
    let mut file = Vec::new();
    for record in records {
        append_frame(&mut file, record).unwrap();
    }
    file
}

fn read_all<R: ReadAt>(reader: &mut RecordReader<R>) -> (Vec<Vec<u8>>, Vec<Damage>) {
    let (mut records, mut damage) = (Vec::new(), Vec::new());
    loop {
        while let Some(item) = reader.next().unwrap() {
            match item {
                Item::Record(record) => records.push(record.data.to_vec()),
                Item::Damage(place) => damage.push(place),
            }
        }
        match reader.finish().unwrap() {
            Some(place) => damage.push(place),
            None => return (records, damage),
        }
    }
}

/// Gives a byte at a time, and shows only a part of the file until it is told to show more.
struct Drip {
    bytes: Vec<u8>,
    visible: AtomicU64,
}

impl ReadAt for Drip {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let visible = &self.bytes[..self.visible.load(Ordering::SeqCst) as usize];
        let n = buf.len().min(1);
        visible.read_at(offset, &mut buf[..n])
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.visible.load(Ordering::SeqCst))
    }
}

#[test]
fn at_every_byte_the_complete_records_are_seen() {
    let bytes = file_of(&[b"one", b"", b"three"]);
    let ends = [19, 35, bytes.len() as u64];
    let source = std::sync::Arc::new(Drip {
        bytes,
        visible: AtomicU64::new(0),
    });
    let mut reader = RecordReader::new(source.clone());
    let mut seen = 0;
    for visible in 0..=ends[2] {
        source.visible.store(visible, Ordering::SeqCst);
        while let Some(item) = reader.next().unwrap() {
            let Item::Record(_) = item else {
                panic!("{item:?}")
            };
            seen += 1;
        }
        assert_eq!(
            seen,
            ends.iter().filter(|&&end| end <= visible).count(),
            "{visible} bytes"
        );
    }
}

#[test]
fn a_record_larger_than_a_block_is_read() {
    let large = vec![5_u8; 3 << 20];
    let file = file_of(&[b"small", &large, b"last"]);
    let (records, damage) = read_all(&mut RecordReader::new(file));
    assert_eq!(records, [b"small".to_vec(), large, b"last".to_vec()]);
    assert_eq!(damage, []);
}

#[test]
fn megabytes_of_garbage_are_one_place() {
    let mut file = file_of(&[b"one"]);
    file.extend((0..2 << 20).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 13) as u8));
    file.extend(file_of(&[b"two"]));
    let (records, damage) = read_all(&mut RecordReader::new(file));
    assert_eq!(records, [b"one".to_vec(), b"two".to_vec()]);
    assert_eq!(
        damage,
        [Damage {
            offset: 19,
            lost_bytes: 2 << 20,
            kind: DamageKind::LengthChecksum
        }]
    );
}

#[test]
fn garbage_to_the_end_is_one_place() {
    let mut file = file_of(&[b"one"]);
    file.extend(vec![1_u8; 1 << 20]);
    let (records, damage) = read_all(&mut RecordReader::new(file));
    assert_eq!(records, [b"one".to_vec()]);
    assert_eq!(
        damage,
        [Damage {
            offset: 19,
            lost_bytes: 1 << 20,
            kind: DamageKind::LengthChecksum
        }]
    );
}

#[test]
fn records_behind_a_cut_off_large_record_are_found() {
    let mut file = file_of(&[&vec![7; 8 << 20]]);
    file.truncate(1 << 20);
    file.extend(file_of(&[b"one", b"two"]));
    let (records, damage) = read_all(&mut RecordReader::new(file));
    assert_eq!(records, [b"one".to_vec(), b"two".to_vec()]);
    assert_eq!(
        damage,
        [Damage {
            offset: 0,
            lost_bytes: 1 << 20,
            kind: DamageKind::CutTail
        }]
    );
}

/// Fails once, then works.
struct Hiccup(Vec<u8>, AtomicU64);

impl ReadAt for Hiccup {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        if self.1.fetch_add(1, Ordering::SeqCst) == 0 {
            return Err(io::Error::other("the network is gone"));
        }
        self.0.read_at(offset, buf)
    }

    fn len(&self) -> io::Result<u64> {
        ReadAt::len(&self.0)
    }
}

#[test]
fn after_an_error_of_the_source_reading_goes_on() {
    let mut reader = RecordReader::new(Hiccup(file_of(&[b"one"]), AtomicU64::new(0)));
    assert_eq!(
        reader.next().unwrap_err().to_string(),
        "the network is gone"
    );
    assert_eq!(read_all(&mut reader), (vec![b"one".to_vec()], vec![]));
}
