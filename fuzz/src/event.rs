use glassboard_events::{
    Content, EventView, PlainScalar, Tensor, What,
    proto::tensorboard::{Event, TensorProto, event, summary::value::Value},
    scalar_from_tensor,
};
use prost::Message;

/// Most elements a tensor may have, beside its bytes: what is repeated from one value costs memory all the same.
const ELEMENTS_PER_BYTE_LIMIT: u64 = 1 << 28;

/// Records: no bytes make the parser panic, and of a well-formed event it sees what prost sees.
pub fn event(data: &[u8]) {
    if let Ok(view) = EventView::parse(data)
        && let What::Summary(summary) = view.what
    {
        for value in summary.values().map_while(Result::ok) {
            if let Content::Tensor(bytes) = value.content {
                tensor(bytes);
            }
        }
    }
    let plain = PlainScalar::parse(data);
    let Ok(message) = Event::decode(data) else {
        return;
    };
    // prost merges what comes twice; encoded again, everything comes once.
    let canonical = message.encode_to_vec();
    let view = EventView::parse(&canonical).expect("what prost encodes is an event");
    // prost leaves out what equals the default, and -0 equals 0.
    assert!(
        view.wall_time.to_bits() == message.wall_time.to_bits()
            || (view.wall_time == 0.0 && message.wall_time == 0.0)
    );
    assert_eq!(view.step, message.step);
    if let Some(plain) = plain {
        assert_eq!(
            (plain.wall_time.to_bits(), plain.step),
            (message.wall_time.to_bits(), message.step)
        );
    }
    let Some(event::What::Summary(summary)) = &message.what else {
        assert!(plain.is_none(), "a plain scalar that is none");
        return;
    };
    let What::Summary(seen) = view.what else {
        panic!("a summary is not seen")
    };
    let values: Vec<_> = seen
        .values()
        .collect::<Result<_, _>>()
        .expect("what prost encodes is a summary");
    assert_eq!(values.len(), summary.value.len());
    for (value, wanted) in values.iter().zip(&summary.value) {
        assert_eq!(value.tag, wanted.tag);
        assert_eq!(value.metadata.is_some(), wanted.metadata.is_some());
        match (&value.content, &wanted.value) {
            (Content::SimpleValue(a), Some(Value::SimpleValue(b))) => {
                assert_eq!(a.to_bits(), b.to_bits())
            }
            (Content::Image(bytes), Some(Value::Image(image))) => {
                assert_eq!(*bytes, image.encode_to_vec())
            }
            (Content::Histo(bytes), Some(Value::Histo(histo))) => {
                assert_eq!(*bytes, histo.encode_to_vec())
            }
            (Content::Audio(bytes), Some(Value::Audio(audio))) => {
                assert_eq!(*bytes, audio.encode_to_vec())
            }
            (Content::Tensor(bytes), Some(Value::Tensor(wanted))) => {
                assert_eq!(*bytes, wanted.encode_to_vec())
            }
            (Content::None, None) => {}
            // A kind of value that is read and not shown.
            (Content::None, Some(_)) => {}
            (seen, wanted) => panic!("saw {seen:?} of {wanted:?}"),
        }
    }
    if let (Some(plain), [wanted]) = (plain, summary.value.as_slice()) {
        assert_eq!(plain.tag, wanted.tag.as_bytes());
        assert!(
            matches!(wanted.value, Some(Value::SimpleValue(value)) if value.to_bits() == plain.value.to_bits())
        );
    }
}

fn tensor(bytes: &[u8]) {
    let scalar = scalar_from_tensor(bytes);
    let Ok(proto) = TensorProto::decode(bytes) else {
        assert_eq!(scalar, None);
        return;
    };
    // A shape may ask for much; only what is really there, or a repetition that fits, is worth trying here.
    let asked = proto
        .tensor_shape
        .iter()
        .flat_map(|shape| &shape.dim)
        .fold(1_u64, |n, dim| n.saturating_mul(dim.size.max(0) as u64));
    if asked > ELEMENTS_PER_BYTE_LIMIT {
        return;
    }
    let Ok(tensor) = Tensor::from_proto(&proto) else {
        assert_eq!(scalar, None);
        return;
    };
    assert_eq!(
        tensor.as_scalar().map(f64::to_bits),
        scalar.map(f64::to_bits)
    );
    if let Some(values) = tensor.to_f64() {
        assert_eq!(values.len() as u64, tensor.shape.iter().product::<u64>());
    }
}
