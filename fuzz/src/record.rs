use glassboard_events::{
    Damage, DamageKind, FrameScanner, Item, RecordReader, Scan,
    frame::{MAX_RECORD_BYTES, append_frame},
};

/// What a reader saw.
#[derive(Debug, PartialEq)]
enum Seen {
    Record { offset: u64, data: Vec<u8> },
    Damage(Damage),
}

/// Frames: every byte is a record's or damage's, whatever the pieces the bytes come in; records survive being framed
/// again, and damage before or behind them.
pub fn record(data: &[u8]) {
    let (seed, bytes) = data
        .split_first()
        .map_or((0, data), |(first, rest)| (usize::from(*first), rest));
    let whole = scan(bytes, bytes.len().max(1));
    assert_eq!(
        whole,
        scan(bytes, seed + 1),
        "the pieces in which bytes come make a difference"
    );
    assert_eq!(whole, read(bytes), "the reader and the scanner differ");

    let accounted: u64 = whole
        .iter()
        .map(|seen| match seen {
            Seen::Record { data, .. } => data.len() as u64 + 16,
            Seen::Damage(damage) => damage.lost_bytes,
        })
        .sum();
    assert_eq!(accounted, bytes.len() as u64, "bytes neither read nor lost");

    // A sound record behind anything that is not waiting for more is found.
    let mut followed = bytes.to_vec();
    let marker = b"a record behind the damage";
    append_frame(&mut followed, marker).expect("a short record");
    let found = read(&followed);
    let last_is_marker = matches!(found.last(), Some(Seen::Record { data, .. }) if data == marker);
    let swallowed = whole
        .iter()
        .any(|seen| matches!(seen, Seen::Damage(damage) if damage.kind == DamageKind::CutTail));
    assert!(
        last_is_marker || swallowed,
        "the record behind is lost: {found:?}"
    );

    let mut framed = Vec::new();
    for seen in &whole {
        if let Seen::Record { data, .. } = seen {
            assert!(data.len() as u64 <= MAX_RECORD_BYTES);
            append_frame(&mut framed, data).expect("it was short enough to be read");
        }
    }
    let again = read(&framed);
    assert!(
        again.iter().all(|seen| matches!(seen, Seen::Record { .. })),
        "framed records are damaged"
    );
    assert_eq!(
        again.len(),
        whole
            .iter()
            .filter(|seen| matches!(seen, Seen::Record { .. }))
            .count()
    );
}

/// The scanner, given the bytes in pieces of `piece` bytes.
fn scan(bytes: &[u8], piece: usize) -> Vec<Seen> {
    let mut scanner = FrameScanner::new();
    let mut known = 0;
    let mut seen = Vec::new();
    loop {
        let from = scanner.offset() as usize;
        match scanner.next(&bytes[from..known.max(from)]) {
            Scan::Record(record) => seen.push(Seen::Record {
                offset: record.offset,
                data: record.data.to_vec(),
            }),
            Scan::Damage(damage) => seen.push(Seen::Damage(damage)),
            Scan::NeedMore { .. } if known < bytes.len() => known = bytes.len().min(known + piece),
            Scan::NeedMore { .. } => match scanner.finish(&bytes[scanner.offset() as usize..]) {
                Some(damage) => seen.push(Seen::Damage(damage)),
                None => return seen,
            },
        }
    }
}

/// The reader of a complete file.
fn read(bytes: &[u8]) -> Vec<Seen> {
    let mut reader = RecordReader::new(bytes.to_vec());
    let mut seen = Vec::new();
    loop {
        match reader.next().expect("memory can be read") {
            Some(Item::Record(record)) => seen.push(Seen::Record {
                offset: record.offset,
                data: record.data.to_vec(),
            }),
            Some(Item::Damage(damage)) => seen.push(Seen::Damage(damage)),
            None => match reader.finish().expect("memory can be read") {
                Some(damage) => seen.push(Seen::Damage(damage)),
                None => return seen,
            },
        }
    }
}
