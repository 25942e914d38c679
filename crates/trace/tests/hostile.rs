//! Traces that are cut off, damaged, or made to hurt: what can be read is read, and a notice says what is wrong.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use std::fmt::Write as _;
use std::io::{self, Read, Write as _};
use std::path::Path;

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use glassboard_trace::{Filter, MAX_ROWS, NoticeKind, Trace, WindowQuery};
use proptest::prelude::*;

fn golden() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden/trace/worker.pt.trace.json.gz");
    std::fs::read(path).unwrap()
}

fn text() -> Vec<u8> {
    let mut text = Vec::new();
    GzDecoder::new(golden().as_slice())
        .read_to_end(&mut text)
        .unwrap();
    text
}

fn kinds(trace: &Trace) -> Vec<NoticeKind> {
    trace.notices().iter().map(|notice| notice.kind).collect()
}

/// Everything that is asked of a trace, whatever it holds.
fn use_all(trace: &Trace) {
    let events: usize = trace.lanes().iter().map(glassboard_trace::Lane::len).sum();
    assert_eq!(events, trace.events().len());
    for event in trace.events() {
        assert!(event.end_ns() <= trace.duration_ns());
        assert!(event.self_ns <= event.duration_ns);
        assert!(event.row() < trace.lanes()[event.lane()].rows);
    }
    for step in [None, Some(0), Some(7)] {
        let filter = Filter {
            category: None,
            step,
        };
        trace.operators(&filter);
        trace.kernels(&filter);
        trace.category_times(&filter);
    }
    for width in [1, 100] {
        let window = trace.window(&WindowQuery {
            from_ns: 0,
            to_ns: trace.duration_ns(),
            width,
            lanes: None,
            find: "a".to_owned(),
        });
        let shown: u64 = window.spans.iter().map(|span| u64::from(span.count)).sum();
        assert_eq!(shown, trace.events().len() as u64);
    }
    trace.search("a", 10);
}

#[test]
fn cut_anywhere_the_events_before_are_there() {
    let text = text();
    let whole = Trace::read(text.as_slice());
    let offsets: Vec<u64> = {
        let mut offsets: Vec<u64> = whole.events().iter().map(|event| event.offset).collect();
        offsets.sort_unstable();
        offsets
    };
    // Wherever the file's own end begins, what is behind says nothing.
    let end = text.len() - 40;
    for cut in (0..end).step_by(97).chain(end - 300..end) {
        let trace = Trace::read(&text[..cut]);
        let before = offsets.partition_point(|&offset| offset < cut as u64);
        let read = trace.events().len();
        assert!(
            read == before || read + 1 == before,
            "{cut}: {read} of {before}"
        );
        let [notice] = trace.notices() else {
            panic!("{cut}: {:?}", trace.notices());
        };
        let expected = if cut < 200 {
            NoticeKind::NoTrace
        } else {
            NoticeKind::Cut
        };
        if read > 0 {
            assert_eq!(notice.kind, NoticeKind::Cut, "{cut}: {notice:?}");
            assert!(
                notice
                    .message
                    .contains(&format!("got the end of the file at byte {cut}")),
                "{cut}: {notice:?}"
            );
        } else if cut < 200 {
            assert_eq!(notice.kind, expected, "{cut}: {notice:?}");
        }
    }
}

#[test]
fn a_cut_archive_shows_what_it_holds() {
    let bytes = golden();
    let whole = Trace::read(bytes.as_slice()).events().len();
    let mut last = 0;
    for cut in (100..bytes.len() - 8).step_by(211) {
        let trace = Trace::read(&bytes[..cut]);
        assert!(trace.events().len() >= last && trace.events().len() <= whole);
        last = trace.events().len();
        let notices = kinds(&trace);
        assert!(
            notices == [NoticeKind::Cut] || notices == [NoticeKind::NoTrace],
            "{cut}: {:?}",
            trace.notices()
        );
        use_all(&trace);
    }
    assert!(last > whole / 2);
    // All is there but the checksum.
    let trace = Trace::read(&bytes[..bytes.len() - 4]);
    assert_eq!(trace.events().len(), whole);
    // A damaged byte in the middle of the archive.
    let mut damaged = bytes;
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x55;
    use_all(&Trace::read(damaged.as_slice()));
}

#[test]
fn reading_goes_on_behind_damage() {
    let text = String::from_utf8(text()).unwrap();
    let whole = Trace::read(text.as_bytes()).events().len();
    // One key loses its quote, one event its brace.
    let at = text.find("\"aten::relu\"").unwrap();
    let mut damaged = text.clone();
    damaged.replace_range(at..=at, "'");
    let trace = Trace::read(damaged.as_bytes());
    assert_eq!(trace.events().len(), whole - 1);
    let [notice] = trace.notices() else {
        panic!("{:?}", trace.notices())
    };
    assert_eq!(notice.kind, NoticeKind::Damaged);
    assert_eq!(
        notice.message,
        format!("expected a value, got '\\'' at byte {at}; reading went on behind it")
    );
    // A hole of zeros.
    let mut hole = text.clone().into_bytes();
    let middle = hole.len() / 2;
    hole[middle..middle + 2_000].fill(0);
    let trace = Trace::read(hole.as_slice());
    assert!(trace.events().len() > whole - 10 && trace.events().len() < whole);
    assert_eq!(kinds(&trace), [NoticeKind::Damaged]);
    // Damage ahead of the events.
    let ahead = text.replacen("\"schemaVersion\": 1,", "\"schemaVersion\": 1;", 1);
    let trace = Trace::read(ahead.as_bytes());
    assert_eq!(trace.events().len(), whole);
    assert_eq!(kinds(&trace), [NoticeKind::Damaged]);
}

#[test]
fn times_that_are_none_are_left_out_and_counted() {
    let event = |time: &str, duration: &str| {
        format!(r#"{{"ph":"X","name":"a","pid":1,"tid":1,"ts":{time},"dur":{duration}}}"#)
    };
    let events = [
        event("1", "2"),
        event("NaN", "1"),
        event("1", "Infinity"),
        event("-Infinity", "1"),
        event("null", "1"),
        event("\"5\"", "1"),
        event("1e400", "1"),
        event("1", "-5"),
        event("9000000000000000", "9000000000000000"),
        event("-9000000000000000", "1"),
        event("9000000000000000", "1"),
        r#"{"ph":"X","name":"a","pid":1,"tid":1,"ts":1}"#.to_owned(),
    ];
    let trace = Trace::read(format!("[{}]", events.join(",")).as_bytes());
    assert_eq!(trace.events().len(), 3);
    use_all(&trace);
    let messages: Vec<&str> = trace.notices().iter().map(|n| n.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "7 events have no time or duration that is a number, and are left out",
            "2 events end before they begin, and are left out"
        ]
    );
}

#[test]
fn what_is_no_trace_is_said_to_be_none() {
    for (text, message) in [
        (
            "",
            "expected an object or a list of events, got the end of the file at byte 0: this is no trace",
        ),
        (
            "hello",
            "expected an object or a list of events, got 'h' at byte 0: this is no trace",
        ),
        (
            "{\"a\": 1}",
            "expected traceEvents, got the end of the file at byte 8: this is no trace",
        ),
        (
            "{\"traceEvents\": 7}",
            "expected traceEvents, got the end of the file at byte 18: this is no trace",
        ),
        (
            "{",
            "expected a name in quotes, got the end of the file at byte 1: this is no trace",
        ),
    ] {
        let trace = Trace::read(text.as_bytes());
        let messages: Vec<&str> = trace.notices().iter().map(|n| n.message.as_str()).collect();
        assert_eq!(messages, [message], "{text}");
        use_all(&trace);
    }
    let mut nothing = GzEncoder::new(Vec::new(), Compression::fast());
    nothing.write_all(b"{}").unwrap();
    assert_eq!(
        kinds(&Trace::read(nothing.finish().unwrap().as_slice())),
        [NoticeKind::NoTrace]
    );
}

#[test]
fn nesting_and_length_are_bounded() {
    // Values nested very deeply, in arguments and beside them.
    let deep = "[".repeat(100_000);
    let text = format!(r#"[{{"ph":"X","name":"a","args":{{"x":{deep}"#);
    assert_eq!(Trace::read(text.as_bytes()).events().len(), 0);
    let closed = format!("{}{}", "[".repeat(400), "]".repeat(400));
    let text = format!(
        r#"[{{"ph":"X","name":"a","pid":{closed},"ts":1,"dur":1,"args":{{"x":{closed}}}}}]"#
    );
    assert_eq!(Trace::read(text.as_bytes()).events().len(), 1);
    // Calls nested deeper than there are rows.
    let mut calls = String::from("[");
    let depth = u32::from(MAX_ROWS) + 100;
    for i in 0..depth {
        let comma = if i == 0 { "" } else { "," };
        write!(
            calls,
            r#"{comma}{{"ph":"X","name":"a","pid":1,"tid":1,"ts":{i},"dur":{}}}"#,
            2 * (depth - i)
        )
        .unwrap();
    }
    calls.push(']');
    let trace = Trace::read(calls.as_bytes());
    assert_eq!(trace.lanes()[0].rows, MAX_ROWS);
    assert_eq!(kinds(&trace), [NoticeKind::TooLarge]);
    use_all(&trace);
    // A name of 50 MB, and one that never ends.
    let endless = io::repeat(b'x').take(50 << 20);
    let text = (&b"[{\"ph\":\"X\",\"name\":\""[..]).chain(endless);
    let trace = Trace::read(text.chain(&b"\",\"ts\":1,\"dur\":1}]"[..]));
    assert_eq!(trace.events().len(), 1);
    assert_eq!(
        trace.name(&trace.events()[0]).len(),
        glassboard_trace::MAX_NAME_BYTES
    );
}

#[test]
fn a_source_that_fails_is_said_to() {
    struct Fails<'a>(&'a [u8]);
    impl Read for Fails<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(io::Error::other("the disk is gone")),
                count => Ok(count),
            }
        }
    }
    let text = text();
    let trace = Trace::read(Fails(&text[..text.len() / 2]));
    assert!(trace.events().len() > 100);
    let [notice] = trace.notices() else {
        panic!("{:?}", trace.notices())
    };
    assert_eq!(notice.kind, NoticeKind::Cut);
    assert!(notice.message.contains("the disk is gone"), "{notice:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_damage_breaks_a_promise(place in any::<prop::sample::Index>(), byte: u8, len in 0_usize..200) {
        let mut text = text();
        let at = place.index(text.len());
        let end = (at + len).min(text.len());
        text[at..end].fill(byte);
        use_all(&Trace::read(text.as_slice()));
    }

    #[test]
    fn any_calls_nest(calls in prop::collection::vec((0_u32..3, 0_u64..200, 0_u64..50), 0..60)) {
        let events: Vec<String> = calls
            .iter()
            .map(|(tid, start, length)| format!(r#"{{"ph":"X","name":"n{length}","pid":1,"tid":{tid},"ts":{start},"dur":{length}}}"#))
            .collect();
        let trace = Trace::read(format!("[{}]", events.join(",")).as_bytes());
        prop_assert_eq!(trace.events().len(), calls.len());
        use_all(&trace);
        // Those of a row do not overlap.
        for pair in trace.events().windows(2) {
            if pair[0].lane() == pair[1].lane() && pair[0].row() == pair[1].row() {
                prop_assert!(pair[0].end_ns() <= pair[1].start_ns);
            }
        }
    }
}
