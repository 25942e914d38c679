use proptest::prelude::*;

use super::*;

fn file_of(records: &[&[u8]]) -> Vec<u8> {
    let mut file = Vec::new();
    for record in records {
        append_frame(&mut file, record).unwrap();
    }
    file
}

/// What a reader of a finished file sees: data of the records, and the damage.
fn scan(file: &[u8]) -> (Vec<Vec<u8>>, Vec<Damage>) {
    let mut scanner = FrameScanner::new();
    let (mut records, mut damage) = (Vec::new(), Vec::new());
    loop {
        let rest = &file[scanner.offset() as usize..];
        match scanner.next(rest) {
            Scan::Record(record) => records.push(record.data.to_vec()),
            Scan::Damage(place) => damage.push(place),
            Scan::NeedMore { .. } => {
                let rest = &file[scanner.offset() as usize..];
                match scanner.finish(rest) {
                    Some(place) => damage.push(place),
                    None => return (records, damage),
                }
            }
        }
    }
}

fn damage(offset: u64, lost_bytes: u64, kind: DamageKind) -> Damage {
    Damage {
        offset,
        lost_bytes,
        kind,
    }
}

#[test]
fn frame_bytes_are_those_of_tensorflow() {
    // First record of a file written by torch.utils.tensorboard (golden case `scalar_new_style`):
    // the length 24 is `18 00 …`, its masked checksum `a3 7f 4b 22`.
    let golden = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/golden/events/scalar_new_style/log/events.out.tfevents.1700000000.golden.0"
    ))
    .unwrap();
    let mut scanner = FrameScanner::new();
    let mut ours = Vec::new();
    while let Scan::Record(record) = scanner.next(&golden[scanner.offset() as usize..]) {
        append_frame(&mut ours, record.data).unwrap();
    }
    assert_eq!(scanner.offset() as usize, golden.len());
    assert_eq!(ours, golden);
}

#[test]
fn masked_crc_of_known_bytes() {
    // RFC 3720 B.4: CRC-32C of 32 zero bytes is 8a9136aa; rotated right by 15 and offset.
    assert_eq!(
        masked_crc32c(&[0; 32]),
        0x8a91_36aa_u32.rotate_right(15).wrapping_add(0xa282_ead8)
    );
    assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
}

#[test]
fn empty_file_has_neither_records_nor_damage() {
    assert_eq!(scan(&[]), (vec![], vec![]));
}

#[test]
fn empty_record_is_a_record() {
    assert_eq!(
        scan(&file_of(&[b"", b"x"])),
        (vec![vec![], b"x".to_vec()], vec![])
    );
}

#[test]
fn flipped_bit_in_data_loses_that_record_only() {
    let mut file = file_of(&[b"one", b"two", b"three"]);
    let second = 16 + 3;
    file[second + HEADER_LEN + 1] ^= 4;
    let (records, places) = scan(&file);
    assert_eq!(records, [b"one".to_vec(), b"three".to_vec()]);
    assert_eq!(places, [damage(19, 19, DamageKind::DataChecksum)]);
}

#[test]
fn flipped_bit_in_length_loses_that_record_only() {
    let mut file = file_of(&[b"one", b"two", b"three"]);
    file[19] ^= 0x80;
    let (records, places) = scan(&file);
    assert_eq!(records, [b"one".to_vec(), b"three".to_vec()]);
    assert_eq!(places, [damage(19, 19, DamageKind::LengthChecksum)]);
}

#[test]
fn length_of_2_to_the_63_with_a_fitting_checksum_is_not_waited_for() {
    let length = (1_u64 << 63).to_le_bytes();
    let mut file = file_of(&[b"one"]);
    file.extend(length);
    file.extend(masked_crc32c(&length).to_le_bytes());
    file.extend(file_of(&[b"two"]));
    let (records, places) = scan(&file);
    assert_eq!(records, [b"one".to_vec(), b"two".to_vec()]);
    assert_eq!(places, [damage(19, 12, DamageKind::TooLong)]);
}

#[test]
fn garbage_between_records_is_one_place() {
    let mut file = file_of(&[b"one"]);
    file.extend([0xAB; 1000]);
    file.extend(file_of(&[b"two"]));
    let (records, places) = scan(&file);
    assert_eq!(records, [b"one".to_vec(), b"two".to_vec()]);
    assert_eq!(places, [damage(19, 1000, DamageKind::LengthChecksum)]);
}

#[test]
fn cut_tail_is_waited_for_and_only_at_the_end_damage() {
    let mut file = file_of(&[b"one", b"two"]);
    file.truncate(30);
    let mut scanner = FrameScanner::new();
    assert!(matches!(scanner.next(&file), Scan::Record(_)));
    assert_eq!(
        scanner.next(&file[19..]),
        Scan::NeedMore {
            at_least: HEADER_LEN as u64
        }
    );
    assert_eq!(scanner.offset(), 19);
    assert_eq!(
        scanner.finish(&file[19..]),
        Some(damage(19, 11, DamageKind::CutTail))
    );
    assert_eq!(scanner.finish(&[]), None);
}

#[test]
fn records_behind_a_record_cut_off_within_the_file_are_found() {
    // The first writer died within a long record; another went on appending.
    let mut file = file_of(&[&[7; 5000]]);
    file.truncate(100);
    file.extend(file_of(&[b"one", b"two"]));
    let (records, places) = scan(&file);
    assert_eq!(records, [b"one".to_vec(), b"two".to_vec()]);
    assert_eq!(places, [damage(0, 100, DamageKind::CutTail)]);
}

#[test]
fn too_long_a_record_is_refused_and_nothing_is_appended() {
    let mut out = b"before".to_vec();
    let error =
        append_limited_frame(&mut out, |out| out.extend_from_slice(&[0; 11]), 10).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a record of at most 10 bytes, got 11"
    );
    assert_eq!(out, b"before");
    append_limited_frame(&mut out, |out| out.extend_from_slice(&[0; 10]), 10).unwrap();
    assert_eq!(out.len(), 6 + 10 + HEADER_LEN + FOOTER_LEN);
}

proptest! {
    #[test]
    fn what_is_appended_is_read(records in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..20)) {
        let slices: Vec<&[u8]> = records.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(scan(&file_of(&slices)), (records, vec![]));
    }

    /// However the bytes arrive, the answer is the same.
    #[test]
    fn arrival_does_not_matter(
        mut file in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..8)
            .prop_map(|records| file_of(&records.iter().map(Vec::as_slice).collect::<Vec<_>>())),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..=255), 0..4),
        pieces in prop::collection::vec(1_usize..40, 1..50),
    ) {
        for (at, xor) in flips {
            let at = at.index(file.len());
            file[at] ^= xor;
        }
        let whole = scan(&file);
        let mut scanner = FrameScanner::new();
        let (mut records, mut places, mut end) = (Vec::new(), Vec::new(), 0);
        for piece in pieces.iter().cycle() {
            end = (end + piece).min(file.len());
            loop {
                match scanner.next(&file[scanner.offset() as usize..end]) {
                    Scan::Record(record) => records.push(record.data.to_vec()),
                    Scan::Damage(place) => places.push(place),
                    Scan::NeedMore { at_least } => {
                        prop_assert!(at_least > (end as u64 - scanner.offset()));
                        break;
                    }
                }
            }
            if end == file.len() {
                break;
            }
        }
        while let Some(place) = scanner.finish(&file[scanner.offset() as usize..]) {
            places.push(place);
            while let Scan::Record(record) = scanner.next(&file[scanner.offset() as usize..]) {
                records.push(record.data.to_vec());
            }
        }
        prop_assert_eq!((records, places), whole);
    }

    /// Every byte is either in a record or in a damaged place.
    #[test]
    fn nothing_is_passed_over_in_silence(file in prop::collection::vec(any::<u8>(), 0..400)) {
        let (records, places) = scan(&file);
        let read: usize = records.iter().map(|r| r.len() + HEADER_LEN + FOOTER_LEN).sum();
        let lost: u64 = places.iter().map(|p| p.lost_bytes).sum();
        prop_assert_eq!(read as u64 + lost, file.len() as u64);
    }
}
