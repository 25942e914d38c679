use proptest::prelude::*;
use prost::Message;

use super::*;
use crate::proto::tensorboard::{
    Event, SessionLog, Summary, SummaryMetadata, TaggedRunMetadata, TensorProto, event, summary,
};

fn values_of(event: &Event) -> Vec<(String, Option<Vec<u8>>, String)> {
    let bytes = event.encode_to_vec();
    let view = EventView::parse(&bytes).unwrap();
    let What::Summary(summary) = view.what else {
        panic!("{:?}", view.what)
    };
    summary
        .values()
        .map(|value| value.unwrap())
        .map(|v| {
            (
                v.tag.to_owned(),
                v.metadata.map(<[u8]>::to_vec),
                format!("{:?}", v.content),
            )
        })
        .collect()
}

#[test]
fn every_kind_of_value_is_seen() {
    let metadata = SummaryMetadata {
        display_name: "d".into(),
        ..Default::default()
    };
    let image = summary::Image {
        height: 1,
        width: 2,
        ..Default::default()
    };
    let value = |tag: &str, value| summary::Value {
        tag: tag.into(),
        value: Some(value),
        ..Default::default()
    };
    let event = Event {
        what: Some(event::What::Summary(Summary {
            value: vec![
                value("a", summary::value::Value::SimpleValue(1.5)),
                value("b", summary::value::Value::Image(image.clone())),
                summary::Value {
                    tag: "c".into(),
                    metadata: Some(metadata.clone()),
                    ..Default::default()
                },
            ],
        })),
        ..Event::default()
    };
    assert_eq!(
        values_of(&event),
        [
            ("a".into(), None, "SimpleValue(1.5)".into()),
            (
                "b".into(),
                None,
                format!("Image({:?})", image.encode_to_vec())
            ),
            ("c".into(), Some(metadata.encode_to_vec()), "None".into()),
        ]
    );
}

#[test]
fn session_start_is_seen() {
    let event = Event {
        step: 12,
        what: Some(event::What::SessionLog(SessionLog {
            status: 1,
            ..Default::default()
        })),
        ..Event::default()
    };
    let bytes = event.encode_to_vec();
    let view = EventView::parse(&bytes).unwrap();
    assert_eq!(
        (view.step, view.what),
        (12, What::SessionLog(SessionStatus::Start))
    );
}

#[test]
fn run_metadata_keeps_its_tag() {
    let tagged = TaggedRunMetadata {
        tag: "step1".into(),
        run_metadata: vec![1, 2],
    };
    let bytes = Event {
        what: Some(event::What::TaggedRunMetadata(tagged)),
        ..Event::default()
    }
    .encode_to_vec();
    let expected = What::TaggedRunMetadata {
        tag: "step1",
        run_metadata: &[1, 2],
    };
    assert_eq!(EventView::parse(&bytes).unwrap().what, expected);
}

#[test]
fn broken_messages_are_errors_that_say_where() {
    let check = |bytes: &[u8], what: &str, at: usize| {
        let error = EventView::parse(bytes).unwrap_err();
        assert_eq!((error.message, error.what, error.at), ("Event", what, at));
    };
    check(&[0x09, 1, 2, 3], "field cut off", 1); // wall_time of 3 bytes
    check(&[0x08, 1], "field of another wire type than 64-bit", 2); // wall_time as varint
    check(&[0x2a, 5, 1], "field cut off", 2); // summary longer than the rest
    check(&[0x1a, 1, 0xff], "string that is not UTF-8", 3); // file_version
    check(&[0x0b], "unknown wire type", 1); // group
    check(
        &[
            0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        ],
        "number too long",
        1,
    );
    check(&[0x02, 0], "field number 0", 2);
}

#[test]
fn a_broken_value_ends_the_iteration_after_the_good_ones() {
    let good = summary::Value {
        tag: "a".into(),
        ..Default::default()
    }
    .encode_to_vec();
    let mut summary = vec![0x0a, good.len() as u8];
    summary.extend(&good);
    summary.extend([0x0a, 2, 0x10, 0x01]); // simple_value as varint
    summary.extend([0x0a, good.len() as u8]);
    summary.extend(&good);
    let mut bytes = vec![0x2a, summary.len() as u8];
    bytes.extend(&summary);
    let What::Summary(view) = EventView::parse(&bytes).unwrap().what else {
        panic!()
    };
    let seen: Vec<bool> = view.values().map(|value| value.is_ok()).collect();
    assert_eq!(seen, [true, false]);
}

#[test]
fn unknown_fields_are_skipped() {
    // Fields 99 of every wire type, then step = 3.
    let bytes = [
        &[0x98, 6, 1][..],
        &[0x99, 6, 0, 0, 0, 0, 0, 0, 0, 0],
        &[0x9a, 6, 1, 0],
        &[0x9d, 6, 0, 0, 0, 0],
        &[0x10, 3],
    ]
    .concat();
    assert_eq!(EventView::parse(&bytes).unwrap().step, 3);
}

#[test]
fn scalar_tensors() {
    let float = TensorProto {
        dtype: 1,
        float_val: vec![1.5],
        ..Default::default()
    };
    assert_eq!(scalar_from_tensor(&float.encode_to_vec()), Some(1.5)); // PyTorch's form, without a shape
    let double = TensorProto {
        dtype: 2,
        double_val: vec![0.1],
        ..Default::default()
    };
    assert_eq!(scalar_from_tensor(&double.encode_to_vec()), Some(0.1));
    let two = TensorProto {
        dtype: 1,
        float_val: vec![1.5, 2.5],
        ..Default::default()
    };
    assert_eq!(scalar_from_tensor(&two.encode_to_vec()), None);
    let text = TensorProto {
        dtype: 7,
        string_val: vec![b"x".to_vec()],
        ..Default::default()
    };
    assert_eq!(scalar_from_tensor(&text.encode_to_vec()), None);
    assert_eq!(scalar_from_tensor(&[0xff]), None);
}

proptest! {
    /// The view sees what a full decode sees, negative steps and NaN times included.
    #[test]
    fn agrees_with_prost(wall_bits in any::<u64>(), step in any::<i64>(), tags in prop::collection::vec(".{0,20}", 0..4), bits in any::<u32>()) {
        let event = Event {
            wall_time: f64::from_bits(wall_bits),
            step,
            what: Some(event::What::Summary(Summary {
                value: tags.iter().map(|tag| summary::Value {
                    tag: tag.clone(),
                    value: Some(summary::value::Value::SimpleValue(f32::from_bits(bits))),
                    ..Default::default()
                }).collect(),
            })),
            ..Event::default()
        };
        let bytes = event.encode_to_vec();
        let view = EventView::parse(&bytes).unwrap();
        prop_assert_eq!((view.wall_time.to_bits(), view.step), (wall_bits, step));
        let What::Summary(summary) = view.what else { panic!() };
        let mut seen = Vec::new();
        for value in summary.values() {
            let value = value.unwrap();
            let Content::SimpleValue(number) = value.content else { panic!() };
            prop_assert_eq!(number.to_bits(), bits);
            seen.push(value.tag.to_owned());
        }
        prop_assert_eq!(seen, tags);
    }

    /// Any bytes are either an event for both, or for neither.
    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        if let Ok(view) = EventView::parse(&bytes)
            && let What::Summary(summary) = view.what
        {
            prop_assert!(summary.values().count() <= bytes.len());
        }
    }
}
