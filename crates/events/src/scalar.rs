//! The fast way through an event that is nothing but one scalar.

/// One scalar as nearly every record of a training run holds it; see [`PlainScalar::parse`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlainScalar<'a> {
    /// Seconds since the Unix epoch.
    pub wall_time: f64,
    /// Global step.
    pub step: i64,
    /// The tag's bytes, not yet known to be UTF-8: a loader compares them with tags it has seen before.
    pub tag: &'a [u8],
    /// The value.
    pub value: f32,
}

impl<'a> PlainScalar<'a> {
    /// Reads an event that is laid out exactly as TensorFlow, PyTorch, tensorboardX and Glassboard write a
    /// simple value: `None` says only that it is laid out otherwise, and [`crate::EventView`] can tell more.
    ///
    /// | bytes | what |
    /// |---|---|
    /// | `09`, 8 | wall time |
    /// | `10`, varint | step; absent for 0 |
    /// | `2a`, length | summary, to the end |
    /// | `0a`, length | value, to the end |
    /// | `0a`, length, bytes | tag |
    /// | `15`, 4 | simple value, to the end |
    ///
    /// The lengths are below 128, so that each is one byte.
    #[inline]
    pub fn parse(data: &'a [u8]) -> Option<Self> {
        let (&[0x09, ref wall_time @ ..], rest) = data.split_first_chunk::<9>()? else {
            return None;
        };
        let (step, rest) = match rest.split_first()? {
            (0x10, rest) => take_varint(rest)?,
            _ => (0, rest),
        };
        let (&[0x2a, summary_len, 0x0a, value_len, 0x0a, tag_len], rest) =
            rest.split_first_chunk::<6>()?
        else {
            return None;
        };
        let (tag, rest) = rest.split_at_checked(usize::from(tag_len))?;
        let &[0x15, ref value @ ..] = <&[u8; 5]>::try_from(rest).ok()? else {
            return None;
        };
        let value_fits = usize::from(value_len) == tag.len() + 7;
        let summary_fits = usize::from(summary_len) == tag.len() + 9 && summary_len < 0x80;
        (value_fits && summary_fits).then(|| Self {
            wall_time: f64::from_le_bytes(*wall_time),
            step: step as i64,
            tag,
            value: f32::from_le_bytes(*value),
        })
    }
}

#[inline]
fn take_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (place, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if *byte < 0x80 {
            return Some((value, &bytes[place + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::PlainScalar;
    use crate::{
        Content, EventView, What,
        proto::tensorboard::{Event, Summary, SummaryMetadata, event, summary},
    };

    fn scalar_event(wall_time: f64, step: i64, tag: &str, value: f32) -> Event {
        let value = summary::Value {
            tag: tag.to_owned(),
            value: Some(summary::value::Value::SimpleValue(value)),
            ..summary::Value::default()
        };
        Event {
            wall_time,
            step,
            what: Some(event::What::Summary(Summary { value: vec![value] })),
            ..Event::default()
        }
    }

    #[test]
    fn reads_what_the_general_way_reads() {
        let longest = "t".repeat(118);
        for step in [0, 1, 127, 128, 1_000_000, i64::MAX, -1, i64::MIN] {
            for tag in ["a", "loss/train", "verlust/größe", &longest] {
                let data = scalar_event(1.7e9, step, tag, 0.25).encode_to_vec();
                let plain = PlainScalar::parse(&data).unwrap();
                assert_eq!(
                    plain,
                    PlainScalar {
                        wall_time: 1.7e9,
                        step,
                        tag: tag.as_bytes(),
                        value: 0.25
                    }
                );
                let event = EventView::parse(&data).unwrap();
                assert_eq!((event.wall_time, event.step), (plain.wall_time, plain.step));
                let What::Summary(summary) = event.what else {
                    panic!("no summary")
                };
                let value = summary.values().next().unwrap().unwrap();
                assert_eq!(
                    (value.tag.as_bytes(), value.content),
                    (plain.tag, Content::SimpleValue(plain.value))
                );
            }
        }
    }

    #[test]
    fn leaves_everything_else_to_the_general_way() {
        let mut with_metadata = scalar_event(1.0, 1, "a", 1.0);
        let mut two_values = scalar_event(1.0, 1, "a", 1.0);
        if let Some(event::What::Summary(summary)) = &mut with_metadata.what {
            summary.value[0].metadata = Some(SummaryMetadata::default());
        }
        if let Some(event::What::Summary(summary)) = &mut two_values.what {
            summary.value.push(summary.value[0].clone());
        }
        let long_tag = scalar_event(1.0, 1, &"t".repeat(119), 1.0);
        for event in [with_metadata, two_values, long_tag, Event::default()] {
            assert_eq!(PlainScalar::parse(&event.encode_to_vec()), None);
        }
        let data = scalar_event(1.0, 300, "a", 1.0).encode_to_vec();
        for len in 0..data.len() {
            assert_eq!(PlainScalar::parse(&data[..len]), None, "cut to {len} bytes");
        }
        let longer = [data.as_slice(), &[0]].concat();
        assert_eq!(PlainScalar::parse(&longer), None);
    }
}
